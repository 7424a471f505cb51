"""The command: files whole or not at all, exit codes, a page that opens alone, a program that runs."""

import contextlib
import html.parser
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import examples as make
import numpy as np
import pytest
from PIL import Image

from lepton_helpers import paths
from lepton_helpers.coding import container
from lepton_helpers.deploy import litert
from lepton_own import columns, own, pipeline, report, sources, techniques

NASTY = "<script>alert('猫')</script>".replace("/", "∕")  # a class may be called anything that a folder may


@contextlib.contextmanager
def quickly(root):
    """Few steps, one sparsity, artifacts in `root`: around the command, for the fixtures of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEPTON_HOME", str(root / "home"))
        patch.setattr(techniques, "STEPS", 1)
        patch.setattr(techniques, "SPARSITIES", (0.8,))
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run of the command on pictures of three classes: `(folder, run, out)`."""
    root = tmp_path_factory.mktemp("own")
    folder = make.folder(root / "my 宠物", ("cat", "two words", NASTY), colour=True)
    with quickly(root):
        assert own.main([str(folder), "--seeds", "1", "--out", str(root / "out")]) == 0
        run = pipeline.run(sources.read(folder), seeds=1)
    return folder, run, root / "out"


@pytest.fixture(scope="module")
def csv(tmp_path_factory):
    """The same on the penguins, with a budget in bytes that nothing meets: `(exit code, out)`."""
    root = tmp_path_factory.mktemp("csv")
    with quickly(root):
        ended = own.main([str(paths.DATA / "penguins" / "penguins.csv"), "--seeds", "1", "--bytes", "10",
                          "--out", str(root / "out")])
    return ended, root / "out"


def test_the_files_are_there_and_nothing_else(done):
    assert sorted(path.name for path in done[2].iterdir()) == sorted(report.NAMES)


class Reader(html.parser.HTMLParser):
    """Collects tags, what they point at, and pictures without a description."""

    def __init__(self):
        super().__init__()
        self.tags, self.targets, self.blind = [], [], 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.targets += [attrs[name] for name in ("src", "href") if name in attrs]
        self.blind += tag == "img" and not attrs.get("alt")


