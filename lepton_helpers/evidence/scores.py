"""What 'good' means: accuracy, recall, precision, bytes and MACs; one row a model."""

import numpy as np
from sklearn.metrics import accuracy_score, precision_score, recall_score

from lepton_helpers import data
from lepton_helpers.compress import pruning
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scoreboard, timing
from lepton_helpers.quiet import keras


def metrics(labels, probabilities):
    """Accuracy, macro recall and macro precision (each between 0 and 1), by scikit-learn."""
    guess = np.argmax(probabilities, axis=1)
    return {"accuracy": float(accuracy_score(labels, guess)),
            "macro_recall": float(recall_score(labels, guess, average="macro", zero_division=0)),
            "macro_precision": float(precision_score(labels, guess, average="macro", zero_division=0))}


def accuracy(model, split):
    """The fraction of `split` (images, integer labels) that `model` gets right."""
    return metrics(split[1], litert.predict(model, split[0]))["accuracy"]


def correct(made, split):
    """What each model of a list gets right: bool `(models, images)`, for `compare.difference`."""
    made = made if isinstance(made, (list, tuple)) else [made]
    return np.stack([litert.predict(model, split[0]).argmax(axis=1) == split[1] for model in made])


def accuracies(model):
    """`validation_accuracy` and `test_accuracy` of a model on the shared splits, as a dict."""
    _, validation, test = data.load()
    return {"validation_accuracy": accuracy(model, validation), "test_accuracy": accuracy(model, test)}


def macs(model):
    """Multiply-accumulates for one item, over dense and convolutional kernels, zeros counted."""
    total = 0
    for layer in model.layers:
        if not isinstance(layer, keras.layers.Embedding):  # which looks up and multiplies nothing
            weights = sum(w.size for w in layer.get_weights() if w.ndim > 1)
            total += weights * np.prod(layer.output_shape[1:-1], dtype=int)
    return int(total)


def score(candidate, split, *, notebook, model, technique, seed=0, control=None, network=None, image=None):
    """One row of the scoreboard, as a dict with the keys `scoreboard.COLUMNS`.

    candidate: a tf_keras model or a `LiteModel`, evaluated on `split`. control: the accuracy of the
    network trained on as long with nothing removed, between 0 and 1. network: the plain Keras model
    behind a `LiteModel`, for `float32_bytes` (4 bytes a parameter), `sparsity` and `macs`.
    `file_bytes` is the .tflite file (of a Keras model: converted as float32), `gzip_bytes` the same
    after gzip -9. `latency_us`, the batch-1 LiteRT median on one thread, is measured if `image` is
    given. What was not measured is None.
    """
    lite = candidate if hasattr(candidate, "content") else litert.convert(candidate)
    network = network if network is not None else (None if lite is candidate else candidate)
    row = dict.fromkeys(scoreboard.COLUMNS) | {"notebook": notebook, "model": model, "technique": technique}
    row |= {"seed": seed, "control_accuracy": control}
    row |= metrics(split[1], litert.predict(candidate, split[0]))
    row |= {"file_bytes": lite.file_bytes, "gzip_bytes": lite.gzip_bytes}
    if network is not None:
        row |= {"float32_bytes": 4 * network.count_params(), "macs": macs(network),
                "sparsity": round(pruning.sparsity(network), 4)}
    if image is not None:
        row["latency_us"] = round(timing.lite_latency(lite, image).median, 2)
    return row
