"""The runner names what failed and where, keeps what was there, loses nothing, and writes pages."""

import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pandas as pd
import pytest
from jupyter_client.kernelspec import KernelSpecManager

from lepton_helpers import paths
from lepton_helpers.commands import execution, run
from lepton_helpers.evidence import scoreboard

CLAIM = ("from lepton_helpers import evidence\n"
         "for n in range(2):\n    shown = evidence.claim(f'number {{n}} is small', n < {}, f'{{n}} is not')")
PROGRAM = ("import sys; from pathlib import Path; from lepton_helpers import paths\n"
           "from lepton_helpers.commands import run\n"
           "paths.NOTEBOOKS = Path(sys.argv[1]); run.run([sys.argv[2]])")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder with one good notebook and a way to add others."""
    def add(name, *sources, markdown=""):
        cells = [nbformat.v4.new_markdown_cell(markdown)] if markdown else []
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / name)

    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    add("00_good.ipynb", "from tqdm.auto import tqdm\nprint('made', sum(tqdm([1, 2])))")
    return add


def text(name):
    return (paths.reports() / name).read_text()


def rows(name):
    return pd.read_csv(paths.reports() / f"{name}.csv", keep_default_na=False)


def test_executed_copies_pages_minutes_and_memory(shelf):
    assert run.run() == {}
    assert "made 3" in str(nbformat.read(paths.reports() / "00_good.ipynb", 4).cells[0].outputs)
    page = text("00_good.html")
    assert "made 3" in page and "100%|" not in page and "0%|" not in page
    assert text("minutes.csv").startswith("notebook,seconds,peak_mb\n00_good,")
    assert not nbformat.read(paths.NOTEBOOKS / "00_good.ipynb", 4).cells[0].outputs


def test_peak_memory_is_the_kernels(shelf):
    shelf("01_hungry.ipynb", "x = bytearray(300_000_000)\nx[::4096] = bytes(len(x[::4096]))\ndel x")
    run.run()
    peak = rows("minutes").set_index("notebook")["peak_mb"]
    assert 290 < peak["01_hungry"] - peak["00_good"] < 400, "freed again, and still seen"


def test_in_place_saves_outputs_and_a_failing_notebook_stays_as_it_was(shelf):
    shelf("01_bad.ipynb", "raise ValueError('on purpose')")
    before = (paths.NOTEBOOKS / "01_bad.ipynb").read_bytes()
    assert list(run.run(in_place=True)) == ["01_bad"]
    assert (paths.NOTEBOOKS / "01_bad.ipynb").read_bytes() == before
    saved = nbformat.read(paths.NOTEBOOKS / "00_good.ipynb", 4)
    kernel = KernelSpecManager().get_kernel_spec("python3")  # as JupyterLab writes it
    assert saved.cells[0].outputs and saved.metadata["kernelspec"]["display_name"] == kernel.display_name


def test_a_run_of_one_notebook_replaces_its_own_rows_only(shelf):
    shelf("01_other.ipynb", "1 + 1")
    run.run()
    before = rows("minutes")
    run.run(["01"])
    after = rows("minutes")
    assert after["notebook"].tolist() == ["00_good", "01_other"]
    assert after.loc[0].tolist() == before.loc[0].tolist()
    shelf("01_other.ipynb", "1 / 0")
    run.run(["01"])
    assert rows("minutes")["notebook"].tolist() == ["00_good"] and len(rows("failures")) == 1
    shelf("01_other.ipynb", "1 + 1")
    run.run(["01"])
    assert len(rows("minutes")) == 2 and len(rows("failures")) == 0


def test_runs_side_by_side_lose_no_row(shelf):
    for n in range(1, 4):
        shelf(f"0{n}_more.ipynb", f"{n}")
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, str(paths.NOTEBOOKS), f"0{n}"])
               for n in range(4)]
    assert [p.wait(timeout=3600) for p in running] == [0] * 4
    assert rows("minutes")["notebook"].str[:2].tolist() == ["00", "01", "02", "03"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_and_keeps_what_it_did(shelf, tmp_path, word):
    shelf("01_long.ipynb", f"open({str(tmp_path / 'here')!r}, 'w').close()\nimport time\ntime.sleep(600)")
    shelf("02_never.ipynb", "1")
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(paths.NOTEBOOKS), "0"],
                          stdout=subprocess.PIPE, text=True) as running:
        end = time.monotonic() + 200
        while not (tmp_path / "here").exists() and time.monotonic() < end:
            time.sleep(0.2)
        running.send_signal(word)
        out, _ = running.communicate(timeout=3600)
    assert running.returncode and "00_good" in out
    assert rows("minutes")["notebook"].tolist() == ["00_good"] and not len(rows("failures"))


def test_a_failed_notebook_leaves_a_page_up_to_the_error_and_one_line(shelf, capsys):
    shelf("01_bad.ipynb", "print('so far ' + 'good')",
          "gain = 3.25\n\ndef measured():\n    return gain\n\nassert measured() >= 6", "print('never')",
          markdown="# 01  Bad")
    failure = run.run()["01_bad"]
    assert failure == execution.Failure(2, "gain = 3.25", "AssertionError: (measured() = 3.25)")
    out = capsys.readouterr().out
    assert "failed: 01_bad, cell 2 `gain = 3.25`\n  AssertionError: (measured() = 3.25)\n" in out
    assert "00_good" in out and "\x1b" not in out
    page = text("01_bad.html")
    anchor = re.search(r'Stopped in\s*<a href="#(cell-id=\w+)">cell 2</a>', page)[1]
    assert f'id="{anchor}"' in page and "so far good" in page and "\x1b" not in page
    assert "measured() = 3.25" in re.sub("<[^>]+>", "", page.split("so far good")[1])
    cells = nbformat.read(paths.reports() / "01_bad.ipynb", 4).cells
    assert cells[2].outputs[-1].output_type == "error" and cells[3].outputs == []


@pytest.mark.parametrize("source, says", [
    ("low, high = 1, 2\nassert low > high, 'too low'", "AssertionError: too low (low = 1, high = 2)"),
    ("x = {'gain': [1, 2]}\nassert x['gain'][0] > 5 and x", "AssertionError: (x['gain'][0] = 1)"),
    ("ok = []\nassert ok", "AssertionError: (ok = [])"),
    ("assert all(n > 5 for n in range(3))", "AssertionError"),
    ("raise ValueError('\\x1b[31mred\\x1b[0m\\nand more')", "ValueError: red and more"),
    ("import os\nos._exit(3)", "its kernel died, perhaps for want of memory"),
    ("this is no Python", "SyntaxError: invalid syntax")])
def test_what_a_failure_says(shelf, source, says):
    shelf("00_good.ipynb", source)
    failure = run.run()["00_good"]
    assert failure.says.startswith(says) and "\n" not in failure.says and failure.cell == 0
    if says.startswith("AssertionError"):
        assert failure.says == says


def test_a_cell_that_takes_too_long(shelf):
    shelf("00_good.ipynb", "import time\ntime.sleep(60)")
    notebook = nbformat.read(paths.NOTEBOOKS / "00_good.ipynb", 4)
    failure, _ = execution.execute(notebook, paths.NOTEBOOKS, timeout=2)
    assert failure == execution.Failure(0, "import time", "it was still busy after 2 s")
    assert notebook.cells[0].outputs[-1].output_type == "error"


@pytest.mark.parametrize("content", ["no JSON", "[]", "{}", '{"cells": 3, "nbformat": 4}', "\udcff"])
def test_a_broken_notebook_file_is_one_failure_among_others(shelf, content, capsys):
    (paths.NOTEBOOKS / "01_broken.ipynb").write_bytes(content.encode(errors="surrogateescape"))
    shelf("02_after.ipynb", "1 + 1")
    failures = run.run()
    run.summary()
    assert list(failures) == ["01_broken"] and failures["01_broken"].cell == -1
    assert "failed: 01_broken" in capsys.readouterr().out and (paths.reports() / "02_after.html").exists()
    assert "01 broken" in text("index.html")


def test_a_page_that_cannot_be_written_does_not_stop_the_rest(shelf):
    shelf("01_after.ipynb", "1 + 1")
    (paths.reports() / "00_good.html").mkdir(parents=True)
    assert list(run.run()) == ["00_good"] and (paths.reports() / "01_after.html").exists()


def test_a_home_that_cannot_be_made(shelf, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LEPTON_HOME", str(tmp_path / "file"))
    with pytest.raises(SystemExit, match="cannot be made .* set LEPTON_HOME"):
        run.run()


def test_claims_are_collected_and_those_that_turned_are_told(shelf, capsys):
    shelf("01_claims.ipynb", CLAIM.format(1))
    run.run(["01"], in_place=True)
    assert "claims: 1 of 2 held; none turned" in capsys.readouterr().out
    shelf_path = paths.NOTEBOOKS / "01_claims.ipynb"
    committed = nbformat.read(shelf_path, 4)
    committed.cells[0].source = CLAIM.format(5)
    nbformat.write(committed, shelf_path)
    run.run()
    assert rows("claims").values.tolist() == [["01_claims", 0, f"number {n} is small", True] for n in (0, 1)]
    out = capsys.readouterr().out
    assert "claims: 2 of 2 held; 1 turned" in out and "01_claims, cell 0, holds now: number 1 is small" in out
    shelf("01_claims.ipynb", "1 + 1")
    run.run(["01"])
    assert len(rows("claims")) == 0


def test_the_index_links_pages_and_shows_failures_claims_and_scores(shelf, capsys):
    shelf("01_bad.ipynb", "raise ValueError('<b>on purpose</b>')",
          markdown="# 01  Bad\n\n**Question.** How large is $x^2$, see [00](00_good.ipynb)?\n")
    shelf("02_claims.ipynb", CLAIM.format(1))
    shelf("03_not_run.ipynb", "1")
    run.run(["00", "01", "02"])
    scoreboard.record(dict.fromkeys(scoreboard.COLUMNS) | {"notebook": "00", "model": "mlp", "seed": 0,
                      "technique": "int8", "accuracy": 0.9, "gzip_bytes": 10})
    run.summary()
    page = text("index.html")
    assert '<a href="00_good.html">00 good</a>' in page and "<math" in page and "03 not run" in page
    assert 'class="failed"' in page and "&lt;b&gt;on purpose&lt;/b&gt;" in page
    assert "<b>on purpose" not in page
    assert "02_claims</a>, cell 0: number 1 is small" in page and "number 0 is small" not in page
    assert "<td>int8</td>" in page and 'src="pareto.png"' in page and "1 of 2" in page
    assert not re.search(r'(src|href)="?(https?:)?//', page)
    assert (paths.reports() / "pareto.png").read_bytes()[:4] == b"\x89PNG"
    assert len(capsys.readouterr().out.splitlines()) < 30, "one screen"


def test_models_of_other_data_are_listed_but_not_in_the_picture(shelf, capsys):
    row = dict.fromkeys(scoreboard.COLUMNS) | {"notebook": "17", "seed": 0, "technique": "int8"}
    scoreboard.record(row | {"model": "of_mails", "accuracy": 0.99, "gzip_bytes": 1})
    run.summary()
    assert not (paths.reports() / "pareto.png").exists() and "<td>of_mails</td>" in text("index.html")
    scoreboard.record(row | {"model": "mlp", "accuracy": 0.9, "gzip_bytes": 10})
    run.summary()
    out = capsys.readouterr().out
    assert "1 of 1 models" in out and "of_mails" not in out and (paths.reports() / "pareto.png").exists()


def test_the_picture_is_whole_or_not_there(shelf, monkeypatch):
    run.run()
    scoreboard.record(dict.fromkeys(scoreboard.COLUMNS) | {"notebook": "00", "model": "mlp", "seed": 0,
                      "technique": "int8", "accuracy": 0.9, "gzip_bytes": 10})
    (paths.reports() / "pareto.png").write_bytes(b"old")

    def interrupted(figure, place, **how):
        place.write(b"half") if hasattr(place, "write") else paths.Path(place).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as during, pytest.raises(KeyboardInterrupt):
        during.setattr(run.mpl.figure.Figure, "savefig", interrupted)
        run.summary()
    assert (paths.reports() / "pareto.png").read_bytes() == b"old"
    os.link(paths.reports() / "pareto.png", paths.reports() / "reader")  # as one who has the old one open
    run.summary()
    assert (paths.reports() / "reader").read_bytes() == b"old", "replaced, not written over"
    assert (paths.reports() / "pareto.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_ends_with_one_if_a_notebook_failed(shelf, capsys):
    assert run.main([]) == 0
    shelf("01_bad.ipynb", "raise ValueError('on purpose')")
    assert run.main(["01"]) == 1
    assert "1 notebooks failed: 01_bad" in capsys.readouterr().err


def test_a_name_that_matches_nothing(shelf):
    with pytest.raises(SystemExit, match="no notebook starts with 42"):
        run.run(["42"])
