"""The control beside every technique: the same network, trained on as long, with nothing removed."""

import hashlib

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, models, training
from lepton_helpers.evidence import compare, scores


def digest(*arrays):
    """Hex digest of arrays, shapes and dtypes included: what a cached control was made of."""
    sums = [hashlib.sha256(f"{a.shape}{a.dtype}".encode() + np.ascontiguousarray(a).tobytes()).hexdigest()
            for a in map(np.asarray, arrays)]
    return hashlib.sha256("".join(sums).encode()).hexdigest()


def control(model, train, epochs, batch_size=128, learning_rate=1e-3, shift=None, seed=0):
    """A copy of `model` trained on by `training.fit_cosine` with nothing removed, now or before.

    Give it the arguments that the technique got. Pruning, clustering and quantization-aware training
    here all train by `fit_cosine`, so network, steps, schedule, data and seed are the same.
    """
    def trained_on(made_of, **how):
        twin = models.copy(model)
        training.fit_cosine(twin, train, **how)
        return twin

    made_of = digest(*model.get_weights(), *train)
    return artifacts.cached(f"control-{model.name}", trained_on, made_of=made_of, epochs=epochs,
                            batch_size=batch_size, learning_rate=learning_rate, shift=shift, seed=seed)


def against(control_models, techniques, split):
    """Each technique beside its control: a DataFrame, one row a technique, the control first.

    control_models: one model a seed. techniques: `{name: models}`, the same seeds in the same order.
    Columns: `accuracy` (mean over seeds, between 0 and 1), `points`, `low`, `high` (difference to the
    control and its 95% interval, percentage points), `seeds`, `sign` (1, 0 or -1).
    """
    right = scores.correct(control_models, split)
    rows = {"control": {"accuracy": right.mean(), "seeds": len(right)}}
    for name, made in techniques.items():
        ours = scores.correct(made, split)
        found = compare.difference(ours, right)
        rows[name] = {"accuracy": ours.mean(), "points": found.points, "low": found.low, "high": found.high,
                      "seeds": found.seeds, "sign": found.sign}
    return pd.DataFrame.from_dict(rows, orient="index")
