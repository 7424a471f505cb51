"""Items in, compressed networks out: split, train, control beside each technique, choose, test once."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from lepton_helpers import data, evidence, progress
from lepton_helpers.coding.architecture import CodingError
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import timing
from lepton_own import techniques
from lepton_own.techniques import DEEP

HELD = 0.2    # of what is there goes to test, of the rest to validation, of each class alike
MARGIN = 1.0  # percentage points below the control that nobody pays for without a budget


class Run(NamedTuple):
    """All that one run found; `made` and `files` hold a list by technique, one entry a seed."""

    source: object
    fill: list        # a column's median over the training rows
    splits: data.Dataset
    rows: tuple
    made: dict
    files: dict
    choice: pd.DataFrame  # on validation
    chosen: str
    met: bool
    why: str
    exam: pd.DataFrame    # on test, once
    remarks: list


def split(source, seed=0):
    """Rows of `source` for training, validation and test: stratified, copies together, own parts kept.

    Distinct items are dealt out class by class, and a copy follows its original, so that nothing which is
    tested on was trained on. A part that the data came with stays what it was.
    """
    rng, place = np.random.default_rng(seed), np.array(source.parts, object)
    place[place == "train"] = ""
    own = set(place)
    for part in [part for part in ("test", "validation") if part not in own]:
        free = np.flatnonzero(place == "")
        groups, first = np.unique(source.groups[free], return_index=True)
        kinds, taken = source.labels[free[first]], []
        for kind in np.unique(kinds):
            mine = rng.permutation(groups[kinds == kind])
            taken += mine[:max(1, round(HELD * len(mine)))].tolist()
        place[(place == "") & np.isin(source.groups, taken)] = part
    rows = tuple(np.flatnonzero(place == part) for part in ("", "validation", "test"))
    distinct = [len(set(source.groups[r])) for r in rows]
    if min(distinct) < 2 or len(set(source.labels[rows[0]])) < 2:
        raise data.DataError(f"{source.name}: {', '.join(map(str, distinct))} distinct items to train on, "
                             "validate and test; each part needs two, training two classes: add items.")
    return rows


def prepared(source, rows):
    """The three splits, and the training rows' median of each column, which stands for a missing value."""
    if source.pictures:
        return [], data.Dataset(*(data.Split(source.inputs[r], source.labels[r]) for r in rows))
    known = np.where(np.isnan(source.inputs[rows[0]]).all(axis=0), 0, source.inputs[rows[0]])
    fill = np.nanmedian(known, axis=0).astype(np.float32)
    values = np.where(np.isnan(source.inputs), fill, source.inputs)
    return fill.tolist(), data.Dataset(*(data.Split(values[r], source.labels[r]) for r in rows))


def choose(table, most_bytes=None, least_accuracy=None):
    """`(technique, whether the budget is met, why)`, by validation accuracy and bytes that travel.

    A budget in bytes: the most accurate that fits. In accuracy: the smallest that reaches it. None: the
    smallest within a point of the control. Where nothing meets the budget, the one that comes nearest.
    Of equally accurate ones the smallest.
    """
    table, control = table.sort_values("gzip_bytes"), table.loc["control", "accuracy"]
    least = least_accuracy or control - MARGIN / 100
    fits = table[table["gzip_bytes"] <= most_bytes] if most_bytes else table[table["accuracy"] >= least]
    met, goal = len(fits) > 0, f"at most {most_bytes:,} bytes" if most_bytes else (
        f"at least {least:.1%} on validation")
    if met == bool(most_bytes):
        best, kind = (fits if met else table)["accuracy"].idxmax(), "the most accurate on validation"
    else:
        best, kind = (fits if met else table)["gzip_bytes"].idxmin(), "the smallest"
    why = f"{kind} with {goal}" if met else f"nothing has {goal}; this is {kind}"
    near = "" if most_bytes or least_accuracy else f", within {MARGIN:g} point of the control"
    return best, met, why + near


def told(model, images):
    """Class probabilities, a hundred megabytes of floats at a time."""
    step = 1 + 25_000_000 // images[0].size
    return np.concatenate([litert.predict(model, images[i:i + step]) for i in range(0, len(images), step)])


def by_item(bits, groups):
    """What was got right, `(seeds, items)`, as weights `(seeds, distinct items)` of the same mean: copies are
    answered alike, so that an interval may count them once only."""
    distinct, place = np.unique(groups, return_inverse=True)
    return np.stack([np.bincount(place, row) for row in np.atleast_2d(bits)]) * len(distinct) / len(groups)


def judged(made, names, part, groups):
    """Each technique beside the control: accuracy, difference, its interval, the class that lost most."""
    guesses = {name: np.stack([told(m, part.images).argmax(axis=1) for m in group])
               for name, group in made.items()}
    right = {name: found == part.labels for name, found in guesses.items()}
    items = {name: by_item(bits, groups) for name, bits in right.items()}
    there = np.unique(part.labels)
    recall = {name: np.array([bits[:, part.labels == kind].mean() for kind in there])
              for name, bits in right.items()}
    rows = {}
    for name, bits in right.items():
        gap, lost = evidence.difference(items[name], items["control"]), recall[name] - recall["control"]
        rows[name] = {"accuracy": bits.mean(), **gap._asdict(), "sign": gap.sign,
                      "worst_class": names[there[lost.argmin()]], "worst_points": 100 * lost.min()}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.loc["control", ["points", "low", "high", "sign", "worst_points"]] = np.nan
    return table.assign(worst_class=table["worst_class"].where(table["worst_points"] < 0, ""))


def latencies(files, image):
    """Microseconds an item of each LiteRT file on one thread, in turns: medians by technique."""
    calls = {name: timing.lite_call(litert.LiteModel(group[0][0]), image)
             for name, group in files.items() if name != DEEP}
    return timing.summary(timing.in_turns(calls, rounds=5))["median_us"]


def run(source, seeds=3, most_bytes=None, least_accuracy=None, stopped=lambda: False):
    """The whole pipeline on a `sources.Source`: a `Run`. What is finished is kept: run again to resume.

    stopped: asked after each step, for Keras swallows a KeyboardInterrupt while it builds a network.
    """
    rows = split(source)
    fill, splits = prepared(source, rows)
    remarks, made, files = [], {}, {}

    def tick():
        if stopped():
            raise KeyboardInterrupt
        bar.update()

    with progress.bar(total=seeds * (6 + 3 * len(techniques.SPARSITIES)), desc="techniques and seeds") as bar:
        for seed in range(seeds):
            for name, model in techniques.made(splits, len(source.names), seed, tick).items():
                try:
                    files.setdefault(name, []).append(techniques.sizes(name, model))
                    made.setdefault(name, []).append(model)
                except CodingError as error:
                    remarks.append(f"There is no .lept file of seed {seed}: {error}")
    if DEEP not in files and not remarks:
        remarks.append(f"There is no .lept file: it holds at most {techniques.MOST_WEIGHTS:,} weights.")
    made = {name: group for name, group in made.items() if len(group) == seeds}
    table = judged(made, source.names, splits.validation, source.groups[rows[1]])
    for column, place in (("file_bytes", 1), ("gzip_bytes", 2)):
        table[column] = [max(f[place] for f in files[name]) for name in table.index]
    table["latency_us"] = latencies(files, splits.train.images[0])
    chosen, met, why = choose(table, most_bytes, least_accuracy)
    # the choice stands: test once, last
    exam = judged(made, source.names, splits.test, source.groups[rows[2]])
    return Run(source, fill, splits, rows, made, files, table, chosen, met, why, exam, remarks)
