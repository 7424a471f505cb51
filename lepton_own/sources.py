"""A path that somebody names: its form recognized, its items read, every doubt about them written down."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from lepton_helpers import data
from lepton_helpers.data import DataError, idx
from lepton_own import pictures, tables

LEAST = 5  # distinct items of a class: fewer cannot be trained on, chosen by and tested on
MOST_CLASSES = 1_000
WORDS = {"t10k": "test", "test": "test", "val": "validation"}  # in an IDX file's name
IDX = "*[-.]idx[13]-ubyte*"


class Source(NamedTuple):
    """What was read: all items in one order, their classes, and the findings as rows of a table.

    `inputs` are uint8 pictures `(n, height, width)` or `(n, height, width, 3)`, or float32 `(n, columns)`,
    NaN where a value is missing. `parts` says where each item was found: "train", "validation", "test",
    or "" where nobody had split them. `groups` numbers the distinct items: copies share a number.
    `columns` are `[name, value or None, fill]`: a column of numbers, or "is `name` equal to `value`?";
    `decimal` is the sign that its numbers are written with.
    """

    form: str
    name: str
    inputs: np.ndarray
    labels: np.ndarray
    names: list
    parts: np.ndarray
    groups: np.ndarray
    items: np.ndarray
    findings: list
    columns: list = []
    decimal: str = "."

    @property
    def pictures(self):
        """Whether the items are pictures rather than rows of features."""
        return self.inputs.dtype == np.uint8

    def table(self):
        """The findings as a DataFrame: what was checked, how many, one sentence."""
        return pd.DataFrame(self.findings, columns=["checked", "count", "what was found"])


def read(path, label=None):
    """Read and check the IDX folder, the folder of class folders or the CSV at `path`: a `Source`.

    label: the label column of a CSV, guessed where it is None. Raises `data.DataError`, one sentence.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise DataError(f"{path} does not exist; name an IDX folder, a CSV or a folder of class folders.")
    if label and path.is_dir():
        raise DataError(f"{path.name} is a folder: its labels are its folders' names or in its IDX files, so "
                        f"--label {label} has no meaning; leave it out.")
    try:
        if not path.is_dir():
            raw = tables.read(path, label)
        else:
            raw = idx_folder(path) if any(path.glob(IDX)) else pictures.read(path)
    except OSError as error:
        raise DataError(f"{error.filename or path} cannot be read ({error.strerror or error}); "
                        "give yourself the right to, or copy it.") from error
    return checked(pictures.shown(path.resolve().name), **raw)


def idx_folder(folder):
    """The items of IDX files, images beside their labels; of MNIST's four the t10k pair is the test part."""
    inputs, labels, parts, items = [], [], [], []
    for stem in sorted({re.split("images|labels", p.name)[0] for p in folder.glob(IDX)}, reverse=True):
        images, marks = (data.read_idx(data.find(folder, f"{stem}{kind}-ubyte"))
                         for kind in ("images-idx3", "labels-idx1"))
        part = next((part for word, part in WORDS.items() if word in stem.lower()), "train")
        right = images.dtype == marks.dtype == np.uint8 and (images.ndim, marks.ndim) == (3, 1)
        if not right or part in parts:
            raise DataError(f"{stem} in {folder.name} holds images of shape {images.shape} and labels of "
                            f"{marks.shape}: are they swapped, not uint8, or a second pair for {part}?")
        data.check(images, marks, where=f"{stem} in {folder.name}")
        inputs.append(images)
        labels += marks.astype(str).tolist()
        parts += [part] * len(marks)
        items += [f"{part}, number {n}" for n in range(len(marks))]
    shapes = {images.shape[1:] for images in inputs}
    if len(shapes) > 1 or max(max(shape) for shape in shapes) > pictures.SIDE:
        raise DataError(f"{folder.name} holds images of {shapes} pixels; all must have one size, of at most "
                        f"{pictures.SIDE} a side: make them so.")
    return {"form": "IDX folder", "parts": parts if len(inputs) > 1 else [], "items": items, "findings": [],
            "inputs": np.concatenate(inputs), "labels": labels}


