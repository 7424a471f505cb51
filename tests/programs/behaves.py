"""End in the way that the first argument names."""

import sys
import time

way = sys.argv[1]
if way == "fails":
    raise ValueError("no such recipe")
if way == "refuses":
    raise SystemExit("bad argument")
if way == "answers":
    print(6 * 7)
if way == "stays":
    time.sleep(300)
if way == "speaks":
    print("ready")
    print("port", end=" ")
    time.sleep(1)
    print(4711)
    time.sleep(300)
