"""When a difference is real: paired over images and seeds, an interval, a sentence that it chooses."""

from typing import NamedTuple

import numpy as np
from IPython.display import Markdown, display
from scipy import stats


class Difference(NamedTuple):
    """Ours minus theirs in percentage points, its 95% confidence interval, and what it rests on."""

    points: float
    low: float
    high: float
    seeds: int
    images: int

    @property
    def sign(self):
        """1 or -1 if the interval leaves out zero, 0 where this run can show no difference."""
        return int(self.low > 0) - int(self.high < 0)


def difference(ours, theirs, level=0.95):
    """The `Difference` between two techniques, from what each got right.

    ours, theirs: bool arrays `(seeds, images)`, or `(images,)` for one seed, of the same images and
    seeds in the same order, as `scores.correct` gives them. Seeds and images are crossed random
    effects: the variance of the mean is (MS_seeds + MS_images - MS_rest) / (seeds * images), its
    degrees of freedom are Satterthwaite's (1946). One seed cannot tell a technique from its luck: its
    interval covers other images only. Raises `ValueError` for arrays of different shapes.
    """
    ours, theirs = (np.atleast_2d(np.asarray(x)).astype(float) for x in (ours, theirs))
    if ours.shape != theirs.shape or ours.shape[1] < 2:
        raise ValueError(f"results of shape {ours.shape} and {theirs.shape} cannot be paired: both need the "
                         "same seeds and the same images, at least two of them.")
    gaps = ours - theirs
    seeds, images = gaps.shape
    mean, by_image = gaps.mean(), seeds * gaps.mean(0).var(ddof=1)
    variance, freedom = by_image, images - 1
    if seeds > 1:
        by_seed = images * gaps.mean(1).var(ddof=1)
        rest = np.square(gaps - gaps.mean(1, keepdims=True) - gaps.mean(0) + mean).sum()
        rest /= (seeds - 1) * (images - 1)
        variance = max(by_seed + by_image - rest, by_image)
        parts = (by_seed, seeds - 1), (by_image, images - 1), (rest, (seeds - 1) * (images - 1))
        freedom = variance ** 2 / max(sum(ms ** 2 / df for ms, df in parts), 1e-300)
    half = stats.t.ppf((1 + level) / 2, max(freedom, 1)) * np.sqrt(variance / gaps.size)
    return Difference(100 * mean, 100 * (mean - half), 100 * (mean + half), seeds, images)


def mean_interval(values, level=0.95):
    """`(mean, low, high)` of independent values, one a seed, by Student's t; at least two of them."""
    values = np.asarray(values, float)
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    return values.mean(), values.mean() - half, values.mean() + half


def said(found, ours, theirs="its control", items="images"):
    """A `Difference` as one sentence: better, worse, or no difference that this run can show.

    items: what was counted, such as "sentences".
    """
    seeds = "one seed" if found.seeds == 1 else f"{found.seeds} seeds"
    basis = f"95% interval {found.low:+.2f} to {found.high:+.2f}; {seeds}, {found.images:,} {items}"
    if not found.sign:
        return (f"{ours} against {theirs}: no difference that this run can show "
                f"({found.points:+.2f} points, {basis}).")
    way = "above" if found.sign > 0 else "below"
    return f"{ours} is {abs(found.points):.2f} points {way} {theirs} ({basis})."


def claim(sentence, holds, otherwise):
    """Show `sentence` if `holds`, else `otherwise`; returns the one shown, for a figure's title too.

    The runner collects every claim and whether it held. It never raises: a busy machine may turn a
    sentence about time around, and then the page says the other one.
    """
    text = sentence if holds else otherwise
    display(Markdown(text), metadata={"lepton": {"claim": sentence, "holds": bool(holds)}})
    return text
