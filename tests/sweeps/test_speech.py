"""Notebook 19's MFCCs are an audio library's; its stored answers are what it says they are."""

import runpy
from pathlib import Path

import numpy as np
import pytest

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
        answers = {name: kept[name] for name in kept.files if name not in ("group", "settings")}
        sizes = np.bincount(kept["group"])
    assert len(answers) == 8 and {a.shape for a in answers.values()} == {(len(speech.HELD), 3, 900 + 310)}
    assert all(a.max() < 10 for a in answers.values())
    assert sizes.sum() == 3_000 and np.abs(np.sort(sizes) - [500, 500, 500, 500, 1_000]).max() <= 5
    # seeds and voices left out differ: no row was copied into another's place
    dense = answers["dense"].reshape(-1, 1210)
    assert len({row.tobytes() for row in dense}) == len(dense)
