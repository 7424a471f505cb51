"""The loader refuses what is wrong with one sentence, and changes nothing on disk."""

import gzip
import shutil
import struct

import numpy as np
import pytest

from lepton_helpers import data


def write_idx(path, array, magic=None, compress=False):
    head = magic or struct.pack(">BBBB", 0, 0, 8, array.ndim)
    raw = head + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(raw, mtime=0) if compress else raw)


@pytest.fixture
def folder(tmp_path):
    """A small MNIST-style folder, half of it gzipped."""
    rng, place = np.random.default_rng(0), tmp_path / "idx"
    place.mkdir()
    for part, n, compress in (("train", 200, True), ("t10k", 50, False)):
        end = ".gz" if compress else ""
        write_idx(place / f"{part}-images-idx3-ubyte{end}",
                  rng.integers(0, 256, (n, 12, 10), np.uint8), compress=compress)
        write_idx(place / f"{part}-labels-idx1-ubyte{end}",
                  np.arange(n, dtype=np.uint8) % 4, compress=compress)
    return place


def snapshot(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def refused(folder, *words):
    before = snapshot(folder)
    with pytest.raises(data.DataError) as caught:
        data.load(folder, validation=40)
    assert snapshot(folder) == before
    message = str(caught.value)
    assert "\n" not in message and all(word in message for word in words), message


def test_fashion_mnist_is_whole(splits):
    assert [len(s.labels) for s in splits] == [55_000, 5_000, 10_000]
    assert splits.train.images.dtype == np.float32 and splits.train.images.max() == 1
    assert np.bincount(splits.validation.labels).tolist() == [500] * 10


def test_splits_are_disjoint_and_the_same_every_time(splits):
    again = data.load()
    assert np.array_equal(again.validation.images, splits.validation.images)
    x, y, *_ = data.read_folder()
    assert len(splits.train.labels) + len(splits.validation.labels) == len(y) == len(x)
    total = splits.train.images.sum(dtype=np.float64) + splits.validation.images.sum(dtype=np.float64)
    assert np.isclose(total, (x / np.float32(255)).sum(dtype=np.float64))


def test_any_idx_folder_loads_gzipped_or_not(folder):
    train, validation, test = data.load(folder, validation=40)
    assert train.images.shape == (160, 12, 10) and test.images.shape == (50, 12, 10)
    assert np.bincount(validation.labels).tolist() == [10] * 4


def test_missing_file(folder):
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    refused(folder, "train-labels-idx1-ubyte", "missing")


def test_truncated_plain_file(folder):
    path = folder / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-7])
    refused(folder, "t10k-images-idx3-ubyte", "cut")


@pytest.mark.parametrize("length", [1, 3, 9, 100])
def test_truncated_gzip_file(folder, length):
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:length])
    refused(folder, "train-images-idx3-ubyte.gz")


def test_every_flipped_byte_of_a_gzip_label_file_is_noticed(folder):
    path = folder / "train-labels-idx1-ubyte.gz"
    whole, truth = path.read_bytes(), data.read_idx(path)
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0xFF]) + whole[i + 1:])
        try:  # the gzip header's name, time and system fields carry no data
            assert np.array_equal(data.read_idx(path), truth), i
        except data.DataError:
            continue


@pytest.mark.parametrize("name", sorted(data.SHA256))
def test_a_flipped_bit_in_fashion_mnist_is_noticed(tmp_path, name):
    raw = bytearray((data.FASHION_MNIST / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(data.DataError, match="SHA-256"):
        data.read_idx(tmp_path / name, data.SHA256[name])


def test_wrong_magic(folder):
    write_idx(folder / "t10k-images-idx3-ubyte", np.zeros((5, 4, 4), np.uint8), magic=b"PK\x03\x04")
    refused(folder, "magic", "504b0304")


def test_images_and_labels_swapped(folder):
    shutil.copy(folder / "t10k-labels-idx1-ubyte", folder / "t10k-images-idx3-ubyte")
    refused(folder, "rank", "swapped")


def test_images_and_labels_that_differ_in_number(folder):
    write_idx(folder / "t10k-labels-idx1-ubyte", np.zeros(49, np.uint8))
    refused(folder, "50 images but 49 labels")


def test_train_and_test_images_of_different_size(folder):
    write_idx(folder / "t10k-images-idx3-ubyte", np.zeros((50, 5, 5), np.uint8))
    refused(folder, "(12, 10)", "(5, 5)")


def test_huge_shape_in_a_small_file_is_refused_without_allocating(folder):
    (folder / "t10k-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + b"\xff" * 12 + b"x" * 64)
    refused(folder, "asks for")


def test_nan_pixels_and_labels_out_of_range():
    images, labels = np.ones((4, 3, 3), np.float32), np.array([0, 1, 2, 10])
    with pytest.raises(data.DataError, match="0 to 10, but the model has 10"):
        data.check(images, labels, classes=10)
    images[2, 1, 1] = np.nan
    with pytest.raises(data.DataError, match="the first at index 2"):
        data.check(images, np.zeros(4, int))


def test_validation_size_out_of_range(folder):
    with pytest.raises(data.DataError, match="validation=200"):
        data.load(folder, validation=200)


def test_clean_drops_each_kind_once():
    rng = np.random.default_rng(0)
    images = rng.random((8, 4, 4)).astype(np.float32)
    labels = np.arange(8)
    images[3] = images[1]
    images[4, 0, 0] = np.inf
    images[5] = 0.5
    labels[6] = 99
    kept, kept_labels, report = data.clean(images, labels)
    assert kept_labels.tolist() == [0, 1, 2, 7] and len(kept) == 4
    assert report == {"label out of range": 1, "not finite": 1, "blank": 1, "duplicate": 1}


def test_the_100000_image_set(splits):
    train, test = data.load_100k()
    assert train.images.shape == (90_000, 28, 28) and len(train.labels) == 90_000
    assert np.array_equal(test.images, splits.test.images)
    x, y, *_ = data.read_folder()
    assert np.array_equal(train.labels[:60_000], y)
    added, first = train.images[60_000:60_200], train.images[:200]
    assert not any(np.array_equal(a, b) for a, b in zip(added, first, strict=True))


def test_augment_moves_without_shift_or_flip_nothing():
    images = np.random.default_rng(0).integers(0, 255, (6, 5, 7), np.uint8)
    assert np.array_equal(data.augment(images, shift=0, flip=False), images)
    moved = data.augment(images, shift=2)
    assert moved.shape == images.shape and moved.dtype == images.dtype
