"""`dask scheduler` or `dask worker`, as their command lines start them."""

import sys

from distributed.cli import dask_scheduler, dask_worker

if __name__ == "__main__":
    {"scheduler": dask_scheduler, "worker": dask_worker}[sys.argv.pop(1)].main()
