"""The stored networks of notebook 20 are those of its recipe, sparse and shared as their names say."""

import json
import re

import numpy as np
import pytest

from lepton_helpers import artifacts
from lepton_sweeps import cells, medical


def made_with():
    with np.load(medical.FILE, allow_pickle=False) as file:
        return json.loads(str(file["made with"]))


def kernels(weights):
    return [w for w in weights if w.ndim == 2]


def test_each_network_is_stored_for_each_seed():
    nets = medical.stored(made_with())
    assert "control" in nets and all(len(by_seed) == len(artifacts.SEEDS) for by_seed in nets.values())
    shapes = [w.shape for w in nets["control"][0]]
    assert all([w.shape for w in weights] == shapes for by_seed in nets.values() for weights in by_seed)


def test_networks_are_as_sparse_and_share_as_their_names_say():
    for name, by_seed in medical.stored(made_with()).items():
        level = float(re.findall(r"[\d.]+$", name)[0]) if re.search(r" to [\d.]+$", name) else None
        for weights in map(kernels, by_seed):
            if name.startswith("pruned"):
                kept = sum(map(np.count_nonzero, weights)) / sum(w.size for w in weights)
                assert kept == pytest.approx(level, abs=2e-3), name
            if name.startswith("clustered"):
                assert max(len(np.unique(w)) for w in weights) <= level, name


def test_the_networks_hold_for_the_code_of_the_notebook():
    with np.load(medical.FILE, allow_pickle=False) as file:
        code = cells.normal("\n".join(json.loads(str(file["code"]))))
    assert code == cells.code(medical.NOTEBOOK, *medical.TAGS[1:]), "make them again: lepton sweep medical"


def test_the_networks_hold_for_the_recipe_of_the_notebook():
    recipe = "\n".join(cells.sources(medical.NOTEBOOK, "recipe"))
    kept, said = made_with(), {}
    for line in ("ROWS, BATCH, RATE, LONGER", "CHOSEN, EPOCHS"):
        values = re.search(rf"^{line} = (.*)$", recipe, re.M)[1]
        said |= dict(zip(line.lower().split(", "), eval(values), strict=True))
    assert [kept["rows"], kept["batch"], kept["rate"], kept["longer"], kept["chosen"]] == [
        said["rows"], said["batch"], said["rate"], said["longer"], [said["chosen"], said["epochs"]]]


def test_other_settings_are_refused_with_the_command_that_helps():
    with pytest.raises(ValueError, match="lepton sweep medical"):
        medical.stored(made_with() | {"rows": 1})
