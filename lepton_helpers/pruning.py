"""TF-MOT's magnitude pruning, as more than one notebook uses it."""

import numpy as np

from lepton_helpers import models, training
from lepton_helpers.quiet import keras, tfmot


def check_sparsity(sparsity):
    """Raise `ValueError` unless `sparsity`, the fraction of zeros, lies in [0, 1)."""
    if not 0 <= sparsity < 1:
        raise ValueError(f"sparsity={sparsity} must lie in [0, 1): it is the fraction of weights set "
                         "to zero, 0.9 for nine in ten, and 1 would leave no model.")
    return float(sparsity)


def kernels(model):
    """The weight matrices that compression works on: `{layer name: array}`, biases left out."""
    return {layer.name: layer.get_weights()[0] for layer in model.layers
            if isinstance(layer, (keras.layers.Dense, keras.layers.Conv2D))}


def sparsity(model):
    """The fraction of zeros over all kernels of `model`, between 0 and 1."""
    weights = kernels(model).values()
    size = sum(w.size for w in weights)
    return float(sum(np.count_nonzero(w == 0) for w in weights) / size) if size else 0.0


def wrap(model, target, steps, schedule="polynomial", begin=0.0, end=0.75, frequency=50):
    """Wrap `model` for pruning and compile it with its own optimizer settings anew.

    target: one sparsity for every kernel, or `{layer name: sparsity}`; other layers stay dense.
    schedule: "polynomial" (Zhu and Gupta 2017, cubic, from half the target) or "constant".
    steps: training steps to come; pruning runs from `begin` to `end`, both fractions of them, every
    `frequency` steps.
    """
    models.require_tf_keras(model)
    api = tfmot.sparsity.keras
    targets = target if isinstance(target, dict) else dict.fromkeys(kernels(model), target)
    unknown = set(targets) - set(kernels(model))
    if unknown:
        raise ValueError(f"no layer with a kernel is called {sorted(unknown)}; "
                         f"the model has {list(kernels(model))}.")
    if schedule not in ("polynomial", "constant"):
        raise ValueError(f"schedule={schedule!r} must be 'polynomial' or 'constant'.")
    for value in targets.values():
        check_sparsity(value)
    first, length = int(begin * steps), max(int((end - begin) * steps), 1)
    frequency = min(frequency, length)
    last = first + length - length % frequency  # TF-MOT prunes only at multiples: end on one of them

    def clone(layer):
        goal = targets.get(layer.name, 0)
        if goal == 0:
            return layer
        plan = (api.ConstantSparsity(goal, first, -1, frequency) if schedule == "constant" else
                api.PolynomialDecay(goal / 2, goal, first, last, frequency=frequency))
        return api.prune_low_magnitude(layer, pruning_schedule=plan)

    return keras.models.clone_model(model, clone_function=clone)


def prune(model, target, train, epochs=4, batch_size=128, learning_rate=1e-3, schedule="polynomial",
          augment=None, validation=None, seed=0, **wrapping):
    """Prune a copy of `model` to `target` sparsity while it trains on; returns `(model, history)`.

    The result is stripped: a plain model whose kernels hold exact zeros. `train` and `validation`
    are pairs `(images, labels)` with integer labels. The learning rate falls by a cosine.
    Raises `ValueError` for a sparsity outside [0, 1), `TypeError` for a Keras 3 model.
    """
    models.require_tf_keras(model)
    dense = keras.models.clone_model(model)
    dense.set_weights(model.get_weights())
    steps = epochs * -(-len(train[0]) // batch_size)
    wrapped = wrap(dense, target, steps, schedule, **wrapping)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    models.compiled(wrapped, keras.optimizers.Adam(rate))
    history = training.fit(wrapped, *train, epochs=epochs, batch_size=batch_size,
                           validation=validation, augment=augment, seed=seed)
    return models.compiled(tfmot.sparsity.keras.strip_pruning(wrapped)), history


def lamp(weights, density):
    """Masks that keep the `density` best weights over all layers by their LAMP score.

    weights: list of arrays; zeros stay pruned. A weight's score is its square over the sum of squares
    of all weights in its layer that are at least as large (Lee et al. 2021): of each layer the
    greatest weight scores 1, so none is emptied. Returns a list of float32 arrays of zeros and ones.
    """
    check_sparsity(1 - density)
    scores = []
    for kernel in weights:
        squares = np.square(kernel.ravel().astype(np.float64))
        order = np.argsort(squares)
        # squares that come later in ascending order, itself included
        rest = np.cumsum(squares[order][::-1])[::-1]
        score = np.empty_like(squares)
        score[order] = squares[order] / np.maximum(rest, 1e-30)
        scores.append(score)
    kept = max(int(density * sum(s.size for s in scores)), 1)
    least = np.partition(np.concatenate(scores), -kept)[-kept]
    return [((s >= least) & (s > 0)).astype(np.float32).reshape(w.shape)
            for s, w in zip(scores, weights, strict=True)]
