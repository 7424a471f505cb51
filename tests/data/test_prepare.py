"""Splits, cleaning and augmentation."""


import numpy as np

from lepton_helpers import data


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
