"""Pruning reaches its target and refuses bad settings."""

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import models
from lepton_helpers.compress import pruning
from lepton_helpers.quiet import keras


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


@pytest.mark.parametrize("sparsity", [0, 0.1, 0.5, 0.9])
def test_threshold_removes_as_many_as_asked_and_the_smallest(sparsity):
    kernel = np.random.default_rng(0).normal(size=(30, 20))
    cut = pruning.threshold(kernel, sparsity)
    gone = cut == 0
    assert gone.sum() == round(sparsity * kernel.size) and np.array_equal(cut[~gone], kernel[~gone])
    assert np.abs(kernel[gone]).max(initial=0) < np.abs(kernel[~gone]).min()


def test_options_reach_tf_mot(trained_mlp, few):
    sparse, _ = pruning.prune(trained_mlp, {"dense": 0.5}, few, epochs=1, schedule="constant",
                              sparsity_m_by_n=(2, 4))
    groups = pruning.kernels(sparse)["dense"].T.reshape(-1, 4)
    assert (np.count_nonzero(groups, axis=1) <= 2).all()


def test_a_scan_leaves_the_model_alone_and_falls(trained_mlp, few):
    before = trained_mlp.get_weights()
    scan = pruning.sensitivity(trained_mlp, few, levels=(0, 0.5, 0.995))
    assert list(scan.columns) == ["dense", "dense_1"] and (scan.loc[0.995] < scan.loc[0]).all()
    assert scan.loc[0].nunique() == 1  # each layer starts from the whole network
    assert all(np.array_equal(a, b) for a, b in zip(before, trained_mlp.get_weights(), strict=True))


def test_allocation_spares_the_tender_layer_and_meets_the_total():
    scan = pd.DataFrame({"tough": [0.9, 0.89, 0.88, 0.8], "tender": [0.9, 0.7, 0.5, 0.2]},
                        index=pd.Index([0, 0.5, 0.9, 0.99], name="sparsity"))
    sizes = {"tough": 9_000, "tender": 1_000}
    given = pruning.allocate(scan, sizes, 0.1)
    assert given["tough"] > given["tender"]
    assert np.isclose(sum(sizes[name] * (1 - s) for name, s in given.items()), 1_000, rtol=1e-3)


@pytest.mark.parametrize("density", [0.02, 0.2])
def test_three_allocations_keep_the_same_number(trained_mlp, few, density):
    sizes = {name: w.size for name, w in pruning.kernels(trained_mlp).items()}
    for way, given in pruning.allocations(trained_mlp, few, density).items():
        kept = sum(size * (1 - given[name]) for name, size in sizes.items())
        assert np.isclose(kept, density * sum(sizes.values()), rtol=1e-2), way


@pytest.mark.parametrize("build, narrow", [
    (models.mlp, {"hidden": 16}), (models.small_cnn, {"widths": (3, 5, 7)})])
def test_removing_silent_units_changes_nothing(build, narrow):
    wide, small = build(seed=1), build(seed=2, **narrow)
    widths = list(narrow.values())[0] if "widths" in narrow else (narrow["hidden"],)
    for layer, width in zip([x for x in wide.layers if x.get_weights()], widths, strict=False):
        kernel, bias = layer.get_weights()
        silent = np.random.default_rng(0).permutation(kernel.shape[-1])[width:]
        kernel[..., silent] = 0
        layer.set_weights([kernel, bias])
    images = np.random.default_rng(1).random((4, 28, 28), np.float32)
    assert np.allclose(wide(images), pruning.narrower(wide, small)(images), atol=1e-5)


def test_a_table_of_word_vectors_and_a_filter_over_them_are_kernels_too():
    ids, labels = np.arange(48, dtype=np.int32).reshape(8, 6) % 20, np.arange(8) % 2
    model = models.compiled(keras.Sequential([
        keras.layers.Input((6,), dtype="int32"), keras.layers.Embedding(20, 4, name="embedding"),
        keras.layers.Conv1D(3, 2, name="conv1d"), keras.layers.GlobalMaxPooling1D(),
        models.dense(2, 0, "softmax")]))
    assert {name: w.shape for name, w in pruning.kernels(model).items()} == {
        "embedding": (20, 4), "conv1d": (2, 4, 3), "dense": (3, 2)}
    pruned, _ = pruning.prune(model, {"embedding": 0.75}, (ids, labels), epochs=8, batch_size=4)
    assert np.mean(pruning.kernels(pruned)["embedding"] == 0) == 0.75
    assert np.all(pruning.kernels(pruned)["conv1d"] != 0)
