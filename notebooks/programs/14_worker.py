"""Data-parallel training whose workers send squeezed gradients to each other; one JSON list of rows.

    14_worker.py TASK      TASK is JSON: ranks, folder (images.npy, labels.npy as uint8), share (images of a
                           worker in a step), runs, and switch (its port, or none). A run is a dict: way,
                           rate (of learning), momentum, seed, steps, name (of the file for its weights).
"""

import importlib
import json
import os
import sys
import time
import zlib
from pathlib import Path

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
sys.path.insert(0, str(Path(__file__).parent))
node_of = importlib.import_module("14_node")
np = node_of.np

SHAPES = [(784, 128), (128,), (128, 10), (10,)]
BOUNDS = np.cumsum([0] + [int(np.prod(shape)) for shape in SHAPES])
MEAN, SPREAD = 73, 90          # of all pixels, near enough: gradient descent wants centred inputs
KEPT = int(BOUNDS[-1]) // 100  # entries of top-k: one in a hundred


def parts(flat):
    """Views of the kernels and biases inside the flat vector of all parameters."""
    return [flat[a:b].reshape(s) for a, b, s in zip(BOUNDS, BOUNDS[1:], SHAPES, strict=False)]


def gradient(flat, images, labels):
    """The gradient of the mean cross-entropy, as one flat vector."""
    w1, b1, w2, b2 = parts(flat)
    hidden = np.maximum(images @ w1 + b1, 0)
    scores = hidden @ w2 + b2
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    scores /= scores.sum(axis=1, keepdims=True)
    scores[np.arange(len(labels)), labels] -= 1
    scores /= len(labels)
    back = scores @ w2.T * (hidden > 0)
    return np.concatenate([(images.T @ back).ravel(), back.sum(0), (hidden.T @ scores).ravel(), scores.sum(0)])


def dense(kind, scale=1):
    """The ring, with numbers of `kind` on the wire, scaled so that small ones don't vanish in it."""
    def average(node, g):
        x = (scale * g).astype(kind)
        node_of.ring(node, x)
        return x.astype(np.float32) / (scale * node.ranks), g
    return average


def gathered(node, mine):
    """Every worker's bytes, one row a rank, each sent straight to each."""
    rows = np.empty((node.ranks, mine.size), np.uint8)
    rows[node.rank] = mine
    for step in range(1, node.ranks):
        left = (node.rank - step) % node.ranks
        node.exchange((node.rank + step) % node.ranks, mine, left, rows[left])
    return rows


def pack_top(g):
    """The largest entries: four bytes of place and four of value each."""
    place = np.argpartition(np.abs(g), -KEPT)[-KEPT:].astype(np.uint32)
    return np.concatenate([place.view(np.uint8), g[place].view(np.uint8)])


def unpack_top(row):
    out = np.zeros(BOUNDS[-1], np.float32)
    out[row[:4 * KEPT].view(np.uint32)] = row[4 * KEPT:].view(np.float32)
    return out


def pack_sign(g):
    """One bit an entry, and the mean size of the entries of each tensor."""
    sizes = np.array([np.abs(g[a:b]).mean() for a, b in zip(BOUNDS, BOUNDS[1:], strict=False)], np.float32)
    return np.concatenate([sizes.view(np.uint8), np.packbits(g >= 0)])


def unpack_sign(row):
    out = np.unpackbits(row[4 * len(SHAPES):], count=BOUNDS[-1]).astype(np.float32)
    out += out - 1  # 0 and 1 become -1 and 1
    for a, b, size in zip(BOUNDS, BOUNDS[1:], row[:4 * len(SHAPES)].copy().view(np.float32), strict=False):
        out[a:b] *= size
    return out


def squeezed(pack, unpack):
    """Each worker's packed gradient goes to all; also gives what of one's own the others received."""
    def average(node, g):
        sent = [unpack(row) for row in gathered(node, pack(g))]
        return sum(sent) / node.ranks, sent[node.rank]
    return average


# how to average, and whether what was left out is kept for the next step (error feedback)
WAYS = {"float32": (dense(np.float32), False), "float16": (dense(np.float16, 256), False),
        "top 1%": (squeezed(pack_top, unpack_top), True),
        "top 1%, no feedback": (squeezed(pack_top, unpack_top), False),
        "one bit": (squeezed(pack_sign, unpack_sign), True),
        "one bit, no feedback": (squeezed(pack_sign, unpack_sign), False)}


def train(node, images, labels, share, way, rate, momentum, seed, steps):
    """The trained parameters, and the seconds of each step; SGD with momentum, its rate falls to zero."""
    rng, took = np.random.default_rng(seed), []
    flat = np.concatenate([(rng.standard_normal(s) * np.sqrt(2 / s[0]) if len(s) > 1 else np.zeros(s)).ravel()
                           for s in SHAPES]).astype(np.float32)
    average, feedback = WAYS[way]
    memory, speed, step = np.zeros_like(flat), np.zeros_like(flat), share * node.ranks
    order = np.concatenate([rng.permutation(len(labels)) for _ in range(1 + steps * step // len(labels))])
    for turn in range(steps):
        begin = time.perf_counter()
        mine = order[turn * step + node.rank * share:][:share]
        seen = (images[mine].reshape(share, -1) - np.float32(MEAN)) / np.float32(SPREAD)
        g = gradient(flat, seen, labels[mine]) + memory
        mean, sent = average(node, g)
        memory = g - sent if feedback else memory
        speed = np.float32(momentum) * speed + mean
        flat -= np.float32(rate * (1 - turn / steps)) * speed
        took.append(time.perf_counter() - begin)
    return flat, took


def main(text, rank=None, desk=None):
    task = json.loads(text)
    if rank is None:
        return node_of.start(__file__, task["ranks"], text)
    node, folder = node_of.connect(int(rank), task["ranks"], int(desk), task.get("switch") or 0), task["folder"]
    images, labels = (np.load(Path(folder) / f"{name}.npy", mmap_mode="r") for name in ("images", "labels"))
    rows = []
    for run in task["runs"]:
        name = run.pop("name")
        node.sent = 0
        flat, took = train(node, images, labels, task["share"], **run)
        rows.append(run | {"name": name, "sent": node.sent / run["steps"], "seconds": float(np.median(took))})
        sums = gathered(node, np.array([zlib.crc32(flat.tobytes())], np.uint32).view(np.uint8))
        assert (sums == sums[0]).all(), f"the workers' weights differ after {name}"
        if node.rank == 0:
            np.save(Path(folder) / f"{name}.npy", flat)
    if node.rank == 0:
        print(json.dumps(rows), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
