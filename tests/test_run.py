"""The runner names what failed, keeps what was there, and writes pages."""

import nbformat
import pytest

from lepton_helpers import paths, run


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder with one good notebook and a way to add others."""
    def add(name, source):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        nbformat.write(notebook, tmp_path / name)

    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    add("00_good.ipynb", "from tqdm.auto import tqdm\nprint('made', sum(tqdm([1, 2])))")
    return add


def test_executed_copies_pages_and_times(shelf):
    assert run.run() == []
    assert "made 3" in str(nbformat.read(paths.reports() / "00_good.ipynb", 4).cells[0].outputs)
    page = (paths.reports() / "00_good.html").read_text()
    assert "made 3" in page and "100%|" not in page and "0%|" not in page
    assert (paths.reports() / "minutes.csv").read_text().startswith("notebook,seconds\n00_good,")
    assert not nbformat.read(paths.NOTEBOOKS / "00_good.ipynb", 4).cells[0].outputs


def test_in_place_saves_outputs_and_a_failing_notebook_stays_as_it_was(shelf, capsys):
    shelf("01_bad.ipynb", "raise ValueError('on purpose')")
    before = (paths.NOTEBOOKS / "01_bad.ipynb").read_bytes()
    assert run.run(in_place=True) == ["01_bad.ipynb"]
    assert (paths.NOTEBOOKS / "01_bad.ipynb").read_bytes() == before
    assert nbformat.read(paths.NOTEBOOKS / "00_good.ipynb", 4).cells[0].outputs
    assert not (paths.reports() / "01_bad.html").exists()


def test_a_name_that_matches_nothing(shelf):
    with pytest.raises(SystemExit, match="no notebook starts with 42"):
        run.run(["42"])
