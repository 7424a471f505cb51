"""A network's layers as a few bytes, rebuilt from a fixed table: nothing is ever executed."""

import numpy as np

from lepton_helpers import models
from lepton_helpers.quiet import keras

LIMIT = 1 << 24  # weights: more than this is no model of ours, and a bomb is refused early
_ACTIVATIONS = ("linear", "relu", "softmax")
_PADDINGS = ("valid", "same")


class CodingError(ValueError):
    """A model that cannot be coded, or a file that is not a sound compressed model."""


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def encode(model):
    """The layers as bytes; what has no weights and no effect on inference is left out."""
    out, kept = b"", 0
    for layer in model.layers:
        kind, c = type(layer).__name__, layer.get_config()
        if kind in ("InputLayer", "Dropout"):
            continue
        if kind == "Flatten":
            out += b"\0"
        elif kind == "Reshape" and layer.output_shape[1:] == (*layer.input_shape[1:], 1):
            out += b"\1"
        elif kind == "MaxPooling2D" and c["pool_size"] == c["strides"] == (2, 2) and c["padding"] == "valid":
            out += b"\2"
        elif kind == "Dense" and c["use_bias"] and c["activation"] in _ACTIVATIONS:
            out += bytes([3, _ACTIVATIONS.index(c["activation"])]) + _varint(c["units"])
        elif (kind == "Conv2D" and c["use_bias"] and c["activation"] == "relu" and c["groups"] == 1
              and c["dilation_rate"] == (1, 1) and len({*c["strides"]}) == len({*c["kernel_size"]}) == 1):
            stride = bytes(c["strides"][:1]) if c["strides"][0] > 1 else b""
            out += bytes([6 if stride else 4, _PADDINGS.index(c["padding"]), c["kernel_size"][0]])
            out += stride + _varint(c["filters"])
        elif kind == "Rescaling":
            scale, offset = np.broadcast_arrays(*(np.ravel(c[k]).astype("<f4") for k in ("scale", "offset")))
            out += b"\5" + _varint(scale.size) + scale.tobytes() + offset.tobytes()
        else:
            raise CodingError(f"layer {layer.name!r} ({kind}) has no code in this format; it knows Flatten, "
                              "Reshape to one channel, Rescaling, MaxPooling2D of 2, Dense, square Conv2D.")
        kept += 1
    shape = model.input_shape[1:]
    return bytes([len(shape)]) + b"".join(map(_varint, shape)) + bytes([kept]) + out


def decode(read):
    """A new model from the architecture bytes that `read(n)` hands out."""
    def number():
        low = read(1)[0]
        return low if low < 128 else low - 128 + 128 * number()

    layers, shape = keras.layers, tuple(number() for _ in range(min(read(1)[0], 3)))
    stack, weights, dense, conv = [layers.Input(shape)], 0, 0, 0
    for _ in range(read(1)[0]):
        kind, size = read(1)[0], int(np.prod(shape))
        if kind == 0:
            stack, shape = [*stack, layers.Flatten()], (size,)
        elif kind == 1:
            stack, shape = [*stack, layers.Reshape((*shape, 1))], (*shape, 1)
        elif kind == 2:
            stack.append(layers.MaxPooling2D())
            shape = (shape[0] // 2, shape[1] // 2, shape[2])
        elif kind == 3:
            activation, units = _ACTIVATIONS[read(1)[0]], number()
            weights += size * units
            stack, shape = [*stack, models.dense(units, dense, activation)], (units,)
            dense += 1
        elif kind == 5:
            many = number()
            if many not in (1, shape[-1]):
                raise CodingError(f"the file rescales {many} channels where the map has {shape[-1]}.")
            scale, offset = (np.frombuffer(read(4 * many), "<f4").tolist() for _ in range(2))
            stack.append(layers.Rescaling(scale, offset))
        elif kind in (4, 6):
            padding, side, stride = _PADDINGS[read(1)[0]], read(1)[0], read(1)[0] if kind == 6 else 1
            filters, lost = number(), 0 if padding == "same" else side - 1
            weights += side * side * shape[2] * filters
            stack.append(models.convolution(filters, side, conv, padding, max(stride, 1)))
            shape = (*(-(-(n - lost) // max(stride, 1)) for n in shape[:2]), filters)
            conv += 1
        else:
            raise CodingError(f"the file names a layer of unknown kind {kind}; a newer version wrote it.")
        if weights + size > LIMIT or min(shape) < 1:
            raise CodingError("the file describes a network that cannot be or is too large to rebuild.")
    return keras.Sequential(stack)
