"""TF-MOT's magnitude pruning, as more than one notebook uses it."""

import numpy as np
import pandas as pd

from lepton_helpers import models, training
from lepton_helpers.deploy import litert
from lepton_helpers.quiet import keras, tfmot

LEVELS = (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995)


def check_sparsity(sparsity):
    """Raise `ValueError` unless `sparsity`, the fraction of zeros, lies in [0, 1)."""
    if not 0 <= sparsity < 1:
        raise ValueError(f"sparsity={sparsity} must lie in [0, 1): it is the fraction of weights set "
                         "to zero, 0.9 for nine in ten, and 1 would leave no model.")
    return float(sparsity)


def kernels(model):
    """The weight matrices that compression works on: `{layer name: array}`, biases left out."""
    kinds = (keras.layers.Dense, keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Embedding)
    return {layer.name: layer.get_weights()[0] for layer in model.layers if isinstance(layer, kinds)}


def sparsity(model):
    """The fraction of zeros over all kernels of `model`, between 0 and 1."""
    weights = kernels(model).values()
    size = sum(w.size for w in weights)
    return float(sum(np.count_nonzero(w == 0) for w in weights) / size) if size else 0.0


def threshold(kernel, sparsity):
    """`kernel` without its smallest weights by magnitude: a fraction `sparsity` of them becomes zero."""
    cut = np.sort(np.abs(kernel), axis=None)[round(check_sparsity(sparsity) * kernel.size)]
    return np.where(np.abs(kernel) >= cut, kernel, 0)


def wrap(model, target, steps, schedule="polynomial", begin=0.0, end=0.75, frequency=50, **options):
    """Wrap `model` for pruning and compile it with its own optimizer settings anew.

    target: one sparsity for every kernel, or `{layer name: sparsity}`; other layers stay dense.
    schedule: "polynomial" (Zhu and Gupta 2017, cubic, from half the target) or "constant".
    steps: training steps to come; pruning runs from `begin` to `end`, both fractions of them, every
    `frequency` steps. options: what else TF-MOT's `prune_low_magnitude` takes, such as
    `sparsity_m_by_n=(2, 4)` (with the constant schedule and sparsity 0.5) or `block_size=(4, 4)`.
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
        return api.prune_low_magnitude(layer, pruning_schedule=plan, **options)

    return keras.models.clone_model(model, clone_function=clone)


def prune(model, target, train, epochs=4, batch_size=128, learning_rate=1e-3, schedule="polynomial",
          shift=None, validation=None, seed=0, **wrapping):
    """Prune a copy of `model` to `target` sparsity while it trains on; returns `(model, history)`.

    The result is stripped: a plain model whose kernels hold exact zeros. `train` and `validation`
    are pairs `(images, labels)` with integer labels. Trained by `training.fit_cosine`, as its control is.
    Raises `ValueError` for a sparsity outside [0, 1), `TypeError` for a Keras 3 model.
    """
    dense = models.copy(model)
    steps = epochs * -(-len(train[0]) // batch_size)
    wrapped = wrap(dense, target, steps, schedule, **wrapping)
    history = training.fit_cosine(wrapped, train, epochs, batch_size, learning_rate, shift, validation, seed)
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


def sensitivity(model, split, levels=LEVELS):
    """Accuracy with one kernel at a time pruned by magnitude, untrained: a row a level, a column a layer."""
    images, labels = split
    cut, scan = models.compiled(models.copy(model)), {}
    for name, kernel in kernels(model).items():
        layer = cut.get_layer(name)
        bias, scan[name] = layer.get_weights()[1:], []
        for level in levels:
            layer.set_weights([threshold(kernel, level), *bias])
            scan[name].append((litert.predict(cut, images).argmax(axis=1) == labels).mean())
        layer.set_weights([kernel, *bias])
    return pd.DataFrame(scan, index=pd.Index(levels, name="sparsity"))


def allocate(scan, sizes, density):
    """Sparsity by layer, `{name: sparsity}`, so that every layer alone would lose the same accuracy.

    scan: a table of `sensitivity`. sizes: `{name: number of weights}`. density: the fraction of all
    weights that stays. The loss allowed is found by bisection; between two levels of the scan a curve
    is read off by the logarithm of its density.
    """
    check_sparsity(1 - density)
    places = -np.log(1 - scan.index.to_numpy(float))  # 0 is dense, and each step of 0.69 halves

    def at(loss):
        found = {}
        for name in sizes:
            curve = np.minimum.accumulate(scan[name].to_numpy(float)) - 1e-6 * places  # it falls, always
            found[name] = float(1 - np.exp(-np.interp(loss - curve[0], -curve, places)))
        return found

    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        kept = sum(size * (1 - at(middle)[name]) for name, size in sizes.items())
        low, high = (middle, high) if kept > density * sum(sizes.values()) else (low, middle)
    return at(high)


def allocations(model, split, density):
    """Three ways to share `density` among the layers: `{"uniform": {name: sparsity}, ...}`.

    The others are "by sensitivity" (`allocate`, its scan on `split`) and "by LAMP". All leave the same
    number of non-zeros, up to rounding within a layer.
    """
    weights = kernels(model)
    scan, masks = sensitivity(model, split), lamp(list(weights.values()), density)
    return {"uniform": dict.fromkeys(weights, 1 - density),
            "by sensitivity": allocate(scan, {name: w.size for name, w in weights.items()}, density),
            "by LAMP": {name: 1 - float(m.mean()) for name, m in zip(weights, masks, strict=True)}}


def narrower(model, small):
    """`small`, a network of the same layers with fewer units or filters, filled with the best of `model`.

    Best by the L1 norm of what a unit reads (Li et al. 2017). What the next layer read of the units that
    are gone goes too; a flattened map holds each channel once for every position.
    """
    first = next(iter(kernels(model).values()))
    before, kept = first.shape[-2], np.arange(first.shape[-2])
    for name, kernel in kernels(model).items():
        layer, after = small.get_layer(name), kernel.shape[-1]
        kernel, before = kernel.reshape(-1, before, after)[:, kept], after
        shape = layer.get_weights()[0].shape
        kept = np.sort(np.argsort(-np.abs(kernel).sum(axis=(0, 1)))[:shape[-1]])
        layer.set_weights([kernel[..., kept].reshape(shape), model.get_layer(name).get_weights()[1][kept]])
    return small
