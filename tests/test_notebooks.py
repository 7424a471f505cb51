"""The form that every notebook keeps; nbval checks what they do."""

import ast
import re
import subprocess

import nbformat
import pandas as pd
import pytest

from lepton_helpers import paths
from lepton_helpers.commands import execution

NOTEBOOKS = sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))
CLONE = paths.NOTEBOOKS.parent
LAST_PARTS = ["## What we measured", "## What surprised us", "## Exercises", "## Where it comes from"]


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem, scope="module")
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def test_the_notebooks_are_there():
    assert [p.stem[:2] for p in NOTEBOOKS] == [f"{n:02}" for n in range(23)]


def test_kernel_and_schema(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata["kernelspec"] == execution.KERNEL
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}


def test_first_screen(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    for part in (r"^# \d\d  \S", r"\*\*Question\.\*\*", r"\*\*You need\.\*\*", r"\*\*Minutes\.\*\*"):
        assert re.search(part, first.source), part
    assert "imports" in notebook.cells[1].metadata.get("tags", [])


def test_last_parts_in_order(notebook):
    text = "\n".join(cell.source for cell in prose(notebook))
    places = [text.find(f"\n{part}\n" if f"\n{part}\n" in text else part) for part in LAST_PARTS]
    assert -1 not in places and places == sorted(places)


def test_cells_are_short_and_prose_keeps_pace(notebook):
    for cell in code(notebook):
        assert len(cell.source.splitlines()) <= 25, cell.source[:80]
    assert len(prose(notebook)) >= 0.8 * len(code(notebook)) and 12 <= len(code(notebook)) <= 40


def test_outputs_are_committed_clean(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "outputs must come from one clean run"
    for cell in code(notebook):
        for output in cell.outputs:
            # a listing's style sheet names the colours of tracebacks
            text = re.sub(r"<style>.*?</style>", "", str(output))
            assert output.output_type != "error", text[:200]
            assert output.get("name") != "stderr", text[:200]
            assert "Warning" not in text and "Traceback" not in text, text[:200]
            assert not re.search(r"/(home|root|work|Users|tmp|usr)/\w|[A-Z]:\\\\", text), text[:300]
            assert "it/s]" not in text and "step/s]" not in text, "a progress bar was saved"


def test_one_import_cell_and_the_right_keras(notebook):
    for cell in code(notebook):
        lines = re.sub(r'"""[\s\S]*?"""', "", cell.source).splitlines()  # a program for another process
        if "imports" not in cell.metadata.get("tags", []):
            assert not [x for x in lines if re.match(r"(import|from) \w", x)], cell.source[:120]
    first = [x for x in notebook.cells[1].source.splitlines() if x.startswith(("import", "from"))][0]
    assert first.startswith("from lepton_helpers"), "lepton_helpers first keeps TensorFlow quiet"


def test_there_are_asserts_exact_cells_and_exercises(notebook):
    sources = [cell.source for cell in code(notebook)]
    assert any(re.search(r"^\s*assert ", s, re.M) for s in sources)
    exact = [s for s in sources if s.startswith("# NBVAL_CHECK_OUTPUT")]
    assert exact
    # nbval keeps no history, and without it a closing semicolon silences nothing
    assert not [s for s in exact if s.rstrip().endswith(";")]
    tags = [t for cell in code(notebook) for t in cell.metadata.get("tags", [])]
    stubs = [t for t in tags if t.startswith("exercise-")]
    assert len(stubs) >= 2 and all(t.replace("exercise", "check") in tags for t in stubs)


def test_committed_exercises_say_not_yet(notebook):
    for cell in code(notebook):
        if any(t.startswith("check-") for t in cell.metadata.get("tags", [])):
            assert "Not yet" in "".join(o.get("text", "") for o in cell.outputs)


def rewritten(notebook_path):
    """Whether a notebook keeps the fuller form; 10 still keeps the earlier one."""
    return (paths.NOTEBOOKS / "solutions" / notebook_path.name).exists()


@pytest.fixture(params=[p for p in NOTEBOOKS if rewritten(p)], ids=lambda p: p.stem, scope="module")
def full(request):
    """A notebook of the fuller form and its path."""
    return nbformat.read(request.param, as_version=4), request.param


def text_of(notebook):
    return "\n".join(cell.source for cell in prose(notebook))


def test_links_lead_to_neighbours_solutions_and_never_nowhere(full):
    notebook, path = full
    links = re.findall(r"\]\(([^)#]+)\)", text_of(notebook))
    place = NOTEBOOKS.index(path)
    neighbours = {NOTEBOOKS[n].name for n in (place - 1, place + 1) if 0 <= n < len(NOTEBOOKS)}
    for cell in (notebook.cells[0], prose(notebook)[-1]):
        assert neighbours <= set(re.findall(r"\]\(([^)#]+)\)", cell.source)), "previous and next"
    assert f"solutions/{path.name}" in links
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_reading(full):
    notebook, _ = full
    text, source = text_of(notebook), "\n".join(cell.source for cell in code(notebook))
    assert 900 <= len(text.split()) <= 1_800, f"{len(text.split())} words"
    assert "$$" in text, "a formula where there is one"
    assert "plots.slider(" in source, "a widget that answers a question, with a first picture"
    assert "evidence.claim(" in source or "evidence.said(" in source, "sentences that the numbers choose"
    assert [line for line in source.splitlines() if len(line) > 110] == []


def test_every_figure_has_alternative_text(full):
    notebook, _ = full
    for cell in code(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.metadata.get("image/png", {}).get("alt", "")
                assert len(alt.split()) >= 5 and "that the slider redraws" not in alt, cell.source[:80]


def test_three_exercises_that_judge_the_readers_result(full):
    notebook, _ = full
    checks = [cell.source for cell in code(notebook)
              if any(t.startswith("check-") for t in cell.metadata.get("tags", []))]
    assert len(checks) >= 3 and all("exercises.check(" in source and "hints=" in source for source in checks)


def clock_bound(source):
    """Names in asserts of `source` that hold what a clock said, directly or through other names."""
    timed = {"perf_counter", "perf_counter_ns", "timing", "time"}  # monotonic ends a wait, it times nothing
    names, found = set(), []
    tree = ast.parse(re.sub(r"^[%!].*$", "", source, flags=re.M))

    def mentions(node, own=()):
        inside = [n for n in ast.walk(node) if getattr(n, "id", "") not in own]
        attributes = [n for n in inside if isinstance(n, ast.Attribute)]
        called = {x for n in attributes for x in (n.attr, getattr(n.value, "id", ""))}
        return bool({n.id for n in inside if isinstance(n, ast.Name)} & (names | timed - {"time"})
                    or called & timed - {"time"}
                    or any(ast.unparse(n) in ("time.time", "time.time_ns") for n in attributes))

    functions = {n: {a.arg for a in n.args.args} | {x.id for x in ast.walk(n) if isinstance(x, ast.Name)
                                                    and isinstance(x.ctx, ast.Store)}
                 for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    local = {id(n) for function in functions for n in ast.walk(function)}  # a name inside is another name
    for _ in range(3):  # through functions and loops that come in any order
        names |= {function.name for function, own in functions.items() if mentions(function, own)}
        for node in ast.walk(tree):
            timed_value = isinstance(node, (ast.Assign, ast.AugAssign)) and mentions(node.value)
            if timed_value and id(node) not in local:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                parts = [part for t in targets for part in getattr(t, "elts", [t])]
                while any(hasattr(part, "value") for part in parts):  # seen["a"] = ... is about seen
                    parts = [getattr(part, "value", part) for part in parts]
                names |= {part.id for part in parts if isinstance(part, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and mentions(node.test):
            found.append(ast.unparse(node)[:90])
    return found


@pytest.mark.parametrize("source, bound", [
    ("start = time.perf_counter()\nassert time.perf_counter() - start < 1", True),
    ("seen = timing.in_turns(calls)\ngain = seen['a'] / seen['b']\nassert gain.median() > 2", True),
    ("def took():\n    return timing.latency(f).median\nassert took() < 3", True),
    ("seen[name] = timing.latency(f)\nassert name == 'a'", False),
    ("seen[name] = timing.latency(f)\nassert seen['a'] < 2", True),
    ("assert accuracy > 0.8\ngain = timing.latency(f)\nprint(gain)", False)])
def test_an_assert_on_the_clock_is_seen(source, bound):
    assert bool(clock_bound(source)) == bound


def test_no_notebook_asserts_on_the_clock(notebook):
    assert clock_bound("\n".join(cell.source for cell in code(notebook))) == []


@pytest.mark.parametrize("path", sorted((CLONE / "tests").rglob("test_*.py")), ids=lambda p: p.stem)
def test_no_test_asserts_on_the_clock(path):
    if path.stem == "test_timing":  # tests of the clock itself: order, and a sleep as lower bound
        return
    assert clock_bound(path.read_text()) == []


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=CLONE, capture_output=True, text=True)
    names = listed.stdout.split() or [str(p.relative_to(CLONE)) for q in patterns for p in CLONE.glob(q)]
    return [CLONE / name for name in names]


def sources():
    for path in tracked("*.py"):
        yield path.name, path.read_text()
    for path in NOTEBOOKS:
        yield path.name, "\n".join(cell.source for cell in code(nbformat.read(path, as_version=4)))


def test_only_tf_keras():
    wrong = re.compile(r"^\s*(import keras\b|from keras\b|from tensorflow import keras|"
                       r"from tensorflow\.keras|import tensorflow\.keras)|\btf\.keras\b(?!`)", re.M)
    found = {}
    for name, text in sources():
        code_only = re.sub(r'#.*|r?f?"""[\s\S]*?"""|r?f?"[^"\n]*"', "", text)
        if wrong.search(code_only):
            found[name] = wrong.search(code_only).group()
    assert not found


def test_the_grep_for_keras_can_fail():
    assert re.search(r"\btf\.keras\b", "model = tf." + "keras.Model()")


def test_the_readme_states_the_minutes_that_were_measured():
    measured = pd.read_csv(paths.RESULTS / "minutes.csv", index_col="notebook")["seconds"]
    table = (CLONE / "README.md").read_text()
    stated = dict(re.findall(r"\(notebooks/(\w+)\.ipynb\).*\| ([\d.]+) \|", table))
    assert stated == {name: f"{seconds / 60:.1f}" for name, seconds in measured.items()}
    assert set(stated) == {p.stem for p in NOTEBOOKS}
