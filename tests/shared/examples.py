"""Small pictures and tables that a network can learn in an epoch, written as people write them."""

import gzip
import struct

import numpy as np
from PIL import Image


def picture(kind, rng, side=12, colour=False):
    """A noisy picture: kind 0 is bright on top, 1 on the left, 2 in the middle."""
    pixels = rng.integers(0, 60, (side, side)).astype(np.uint8)
    half, inner = slice(side // 2), slice(side // 4, -(side // 4))
    pixels[{0: np.s_[half], 1: np.s_[:, half], 2: np.s_[inner, inner]}[kind]] += 150
    return np.stack([pixels, pixels // 2, 255 - pixels], axis=-1) if colour else pixels


def folder(root, names=("cat", "dog", "红 熊猫"), each=14, side=12, colour=False, seed=0, suffix="png"):
    """A folder with one folder a class; returns `root`."""
    rng = np.random.default_rng(seed)
    for kind, name in enumerate(names):
        (root / name).mkdir(parents=True)
        for n in range(each):
            Image.fromarray(picture(kind % 3, rng, side, colour)).save(root / name / f"no {n:03}.{suffix}")
    return root


def write_idx(path, array, magic=None, compress=False):
    """Write one IDX file of uint8; magic: four other bytes to begin with."""
    head = magic or struct.pack(">BBBB", 0, 0, 8, array.ndim)
    raw = head + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(raw, mtime=0) if compress else raw)


def idx_folder(root, each=14, tested=6, seed=0):
    """An MNIST-style folder of three classes."""
    rng = np.random.default_rng(seed)
    root.mkdir(parents=True, exist_ok=True)
    for part, many in (("train", each), ("t10k", tested)):
        labels = np.repeat(np.arange(3), many)
        write_idx(root / f"{part}-images-idx3-ubyte", np.stack([picture(k, rng) for k in labels]))
        write_idx(root / f"{part}-labels-idx1-ubyte", labels)
    return root


def rows(n=60, seed=0):
    """Rows of two features that tell two classes apart, `(values, labels)`."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return rng.normal(labels[:, None] * 3, 1, (n, 2)).round(3), labels
