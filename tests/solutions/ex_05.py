# exercise 1
def two_of_four(values):
    groups = np.abs(values).reshape(-1, 4)
    mask = np.zeros(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(-groups, axis=1)[:, :2], True, axis=1)
    return mask.ravel()


# exercise 2
def macs_of(a, b):
    return 784 * a + a * b + b * 10
