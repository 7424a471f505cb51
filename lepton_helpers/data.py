"""Read and verify IDX folders, clean, normalize, split and augment: NumPy only."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from lepton_helpers import paths

FASHION_MNIST = paths.DATA / "fashion_mnist"
LABEL_NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
               "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
SHA256 = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}
_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class DataError(ValueError):
    """The data are not what they claim to be; the message says what, where and what to do."""


class Split(NamedTuple):
    """Images `(n, height, width)` float32 in [0, 1] and labels `(n,)` uint8."""

    images: np.ndarray
    labels: np.ndarray


class Dataset(NamedTuple):
    """Three disjoint splits. Decide on `validation`; report `test` once."""

    train: Split
    validation: Split
    test: Split


def read_idx(path, sha256=None):
    """Read one IDX file, gzipped or not, into an array; format: http://yann.lecun.com/exdb/mnist.

    Raises `DataError` when the file is missing, not IDX, truncated, longer than its header says,
    or when its bytes do not have the digest `sha256` (64 hex digits).
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path.name} is missing from {path.parent}; put the IDX file there.")
    raw = path.read_bytes()
    if sha256 and hashlib.sha256(raw).hexdigest() != sha256:
        raise DataError(f"{path.name} does not have the SHA-256 on record ({sha256[:12]}...); "
                        "it was changed or cut: restore it, for example with git checkout.")
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{path.name} is a broken gzip file ({error}); copy it again.") from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _DTYPES or not raw[3]:
        raise DataError(f"{path.name} has magic {raw[:4].hex() or 'nothing'}, which is not IDX "
                        "(0000, a type, a rank); is it another format?")
    dtype, header = np.dtype(_DTYPES[raw[2]]), 4 + 4 * raw[3]
    if len(raw) < header:
        raise DataError(f"{path.name} ends inside its header; copy it again.")
    shape = tuple(int(n) for n in np.frombuffer(raw, ">u4", raw[3], 4))
    expected = header + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    if len(raw) != expected:
        raise DataError(f"{path.name} holds {len(raw):,} bytes where its header, shape {shape}, "
                        f"asks for {expected:,}; it is cut or padded: copy it again.")
    return np.frombuffer(raw, dtype, offset=header).reshape(shape).astype(dtype.newbyteorder("="))


def find(folder, stem):
    """The file of `stem` (such as `train-images-idx3-ubyte`) in `folder`, gzipped or not."""
    for name in (f"{stem}.gz", stem, stem.replace("-idx", ".idx"), stem.replace("-idx", ".idx") + ".gz"):
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    raise DataError(f"{stem}.gz is missing from {folder}; an MNIST-style folder holds four IDX "
                    "files: train and t10k, images-idx3-ubyte and labels-idx1-ubyte.")


def read_folder(folder=None):
    """Read an MNIST-style folder: `(train_images, train_labels, test_images, test_labels)`, uint8.

    `None` reads the Fashion-MNIST of this repository and checks its SHA-256 as well.
    """
    known = SHA256 if folder is None or Path(folder).resolve() == FASHION_MNIST else {}
    arrays = []
    for part in ("train", "t10k"):
        for kind, rank in (("images-idx3", 3), ("labels-idx1", 1)):
            path = find(folder or FASHION_MNIST, f"{part}-{kind}-ubyte")
            array = read_idx(path, known.get(path.name))
            if array.ndim != rank or array.dtype != np.uint8:
                raise DataError(f"{path.name} holds {array.dtype} of rank {array.ndim}; {kind} "
                                f"needs uint8 of rank {rank}: are images and labels swapped?")
            arrays.append(array)
        check(arrays[-2], arrays[-1], where=f"{part} in {folder or FASHION_MNIST.name}")
    if arrays[0].shape[1:] != arrays[2].shape[1:]:
        raise DataError(f"training images are {arrays[0].shape[1:]} and test images "
                        f"{arrays[2].shape[1:]} pixels; both must have one size.")
    return tuple(arrays)


