"""The network for this form of data, and every technique on it beside the control."""

import hashlib
from pathlib import Path

import numpy as np

from lepton_helpers import artifacts, models, training
from lepton_helpers.coding import container, recipe
from lepton_helpers.compress import pruning, quantization
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import controls, scores
from lepton_helpers.quiet import keras

SPARSITIES = (0.5, 0.8)
DENSITY, LEVELS = 0.25, 3     # deep compression: weights kept, and 2 * LEVELS + 1 values of a kernel
STEPS, WORK = 800, 4e11       # training steps wished for, and multiplications at most, of one training
MOST_WEIGHTS = 1_000_000      # the coder of `.lept` files is patient but slow
DEEP = "deep compression"


def network(train, classes, seed=0):
    """The network for this form of data; the first layer standardizes, so it takes pixels or features raw.

    Features: two hidden layers of 64. Pictures: convolutions whose strides halve the map until it is at most
    4 x 4 pixels, the first one quartering a picture of more than 64, so that large pictures stay quick.
    """
    keras.utils.set_random_seed(seed)
    x, layers = train.images, keras.layers
    axes = tuple(range(x.ndim - 1)) if x.ndim in (2, 4) else None
    some = x[::-(-x.size // 10_000_000)].astype(np.float64)  # of eight bytes a pixel: a part is enough
    mean, deviation = some.mean(axes), some.std(axes)
    scale = 1 / np.where(deviation > 1e-7, deviation, 1)
    # names of one's own: Keras' count on through a session, and a file holds them
    stack = [layers.Input(x.shape[1:], name="raw"),
             layers.Rescaling(scale.tolist(), (-mean * scale).tolist(), name="standardize")]
    if x.ndim == 2:
        stack += [models.dense(64), models.dense(64, 1), models.dense(classes, 2, "softmax")]
        return models.compiled(keras.Sequential(stack, name="own_mlp"))
    stack += [layers.Reshape((*x.shape[1:], 1), name="channel")] * (x.ndim == 3)
    side, n = max(x.shape[1:3]), 0
    while side > 4 or n == 0:
        stride = 4 if side > 64 and n == 0 else 2
        stack.append(models.convolution(min(16 * 2 ** n, 64), 3 if n else 5, n, "same", stride))
        side, n = -(-side // stride), n + 1
    return models.compiled(keras.Sequential(
        [*stack, layers.Flatten(name="flatten"), models.dense(classes, 0, "softmax")], name="own_cnn"))


def plan(model, n):
    """Epochs, epochs of further training and batch size: enough steps, within a bound on the work."""
    batch = 32 if n < 5_000 else 128
    epochs = min(STEPS * batch / n, WORK / (3 * max(scores.macs(model), 1) * n), 60)
    epochs = max(4, round(epochs))
    return {"epochs": epochs, "batch_size": batch}, {"epochs": max(2, epochs // 2), "batch_size": batch}


def pruned(model, sparsity, train, **how):
    """A sparse copy trained on, the zeros shared among the layers by LAMP: a small last one starves first."""
    weights = pruning.kernels(model)
    masks = pruning.lamp(list(weights.values()), 1 - sparsity)
    goals = {name: 1 - float(mask.mean()) for name, mask in zip(weights, masks, strict=True)}
    sparse, _ = pruning.prune(model, goals, train, **how)
    sparse.optimizer.build(sparse.trainable_variables)  # else loading it again warns
    return sparse


def deep(model, train, epochs, batch_size, seed):
    """Pruned by LAMP, then rounded to a few learned levels, in as many epochs as the control's."""
    small = quantization.learned_steps(model)
    first = max(1, round(0.6 * epochs))
    for part, callbacks in ((first, [recipe.gradual(small, DENSITY, "lamp", None, first)]),
                            (epochs - first, [])):
        if not callbacks:
            for layer in quantization.stepped(small):
                layer.start(LEVELS)
        steps = max(1, part) * -(-len(train.images) // batch_size)
        rate = keras.optimizers.schedules.CosineDecay(2e-3 if callbacks else 5e-4, steps)
        models.compiled(small, keras.optimizers.Adam(rate))
        training.fit(small, *train, max(1, part), batch_size, seed=seed, callbacks=callbacks)
    return recipe.without_dead_units(quantization.without_steps(small, models.copy(model)))


def spread(n, most=300):
    """Rows over all of `n` to calibrate on: items come class by class, the ranges need every class."""
    return np.unique(np.linspace(0, n - 1, most).astype(int))


def made(splits, classes, seed, tick):
    """`{technique: LiteModel, or the network of a .lept file}` of one seed, each kept once it is made."""
    train, start = splits.train, network(splits.train, classes, seed)
    first, further = plan(start, len(train.images))
    known = {"made_of": controls.digest(*train), "seed": seed, "start": controls.digest(*start.get_weights()),
             "code": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "plan": [first, further]}

    def kept(name, build, **more):
        result = artifacts.cached(f"own-{name}", build, **known, **more)
        tick()
        return result

    def lite(net, mode, technique):
        some = train.images[spread(len(train.images))]
        return kept("litert", lambda **_: litert.convert(net, mode, some), mode=mode, technique=technique)

    def dense(**_):
        training.fit_cosine(start, train, **first, learning_rate=2e-3, seed=seed)
        return start

    model = kept("dense", dense)
    nets = {"control": controls.control(model, train, **further, seed=seed)}
    tick()
    for share in SPARSITIES:
        nets[f"pruned {share:.0%}"] = kept("pruned", lambda sparsity, **_: pruned(
            model, sparsity, train, **further, seed=seed), sparsity=share)
    found = {"as trained": lite(model, "float32", "as trained")}
    # an int8 input has one scale for all columns of a table: there activations stay float
    small = "int8" if train.images.ndim > 2 else "dynamic_range"
    for name, net in nets.items():
        found[name] = lite(net, "float32", name)
        found[f"{name} + {small}".removeprefix("control + ")] = lite(net, small, name)
    if model.count_params() <= MOST_WEIGHTS:
        found[DEEP] = kept("deep", lambda **_: deep(model, train, **further, seed=seed))
    return found


def sizes(name, model):
    """`(file, bytes as it lies, bytes that travel)` of one candidate; CodingError where there is no code."""
    if name == DEEP:
        content = container.encode(model)
        return content, len(content), len(content)
    return model.content, model.file_bytes, model.gzip_bytes
