"""`lepton bench`: our speed beside what a user would pick instead, in turns; writes `bench.csv`.

Training: seconds an epoch of 60,000 images, against plain Keras, JAX and PyTorch (`pip install
".[peers]"`), each in a process of its own that sleeps until its turn. Inference: every LiteRT variant
against ONNX Runtime. Serving: `serving` has its own table. What is not installed is left out. `ratio`
says how many times as fast as the other side ours is, so that less is always worse. Whatever the clock
says, the exit code is 0; it is 1 if two ways that should compute the same do not.
"""

import argparse
import contextlib
import datetime
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lepton_helpers import data, paths
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import timing
from lepton_sweeps import serving
from lepton_sweeps.peers import in_keras

COLUMNS = ["task", "model", "way", "unit", "median", "low", "high", "first_s", "rounds", "ratio",
           "ratio_low", "ratio_high", "threads", "processor", "cores", "tensorflow", "date"]
KEY = ["task", "model", "way"]
OURS, ONNX = "training.fit", "ONNX Runtime float32"
NETWORKS = {"mlp": (32, 1_875), "lenet_5": (128, 60), "small_cnn": (128, 60)}  # batch, steps a turn
WAYS = {OURS: ("in_keras", "tensorflow"), "Keras fit": ("in_keras", "tensorflow"),
        "JAX scan": ("in_jax", "optax"), "PyTorch eager": ("in_torch", "torch")}
MARKS = {("mlp", "JAX scan"): 1.0, ("mlp", "PyTorch eager"): 3.5, ("mlp", "Keras fit"): 8.0,
         ("lenet_5", "PyTorch eager"): 1.2, ("small_cnn", "PyTorch eager"): 1.2}
SAME = 0.01  # relative; sums in another order part ways over thousands of steps


class Peer:
    """A process that trains one turn when it is called; `losses` and the `first` turn's seconds are kept."""

    def __init__(self, way, name, job, batch, threads, room):
        program, self.losses = WAYS[way][0], []
        words = [name, "ours" if way == OURS else "plain"] if program == "in_keras" else [
            "valid" if name == "lenet_5" else "same"]
        self.log = Path(job).with_name(f"{way}.log")
        with self.log.open("w") as log:
            self.child = room.enter_context(subprocess.Popen(
                [sys.executable, "-m", f"lepton_sweeps.peers.{program}", job, str(batch),
                 str(threads), *words],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1))
        room.callback(self.child.kill)
        start = time.perf_counter()
        self()
        self.first = time.perf_counter() - start

    def __call__(self):
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.write("go\n")
        answer = self.child.stdout.readline()
        if not answer:
            raise RuntimeError((self.log.read_text().splitlines() or ["it said nothing"])[-1][:200])
        self.losses.append(float(answer))


def installed():
    """The ways of training whose packages are here."""
    return [way for way, (_, package) in WAYS.items() if importlib.util.find_spec(package)]


def peers(name, images, labels, batch, threads, room):
    """`{way: Peer}` of every way that is installed and starts, from the same weights, order and threads."""
    job = Path(room.enter_context(paths.scratch("bench"))) / "job.npz"
    np.savez(job, images, labels, *in_keras.network(name).get_weights())
    started = {}
    for way in installed():
        try:
            started[way] = Peer(way, name, str(job), batch, threads, room)
        except RuntimeError as error:
            print(f"{way} is left out: {error}")
    return started


def rows(task, name, unit, scale, rounds, against, threads, first=None):
    """Rows of the table from `timing.in_turns`: `against` the one call, or each against ONNX Runtime."""
    found, summary = [], timing.summary(rounds.drop(columns=timing.NULL))
    for way, took in summary.iterrows():
        slow, fast = (way, OURS) if against == OURS else (against, way)
        times = timing.ratio(rounds, slow, fast) if {slow, fast} <= set(rounds) else [np.nan] * 3
        found.append(dict(zip(COLUMNS, [
            task, name, way, unit, *(took[["median_us", "low_us", "high_us"]] * scale),
            (first or {}).get(way, took["first_us"] / 1e6), len(rounds), *times, threads], strict=False)))
    return found


