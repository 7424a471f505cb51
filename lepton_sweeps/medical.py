"""`lepton sweep medical`: the networks of notebook 20 over seeds, made by the notebook's own cells."""

import json

import numpy as np

from lepton_helpers import artifacts, paths, progress
from lepton_sweeps import cells, deep_compression

NOTEBOOK = paths.NOTEBOOKS / "20_medical_images.ipynb"
FILE = paths.RESULTS / "brain_networks.npz"
TAGS = "imports", "setup", "recipe"  # of the cells that say how a network is made


def stored(kept):
    """`{name: [weights of seed 0, of seed 1, ...]}`, float32; `ValueError` if made with other settings.

    kept: a dict of the notebook's settings.
    """
    with np.load(FILE, allow_pickle=False) as file:
        if json.loads(str(file["made with"])) != json.loads(json.dumps(kept)):
            raise ValueError(f"{FILE.name} was made with other settings; make it again: lepton sweep medical")
        found = {}
        for key in (key for key in file if " | " in key):
            name, seed, _ = key.split(" | ")
            found.setdefault(name, {}).setdefault(int(seed), []).append(file[key].astype(np.float32))
    return {name: [seeds[seed] for seed in sorted(seeds)] for name, seeds in found.items()}


def networks(*_, **__):
    """Run the cells that say how a network is made, make each for every seed, keep its weights (float16)."""
    names, weights = cells.names(NOTEBOOK, *TAGS), {}
    work = [(name, seed) for name in names["NAMES"] for seed in artifacts.SEEDS]
    for name, seed in progress.bar(work, desc="networks", leave=True):
        for i, array in enumerate(names["made"](name, seed).get_weights()):
            weights[f"{name} | {seed} | {i}"] = array.astype(np.float16)
    weights["made with"] = json.dumps(names["KEPT"])
    weights["code"] = json.dumps(cells.code(NOTEBOOK, *TAGS[1:]))
    paths.write_atomically(FILE, deep_compression.packed(**weights))
