"""Artifacts are never stale, never half-written, and two processes do no harm."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import artifacts, data, export, models, paths

CALLS = []


def build(value=1):
    CALLS.append(value)
    return {"value": value}


@pytest.fixture(autouse=True)
def no_calls():
    CALLS.clear()


def folders():
    return [p for p in paths.artifacts().iterdir() if p.is_dir()]


def test_built_once_then_loaded():
    assert artifacts.cached("x", build, value=2) == artifacts.cached("x", build, value=2) == {"value": 2}
    assert CALLS == [2] and len(folders()) == 1


def test_a_changed_recipe_is_built_anew():
    artifacts.cached("x", build, value=1)
    assert artifacts.cached("x", build, value=3) == {"value": 3} and CALLS == [1, 3]


def test_a_changed_library_version_is_built_anew(monkeypatch):
    artifacts.cached("x", build)
    monkeypatch.setattr(artifacts.importlib.metadata, "version", lambda name: "99.0")
    artifacts.cached("x", build)
    assert CALLS == [1, 1] and len(folders()) == 2


def test_a_changed_data_file_is_built_anew(monkeypatch, tmp_path):
    artifacts.cached("x", build)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(b"other")
    monkeypatch.setattr(data, "FASHION_MNIST", tmp_path)
    artifacts.cached("x", build)
    assert CALLS == [1, 1]


def test_changed_code_is_built_anew():
    def other(value=1):
        return {"value": value + 1}

    assert artifacts.cached("x", build) != artifacts.cached("x", other)


def test_all_kinds_come_back(trained_mlp, few):
    lite = export.convert(trained_mlp)

    def several():
        return trained_mlp, lite, pd.DataFrame({"a": [1.5, 2.5]}), [1, "two"]

    artifacts.cached("several", several)
    model, back, frame, rest = artifacts.cached("several", several)
    assert np.array_equal(model.predict(few.images[:5], verbose=0),
                          trained_mlp.predict(few.images[:5], verbose=0))
    assert back.content == lite.content and frame["a"].tolist() == [1.5, 2.5] and rest == [1, "two"]


@pytest.mark.parametrize("harm", ["cut", "emptied", "no manifest", "no file", "folder only"])
def test_a_damaged_artifact_is_built_again(harm):
    artifacts.cached("x", build)
    (folder,) = folders()
    value, manifest = folder / "0.json", folder / "manifest.json"
    if harm == "cut":
        value.write_bytes(value.read_bytes()[:-3])
    if harm == "emptied":
        manifest.write_text("")
    if harm in ("no manifest", "folder only"):
        manifest.unlink()
    if harm in ("no file", "folder only"):
        value.unlink()
    assert artifacts.cached("x", build) == {"value": 1} and CALLS == [1, 1]
    assert artifacts.cached("x", build) == {"value": 1} and CALLS == [1, 1]


def test_a_folder_full_of_half_written_files_does_no_harm():
    paths.artifacts().mkdir(parents=True)
    for i in range(20):
        (paths.artifacts() / f".x-{i}.part").mkdir()
        (paths.artifacts() / f"x-{i:016x}").write_bytes(b"half")
    assert artifacts.cached("x", build) == {"value": 1}


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_build_leaves_nothing(error):
    def interrupted():
        raise error

    with pytest.raises(error):
        artifacts.cached("x", interrupted)
    assert folders() == []


def test_a_folder_that_cannot_be_written_warns_in_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")  # holds for root too, whom permissions do not stop
    monkeypatch.setenv("LEPTON_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="cannot be written .* built but not kept") as caught:
        assert artifacts.cached("x", build) == {"value": 1}
    assert "\n" not in str(caught[0].message)


def test_a_kept_artifact_in_a_folder_that_cannot_be_written_still_loads(monkeypatch):
    artifacts.cached("x", build)

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(artifacts.tempfile, "mkdtemp", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert artifacts.cached("x", build) == {"value": 1}
    assert CALLS == [1]


def test_two_processes_build_once_between_them(tmp_path):
    code = ("import time; from lepton_helpers import artifacts\n"
            "def slow(log):\n"
            "    open(log, 'a').write('built\\n'); time.sleep(3); return {'a': 1}\n"
            "print(artifacts.cached('slow', slow, log=__import__('sys').argv[1]))")
    log = tmp_path / "log"
    running = [subprocess.Popen([sys.executable, "-c", code, str(log)], stdout=subprocess.PIPE)
               for _ in range(2)]
    assert [p.communicate(timeout=180)[0] for p in running] == [b"{'a': 1}\n"] * 2
    assert log.read_text() == "built\n"


def test_unknown_recipe():
    with pytest.raises(ValueError, match="no recipe for 'resnet'"):
        artifacts.trained("resnet")


def test_every_recipe_names_a_model():
    assert set(artifacts.RECIPES) == set(models.BY_NAME)
