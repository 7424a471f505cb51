"""The stored chains of notebook 09 are those of its constants and of the references, and of nothing else."""

import json
import re

import numpy as np

from lepton_helpers import artifacts
from lepton_helpers.evidence import scores
from lepton_sweeps import cells, combining


def settings():
    with np.load(combining.FILES) as file:
        kept = json.loads(str(file["made with"]))
        chains = {tuple(key.split(", seed ")[0].split(" > ")) for key in file if key != "made with"}
    del kept["made_of"]
    return kept, chains


def references():
    return [artifacts.reference("mlp", seed) for seed in artifacts.SEEDS]


def test_each_chain_of_the_notebook_is_stored_for_each_seed_and_classifies(few):
    kept, chains = settings()
    look_up = combining.stored(kept, references())
    assert len(chains) == 8
    for chain in chains:
        for seed in artifacts.SEEDS:
            assert scores.accuracy(look_up(chain, seed), few) > 0.6, (chain, seed)


def test_the_files_hold_for_the_constants_of_the_notebook():
    (constants,) = cells.sources(combining.NOTEBOOK, "constants")
    kept, named = settings()[0], dict(re.findall(r"(\w+) = (\S+)", constants))
    for name, key in (("SPARSITY", "sparsity"), ("CLUSTERS", "clusters"), ("EPOCHS", "epochs"),
                      ("RATE", "learning_rate")):
        assert float(named[name]) == kept[key], "make them again: lepton sweep combining"


def test_other_settings_or_other_references_find_nothing():
    kept, chains = settings()
    chain, dense = min(chains), references()
    assert combining.stored(kept, dense)(chain, 0) is not None
    assert combining.stored(kept | {"epochs": 7}, dense)(chain, 0) is None
    assert combining.stored(kept, dense[::-1])(chain, 0) is None