def _order(name):
    """Sorts labels as people do: 2 before 10."""
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in re.split(r"(\d+)", name)]


def _listed(names, most=5):
    names = [str(name) for name in names]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def checked(name, form, inputs, labels, parts, items, findings, columns=(), decimal="."):
    """Number the copies and the classes, leave out what cannot be used, and say so: a `Source`."""
    labels, items, parts = (np.asarray(x, object) for x in (labels, items, parts))
    _, groups = np.unique(idx.digests(inputs), return_inverse=True)
    parts = parts if len(parts) else np.full(len(labels), "", object)
    findings = [*findings, *copies(labels, items, groups)]
    tested, held = (np.unique(groups[parts == part]) for part in ("test", "validation"))
    keep = ~(np.isin(groups, tested) & (parts != "test") | np.isin(groups, held) & (parts == "train"))
    findings.append(("in two parts", int((~keep).sum()), "left out where it would be learnt from: the very "
                     f"same item stands in a held-out part ({_listed(items[~keep])})" if not keep.all() else
                     "no item stands in a held-out part and outside it" if len(tested) + len(held) else
                     "nobody had split the items: a fifth of each class will be the test part, of the rest "
                     "a fifth validation, copies on one side"))
    least = LEAST - (len(tested) > 0)
    table = pd.DataFrame({"label": labels, "group": groups})
    sizes = table[keep & (parts != "test")].groupby("label")["group"].nunique()
    few = sorted(set(labels) - set(sizes.index[sizes >= least]), key=_order)
    keep &= ~table["label"].isin(few).to_numpy()
    findings.append(("too small a class", len(few), f"left out, fewer than {least} distinct items to learn "
                     f"from: {_listed(few)}" if few else f"each class has at least {least} distinct items"))
    count = Counter(labels[keep])
    classes = sorted(count, key=_order)
    require_classes(name, classes, few)
    most, rare = max(count.values()), min(count.values())
    findings.insert(0, ("items", int(keep.sum()), f"of {len(classes)} classes, from the {form} {name}"))
    skewed = "; accuracy says little of the small ones, see recall by class" if most > 3 * rare else ""
    findings.insert(1, ("balance", round(most / rare), f"times as many items has the largest class "
                        f"({most:,}) as the smallest ({rare:,}){skewed}"))
    if inputs.dtype == np.uint8 and inputs.max() < 128:
        findings.append(("dark", int(inputs.max()), "is the brightest value of all, of 255: if files of more "
                         "bits use few of them, spread them out first, for 8 are taken"))
    number = {label: n for n, label in enumerate(classes)}
    marks = np.array([number[label] for label in labels[keep]], np.int32)
    return Source(form, name, inputs[keep], marks, classes, parts[keep], groups[keep], items[keep], findings,
                  list(columns), decimal)


def require_classes(name, classes, few):
    """Raise `DataError` unless there are 2 to 1,000 classes."""
    left = f" once {_listed(few)} {'is' if len(few) == 1 else 'are'} left out as too small" if few else ""
    if len(classes) < 2:
        raise DataError(f"{name} has {len(classes)} class{'es' * (not classes)} "
                        f"({_listed(classes) or 'none'}){left}; there is nothing to tell apart: at least two "
                        f"classes of {LEAST} distinct items are needed.")
    if len(classes) > MOST_CLASSES:
        raise DataError(f"{name} has {len(classes):,} classes; at most {MOST_CLASSES:,} can be taken: is "
                        "this column a number or a name rather than a class?")


def copies(labels, items, groups):
    """Findings about copies: how many, and which of them contradict each other."""
    pairs = pd.DataFrame({"group": groups, "label": labels}).drop_duplicates()
    torn = pairs["group"].value_counts()
    torn = np.isin(groups, torn.index[torn > 1])
    extra = len(groups) - len(set(groups))
    yield ("copies", extra, "equal another item in every value that is used; they stay on one side of every "
           "split and count as one item in every interval" if extra else
           "no two items are equal in every value that is used")
    yield ("two labels", int(torn.sum()), "equal an item of another class, so no model gets all of them "
           f"right: {_listed(items[torn])}" if torn.any() else "equal items always bear the same label")
