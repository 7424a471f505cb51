"""Programs of the notebooks that start processes of their own leave none behind, however the kernel ends."""

import importlib.util
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lepton_helpers import paths

KEEPER = Path(__file__).parent.parent / "programs" / "keeper.py"
ALLREDUCE = paths.NOTEBOOKS / "programs" / "14_allreduce.py"
MPIEXEC = Path(sys.executable).with_name("mpiexec")


def runs(command, seconds=60):
    """Whether a command ends well."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=seconds).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def family(pid, count, seconds=90):
    """All descendants of `pid`, once there are `count` of them that run the program."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = psutil.Process(pid).children(recursive=True)
        if sum(ALLREDUCE.name in " ".join(one.cmdline()) for one in found if one.is_running()) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{count} processes of {ALLREDUCE.name} never ran")


@pytest.mark.parametrize("more", [{}, {"mpi": "start"}], ids=["sockets", "MPI"])
def test_ranks_die_with_a_killed_kernel(more):
    if more and not (importlib.util.find_spec("mpi4py") and MPIEXEC.exists()):
        pytest.skip("MPI's wheels are for Linux")
    if more and not runs([MPIEXEC, "-n", "2", sys.executable, "-c", ""]):
        pytest.skip("MPI is installed, but this machine lets it start no ranks")
    task = {"algorithms": ["ring"], "sizes": [4096], "ranks": 3, "rounds": 1_000, "seconds": 0.5} | more
    kernel = subprocess.Popen([sys.executable, KEEPER, ALLREDUCE, json.dumps(task)], stdout=subprocess.PIPE)
    try:
        assert kernel.stdout.readline() == b"started\n"
        ranks = family(kernel.pid, 3)
    finally:
        kernel.send_signal(signal.SIGKILL)
        kernel.wait()
    _, alive = psutil.wait_procs(ranks, timeout=20)
    assert [one.cmdline() for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
