"""What 'good' means: accuracy, recall, precision, bytes, MACs and latency; one Score row a model."""

import io
import time
from typing import NamedTuple

import numpy as np
import pandas as pd
from filelock import FileLock
from sklearn.metrics import accuracy_score, precision_score, recall_score

from lepton_helpers import paths

COLUMNS = ["notebook", "model", "technique", "accuracy", "macro_recall", "macro_precision",
           "float32_bytes", "file_bytes", "gzip_bytes", "sparsity", "macs", "latency_us"]
KEY = COLUMNS[:3]


class Latency(NamedTuple):
    """Microseconds a call: the median, and the 10th and 90th percentiles as its spread."""

    median: float
    low: float
    high: float


def latency(call, runs=300, warmup=30):
    """Time `call()` one by one after a warm-up; returns a `Latency` in microseconds."""
    for _ in range(warmup):
        call()
    times = np.empty(runs)
    for i in range(runs):
        start = time.perf_counter_ns()
        call()
        times[i] = time.perf_counter_ns() - start
    return Latency(*(float(t) / 1e3 for t in np.percentile(times, [50, 10, 90])))


def lite_latency(lite, image, threads=1, runs=300, **kwargs):
    """`Latency` of a `LiteModel` for one image `(height, width)`: set the input, invoke, read."""
    runner = lite.interpreter(1, threads, **kwargs)
    given, made = runner.get_input_details()[0]["index"], runner.get_output_details()[0]["index"]
    piece = lite.quantized_input(image[None])

    def call():
        runner.set_tensor(given, piece)
        runner.invoke()
        runner.get_tensor(made)

    return latency(call, runs)


def predict(model, images):
    """Class probabilities `(n, classes)` of a tf_keras model or a `LiteModel`."""
    if hasattr(model, "content"):
        return model.predict(images)
    return model.predict(images, batch_size=1000, verbose=0)


def metrics(labels, probabilities):
    """Accuracy, macro recall and macro precision (each between 0 and 1), by scikit-learn."""
    guess = np.argmax(probabilities, axis=1)
    return {"accuracy": float(accuracy_score(labels, guess)),
            "macro_recall": float(recall_score(labels, guess, average="macro", zero_division=0)),
            "macro_precision": float(precision_score(labels, guess, average="macro", zero_division=0))}


def accuracy(model, split):
    """The fraction of `split` (images, integer labels) that `model` gets right."""
    return metrics(split[1], predict(model, split[0]))["accuracy"]


def macs(model):
    """Multiply-accumulates for one image, over dense and convolutional kernels, zeros counted."""
    total = 0
    for layer in model.layers:
        kernels = [w for w in layer.get_weights() if w.ndim in (2, 4)]
        positions = np.prod(layer.output_shape[1:3]) if any(w.ndim == 4 for w in kernels) else 1
        total += positions * sum(w.size for w in kernels)
    return int(total)


def score(candidate, split, *, notebook, model, technique, network=None, image=None):
    """One row of the scoreboard, as a dict with the keys `COLUMNS`.

    candidate: a tf_keras model or a `LiteModel`, evaluated on `split`. network: the plain Keras
    model behind a `LiteModel`, for `float32_bytes` (4 bytes a parameter), `sparsity` and `macs`.
    `file_bytes` is the .tflite file (of a Keras model: converted as float32), `gzip_bytes` the same
    after gzip -9. `latency_us`, the batch-1 LiteRT median on one thread, is measured if `image` is
    given. What was not measured is None.
    """
    from lepton_helpers import export, pruning

    lite = candidate if hasattr(candidate, "content") else export.convert(candidate)
    network = network if network is not None else (None if lite is candidate else candidate)
    row = dict.fromkeys(COLUMNS) | {"notebook": notebook, "model": model, "technique": technique}
    row |= metrics(split[1], predict(candidate, split[0]))
    row |= {"file_bytes": lite.file_bytes, "gzip_bytes": lite.gzip_bytes}
    if network is not None:
        row |= {"float32_bytes": 4 * network.count_params(), "macs": macs(network),
                "sparsity": round(pruning.sparsity(network), 4)}
    if image is not None:
        row["latency_us"] = round(lite_latency(lite, image).median, 2)
    return row


def scoreboard():
    """`reports/scoreboard.csv` as a DataFrame, empty if no notebook has written yet."""
    path = paths.reports() / "scoreboard.csv"
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=COLUMNS)


def record(rows):
    """Put score rows on the scoreboard; a row with the same notebook, model and technique is replaced.

    Safe when notebooks run side by side: the file is locked and replaced whole. Returns `rows` as
    a DataFrame.
    """
    rows = pd.DataFrame([rows] if isinstance(rows, dict) else list(rows), columns=COLUMNS)
    paths.reports().mkdir(parents=True, exist_ok=True)
    with FileLock(paths.reports() / ".scoreboard.lock"):
        # object columns: an empty cell stays empty, a whole number stays whole
        kept = scoreboard().astype(object)
        table = pd.concat([kept, rows.astype(object)]) if len(kept) else rows.astype(object)
        table = table.drop_duplicates(KEY, keep="last").sort_values(KEY, kind="stable")
        for column in ("float32_bytes", "file_bytes", "gzip_bytes", "macs"):
            table[column] = pd.to_numeric(table[column]).astype("Int64")
        text = io.StringIO()
        table.to_csv(text, index=False, lineterminator="\n")
        paths.write_atomically(paths.reports() / "scoreboard.csv", text.getvalue())
    return rows
