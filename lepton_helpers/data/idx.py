"""IDX files, the format of MNIST and its kin, read and verified: NumPy only."""

import gzip
import hashlib
import warnings
import zlib
from pathlib import Path

import numpy as np

from lepton_helpers import paths

FASHION_MNIST = paths.DATA / "fashion_mnist"
LABEL_NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
               "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
MNIST = paths.DATA / "mnist"
SHA256 = {  # of the files of each shared folder
    "fashion_mnist": {
        "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
        "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
        "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05"},
    "mnist": {
        "train-images-idx3-ubyte.gz": "7ff28fd295f802eefc6d40e461175dfe4b969b1842b2abc8c6dc8c20711cf79f",
        "train-labels-idx1-ubyte.gz": "81a978ae83d39ffdba0db3ce2fcaf80a8921e9629e874428996a2b03242d4b2a",
        "t10k-images-idx3-ubyte.gz": "197e111ae341b0770be9011ac5e622d0e6cd1c640b32eb0de5dc1dd26cc6e182",
        "t10k-labels-idx1-ubyte.gz": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b"},
}
_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class DataError(ValueError):
    """The data are not what they claim to be; the message says what, where and what to do."""


def check_digest(raw, sha256, name):
    """Raise `DataError` unless `raw`, the bytes of the file `name`, have the digest `sha256`."""
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise DataError(f"{name} does not have the SHA-256 on record ({sha256[:12]}...); "
                        "it was changed or cut: restore it, for example with git checkout.")


def read_idx(path, sha256=None):
    """Read one IDX file, gzipped or not, into an array; format: http://yann.lecun.com/exdb/mnist.

    Raises `DataError` when the file is missing, not IDX, truncated, longer than its header says,
    or when its bytes do not have the digest `sha256` (64 hex digits).
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path.name} is missing from {path.parent}; put the IDX file there.")
    raw = path.read_bytes()
    if sha256:
        check_digest(raw, sha256, path.name)
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

    `None` reads the Fashion-MNIST of this repository; of that and of `data.MNIST`, the digits, the SHA-256
    is checked as well. Raises `DataError`; warns of what may be meant but seldom is: see `suspicions`.
    """
    folder = FASHION_MNIST if folder is None else Path(folder)
    shared = SHA256.get({FASHION_MNIST: "fashion_mnist", MNIST: "mnist"}.get(folder.resolve()))
    arrays = []
    for part in ("train", "t10k"):
        for kind, rank in (("images-idx3", 3), ("labels-idx1", 1)):
            path = find(folder, f"{part}-{kind}-ubyte")
            if shared and path.name not in shared:
                raise DataError(f"{path.name} has no SHA-256 on record, {part}-{kind}-ubyte.gz has one: "
                                "bring that file back, for example with git checkout.")
            array = read_idx(path, shared[path.name] if shared else None)
            if array.ndim != rank or array.dtype != np.uint8:
                raise DataError(f"{path.name} holds {array.dtype} of rank {array.ndim}; {kind} "
                                f"needs uint8 of rank {rank}: are images and labels swapped?")
            arrays.append(array)
        check(arrays[-2], arrays[-1], where=f"{part} in {folder.name if shared else folder}")
    if arrays[0].shape[1:] != arrays[2].shape[1:]:
        raise DataError(f"training images are {arrays[0].shape[1:]} and test images "
                        f"{arrays[2].shape[1:]} pixels; both must have one size.")
    for found in () if shared else suspicions(*arrays):
        warnings.warn(f"{folder}: {found}", stacklevel=2)
    return tuple(arrays)


def digests(images):
    """A short digest of each image's pixels, a list: equal pixels, equal digests."""
    return [hashlib.blake2b(np.ascontiguousarray(image), digest_size=16).digest() for image in images]


def suspicions(images, labels, test_images, test_labels):
    """Sentences about what is seldom meant: gaps in the labels, test labels or images in the wrong part.

    Raises `DataError` where every test image is a training image.
    """
    classes, found = np.unique(labels), []
    gaps = np.setdiff1d(np.arange(classes[-1]), classes)
    if len(gaps):
        found.append(f"training labels go up to {classes[-1]} but {len(gaps)} below it never occur, the "
                     f"first of them {gaps[0]}; if that is a fault, clean(images, labels, classes) cures it.")
    strange = np.setdiff1d(test_labels, classes)
    if len(strange):
        rows = np.isin(test_labels, strange).sum()
        found.append(f"{rows:,} test images bear labels that no training image has, the first label "
                     f"{strange[0]}; a model cannot know them.")
    trained = set(digests(images))
    seen = sum(digest in trained for digest in digests(test_images))
    if seen == len(test_images):
        raise DataError(f"each of the {seen:,} test images is a training image too; a test on them says "
                        "nothing: hold other images out.")
    if seen > 0.01 * len(test_images):
        found.append(f"{seen:,} of {len(test_images):,} test images are training images too, so the test "
                     "flatters; remove them from one part.")
    return found


def check(images, labels, classes=None, where="the data"):
    """Raise `DataError` unless images and labels are equally many, finite and in range."""
    images, labels = np.asarray(images), np.asarray(labels)
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(images):,} images but {len(labels):,} labels; "
                        "each image needs one label.")
    if len(images) == 0:
        raise DataError(f"{where}: no images at all; check the folder that you named.")
    if images.size == 0:
        raise DataError(f"{where}: images of shape {images.shape[1:]} hold no pixels; copy the files again.")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        bad = np.flatnonzero(~np.isfinite(images.reshape(len(images), -1)).all(axis=1))
        raise DataError(f"{where}: {len(bad):,} images hold NaN or infinite pixels, the first at "
                        f"index {bad[0]}; remove them, for example with data.clean.")
    if classes and labels.ndim == 1 and (labels.min() < 0 or labels.max() >= classes):
        raise DataError(f"{where}: labels run from {labels.min()} to {labels.max()}, but the model "
                        f"has {classes} classes, 0 to {classes - 1}; fix the labels or the model.")
