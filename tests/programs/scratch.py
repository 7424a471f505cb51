"""Makes a scratch folder with a file in it, prints its name, and ends as asked once its input does."""

import sys
from pathlib import Path

from lepton_helpers import paths

folder = paths.scratch("test", sys.argv[1])
Path(folder.name, "inner").mkdir()
Path(folder.name, "inner", "file").write_text("much")
print(folder.name, flush=True)
sys.stdin.read()
if sys.argv[2] == "raises":
    raise ValueError("asked for")
