"""Exit 0 if every rule holds: `alpha=1.0`, or `alpha=beta` for equal versions; `alpha=` for not installed."""

import importlib.metadata
import sys


def version(side):
    """A package's version; what is no installed package stands for itself."""
    try:
        return importlib.metadata.version(side) if side[:1].isalpha() else side
    except importlib.metadata.PackageNotFoundError:
        return ""


for rule in sys.argv[1:]:
    left, right = map(version, rule.split("="))
    if left != right:
        sys.exit(f"{rule} does not hold: {left} and {right}")
