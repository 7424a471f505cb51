"""Inference with LiteRT, and with nothing else: a server or a device that runs this needs no TensorFlow."""

import functools
import gzip

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from lepton_helpers import paths
from lepton_helpers.stderr import native_stderr


class ModelError(ValueError):
    """Bytes that are no LiteRT model, or data of another shape than the model takes."""


class LiteModel:
    """A LiteRT model: its bytes (`content`), and inference on batches."""

    def __init__(self, content):
        self.content = bytes(content)
        if self.content[4:8] != b"TFL3":
            raise ModelError("these bytes are not a LiteRT model (no TFL3 mark); convert it again.")

    @property
    def file_bytes(self):
        """Size of the .tflite file in bytes."""
        return len(self.content)

    @property
    def input_shape(self):
        """Shape of a batch, the batch size first, as in `(1, 28, 28)`."""
        return tuple(int(n) for n in self._given["shape"])

    @functools.cached_property
    def _given(self):
        return self.interpreter().get_input_details()[0]  # asked for once: an interpreter costs 0.1 ms

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
        detail = self._given
        if np.shape(images)[1:] != tuple(detail["shape"][1:]):
            raise ModelError(f"the model takes images of shape {self.input_shape[1:]}, "
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
            parts.append(_real(runner.get_tensor(detail["index"]), detail))
        return np.concatenate(parts).astype(np.float32)

    def save(self, path):
        """Write the .tflite file, whole or not at all; returns its path."""
        return paths.write_atomically(path, self.content)


def _real(raw, detail):
    """An output tensor as real values."""
    scale, zero_point = detail["quantization"]
    return (raw.astype(np.float32) - zero_point) * scale if scale else raw


def session(lite):
    """`predict(images)` for one thread that is asked again and again: it keeps its interpreters.

    Images `(n, ...)` float32 go in, class probabilities `(n, classes)` float32 come out. Batches are padded
    to powers of two, so that few interpreters serve every size.
    """
    kept = {}

    def predict(images):
        size = 1 << (len(images) - 1).bit_length()
        if size not in kept:
            runner = lite.interpreter(size)
            kept[size] = (runner, runner.get_input_details()[0]["index"], runner.get_output_details()[0],
                          np.zeros((size, *lite.input_shape[1:]), np.float32))
        runner, given, made, padded = kept[size]
        padded[:len(images)] = images
        runner.set_tensor(given, lite.quantized_input(padded))
        runner.invoke()
        return _real(runner.get_tensor(made["index"])[:len(images)], made)

    return predict
