"""No process is left behind, and what goes wrong is said in one sentence."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from lepton_helpers.nodes import processes

PROGRAMS = Path(__file__).parent.parent / "programs"
BEHAVES = PROGRAMS / "behaves.py"


def gone(pid, within=10):
    end = time.monotonic() + within
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def grandchild(child):
    return int(processes.told(child))


def test_a_server_comes_and_goes():
    port = processes.free_port()
    with processes.process(PROGRAMS / "listener.py", port) as child:
        processes.wait_for_port(child, port)
        with pytest.raises(processes.ProcessError, match=f"port {port} .* another program"):
            processes.require_free(port)
    assert gone(child.pid)
    processes.require_free(port)


def test_an_error_in_the_notebook_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError), processes.process(PROGRAMS / "with_a_child.py") as child:
        below = grandchild(child)
        raise ZeroDivisionError
    assert gone(child.pid) and gone(below)


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")
def test_a_killed_kernel_leaves_nothing_behind():
    kernel = subprocess.Popen([sys.executable, PROGRAMS / "kernel.py"], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in kernel.stdout.readline().split()]
    assert len(pids) == 2 and all(psutil.pid_exists(pid) for pid in pids)
    kernel.send_signal(signal.SIGKILL)
    kernel.wait()
    assert all(gone(pid) for pid in pids)


def test_a_process_that_fails_says_why():
    with processes.process(BEHAVES, "fails") as child, \
            pytest.raises(processes.ProcessError, match="code 1: ValueError: no such recipe"):
        processes.finish(child)
    with processes.process(BEHAVES, "answers") as child:
        assert processes.finish(child).strip() == "42"


def test_a_process_that_never_comes():
    port = processes.free_port()
    with processes.process(BEHAVES, "stays") as child, \
            pytest.raises(processes.ProcessError, match=f"nothing listens on port {port} after 1 s"):
        processes.wait_for_port(child, port, timeout=1)
    with processes.process(BEHAVES, "refuses") as child, \
            pytest.raises(processes.ProcessError, match="before it listened .* bad argument"):
        processes.wait_for_port(child, port)
    with processes.process(BEHAVES, "stays") as child, \
            pytest.raises(processes.ProcessError, match="still busy after 1 s"):
        processes.finish(child, timeout=1)


def test_a_line_is_told_when_it_is_whole():
    with processes.process(BEHAVES, "speaks") as child:
        assert processes.told(child, "port") == "4711" and processes.told(child) == "ready"
        with pytest.raises(processes.ProcessError, match="no line began with 'end': port 4711"):
            processes.told(child, "end", timeout=1)
    with processes.process(BEHAVES, "answers") as child:
        assert processes.told(child) == "42"
        with pytest.raises(processes.ProcessError, match="no line began with 'port': 42"):
            processes.told(child, "port", timeout=60)


def test_a_standby_waits_until_its_port_is_free():
    port = processes.free_port()
    with processes.process(PROGRAMS / "listener.py", port) as child:
        processes.wait_for_port(child, port)
        with pytest.raises(processes.ProcessError, match=f"port {port} .* another program"):
            processes.wait_until_free(port, timeout=0.2)
        threading.Timer(0.5, processes.stop, [child]).start()
        processes.wait_until_free(port, timeout=60)
        assert gone(child.pid)


def test_free_port_is_free():
    with socket.create_server(("127.0.0.1", processes.free_port())):
        pass
