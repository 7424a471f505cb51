"""Many independent jobs on several cores or machines, through joblib and the engines it knows."""

import contextlib
import os

import joblib
import pandas as pd
from joblib.externals.loky.process_executor import TerminatedWorkerError
from tqdm.auto import tqdm

EXECUTORS = ("loky", "dask", "ray")


def run(function, jobs, executor="loky", workers=None):
    """Rows of `function(**job)` for each job, as a DataFrame in the order of `jobs`.

    executor: "loky", processes of this machine; "dask" or "ray", a cluster that
    DASK_SCHEDULER_ADDRESS or RAY_ADDRESS points to, else a local one. workers: how many at once,
    by default one for two processors; with one, no process is started. A worker process that dies is
    replaced and its jobs start again, up to twice. Raises `ValueError` for another executor.
    """
    if executor not in EXECUTORS:
        raise ValueError(f"executor={executor!r} must be one of {', '.join(EXECUTORS)}.")
    workers = workers or max(1, (os.cpu_count() or 2) // 2)
    with contextlib.ExitStack() as stack:
        if executor == "dask":
            from dask.distributed import Client
            stack.enter_context(Client())
        elif executor == "ray":
            from ray.util.joblib import register_ray
            register_ray()
        elif workers == 1:
            executor = "sequential"
        stack.enter_context(joblib.parallel_config(backend=executor, n_jobs=workers))
        rows, deaths = {}, 0
        while len(rows) < len(jobs):
            left = [i for i in range(len(jobs)) if i not in rows]
            done = joblib.Parallel(return_as="generator")(
                joblib.delayed(function)(**jobs[i]) for i in left)
            try:
                bar = tqdm(done, desc=function.__name__, unit="row", total=len(jobs), initial=len(rows))
                for i, row in zip(left, bar, strict=True):
                    rows[i] = row
            except TerminatedWorkerError:
                deaths += 1
                if deaths > 2:
                    raise
    return pd.DataFrame([rows[i] for i in range(len(jobs))])
