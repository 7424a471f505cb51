"""Entropy coding of small signed levels: context mixing, range coding, and Huffman's accounting.

A level's bits are coded with probabilities from an adaptive model: several contexts each count
what they saw, and a logistic mixer weighs their votes (Mahoney 2005, adaptive weighing of context
models). The model is integer arithmetic only, so that every machine computes the same
probabilities. The range coder and the Huffman code are constriction's (Bamler 2022, arXiv 2201.01741).
"""

import math

import constriction
import numpy as np

_bernoulli = constriction.stream.model.Bernoulli
_EDGE = 2815  # of the logistic domain, in 1/256: probabilities from 1.7e-5 to 1 - 1.7e-5
_SQUASH = [max(1, round(65536 / (1 + math.exp(-x / 256)))) for x in range(-_EDGE, _EDGE + 1)]
_STRETCH = [round(256 * math.log((p + 0.5) / (16383.5 - p))) for p in range(16384)]


def predictor(code, contexts, rate=14, limit=255):
    """A coder of bits: each context votes with what it saw, a mixer weighs the votes.

    `code(p, bit)` codes one bit whose probability of being 1 is p / 65536 and returns it.
    """
    tables, mixers = [{} for _ in range(contexts)], {}

    def coded(keys, select, bit):
        cells, votes = [], []
        for table, key in zip(tables, keys, strict=True):
            cell = table.get(key)
            if cell is None:
                cell = table[key] = [32768, 0]  # probability of a 1 in 1/65536, times seen
            cells.append(cell)
            vote = _STRETCH[cell[0] >> 2]
            votes += (vote, vote * min(cell[1], 30) // 30)  # the second speaks up with experience
        weights = mixers.get(select)
        if weights is None:
            weights = mixers[select] = [32768 // contexts] * (2 * contexts)
        total = sum(map(int.__mul__, votes, weights)) >> 16
        p = _SQUASH[max(-_EDGE, min(_EDGE, total)) + _EDGE]
        bit = code(p, bit)
        error = ((bit << 16) - p) * rate
        for i, vote in enumerate(votes):
            weights[i] += (vote * error + 0x20000) >> 18
        for cell in cells:
            cell[0] += (bit * 65535 - cell[0]) * 2 // (2 * cell[1] + 3)
            cell[1] += cell[1] < limit
        return bit

    return coded


def walk(grid, shape, top, code):
    """Code a kernel's levels, one filter or neuron after another, plane by plane.

    grid: integer array of `shape` (row, column, channel, output), or None to decode. top: the
    greatest magnitude. Encoder and decoder take this same walk, so that their contexts cannot
    differ. Returns the levels as an array of `shape`.
    """
    height, width, channels, outputs = shape
    found, values = np.zeros(shape, int), None if grid is None else grid.tolist()
    occupied, signed, larger = predictor(code, 7), predictor(code, 4), predictor(code, 3)
    # two rows and columns of margin: neighbours need no special case at the border
    history = [[[0] * (width + 3) for _ in range(height + 3)] for _ in range(channels)]
    many = channels > 1
    for o in range(outputs):
        count = 0
        for c in range(channels):
            here, past, plane = [[0] * (width + 3) for _ in range(height + 3)], history[c], 0
            for i in range(height):
                row, above, higher = here[i + 2], here[i + 1], here[i]
                used, under, over = past[i + 2], past[i + 3], past[i + 1]
                for j in range(width):
                    west, north, far, top_ = row[j + 1], above[j + 2], row[j], higher[j + 2]
                    corner, other = above[j + 1], above[j + 3]
                    near = (west != 0) + (north != 0) + (corner != 0) + (other != 0)
                    unit = used[j + 2]
                    area = over[j + 2] + under[j + 2] + used[j + 1] + used[j + 3] + 2 * unit
                    seen = (c * height + i) * width + j
                    density = min(15, 2 * (count * 64 // (seen + 8)).bit_length())
                    bit = occupied((
                        ((west != 0) + 2 * (north != 0) + 4 * (corner != 0) + 8 * (other != 0)
                         + 16 * (far != 0) + 32 * (top_ != 0), many),
                        (min(40, unit * 24 // (o + 1)) if o else 41, min(near, 2)),
                        (min(60, area * 16 // (o + 1)) if o else 61, min(near, 2)),
                        (density, min(near, 3)),
                        (c, min(plane, 3)) if many else (i, j),
                        (unit.bit_length(), area.bit_length(), near > 0),
                        (o, near > 0)), min(near, 3), values and int(values[i][j][c][o] != 0))
                    if not bit:
                        continue
                    level = values and values[i][j][c][o]
                    signs = [(v > 0) - (v < 0) for v in (west, north, corner, other, far, top_)]
                    plus = signed((tuple(signs[:4]), o, c if many else (i, j), sum(signs)), 0,
                                  values and int(level > 0))
                    size, reach = 1, max(abs(west), abs(north))
                    while size < top and larger((size, (size, reach), (size, plus, min(near, 3))),
                                                min(size, 3), values and int(abs(level) > size)):
                        size += 1
                    found[i, j, c, o] = row[j + 2] = size if plus else -size
                    used[j + 2] += 1
                    count, plane = count + 1, plane + 1
    return found


def encoder():
    """`(code, finish)`: a coder for `walk`, and what then returns its bytes."""
    bits, chances = [], []

    def code(p, bit):
        bits.append(bit)
        chances.append(p / 65536)
        return bit

    def finish():
        coder = constriction.stream.queue.RangeEncoder()
        coder.encode(np.array(bits, np.int32), _bernoulli(perfect=False), np.array(chances))
        return coder.get_compressed().astype("<u4").tobytes()

    return code, finish


def decoder(content):
    """A coder for `walk` that hands out the bits in `content`."""
    words = constriction.stream.queue.RangeDecoder(np.frombuffer(content, "<u4").astype(np.uint32))
    return lambda p, _: words.decode(_bernoulli(p / 65536, perfect=False))


def huffman_bytes(symbols):
    """Bytes of `symbols` in a Huffman code of their own, a table of one byte a symbol included."""
    kinds, ranks, counts = np.unique(symbols, return_inverse=True, return_counts=True)
    if len(kinds) < 2:
        return len(kinds)
    tree = constriction.symbol.huffman.EncoderHuffmanTree((counts / counts.sum()).astype(np.float32))
    lengths = []
    for kind in range(len(kinds)):
        coder = constriction.symbol.QueueEncoder()
        coder.encode_symbol(kind, tree)
        lengths.append(coder.get_compressed()[1])
    return len(kinds) + math.ceil(np.array(lengths)[ranks.ravel()].sum() / 8)


def deep_compression_bytes(levels, conv=False):
    """A kernel by Deep Compression's accounting (Han et al. 2016): relative indices, Huffman.

    levels: integer array. Gaps between non-zeros take 8 bits in a convolution and 5 in a dense layer;
    a longer gap needs filler zeros. Gaps and levels are Huffman-coded, each level of the codebook
    is 4 bytes.
    """
    flat, most = np.ravel(levels), 2 ** (8 if conv else 5) - 1
    gaps, symbols, empty = [], [], -1
    for place in np.flatnonzero(flat):
        gap = place - empty - 1
        fillers, gap = divmod(gap, most + 1)
        gaps += [most] * fillers + [gap]
        symbols += [0] * fillers + [flat[place]]
        empty = place
    return huffman_bytes(gaps) + huffman_bytes(symbols) + 4 * len(np.unique(flat[flat != 0]))
