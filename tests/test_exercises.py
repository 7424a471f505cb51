"""Each exercise's solution is right; its stub, a constant and typical wrong answers are not."""

import re

import nbformat
import numpy as np
import pytest

from lepton_helpers import exercises, paths

TESTS = paths.NOTEBOOKS.parent / "tests"
SOLUTIONS = paths.NOTEBOOKS / "solutions"


def pieces(path):
    """`{tag: source}` of a notebook's tagged code cells; all cells tagged `setup` in one."""
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for tag in cell.metadata.get("tags", []) if cell.cell_type == "code" else ():
            found[tag] = f"{found[tag]}\n{cell.source}" if tag in found else cell.source
    return found


def sections(path):
    """`{title: source}` of a file whose sections begin with `# exercise N` or `# exercise N: why`."""
    text = path.read_text() if path.exists() else ""
    return dict(re.findall(r"^# exercise ([^\n]+)\n(.*?)(?=^# exercise |\Z)", text, re.M | re.S))


def cases(kind):
    for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb")):
        solved = (SOLUTIONS / path.name).exists()
        for number in (tag[9:] for tag in pieces(path) if tag.startswith("exercise-")):
            if kind == "solution":
                yield pytest.param(path, number, id=f"{path.stem[:2]}-{number}")
            elif solved:
                wrong = sections(TESTS / "wrong" / f"ex_{path.stem[:2]}.py")
                mine = {title: text for title, text in wrong.items() if title.split(":")[0] == number}
                yield pytest.param(path, number, mine, id=f"{path.stem[:2]}-{number}")


def prepared(path, capsys):
    """The names that the notebook's imports and `setup` cells define."""
    cells, names = pieces(path), {}
    for tag in ("imports", "setup"):
        exec(compile(cells.get(tag, ""), f"<{path.stem} {tag}>", "exec"), names)
    capsys.readouterr()
    return cells, names


def said(capsys, names, *sources):
    names = dict(names)
    for source in sources:
        exec(compile(source, "<exercise>", "exec"), names)
    return capsys.readouterr().out


def solution(path, number):
    if (SOLUTIONS / path.name).exists():
        return pieces(SOLUTIONS / path.name)[f"solution-{number}"]
    return sections(TESTS / "solutions" / f"ex_{path.stem[:2]}.py")[number]


@pytest.mark.parametrize("path, number", cases("solution"))
def test_solution_is_right_and_stub_is_not(path, number, capsys):
    cells, names = prepared(path, capsys)
    check = cells[f"check-{number}"]
    assert "Not yet:" in said(capsys, names, cells[f"exercise-{number}"], check)
    for _ in range(2):  # inputs are drawn afresh: right once is not enough
        assert "Right:" in said(capsys, names, solution(path, number), check)


@pytest.mark.parametrize("path, number, wrong", cases("wrong"))
def test_wrong_answers_are_not_yet(path, number, wrong, capsys):
    assert len(wrong) >= 3 and any("constant" in title for title in wrong), "a constant and two wrong answers"
    cells, names = prepared(path, capsys)
    for title, source in wrong.items():
        out = said(capsys, names, cells[f"exercise-{number}"], source, cells[f"check-{number}"])
        assert "Not yet:" in out and "Right:" not in out and "Traceback" not in out, title


@pytest.mark.parametrize("path", sorted(SOLUTIONS.glob("[0-9]*.ipynb")), ids=lambda p: p.stem)
def test_a_solutions_notebook_runs_and_judges_by_the_same_checks(path, capsys):
    ours, theirs = pieces(path), pieces(paths.NOTEBOOKS / path.name)
    checks = {tag: source for tag, source in theirs.items() if tag.startswith("check-")}
    assert checks and {tag: ours.get(tag) for tag in checks} == checks, "copy the check cells as they are"
    assert ours["imports"] == theirs["imports"] and ours.get("setup") == theirs.get("setup")
    cells = nbformat.read(path, as_version=4).cells
    out = said(capsys, {}, *(cell.source for cell in cells if cell.cell_type == "code"))
    assert out.count("Right:") == len(checks) and "Not yet" not in out


def test_verdict(capsys):
    exercises.verdict(True, "because")
    exercises.verdict(False, "because", "try again")
    assert capsys.readouterr().out == "Right: because\nNot yet: try again.\n"


def test_check_says_right_only_if_every_draw_is():
    turns = iter([True, True, False])
    assert exercises.check(lambda rng: next(turns), "done") is None


def test_an_answer_that_a_draw_in_four_lets_pass_is_not_taken_for_right(capsys):
    rng = np.random.default_rng(0)
    for _ in range(2000):
        exercises.check(lambda _: bool(rng.random() < 0.25), "done")
    assert "Right" not in capsys.readouterr().out


@pytest.mark.parametrize("judge, words", [
    (lambda rng: True, "Right: done"), (lambda rng: 1, "Not yet: that is not"),
    (lambda rng: 1 / 0, "Not yet: it raised ZeroDivisionError: division by zero"),
    (lambda rng: None, "Not yet: that is not"), (lambda rng: [] + "a", "Not yet: it raised TypeError"),
    (lambda rng: "the shape is (3,)", "Not yet: the shape is (3,)")])
def test_check_never_raises_and_only_true_passes(judge, words, capsys):
    exercises.check(judge, "done")
    out = capsys.readouterr().out
    assert out.startswith(words) and out.count("\n") == 1


def test_hints_come_one_after_another_and_end(capsys):
    exercises.check(lambda rng: False, "done", hints=("look left", "look right"))
    assert "exercises.hint()" in capsys.readouterr().out
    for _ in range(3):
        exercises.hint()
    assert capsys.readouterr().out.splitlines() == [
        "look left", "look right", "No more hints: the solutions are in notebooks/solutions."]


def test_inputs_are_drawn_afresh():
    seen = []
    exercises.check(lambda rng: seen.append(rng.random()) or True, "done")
    assert len(set(seen)) == 12
