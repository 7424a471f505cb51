"""Conversion and inference keep their promises; an interruption leaves nothing behind."""

import numpy as np
import pytest

from lepton_helpers import data, models
from lepton_helpers.deploy import litert, runtime
from lepton_helpers.evidence import scores
from lepton_helpers.quiet import keras, tf


def test_every_mode_converts_and_agrees(trained_mlp, few, splits):
    images, labels = splits.validation.images[:1_003], splits.validation.labels[:1_003]
    wanted = litert.predict(trained_mlp, images)
    sizes = {}
    for mode in litert.MODES:
        lite = litert.convert(trained_mlp, mode, few.images[:100])
        got = lite.predict(images)
        assert got.shape == (1_003, 10) and got.dtype == np.float32
        tolerance = 1e-5 if mode == "float32" else 0.15
        assert np.abs(got - wanted).max() < tolerance, mode
        assert (got.argmax(1) == wanted.argmax(1)).mean() > 0.97, mode
        sizes[mode] = lite.file_bytes
    assert sizes["int8"] < 0.3 * sizes["float32"] and sizes["float16"] < 0.55 * sizes["float32"]
    assert scores.accuracy(lite, (images, labels)) > 0.7


def test_conversion_refuses_what_it_cannot_do(trained_mlp):
    with pytest.raises(ValueError, match="mode='int4' must be one of"):
        litert.convert(trained_mlp, "int4")
    with pytest.raises(ValueError, match="needs calibration images"):
        litert.convert(trained_mlp, "int8")
    images = np.zeros((3, 28, 28), np.float32)
    images[1] = np.nan
    with pytest.raises(data.DataError, match="calibration images: 1 images hold NaN"):
        litert.convert(trained_mlp, "int8", images)


def test_bytes_that_are_no_model_and_images_of_the_wrong_size(trained_mlp):
    with pytest.raises(runtime.ModelError, match="not a LiteRT model"):
        litert.LiteModel(b"PK\x03\x04 something else")
    with pytest.raises(runtime.ModelError, match="takes images of shape"):
        litert.convert(trained_mlp).predict(np.zeros((2, 32, 32), np.float32))


def test_an_interrupted_save_keeps_the_old_file(trained_mlp, tmp_path, monkeypatch):
    path = tmp_path / "model.tflite"
    lite = litert.convert(trained_mlp)
    lite.save(path)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("lepton_helpers.paths.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        litert.convert(trained_mlp, "float16").save(path)
    assert path.read_bytes() == lite.content and [p.name for p in tmp_path.iterdir()
                                                  if p.suffix == ".part"] == []


def test_an_interrupted_conversion_leaves_nothing(trained_mlp, tmp_path, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(tf.lite.TFLiteConverter, "from_keras_model", interrupt)
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(KeyboardInterrupt):
        litert.convert(trained_mlp)
    assert set(tmp_path.rglob("*")) == before


def test_token_ids_stay_integers_in_every_mode():
    model = models.compiled(keras.Sequential([
        keras.layers.Input((6,), dtype="int32"), keras.layers.Embedding(70_000, 2),
        keras.layers.GlobalAveragePooling1D(), models.dense(2, 0, "softmax")]))
    ids = np.random.default_rng(0).integers(0, 70_000, (40, 6)).astype(np.int32)  # too many for int8
    for mode in ("float32", "dynamic_range", "float16", "int8"):
        lite = litert.convert(model, mode, ids)
        assert lite.interpreter().get_input_details()[0]["dtype"] == np.int32, mode
        assert np.abs(lite.predict(ids) - litert.predict(model, ids)).max() < 0.02, mode
