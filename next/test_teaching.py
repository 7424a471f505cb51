"""Predictions and the ledger."""

import json

import ipywidgets
import pytest
from IPython.utils.capture import capture_output

from lepton_helpers import exercises
from lepton_teaching import ledger, predict, progress


@pytest.fixture
def widgets(monkeypatch):
    """What `predict.first` displays, as a list."""
    shown = []
    monkeypatch.setattr(predict, "display", shown.append)
    return shown


def texts(shown):
    return [part.data for part in shown if hasattr(part, "data")]


def test_a_headless_run_shows_the_result_unasked(widgets, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    seen = []
    predict.first("Which?", ("a", "b"), lambda: "b", lambda: seen.append(1))
    assert seen == [1] and texts(widgets) == ["**Predict.** Which?", "It is: *b*."] and ledger.read() == []


def test_a_reader_sees_nothing_before_the_choice_and_is_not_asked_twice(widgets, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "00.ipynb")
    seen = []
    predict.first("Which?", ("a", "b"), lambda: "b", lambda: seen.append(1))
    assert seen == [] and texts(widgets) == ["**Predict.** Which?"]
    asked, button, _ = widgets[-1].children
    assert isinstance(asked, ipywidgets.RadioButtons) and asked.value is None and button.disabled
    asked.value = "a"
    assert not button.disabled
    button.click()
    assert seen == [1] and texts(widgets)[-1] == "You said *a*; it is: *b*." and asked.disabled
    line, = ledger.read("prediction")
    assert (line["key"], line["said"], line["right"]) == ("Which?", "a", False)
    widgets.clear()
    predict.first("Which?", ("a", "b"), lambda: "b", lambda: seen.append(2))
    assert seen == [1, 2] and texts(widgets)[-1] == "You said *a*; it is: *b*." and len(ledger.read()) == 1


def test_solved_exercises_are_kept_once():
    with capture_output():
        for _ in range(2):
            exercises.check(lambda rng: True, right="shown: 3 + 4")
        exercises.check(lambda rng: False, right="never")
    assert [line["key"] for line in ledger.read("solved")] == ["shown: 3 + 4"]


def test_damaged_lines_are_left_out_and_a_closed_folder_stops_nothing(monkeypatch, tmp_path):
    ledger.write("solved", "one")
    with ledger.file().open("a") as lines:
        lines.write('{"when": "cut\n[1]\n{"kind": 3}\n\xff\n')
    ledger.write("solved", "两")
    assert [line["key"] for line in ledger.read()] == ["one", "两"]
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("LEPTON_HOME", str(blocked))
    ledger.write("solved", "three")
    assert ledger.read() == []


def test_progress_counts_by_notebook(capsys, tmp_path, monkeypatch):
    cell = ("predict.first('Which?', ('a', 'b'), truth, show)\n"
            "exercises.check(judge, right='well done', hints=('x',))")
    notebook = {"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [],
                           "execution_count": None, "source": cell}], "metadata": {}, "nbformat": 4,
                "nbformat_minor": 5}
    (tmp_path / "07_x.ipynb").write_text(json.dumps(notebook))
    monkeypatch.setattr(progress.paths, "NOTEBOOKS", tmp_path)
    assert progress.table() == [("07_x", 0, 0, 1, 0, 1)]
    ledger.write("prediction", "Which?", said="a", right=True)
    ledger.write("solved", "well done")
    assert progress.main([]) == 0 and "07_x" in capsys.readouterr().out
    assert progress.table() == [("07_x", 1, 1, 1, 1, 1)]
    assert progress.main(["--reset"]) == 0 and progress.table() == [("07_x", 0, 0, 1, 0, 1)]
