"""What each column of the scoreboard means, and that it survives many writers."""

import gzip
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import evaluation, export, models, paths, plots


def test_metrics_on_a_case_done_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2])
    probabilities = np.eye(3)[[0, 0, 1, 1, 0, 1]]
    got = evaluation.metrics(labels, probabilities)
    assert np.isclose(got["accuracy"], 3 / 6)
    assert np.isclose(got["macro_recall"], (2 / 3 + 1 / 2 + 0) / 3)
    assert np.isclose(got["macro_precision"], (2 / 3 + 1 / 3 + 0) / 3)


@pytest.mark.parametrize("name, macs, parameters", [
    ("mlp", 784 * 128 + 1280, 101_770), ("lenet_300_100", 784 * 300 + 30_000 + 1_000, 266_610),
    ("lenet_5", 500 * 576 + 25_000 * 64 + 400_000 + 5_000, 431_080),
    ("small_cnn", 144 * 784 + 4_608 * 196 + 18_432 * 49 + 31_360, 54_666)])
def test_macs_and_parameters(name, macs, parameters):
    model = models.BY_NAME[name]()
    assert evaluation.macs(model) == macs and model.count_params() == parameters


def test_score_columns(trained_mlp, splits):
    lite = export.convert(trained_mlp, "float16")
    row = evaluation.score(lite, splits.validation, notebook="t", model="mlp", technique="float16",
                           network=trained_mlp, image=splits.validation.images[0])
    assert list(row) == evaluation.COLUMNS
    assert row["float32_bytes"] == 4 * 101_770 and row["file_bytes"] == len(lite.content)
    assert row["gzip_bytes"] == len(gzip.compress(lite.content, 9, mtime=0))
    assert row["macs"] == 101_632 and row["sparsity"] == 0 and row["latency_us"] > 0
    assert 0.6 < row["accuracy"] < 0.95


def test_what_was_not_measured_is_empty(trained_mlp, splits):
    row = evaluation.score(export.convert(trained_mlp), splits.validation,
                           notebook="t", model="mlp", technique="x")
    evaluation.record(row)
    text = (paths.reports() / "scoreboard.csv").read_text().splitlines()[1]
    assert text.endswith(",,,") and ",," in text  # sparsity, macs, latency_us


def make_row(technique, accuracy, notebook="t"):
    return dict.fromkeys(evaluation.COLUMNS) | {
        "notebook": notebook, "model": "mlp", "technique": technique,
        "accuracy": accuracy, "gzip_bytes": 1000}


def test_a_row_is_replaced_by_its_key_and_others_stay():
    evaluation.record([make_row("a", 0.1), make_row("b", 0.2)])
    evaluation.record(make_row("a", 0.3))
    board = evaluation.scoreboard()
    assert dict(zip(board["technique"], board["accuracy"], strict=True)) == {"a": 0.3, "b": 0.2}
    assert board["gzip_bytes"].tolist() == [1000, 1000]


def test_many_writers_lose_no_row():
    code = ("import sys; from lepton_helpers import evaluation as e\n"
            "for i in range(15):\n"
            "    e.record(dict.fromkeys(e.COLUMNS) | {'notebook': sys.argv[1], 'model': 'm', "
            "'technique': str(i), 'accuracy': 0.5})")
    running = [subprocess.Popen([sys.executable, "-c", code, name]) for name in "abc"]
    assert [p.wait(timeout=120) for p in running] == [0, 0, 0]
    assert len(evaluation.scoreboard()) == 45


def test_latency_orders_its_figures():
    timing = evaluation.latency(lambda: sum(range(100)), runs=50)
    assert 0 < timing.low <= timing.median <= timing.high


def test_techniques_get_their_family():
    known = {"baseline": "baseline", "pruned 90%": "pruning", "clustered 16": "clustering",
             "int8": "quantization", "QAT int8": "quantization", "pruned 90% + int8": "combined",
             "preprocessing: standardized": "preprocessing", "distilled": "distillation"}
    assert {name: plots.family(name) for name in known} == known


def test_pareto_front_has_no_dominated_model():
    board = pd.DataFrame([make_row("int8", 0.9), make_row("pruned", 0.8)])
    board["gzip_bytes"] = [100, 200]
    axis = plots.pareto(board).axes[0]
    assert axis.lines[0].get_ydata().tolist() == [90.0]
