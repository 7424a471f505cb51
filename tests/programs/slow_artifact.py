"""Build one artifact slowly, write each build into the log, print what came of it."""

import sys
import time

from lepton_helpers import artifacts


def slow(log):
    with open(log, "a") as file:
        file.write("built\n")
    time.sleep(3)
    return {"a": 1}


print(artifacts.cached("slow", slow, log=sys.argv[1]))
