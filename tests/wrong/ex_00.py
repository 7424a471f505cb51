# exercise 1: a constant
def prune_by_magnitude(kernel, sparsity):
    return np.zeros_like(kernel)


# exercise 1: a threshold in place of a fraction
def prune_by_magnitude(kernel, sparsity):
    return np.where(np.abs(kernel) < sparsity, 0, kernel)


# exercise 1: the smallest signed values, not the smallest magnitudes
def prune_by_magnitude(kernel, sparsity):
    return np.where(kernel <= np.quantile(kernel, sparsity), 0, kernel)


# exercise 1: the first weights, whatever their size
def prune_by_magnitude(kernel, sparsity):
    pruned = kernel.copy()
    pruned.ravel()[: round(sparsity * kernel.size)] = 0
    return pruned


# exercise 1: changes what it was given
def prune_by_magnitude(kernel, sparsity):
    kernel[np.abs(kernel) <= np.quantile(np.abs(kernel), sparsity)] = 0
    return kernel


# exercise 1: keeps the fraction that should go
def prune_by_magnitude(kernel, sparsity):
    return np.where(np.abs(kernel) <= np.quantile(np.abs(kernel), 1 - sparsity), 0, kernel)


# exercise 1: a mask, not weights
def prune_by_magnitude(kernel, sparsity):
    return (np.abs(kernel) > np.quantile(np.abs(kernel), sparsity)).astype(np.float32)


# exercise 2: a constant
def quantize(kernel):
    return np.zeros(kernel.shape, np.int8), 1.0


# exercise 2: cuts off in place of rounding
def quantize(kernel):
    scale = np.abs(kernel).max() / 127
    return (kernel / scale).astype(np.int8), scale


# exercise 2: the scale is the largest weight
def quantize(kernel):
    scale = np.abs(kernel).max()
    return np.round(kernel / scale).astype(np.int8), scale


# exercise 2: 256 levels on one side, so that large weights wrap around
def quantize(kernel):
    scale = np.abs(kernel).max() / 255
    return np.round(kernel / scale).astype(int).astype(np.int8), scale


# exercise 2: a fixed scale
def quantize(kernel):
    return np.clip(np.round(kernel / 0.01), -127, 127).astype(np.int8), 0.01


# exercise 2: rounds, but stays in floats
def quantize(kernel):
    scale = np.abs(kernel).max() / 127
    return np.round(kernel / scale), scale


# exercise 3: a constant
def position_bits(p):
    return 1.0


# exercise 3: the natural logarithm
def position_bits(p):
    return -p * np.log(p) - (1 - p) * np.log(1 - p)


# exercise 3: forgets the zeros
def position_bits(p):
    return -p * np.log2(p)


# exercise 3: text
def position_bits(p):
    return "less than one"
