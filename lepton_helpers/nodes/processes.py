"""Other Python processes for a notebook: started, watched, and gone when the notebook is.

Each runs in a session of its own and holds a pipe to its parent: when the parent dies, however it
dies, the pipe ends, and the child kills its own group.
"""

import contextlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from lepton_helpers import paths


class ProcessError(RuntimeError):
    """A process that did not start, did not answer, or failed."""


def free_port():
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def require_free(port):
    """Raise `ProcessError` with one sentence if something listens on loopback `port` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ProcessError(f"port {port} on 127.0.0.1 cannot be used ({error.strerror}): another program "
                               "holds it; stop that one or take processes.free_port().") from error


def wait_until_free(port, timeout=900):
    """Wait until nothing listens on loopback `port`; `ProcessError` if that takes too long."""
    end = time.monotonic() + timeout
    while True:
        try:
            return require_free(port)
        except ProcessError:
            if time.monotonic() > end:
                raise
        time.sleep(0.05)


@contextlib.contextmanager
def process(program, *arguments, **environment):
    """Run a Python file with `sys.argv[1:]` = arguments; yields its `Popen`, kills it at the end."""
    with paths.scratch("process") as folder:
        log = Path(folder) / "log.txt"
        with log.open("wb") as sink:
            child = subprocess.Popen(
                [sys.executable, "-m", "lepton_helpers.nodes.processes", str(program), *map(str, arguments)],
                stdin=subprocess.PIPE, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | {k: str(v) for k, v in environment.items()})
        child.log = log
        try:
            yield child
        finally:
            stop(child)


def stop(child):
    """Kill `child` and all that it started; harmless if it is gone."""
    with contextlib.suppress(OSError):
        child.stdin.close()
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def output(child):
    """What `child` has printed so far."""
    return child.log.read_text(errors="replace") if child.log.exists() else ""


def _last_words(child):
    lines = [line for line in output(child).splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing"


def told(child, word="", timeout=200):
    """What follows `word` in the first line that `child` begins with it, waiting until the line is whole.

    Raises `ProcessError` if the child ends without such a line or takes too long.
    """
    end, over = time.monotonic() + timeout, False
    while not over and time.monotonic() < end:
        over = child.poll() is not None  # asked first: its last words are still read
        for line in output(child).splitlines(keepends=True):
            if line.startswith(word) and line.endswith("\n"):  # print writes a line piece by piece
                return line.removeprefix(word).strip()
        time.sleep(0.02)
    raise ProcessError(f"no line began with {word!r}: {_last_words(child)}")


def wait_for_port(child, port, timeout=150):
    """Wait until `child` listens on loopback `port`; `ProcessError` if it dies or takes too long."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if child.poll() is not None:
            raise ProcessError(f"the process ended with code {child.returncode} before it listened on "
                               f"port {port}: {_last_words(child)}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise ProcessError(f"nothing listens on port {port} after {timeout} s: {_last_words(child)}")


def finish(child, timeout=240):
    """Wait for `child` to end well; returns its output, or raises `ProcessError` and kills it."""
    try:
        code = child.wait(timeout)
    except subprocess.TimeoutExpired:
        words = _last_words(child)
        stop(child)
        raise ProcessError(f"the process was still busy after {timeout} s and was stopped: {words}") from None
    if code:
        raise ProcessError(f"the process ended with code {code}: {_last_words(child)}")
    return output(child)


def _end_with_parent():
    while os.read(0, 1):  # unbuffered: sys.stdin's lock would break the exit
        pass
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
