# exercise 1: a constant
def quantize_layer(kernel, bits):
    return np.zeros(kernel.shape), np.ones(kernel.shape[-1])


# exercise 1: the largest weight sets the scale
def quantize_layer(kernel, bits):
    scales = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) / (2 ** (bits - 1) - 1)
    return np.clip(np.round(kernel / scales), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1), scales


# exercise 1: one scale for all channels
def quantize_layer(kernel, bits):
    most, best = 2 ** (bits - 1) - 1, (np.inf, None, None)
    for share in np.linspace(0.1, 1, 46):
        scale = share * np.abs(kernel).max() / most
        q = np.clip(np.round(kernel / scale), -most - 1, most)
        best = min(best, (np.square(q * scale - kernel).sum(), scale, 0), key=lambda b: b[0])
    q = np.clip(np.round(kernel / best[1]), -most - 1, most)
    return q, np.full(kernel.shape[-1], best[1])


# exercise 1: forgets to saturate
def quantize_layer(kernel, bits):
    scales = 0.3 * np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) / (2 ** (bits - 1) - 1)
    return np.round(kernel / scales), scales


# exercise 2: a constant
def add(qa, sa, za, qb, sb, zb, sy, zy):
    return np.full(qa.shape, zy)


# exercise 2: forgets the zero points of the inputs
def add(qa, sa, za, qb, sb, zb, sy, zy):
    return np.clip(np.round((qa * sa + qb * sb) / sy) + zy, -128, 127)


# exercise 2: truncates in place of rounding
def add(qa, sa, za, qb, sb, zb, sy, zy):
    return np.clip(np.floor(((qa - za) * sa + (qb - zb) * sb) / sy) + zy, -128, 127)


# exercise 2: adds integers
def add(qa, sa, za, qb, sb, zb, sy, zy):
    return np.clip(qa + qb, -128, 127)


# exercise 3: a constant
def calibrate(values):
    return 0.0, 1.0


# exercise 3: least and greatest
def calibrate(values):
    return values.min(), values.max()


# exercise 3: a percentile that cuts into the honest tail
def calibrate(values):
    return 0.0, np.percentile(values, 90)


# exercise 3: the mean of the rows' maxima
def calibrate(values):
    return 0.0, values.max(axis=1).mean()
