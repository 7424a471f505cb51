"""Each exercise's solution is right, and its stub is not."""

import re

import nbformat
import pytest

from lepton_helpers import exercises, paths

SOLUTIONS = paths.NOTEBOOKS.parent / "tests" / "solutions"


def pieces(path):
    return {cell.metadata["tags"][0]: cell.source for cell in nbformat.read(path, as_version=4).cells
            if cell.cell_type == "code" and cell.metadata.get("tags")}


def cases():
    for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb")):
        for tag in pieces(path):
            if tag.startswith("exercise-"):
                yield pytest.param(path, tag.split("-")[1], id=f"{path.stem[:2]}-{tag[-1]}")


def said(capsys, *sources):
    names = {}
    for source in sources:
        exec(compile(source, "<exercise>", "exec"), names)
    return capsys.readouterr().out


@pytest.mark.parametrize("path, number", cases())
def test_solution_is_right_and_stub_is_not(path, number, capsys):
    cells = pieces(path)
    text = (SOLUTIONS / f"ex_{path.stem[:2]}.py").read_text()
    parts = dict(re.findall(r"^# exercise (\w+)\n(.*?)(?=^# exercise |\Z)", text, re.M | re.S))
    check = cells[f"check-{number}"]
    assert "Right:" in said(capsys, cells["imports"], parts[number], check)
    assert "Not yet:" in said(capsys, cells["imports"], cells[f"exercise-{number}"], check)


def test_verdict(capsys):
    exercises.verdict(True, "because")
    exercises.verdict(False, "because", "try again")
    assert capsys.readouterr().out == "Right: because\nNot yet: try again.\n"
