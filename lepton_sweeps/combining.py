"""`lepton sweep combining`: the int8 files of notebook 09's chains, made over seeds by its own cells."""

import json

import numpy as np

from lepton_helpers import artifacts, paths, progress
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import controls
from lepton_sweeps import cells, deep_compression

NOTEBOOK = paths.NOTEBOOKS / "09_combining.ipynb"
FILES = paths.RESULTS / "chains.npz"
TAGS = "imports", "constants", "chains"  # of the cells that say how a chain is made


def _made_with(kept, dense):
    """The settings and the references that the files hold for, as text."""
    return json.dumps(kept | {"made_of": [controls.digest(*m.get_weights()) for m in dense]}, sort_keys=True)


def _key(chain, seed):
    return f"{' > '.join(chain)}, seed {seed}"


def stored(kept, dense):
    """`f(chain, seed)`: the stored `LiteModel`, or None where settings or references are others.

    kept: a dict of the notebook's settings. dense: the reference of each seed.
    """
    held = {}
    if FILES.exists():
        with np.load(FILES) as file:
            held = dict(file) if str(file["made with"]) == _made_with(kept, dense) else {}

    def look_up(chain, seed):
        content = held.get(_key(chain, seed))
        return None if content is None else litert.LiteModel(content.tobytes())

    return look_up


def files(*_, **__):
    """Run the cells that say how a chain is made, make every chain for every seed, keep its file."""
    names = cells.names(NOTEBOOK, *TAGS)
    work = [(chain, seed) for chain in names["CHAINS"] for seed in artifacts.SEEDS]
    made = {_key(*one): np.frombuffer(names["file_of"](*one).content, np.uint8)
            for one in progress.bar(work, desc="chains", leave=True)}
    made["made with"] = _made_with(names["KEPT"], names["dense"])
    paths.write_atomically(FILES, deep_compression.packed(**made))
