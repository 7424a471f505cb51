"""One page that opens alone: the data, what was chosen and why, how to run it, what was not shown."""

import base64
import hashlib
import inspect
import io
import json
import os
import tempfile
from pathlib import Path

import jinja2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from filelock import FileLock
from PIL import Image
from scipy import stats

from lepton_helpers import evidence, paths, plots
from lepton_helpers.coding import container
from lepton_helpers.deploy import litert
from lepton_own import columns, pictures, pipeline

_PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
                            autoescape=lambda name: name.endswith(".html.j2"), trim_blocks=True,
                            lstrip_blocks=True)
NAMES = ("model.tflite", "model.lept", "model.json", "run.py", "report.html")
FIRST = "Classify with model.tflite"  # what run.py begins with
FEW = 30  # test items of a class: with fewer its recall is hardly known


def interval(right, of):
    """`(share, low, high)`, the 95% interval by Wilson (1927)."""
    if not of:
        return np.nan, 0.0, 1.0
    found = stats.binomtest(int(right), int(of)).proportion_ci(method="wilson")
    return right / of, found.low, found.high


def sure(right, groups):
    """`interval` of a bool array, copies counted once: by Kish's (1965) effective number of items."""
    counts = np.unique(groups, return_counts=True)[1]
    n = len(right) ** 2 / max(np.square(counts).sum(), 1)
    share = np.mean(right) if len(right) else np.nan
    return share, *interval(round(n * np.nan_to_num(share)), round(n))[1:]


def _inline(save, **how):
    file = io.BytesIO()
    save(file, format="png", **how)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _figure(figure):
    plt.close(figure)
    return _inline(figure.savefig, dpi=110)


