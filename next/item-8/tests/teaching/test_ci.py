"""The workflows: every supported Python, the README's commands, nothing skipped; a skip list is seen."""

import ast
import importlib.util
import re
import subprocess
import sys

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from lepton_helpers import __main__ as door
from lepton_helpers import paths

CLONE = paths.NOTEBOOKS.parent
TEXT = {path.stem: path.read_text(encoding="utf-8") for path in (CLONE / ".github/workflows").glob("*.yml")}
WORKFLOWS = {name: yaml.safe_load(text) for name, text in TEXT.items()}
CI, WEEKLY = WORKFLOWS["ci"]["jobs"], WORKFLOWS["weekly"]["jobs"]["newest"]
PROJECT, README, MAKEFILE, REQUIREMENTS = (
    (CLONE / name).read_text(encoding="utf-8")
    for name in ("pyproject.toml", "README.md", "Makefile", "requirements.txt"))


def supported():
    """The Pythons that pyproject.toml allows."""
    allowed = SpecifierSet(re.search(r'^requires-python = "(.*)"', PROJECT, re.M)[1])
    return [f"3.{n}" for n in range(40) if f"3.{n}.0" in allowed]


def lines(job):
    """Every command of a job's steps, one a line, with README's folder for $BIN."""
    runs = [step["run"] for step in job["steps"] if "run" in step]
    joined = "\n".join(runs).replace("\\\n", " ").replace("$BIN", ".venv/bin")
    return [line.strip() for line in joined.splitlines() if line.strip()]


def plain():
    """The commands under `Without make` in README.md, without their comments."""
    block = README.split("### Without make")[1].split("```")[1]
    return [line.split("#")[0].strip().replace("python3 ", "python ") for line in block.strip().splitlines()]


def test_the_matrix_is_what_pyproject_allows_on_three_systems():
    matrix = CI["tests"]["strategy"]["matrix"]
    assert matrix["python"] == supported() and len(supported()) >= 4
    assert matrix["system"] == ["Linux", "macOS", "Windows"]
    assert [one["system"] for one in matrix["include"]] == matrix["system"]
    assert WEEKLY["strategy"]["matrix"]["python"] == [supported()[0], supported()[-1]]
    named = re.findall(r"Python :: (3\.\d+)\"", PROJECT)
    assert named in ([], supported()), "classifiers, where there are any"


def test_every_plain_command_of_the_readme_runs_but_the_one_that_waits_for_a_reader():
    ran = lines(CI["tests"])
    left = [command for command in plain() if not any(line.startswith(command) for line in ran)]
    assert len(plain()) >= 6 and left == [".venv/bin/lepton lab"]
    assert {"make run", "make test"} <= set(lines(CI["make"]))


@pytest.mark.parametrize("line", [line for job in (*CI.values(), WEEKLY) for line in lines(job)])
def test_every_command_is_one_that_exists(line):
    for target in re.findall(r"\bmake ([\w-]+)", line):
        assert re.search(rf"^{target}:", MAKEFILE, re.M)
    for command in re.findall(r"\blepton ([a-z]+)", line):
        assert command in door.COMMANDS and f"`lepton {command}" in README
    for name in re.findall(r"\b(?:tests|data|docs)/[\w/]+\.\w+", line):
        assert (CLONE / name).exists(), name
    for name in re.findall(r"-r (\S+)", line):
        assert (CLONE / name).is_file() or f"tee {name}" in TEXT["weekly"]
    for extra in re.findall(r"\[([\w,]+)\]\"", line):
        assert all(re.search(rf"^{one} = \[", PROJECT, re.M) for one in extra.split(","))
    if "-m pytest" in line and "@" not in line:
        assert line in plain(), "as a reader runs them"


@pytest.mark.parametrize("script, options", [("status", {"--write", "--failing"}), ("culprit", set())])
def test_the_scripts_have_the_options_that_are_used(script, options):
    told = subprocess.run([sys.executable, CLONE / "tests" / f"{script}.py", "--help"], capture_output=True,
                          text=True, timeout=3600).stdout
    used = {option for text in TEXT.values() for line in text.splitlines() if f"{script}.py" in line
            for option in re.findall(r" (--\w+)", line)}
    assert used == options and all(option in told for option in options)


