"""`lepton sweep speech`: what 19's networks answer, over seeds and left-out voices, by its own cells."""

import base64
import functools
import hashlib

import numpy as np

from lepton_helpers import artifacts, paths, progress
from lepton_helpers.deploy import litert
from lepton_sweeps import cells, deep_compression

NOTEBOOK = paths.NOTEBOOKS / "19_speech.ipynb"
FILE = paths.RESULTS / "speech.npz"
TAGS = "imports", "constants", "recipe"
HELD = -1, 0, 1, 2, 3, 4  # the group of voices that training leaves out; -1 leaves out none
SETTINGS = "SPARSITY", "CLUSTERS", "EPOCHS", "MORE"


@functools.lru_cache(1)
def recipe_names():
    """The names that the notebook's cells define which say how its networks are made."""
    names, recipe = cells.names(NOTEBOOK, *TAGS), "".join(cells.sources(NOTEBOOK, "recipe"))
    return names | {"recipe": hashlib.sha256(recipe.encode()).hexdigest(), "added": names["more_voices"](),
                    "settings": [float(names[name]) for name in SETTINGS]}


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
    """Every network's answers, `(held, seeds, sounds)` for each, the groups and the settings, in one file."""
    names, found = recipe_names(), {}
    work = [(held, seed) for held in HELD for seed in artifacts.SEEDS]
    for held, seed in progress.bar(work, desc="voices left out", leave=True):
        row = artifacts.cached("speech-answers", answers, held=held, seed=seed, recipe=names["recipe"],
                               settings=names["settings"])
        for name, text in row.items():
            found.setdefault(name, []).append(np.frombuffer(base64.b64decode(text), np.uint8))
    kept = {name: np.reshape(rows, (len(HELD), len(artifacts.SEEDS), -1)) for name, rows in found.items()}
    paths.write_atomically(FILE, deep_compression.packed(
        **kept, group=names["group"].astype(np.uint8), settings=np.array(names["settings"])))
