"""The form that every notebook keeps; nbval checks what they do."""

import ast
import io
import re
import subprocess
import tokenize

import nbformat
import pandas as pd
import pytest

from lepton_helpers import paths

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
    assert [p.stem[:2] for p in NOTEBOOKS] == [f"{n:02}" for n in range(17)]


def test_kernel_and_schema(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
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
            text = str(output)
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
    assert any(s.startswith("# NBVAL_CHECK_OUTPUT") for s in sources)
    tags = [t for cell in code(notebook) for t in cell.metadata.get("tags", [])]
    stubs = [t for t in tags if t.startswith("exercise-")]
    assert len(stubs) >= 2 and all(t.replace("exercise", "check") in tags for t in stubs)


def test_committed_exercises_say_not_yet(notebook):
    for cell in code(notebook):
        if any(t.startswith("check-") for t in cell.metadata.get("tags", [])):
            assert "Not yet" in "".join(o.get("text", "") for o in cell.outputs)


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=CLONE, capture_output=True, text=True)
    names = listed.stdout.split() or [str(p.relative_to(CLONE)) for q in patterns for p in CLONE.glob(q)]
    return [CLONE / name for name in names]


def sources():
    for path in tracked("*.py", "lepton_helpers/*.py", "tests/*.py"):
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


def code_lines(path):
    """Lines of code: without blank lines, comments and docstrings."""
    text, lines = path.read_text(), set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT,
                              tokenize.DEDENT, tokenize.ENDMARKER):
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_the_helpers_stay_thin():
    modules = list((CLONE / "lepton_helpers").glob("*.py"))
    assert max(len(p.read_text().splitlines()) for p in modules) <= 200
    assert sum(map(code_lines, modules)) < 2_000


def test_the_readme_states_the_minutes_that_were_measured():
    measured = pd.read_csv(paths.RESULTS / "minutes.csv", index_col="notebook")["seconds"]
    table = (CLONE / "README.md").read_text()
    stated = dict(re.findall(r"\(notebooks/(\w+)\.ipynb\).*\| ([\d.]+) \|", table))
    assert stated == {name: f"{seconds / 60:.1f}" for name, seconds in measured.items()}
    assert set(stated) == {p.stem for p in NOTEBOOKS}
