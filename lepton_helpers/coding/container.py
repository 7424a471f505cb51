"""The compressed file: one model in a few kilobytes, read back without running anything.

Layout, all integers unsigned: the mark `LEPT`, one byte of version, the CRC-32 of what follows (4
bytes), then the architecture, a codebook for each kernel and bias vector, and the symbols as
`entropy` codes them. A kernel is a grid of small signed levels, most of them zero.
"""

import lzma
import zlib

import numpy as np

from lepton_helpers import models, paths
from lepton_helpers.coding import architecture, entropy
from lepton_helpers.coding.architecture import CodingError
from lepton_helpers.compress import pruning
from lepton_helpers.deploy import litert

MARK, VERSION = b"LEPT", 1


def levels(values):
    """Split an array into signed integer levels and the codebook that gives them their values.

    Returns `(levels int array, codebook)`: a float16 step if every value is a whole multiple of one,
    up to 127, else the distinct non-zero values as float32, ordered by level: -n..-1 then 1..m.
    Raises `CodingError` for more than 255 distinct non-zero values: share or quantize them first.
    """
    distinct = np.unique(values[values != 0])
    if not len(distinct):
        return np.zeros(values.shape, int), np.float16(1)
    with np.errstate(over="ignore"):
        for divisor in range(1, 128):
            step = np.float16(np.abs(distinct).min() / divisor)
            ratio = np.round(distinct / np.float32(step or 1))
            if step and np.abs(ratio).max() <= 127 and (
                    np.float32(step) * ratio.astype(np.float32) == distinct).all():
                return np.round(values / np.float32(step)).astype(int), step
    if len(distinct) > 255:
        raise CodingError(f"{len(distinct)} distinct weights in one kernel: the format holds 255; share "
                          "the weights (clustering) or round them to a step before coding.")
    below = int((distinct < 0).sum())
    rank = np.searchsorted(distinct, values) - below
    return np.where(values == 0, 0, rank + (rank >= 0)), distinct.astype(np.float32)


def _grids(model):
    """`(layer, grid shape)` of each layer with a kernel: row, column, channel, output."""
    shape, out = model.input_shape[1:], []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2D":
            out.append((layer, tuple(layer.kernel.shape)))
        elif kind == "Dense":  # after Flatten the grid is the map that was flattened
            grid = (*shape, 1, 1)[:3] if len(shape) > 1 else (1, shape[0], 1)
            out.append((layer, (*grid, layer.units)))
        if kind not in ("Flatten", "Dropout"):  # neither hides the map from what follows
            shape = layer.output_shape[1:]
    return out


def _pack(book, top):
    """A codebook as bytes: kind and size, then a float16 step or the float32 values."""
    if np.ndim(book) == 0:
        return bytes([0, top]) + np.array(book, "<f2").tobytes()
    below = int((book < 0).sum())
    return bytes([1, below, len(book) - below]) + book.astype("<f4").tobytes()


def _unpack(read, raw=0):
    """`(values by level, greatest level)` from codebook bytes; a vector of `raw` floats as it is."""
    kind, size = read(2)
    if kind == 2:
        values = np.frombuffer(read(4 * raw), "<f4").astype(np.float32)
        return lambda q: values, 0
    if kind == 0:
        step = np.frombuffer(read(2), "<f2").astype(np.float32)[0]
        return lambda q: q.astype(np.float32) * step, size
    above = read(1)[0]
    book = np.frombuffer(read(4 * (size + above)), "<f4")
    whole = np.concatenate([book[:size], [0], book[size:]]).astype(np.float32)
    return lambda q: whole[np.clip(q + size, 0, len(whole) - 1)], max(size, above)


def encode(model):
    """A tf_keras model as bytes. Raises `CodingError` for layers or weights that the format lacks."""
    models.require_tf_keras(model)
    header, (code, finish) = architecture.encode(model), entropy.encoder()
    for layer, shape in _grids(model):
        for weight, grid in zip(layer.get_weights(), (shape, (1, 1, 1, shape[3])), strict=True):
            if not np.isfinite(weight).all():
                raise CodingError(f"layer {layer.name!r} holds NaN or infinite weights; train it again.")
            if grid is not shape and len(np.unique(weight)) > 255:  # biases that nothing has rounded
                header += b"\2\0" + weight.astype("<f4").tobytes()
                continue
            symbols, book = levels(weight)
            header += _pack(book, top := int(np.abs(symbols).max()))
            if top:
                entropy.walk(symbols.reshape(grid), grid, top, code)
    body = header + finish()
    return MARK + bytes([VERSION]) + zlib.crc32(body).to_bytes(4, "little") + body


def decode(content):
    """The model that `encode` was given, weights equal bit for bit; raises `CodingError`."""
    content = bytes(content)
    if content[:4] != MARK:
        raise CodingError("this is not a compressed model: it does not begin with the mark LEPT.")
    if len(content) < 12:
        raise CodingError(f"the file is cut short: {len(content)} bytes are fewer than its header.")
    if content[4] != VERSION:
        raise CodingError(f"the file has version {content[4]}, this package reads version {VERSION}; "
                          "update lepton_helpers, or fetch the file again if it may be damaged.")
    body = content[9:]
    if zlib.crc32(body) != int.from_bytes(content[5:9], "little"):
        raise CodingError("the file is damaged or cut short: its checksum does not match; fetch it again.")
    place = 0

    def read(n):
        nonlocal place
        place += n
        if place > len(body):
            raise CodingError("the file ends in the middle of its header; it was written wrongly.")
        return body[place - n:place]

    try:
        model = architecture.decode(read)
        grids = _grids(model)
        books = [(_unpack(read), _unpack(read, shape[3])) for _, shape in grids]
        code = entropy.decoder(body[place:])
        for (layer, shape), pair in zip(grids, books, strict=True):
            weights = layer.get_weights()
            for i, (value, top) in enumerate(pair):
                grid = (1, 1, 1, shape[3]) if i else shape
                found = entropy.walk(None, grid, top, code) if top else np.zeros(grid, int)
                weights[i] = value(found).reshape(weights[i].shape)
            layer.set_weights(weights)
    except (AssertionError, IndexError, RecursionError, TypeError, ValueError) as error:
        if isinstance(error, CodingError):
            raise
        raise CodingError(f"the file describes no model that can be rebuilt ({error}).") from error
    return models.compiled(model)


def save(model, path):
    """Write `encode(model)`, whole or not at all; returns the path."""
    return paths.write_atomically(path, encode(model))


def load(path):
    """`decode` the file at `path`; nothing in it is ever executed."""
    return decode(paths.Path(path).read_bytes())


def sizes(model):
    """A model's bytes by each accounting, as a dict; the two ratios are to float32."""
    content, whole = encode(model), 4 * model.count_params()
    lite = litert.convert(model)
    han = sum(entropy.deep_compression_bytes(levels(w)[0], w.ndim == 4) if w.ndim > 1 else w.nbytes
              for w in model.get_weights())
    return {"nonzeros": sum(int(np.count_nonzero(w)) for w in pruning.kernels(model).values()),
            "file_bytes": len(content), "deep_compression_bytes": han, "gzip_tflite_bytes": lite.gzip_bytes,
            "xz_tflite_bytes": len(lzma.compress(lite.content, preset=9)),
            "ratio_file": round(whole / len(content), 2), "ratio_deep_compression": round(whole / han, 2)}