def thumbnail(item, least=64):
    """A picture as the network saw it, as a PNG inside the page; "" for a row of features."""
    if item.dtype != np.uint8:
        return ""
    grow, image = max(1, least // max(item.shape[:2])), Image.fromarray(item)
    return _inline(image.resize((image.width * grow, image.height * grow), Image.Resampling.NEAREST).save)


def front(run):
    """The figure of the choice: validation accuracy against the bytes that travel, the chosen one ringed."""
    table = run.choice.rename_axis("technique").reset_index()
    size, accuracy = run.choice.loc[run.chosen, ["gzip_bytes", "accuracy"]]
    figure = plots.pareto(table, f"{'Chosen' if run.met else 'None fits; nearest'}: {run.chosen}, "
                          f"{size:,.0f} bytes, {accuracy:.1%} on validation")
    axis = figure.axes[0]
    axis.set(xlabel="bytes that travel (kB, log scale)", ylabel="validation accuracy (%)")
    base = 100 * run.choice.loc["control", "accuracy"]  # how far apart from the control each may lie
    axis.vlines(table["gzip_bytes"] / 1e3, base + table["low"], base + table["high"], "#bbbbbb", zorder=1)
    axis.scatter(size / 1e3, 100 * accuracy, s=200, facecolors="none", edgecolors="black", lw=1.5, zorder=4)
    for n, row in enumerate(table.sort_values("gzip_bytes").itertuples()):  # in turns above and below
        axis.annotate(row.technique, (row.gzip_bytes / 1e3, 100 * row.accuracy), (0, -17 if n % 2 else 11),
                      textcoords="offset points", ha="center", fontsize=7)
    axis.margins(0.12, 0.2)
    return figure


def delivered(run):
    """`(bytes of model.tflite, bytes of model.lept or b"")`, both of seed 0, the first what was chosen."""
    lept = run.files[pipeline.DEEP][0][0] if pipeline.DEEP in run.made else b""
    if run.chosen == pipeline.DEEP:  # from the file itself, so that it is proved to hold the network
        return litert.convert(container.decode(lept)).content, lept
    return run.files[run.chosen][0][0], lept


def by_class(run, probabilities):
    """Items of each class in the three splits, and the delivered model's recall on test with its interval."""
    guesses, labels, rows = probabilities.argmax(axis=1), run.splits.test.labels, []
    groups = run.source.groups[run.rows[2]]
    for n, name in enumerate(run.source.names):
        recall, low, high = sure(guesses[labels == n] == n, groups[labels == n])
        counts = [int((part.labels == n).sum()) for part in run.splits]
        rows.append([name, *counts, recall, low, high])
    return pd.DataFrame(rows, columns=["name", "train", "validation", "test", "recall", "low", "high"])


def doubtful(run, most=12):
    """Validation items that the control gets wrong and is surest about: look there for faults first."""
    part, names = run.splits.validation, run.source.names
    said = pipeline.told(run.made["control"][0], part.images)
    guess = said.argmax(axis=1)
    wrong = np.flatnonzero(guess != part.labels)
    wrong = wrong[np.argsort(-said[wrong, guess[wrong]])][:most]
    return [{"item": run.source.items[run.rows[1][i]], "label": names[part.labels[i]],
             "guess": names[guess[i]], "sure": said[i, guess[i]], "picture": thumbnail(part.images[i])}
            for i in wrong]


def card(run):
    """What a program must know to use the model: classes, input, columns, what fills their gaps."""
    source, fills = run.source, run.fill or [0.0] * len(run.source.columns)
    gaps = [[name, value, fill] for (name, value, _), fill in zip(source.columns, fills, strict=True)]
    return {"classes": source.names, "input": list(source.inputs.shape[1:]), "columns": gaps,
            "decimal": source.decimal, "technique": run.chosen,
            "bytes_that_travel": int(run.choice.loc[run.chosen, "gzip_bytes"])}


def page(run, tflite, lept):
    """The report as HTML."""
    source, test = run.source, run.splits.test
    probabilities = pipeline.told(litert.LiteModel(tflite), test.images)
    right, groups = probabilities.argmax(axis=1) == test.labels, source.groups[run.rows[2]]
    classes = by_class(run, probabilities)
    most = np.bincount(run.splits.train.labels).argmax()
    ours, plain = (pipeline.by_item(bits, groups) for bits in (right, test.labels == most))
    kinds, first = np.unique(run.splits.train.labels, return_index=True)
    shown = [{"name": source.names[kind], "picture": thumbnail(run.splits.train.images[n])}
             for kind, n in zip(kinds[:24], first, strict=False)]
    table = run.choice.join(run.exam, rsuffix="_test")
    return _PAGES.get_template("report.html.j2").render(
        run=run, source=source, table=table, classes=classes, lept=len(lept), tflite=len(tflite),
        accuracy=sure(right, groups), common=source.names[most], chance=(test.labels == most).mean(),
        knows=evidence.difference(ours, plain).low > 0, doubtful=doubtful(run), few=FEW,
        scarce=classes[classes["test"] < FEW]["name"].tolist(), shown=shown if source.pictures else [],
        copied=len(set(groups)) < len(groups), front=_figure(front(run)), deep=pipeline.DEEP,
        seeds=len(run.made["control"]),
        differences=_figure(plots.differences(run.exam, "Test: differences to the control")))


def program(run):
    """The text of run.py: it reads an item exactly as the pipeline did, by the very same function."""
    function = columns.vector if run.source.columns else pictures.pixels
    return _PAGES.get_template("run.py.j2").render(pictures=not run.source.columns,
                                                   reading=inspect.getsource(function))


def write(run, out):
    """Write the files of `NAMES` into `out`, each whole or not at all, the page last; returns their paths."""
    tflite, lept = delivered(run)
    about = json.dumps(card(run), ensure_ascii=False, indent=1)
    contents = zip(NAMES, (tflite, lept, about, program(run), page(run, tflite, lept)), strict=True)
    out, contents = Path(out), list(contents)
    name = hashlib.sha256(os.fsencode(out.resolve())).hexdigest()[:16]
    with FileLock(Path(tempfile.gettempdir()) / f"lepton-own-{name}.lock"):  # two runs shall not mix
        if not lept:
            (out / "model.lept").unlink(missing_ok=True)  # of an earlier run: it would tell another story
        return [paths.write_atomically(out / name, content) for name, content in contents if content]
