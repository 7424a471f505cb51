"""Where things live: found from the package's own place, never from the working directory."""

import os
from pathlib import Path

_CLONE = Path(__file__).resolve().parent.parent
_WHEEL = Path(__file__).resolve().parent / "_home"
_IN_CLONE = (_CLONE / "data" / "fashion_mnist").is_dir()

DATA = (_CLONE if _IN_CLONE else _WHEEL) / "data"
RESULTS = DATA / "results"
NOTEBOOKS = _CLONE / "notebooks"


def home():
    """The folder that runs write into: `LEPTON_HOME`, else the clone, else `~/.cache/lepton`."""
    if "LEPTON_HOME" in os.environ:
        return Path(os.environ["LEPTON_HOME"]).expanduser()
    return _CLONE if _IN_CLONE else Path.home() / ".cache" / "lepton"


def artifacts():
    """Trained models, by fingerprint."""
    return home() / "artifacts"


def reports():
    """Scoreboard, plots, executed notebooks."""
    return home() / "reports"


def write_atomically(path, content):
    """Write `content` (str or bytes) so that a reader sees the old file or the new, never half.

    The bytes go to a neighbour first; an interruption removes it and leaves `path` as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
