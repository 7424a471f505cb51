# exercise 1: a constant
def two_of_four(values):
    return np.array([True, True, False, False] * (len(values) // 4))


# exercise 1: the largest half of all, not of each four
def two_of_four(values):
    return np.abs(values) > np.median(np.abs(values))


# exercise 1: by value, not by magnitude
def two_of_four(values):
    groups = values.reshape(-1, 4)
    mask = np.zeros(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(-groups, axis=1)[:, :2], True, axis=1)
    return mask.ravel()


# exercise 2: a constant
def prune_gradually(kernel, step, final_sparsity, steps):
    return np.zeros(kernel.shape)


# exercise 2: all at the end
def prune_gradually(kernel, step, final_sparsity, steps):
    for _ in range(steps):
        kernel = step(kernel)
    return pruning.threshold(kernel, final_sparsity)


# exercise 2: forgets the mask
def prune_gradually(kernel, step, final_sparsity, steps):
    for t in range(1, steps + 1):
        kernel = pruning.threshold(step(kernel), final_sparsity * (1 - (1 - t / steps) ** 3))
    return kernel


# exercise 2: a linear schedule
def prune_gradually(kernel, step, final_sparsity, steps):
    mask = np.ones(kernel.shape)
    for t in range(1, steps + 1):
        kernel = pruning.threshold(step(kernel) * mask, final_sparsity * t / steps)
        mask = kernel != 0
    return kernel


# exercise 2: at random, not by magnitude
def prune_gradually(kernel, step, final_sparsity, steps):
    order = np.random.default_rng(0).permutation(kernel.size)
    for t in range(1, steps + 1):
        kernel = step(kernel).ravel()
        kernel[order[:round(final_sparsity * (1 - (1 - t / steps) ** 3) * kernel.size)]] = 0
        kernel = kernel.reshape(784, -1)
    return kernel


# exercise 3: a constant
def lamp_scores(kernel):
    return np.ones(kernel.shape)


# exercise 3: the magnitude over the whole layer's
def lamp_scores(kernel):
    return kernel ** 2 / (kernel ** 2).sum()


# exercise 3: the sum over smaller weights
def lamp_scores(kernel):
    squares = kernel ** 2
    return squares / (squares * (squares <= squares[..., None, None])).sum(axis=(2, 3))
