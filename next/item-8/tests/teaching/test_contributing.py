"""What contributors are told is true; changelog, citation, hooks and versions agree."""

import importlib
import importlib.util
import json
import re
import subprocess
import sys

import pytest
import yaml
from packaging.version import Version

from lepton_helpers import __main__ as door
from lepton_helpers import paths

CLONE = paths.NOTEBOOKS.parent
CONTRIBUTING, CHANGELOG, LOCK, PROJECT = (
    (CLONE / name).read_text(encoding="utf-8")
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "requirements.lock", "pyproject.toml"))
VERSION = re.search(r'^version = "(.*)"$', PROJECT, re.M)[1]
CITATION = yaml.safe_load((CLONE / "CITATION.cff").read_text(encoding="utf-8"))
CONFIGURED = yaml.safe_load((CLONE / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook for repo in CONFIGURED["repos"] for hook in repo["hooks"]}
HOME = {module.split(".")[-1]: module for module in (
    "lepton_helpers.plots", "lepton_helpers.exercises", "lepton_helpers.evidence", "lepton_helpers.data",
    "lepton_helpers.evidence.controls", "lepton_helpers.evidence.scoreboard",
    "lepton_helpers.evidence.scores", "lepton_teaching.predict")}


def told(*command):
    """What a program of the project did and said."""
    return subprocess.run([sys.executable, *command], cwd=CLONE, capture_output=True, text=True, timeout=3600)


def sections(text):
    """`{heading: text}` of a page's second level."""
    return dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))


def test_three_things_to_add_in_ten_steps_each():
    assert list(sections(CONTRIBUTING)) == ["A notebook", "A technique", "A data set"]
    for title, text in sections(CONTRIBUTING).items():
        assert re.findall(r"^(\d+)\. ", text, re.M) == [str(n) for n in range(1, 11)], title


def quoted():
    """Everything in backticks, without what stands for a name of one's own."""
    return [word for word in re.findall(r"`([^`]+)`", CONTRIBUTING) if not re.search(r"NN|NAME|MODULE", word)]


def test_files_that_it_names_exist():
    named = [word for word in quoted() if re.fullmatch(r"[\w./]+/|[\w./]*\w\.(py|md|txt|toml|csv|po)", word)]
    assert len(named) >= 15
    assert [name for name in named if not (CLONE / name).exists() and not any(
        (CLONE / folder / name).exists() for folder in ("data", "tests"))] == []


def test_commands_that_it_names_exist():
    commands = re.findall(r"`lepton ([a-z]+)", CONTRIBUTING)
    assert {"run", "words"} <= set(commands) <= set(door.COMMANDS)
    targets = set(re.findall(r"`make (\w+)", CONTRIBUTING))
    assert targets == {"run", "test", "lock"} and all(
        re.search(rf"^{target}:", (CLONE / "Makefile").read_text(), re.M) for target in targets)
    options = re.findall(r"`lepton run [^`]*(--[\w-]+)", CONTRIBUTING)
    usage = told("-m", "lepton_helpers", "run", "--help").stdout
    assert options and all(option in usage for option in options)


def test_functions_that_it_names_exist():
    named = [match.groups() for word in re.findall(r"`([^`]+)`", CONTRIBUTING)
             for match in re.finditer(r"\b([a-z]+)\.([a-z_]+)\b", word) if match[1] in HOME]
    assert len(set(named)) >= 9
    for module, name in named:
        assert hasattr(importlib.import_module(HOME[module]), name), f"{module}.{name}"
    for where, name in (("data/extract.py", "def seal("), ("lepton_sweeps/sweep.py", "SWEEPS = "),
                        ("lepton_helpers/plots.py", "COLOURS = "), ("lepton_helpers/plots.py", "MARKERS = "),
                        ("lepton_own/techniques.py", "def made("),
                        ("lepton_helpers/data/shipped.py", "SHA256SUMS = ")):
        assert name in (CLONE / where).read_text(encoding="utf-8"), f"{name} in {where}"


def test_what_it_says_of_a_notebook_is_what_the_tests_ask():
    form = (CLONE / "tests/test_notebooks.py").read_text(encoding="utf-8")
    steps = sections(CONTRIBUTING)["A notebook"]
    for part in re.findall(r'"## ([^"]+)"', re.search(r"LAST_PARTS = .*", form)[0]):
        assert part in steps
    low, high = re.search(r"([\d_]+) <= len\(text\.split\(\)\) <= ([\d_]+)", form).groups()
    assert f"{int(low):,} to {int(high):,} words" in steps
    asked = (CLONE / "tests/test_exercises.py").read_text(encoding="utf-8")
    assert "three wrong answers" in steps and "len(wrong) >= 3" in asked
    for must in ("imports", "constants", "# NBVAL_CHECK_OUTPUT", "plots.slider", "evidence.claim"):
        assert f"`{must}" in steps


def test_the_changelog_keeps_its_form_and_the_project_s_version():
    titles = list(sections(CHANGELOG))
    assert titles[0] == "[Unreleased]" and len(titles) >= 2
    form = r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)"
    versions = [re.fullmatch(form, title).groups() for title in titles[1:]]
    assert versions[0][0] == VERSION
    assert [Version(v) for v, _ in versions] == sorted((Version(v) for v, _ in versions), reverse=True)
    assert [day for _, day in versions] == sorted((day for _, day in versions), reverse=True)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    for title, text in sections(CHANGELOG).items():
        parts = re.split(r"^### (\w+)\n", text, flags=re.M)
        assert set(parts[1::2]) <= kinds and len(set(parts[1::2])) == len(parts[1::2]) > 0, title
        assert all("\n- " in part for part in parts[2::2]), title


