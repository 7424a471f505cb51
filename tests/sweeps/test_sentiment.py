"""The stored answers of notebook 17 are those of its cells and constants, and of nothing else."""

import json

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import artifacts, paths
from lepton_sweeps import sentiment


def kept(name):
    with np.load(sentiment.FILE, allow_pickle=False) as file:
        return str(file[name])


def test_they_were_made_by_the_notebooks_cells_as_they_stand():
    assert kept("source") == sentiment.source(), "make them again: lepton sweep sentiment"


def test_every_technique_has_answers_at_every_place_and_the_table_agrees():
    right = sentiment.stored(json.loads(kept("settings")))
    table = pd.read_csv(paths.RESULTS / "sentiment.csv").set_index(["technique", "seed"])
    assert len(right) == 14 and {len(places) for places in right.values()} == {4}
    for technique, places in right.items():
        for place, bits in places.items():
            assert bits.shape == (len(artifacts.SEEDS), json.loads(kept("sizes"))[place])
            assert bits.mean(axis=1) == pytest.approx(table.loc[technique][place].to_numpy())


def test_other_settings_find_nothing_and_nor_does_a_missing_file(monkeypatch, tmp_path):
    settings = json.loads(kept("settings"))
    assert sentiment.stored(settings | {"rank": 9}) is None
    monkeypatch.setattr(sentiment, "FILE", tmp_path / "sentiment.npz")
    assert sentiment.stored(settings) is None
