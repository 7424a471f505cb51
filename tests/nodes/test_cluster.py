"""The engine that runs rows side by side: here, and on a Dask cluster that loses a part."""

import contextlib
import os
import threading
import time
from pathlib import Path

import pytest

from lepton_helpers.nodes import cluster, processes

NODE = Path(__file__).parent.parent / "programs" / "dask_node.py"
JOBS = [{"n": n} for n in range(5)]


def row(n, grave=None, deaths=1, seconds=0):
    time.sleep(seconds)
    if grave:
        Path(grave, f"{n}-{os.getpid()}").touch()
        if n == 2 and len(list(Path(grave).glob("2-*"))) <= deaths:
            os.kill(os.getpid(), 9)
    return {"n": n, "square": n * n}


def wrong(n):
    raise KeyError(f"row {n}")


@pytest.fixture
def scheduler(tmp_path, monkeypatch):
    """A Dask scheduler in a process of its own, named as a user would name it."""
    port = processes.free_port()
    monkeypatch.setattr(cluster, "LOST", 6)
    monkeypatch.setenv(cluster.ADDRESS, f"tcp://127.0.0.1:{port}")
    named = "--host", "127.0.0.1", "--port", port, "--no-dashboard"
    with processes.process(NODE, "scheduler", *named) as child:
        processes.wait_for_port(child, port)
        yield child


@contextlib.contextmanager
def worker():
    with processes.process(NODE, "worker", os.environ[cluster.ADDRESS], "--nthreads", 1, "--no-dashboard",
                           PYTHONPATH=Path(__file__).parent) as child:
        yield child


def test_rows_come_in_order_alone_or_side_by_side():
    assert cluster.run(row, JOBS, workers=1).equals(cluster.run(row, JOBS, workers=2))
    with pytest.raises(ValueError, match="executor='slurm'"):
        cluster.run(row, JOBS, executor="slurm")


@pytest.mark.parametrize("executor", cluster.EXECUTORS)
def test_a_killed_worker_costs_only_its_job(tmp_path, executor):
    rows = cluster.run(row, [job | {"grave": str(tmp_path)} for job in JOBS], executor, workers=2)
    assert rows.equals(cluster.run(row, JOBS, workers=1))
    assert len(list(tmp_path.glob("2-*"))) >= 2, "the job of the dead worker ran again"


@pytest.mark.parametrize("executor", cluster.EXECUTORS)
def test_a_job_that_always_kills_its_worker_is_named(tmp_path, executor):
    with pytest.raises(cluster.ClusterError, match="'n': 2"):
        cluster.run(row, [job | {"grave": str(tmp_path), "deaths": 99} for job in JOBS], executor, workers=2)


@pytest.mark.parametrize("executor", cluster.EXECUTORS)
def test_a_row_that_never_comes_is_not_waited_for(executor):
    with pytest.raises(cluster.ClusterError, match="for 3 s; waiting for {'n': 0, 'seconds': 60}"):
        cluster.run(row, [{"n": 0, "seconds": 60}], executor, workers=2, patience=3)


@pytest.mark.parametrize("executor", cluster.EXECUTORS)
def test_what_a_job_raises_comes_through(executor):
    with pytest.raises(KeyError, match="row 0"):
        cluster.run(wrong, [{"n": 0}], executor, workers=2)


def test_nobody_at_the_address(monkeypatch):
    monkeypatch.setattr(cluster, "LOST", 2)
    monkeypatch.setenv(cluster.ADDRESS, f"tcp://127.0.0.1:{processes.free_port()}")
    with pytest.raises(cluster.ClusterError, match="no Dask scheduler answers at tcp://127.0.0.1"):
        cluster.run(row, JOBS, executor="dask")


def test_a_cluster_that_was_started_elsewhere(scheduler):
    with worker(), worker():
        assert cluster.run(row, JOBS, executor="dask").equals(cluster.run(row, JOBS, workers=1))


def test_a_cluster_without_workers(scheduler):
    with pytest.raises(cluster.ClusterError, match="had no worker for 6 s"):
        cluster.run(row, JOBS, executor="dask")


def test_a_scheduler_that_is_lost(scheduler):
    with worker():
        threading.Timer(8, processes.stop, [scheduler]).start()
        with pytest.raises(cluster.ClusterError, match="no longer answers"):
            cluster.run(row, [{"n": n, "seconds": 4} for n in range(20)], executor="dask")
