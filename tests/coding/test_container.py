"""The compressed file: equal bit for bit, refused when anything is wrong."""

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from lepton_helpers import models
from lepton_helpers.coding import architecture, container, entropy
from lepton_helpers.compress import pruning, quantization
from lepton_helpers.quiet import keras

RNG = np.random.default_rng(0)


def on_grid(model, density=0.1, top=3, seed=0):
    """The model with sparse kernels of a few levels and biases of 8 bits."""
    rng = np.random.default_rng(seed)
    weights = []
    for w in model.get_weights():
        step = np.float32(np.float16(0.0371))
        levels = rng.integers(-top, top + 1, w.shape) * (rng.random(w.shape) < density)
        weights.append((levels if w.ndim > 1 else rng.integers(-127, 128, w.shape)).astype(np.float32) * step)
    model.set_weights(weights)
    return model


def tiny():
    layers = keras.layers
    return on_grid(keras.Sequential([layers.Input((4, 4)), layers.Flatten(), layers.Dense(3, "relu"),
                                     layers.Dense(2, "softmax")]), 0.5)


@pytest.fixture(scope="module")
def small():
    return container.encode(tiny())


@pytest.mark.parametrize("name", models.BY_NAME)
def test_the_decoded_model_is_equal_bit_for_bit(name):
    model = on_grid(models.BY_NAME[name]() if name != "lenet_5" else models.small_cnn(widths=(3, 4, 5)), 0.04)
    content = container.encode(model)
    again = container.decode(content)
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        assert ours.dtype == theirs.dtype and np.array_equal(ours, theirs)
    images = RNG.random((20, 28, 28), np.float32)
    assert np.array_equal(model.predict(images, verbose=0), again.predict(images, verbose=0))
    assert container.encode(again) == content


def strided(shape=(9, 7, 3), padding="same", stride=2):
    layers = keras.layers
    return on_grid(keras.Sequential([
        layers.Input(shape), layers.Rescaling([0.5, 1 / 3, 2.0], [0.1, -0.7, 0.0]),
        models.convolution(4, 3, 0, padding, stride), layers.Flatten(), models.dense(2, 0, "softmax")]), 0.5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_strides_and_rescaling_come_back_bit_for_bit(padding, stride):
    model = strided(padding=padding, stride=stride)
    again = container.decode(container.encode(model))
    images = RNG.integers(0, 256, (8, 9, 7, 3), np.uint8)
    assert np.array_equal(model.predict(images, verbose=0), again.predict(images, verbose=0))
    assert container.encode(again) == container.encode(model)


def test_a_rescaling_of_other_channels_is_refused():
    content = bytearray(architecture.encode(strided()))
    place = content.index(bytes([5, 3])) + 1  # the number of channels
    wrong = content[:place] + bytes([2]) + content[place + 1:]
    with pytest.raises(architecture.CodingError, match="rescales 2 channels"):
        architecture.decode(reader(wrong))


def reader(content):
    """A function that hands out `content` piece by piece, as `architecture.decode` asks for it."""
    pieces = iter(bytes(content))
    return lambda n: bytes(next(pieces) for _ in range(n))


def test_lenet_5_with_its_pooling():
    model = on_grid(models.lenet_5(), 0.01)
    again = container.decode(container.encode(model))
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))


def test_another_process_computes_the_same(tmp_path):
    model, images = on_grid(models.mlp()), RNG.random((50, 28, 28), np.float32)
    container.save(model, tmp_path / "model.lept")
    np.save(tmp_path / "images.npy", images)
    program = Path(__file__).parent.parent / "programs" / "decode.py"
    subprocess.run([sys.executable, program], check=True, timeout=3600, cwd=tmp_path)
    assert np.array_equal(np.load(tmp_path / "out.npy"), model.predict(images, verbose=0))


def test_shared_values_and_unrounded_biases_survive():
    model = models.lenet_300_100()
    shared = [RNG.choice(RNG.normal(0, 1, 15).astype(np.float32), w.shape) if w.ndim > 1
              else RNG.normal(0, 1, w.shape).astype(np.float32) for w in model.get_weights()]
    model.set_weights(shared)
    again = container.decode(container.encode(model))
    assert all(np.array_equal(a, b) for a, b in zip(shared, again.get_weights(), strict=True))


def test_an_empty_kernel_is_coded():
    model = tiny()
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    assert all((w == 0).all() for w in container.decode(container.encode(model)).get_weights())


def test_every_single_byte_corruption_is_refused(small):
    for place in range(len(small)):
        for change in (1, 2, 16, 128, 255):
            damaged = bytearray(small)
            damaged[place] ^= change
            with pytest.raises(container.CodingError):
                container.decode(damaged)


def test_every_truncation_and_any_addition_is_refused(small):
    for length in range(len(small)):
        with pytest.raises(container.CodingError):
            container.decode(small[:length])
    with pytest.raises(container.CodingError, match="damaged"):
        container.decode(small + b"\0")


def test_a_newer_version_says_so(small):
    newer = small[:4] + bytes([container.VERSION + 1]) + small[5:]
    with pytest.raises(container.CodingError, match="version 2.*update"):
        container.decode(newer)


