"""TFRecord shards: what goes in comes out, and damage is named."""

from pathlib import Path

import numpy as np
import pytest

from lepton_helpers import data
from lepton_helpers.data import records
from lepton_helpers.quiet import tf

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.integers(0, 256, (50, 28, 28), np.uint8), np.arange(50) % 10


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_round_trip(tmp_path, compression):
    paths = records.write(IMAGES, LABELS, tmp_path, 4, compression)
    assert records.verify(paths, compression).tolist() == [13, 13, 12, 12]
    found = {}
    for path in paths:
        for images, labels in tf.data.TFRecordDataset(path, compression).batch(7).map(records.parse):
            for image, label in zip(images.numpy(), labels.numpy(), strict=True):
                found[image.tobytes()] = label
    assert found == {i.tobytes(): n for i, n in zip(data.normalize(IMAGES), LABELS, strict=True)}


@pytest.mark.parametrize("change", [lambda b: b[:-20], lambda b: b[:5000] + bytes([b[5000] ^ 1]) + b[5001:],
                                    lambda b: b + b"junk that is no record", lambda b: b"\0" + b])
def test_a_damaged_shard_is_named(tmp_path, change):
    paths = records.write(IMAGES, LABELS, tmp_path, 2)
    Path(paths[1]).write_bytes(change(Path(paths[1]).read_bytes()))
    with pytest.raises(data.DataError, match=r"part-001-of-002.* damaged after record \d+"):
        records.verify(paths)


def test_other_troubles(tmp_path):
    paths = records.write(IMAGES, LABELS, tmp_path, 2)
    with pytest.raises(data.DataError, match="784 pixels, not 100"):
        records.verify(paths, size=100)
    Path(paths[0]).unlink()
    with pytest.raises(data.DataError, match="missing"):
        records.verify(paths)
    with pytest.raises(data.DataError, match="50 images but 49 labels"):
        records.write(IMAGES, LABELS[1:], tmp_path / "new")
    assert not list(tmp_path.rglob("*.part"))
