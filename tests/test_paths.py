"""Where things are written, and that a file is whole or not there."""

import os
import time

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
