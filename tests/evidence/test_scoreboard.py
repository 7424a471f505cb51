"""The scoreboard survives many writers."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from lepton_helpers import paths
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scoreboard, scores, tables


def test_what_was_not_measured_is_empty(trained_mlp, splits):
    row = scores.score(litert.convert(trained_mlp), splits.validation,
                           notebook="t", model="mlp", technique="x")
    scoreboard.record(row)
    text = (paths.reports() / "scoreboard.csv").read_text().splitlines()[1]
    assert text.endswith(",,,") and ",," in text  # sparsity, macs, latency_us


def make_row(technique, accuracy, notebook="t"):
    return dict.fromkeys(scoreboard.COLUMNS) | {
        "notebook": notebook, "model": "mlp", "technique": technique,
        "accuracy": accuracy, "gzip_bytes": 1000}


def test_a_row_is_replaced_by_its_key_and_others_stay():
    scoreboard.record([make_row("a", 0.1), make_row("b", 0.2)])
    scoreboard.record(make_row("a", 0.3))
    board = scoreboard.read()
    assert dict(zip(board["technique"], board["accuracy"], strict=True)) == {"a": 0.3, "b": 0.2}
    assert board["gzip_bytes"].tolist() == [1000, 1000]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b'notebook,model\n"cut'],
                         ids=["empty", "binary", "another table", "cut"])
def test_an_empty_or_damaged_scoreboard_is_begun_anew(content):
    paths.reports().mkdir(parents=True)
    (paths.reports() / "scoreboard.csv").write_bytes(content)
    with pytest.warns(UserWarning, match="scoreboard.csv is damaged .* begun anew"):
        assert scoreboard.read().empty
    with pytest.warns(UserWarning, match="scoreboard.csv is damaged .* begun anew"):
        scoreboard.record(make_row("a", 0.1))
    assert scoreboard.read()["technique"].tolist() == ["a"]


@pytest.mark.parametrize("way", ["no folder", "no file"])
def test_a_home_that_cannot_be_written_warns_in_one_sentence_and_rows_come_back(way, tmp_path, monkeypatch):
    if way == "no folder":
        (tmp_path / "file").write_text("in the way")  # holds for root too, whom permissions do not stop
        monkeypatch.setenv("LEPTON_HOME", str(tmp_path / "file"))
    else:
        (paths.reports() / "scoreboard.csv").mkdir(parents=True)
    with pytest.warns(UserWarning, match="cannot be written .* not kept") as caught:
        rows = scoreboard.record(make_row("a", 0.1))
    assert rows["technique"].tolist() == ["a"] and "\n" not in str(caught[0].message)


def test_merged_rows_do_not_change_the_others():
    """What another run wrote stays to the last digit, an empty cell empty, a count whole."""
    scoreboard.record([make_row("a", 0.1 + 0.2) | {"macs": 10, "seed": 0}, make_row("b", 0.5)])
    before = (paths.reports() / "scoreboard.csv").read_text().splitlines()
    for n in range(3):
        scoreboard.record(make_row(f"c{n}", 0.7))
    after = (paths.reports() / "scoreboard.csv").read_text().splitlines()
    assert set(before) <= set(after) and len(after) == 6 and "0.30000000000000004" in before[1]


def test_rows_of_a_name_go_even_if_no_new_one_comes():
    rows = pd.DataFrame({"notebook": ["05", "05", "06"], "claim": ["a", "b", "c"]})
    tables.merge("claims", rows, ["notebook"])
    tables.merge("claims", rows[:0], ["notebook"], replaced=["05"])
    assert tables.read("claims", ["notebook", "claim"]).astype(str).values.tolist() == [["6", "c"]]


FULL = """
import resource
import pandas as pd
from lepton_helpers.evidence import tables
kept = pd.DataFrame({"name": ["a"], "said": ["kept"]})
tables.merge("table", kept, ["name"])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # no file may grow beyond: a disk that is full
tables.merge("table", pd.DataFrame({"name": ["b"], "said": ["x" * 300_000]}), ["name"])
assert tables.read("table", ["name", "said"]).equals(kept)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
def test_a_full_disk_costs_the_new_rows_and_not_the_old_ones():
    ran = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, timeout=3600)
    assert ran.returncode == 0 and "cannot be written" in ran.stderr, ran.stderr[-1000:]
    assert [path.name for path in paths.reports().glob("*table*") if path.suffix != ".lock"] == ["table.csv"]


def test_many_writers_lose_no_row():
    program = Path(__file__).parent.parent / "programs" / "write_rows.py"
    running = [subprocess.Popen([sys.executable, program, name]) for name in "abc"]
    assert [p.wait(timeout=3600) for p in running] == [0, 0, 0]
    assert len(scoreboard.read()) == 45
