"""The article's program, its six functions as written there, with real content behind each."""

import numpy as np

from lepton_helpers import data, models, training
from lepton_helpers.compress import pruning
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scores
from lepton_helpers.quiet import keras


def preprocess_data(data_):
    """Pixels to float32 in [0, 1]. Takes uint8 `(n, height, width)`, or floats already in [0, 1]."""
    images = data.normalize(data_)
    data.check(images, np.zeros(len(images)), where="preprocess_data")
    return images


def preprocess_labels(labels, classes=None):
    """Integer labels `(n,)` to one-hot rows `(n, classes)` float32; `classes` defaults to 10."""
    labels = np.asarray(labels)
    classes = 10 if classes is None else classes
    data.check(labels, labels, classes, where="preprocess_labels")
    return keras.utils.to_categorical(labels, classes)


def create_model(input_shape, classes=10, seed=0):
    """Flatten, Dense(128, relu), Dense(10, softmax)."""
    return models.compiled(models.mlp(tuple(input_shape), classes, seed=seed), one_hot=True)


def train_model(model, train_data, train_labels, epochs=10, batch_size=32, validation=None, seed=0):
    """Adam, categorical cross-entropy, 10 epochs, batch 32. Returns the model, trained in place."""
    models.compiled(model, one_hot=True)
    training.fit(model, train_data, train_labels, epochs, batch_size, validation, seed=seed)
    return model


def optimize_model(model, train_data=None, train_labels=None, target_sparsity=0.8, bits=8,
                   epochs=6, calibration_images=500, seed=0):
    """Prune, then quantize: a `LiteModel` that `evaluate_model` takes.

    model: trained, unchanged by this. train_data, train_labels: what to fine-tune on, labels
    one-hot or integers; by default Fashion-MNIST's training split, which suits 28x28 models of ten
    classes. target_sparsity: the fraction of zeros in each kernel but the last, in [0, 1); the small
    output layer starves first, so it stays dense. bits: 8 for int8 weights and activations, 16 for
    float16 weights, 32 for float32.
    """
    modes = {8: "int8", 16: "float16", 32: "float32"}
    if bits not in modes:
        raise ValueError(f"bits={bits} must be 8, 16 or 32.")
    pruning.check_sparsity(target_sparsity)
    models.require_tf_keras(model)
    if train_data is None:
        train_data, train_labels = data.load().train
    labels = np.asarray(train_labels)
    labels = labels.argmax(axis=1) if labels.ndim == 2 else labels
    train_data = preprocess_data(train_data)
    hidden = list(pruning.kernels(model))[:-1]
    sparse, _ = pruning.prune(model, dict.fromkeys(hidden, target_sparsity), (train_data, labels),
                              epochs=epochs, seed=seed)
    return litert.convert(sparse, modes[bits], train_data[:calibration_images])


def evaluate_model(model, test_data, test_labels):
    """Print `Test accuracy: 0.8831` and return the metrics, a dict with the file sizes in bytes.

    model: a tf_keras model, or what `optimize_model` returned. Labels one-hot or integers.
    """
    labels = np.asarray(test_labels)
    labels = labels.argmax(axis=1) if labels.ndim == 2 else labels
    data.check(test_data, labels, where="the test data")
    metrics = scores.metrics(labels, litert.predict(model, test_data))
    lite = model if hasattr(model, "content") else litert.convert(model)
    print(f"Test accuracy: {metrics['accuracy']:.4f}")
    return metrics | {"file_bytes": lite.file_bytes, "gzip_bytes": lite.gzip_bytes}
