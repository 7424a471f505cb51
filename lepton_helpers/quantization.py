"""Affine quantization and TF-MOT's quantization-aware training."""

import numpy as np

from lepton_helpers import models, training
from lepton_helpers.quiet import keras, tfmot


def affine_parameters(low, high, bits=8):
    """Scale and zero_point that map [low, high] onto signed integers of `bits` bits.

    The range is widened to hold 0 exactly (Jacob et al. 2018). Returns `(scale, zero_point)`.
    """
    low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
    least = -(2 ** (bits - 1))
    scale = np.maximum((high - low) / (2 ** bits - 1), np.finfo(np.float32).tiny)
    return scale, np.round(least - low / scale).astype(int)


def quantize(values, scale, zero_point, bits=8):
    """Real values to integers: round, add the zero_point, saturate."""
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return np.clip(np.round(values / scale) + zero_point, least, most).astype(int)


def dequantize(integers, scale, zero_point):
    """Integers back to real values."""
    return ((integers - zero_point) * scale).astype(np.float32)


def quantization_aware(model, train, epochs=2, batch_size=128, learning_rate=3e-4, scheme=None,
                       augment=None, validation=None, seed=0):
    """Fine-tune a copy of `model` with fake int8 quantization; returns `(model, history)`.

    The result goes to `export.convert(model, "int8")` as it is; its ranges are learned, no
    calibration needed. `scheme` is a TF-MOT scheme that keeps sparsity or clusters
    (`Default8BitPrunePreserveQuantizeScheme(...)` and its kin); None is the plain default.
    """
    models.require_tf_keras(model)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    api = tfmot.quantization.keras
    if scheme is None:
        aware = api.quantize_model(copy)
    else:
        aware = api.quantize_apply(api.quantize_annotate_model(copy), scheme)
    models.compiled(aware, keras.optimizers.Adam(learning_rate))
    history = training.fit(aware, *train, epochs=epochs, batch_size=batch_size,
                           validation=validation, augment=augment, seed=seed)
    return aware, history