def check(images, labels, classes=None, where="the data"):
    """Raise `DataError` unless images and labels are equally many, finite and in range."""
    images, labels = np.asarray(images), np.asarray(labels)
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(images):,} images but {len(labels):,} labels; "
                        "each image needs one label.")
    if len(images) == 0:
        raise DataError(f"{where}: no images at all; check the folder that you named.")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        bad = np.flatnonzero(~np.isfinite(images.reshape(len(images), -1)).all(axis=1))
        raise DataError(f"{where}: {len(bad):,} images hold NaN or infinite pixels, the first at "
                        f"index {bad[0]}; remove them, for example with data.clean.")
    if classes and labels.ndim == 1 and (labels.min() < 0 or labels.max() >= classes):
        raise DataError(f"{where}: labels run from {labels.min()} to {labels.max()}, but the model "
                        f"has {classes} classes, 0 to {classes - 1}; fix the labels or the model.")


def normalize(images):
    """uint8 pixels to float32 in [0, 1]; floats that already are in [0, 1] pass unchanged."""
    images = np.asarray(images)
    if images.dtype.kind == "f":
        return images.astype(np.float32, copy=False)
    return images.astype(np.float32) / np.float32(255)


def clean(images, labels, classes=10):
    """Drop exact duplicates, blank images, non-finite pixels and labels out of range.

    Returns `(images, labels, report)`, `report` a dict of how many were dropped and why.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    flat = images.reshape(len(images), -1)
    reasons = {"label out of range": (labels < 0) | (labels >= classes),
               "not finite": ~np.isfinite(flat).all(axis=1),
               "blank": flat.max(axis=1) == flat.min(axis=1)}
    seen, duplicate = set(), np.zeros(len(images), bool)
    for i, row in enumerate(flat):
        digest = hashlib.blake2b(row.tobytes(), digest_size=16).digest()
        duplicate[i] = digest in seen
        seen.add(digest)
    reasons["duplicate"] = duplicate
    drop = np.any(list(reasons.values()), axis=0)
    return images[~drop], labels[~drop], {why: int(mask.sum()) for why, mask in reasons.items()}


def load(folder=None, validation=5_000):
    """The splits that every notebook shares: 55,000 / 5,000 / 10,000 for Fashion-MNIST.

    `validation` images are held out of the training files, the same ones every time, each class
    in proportion. `folder` names any MNIST-style IDX folder. Raises `DataError`.
    """
    x, y, x_test, y_test = read_folder(folder)
    if not 0 < validation < len(x):
        raise DataError(f"validation={validation} must lie between 0 and the {len(x):,} images.")
    keep, held = train_test_split(np.arange(len(x)), test_size=validation, random_state=0, stratify=y)
    x, keep, held = normalize(x), np.sort(keep), np.sort(held)
    return Dataset(Split(x[keep], y[keep]), Split(x[held], y[held]),
                   Split(normalize(x_test), y_test))


def augment(images, seed=0, shift=2, flip=True):
    """One changed copy of each image: shifted by up to `shift` pixels, mirrored half the time.

    Takes and returns `(n, height, width)` of any dtype; edges are filled with zeros.
    """
    rng, (n, height, width) = np.random.default_rng(seed), images.shape
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift)))
    rows = rng.integers(0, 2 * shift + 1, (n, 1)) + np.arange(height)
    columns = rng.integers(0, 2 * shift + 1, (n, 1)) + np.arange(width)
    mirrored = (rng.random(n) < 0.5) & flip
    columns[mirrored] = columns[mirrored, ::-1]
    return padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


def load_100k(seed=0, shift=1, flip=True):
    """The article's 100,000 images: 90,000 to train (60,000 and 30,000 augmented), 10,000 to test.

    The test images are the original ones, untouched. Returns two `Split`s, train and test.
    """
    x, y, x_test, y_test = read_folder()
    half = np.random.default_rng(seed).permutation(len(x))[: len(x) // 2]
    images = np.concatenate([x, augment(x[half], seed, shift, flip)])
    return (Split(normalize(images), np.concatenate([y, y[half]])), Split(normalize(x_test), y_test))
