"""The long recipe behind deep compression: prune while a teacher helps, then learn few levels."""

import hashlib
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

from lepton_helpers import artifacts, data, models, training
from lepton_helpers.compress import distillation, pruning, quantization
from lepton_helpers.quiet import keras

# epochs: while pruning, then with a fixed mask and learned steps; chosen on the validation split
SCHEDULES = {
    "mlp": {"epochs": (120, 30), "batch_size": 256, "learning_rate": 6e-3},
    "lenet_300_100": {"epochs": (120, 40), "batch_size": 256, "learning_rate": 4e-3},
    "lenet_5": {"epochs": (24, 8), "batch_size": 128, "learning_rate": 3e-3},
}


def input_scale(model, images):
    """Root mean square of each input of each `LearnedStep` layer: a list of `(channels,)` arrays."""
    layers = quantization.stepped(model)
    probe = keras.Model(model.inputs, [layer.input for layer in layers])
    inputs = probe(images, training=False)
    return [np.sqrt(np.mean(np.square(x), axis=tuple(range(x.ndim - 1))) + 1e-12)
            for x in map(np.asarray, inputs if len(layers) > 1 else [inputs])]


def masks(model, density, score, images):
    """Masks `(kernel shape)` that keep `density` of all weights, by one of three scores.

    "magnitude": |w|, the same density in each layer. "lamp": over all layers at once, |w| measured
    against what else its layer keeps (Lee et al. 2021). "activation": LAMP of |w| times the square
    root of its input's root mean square on `images`, after Wanda (Sun et al. 2024): a weight that
    reads a border pixel, black in most images, does little.
    """
    kernels = [layer.layer.kernel.numpy() * layer.mask.numpy() for layer in quantization.stepped(model)]
    if score == "magnitude":  # within one layer LAMP ranks as the magnitude does
        return [pruning.lamp([kernel], density)[0] for kernel in kernels]
    if score == "activation":
        kernels = [kernel * np.sqrt(scale)[:, None] for kernel, scale in
                   zip(kernels, input_scale(model, images), strict=True)]
    elif score != "lamp":
        raise ValueError(f"score={score!r} must be 'magnitude', 'lamp' or 'activation'.")
    return pruning.lamp(kernels, density)


def gradual(model, density, score, images, epochs, end=0.6):
    """A callback that lowers the density to its goal by a cubic over the first `end` of the epochs."""
    def prune(epoch):
        left = max(0.0, 1 - epoch / (end * epochs))
        now = min(1.0, density + (1 - density) * left ** 3)  # Zhu and Gupta 2017
        for layer, mask in zip(quantization.stepped(model), masks(model, now, score, images), strict=True):
            layer.mask.assign(mask)

    return keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: prune(epoch),
                                          on_train_end=lambda logs: prune(epochs))


def _train(model, train, teacher, epochs, seed, mixing, callbacks, *, batch_size, learning_rate):
    steps = epochs * -(-len(train.images) // batch_size)
    warm_up = max(1, steps // 50)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=learning_rate, warmup_steps=warm_up)
    model.compile(keras.optimizers.Adam(rate), training.distillation_loss(2.0, mixing), ["accuracy"])
    training.fit(model, train.images, training.soft_targets(train.labels, teacher), epochs=epochs,
                 batch_size=batch_size, seed=seed, callbacks=callbacks)


def without_dead_units(model):
    """Zero, in place, the weights and bias of each unit or channel that nothing listens to."""
    layers = [layer for layer in model.layers if layer.weights]
    for layer, after in reversed(list(zip(layers, layers[1:], strict=False))):
        kernel, bias = layer.get_weights()
        listening = after.get_weights()[0]
        heard = np.any(listening.reshape(-1, len(bias), listening.shape[-1]), axis=(0, 2))
        layer.set_weights([kernel * heard, bias * heard])
    models.compiled(model).optimizer.build(model.trainable_variables)  # else loading it again warns
    return model


def build(*, name, density, top, seed, score, mixing, schedule, folder, validation, made_of):
    """Train `models.BY_NAME[name]` small; see `compress`."""
    train = data.load(folder, validation).train
    teacher = distillation.teacher_probabilities() if mixing else np.eye(10, dtype=np.float32)[train.labels]
    model = quantization.learned_steps(models.BY_NAME[name](seed=seed))
    (pruned, finished), how = schedule["epochs"], {k: schedule[k] for k in ("batch_size", "learning_rate")}
    callbacks = [gradual(model, density, score, train.images[:2000], pruned)] if density < 1 else []
    _train(model, train, teacher, pruned, seed, mixing, callbacks, **how)
    if top:
        for layer in quantization.stepped(model):
            layer.start(top)
    if finished:
        _train(model, train, teacher, finished, seed + 1, mixing, [],
               batch_size=how["batch_size"], learning_rate=how["learning_rate"] / 6)
    return without_dead_units(quantization.without_steps(model, models.BY_NAME[name](), bias_bits=6))


def shared(model, values=14):
    """Replace, in place, each kernel's non-zeros by `values` shared ones, by k-means (Han et al. 2016)."""
    for layer in (layer for layer in model.layers if layer.weights):
        kernel, bias = layer.get_weights()
        kept = kernel[kernel != 0]
        means = KMeans(min(values, len(np.unique(kept))), n_init=3, random_state=0).fit(kept[:, None])
        kernel[kernel != 0] = means.cluster_centers_[means.labels_, 0]
        layer.set_weights([kernel, bias])
    return model


def compress(name, density, top=3, seed=0, score="activation", mixing=0.5, folder=None, validation=5_000,
               **changes):
    """`models.BY_NAME[name]` trained small, now or before: what `container.encode` makes a few kB of.

    density: fraction of weights kept, 1 prunes nothing. top: greatest level, 2 * top + 1 levels in
    all; 0 leaves the weights as they are. score: of `masks`. mixing: of the teachers, who know the
    training split of Fashion-MNIST; 0 trains on labels alone, which another `folder` needs.
    changes: of the model's `SCHEDULES`. Returns a plain model.
    """
    pruning.check_sparsity(1 - density)
    if folder is not None and mixing:
        raise ValueError(f"the teachers do not know the images in {folder}; pass mixing=0.")
    known = [Path(__file__), Path(distillation.__file__)]
    known += [distillation.FILE] if mixing and distillation.FILE.exists() else []
    known += sorted(Path(folder).glob("*ubyte*")) if folder else []
    made_of = [hashlib.sha256(path.read_bytes()).hexdigest() for path in known]
    return artifacts.cached("compressed", build, name=name, density=density, top=top, seed=seed, score=score,
                            mixing=mixing, folder=folder and str(folder), validation=validation,
                            schedule=SCHEDULES[name] | changes, made_of=made_of)
