"""Where things live: found from the package's own place, never from the working directory."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path

_CLONE = Path(__file__).resolve().parent.parent
_WHEEL = Path(__file__).resolve().parent / "_home"
_IN_CLONE = (_CLONE / "data" / "fashion_mnist").is_dir()

DATA = (_CLONE if _IN_CLONE else _WHEEL) / "data"
RESULTS = DATA / "results"
NOTEBOOKS = _CLONE / "notebooks"
_STALE = 3600  # seconds: a part that old was left by a process that was killed


def home():
    """The folder that runs write into: `LEPTON_HOME` (empty is unset), the clone, or `~/.cache/lepton`."""
    if os.environ.get("LEPTON_HOME"):
        return Path(os.environ["LEPTON_HOME"]).expanduser()
    return _CLONE if _IN_CLONE else Path.home() / ".cache" / "lepton"


def artifacts():
    """Trained models, by fingerprint."""
    return home() / "artifacts"


def reports():
    """Scoreboard, plots, executed notebooks."""
    return home() / "reports"


def scratch(purpose, where=None):
    """A `tempfile.TemporaryDirectory` that goes with this process, however it ends.

    A small process of its own waits at a pipe for the end of this one and removes what is left: nothing
    else runs after a kill. `where` is the folder to make it in. Raises `OSError`.
    """
    folder = tempfile.TemporaryDirectory(prefix=f"lepton-{purpose}-", dir=where, ignore_cleanup_errors=True)
    sweeper = subprocess.Popen([sys.executable, "-I", "-S", __file__, folder.name], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    weakref.finalize(folder, sweeper.communicate)  # where this process goes on and only the folder ends
    return folder


def write_atomically(path, content):
    """Write `content` (str or bytes) so that a reader sees the old file or the new, never half.

    The bytes go to a neighbour first; an interruption removes it and leaves `path` as it was. What a
    killed process left of earlier writes is swept. Raises `OSError`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
            if time.time() - left.stat().st_mtime > _STALE:
                left.unlink(missing_ok=True)
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _sweep(folder):
    """In the small process of `scratch`: wait for the end of the pipe, then remove `folder`."""
    sys.stdin.buffer.read()
    for _ in range(100):  # what else ended with the parent may still be writing
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        time.sleep(0.1)


if __name__ == "__main__":
    _sweep(sys.argv[1])
