"""Training with whole epochs compiled into one graph."""

import numpy as np
import pandas as pd

from lepton_helpers import data, models
from lepton_helpers.progress import bar as progress_bar
from lepton_helpers.quiet import PruneLowMagnitude, keras, tf, tfmot

_STEPS_A_CALL = 50  # without XLA: short enough for the bar to move and Ctrl-C to be heard


def check_fit(model, x, y):
    """Raise `TypeError` or `data.DataError` unless `model` can train on images `x` and labels `y`."""
    models.require_tf_keras(model)
    if getattr(model, "optimizer", None) is None:
        raise ValueError("the model is not compiled; call models.compiled(model) first.")
    want, classes, y = tuple(model.input_shape[1:]), model.output_shape[-1], np.asarray(y)
    if np.shape(x)[1:] != want:
        raise data.DataError(f"the model takes images of shape {want}, the data hold "
                             f"{np.shape(x)[1:]}; reshape the data or build the model for them.")
    loss = str(getattr(model.loss, "name", getattr(model.loss, "__name__", model.loss)))
    one_hot = "sparse" not in loss
    if loss == "distillation" and y.ndim == 2 and y.shape[1] == 2 * classes:
        y = y[:, :classes]
    if one_hot != (y.ndim == 2):
        raise data.DataError(f"labels of shape {y.shape} do not fit the loss {model.loss!r}: one-hot "
                             "rows go with categorical_crossentropy, integers with the sparse one.")
    if one_hot and y.shape[1] != classes:
        raise data.DataError(f"one-hot labels have {y.shape[1]} columns, the model {classes} classes.")
    data.check(x, y, classes, where="the training data")


def _compiled_epoch(model, x, y, jit, augment):
    pruned = [layer for layer in model.submodules if isinstance(layer, PruneLowMagnitude)]

    # images come as arguments: a graph that closes over them keeps them in memory after training
    def step(x, y, rows):
        for layer in pruned:  # what UpdatePruningStep does before each batch
            layer.pruning_step.assign(tf.cast(model.optimizer.iterations, layer.pruning_step.dtype))
        batch = tf.gather(x, rows)
        model.train_step((augment(batch) if augment else batch, tf.gather(y, rows)))

    @tf.function(jit_compile=jit)
    def steps(x, y, order):
        for i in tf.range(tf.shape(order)[0]):
            step(x, y, order[i])

    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)

    def run(order, batch_size, bar):
        model.reset_metrics()
        full = len(order) // batch_size
        grid = order[: full * batch_size].reshape(full, batch_size)
        stride = full if jit else _STEPS_A_CALL
        for piece in (grid[i:i + stride] for i in range(0, full, max(stride, 1))):
            steps(x, y, tf.constant(piece))
            bar.update(len(piece))
        if len(order) % batch_size:  # plain fit trains on the short last batch too; compiling costs more
            step(x, y, tf.constant(order[full * batch_size:]))
            bar.update(1)
        logs = {metric.name: metric.result() for metric in model.metrics}
        for layer in pruned:  # and what it does after each epoch
            layer.pruning_obj.weight_mask_op()
        return {name: float(value) for name, value in logs.items()}

    return run


def _suits_xla(model):
    slower = {"Conv2D", "DepthwiseConv2D", "Dropout", "ClusterWeights", "Embedding"}
    quantizers = [getattr(getattr(layer, "quantize_config", None), "weight_quantizer", None)
                  for layer in model.layers]
    if any("ClusterPreserve" in type(quantizer).__name__ for quantizer in quantizers):
        return False  # CQAT looks each weight up in its cluster: 15 times slower under XLA
    return not slower & {base.__name__ for layer in model.submodules for base in type(layer).__mro__}


def random_shift_and_flip(shift=1, flip=True):
    """A batch augmentation for `fit`: moves by up to `shift` pixels, mirrors half the images."""
    def change(batch):
        n, height, width = tf.shape(batch)[0], batch.shape[1], batch.shape[2]
        padded = tf.pad(batch, [[0, 0], [shift, shift], [shift, shift]])
        rows = tf.random.uniform([n, 1], 0, 2 * shift + 1, tf.int32) + tf.range(height)
        columns = tf.random.uniform([n, 1], 0, 2 * shift + 1, tf.int32) + tf.range(width)
        if flip:
            columns = tf.where(tf.random.uniform([n, 1]) < 0.5, columns[:, ::-1], columns)
        moved = tf.gather(padded, rows, batch_dims=1, axis=1)
        return tf.ensure_shape(tf.gather(moved, columns, batch_dims=1, axis=2), batch.shape)

    return change


def soft_targets(labels, teacher):
    """Labels for `distillation_loss`: `(n, 2 * classes)`, one-hot beside a teacher's probabilities."""
    teacher = np.asarray(teacher, np.float32)
    return np.concatenate([np.eye(teacher.shape[1], dtype=np.float32)[np.asarray(labels)], teacher], axis=1)