def train(name, count, threads):
    """Rows of one network's training, and whether every way had the same loss."""
    batch, steps = NETWORKS[name]
    part = data.normalize(data.read_folder()[0])[:batch * steps], data.read_folder()[1][:batch * steps]
    with contextlib.ExitStack() as room:
        racing = peers(name, *part, batch, threads, room)
        losses = {way: peer.losses[0] for way, peer in racing.items()}
        rounds = timing.in_turns(racing, count, rest=0.05)
    print(f"{name}: loss of the same first {steps} steps:", *(f"{w} {v:.4f}," for w, v in losses.items()))
    found = rows("training", name, "s/epoch", 1e-6 * 60_000 / (batch * steps), rounds, OURS, threads,
                 {way: peer.first for way, peer in racing.items()})
    return found, np.allclose(list(losses.values()), losses[OURS], rtol=SAME)


def infer(name, count, threads, batch):
    """Rows of one network's inference, an image or a batch a call, and whether both runtimes agree."""
    images, model = data.load().test.images[:batch], in_keras.network(name)
    lites = {mode: litert.convert(model, mode, data.load().train.images[:200]) for mode in litert.MODES}
    calls = {f"LiteRT {mode}": timing.lite_call(lite, images, threads) for mode, lite in lites.items()}
    same = True
    if all(importlib.util.find_spec(package) for package in ("onnxruntime", "tf2onnx")):
        onnx = importlib.import_module("lepton_sweeps.peers.in_onnx")
        calls[ONNX] = onnx.call(model, images, threads)
        same = np.allclose(calls[ONNX](), lites["float32"].predict(images), atol=1e-5)
    rounds = timing.in_turns(calls, count, rest=0.01)  # a pool spins on for a while after its last call
    task = "latency" if batch == 1 else f"throughput, batch {batch}"
    return rows(task, name, "µs/image", 1 / batch, rounds, ONNX, threads), same


def machine():
    """What the figures hold for: processor, cores, TensorFlow, day."""
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    return {"processor": name, "cores": os.cpu_count(),
            "tensorflow": importlib.metadata.version("tensorflow"), "date": str(datetime.date.today())}


def marks(table):
    """One line a mark: met or not met with the measured ratio, or not measured."""
    seen = table[table["task"] == "training"].set_index(["model", "way"])
    for (name, way), mark in MARKS.items():
        goal = f"{name}, {mark:g} times as fast as {way}"
        row = seen.loc[(name, way)] if (name, way) in seen.index else None
        if row is None or np.isnan(row["ratio"]):
            yield f"not measured  {goal}"
        else:
            yield (f"{'met    ' if row['ratio'] >= mark else 'not met'}  {goal}: {row['ratio']:.2f} "
                   f"({row['ratio_low']:.2f} to {row['ratio_high']:.2f})")


def fell(table, kept):
    """One line for each ratio below the interval of the kept row."""
    both = table.merge(kept, on=KEY, suffixes=("", "_kept"))
    for _, row in both[both["ratio"] < both["ratio_low_kept"]].iterrows():
        where = "" if row["processor"] == row["processor_kept"] else f" (kept on {row['processor_kept']})"
        yield (f"fell: {row['task']}, {row['model']}, {row['way']}: {row['ratio']:.2f}, was "
               f"{row['ratio_kept']:.2f}, {row['ratio_low_kept']:.2f} to {row['ratio_high_kept']:.2f}{where}")


def main(arguments=None):
    """Measure, say what is met and what fell, write the table; the exit code."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("lepton bench", description=__doc__, formatter_class=raw)
    parser.add_argument("--only", choices=("training", "inference", "serving"),
                        help="one of the three; all by default")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each way (default: 15)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(),
                        help="of training and throughput, all processors by default; latency is of one")
    asked, file = parser.parse_args(arguments), paths.RESULTS / "bench.csv"
    done = [train(name, asked.rounds, asked.threads) for name in NETWORKS if asked.only in (None, "training")]
    done += [infer(name, asked.rounds, threads, batch) for name in ("mlp", "small_cnn")
             for batch, threads in ((1, 1), (128, asked.threads)) if asked.only in (None, "inference")]
    if asked.only in (None, "serving"):
        serving.report(machine())
    if not done:
        return 0
    table = pd.DataFrame([row for found, _ in done for row in found]).assign(**machine())[COLUMNS]
    print(table[COLUMNS[:-4]].to_string(index=False, float_format="{:.3g}".format, na_rep=""), "\n")
    print(*(marks(table) if asked.only != "inference" else ()), sep="\n")
    if file.exists():
        kept = pd.read_csv(file)
        print(*fell(table, kept), sep="\n")
        table = pd.concat([table, kept]).drop_duplicates(KEY)
    paths.write_atomically(file, table.to_csv(index=False, float_format="%.4g"))
    if not all(same for _, same in done):
        print("two ways that should compute the same do not: no speed above means anything until they do")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
