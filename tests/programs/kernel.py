"""What a notebook's kernel does: start a process that starts another, print both numbers, and stay."""

import time
from pathlib import Path

from lepton_helpers.nodes import processes

with processes.process(Path(__file__).with_name("with_a_child.py")) as child:
    print(child.pid, processes.told(child), flush=True)
    time.sleep(300)