def distillation_loss(temperature=2.0, mixing=0.5):
    """(1 - mixing) cross-entropy + mixing T^2 cross-entropy with the softened teacher.

    Hinton et al. 2015; T is `temperature`. A loss on `soft_targets` for a model that ends in softmax:
    its log-probabilities serve as logits, since a constant in logits drops out.
    """
    if not temperature > 0 or not 0 <= mixing <= 1:
        raise ValueError(f"temperature={temperature} must be above 0 and mixing={mixing} within [0, 1].")

    def distillation(targets, probabilities):
        labels, teacher = tf.split(targets, 2, axis=-1)
        logits = tf.math.log(tf.maximum(probabilities, 1e-12))
        softened = tf.nn.softmax(tf.math.log(tf.maximum(teacher, 1e-12)) / temperature)
        soft = tf.nn.softmax_cross_entropy_with_logits(softened, logits / temperature)
        return (mixing * temperature ** 2 * soft - (1 - mixing) * tf.reduce_sum(labels * logits, -1))

    return distillation


def fit(model, x, y, epochs=10, batch_size=32, validation=None, patience=None, augment=None,
        callbacks=(), seed=0, jit=None, progress=True):
    """Train `model` in place, one compiled loop over `model.train_step` an epoch.

    The updates are those of `model.fit`: the same step, a fresh permutation each epoch, the short
    last batch included; only Python's part between the steps is gone. `jit` compiles with XLA:
    by default for dense networks, not for convolutions, embeddings or clustered layers (slower under XLA
    on a CPU) nor with random layers or augmentation (XLA does not keep their seed).

    x: `(n, ...)` float32. y: `(n,)` integers or `(n, classes)` one-hot, as the loss asks.
    validation: a pair `(x, y)`, measured after each epoch. patience: stop after so many epochs
    without a better `val_accuracy` and put the best weights back; leave it out while pruning,
    where an early epoch is not yet sparse. augment: a function from batch to batch.

    TF-MOT's wrapped models train here too: pruning steps and masks are updated inside the loop
    (passing `UpdatePruningStep` is harmless), clustered and quantization-aware layers need no
    callback. A callback with hooks on single batches, `PruningSummaries` for one, sends training
    to plain `model.fit`, because a compiled epoch never comes back to Python between batches;
    `patience` and `augment` do not go with it.

    Returns a DataFrame, one row an epoch. Raises `DataError`, `TypeError` or `ValueError`.
    """
    check_fit(model, x, y)
    if epochs < 1 or batch_size < 1:
        raise ValueError(f"epochs={epochs} and batch_size={batch_size} must both be at least 1.")
    if patience is not None and validation is None:
        raise ValueError("patience needs validation=(x, y): early stopping never looks at training data.")
    keras.utils.set_random_seed(seed)
    others = [c for c in callbacks if not isinstance(c, tfmot.sparsity.keras.UpdatePruningStep)]
    if any(c._implements_train_batch_hooks() for c in others):
        if patience is not None or augment is not None:
            raise ValueError("a callback with batch hooks trains through model.fit, which takes "
                             "neither patience nor augment here; leave one of them out.")
        plain = model.fit(x, y, epochs=epochs, batch_size=batch_size, validation_data=validation,
                          callbacks=list(callbacks), verbose=0)
        return pd.DataFrame(plain.history).rename_axis("epoch")
    hooks = keras.callbacks.CallbackList(others, model=model)
    # metrics and optimizer slots are made before tracing: a graph may not make variables twice
    model.test_on_batch(np.asarray(x[:1]), np.asarray(y[:1]))
    model.optimizer.build(model.trainable_variables)
    jit = _suits_xla(model) and augment is None if jit is None else jit
    run = _compiled_epoch(model, x, y, jit, augment)
    rng, rows, best, stale = np.random.default_rng(seed), [], None, 0
    steps = -(-len(x) // batch_size)
    model.stop_training = False
    hooks.on_train_begin()
    with progress_bar(total=epochs * steps, unit="step", desc=model.name, hidden=not progress) as bar:
        for epoch in range(epochs):
            hooks.on_epoch_begin(epoch)
            row = run(rng.permutation(len(x)).astype(np.int32), batch_size, bar)
            if validation is not None:
                logs = model.evaluate(*validation, batch_size=1000, verbose=0, return_dict=True)
                row |= {f"val_{name}": float(value) for name, value in logs.items()}
                bar.set_postfix(epoch=epoch + 1, val_accuracy=f"{row['val_accuracy']:.4f}")
            rows.append(row)
            hooks.on_epoch_end(epoch, dict(row))
            if patience is not None:
                stale += 1
                if best is None or row["val_accuracy"] > best[0]:
                    best, stale = (row["val_accuracy"], model.get_weights()), 0
            if model.stop_training or (patience is not None and stale >= patience):
                break
    hooks.on_train_end()
    if best is not None:
        model.set_weights(best[1])
    return pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="epoch"))


def fit_cosine(model, train, epochs, batch_size=128, learning_rate=1e-3, shift=None, validation=None, seed=0):
    """Compile `model` with Adam whose rate falls to zero by a cosine, and `fit` it; returns the history.

    The schedule of Loshchilov and Hutter (2017) without restarts. Every technique that trains on, and
    its control, takes this one function, so that they differ in the technique alone. train, validation:
    pairs `(images, labels)`, labels integers. shift: augment each batch by up to so many pixels and by
    mirroring; None leaves the images as they are.
    """
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * -(-len(train[0]) // batch_size))
    models.compiled(model, keras.optimizers.Adam(rate))
    return fit(model, *train, epochs=epochs, batch_size=batch_size, validation=validation, seed=seed,
               augment=random_shift_and_flip(shift) if shift else None)