def test_every_report_is_judged_and_no_failure_is_let_through():
    steps, matrix = CI["tests"]["steps"], ("${{ matrix.system }}-${{ matrix.python }}", "$RUN")
    reports = [step["env"]["PYTEST_ADDOPTS"].removeprefix("--junitxml=").replace(*matrix)
               for step in steps if "-m pytest" in step.get("run", "")]
    judged, = (line.split(" >> ")[0].split()[2:] for line in lines(CI["tests"]) if "status.py" in line)
    assert judged == reports and len(reports) == 2
    assert CI["tests"]["env"]["RUN"] == matrix[0]
    assert "continue-on-error" not in TEXT["ci"] and "|| true" not in TEXT["ci"]
    for job in (*CI.values(), WEEKLY):
        assert job["timeout-minutes"] <= 350, "every wait has an end"
    assert all(flow["permissions"] == {"contents": "read"} for flow in WORKFLOWS.values())


@pytest.mark.parametrize("name", TEXT)
def test_a_workflow_keeps_its_schema(name):
    if not importlib.util.find_spec("check_jsonschema"):
        pytest.skip("check-jsonschema is not installed here; requirements.txt brings it")
    ran = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema",
                          "vendor.github-workflows", CLONE / f".github/workflows/{name}.yml"],
                         capture_output=True, text=True, timeout=3600)
    assert ran.returncode == 0, ran.stdout


def test_what_a_test_skips_itself_without_is_installed_on_linux():
    names = {name.split(".")[0] for path in (CLONE / "tests").rglob("test_*.py")
             for name in re.findall(r'(?:find_spec|importorskip)\("(\w[\w.]*)"', path.read_text("utf-8"))}
    brought = {Requirement(line.split(" #")[0]).name for line in REQUIREMENTS.splitlines()
               if line and line[0] not in "#-"}
    brought |= set(re.findall(r'"([\w-]+)(?:\[[\w-]+\])?[><=]', PROJECT.split("[project.scripts]")[0]))
    brought |= {word for line in lines(CI["tests"]) if "pip install -e" in line for word in line.split()}
    assert {"librosa", "mpi4py"} <= names
    left = {name.replace("_", "-") for name in names} - brought
    assert left - {"codespell-lib"} == set() and "codespell" in brought


def skip_list(tree):
    """What takes tests out of a suite for good: unconditional skips, expected failures, ignored files."""
    found = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)
             and ast.unparse(node) in ("pytest.mark.skip", "pytest.mark.xfail", "pytest.xfail")]
    found += [name.id for name in ast.walk(tree) if isinstance(name, ast.Name)
              and name.id in ("collect_ignore", "collect_ignore_glob")]
    bodies = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
                      and node.name.startswith("test"))]
    return found + [ast.unparse(step) for body in bodies for step in body.body
                    if isinstance(step, ast.Expr) and ast.unparse(step).startswith("pytest.skip(")]


@pytest.mark.parametrize("source, found", [
    ("@pytest.mark.skip(reason='slow')\ndef test_a(): pass", 1),
    ("@pytest.mark.xfail\ndef test_a(): pass", 1),
    ("collect_ignore = ['test_a.py']", 1), ("def test_a():\n    pytest.skip('flaky')", 1),
    ("pytest.skip('not today', allow_module_level=True)", 1), ("pytestmark = [pytest.mark.skip]", 1),
    ("@pytest.mark.skipif(sys.platform == 'win32', reason='needs Linux')\ndef test_a(): pass", 0),
    ("def test_a():\n    if not here:\n        pytest.skip('needs Linux')", 0)])
def test_a_skip_list_is_seen(source, found):
    assert len(skip_list(ast.parse(source))) == found


@pytest.mark.parametrize("path", sorted([*(CLONE / "tests").rglob("test_*.py"), CLONE / "tests/conftest.py"]),
                         ids=lambda p: p.stem)
def test_no_test_file_has_a_skip_list(path):
    assert skip_list(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_no_command_and_no_notebook_leaves_tests_out():
    commands = [MAKEFILE, re.search(r"^addopts = .*$", PROJECT, re.M)[0], *TEXT.values()]
    for text in commands:  # the solutions are run by tests/test_exercises.py
        text = text.replace("--ignore notebooks/solutions", "")
        assert not re.search(r"--ignore|--deselect|pytest.* -[km] ", text), text[:200]
    for path in sorted(paths.NOTEBOOKS.rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            tags = cell.metadata.get("tags", [])
            assert "skip" not in " ".join(tags) and "NBVAL_SKIP" not in cell.source, path.name


def test_nox_runs_files_that_exist_on_the_pythons_of_the_project():
    text = (CLONE / "noxfile.py").read_text(encoding="utf-8")
    sessions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert sessions == ["tests", "lint", "bare"] and f'max_version="{supported()[-1]}"' in text
    named = re.findall(r'"((?:tests/|requirements)[\w/.]*\.\w+)"', text)
    assert len(named) >= 2 and all((CLONE / name).is_file() for name in named)
