# exercise 1: a constant
def share_keeping_zeros(kernel, k):
    return np.zeros_like(kernel)


# exercise 1: clusters zeros as well
def share_keeping_zeros(kernel, k):
    return shared(kernel, k)


# exercise 1: puts the zeros back afterwards, but k-means has spent a center on them
def share_keeping_zeros(kernel, k):
    return np.where(kernel == 0, 0, shared(kernel, k))


# exercise 1: returns the kernel as it is
def share_keeping_zeros(kernel, k):
    return kernel


# exercise 2: a constant
def centroid_step(kernel, gradient, rate):
    return 0.0


# exercise 2: every weight on its own
def centroid_step(kernel, gradient, rate):
    return kernel - rate * gradient


# exercise 2: the mean of the gradients
def centroid_step(kernel, gradient, rate):
    values, labels = np.unique(kernel, return_inverse=True)
    labels = labels.ravel()
    means = np.bincount(labels, gradient.ravel()) / np.bincount(labels)
    return (values - rate * means)[labels].reshape(kernel.shape)


# exercise 2: uphill
def centroid_step(kernel, gradient, rate):
    values, labels = np.unique(kernel, return_inverse=True)
    labels = labels.ravel()
    return (values + rate * np.bincount(labels, gradient.ravel()))[labels].reshape(kernel.shape)


# exercise 3: a constant
def zeros_kept(before, after):
    return 0.75


# exercise 3: all zeros after
def zeros_kept(before, after):
    return float(np.mean(after == 0))


# exercise 3: of the zeros after, not of those before
def zeros_kept(before, after):
    return float(np.mean(before[after == 0] == 0))
