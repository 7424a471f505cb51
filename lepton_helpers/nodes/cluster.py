"""Many independent jobs side by side: processes of this machine, or the workers of a Dask cluster."""

import contextlib
import functools
import importlib
import multiprocessing
import os
import time

import joblib
import pandas as pd
from joblib.externals.loky.process_executor import TerminatedWorkerError

from lepton_helpers import progress

EXECUTORS = ("loky", "dask")
ADDRESS = "DASK_SCHEDULER_ADDRESS"
LOST = 30  # seconds without an answer of the scheduler, or without any worker, before a sweep gives up


class ClusterError(RuntimeError):
    """A cluster that does not answer or has no workers, a job that kills them, a row that never comes."""


def run(function, jobs, executor="loky", workers=None, patience=3600):
    """Rows of `function(**job)` for each job, as a DataFrame in the order of `jobs`.

    executor: "loky", processes of this machine; "dask", the cluster whose scheduler the environment
    variable DASK_SCHEDULER_ADDRESS names, else a local one of its own. workers: how many jobs at once; by
    default one for two processors, on a cluster that was named as many as it has. A worker process that
    dies is replaced and its job starts again, up to twice. patience: seconds without any new row.
    Raises `ValueError` for another executor, `ClusterError` when the rest cannot be made; what
    `function` raises comes through.
    """
    if executor not in EXECUTORS:
        raise ValueError(f"executor={executor!r} must be one of {', '.join(EXECUTORS)}.")
    engine, rows = _on_dask if executor == "dask" else _here, {}
    if engine is _here or not os.environ.get(ADDRESS):
        workers = workers or max(1, (os.cpu_count() or 2) // 2)
    with contextlib.closing(engine(function, jobs, workers, patience)) as coming:
        for place, row in progress.bar(coming, desc=function.__name__, unit="row", leave=True,
                                       total=len(jobs)):
            rows[place] = row
    return pd.DataFrame([rows[place] for place in range(len(jobs))])


def _here(function, jobs, workers, patience):
    left, deaths = dict(enumerate(jobs)), 0
    while left:
        side_by_side = joblib.Parallel(workers, return_as="generator_unordered", timeout=patience)
        try:
            call = joblib.delayed(lambda place, job: (place, function(**job)))
            for place, row in side_by_side([call(place, job) for place, job in left.items()]):
                del left[place]
                yield place, row
        except TerminatedWorkerError as error:
            deaths += 1
            if deaths > 2:
                raise ClusterError(f"{deaths} worker processes died; one of these kills them, or memory runs "
                                   f"out: {_named([*left.values()])}.") from error
        except multiprocessing.TimeoutError as error:
            raise _too_long([*left.values()], patience) from error


def _named(jobs):
    return "; ".join(map(str, jobs[:3])) + (f" and {len(jobs) - 3} more" if len(jobs) > 3 else "")


def _too_long(jobs, patience):
    return ClusterError(f"no row came for {patience:g} s; waiting for {_named(jobs)}. Give patience=SECONDS "
                        "if a row may take so long.")


def _on_dask(function, jobs, workers, patience):
    # an extra of its own, so it is imported only when it is asked for
    distributed = importlib.import_module("distributed")
    address = os.environ.get(ADDRESS)
    with contextlib.ExitStack() as stack:
        try:
            cluster = address or stack.enter_context(distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None))
            client = stack.enter_context(distributed.Client(cluster, timeout=LOST))
        except (OSError, TimeoutError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address}: start one there with `dask "
                               f"scheduler`, or unset {ADDRESS}.") from error
        waiting, asked = list(enumerate(jobs))[::-1], {}
        seen = row_seen = time.monotonic()
        while waiting or asked:
            while waiting and (workers is None or len(asked) < workers):
                place, job = waiting.pop()
                asked[client.submit(functools.partial(function, **job), pure=False)] = place
            try:
                done, _ = distributed.wait(list(asked), timeout=5, return_when="FIRST_COMPLETED")
            except (TimeoutError, distributed.CancelledError):
                done = ()
            # a cancelled one has lost its scheduler; _workers tells
            for future in [future for future in done if future.status != "cancelled"]:
                place = asked.pop(future)
                try:
                    row = future.result(timeout=LOST)
                except distributed.KilledWorker as error:
                    raise ClusterError(f"every worker that tried this job died: {jobs[place]}.") from error
                seen = row_seen = time.monotonic()
                yield place, row
            if not done or any(future.status == "cancelled" for future in asked):
                seen = time.monotonic() if _workers(client, cluster) else seen
                if time.monotonic() - seen > LOST:
                    raise ClusterError(f"the cluster has had no worker for {LOST} s: start some with `dask "
                                       "worker`.")
                if time.monotonic() - row_seen > patience:
                    raise _too_long([jobs[place] for place in asked.values()], patience)


def _workers(client, cluster):
    """How many workers the scheduler knows; `ClusterError` if it does not answer."""
    try:
        if client.status != "running":
            raise OSError(client.status)
        return len(client.sync(client.scheduler.identity, callback_timeout=LOST)["workers"])
    except (OSError, TimeoutError) as error:
        place = getattr(cluster, "scheduler_address", cluster)
        raise ClusterError(f"the Dask scheduler at {place} no longer answers, and rows not yet finished "
                           "are lost: start it and the sweep again.") from error
