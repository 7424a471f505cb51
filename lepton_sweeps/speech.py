"""`lepton sweep speech`: what 19's networks answer, over seeds and left-out voices, by its own cells."""

import base64
import functools
import hashlib

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, paths, progress
from lepton_helpers.deploy import litert
from lepton_sweeps import cells, deep_compression

NOTEBOOK = paths.NOTEBOOKS / "19_speech.ipynb"
FILE = paths.RESULTS / "speech.npz"
FRONT_ENDS = "speech_front_ends"  # the table of the scan that chose what a network gets to see
TAGS = "imports", "constants", "recipe"
HELD = -1, 0, 1, 2, 3, 4  # the group of voices that training leaves out; -1 leaves out none
SETTINGS = "SPARSITY", "CLUSTERS", "EPOCHS", "MORE"
SCAN_SEED, SCAN_EPOCHS, COPIES = 9, 6, (0, 2)
FRONTS = "as they are", "level so far", "level and mean so far", "level so far, mean of the word"


def digest():
    """Of the cells that decide what the networks answer."""
    return hashlib.sha256("".join(cells.sources(NOTEBOOK, "recipe")).encode()).hexdigest()


@functools.lru_cache(1)
def recipe_names():
    """The names that the notebook's cells define which say how its networks are made."""
    names = cells.names(NOTEBOOK, *TAGS)
    return names | {"recipe": digest(), "added": names["more_voices"](),
                    "settings": [float(names[name]) for name in SETTINGS]}


def front_end(front, copies, held, epochs, seed, recipe):
    """Validation accuracy, on voices heard and on the group left out, of a network that gets `front`."""
    names = recipe_names()
    own, scale, place = names["heard"], names["SCALE"], names["inputs"].__globals__

    def without(mean):
        return lambda c: np.concatenate([own(c)[:, :1], (c - mean(c))[:, 1:] / scale[1:]], axis=1)

    ways = dict(zip(FRONTS, (lambda c: c / scale, own,
                             without(lambda c: np.cumsum(c, axis=0) / np.arange(1, len(c) + 1)[:, None]),
                             without(lambda c: c.mean(axis=0))), strict=True))
    part, group = names["parts"](names["group"]), names["group"]
    asked = np.flatnonzero(part == 1)
    try:
        place["heard"] = ways[front]
        rows = names["material"]((part == 0) & (group != held), copies)
        sounds = names["inputs"]([names["recorded"][i] for i in asked])
    finally:
        place["heard"] = own
    right = litert.predict(names["trained_on"](rows, seed, epochs), sounds).argmax(axis=1)
    right = right == names["digits"][asked]
    return {"home": float(right[group[asked] != held].mean()),
            "stranger": float(right[group[asked] == held].mean())}


def front_ends():
    """Every front end, with and without varied copies in training, each group left out: one table."""
    work, rows = [(front, copies, held) for front in FRONTS for copies in COPIES for held in HELD[1:]], []
    for front, copies, held in progress.bar(work, desc="front ends", leave=True):
        how = {"epochs": SCAN_EPOCHS * (1 + max(COPIES)) // (1 + copies), "seed": SCAN_SEED}  # as many steps
        found = artifacts.cached("speech-front-end", front_end, front=front, copies=copies, held=held, **how,
                                 recipe=recipe_names()["recipe"])
        rows.append({"front": front, "copies": copies, "left_out": held, **how, **found})
    deep_compression.write(FRONT_ENDS, pd.DataFrame(rows))


def answers(held, seed, recipe, settings):
    """What each network says of the recordings of validation and test and of all other sounds."""
    names = recipe_names()
    part = names["parts"](names["group"])
    rows = names["material"]((part == 0) & (names["group"] != held))
    dense = names["trained_on"](rows, seed)
    made = {"dense": dense, **names["shrunk"](dense, rows, seed),
            "synthesized voices added": names["with_more_voices"](rows, seed, names["added"])}
    asked = np.concatenate([names["sounds"][part > 0], names["others"]])
    said = {name: litert.predict(model, asked).argmax(axis=1) for name, model in made.items()}
    return {name: base64.b64encode(values.astype(np.uint8)).decode() for name, values in said.items()}


def table(*_, **__):
    """Every network's answers, `(held, seeds, sounds)` for each, groups, settings and cells in one file."""
    front_ends()
    names, found = recipe_names(), {}
    work = [(held, seed) for held in HELD for seed in artifacts.SEEDS]
    for held, seed in progress.bar(work, desc="voices left out", leave=True):
        row = artifacts.cached("speech-answers", answers, held=held, seed=seed, recipe=names["recipe"],
                               settings=names["settings"])
        for name, text in row.items():
            found.setdefault(name, []).append(np.frombuffer(base64.b64decode(text), np.uint8))
    kept = {name: np.reshape(rows, (len(HELD), len(artifacts.SEEDS), -1)) for name, rows in found.items()}
    paths.write_atomically(FILE, deep_compression.packed(
        **kept, group=names["group"].astype(np.uint8), settings=np.array(names["settings"]),
        recipe=names["recipe"]))
