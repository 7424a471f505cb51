"""Notebook 19's MFCCs are an audio library's; its stored answers are what it says they are."""

import itertools
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import artifacts, paths
from lepton_sweeps import cells, speech

PROGRAM = runpy.run_path(str(Path(__file__).parents[1] / "programs" / "librosa_mfccs.py"))
CLOSE = 5e-3  # of coefficients that reach several hundred: float32


@pytest.fixture(scope="module")
def names():
    """What the notebook's imports and setup cells define."""
    return cells.names(speech.NOTEBOOK, "imports", "setup")


def worst(names, wanted, waves):
    """The greatest difference to reference MFCCs over some waveforms; their shapes must agree."""
    ours = {name: names["mfcc"](wave) for name, wave in waves.items()}
    assert {name: c.shape for name, c in ours.items()} == {name: wanted[name].shape for name in waves}
    return max(np.abs(c - wanted[name]).max() for name, c in ours.items())


def test_mfccs_are_those_of_librosa_that_were_kept(names):
    with np.load(PROGRAM["KEPT"]) as kept:
        assert worst(names, dict(kept), PROGRAM["waveforms"]()) < CLOSE


@pytest.mark.parametrize("seed", range(1, 9))
def test_mfccs_are_those_of_librosa_on_any_waveform(names, seed):
    librosa = pytest.importorskip("librosa", reason="too heavy to require: numba and llvmlite, 190 MB")
    waves = PROGRAM["waveforms"](seed)
    wanted = {name: PROGRAM["reference"](librosa, wave) for name, wave in waves.items()}
    assert worst(names, wanted, waves) < CLOSE


@pytest.mark.parametrize("change", ["filters of TensorFlow", "one filter moved", "other window"])
def test_a_recipe_that_is_nearly_the_same_is_seen(names, change, monkeypatch):
    tf, mel = names["tf"], names["MEL"]
    theirs = tf.signal.linear_to_mel_weight_matrix(128, 201, 8_000, 0, 4_000).numpy()  # straight in mel
    near = {"filters of TensorFlow": ("MEL", theirs),
            "one filter moved": ("MEL", np.concatenate([mel[:, :60], mel[:, 61:62], mel[:, 61:]], axis=1)),
            "other window": ("hann", lambda n, dtype=None: tf.signal.hann_window(n, periodic=False))}
    monkeypatch.setitem(names, *near[change])
    with np.load(PROGRAM["KEPT"]) as kept:
        assert worst(names, dict(kept), PROGRAM["waveforms"]()) > 2 * CLOSE


def test_stored_answers_are_digits_for_every_seed_and_voice_left_out():
    with np.load(speech.FILE) as kept:
        answers = {name: kept[name] for name in kept.files if name not in ("group", "settings", "recipe")}
        sizes = np.bincount(kept["group"])
    assert len(answers) == 8 and {a.shape for a in answers.values()} == {(len(speech.HELD), 3, 900 + 310)}
    assert all(a.max() < 10 for a in answers.values())
    assert sizes.sum() == 3_000 and np.abs(np.sort(sizes) - [500, 500, 500, 500, 1_000]).max() <= 5
    # seeds and voices left out differ: no row was copied into another's place
    dense = answers["dense"].reshape(-1, 1210)
    assert len({row.tobytes() for row in dense}) == len(dense)


def test_they_were_made_by_the_notebooks_cells_and_constants_as_they_stand():
    constants = cells.names(speech.NOTEBOOK, "constants")
    with np.load(speech.FILE) as kept:
        assert str(kept["recipe"]) == speech.digest(), "make them again: lepton sweep speech"
        assert kept["settings"].tolist() == [constants[name] for name in speech.SETTINGS]


def test_every_front_end_was_tried_with_each_group_left_out_by_as_many_steps():
    scan = pd.read_csv(paths.RESULTS / f"{speech.FRONT_ENDS}.csv")
    tried = set(scan[["front", "copies", "left_out"]].itertuples(index=False, name=None))
    assert tried == set(itertools.product(speech.FRONTS, speech.COPIES, range(5))) and len(scan) == len(tried)
    assert set(scan["epochs"] * (1 + scan["copies"])) == {speech.SCAN_EPOCHS * (1 + max(speech.COPIES))}
    assert set(scan["seed"]).isdisjoint(artifacts.SEEDS)
    assert scan[["home", "stranger"]].stack().between(0.1, 1).all()
    assert not scan.duplicated(["home", "stranger"]).all()


def test_a_front_end_reaches_the_network_and_is_taken_back(monkeypatch):
    names = cells.names(speech.NOTEBOOK, "imports", "constants", "setup")
    seen, own = [], names["heard"]
    recorded = [np.full((5, 13), float(k)) + np.arange(5)[:, None] for k in range(4)]
    names |= {"recorded": recorded, "digits": np.zeros(4, int), "group": np.array([0, 1, 0, 1]), "recipe": "",
              "parts": lambda group: np.array([0, 0, 1, 1])}
    fixed = names["inputs"].__globals__

    def material(chosen, copies):
        return fixed["inputs"]([recorded[i] for i in np.flatnonzero(chosen)]), np.zeros(chosen.sum(), int)

    def trained_on(rows, seed, epochs):
        seen.append(rows[0])
        return rows

    names |= {"material": material, "trained_on": trained_on}
    monkeypatch.setattr(speech, "recipe_names", lambda: names)
    monkeypatch.setattr(speech.litert, "predict", lambda model, sounds: np.eye(10)[[0, 1]])
    for front in speech.FRONTS:
        found = speech.front_end(front, 0, 1, 1, 9, "")
        assert found == {"home": 1.0, "stranger": 0.0} and fixed["heard"] is own
    assert [len(x) for x in seen] == [1] * 4 and len({x.tobytes() for x in seen}) == 4
    levels = [x[0, :5, 0].tolist() for x in seen]
    assert levels[0] != levels[1] == levels[2] == levels[3] == [0] * 5
