"""Intervals cover, planted differences are found, equal models are called equal; controls are fair."""

import numpy as np
import pytest

from lepton_helpers import evidence, models, training
from lepton_helpers.evidence import compare, controls, scores


def simulated(rng, gap, seeds=3, images=2_000, between_seeds=0.06):
    """Two techniques' results `(seeds, images)`: images differ in difficulty, seeds in luck; `gap` in logits.

    A latent strength is above zero where an image is right. 0.06 in it moves accuracy by 0.6 points,
    the spread between seeds that this project sees.
    """
    difficulty, taste = rng.normal(3, 3, images), rng.normal(0, 0.6, images)
    ours, theirs = (rng.normal(0, between_seeds, (2, seeds, 1)) + rng.normal(0, 1, (2, seeds, images)))
    return difficulty + taste - gap + ours > 0, difficulty + theirs > 0


def truth(gap, between_seeds=0.06, draws=4_000_000):
    """The difference in points over all images and seeds, by drawing many."""
    rng = np.random.default_rng(99)
    common, luck = rng.normal(3, 3, draws), np.hypot(1, between_seeds)
    ours = common + rng.normal(0, np.hypot(luck, 0.6), draws) - gap > 0
    return 100 * (ours.mean() - (common + rng.normal(0, luck, draws) > 0).mean())


def comparisons(gap, **how):
    rng = np.random.default_rng(0)
    return [compare.difference(*simulated(rng, gap, **how)) for _ in range(1_000)]


@pytest.mark.parametrize("gap, seeds", [(0.0, 3), (0.15, 3), (0.5, 3), (0.15, 5)])
def test_the_interval_covers_the_truth(gap, seeds):
    real = truth(gap)
    covered = np.mean([found.low <= real <= found.high for found in comparisons(gap, seeds=seeds)])
    assert 0.93 <= covered <= 0.97


def test_a_planted_difference_is_found():
    found = comparisons(0.6)
    assert np.mean([f.sign == -1 for f in found]) > 0.95 and not any(f.sign == 1 for f in found)


def test_equal_models_show_no_difference():
    rng = np.random.default_rng(1)
    equal = []
    for _ in range(1_000):
        difficulty = rng.normal(3, 3, 2_000)
        ours, theirs = rng.normal(0, 0.06, (2, 3, 1)) + rng.normal(0, 1, (2, 3, 2_000)) + difficulty > 0
        equal.append("no difference that this run can show" in
                     compare.said(compare.difference(ours, theirs), "a technique"))
    assert np.mean(equal) >= 0.93


def test_images_alone_would_claim_too_much():
    """Why seeds are in the interval: without them one lucky seed is a discovery."""
    rng, real = np.random.default_rng(2), truth(0.0)
    covered = [found.low <= real <= found.high for found in
               (compare.difference(*(x[0] for x in simulated(rng, 0.0))) for _ in range(1_000))]
    assert np.mean(covered) < 0.9


def test_a_difference_done_by_hand():
    ours = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], bool)
    theirs = np.array([[1, 0, 1, 0], [0, 1, 0, 0]], bool)
    found = compare.difference(ours, theirs)
    assert np.isclose(found.points, 25) and (found.seeds, found.images) == (2, 4)
    swapped = compare.difference(theirs, ours)
    assert np.isclose(swapped.low, -found.high) and np.isclose(swapped.high, -found.low)


def test_equal_results_differ_by_nothing():
    same = np.random.default_rng(0).random((3, 50)) < 0.9
    found = compare.difference(same, same)
    assert found.points == found.low == found.high == 0 and found.sign == 0


def test_results_that_cannot_be_paired():
    with pytest.raises(ValueError, match=r"\(1, 3\) and \(1, 4\) cannot be paired"):
        compare.difference(np.ones(3), np.ones(4))


def test_said_has_three_sentences():
    common = {"seeds": 3, "images": 10_000}
    assert compare.said(compare.Difference(-1.4, -1.9, -0.9, **common), "90%") == (
        "90% is 1.40 points below its control (95% interval -1.90 to -0.90; 3 seeds, 10,000 images).")
    assert "is 1.40 points above the reference" in compare.said(
        compare.Difference(1.4, 0.9, 1.9, **common), "it", "the reference")
    assert "no difference that this run can show (+0.10 points" in compare.said(
        compare.Difference(0.1, -0.2, 0.4, **common), "it")
    assert "mails)." in compare.said(compare.Difference(-1.4, -1.9, -0.9, **common), "90%", items="mails")


def test_a_claim_shows_what_the_numbers_choose(capsys):
    assert evidence.claim("faster", 2 > 1, "not faster") == "faster"
    assert evidence.claim("faster", 1 > 2, "not faster") == "not faster"


def test_mean_interval_by_hand():
    mean, low, high = compare.mean_interval([1.0, 2.0, 3.0])
    assert np.allclose([mean, high - mean, mean - low], [2, 4.302653 / np.sqrt(3), 4.302653 / np.sqrt(3)])


def test_a_control_trains_as_the_technique_does_and_is_kept(trained_mlp, few):
    how = {"epochs": 2, "batch_size": 64, "learning_rate": 2e-3, "seed": 3}
    before = [w.copy() for w in trained_mlp.get_weights()]
    ours = controls.control(trained_mlp, few, **how)
    by_hand = models.copy(trained_mlp)
    training.fit_cosine(by_hand, few, **how)
    assert all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), by_hand.get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(before, trained_mlp.get_weights(), strict=True))
    again = controls.control(trained_mlp, few, **how)
    assert again is not ours
    assert all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), again.get_weights(), strict=True))
    other = controls.control(by_hand, few, **how)
    assert not np.array_equal(other.get_weights()[0], ours.get_weights()[0]), "another start, another control"


def test_against_puts_the_control_first(trained_mlp, few):
    worse = models.with_kernels(trained_mlp, {"dense_1": np.zeros((128, 10), np.float32)})
    table = controls.against([trained_mlp], {"same": [trained_mlp], "emptied": [worse]}, few)
    assert list(table.index) == ["control", "same", "emptied"]
    assert table.loc["same", "points"] == 0 and table.loc["emptied", "sign"] == -1
    assert np.isclose(table.loc["control", "accuracy"], scores.accuracy(trained_mlp, few))
