"""The applications' data are those on record, or a sentence says which file is not."""

import os
import shutil
import subprocess

import pytest

from lepton_helpers import data, paths
from lepton_helpers.data.shipped import SHA256SUMS


@pytest.mark.parametrize("folder", SHA256SUMS)
def test_every_file_is_the_one_on_record_and_none_is_unlisted(folder):
    here = paths.DATA / folder
    listed = [line.split("  ")[1] for line in (here / "SHA256SUMS").read_text().splitlines()]
    assert sorted([*listed, "README.md", "SHA256SUMS"]) == sorted(p.name for p in here.iterdir())
    assert [data.shipped(folder, name) for name in listed] == [here / name for name in listed]
    assert any(name.startswith("LICENSE") for name in listed)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    shutil.copytree(paths.DATA / "penguins", tmp_path / "penguins")
    monkeypatch.setattr(paths, "DATA", tmp_path)
    return tmp_path / "penguins"


def test_a_clone_on_windows_has_the_same_bytes(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("There is no git here, and whoever has none has no clone.")
    names = ".gitattributes", "data/text/SHA256SUMS", "data/brain/aal.nii.txt"
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(paths.NOTEBOOKS.parent / name, tmp_path / name)
    # a hook of git's names its own repository there, which is not the one that is tried
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    windows = ["-c", "core.autocrlf=true", "checkout-index", "-a", "--prefix=new/"]
    for words in (["init", "-q"], ["add", "."], windows):
        subprocess.run(["git", "-C", tmp_path, *words], check=True, timeout=60, capture_output=True, env=own)
    for name in names:
        assert (tmp_path / "new" / name).read_bytes() == (paths.NOTEBOOKS.parent / name).read_bytes(), name


def test_a_changed_file_is_refused(copy):
    file = copy / "penguins.csv"
    file.write_bytes(file.read_bytes().replace(b"Adelie", b"Gentoo", 1))
    with pytest.raises(data.DataError, match=r"penguins.csv in data/penguins does not have the SHA-256"):
        data.shipped("penguins", "penguins.csv")


def test_a_list_that_was_changed_with_its_file_is_refused(copy):
    file, listing = copy / "penguins.csv", copy / "SHA256SUMS"
    file.write_text("species\n")
    listing.write_text(f"{'0' * 64}  penguins.csv\n")
    with pytest.raises(data.DataError, match=r"SHA256SUMS in data/penguins does not have"):
        data.shipped("penguins", "penguins.csv")


def test_what_is_not_there_is_named(copy):
    (copy / "penguins.csv").unlink()
    for folder, name, says in (("penguins", "penguins.csv", "penguins.csv is missing from data/penguins"),
                               ("penguins", "../x", "has no file '../x'; it has LICENSE"),
                               ("whales", "a", "no data set 'whales'; there are text, trees")):
        with pytest.raises(data.DataError, match=says):
            data.shipped(folder, name)
