"""JupyterLab opens on copies that it trusts, and nothing that git tracks changes."""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from lepton_helpers import paths
from lepton_helpers.commands import lab
from lepton_helpers.nodes import processes


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A small clone: a notebook, its solutions, a README with links."""
    shelf = tmp_path / "clone" / "notebooks"
    (shelf / "solutions").mkdir(parents=True)
    for place in (shelf, shelf / "solutions"):
        cells = [nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", {
            "text/html": "<style>b {color: red}</style><b>1</b>"})])]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), place / "00_start_here.ipynb")
    (shelf / "01_broken.ipynb").write_text("no JSON")
    (shelf.parent / "README.md").write_text("[00](notebooks/00_start_here.ipynb) [data](data/README.md) "
                                            "[web](https://example.org) ![p](data/p.png)")
    monkeypatch.setattr(paths, "NOTEBOOKS", shelf)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return shelf.parent


def test_copies_are_made_where_absent_and_trusted(clone):
    work = clone / "work"
    assert lab.copies(work) == []
    for name in ("00_start_here.ipynb", "solutions/00_start_here.ipynb"):
        assert NotebookNotary().check_signature(nbformat.read(work / name, 4))
    mine = work / "00_start_here.ipynb"
    mine.write_text(mine.read_text().replace('"1"', '"mine"'))
    lab.copies(work)
    assert '"mine"' in mine.read_text()
    os.utime(paths.NOTEBOOKS / mine.name, (time.time() + 60,) * 2)
    assert lab.copies(work) == ["00_start_here.ipynb"], "a newer one is told of, never put over yours"


def test_the_readme_beside_the_copies_leads_to_them(clone):
    lab.copies(clone / "work")
    assert (clone / "work" / "README.md").read_text() == (
        "[00](00_start_here.ipynb) [data](../data/README.md) [web](https://example.org) ![p](../data/p.png)")


def started(monkeypatch, *arguments):
    """What `lepton lab` hands to JupyterLab."""
    seen = {}
    monkeypatch.setattr(lab.runpy, "run_module", lambda name, run_name: seen.update(argv=list(sys.argv)))
    monkeypatch.setattr(sys, "argv", ["lepton"])
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    lab.main(list(arguments))
    return seen["argv"]


def test_reset_brings_the_committed_ones_back_and_options_are_passed_on(clone, monkeypatch):
    started(monkeypatch)
    mine = clone / "work" / "00_start_here.ipynb"
    committed = mine.read_bytes()
    mine.write_text("mine")
    (clone / "work" / "left.txt").write_text("left")
    argv = started(monkeypatch, "--reset", "--no-browser", "--port", "1234")
    assert argv[-3:] == ["--no-browser", "--port", "1234"] and f"--ServerApp.root_dir={clone}" in argv
    assert mine.read_bytes() == committed and not (clone / "work" / "left.txt").exists()
    assert os.environ["JUPYTER_CONFIG_PATH"].endswith(os.pathsep + "theirs")


def test_a_clone_that_cannot_be_written_or_is_none(clone, monkeypatch, tmp_path):
    (clone / "work").write_text("in the way")
    with pytest.raises(SystemExit, match="needs a clone that can be written"):
        lab.main([])
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path / "nowhere" / "notebooks")
    with pytest.raises(SystemExit, match="needs a clone"):
        lab.main([])


def ask(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}?token=of-a-test", timeout=3600) as answer:
        return json.load(answer)


def test_the_real_jupyterlab_serves_the_copies_and_saves_widgets(clone, tmp_path):
    port = processes.free_port()
    program = Path(__file__).parents[1] / "programs" / "lab.py"
    options = ["--no-browser", "--allow-root", "--port", port, "--ServerApp.port_retries=0",
               "--IdentityProvider.token=of-a-test"]
    with processes.process(program, paths.NOTEBOOKS, *options, JUPYTER_RUNTIME_DIR=tmp_path / "run") as child:
        processes.wait_for_port(child, port, 3600)
        root, work = ask(port, "api/contents"), ask(port, "api/contents/work")
        names = {one["name"] for one in root["content"]}
        assert {"README.md", "notebooks", "work"} <= names
        assert {"00_start_here.ipynb", "solutions", "README.md"} == {one["name"] for one in work["content"]}
        opened = ask(port, "api/contents/work/00_start_here.ipynb")["content"]
        assert all(cell["metadata"]["trusted"] for cell in opened["cells"])
        schema = ask(port, "lab/api/settings/@jupyter-widgets/jupyterlab-manager:plugin")["schema"]
        assert schema["properties"]["saveState"]["default"] is True
        assert "/lab/tree/work/00_start_here.ipynb" in processes.output(child)


def test_git_ignores_the_copies():
    assert "work/" in (lab.paths.NOTEBOOKS.parent / ".gitignore").read_text().splitlines()
