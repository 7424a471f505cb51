"""Where things are written, and that a file is whole or not there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lepton_helpers import paths


def test_an_empty_home_is_unset(monkeypatch):
    monkeypatch.setenv("LEPTON_HOME", "")
    empty = paths.home()
    monkeypatch.delenv("LEPTON_HOME")
    assert empty == paths.home() and empty.is_absolute()


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = paths.write_atomically(tmp_path / "table.csv", "old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(paths.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        paths.write_atomically(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_parts_of_killed_writers_are_swept_and_young_ones_stay(tmp_path):
    names = ".t[1].csv.11.part", ".t[1].csv.12.part", ".u.csv.1.part"
    old, young, other = (tmp_path / name for name in names)
    for part in (old, young, other):
        part.write_text("half")
    for part in (old, other):
        os.utime(part, (time.time() - 7200,) * 2)
    path = paths.write_atomically(tmp_path / "t[1].csv", "whole")
    assert sorted(tmp_path.iterdir()) == sorted([path, young, other])


SCRATCH = Path(__file__).parent / "programs" / "scratch.py"


def gone(folder, within=20):
    end = time.monotonic() + within
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return not folder.exists()


@pytest.mark.parametrize("ending", ["killed", "returns", "raises"])
def test_a_scratch_folder_goes_with_its_process(tmp_path, ending):
    program = subprocess.Popen([sys.executable, SCRATCH, tmp_path, ending], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    folder = Path(program.stdout.readline().strip())
    assert folder.parent == tmp_path and (folder / "inner" / "file").read_text() == "much"
    if ending == "killed":
        program.kill()
    program.communicate(timeout=3600)
    assert program.returncode == {"killed": -signal.SIGKILL if os.name == "posix" else 1,
                                  "returns": 0, "raises": 1}[ending]
    assert gone(folder)


def test_a_scratch_folder_ends_before_its_process(tmp_path):
    with paths.scratch("test", tmp_path) as folder:
        Path(folder, "file").write_text("little")
        assert Path(folder).name.startswith("lepton-test-")
    held = paths.scratch("test", tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    held.cleanup()
    assert list(tmp_path.iterdir()) == []
