"""Pruning, clustering, quantization and conversion keep their promises and refuse bad settings."""

import numpy as np
import pytest

from lepton_helpers import clustering, data, evaluation, export, models, pruning, quantization
from lepton_helpers.quiet import tf


@pytest.mark.parametrize("schedule", ["polynomial", "constant"])
def test_prune_reaches_its_target_and_leaves_the_model_alone(trained_mlp, few, schedule):
    before = trained_mlp.get_weights()
    sparse, _ = pruning.prune(trained_mlp, {"dense": 0.75}, few, epochs=2, schedule=schedule)
    kernels = pruning.kernels(sparse)
    assert np.isclose((kernels["dense"] == 0).mean(), 0.75, atol=0.002)
    assert (kernels["dense_1"] == 0).mean() < 0.01
    assert all(np.array_equal(a, b) for a, b in zip(before, trained_mlp.get_weights(), strict=True))
    assert [type(layer).__name__ for layer in sparse.layers] == ["Flatten", "Dense", "Dense"]


@pytest.mark.parametrize("sparsity", [-0.1, 1.0, 1.5, float("nan")])
def test_sparsity_outside_its_range(trained_mlp, few, sparsity):
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\)"):
        pruning.prune(trained_mlp, sparsity, few)


def test_unknown_layer_and_schedule(trained_mlp, few):
    with pytest.raises(ValueError, match="no layer with a kernel is called .'hidden'"):
        pruning.prune(trained_mlp, {"hidden": 0.5}, few)
    with pytest.raises(ValueError, match="schedule='linear'"):
        pruning.prune(trained_mlp, 0.5, few, schedule="linear")


def test_sparsity_counts_kernels_only():
    model = models.mlp()
    assert pruning.sparsity(model) == 0  # its zero biases do not count
    weights = model.get_weights()
    weights[0][:] = 0
    model.set_weights(weights)
    assert np.isclose(pruning.sparsity(model), 100_352 / 101_632)


def test_sparsity_preserving_clustering_keeps_zeros(trained_mlp, few):
    sparse, _ = pruning.prune(trained_mlp, {"dense": 0.8}, few, epochs=1)
    kept, _ = clustering.cluster(sparse, 8, few, epochs=1, preserve_sparsity=True)
    zeros = pruning.kernels(sparse)["dense"] == 0
    assert (pruning.kernels(kept)["dense"][zeros] == 0).all()
    assert max(clustering.distinct_weights(kept).values()) <= 9


@pytest.mark.parametrize("clusters, kwargs", [(1, {}), (2.5, {}), (2, {"preserve_sparsity": True})])
def test_too_few_clusters(trained_mlp, few, clusters, kwargs):
    with pytest.raises(ValueError, match="whole number of at least"):
        clustering.cluster(trained_mlp, clusters, few, **kwargs)


def test_unknown_initialization(trained_mlp, few):
    with pytest.raises(ValueError, match="init='best'"):
        clustering.cluster(trained_mlp, 4, few, init="best")


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("low, high", [(-1.0, 3.0), (0.5, 2.0), (-4.0, -1.0), (0.0, 0.0)])
def test_affine_quantization_holds_zero_exactly_and_rounds_by_half_a_step(low, high, bits):
    scale, zero_point = quantization.affine_parameters(low, high, bits)
    zero = quantization.quantize(0.0, scale, zero_point, bits)
    assert quantization.dequantize(zero, scale, zero_point) == 0
    values = np.linspace(min(low, 0), max(high, 0), 101)
    whole = quantization.quantize(values, scale, zero_point, bits)
    assert whole.min() >= -(2 ** (bits - 1)) and whole.max() < 2 ** (bits - 1)
    error = np.abs(quantization.dequantize(whole, scale, zero_point) - values)
    assert error.max() <= scale * (1 + 1e-6)


def test_every_mode_converts_and_agrees(trained_mlp, few, splits):
    images, labels = splits.validation.images[:1_003], splits.validation.labels[:1_003]
    wanted = evaluation.predict(trained_mlp, images)
    sizes = {}
    for mode in export.MODES:
        lite = export.convert(trained_mlp, mode, few.images[:100])
        got = lite.predict(images)
        assert got.shape == (1_003, 10) and got.dtype == np.float32
        tolerance = 1e-5 if mode == "float32" else 0.15
        assert np.abs(got - wanted).max() < tolerance, mode
        assert (got.argmax(1) == wanted.argmax(1)).mean() > 0.97, mode
        sizes[mode] = lite.file_bytes
    assert sizes["int8"] < 0.3 * sizes["float32"] and sizes["float16"] < 0.55 * sizes["float32"]
    assert evaluation.accuracy(lite, (images, labels)) > 0.7


def test_a_quantization_aware_model_needs_no_calibration(trained_mlp, few):
    aware, _ = quantization.quantization_aware(trained_mlp, few, epochs=1)
    lite = export.convert(aware, "int8")
    detail = lite.interpreter().get_input_details()[0]
    assert detail["dtype"] == np.int8 and evaluation.accuracy(lite, few) > 0.7


def test_conversion_refuses_what_it_cannot_do(trained_mlp):
    with pytest.raises(ValueError, match="mode='int4' must be one of"):
        export.convert(trained_mlp, "int4")
    with pytest.raises(ValueError, match="needs calibration images"):
        export.convert(trained_mlp, "int8")
    images = np.zeros((3, 28, 28), np.float32)
    images[1] = np.nan
    with pytest.raises(data.DataError, match="calibration images: 1 images hold NaN"):
        export.convert(trained_mlp, "int8", images)


def test_bytes_that_are_no_model_and_images_of_the_wrong_size(trained_mlp):
    with pytest.raises(data.DataError, match="not a LiteRT model"):
        export.LiteModel(b"PK\x03\x04 something else")
    with pytest.raises(data.DataError, match="takes images of shape"):
        export.convert(trained_mlp).predict(np.zeros((2, 32, 32), np.float32))


def test_an_interrupted_save_keeps_the_old_file(trained_mlp, tmp_path, monkeypatch):
    path = tmp_path / "model.tflite"
    lite = export.convert(trained_mlp)
    lite.save(path)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("lepton_helpers.paths.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export.convert(trained_mlp, "float16").save(path)
    assert path.read_bytes() == lite.content and [p.name for p in tmp_path.iterdir()
                                                  if p.suffix == ".part"] == []


def test_an_interrupted_conversion_leaves_nothing(trained_mlp, tmp_path, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(tf.lite.TFLiteConverter, "from_keras_model", interrupt)
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(KeyboardInterrupt):
        export.convert(trained_mlp)
    assert set(tmp_path.rglob("*")) == before