def test_the_citation_is_of_this_version():
    title = list(sections(CHANGELOG))[1]
    assert f"[{CITATION['version']}] - {CITATION['date-released']}" == title
    assert CITATION["license"] == re.search(r'^license = "(.*)"$', PROJECT, re.M)[1]
    copyright_line = (CLONE / "LICENSE").read_text().splitlines()[2]
    assert copyright_line.endswith(CITATION["authors"][0]["name"])


@pytest.mark.parametrize("lost", [None, "authors:", "message:", "cff-version:"])
def test_the_citation_keeps_its_schema_and_the_schema_sees_what_is_lost(lost, tmp_path):
    if not importlib.util.find_spec("check_jsonschema"):
        pytest.skip("check-jsonschema is not installed here; requirements.txt brings it")
    text = (CLONE / "CITATION.cff").read_text(encoding="utf-8")
    (tmp_path / "CITATION.cff").write_text(text.replace(lost, "x-lost:") if lost else text, encoding="utf-8")
    ran = told("-m", *HOOKS["citation"]["entry"].replace("-", "_", 1).split(), tmp_path / "CITATION.cff")
    assert ran.returncode == bool(lost), ran.stdout


def test_hooks_are_local_and_have_the_lock_s_versions():
    versions = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK, re.M))
    asked = [one for hook in HOOKS.values() for one in hook.get("additional_dependencies", [])]
    assert {one.split("==")[0] for one in asked} == {"ruff", "codespell", "check-jsonschema"}
    for one in asked:
        name, version = one.split("==")
        assert versions.get(name, version) == version, "the hook runs what the tests run"
    assert all(hook["language"] == "python" for hook in HOOKS.values())
    for name in re.findall(r"tests/\S+\.py", " ".join(hook["entry"] for hook in HOOKS.values())):
        assert (CLONE / name).is_file()


def spelled(*files):
    """codespell as the hook calls it."""
    if not importlib.util.find_spec("codespell_lib"):
        pytest.skip("codespell is not installed here; requirements.txt brings it")
    return told("-m", "codespell_lib", *HOOKS["spelling"]["entry"].split()[1:], *files)


def test_everything_is_spelled_right():
    listed = subprocess.run(["git", "ls-files"], cwd=CLONE, capture_output=True, text=True).stdout.split()
    asked, without = (re.compile(HOOKS["spelling"][name]) for name in ("files", "exclude"))
    files = [name for name in listed if asked.search(name) and not without.search(name)]
    assert len(files) > 200 or not listed
    ran = spelled(*(files or ["README.md", "notebooks", "lepton_helpers"]))
    assert ran.returncode == 0, ran.stdout


def test_a_wrong_letter_is_seen_also_in_a_notebook(tmp_path):
    for name, text in (("a.md", "a seperate page"), ("b.ipynb", json.dumps({"source": ["teh notebook\n"]}))):
        (tmp_path / name).write_text(text)
    ran = spelled(tmp_path / "a.md", tmp_path / "b.ipynb")
    assert ran.returncode and "seperate ==> separate" in ran.stdout and "teh ==> the" in ran.stdout


HYGIENE = CLONE / "tests" / "hygiene.py"


def test_committed_notebooks_are_clean():
    files = sorted(paths.NOTEBOOKS.rglob("*.ipynb"))
    ran = told(HYGIENE, *files)
    assert (ran.returncode, ran.stdout) == (0, "") and len(files) > 40


def cell(name, *outputs):
    return {"id": name, "cell_type": "code", "outputs": list(outputs)}


def stream(name, *text):
    return {"output_type": "stream", "name": name, "text": list(text)}


def shown(**data):
    kinds = {name.replace("_", "/"): said for name, said in data.items()}
    return {"output_type": "display_data", "data": kinds}


FAILED = {"output_type": "error", "ename": "ValueError", "traceback": []}


@pytest.mark.parametrize("cells, says", [
    ([cell("a"), cell("a")], "cell 1 has the id a of another"), ([cell("")], "cell 0 has no id"),
    ([cell("a", FAILED)], "ended with ValueError"), ([cell("a", stream("stderr", "oh"))], "wrote to stderr"),
    ([cell("a", stream("stdout", "in /ho", "me/ann/x"))], "path, /home/a"),
    ([cell("a", shown(text_html="<b>C:\\Users</b>"))], "path, C:\\U"),
    ([cell("a", shown(image_png="/tmp/abc", text_plain=["x/tmp"]))], ""),
    ([cell("a", stream("stdout", "3/4 of /data, a: b"))], "")])
def test_a_notebook_that_is_not_clean_is_told(cells, says, tmp_path):
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    ran = told(HYGIENE, tmp_path / "a.ipynb")
    assert ran.returncode == bool(says) and says in ran.stdout and ran.stdout.count("\n") == bool(says)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_what_is_no_notebook_is_told(text, tmp_path):
    (tmp_path / "a.ipynb").write_text(text)
    ran = told(HYGIENE, tmp_path / "a.ipynb")
    assert ran.returncode == 1 and "this is no notebook" in ran.stdout and ran.stderr == ""
    assert told(HYGIENE).returncode == 1
