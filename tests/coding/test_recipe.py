"""The recipe behind deep compression."""

import gzip
import re

import nbformat
import numpy as np
import pytest

from lepton_helpers import data, models, paths
from lepton_helpers.coding import container, recipe
from lepton_helpers.compress import distillation, pruning, quantization
from lepton_helpers.evidence import scores

RNG = np.random.default_rng(0)


def sparse(model, density=0.02):
    model.set_weights([RNG.normal(0, 1, w.shape) * (RNG.random(w.shape) < (density if w.ndim > 1 else 1))
                       for w in model.get_weights()])
    return model


@pytest.mark.parametrize("score", ["magnitude", "lamp", "activation"])
def test_masks_keep_the_density(score):
    model = quantization.learned_steps(models.mlp())
    masks = recipe.masks(model, 0.1, score, RNG.random((50, 28, 28), np.float32))
    assert abs(sum(m.sum() for m in masks) / sum(m.size for m in masks) - 0.1) < 0.001
    assert (score == "magnitude") == (abs(masks[1].mean() - 0.1) < 0.01), "only magnitude treats layers alike"


def test_pixels_that_are_always_black_lose_their_weights():
    images = RNG.random((50, 28, 28), np.float32)
    images[:, :14] = 0
    model = quantization.learned_steps(models.mlp())
    kept = {score: recipe.masks(model, 0.1, score, images)[0].reshape(28, 28, 128)[:14].sum()
            for score in ("activation", "lamp")}
    assert kept["activation"] == 0 < kept["lamp"]


def test_an_unknown_score():
    with pytest.raises(ValueError, match="'magnitude', 'lamp' or 'activation'"):
        recipe.masks(quantization.learned_steps(models.mlp()), 0.1, "size", None)


@pytest.mark.parametrize("name", ["mlp", "lenet_300_100", "lenet_5"])
def test_units_that_nothing_hears_go_without_a_trace(name):
    model, images = sparse(models.BY_NAME[name](), 0.005), RNG.random((20, 28, 28), np.float32)
    before, weights = model.predict(images, verbose=0), sum(np.count_nonzero(w) for w in model.get_weights())
    recipe.without_dead_units(model)
    assert np.allclose(model.predict(images, verbose=0), before, atol=1e-6)
    assert sum(np.count_nonzero(w) for w in model.get_weights()) < weights


def test_shared_values():
    model = recipe.shared(sparse(models.mlp()), 6)
    assert all(len(np.unique(k)) <= 7 for k in pruning.kernels(model).values())
    assert pruning.sparsity(model) > 0.97


def test_the_recipe_in_short(tmp_path, monkeypatch):
    monkeypatch.setenv("LEPTON_HOME", str(tmp_path))
    model = recipe.compress("mlp", 0.05, epochs=(2, 1))
    assert 0.9 < sum(np.count_nonzero(k) for k in pruning.kernels(model).values()) / (0.05 * 101_632) <= 1
    assert all(len(np.unique(k)) <= 7 for k in pruning.kernels(model).values())
    again = container.decode(container.encode(model))
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))
    assert scores.accuracies(model)["validation_accuracy"] > 0.7
    kept = recipe.compress("mlp", 0.05, epochs=(2, 1))
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), kept.get_weights(), strict=True))


def test_what_the_recipe_refuses(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="sparsity"):
        recipe.compress("mlp", 0)
    with pytest.raises(ValueError, match="mixing=0"):
        recipe.compress("mlp", 0.1, folder=tmp_path)
    monkeypatch.setattr(distillation, "FILE", tmp_path / "teacher_probabilities.npz")
    with pytest.raises(data.DataError, match="sweep teachers"):
        distillation.teacher_probabilities()


def test_the_teachers_speak_of_the_training_split():
    said, labels = distillation.teacher_probabilities(), data.load().train.labels
    assert said.shape == (55_000, 10) and said.dtype == np.float32
    assert np.abs(said.sum(1) - 1).max() < 5e-3 and (said.argmax(1) == labels).mean() > 0.9


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


def test_the_digits_section_on_a_small_idx_set(tmp_path, monkeypatch, capsys):
    for part, n in (("train", 600), ("t10k", 200)):
        labels = np.arange(n) % 10
        images = RNG.integers(0, 60, (n, 28, 28))
        images[np.arange(n), 2 * labels + 4] = 255  # a class is a bright row
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", labels)
    monkeypatch.setenv("LEPTON_MNIST", str(tmp_path))
    monkeypatch.setenv("LEPTON_HOME", str(tmp_path))
    cells = nbformat.read(paths.NOTEBOOKS / "10_deep_compression.ipynb", as_version=4).cells
    names = {}
    for tag in ("imports", "constants", "digits"):
        source = next(c.source for c in cells if tag in c.metadata.get("tags", []))
        exec(compile(source, f"<{tag}>", "exec"), names)
    digits = names["digits"]
    assert list(digits.index) == ["lenet_300_100", "lenet_5"] and list(digits["published"]) == [40, 39]
    assert (digits["plain"] > 0.8).all() and (digits["ratio_file"] > 40).all()
    assert re.search(r"lenet_5", digits.to_string())
