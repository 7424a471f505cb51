"""The reader refuses what is wrong with one sentence, and changes nothing on disk."""

import gzip
import shutil
import warnings

import numpy as np
import pytest
from examples import write_idx

from lepton_helpers import data


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


@pytest.mark.parametrize("folder, name", [(folder, name) for folder in (data.FASHION_MNIST, data.MNIST)
                                          for name in sorted(data.SHA256[folder.name])])
def test_a_flipped_bit_in_shared_data_is_noticed(tmp_path, folder, name):
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(data.DataError, match="SHA-256"):
        data.read_idx(tmp_path / name, data.SHA256[folder.name][name])


def test_the_digits_are_read_and_split_as_fashion_mnist_is():
    digits = data.load(data.MNIST)
    assert [len(part.labels) for part in digits] == [55_000, 5_000, 10_000]
    assert np.bincount(digits.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    pixels = digits.train.images
    assert pixels.dtype == np.float32 and (pixels.min(), pixels.max()) == (0, 1)


def test_changed_digits_are_refused(tmp_path, monkeypatch):
    for path in data.MNIST.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.setattr(data.idx, "MNIST", tmp_path)
    labels = tmp_path / "t10k-labels-idx1-ubyte.gz"
    labels.unlink()
    labels.write_bytes((data.FASHION_MNIST / labels.name).read_bytes())
    with pytest.raises(data.DataError, match="does not have the SHA-256 on record"):
        data.read_folder(tmp_path)


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


NO_RECORD = "no SHA-256 on record, train-labels-idx1-ubyte.gz"


@pytest.mark.parametrize("name, words", [
    ("train-labels-idx1-ubyte", NO_RECORD), ("train-labels.idx1-ubyte", NO_RECORD),
    ("train-labels.idx1-ubyte.gz", NO_RECORD),
    ("train-labels-idx1-ubyte.gz", "does not have the SHA-256 on record")])
def test_the_shared_data_are_verified_or_refused_in_every_spelling(tmp_path, monkeypatch, name, words):
    for path in data.FASHION_MNIST.iterdir():
        (tmp_path / path.name).symlink_to(path)
    packed = data.FASHION_MNIST / "train-labels-idx1-ubyte.gz"
    (tmp_path / packed.name).unlink()
    monkeypatch.setattr(data.idx, "FASHION_MNIST", tmp_path)
    whole = bytearray(gzip.decompress(packed.read_bytes()))
    whole[5_000] ^= 1
    (tmp_path / name).write_bytes(whole)
    with pytest.raises(data.DataError, match=words):
        data.read_folder()
    assert len(data.read_folder(data.FASHION_MNIST)[1]) == 60_000, "a user's own folder"


def change_labels(folder, rows, value):
    labels = data.read_idx(folder / "train-labels-idx1-ubyte.gz")
    labels[rows] = value
    write_idx(folder / "train-labels-idx1-ubyte.gz", labels, compress=True)


def test_a_class_with_one_member(folder):
    change_labels(folder, slice(3, 4), 4)
    refused(folder, "label 4 has one training image", "needs two")


def test_more_classes_than_held_out_images(folder):
    with pytest.raises(data.DataError, match="validation=3 of 200 images leaves no room .* 4 classes"):
        data.load(folder, validation=3)
    with pytest.raises(data.DataError, match="no room"):
        data.load(folder, validation=198)


def warned(folder, words):
    with pytest.warns(UserWarning, match=words) as caught:
        data.load(folder, validation=40)
    assert len(caught) == 1 and "\n" not in str(caught[0].message)


def test_a_label_far_out_of_range_on_many_rows(folder):
    change_labels(folder, slice(0, 30), 200)
    warned(folder, "labels go up to 200 but 196 below it never occur, the first of them 4")


def test_test_labels_that_training_never_shows(folder):
    write_idx(folder / "t10k-labels-idx1-ubyte", np.arange(50, dtype=np.uint8) % 5)
    warned(folder, "10 test images bear labels that no training image has, the first label 4")


def test_images_without_pixels(folder):
    write_idx(folder / "train-images-idx3-ubyte.gz", np.zeros((200, 0, 0), np.uint8), compress=True)
    write_idx(folder / "t10k-images-idx3-ubyte", np.zeros((50, 0, 0), np.uint8))
    refused(folder, "no pixels", "(0, 0)")


def test_test_images_that_are_training_images(folder):
    train = data.read_idx(folder / "train-images-idx3-ubyte.gz")
    write_idx(folder / "t10k-images-idx3-ubyte", train[100:150])
    refused(folder, "each of the 50 test images is a training image too")
    test = np.concatenate([train[:5], np.zeros((45, 12, 10), np.uint8)])
    write_idx(folder / "t10k-images-idx3-ubyte", test)
    warned(folder, "5 of 50 test images are training images too")


def test_any_flipped_byte_of_plain_labels_loads_warns_or_is_refused_in_one_sentence(folder):
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    path, ends = folder / "train-labels-idx1-ubyte", {"loaded": 0, "warned": 0, "refused": 0}
    write_idx(path, np.arange(200, dtype=np.uint8) % 4)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(300):
        i = rng.integers(len(whole))
        path.write_bytes(whole[:i] + bytes([whole[i] ^ rng.integers(1, 256)]) + whole[i + 1:])
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                data.load(folder, validation=40)
            ends["warned" if caught else "loaded"] += 1
        except data.DataError as error:
            assert "\n" not in str(error)
            ends["refused"] += 1
    assert ends["refused"] > 200, ends
