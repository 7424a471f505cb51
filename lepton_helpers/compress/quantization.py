"""Affine quantization and TF-MOT's quantization-aware training."""

import numpy as np

from lepton_helpers import models, training
from lepton_helpers.quiet import keras, tf, tfmot


def affine_parameters(low, high, bits=8):
    """Scale and zero_point that map [low, high] onto signed integers of `bits` bits.

    The range is widened to hold 0 exactly (Jacob et al. 2018). Returns `(scale, zero_point)`.
    """
    low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
    least = -(2 ** (bits - 1))
    scale = np.maximum((high - low) / (2 ** bits - 1), np.finfo(np.float32).tiny)
    return scale, np.round(least - low / scale).astype(int)


def quantization_aware(model, train, epochs=2, batch_size=128, learning_rate=3e-4, scheme=None,
                       shift=None, validation=None, seed=0):
    """Fine-tune a copy of `model` with fake int8 quantization; returns `(model, history)`.

    The result goes to `litert.convert(model, "int8")` as it is; its ranges are learned, no
    calibration needed. `scheme` is a TF-MOT scheme that keeps sparsity or clusters
    (`Default8BitPrunePreserveQuantizeScheme(...)` and its kin); None is the plain default.
    """
    copy = models.copy(model)
    api = tfmot.quantization.keras
    if scheme is None:
        aware = api.quantize_model(copy)
    else:
        aware = api.quantize_apply(api.quantize_annotate_model(copy), scheme)
    history = training.fit_cosine(aware, train, epochs, batch_size, learning_rate, shift, validation, seed)
    return aware, history


@tf.custom_gradient
def _round(values):
    return tf.round(values), lambda gradient: gradient  # straight through


class LearnedStep(keras.layers.Wrapper):
    """A Dense or Conv2D layer whose kernel is masked and, once `top` > 0, rounded to a learned step.

    The kernel becomes `step * clip(round(kernel / step), -top, top)`: 2 * top + 1 levels. Rounding
    passes gradients straight through, and `step` learns at LSQ's scale (Esser et al. 2020).
    """

    def __init__(self, layer, top=0, **kwargs):
        super().__init__(layer, **kwargs)
        self.top = top

    def build(self, input_shape):
        super().build(input_shape)
        self.mask = self.add_weight("mask", self.layer.kernel.shape, initializer="ones", trainable=False)
        self.step = self.add_weight("step", (), initializer="ones")

    def effective_kernel(self):
        """The kernel as the forward pass uses it."""
        kernel = self.layer.kernel * self.mask
        if not self.top:
            return kernel
        pace = 1 / tf.sqrt(tf.maximum(tf.reduce_sum(self.mask), 1) * self.top)
        step = tf.abs(self.step) + 1e-8
        step = step * pace + tf.stop_gradient(step * (1 - pace))
        return _round(tf.clip_by_value(kernel / step, -self.top, self.top)) * step

    def call(self, inputs):
        """The layer's own call with the effective kernel in the kernel's place."""
        kernel = self.layer.kernel
        object.__setattr__(self.layer, "kernel", self.effective_kernel())  # past Keras' tracking
        try:
            return self.layer(inputs)
        finally:
            object.__setattr__(self.layer, "kernel", kernel)

    def start(self, top):
        """Begin to round: to 2 * top + 1 levels, from the step of least squared error."""
        kernel = (self.layer.kernel * self.mask).numpy()
        kernel = kernel[kernel != 0]
        steps = np.linspace(0.05, 1.2, 60) * (np.abs(kernel).max() if kernel.size else 1) / top
        errors = [np.square(kernel - np.clip(np.round(kernel / s), -top, top) * s).sum() for s in steps]
        self.step.assign(steps[int(np.argmin(errors))])
        self.top = top


def learned_steps(model):
    """A copy of `model` with every Dense and Conv2D layer in a `LearnedStep`, not yet rounding."""
    kinds = (keras.layers.Dense, keras.layers.Conv2D)
    copy = keras.models.clone_model(models.require_tf_keras(model), clone_function=lambda layer: LearnedStep(
        type(layer).from_config(layer.get_config()), name=f"step_{layer.name}")
        if isinstance(layer, kinds) else type(layer).from_config(layer.get_config()))
    plain = [layer for layer in model.layers if isinstance(layer, kinds)]
    for ours, theirs in zip(stepped(copy), plain, strict=True):
        ours.layer.set_weights(theirs.get_weights())
    return models.compiled(copy)


def stepped(model):
    """The `LearnedStep` layers of a model, in order."""
    return [layer for layer in model.layers if isinstance(layer, LearnedStep)]


def without_steps(model, plain, bias_bits=8):
    """`plain` with the rounded kernels of `model`, its steps as float16, its biases as integers.

    Every kernel value is a level times a float16 step, every bias an integer of `bias_bits` times
    one: what `container.encode` stores exactly.
    """
    for ours, layer in zip(stepped(model), [x for x in plain.layers if x.weights], strict=True):
        kernel, bias = ours.effective_kernel().numpy(), ours.layer.bias.numpy()
        if ours.top:
            step = np.abs(ours.step.numpy()) + 1e-8
            kernel = np.round(kernel / step).astype(np.float32) * np.float32(np.float16(step))
            most = 2 ** (bias_bits - 1) - 1
            step = np.float32(np.float16(max(np.abs(bias).max() / most, 1e-5)))
            bias = np.clip(np.round(bias / step), -most, most).astype(np.float32) * step
        layer.set_weights([kernel, bias])
    return plain
