"""Conversion to LiteRT and inference with it."""

import gzip

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from lepton_helpers import data, models, paths
from lepton_helpers.quiet import native_stderr, tf

MODES = ("float32", "dynamic_range", "float16", "int8", "int16x8")


def convert(model, mode="float32", calibration=None):
    """Convert a tf_keras model to a `LiteModel` in one of `MODES`.

    calibration: `(n, height, width)` float32 images that set the activation ranges; "int8" and
    "int16x8" need them, except "int8" of a quantization-aware model. Inputs and outputs of int8
    models are int8; `LiteModel.predict` quantizes and dequantizes.
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
        batches = np.asarray(calibration, np.float32)[:, None]
        converter.representative_dataset = lambda: ([image] for image in batches)
    with native_stderr():
        return LiteModel(converter.convert())


class LiteModel:
    """A LiteRT model: its bytes (`content`), and inference on batches."""

    def __init__(self, content):
        self.content = bytes(content)
        if self.content[4:8] != b"TFL3":
            raise data.DataError("these bytes are not a LiteRT model (no TFL3 mark); convert it again.")

    @property
    def file_bytes(self):
        """Size of the .tflite file in bytes."""
        return len(self.content)

    @property
    def gzip_bytes(self):
        """Size in bytes after gzip -9, the accounting of TF-MOT's guides."""
        return len(gzip.compress(self.content, 9, mtime=0))

    def interpreter(self, batch=1, threads=1, delegate=True):
        """A LiteRT interpreter with its tensors allocated for `batch` images.

        `delegate=False` leaves out XNNPACK, the default CPU delegate.
        """
        kind = OpResolverType.AUTO if delegate else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        with native_stderr():
            runner = Interpreter(model_content=self.content, num_threads=threads,
                                 experimental_op_resolver_type=kind)
            detail = runner.get_input_details()[0]
            runner.resize_tensor_input(detail["index"], [batch, *detail["shape"][1:]])
            runner.allocate_tensors()
        return runner

    def quantized_input(self, images):
        """`images` as this model's input tensor wants them: float32, or integers by its scale."""
        detail = self.interpreter().get_input_details()[0]
        if np.shape(images)[1:] != tuple(detail["shape"][1:]):
            raise data.DataError(f"the model takes images of shape {tuple(detail['shape'][1:])}, "
                                 f"the data hold {np.shape(images)[1:]}; reshape the data.")
        scale, zero_point = detail["quantization"]
        if not scale:
            return np.asarray(images, detail["dtype"])
        limits = np.iinfo(detail["dtype"])
        return np.clip(np.round(np.asarray(images) / scale) + zero_point,
                       limits.min, limits.max).astype(detail["dtype"])

    def predict(self, images, batch=1000, threads=2, **kwargs):
        """Class probabilities `(n, classes)` float32 for float images `(n, height, width)`."""
        inputs, parts, runner = self.quantized_input(images), [], None
        for start in range(0, len(inputs), batch):
            piece = inputs[start:start + batch]
            if runner is None or len(piece) != len(parts[-1]):
                runner = self.interpreter(len(piece), threads, **kwargs)
            runner.set_tensor(runner.get_input_details()[0]["index"], piece)
            runner.invoke()
            detail = runner.get_output_details()[0]
            scale, zero_point = detail["quantization"]
            raw = runner.get_tensor(detail["index"])
            parts.append((raw.astype(np.float32) - zero_point) * scale if scale else raw)
        return np.concatenate(parts).astype(np.float32)

    def save(self, path):
        """Write the .tflite file, whole or not at all; returns its path."""
        return paths.write_atomically(path, self.content)