def forged(body):
    return container.MARK + bytes([container.VERSION]) + zlib.crc32(body).to_bytes(4, "little") + body


@pytest.mark.parametrize("body, words", [
    (b"\x01\x04\x01\x03\x01\xff\xff\xff\x7f", "too large"),
    (b"\x01\x04\x01\x09", "unknown kind 9"),
    (b"\x01\x04\x01\x03", "middle of its header"),
    (b"\x02\x04\x04\x01\x02", "can be rebuilt"),
    (b"\x01" + b"\xff" * 3000, "can be rebuilt"),
    (b"\x03\x02\x02\x01\x01\x04\x00\x05\x03", "cannot be or is too large"),
])
def test_a_forged_file_with_a_right_checksum_is_refused(body, words):
    with pytest.raises(container.CodingError, match=words):
        container.decode(forged(body))


def test_a_file_of_something_else(tmp_path):
    with pytest.raises(container.CodingError, match="mark"):
        container.decode(b"\x80\x04cos\nsystem\n")
    with pytest.raises(FileNotFoundError):
        container.load(tmp_path / "absent.lept")


def test_what_cannot_be_coded_says_why(tmp_path):
    with pytest.raises(container.CodingError, match="255"):
        container.encode(models.mlp())
    broken = tiny()
    broken.set_weights([np.full_like(w, np.nan) for w in broken.get_weights()])
    with pytest.raises(container.CodingError, match="NaN"):
        container.encode(broken)
    odd = keras.Sequential([keras.layers.Input((4, 4)), keras.layers.Lambda(lambda x: x)])
    path = tmp_path / "kept.lept"
    path.write_bytes(b"here before")
    with pytest.raises(container.CodingError, match="Lambda"):
        container.save(odd, path)
    assert path.read_bytes() == b"here before" and [p.name for p in tmp_path.iterdir()] == ["kept.lept"]


def test_levels_find_the_step_or_the_values():
    symbols, step = container.levels(np.array([0.5, 0, -1.5, 1.0], np.float32))
    assert symbols.tolist() == [1, 0, -3, 2] and step == np.float16(0.5)
    values = np.array([-0.3, 0, 0.1, 0.77, 0.1], np.float32)
    symbols, book = container.levels(values)
    assert symbols.tolist() == [-1, 0, 1, 2, 1] and np.array_equal(book, np.unique(values[values != 0]))


def test_probabilities_are_the_same_on_every_machine():
    tables = np.array(entropy._SQUASH + entropy._STRETCH, "<i4")
    assert zlib.crc32(tables.tobytes()) == 625148669, "old files need a new VERSION now"


def test_coded_size_follows_the_content():
    few, many = (container.encode(on_grid(models.mlp(), d)) for d in (0.01, 0.1))
    assert len(few) < len(many) / 4 < 4 * models.mlp().count_params() / 4 / 8


def test_huffman_and_relative_indices():
    assert entropy.huffman_bytes([0] * 8 + [1] * 4 + [2] * 4) == 3 + 3  # 24 bits, a table of 3
    assert entropy.huffman_bytes([7, 7, 7]) == 1
    sparse = np.zeros(100, int)
    sparse[[3, 80]] = 1, -1
    # gaps 3, then 76 = two fillers of 32 and 12; levels 1, 0, 0, -1; two values of 4 bytes
    assert entropy.deep_compression_bytes(sparse) == (3 + 1) + (3 + 1) + 8
    assert entropy.deep_compression_bytes(sparse, conv=True) < entropy.deep_compression_bytes(sparse)


def test_lamp_keeps_the_density_and_empties_no_layer():
    weights = [RNG.normal(0, 1, (50, 40)), RNG.normal(0, 1e-6, (40, 5))]
    masks = pruning.lamp(weights, 0.05)
    assert abs(sum(m.sum() for m in masks) - 0.05 * 2200) <= 1 and all(m.any() for m in masks)
    again = pruning.lamp([w * m for w, m in zip(weights, masks, strict=True)], 0.5)
    assert all((a <= m).all() for a, m in zip(again, masks, strict=True)), "what is pruned stays pruned"
    with pytest.raises(ValueError, match="sparsity"):
        pruning.lamp(weights, 0)


def test_a_learned_step_rounds_to_its_levels_and_the_plain_copy_agrees():
    model = quantization.learned_steps(models.mlp())
    images = RNG.random((30, 28, 28), np.float32)
    assert np.allclose(model.predict(images, verbose=0), models.mlp().predict(images, verbose=0), atol=1e-6)
    for layer in quantization.stepped(model):
        layer.start(3)
    models.compiled(model)
    plain = quantization.without_steps(model, models.mlp())
    assert all(len(np.unique(w)) <= 7 for w in pruning.kernels(plain).values())
    assert np.allclose(model.predict(images, verbose=0), plain.predict(images, verbose=0), atol=2e-3)
    assert len(container.encode(plain)) < 4 * plain.count_params() / 8
    assert architecture.encode(plain) == architecture.encode(models.mlp())
