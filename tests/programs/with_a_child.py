"""Start a process of one's own, print its number, and stay."""

import subprocess
import sys
import time
from pathlib import Path

child = subprocess.Popen([sys.executable, Path(__file__).with_name("behaves.py"), "stays"])
print(child.pid)
time.sleep(300)
