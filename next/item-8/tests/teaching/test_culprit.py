"""The search for the package that broke an environment, on real ones with small local packages."""

import functools
import importlib.util
import itertools
import os
import sys
import venv
import zipfile
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
RULES = TESTS / "programs" / "versions_fit.py"
NAMES = ("alpha", "beta", "delta", "epsilon")
LOCK = """
-e .
alpha==1.0
    # via -r requirements.txt
beta==1.0 ; python_full_version < '3.0'
beta==1.5 ; python_full_version >= '3.0'
delta==1.0
epsilon==1.0
same==1
elsewhere==1.0 ; sys_platform == 'nowhere'
"""
NEWEST = {**dict.fromkeys(NAMES, "2.0"), "same": "1.0", "omega": "2.0"}


def loaded(name):
    """A script beside the tests as a module."""
    spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


culprit, unpinned = loaded("culprit"), loaded("unpinned")


def wheel(folder, name, version):
    """A package that is nothing but its name and version."""
    info = f"{name}-{version}.dist-info"
    files = {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        for part, text in files.items():
            file.writestr(f"{info}/{part}", text)
        file.writestr(f"{info}/RECORD", "".join(f"{info}/{part},,\n" for part in (*files, "RECORD")))


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    """`(python, lock)`: an environment of newest packages, whose pip knows one folder and no network."""
    folder = tmp_path_factory.mktemp("packages")
    for name, version in itertools.product(NAMES, ("1.0", "1.5", "2.0")):
        wheel(folder, name, version)
    wheel(folder, "same", "1.0")
    wheel(folder, "omega", "2.0")
    (folder / "lock").write_text(LOCK)
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    with pytest.MonkeyPatch.context() as alone:
        alone.setenv("PIP_NO_INDEX", "1")
        alone.setenv("PIP_FIND_LINKS", str(folder))
        alone.setenv("PIP_CONFIG_FILE", os.devnull)
        culprit.bring(python, culprit.installed(python), NEWEST)  # 3.10 and 3.11 put setuptools into it
        yield python, folder / "lock"


def found(newest, capfd, *rules):
    """Exit code, words and number of tries of the script, where what must hold are these rules."""
    python, lock = newest
    code = culprit.main([python, str(lock), "--", python, str(RULES), *rules])
    said = capfd.readouterr()
    assert culprit.installed(python) == NEWEST, "left as it was"
    return code, said.out or said.err.splitlines()[-1], said.err.count("packages as in the lock")


def test_the_package_is_named_with_both_versions_those_that_hold_here(newest, capfd):
    code, said, tries = found(newest, capfd, "beta=1.5")
    assert (code, said) == (1, "Broken by **beta** (1.5 in the lock, 2.0 now).\n") and tries <= 5


def test_packages_that_only_fit_together_and_a_newcomer_are_named_together(newest, capfd):
    code, said, _ = found(newest, capfd, "delta=1.0", "delta=epsilon", "omega=")
    assert (code, said) == (1, "Broken by **delta** (1.0 in the lock, 2.0 now) and **epsilon** (1.0 in the "
                               "lock, 2.0 now) and **omega** (none in the lock, 2.0 now).\n")


@pytest.mark.parametrize("rule, says", [
    ("alpha=2.0", "culprit.py: it passes with the newest packages: what failed before does not now."),
    ("alpha=3.0", "culprit.py: it fails with the 5 versions of the lock too; no package is it.")])
def test_where_no_package_is_the_cause_a_sentence_says_so(newest, capfd, rule, says):
    assert found(newest, capfd, rule)[:2] == (2, says)


def test_a_version_that_pip_cannot_find_ends_the_search_and_harms_nothing(newest, capfd, tmp_path):
    (tmp_path / "lock").write_text(LOCK.replace("epsilon==1.0", "epsilon==0.1"))
    code, said, _ = found((newest[0], tmp_path / "lock"), capfd, "alpha=1.0")
    assert code == 2 and said.startswith("culprit.py: pip could not install alpha==1.0, beta==1.5, ")


def test_an_environment_or_lock_that_is_not_there_is_one_sentence(newest, capsys, tmp_path):
    for python, lock in ((str(tmp_path / "python"), newest[1]), (newest[0], tmp_path / "lock")):
        assert culprit.main([python, str(lock), "--", "true"]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.startswith("culprit.py: ") and said.err.count("\n") == 1


def test_a_command_that_hangs_fails():
    assert not culprit.works([sys.executable, TESTS / "programs" / "hangs.py"], minutes=0.02)
    assert culprit.works([sys.executable, "--version"], minutes=60)


@pytest.mark.parametrize("wanted", [g for n in (1, 2, 3) for g in itertools.combinations("abcdefg", n)])
def test_any_group_is_found_whole(wanted):
    @functools.cache
    def passes(group):
        return set(group) >= set(wanted)

    assert culprit.smallest("abcdefg", lambda group: passes(tuple(sorted(group)))) == list(wanted)
    assert passes.cache_info().misses <= 2 + 5 * len(wanted)


def test_a_package_that_needs_another_old_one_is_not_taken_for_the_cause():
    def passes(group):  # b is at fault; an old a works with an old c alone
        return "b" in group and ("a" not in group or "c" in group)

    assert culprit.smallest("abc", passes) == ["b"]


@pytest.mark.parametrize("line, left", [
    ("tensorflow>=2.20,<2.22     # the framework", "tensorflow>=2.20"), ("mpich==5.*", "mpich>=5"),
    ("tensorflow-model-optimization==0.8.1", "tensorflow-model-optimization>=0.8.1"), ("a~=1.4", "a>=1.4"),
    ('k6>=1.1,<2; sys_platform == "linux"  # load', 'k6>=1.1; sys_platform == "linux"'),
    ("pandas[output-formatting]>=2.2,<4", "pandas[output-formatting]>=2.2"), ("a>1,!=1.3,<=2", "a>1"),
    ("tqdm<5,>=4  # bars; bound needed: 5 draws none", "tqdm<5,>=4  # 5 draws none"),
    ("-e .", ""), ("# a comment", ""), ("", "")])
def test_upper_bounds_go_and_what_is_needed_stays(line, left):
    assert unpinned.unpinned(line) == left


def test_every_requirement_is_in_the_weekly_run(capsys):
    asked = TESTS.parent / "requirements.txt"
    names = [line for line in asked.read_text().splitlines() if line[:1] not in ("", "#", "-")]
    assert unpinned.main([asked]) == 0
    said = capsys.readouterr().out
    assert len(said.splitlines()) == len(names) > 30
    assert [line for line in said.splitlines() if "<" in line and "#" not in line] == []


@pytest.mark.parametrize("text", ["numpy = 2", "# nothing", None])
def test_what_is_no_list_of_requirements_is_one_sentence(text, tmp_path, capsys):
    if text:
        (tmp_path / "r.txt").write_text(text)
    assert unpinned.main([tmp_path / "r.txt"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("unpinned.py: ") and said.err.count("\n") == 1
