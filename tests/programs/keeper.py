"""What a notebook's kernel does: start a program of a notebook with its arguments, and stay."""

import sys
import time

from lepton_helpers.nodes import processes

with processes.process(*sys.argv[1:]):
    print("started", flush=True)
    time.sleep(300)
