"""What each column of the scoreboard means."""

import gzip

import numpy as np
import pytest

from lepton_helpers import models
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scoreboard, scores
from lepton_helpers.quiet import keras


def test_metrics_on_a_case_done_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2])
    probabilities = np.eye(3)[[0, 0, 1, 1, 0, 1]]
    got = scores.metrics(labels, probabilities)
    assert np.isclose(got["accuracy"], 3 / 6)
    assert np.isclose(got["macro_recall"], (2 / 3 + 1 / 2 + 0) / 3)
    assert np.isclose(got["macro_precision"], (2 / 3 + 1 / 3 + 0) / 3)


@pytest.mark.parametrize("name, macs, parameters", [
    ("mlp", 784 * 128 + 1280, 101_770), ("lenet_300_100", 784 * 300 + 30_000 + 1_000, 266_610),
    ("lenet_5", 500 * 576 + 25_000 * 64 + 400_000 + 5_000, 431_080),
    ("small_cnn", 144 * 784 + 4_608 * 196 + 18_432 * 49 + 31_360, 54_666)])
def test_macs_and_parameters(name, macs, parameters):
    model = models.BY_NAME[name]()
    assert scores.macs(model) == macs and model.count_params() == parameters


def test_score_columns(trained_mlp, splits):
    lite = litert.convert(trained_mlp, "float16")
    row = scores.score(lite, splits.validation, notebook="t", model="mlp", technique="float16",
                           network=trained_mlp, image=splits.validation.images[0])
    assert list(row) == scoreboard.COLUMNS
    assert row["float32_bytes"] == 4 * 101_770 and row["file_bytes"] == len(lite.content)
    assert row["gzip_bytes"] == len(gzip.compress(lite.content, 9, mtime=0))
    assert row["macs"] == 101_632 and row["sparsity"] == 0 and row["latency_us"] > 0
    assert 0.6 < row["accuracy"] < 0.95


def test_macs_of_a_text_model_count_the_filter_at_each_place_and_no_look_up():
    model = keras.Sequential([keras.layers.Input((6,), dtype="int32"), keras.layers.Embedding(20, 4),
                              keras.layers.Conv1D(3, 2), keras.layers.GlobalMaxPooling1D(), models.dense(2)])
    assert scores.macs(model) == 5 * (2 * 4 * 3) + 3 * 2
