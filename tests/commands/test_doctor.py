"""The doctor names what is broken, one thing at a time, and tries the rest all the same."""

import socket
import sys

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import data, training
from lepton_helpers.commands import doctor


def told(capsys):
    lines = capsys.readouterr().out.splitlines()
    return {line.split()[1]: line for line in lines[:-1]}, lines[-1]


def test_a_sound_machine(capsys):
    assert doctor.main([]) == 0
    lines, last = told(capsys)
    assert set(lines) == set(doctor.CHECKS) and all(line.startswith("ok") for line in lines.values())
    assert last == "this machine can run the notebooks"


def old_python(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 1, *sys.version_info[3:]))
    return "python", "is not 3.10 to 3.13"


def no_folder(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LEPTON_HOME", str(tmp_path / "file"))
    return "folder", ""


def no_room(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 2e8}))
    return "folder", "0.2 GB free"


def broken_data(monkeypatch, tmp_path):
    for path in data.FASHION_MNIST.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:-1])
    monkeypatch.setattr(data.idx, "FASHION_MNIST", tmp_path)
    return "data", "SHA-256"


def no_learning(monkeypatch, tmp_path):
    flat = pd.DataFrame({"loss": np.ones(5)})
    monkeypatch.setattr(training, "fit", lambda *_, **__: flat)
    return "training", "did not lower the loss"


def no_loopback(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "create_server", refuse)
    return "loopback", "not permitted"


@pytest.mark.parametrize("harm", [old_python, no_folder, no_room, broken_data, no_learning, no_loopback])
def test_one_broken_thing_is_named_and_the_rest_is_tried(harm, monkeypatch, tmp_path, capsys):
    name, words = harm(monkeypatch, tmp_path)
    assert doctor.main([]) == 1
    lines, last = told(capsys)
    assert set(lines) == set(doctor.CHECKS) and last == f"1 of {len(doctor.CHECKS)} checks failed"
    assert [found for found, line in lines.items() if line.startswith("failed")] == [name]
    assert words in lines[name]
