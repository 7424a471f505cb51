"""The bench's table and sentences; no clock decides here, but every way must compute the same thing."""

import contextlib
import importlib
import importlib.util

import numpy as np
import pandas as pd
import pytest

from lepton_helpers.deploy import litert
from lepton_sweeps import bench
from lepton_sweeps.peers import in_keras

ROUNDS = pd.DataFrame({"empty call": [0.1] * 5, bench.OURS: [1.0, 2.0, 1.0, 2.0, 1.0],
                       "JAX scan": [1.1, 2.2, 1.1, 2.2, 1.1], "Keras fit": [6.0, 12.0, 6.0, 12.0, 6.0]})
ROUNDS.attrs["first_us"] = dict.fromkeys(ROUNDS.columns, 3e6)
MACHINE = {"processor": "this one", "cores": 2, "tensorflow": "2", "date": "2026-01-01"}


@pytest.fixture
def table():
    rows = bench.rows("training", "mlp", "s/epoch", 1e-6, ROUNDS, bench.OURS, 2)
    return pd.DataFrame(rows).assign(**MACHINE)[bench.COLUMNS]


def test_the_table_holds_ratios_paired_by_round(table):
    assert list(table.columns) == bench.COLUMNS and table["way"].tolist() == list(ROUNDS)[1:]
    ratios = table.set_index("way")
    assert np.allclose(ratios.loc["JAX scan", ["ratio", "ratio_low", "ratio_high"]].astype(float), 1.1)
    assert ratios.loc[bench.OURS, "ratio"] == 1 and ratios.loc["Keras fit", "median"] == 6e-6
    assert (table["rounds"] == 5).all() and (table["first_s"] == 3).all()


def test_inference_without_onnx_runtime_has_no_ratio():
    rows = bench.rows("latency", "mlp", "µs/image", 1, ROUNDS, bench.ONNX, 1)
    assert len(rows) == 3 and all(np.isnan(row["ratio"]) for row in rows)


def test_marks_are_met_not_met_or_not_measured(table):
    said = {line.split("as fast as ")[1].split(":")[0]: line for line in bench.marks(table) if "mlp" in line}
    assert said["JAX scan"].startswith("met ") and "1.10 (1.10 to 1.10)" in said["JAX scan"]
    assert said["Keras fit"].startswith("not met") and "6.00" in said["Keras fit"]
    assert said["PyTorch eager"].startswith("not measured")
    assert len(list(bench.marks(table))) == len(bench.MARKS)


def test_what_fell_is_below_the_kept_interval(table):
    kept = table.assign(ratio_low=table["ratio_low"] + [-0.5, 0.5, -0.5])
    (line,) = bench.fell(table, kept)
    assert line == "fell: training, mlp, JAX scan: 1.10, was 1.10, 1.60 to 1.10"
    (line,) = bench.fell(table, kept.assign(processor="another"))
    assert line.endswith("(kept on another)")
    assert list(bench.fell(table, table)) == []


def test_the_command_writes_merges_and_ends_well(table, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench.paths, "RESULTS", tmp_path)
    found = table[bench.COLUMNS[:-4]].to_dict("records")
    same = True
    monkeypatch.setattr(bench, "train", lambda name, *_: ([row | {"model": name} for row in found], same))
    other = table.iloc[:1].assign(task="latency", way="LiteRT int8")
    better = table.assign(ratio_low=table["ratio_low"] + 1)
    pd.concat([other, better]).to_csv(tmp_path / "bench.csv", index=False)
    assert bench.main(["--only", "training"]) == 0, "slower is said, not failed"
    out, written = capsys.readouterr().out, pd.read_csv(tmp_path / "bench.csv")
    assert "fell: training, mlp" in out and "not met" in out
    assert list(written.columns) == bench.COLUMNS and len(written) == 3 * len(bench.NETWORKS) + 1
    same = False
    assert bench.main(["--only", "training"]) == 1, "another computation is no matter of speed"


def test_a_peer_that_does_not_start_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(bench, "WAYS", {"nobody": ("nowhere", "numpy")})
    with contextlib.ExitStack() as room:
        assert bench.peers("mlp", np.zeros((32, 28, 28)), np.zeros(32), 32, 1, room) == {}
    assert "nobody is left out: " in capsys.readouterr().out


@pytest.mark.parametrize("name", bench.NETWORKS)
@pytest.mark.parametrize("way", [way for way in bench.WAYS if way != bench.OURS])
def test_every_way_trains_the_same_from_the_same_weights(name, way, few, monkeypatch):
    program, package = bench.WAYS[way]
    if not importlib.util.find_spec(package):
        pytest.skip(f'{package} is not installed: pip install ".[peers]"')
    monkeypatch.setattr(bench, "WAYS", {w: bench.WAYS[w] for w in (bench.OURS, way)})
    batch = bench.NETWORKS[name][0]
    with contextlib.ExitStack() as room:  # one batch a turn: the loss of each step
        ours, theirs = bench.peers(name, few.images[:batch], few.labels[:batch], batch, 1, room).values()
        for _ in range(9):
            ours(), theirs()
    assert np.isclose(theirs.losses[0], ours.losses[0], rtol=1e-5), "the same network"
    assert np.allclose(theirs.losses, ours.losses, rtol=bench.SAME), "Adam, whose epsilons stand elsewhere"
    assert ours.losses[-1] < 0.9 * ours.losses[0]
    assert None not in [peer.child.poll() for peer in (ours, theirs)], "no peer is left behind"


def test_both_runtimes_answer_the_same(few):
    if not all(importlib.util.find_spec(package) for package in ("onnxruntime", "tf2onnx")):
        pytest.skip("onnxruntime or tf2onnx is not installed")
    in_onnx = importlib.import_module("lepton_sweeps.peers.in_onnx")
    for name in ("mlp", "small_cnn"):
        model = in_keras.network(name)
        theirs = in_onnx.call(model, few.images[:16], 1)()
        assert np.allclose(theirs, litert.convert(model).predict(few.images[:16]), atol=1e-5)
