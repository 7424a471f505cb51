"""Native libraries write to file descriptor 2, past Python's `sys.stderr`: sent to nowhere on request.

`LEPTON_VERBOSE=1` in the environment switches all of it back on. No TensorFlow here: the server needs none.
"""

import contextlib
import os
import sys

VERBOSE = os.environ.get("LEPTON_VERBOSE", "0") not in ("", "0")


@contextlib.contextmanager
def native_stderr():
    """Send file descriptor 2 to nowhere while the block runs; the whole process's, so keep it short."""
    if VERBOSE:
        yield
        return
    sys.stderr.flush()
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
