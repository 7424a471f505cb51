"""Conversion to LiteRT; `runtime` runs what comes out."""

import numpy as np

from lepton_helpers import data, models
from lepton_helpers.deploy.runtime import LiteModel
from lepton_helpers.quiet import tf
from lepton_helpers.stderr import native_stderr

MODES = ("float32", "dynamic_range", "float16", "int8", "int16x8")


def convert(model, mode="float32", calibration=None):
    """Convert a tf_keras model to a `LiteModel` in one of `MODES`.

    calibration: `(n, height, width)` float32 images that set the activation ranges; "int8" and
    "int16x8" need them, except "int8" of a quantization-aware model. Inputs and outputs of int8
    models are int8 (token ids stay integers); `LiteModel.predict` quantizes and dequantizes.
    Raises `ValueError` or `TypeError`; nothing is written anywhere.
    """
    models.require_tf_keras(model)
    if mode not in MODES:
        raise ValueError(f"mode={mode!r} must be one of {', '.join(MODES)}.")
    aware = any("quantize" in type(layer).__module__ for layer in model.layers)
    if mode in ("int8", "int16x8") and calibration is None and not aware:
        raise ValueError(f"mode {mode!r} needs calibration images, a few hundred from the training split.")
    lite = tf.lite
    converter = lite.TFLiteConverter.from_keras_model(model)
    if mode != "float32":
        converter.optimizations = [lite.Optimize.DEFAULT]
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if mode == "int16x8" or (mode == "int8" and not aware):  # an aware model carries its own ranges
        ops = lite.OpsSet.TFLITE_BUILTINS_INT8 if mode == "int8" else (
            lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8)
        converter.target_spec.supported_ops = [ops]
    if mode == "int8":
        converter.inference_input_type = converter.inference_output_type = tf.int8
    if calibration is not None and mode in ("int8", "int16x8") and not aware:
        data.check(calibration, np.zeros(len(calibration)), where="the calibration images")
        batches = np.asarray(calibration, model.inputs[0].dtype.as_numpy_dtype)[:, None]
        converter.representative_dataset = lambda: ([image] for image in batches)
    with native_stderr():
        return LiteModel(converter.convert())


def predict(model, images):
    """Class probabilities `(n, classes)` of a tf_keras model or a `LiteModel`."""
    if hasattr(model, "content"):
        return model.predict(images)
    return model.predict(images, batch_size=1000, verbose=0)
