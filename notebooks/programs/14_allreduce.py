"""Time all-reduce algorithms among real processes, in turns; prints one JSON list of rows.

    14_allreduce.py TASK          TASK is JSON: ranks, algorithms, sizes (bytes), rounds, seconds (a turn), barrier;
                                  also switch (its port), mpi (over mpiexec's processes) or
                                  rate (bits a second of loopback, in a network namespace of its own)
"""

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
sys.path.insert(0, str(Path(__file__).parent))
node_of = importlib.import_module("14_node")
np = node_of.np


def idle(node, x):
    """The empty call: what the loop around each algorithm costs."""


def echo(node, x):
    """Rank 0 sends to rank 1, which sends back; the others look on."""
    mate = 1 - node.rank
    if node.rank == 0:
        node.exchange(to=mate, out=x)
        node.exchange(source=mate, into=x)
    elif node.rank == 1:
        node.exchange(source=mate, into=x)
        node.exchange(to=mate, out=x)


def library(node, x):
    """MPI's own all-reduce."""
    node.comm.Allreduce(node.here, x)


WAYS = {"idle": idle, "echo": echo, "MPI": library,
        "naive": node_of.naive, "doubling": node_of.doubling, "ring": node_of.ring}


def checked(node, name, size):
    """Bytes and messages that this rank sends; the sum must be right, to the bit: whole numbers round not."""
    base = np.arange(size // 4, dtype=np.float32) % 97
    x, node.sent, node.messages = base + node.rank, 0, 0
    WAYS[name](node, x)
    right = np.array_equal(x, base * node.ranks + sum(range(node.ranks)))
    assert right or name in ("idle", "echo"), f"{name} is wrong at {size} bytes on {node.ranks} ranks"
    return node.sent, node.messages


def timed(node, name, x, times, barrier=True):
    """Seconds a call, the calls back to back, after a barrier."""
    if barrier:
        node_of.doubling(node, np.zeros(1, np.float32))
    begin = time.perf_counter()
    for _ in range(times):
        WAYS[name](node, x)
    return (time.perf_counter() - begin) / times


def measure(node, algorithms, sizes, rounds, seconds, barrier=True):
    """Rows of rank 0, the seconds of the slowest rank, the bytes of the busiest; other ranks give None."""
    cases, plan, busiest = [(a, s) for s in sizes for a in algorithms], [], []
    for name, size in cases:
        busiest.append(checked(node, name, size))
        once = timed(node, name, np.zeros(size // 4, np.float32), 1)
        times = np.array([np.clip(seconds / max(once, 1e-6), 1, 200) if node.rank == 0 else 0], np.float32)
        node_of.doubling(node, times)  # all ranks take rank 0's number
        plan.append(max(int(times[0]), 1))
    took = np.empty((rounds, len(cases)))
    for turn in range(rounds):
        for case in np.random.default_rng(turn).permutation(len(cases)):
            name, size = cases[case]
            took[turn, case] = timed(node, name, np.zeros(size // 4, np.float32), plan[case], barrier)
    mine = np.vstack([took, np.transpose(busiest)])
    if node.rank:
        return node.exchange(to=0, out=mine)
    theirs = np.empty_like(mine)
    for rank in range(1, node.ranks):
        node.exchange(source=rank, into=theirs)
        mine = np.maximum(mine, theirs)
    return [{"algorithm": cases[i][0], "bytes": cases[i][1], "round": turn, "seconds": mine[turn, i],
             "sent": int(mine[-2, i]), "messages": int(mine[-1, i])}
            for turn in range(rounds) for i in range(len(cases))]


def main(text, rank=None, desk=None):
    task = json.loads(text)
    rate, mpi, ranks, switch = (task.pop(key, None) for key in ("rate", "mpi", "ranks", "switch"))
    again = [sys.executable, __file__]
    if rate:  # a network of its own, whose loopback the kernel slows down
        inner = json.dumps(task | {"ranks": ranks})
        shaped = f"ip link set lo up mtu 1500 && tc qdisc add dev lo root tbf rate {rate} burst 32kb latency 500ms"
        line = ["unshare", "-rn", "sh", "-c", f'{shaped} && exec "$@"', "sh", *again, inner]
        return subprocess.run(line).returncode
    if mpi == "start":
        line = [str(Path(sys.executable).with_name("mpiexec")), "-n", str(ranks), *again,
                json.dumps(task | {"mpi": "rank"})]
        return subprocess.run(line, timeout=120, stdin=subprocess.DEVNULL).returncode
    if mpi:
        node = node_of.MpiNode(importlib.import_module("mpi4py.MPI"))
    elif rank is None:
        return node_of.start(__file__, ranks, text)
    else:
        node = node_of.connect(int(rank), ranks, int(desk), switch or 0)
    rows = measure(node, **task)
    if rows:
        print(json.dumps([row | {"ranks": node.ranks} for row in rows]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
