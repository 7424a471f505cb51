"""What a reader predicted and solved: lines of JSON in `work/`, on this machine alone."""

import contextlib
import datetime
import json

from filelock import FileLock

from lepton_helpers import paths


def file():
    """Where the ledger lies."""
    return paths.home() / "work" / "ledger.jsonl"


def write(kind, key, **what):
    """Add a line: a "prediction" or a "solved" exercise by its key. A folder that is not ours to write stays."""
    line = {"when": datetime.datetime.now().isoformat(timespec="seconds"), "kind": kind, "key": key} | what
    with contextlib.suppress(OSError):
        file().parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file().with_suffix(".lock"), timeout=5), file().open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def read(kind=None):
    """All lines, oldest first, or those of one kind; a line that is damaged is left out."""
    found = []
    with contextlib.suppress(OSError):
        for text in file().read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                line = json.loads(text)
                if isinstance(line, dict) and {"when", "kind", "key"} <= line.keys() and kind in (
                        None, line["kind"]):
                    found.append(line)
    return found


def latest(kind, key):
    """The last line of a kind and key, or None."""
    return next((line for line in reversed(read(kind)) if line["key"] == key), None)


def solved(right):
    """What `exercises.check` tells of a right answer: written once, by the sentence that it earned."""
    if latest("solved", right) is None:
        write("solved", right)
