"""What notebook 21 has stored is of its cells as they stand; its accountant and its scores are right."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from sklearn.metrics import roc_auc_score

from lepton_helpers import artifacts, paths
from lepton_sweeps import cells, privacy

SEEDS = len(artifacts.SEEDS)


def cell(word):
    """The names that the notebook's recipe cell with `word` defines, without TensorFlow."""
    names = {"np": np, "special": special, "stats": stats, "SEEDS": artifacts.SEEDS}
    for source in cells.sources(privacy.NOTEBOOK, "recipe"):
        if word in source:
            exec(compile(source, word, "exec"), names)
    return names


@pytest.mark.parametrize("topic", privacy.TOPICS)
def test_it_was_made_by_the_notebooks_cells_as_they_stand(topic):
    with np.load(privacy.FOLDER / f"{topic}.npz", allow_pickle=False) as kept:
        assert str(kept["source"]) == privacy.source(topic), "make it again: lepton sweep privacy"


def test_every_topic_has_three_seeds_and_the_table_says_the_same():
    table = pd.read_csv(paths.RESULTS / "privacy.csv").set_index(["topic", "case"])["share"].sort_index()
    counted = 0
    for topic in privacy.TOPICS:
        for key, arrays in privacy.stored(topic).items():
            assert len(arrays) == SEEDS, (topic, key)
            if arrays.dtype == bool:
                assert arrays.mean(axis=1) == pytest.approx(table[topic, key].to_numpy(), abs=1e-4)
                counted += SEEDS
    assert counted == len(table)


def test_pruned_networks_are_as_sparse_as_the_notebook_says():
    kept = privacy.stored("networks")
    for name, zeros in (("control", 0.0), ("pruned", 0.8)):
        kernels = [kept[f"{name} {n}"] for n in range(0, 8, 2)]
        share = sum((w == 0).sum() for w in kernels) / sum(w.size for w in kernels)
        assert share == pytest.approx(zeros, abs=0.02)


# orders 2 to 256 of Google's dp-accounting 0.6.0, and what Abadi and others (2016) and a tutorial state
@pytest.mark.parametrize("share, noise, steps, sharp, published", [
    (0.01, 4, 10_000, True, 1.0354900660), (256 / 60_000, 1.3, 3_515, True, 0.9544295087),
    (256 / 60_000, 0.7, 10_546, True, 6.3728414826), (100 / 4_000, 1.0, 1_100, True, 5.8078125671),
    (0.01, 4, 10_000, False, 1.2586), (256 / 60_000, 1.3, 3_515, False, 1.1921)])
def test_the_accountant_agrees_with_published_figures(share, noise, steps, sharp, published):
    epsilon = cell("def epsilon")["epsilon"]
    assert epsilon(share, noise, steps, sharp=sharp) == pytest.approx(published, rel=1e-4)


def test_the_likelihood_ratio_finds_what_a_threshold_cannot():
    found = cell("def likelihood_ratio")["likelihood_ratio"]
    rng = np.random.default_rng(0)
    half = [rng.permutation(2_000) < 1_000 for _ in range(8)]
    saw = np.concatenate([half, np.logical_not(half)])
    easy, member = rng.normal(0, 5, 2_000), rng.random(2_000) < 0.5
    target = easy + member + rng.normal(0, 0.5, 2_000)
    score = found(target, easy + saw + rng.normal(0, 0.5, saw.shape), saw)
    assert roc_auc_score(member, score) > 0.85 > 0.6 > roc_auc_score(member, target)


def test_shadows_come_in_halves_that_make_up_the_pool():
    source = next(s for s in cells.sources(privacy.NOTEBOOK, "leak") if "def halves_of" in s)
    names = {"np": np, "SEEDS": artifacts.SEEDS, "SHADOWS": 16}
    exec(source[source.index("def halves_of"):source.index("drawn =")], names)
    halves = names["halves_of"](400)
    assert halves.shape == (SEEDS + 16, 400) and (halves.sum(axis=1) == 200).all()
    assert (halves[SEEDS:].sum(axis=0) == 8).all() and len(np.unique(halves, axis=0)) == len(halves)