def test_the_page_opens_alone_and_labels_are_escaped(done):
    text = (done[2] / "report.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert "script" not in reader.tags and "link" not in reader.tags and reader.blind == 0
    assert reader.targets and all(target.startswith("data:image/png;base64,") for target in reader.targets)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "two words" in text and "猫" in text and "&lt;script&gt;" in text
    for part in ("What was found in the data", "The choice", "How to run it", "What was not shown"):
        assert part in text


def test_the_page_says_what_the_numbers_say(done):
    _, run, out = done
    text = (out / "report.html").read_text(encoding="utf-8")
    lite = litert.LiteModel((out / "model.tflite").read_bytes())
    right = (lite.predict(run.splits.test.images).argmax(axis=1) == run.splits.test.labels).sum()
    share, low, high = report.interval(right, len(run.splits.test.labels))
    assert f"<b>{share:.1%}</b>" in text and f"{low:.1%} to {high:.1%}" in text
    assert len(re.findall(r'<tr class="chosen">', text)) == 1 and run.chosen in text
    assert all(name in text for name in run.choice.index)


def test_copies_count_once_in_the_page(done):
    right = np.arange(20) % 4 > 0
    assert report.sure(right, np.arange(20)) == pytest.approx(report.interval(15, 20))
    numbers = np.repeat(np.arange(20), 6)
    assert report.sure(right[numbers], numbers) == pytest.approx(report.interval(15, 20))
    assert report.sure(np.zeros(0, bool), np.zeros(0, int))[1:] == (0, 1)


def test_wilsons_interval():
    assert report.interval(8, 10) == pytest.approx((0.8, 0.490, 0.943), abs=1e-3)
    assert report.interval(0, 20)[1:] == pytest.approx((0, 0.161), abs=1e-3)
    assert report.interval(0, 0)[1:] == (0.0, 1.0)


def test_run_py_reads_and_answers_as_the_pipeline_does(done, tmp_path):
    folder, run, out = done
    deep = np.array(Image.open(next((folder / "cat").glob("*.png"))).convert("L"), np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep 图.png")
    files = [*sorted((folder / "two words").glob("*.png"))[:3], tmp_path / "deep 图.png"]
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run([sys.executable, out / "run.py", *files], capture_output=True, cwd=tmp_path,
                         env=bare, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr[-800:]
    inputs = np.stack([pipeline_pixels(path, run) for path in files])
    said = litert.LiteModel((out / "model.tflite").read_bytes()).predict(inputs)
    wanted = [f"{path}: {run.source.names[p.argmax()]} ({p.max():.2f})"
              for path, p in zip(files, said, strict=True)]
    assert ran.stdout.splitlines() == wanted


def pipeline_pixels(path, run):
    height, width, *colour = run.source.inputs.shape[1:]
    return sources.pictures.pixels(path, (width, height), "RGB" if colour else "L")


def test_run_py_on_a_table_with_missing_values(csv, tmp_path):
    _, out = csv
    lines = (paths.DATA / "penguins" / "penguins.csv").read_text().splitlines()
    (tmp_path / "some.csv").write_text("\n".join([*lines[:5], "?,Dream,NA,,190,inf,,2008"]))
    ran = subprocess.run([sys.executable, out / "run.py", tmp_path / "some.csv"], capture_output=True,
                         text=True)
    assert ran.returncode == 0, ran.stderr[-800:]
    known = json.loads((out / "model.json").read_text(encoding="utf-8"))
    assert known["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in
            (tmp_path / "some.csv").read_text().splitlines()[1:]]
    inputs = np.array([columns.vector(row, known["columns"]) for row in rows], np.float32)
    assert np.isfinite(inputs).all()
    said = litert.LiteModel((out / "model.tflite").read_bytes()).predict(inputs)
    assert [line.split(": ")[1].split(" ")[0] for line in ran.stdout.splitlines()] == [
        known["classes"][k] for k in said.argmax(axis=1)]


def test_the_lept_file_is_the_network_and_a_chosen_one_is_its_litert_file(csv):
    _, out = csv
    model = container.load(out / "model.lept")
    assert json.loads((out / "model.json").read_text())["technique"] == techniques.DEEP, "the smallest"
    rows = np.random.default_rng(0).normal(100, 50, (9, 10)).astype(np.float32)
    lite = litert.LiteModel((out / "model.tflite").read_bytes())
    assert np.allclose(lite.predict(rows), model.predict(rows, verbose=0), atol=1e-4)


def test_features_keep_float_activations_and_raw_inputs(csv, monkeypatch):
    monkeypatch.setenv("LEPTON_HOME", str(csv[1].parent / "home"))
    monkeypatch.setattr(techniques, "STEPS", 1)
    monkeypatch.setattr(techniques, "SPARSITIES", (0.8,))
    run = pipeline.run(sources.read(paths.DATA / "penguins" / "penguins.csv"), seeds=1)
    assert "dynamic_range" in run.choice.index and "int8" not in run.choice.index
    raw = run.splits.test.images  # grams in thousands beside millimetres in tens
    said = [litert.LiteModel(run.files[name][0][0]).predict(raw) for name in ("dynamic_range", "control")]
    assert np.allclose(said[0], said[1], atol=0.05)


def test_a_budget_that_nothing_meets_ends_with_3_and_says_so(csv):
    ended, out = csv
    assert ended == own.UNMET and "nothing has at most 10 bytes" in (out / "report.html").read_text()


def test_refused_data_end_with_1_and_leave_nothing(tmp_path, capsys):
    (tmp_path / "bad.csv").write_bytes(b"\x89PNG\r\n")
    assert own.main([str(tmp_path / "bad.csv"), "--out", str(tmp_path / "out")]) == own.REFUSED
    said = capsys.readouterr().err
    assert said.startswith("lepton own: ") and said.count("\n") == 1 and "PNG" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [
    [], ["x", "--seeds", "0"], ["x", "--bytes", "-1"], ["x", "--accuracy", "90"],
    ["x", "--bytes", "1", "--accuracy", "0.5"]])
def test_a_command_line_without_sense_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        own.main(arguments)
    assert ended.value.code == 2 and "lepton own" in capsys.readouterr().err


def test_an_out_folder_among_the_data_or_that_is_a_file_is_refused(tmp_path, capsys):
    folder = make.folder(tmp_path / "pets")
    assert own.main([str(folder), "--out", str(folder / "out")]) == own.REFUSED
    assert "within the data" in capsys.readouterr().err and not (folder / "out").exists()
    (tmp_path / "file").write_text("mine")
    assert own.main([str(folder), "--out", str(tmp_path / "file")]) == own.REFUSED
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_holds_a_program_of_ones_own_is_refused(done, tmp_path, capsys):
    (tmp_path / "run.py").write_text("print('mine')")
    assert own.main([str(done[0]), "--out", str(tmp_path)]) == own.REFUSED
    assert "run.py that is not ours" in capsys.readouterr().err
    assert (tmp_path / "run.py").read_text() == "print('mine')"
    own.require_out(done[2], done[0])


def test_names_that_a_console_has_no_letters_for_are_printed_in_escapes(tmp_path, monkeypatch):
    for name in ("猫", "狗", "空"):
        (tmp_path / "data" / name).mkdir(parents=True)
    for k, name in enumerate("猫狗" * 5):
        Image.fromarray(np.full((8, 8), 25 * k, np.uint8)).save(tmp_path / "data" / name / f"{k}.png")

    def enough(*_):
        raise sources.DataError("what was found is printed by now")

    console = io.TextIOWrapper(io.BytesIO(), "ascii", "strict")
    monkeypatch.setattr(sys, "stdout", console)
    monkeypatch.setattr(pipeline, "run", enough)
    assert own.main([str(tmp_path / "data"), "--out", str(tmp_path / "out")]) == own.REFUSED
    console.flush()
    assert b"left out: \\u7a7a" in console.buffer.getvalue()


def test_run_py_tells_of_columns_that_are_not_there(csv, tmp_path):
    (tmp_path / "t.csv").write_text("island,year\nDream,2007\n")
    for arguments, word in (([tmp_path / "t.csv"], "lacks the columns bill_depth_mm"), ([], "python run.py")):
        ran = subprocess.run([sys.executable, csv[1] / "run.py", *arguments], capture_output=True, text=True)
        assert ran.returncode == 1 and word in ran.stderr and "Traceback" not in ran.stderr


def test_a_write_that_fails_leaves_no_half_file(done, tmp_path, monkeypatch):
    _, run, _ = done

    def broken(path, content):
        if Path(path).name == "run.py":
            raise OSError(28, "No space left on device", str(path))
        return paths.write_atomically(path, content)

    monkeypatch.setattr(report, "paths", type("Paths", (), {"write_atomically": staticmethod(broken)}))
    with pytest.raises(OSError):
        report.write(run, tmp_path / "out")
    assert not (tmp_path / "out" / "report.html").exists(), "the page comes last: it vouches for the others"
    assert not list((tmp_path / "out").glob("*part*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_says_so_and_the_same_command_resumes(done, tmp_path):
    folder, out = done[0], tmp_path / "out"
    program = ("import sys\nfrom lepton_own import own, techniques\n"
               "techniques.STEPS, techniques.SPARSITIES = 1, (0.8,)\n"
               "sys.exit(own.main(sys.argv[1:]))")
    command = [sys.executable, "-c", program, str(folder), "--seeds", "1", "--out", str(out)]
    kept = paths.artifacts()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for _ in range(1_200):
        if list(kept.glob("own-dense-*/manifest.json")) or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == own.INTERRUPTED and "the same command resumes" in said, said[-500:]
    assert "Traceback" not in said and not list(out.glob("*"))
    first = {path: path.stat().st_mtime_ns for path in kept.glob("*/manifest.json")}
    others = done[2].parent / "home" / "artifacts"  # of the same pictures: what is left to make
    for path in others.glob("*/manifest.json"):
        if path.parent.name.startswith(("own-litert", "own-deep")) and not (kept / path.parent.name).exists():
            shutil.copytree(path.parent, kept / path.parent.name)
    assert first and own_main_quick([str(folder), "--seeds", "1", "--out", str(out)]) == 0
    assert all(path.stat().st_mtime_ns == at for path, at in first.items())
    assert sorted(path.name for path in out.iterdir()) == sorted(report.NAMES)


def test_an_interruption_that_a_library_swallows_is_not_lost(done, tmp_path, capsys, monkeypatch):
    made = techniques.made

    def swallowed(splits, classes, seed, tick):
        with contextlib.suppress(KeyboardInterrupt):  # as Keras does while it builds a network
            signal.raise_signal(signal.SIGINT)
        return made(splits, classes, seed, tick)

    monkeypatch.setattr(techniques, "made", swallowed)
    monkeypatch.setenv("LEPTON_HOME", str(done[2].parent / "home"))
    before = signal.getsignal(signal.SIGINT)
    assert own_main_quick([str(done[0]), "--seeds", "1", "--out", str(tmp_path / "out")]) == own.INTERRUPTED
    assert "the same command resumes" in capsys.readouterr().err and not list((tmp_path / "out").glob("*"))
    assert signal.getsignal(signal.SIGINT) is before


def own_main_quick(arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(techniques, "STEPS", 1)
        patch.setattr(techniques, "SPARSITIES", (0.8,))
        return own.main(arguments)
