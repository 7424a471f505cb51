"""Compiled epochs make plain fit's updates, and say clearly when data and model do not fit."""

import importlib

import numpy as np
import psutil
import pytest

from lepton_helpers import data, models, training
from lepton_helpers.compress import clustering, pruning, quantization
from lepton_helpers.quiet import keras, tf, tfmot


@pytest.fixture
def in_order(monkeypatch):
    """Training without shuffling, so that two ways can be compared step by step."""
    class Order:
        def permutation(self, n):
            return np.arange(n)

    monkeypatch.setattr(training.np.random, "default_rng", lambda seed: Order())


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("images", [640, 650])
def test_same_updates_as_plain_fit(few, in_order, jit, images):
    x, y = few.images[:images], few.labels[:images]
    plain, compiled = models.mlp(seed=1), models.mlp(seed=1)
    history = plain.fit(x, y, batch_size=32, epochs=2, shuffle=False, verbose=0).history
    ours = training.fit(compiled, x, y, batch_size=32, epochs=2, jit=jit, progress=False)
    for a, b in zip(plain.get_weights(), compiled.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)
    np.testing.assert_allclose(history["loss"], ours["loss"], rtol=1e-4)
    assert int(compiled.optimizer.iterations) == 2 * -(-images // 32)


def test_same_updates_as_plain_fit_while_pruning(few, in_order):
    x, y = few.images[:1_000], few.labels[:1_000]
    results = []
    for plain in (True, False):
        wrapped = models.compiled(pruning.wrap(models.mlp(seed=2), 0.8, steps=64, frequency=5))
        if plain:
            wrapped.fit(x, y, batch_size=32, epochs=2, shuffle=False, verbose=0,
                        callbacks=[tfmot.sparsity.keras.UpdatePruningStep()])
        else:
            training.fit(wrapped, x, y, batch_size=32, epochs=2, jit=False, progress=False)
        results.append(tfmot.sparsity.keras.strip_pruning(wrapped).get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert np.isclose((results[0][0] == 0).mean(), 0.8, atol=1e-3)


def test_second_run_gives_the_same_numbers(few):
    runs = []
    for _ in range(2):
        model = models.small_cnn(dropout=0.3)
        training.fit(model, *few, epochs=1, augment=training.random_shift_and_flip(), progress=False)
        runs.append(model.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*runs, strict=True))


def test_early_stopping_puts_the_best_weights_back(few, splits):
    held = data.Split(splits.validation.images[:500], splits.validation.labels[:500])
    model = models.compiled(models.mlp(), keras.optimizers.Adam(0.02))
    history = training.fit(model, *few, epochs=30, validation=held, patience=2, progress=False)
    assert len(history) < 30
    best = history["val_accuracy"].max()
    assert history["val_accuracy"].argmax() == len(history) - 3
    assert np.isclose(model.evaluate(*held, verbose=0)[1], best, atol=1e-6)


def test_epoch_callbacks_are_called_and_may_stop(few):
    seen = []

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(logs["loss"])
            self.model.stop_training = epoch == 1

    assert len(training.fit(models.mlp(), *few, epochs=5, callbacks=[Stop()], progress=False)) == 2
    assert len(seen) == 2


def test_a_callback_with_batch_hooks_gets_every_batch(few):
    batches = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            batches.append(batch)

    history = training.fit(models.mlp(), *few, epochs=1, callbacks=[Count()], progress=False)
    assert len(batches) == 125 and list(history.columns) == ["loss", "accuracy"]
    with pytest.raises(ValueError, match="neither patience nor augment"):
        training.fit(models.mlp(), *few, callbacks=[Count()], augment=lambda x: x, progress=False)


def test_clustered_and_quantization_aware_models_train(few):
    shared, _ = clustering.cluster(models.mlp(), 8, few, epochs=1)
    assert max(clustering.distinct_weights(shared).values()) <= 8
    aware, history = quantization.quantization_aware(models.mlp(), few, epochs=1)
    assert history["loss"].iloc[0] < 2 and isinstance(aware, keras.Model)


def test_interrupted_training_passes_the_interrupt_on(few):
    class Press(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.fit(models.mlp(), *few, callbacks=[Press()], progress=False)


def bad(match, error=data.DataError, model=None, x=None, y=None, **kwargs):
    x = np.zeros((8, 28, 28), np.float32) if x is None else x
    y = np.zeros(8, int) if y is None else y
    with pytest.raises(error, match=match) as caught:
        training.fit(model or models.mlp(), x, y, progress=False, **kwargs)
    assert "\n" not in str(caught.value)


def test_data_and_model_that_do_not_fit():
    bad("takes images of shape", x=np.zeros((8, 32, 32), np.float32))
    bad("8 images but 7 labels", y=np.zeros(7, int))
    bad("labels run from 0 to 10", y=np.array([0] * 7 + [10]))
    bad("labels run from -1", y=np.array([0] * 7 + [-1]))
    bad("one-hot rows go with", y=np.eye(10)[:8])
    bad("12 columns, the model 10", model=models.compiled(models.mlp(), one_hot=True), y=np.eye(12)[:8])
    x = np.zeros((8, 28, 28), np.float32)
    x[5, 3, 3] = np.nan
    bad("first at index 5", x=x)
    bad("no images at all", x=x[:0], y=np.zeros(0, int))


def test_settings_out_of_range():
    bad("at least 1", ValueError, epochs=0)
    bad("at least 1", ValueError, batch_size=0)
    bad("patience needs validation", ValueError, patience=3)
    bad("not compiled", ValueError, keras.Sequential([keras.layers.Dense(10, input_shape=(28, 28))]))


def keras_3_model():
    keras_3 = importlib.import_module("keras")
    return keras_3.Sequential([keras_3.layers.Input((28, 28)), keras_3.layers.Flatten(),
                               keras_3.layers.Dense(10, activation="softmax")])


@pytest.mark.parametrize("use", [
    lambda m, few: training.fit(m, *few),
    lambda m, few: pruning.prune(m, 0.5, few),
    lambda m, few: clustering.cluster(m, 8, few),
    lambda m, few: quantization.quantization_aware(m, few),
    lambda m, few: models.compiled(m),
])
def test_a_keras_3_model_is_refused_in_one_sentence(few, use):
    with pytest.raises(TypeError, match="Keras 3 model.*import tf_keras as keras") as caught:
        use(keras_3_model(), few)
    assert "\n" not in str(caught.value)


def test_something_that_is_no_model():
    with pytest.raises(TypeError, match="got dict"):
        models.require_tf_keras({})


def test_augmentation_keeps_shape_and_moves_at_most_one_pixel():
    image = np.zeros((64, 9, 9), np.float32)
    image[:, 4, 4] = 1
    moved = training.random_shift_and_flip(1)(tf.constant(image)).numpy()
    assert moved.shape == image.shape and moved.sum() == 64
    assert moved[:, 3:6, 3:6].sum() == 64 and moved[:, 4, 4].sum() < 64


def test_looking_weights_up_by_cluster_is_not_compiled_with_xla():
    api, combine = tfmot.quantization.keras, tfmot.experimental.combine
    keeps = combine.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=False)
    for scheme, suits in ((combine.Default8BitPrunePreserveQuantizeScheme(), True), (keeps, False)):
        aware = api.quantize_apply(api.quantize_annotate_model(models.mlp()), scheme)
        assert training._suits_xla(aware) == suits


def test_looking_words_up_is_not_compiled_with_xla_and_the_ids_train():
    ids = np.random.default_rng(0).integers(0, 30, (256, 5)).astype(np.int32)
    model = models.compiled(keras.Sequential([
        keras.layers.Input((5,), dtype="int32"), keras.layers.Embedding(30, 4), keras.layers.Flatten(),
        models.dense(2, 0, "softmax")]))
    assert not training._suits_xla(model)
    history = training.fit_cosine(model, (ids, (ids[:, 0] > 14).astype(int)), 20, 32, 0.02)
    assert history["accuracy"].iloc[-1] > 0.95


def test_training_does_not_keep_its_images():
    images = np.random.default_rng(0).random((40_000, 28, 28), np.float32)
    labels, used = np.zeros(len(images), int), []
    for _ in range(6):
        training.fit(models.mlp(), images, labels, epochs=1, batch_size=15_000)  # a short last batch, too
        used.append(psutil.Process().memory_info().rss)
    assert used[-1] - used[0] < 2.5 * images.nbytes, "five more trainings do not hold five more sets"
