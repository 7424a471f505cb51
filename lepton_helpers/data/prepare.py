"""Clean, normalize, split and augment what `idx` reads: NumPy only."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from lepton_helpers.data.idx import DataError, digests, read_folder


class Split(NamedTuple):
    """Images `(n, height, width)` float32 in [0, 1] and labels `(n,)` uint8."""

    images: np.ndarray
    labels: np.ndarray


class Dataset(NamedTuple):
    """Three disjoint splits. Decide on `validation`; report `test` once."""

    train: Split
    validation: Split
    test: Split


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
    for i, digest in enumerate(digests(flat)):
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
    classes, members = np.unique(y, return_counts=True)
    if members.min() < 2:
        raise DataError(f"label {classes[members.argmin()]} has one training image; a class needs two, one "
                        "to train on and one to validate: add images or drop it.")
    if len(classes) > min(validation, len(x) - validation):
        raise DataError(f"validation={validation} of {len(x):,} images leaves no room for one image of each "
                        f"of the {len(classes)} classes on both sides; choose another number.")
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
