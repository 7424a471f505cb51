# exercise 1: a constant
def share(kernel, k):
    return np.zeros(kernel.shape)


# exercise 1: even levels
def share(kernel, k):
    levels = np.linspace(kernel.min(), kernel.max(), k)
    return levels[np.abs(kernel[..., None] - levels).argmin(axis=-1)]


# exercise 1: k-means that does not know of zeros
def share(kernel, k):
    c = np.quantile(kernel, (np.arange(k) + 0.5) / k)
    for _ in range(30):
        a = np.abs(kernel[..., None] - c).argmin(axis=-1)
        c = np.array([kernel[a == j].mean() if (a == j).any() else c[j] for j in range(k)])
    return c[a]


# exercise 1: one value too many
def share(kernel, k):
    values = kernel[kernel != 0]
    c = np.quantile(values, (np.arange(k) + 0.5) / k)
    for _ in range(30):
        a = np.abs(values[:, None] - c).argmin(axis=1)
        c = np.array([values[a == j].mean() for j in range(k)])
    shared_ = kernel.copy()
    shared_[kernel != 0] = c[a]
    return shared_


# exercise 1: zeros kept, others on even levels
def share(kernel, k):
    levels = np.linspace(kernel.min(), kernel.max(), k - 1)
    return np.where(kernel == 0, 0, levels[np.abs(kernel[..., None] - levels).argmin(axis=-1)])


# exercise 2: a constant
def pack_bits(index, width):
    return bytes(-(-len(index) * width // 8))


def unpack_bits(packed, width, n):
    return np.zeros(n, int)


# exercise 2: a byte each
def pack_bits(index, width):
    return index.astype(np.uint8).tobytes()


def unpack_bits(packed, width, n):
    return np.frombuffer(packed, np.uint8)[:n]


# exercise 2: reads the bits in the wrong order
def pack_bits(index, width):
    return np.packbits(((index[:, None] >> np.arange(width)) & 1).astype(np.uint8)).tobytes()


def unpack_bits(packed, width, n):
    bits = np.unpackbits(np.frombuffer(packed, np.uint8))[:n * width].reshape(n, width).astype(int)
    return (bits << np.arange(width)[::-1]).sum(axis=1)


# exercise 3: a constant
def pays_from(k):
    return 342


# exercise 3: forgets the codebook's 32 bits
def pays_from(k):
    width = int(np.ceil(np.log2(k)))
    return 8 * k // (32 - width) + 1


# exercise 3: as many, not fewer
def pays_from(k):
    return int(np.ceil(32 * k / (32 - np.ceil(np.log2(k))))) - 1
