# exercise 1: a constant
def to_rows(matrix):
    return [1.0], [0], [0, 1]


def times(values, columns, starts, vector):
    return np.zeros(len(starts) - 1)


# exercise 1: stores the zeros too
def to_rows(matrix):
    rows, columns = np.indices(matrix.shape)
    return matrix.ravel(), columns.ravel(), np.arange(len(matrix) + 1) * matrix.shape[1]


def times(values, columns, starts, vector):
    ends = zip(starts[:-1], starts[1:], strict=True)
    return np.array([values[a:b] @ vector[columns[a:b]] for a, b in ends])


# exercise 1: starts without the end
def to_rows(matrix):
    rows, columns = np.nonzero(matrix)
    return matrix[rows, columns], columns, np.searchsorted(rows, np.arange(len(matrix)))


def times(values, columns, starts, vector):
    ends = zip(starts, [*starts[1:], len(values)], strict=True)
    return np.array([values[a:b] @ vector[columns[a:b]] for a, b in ends])


# exercise 1: the vector at the wrong places
def to_rows(matrix):
    rows, columns = np.nonzero(matrix)
    return matrix[rows, columns], columns, np.searchsorted(rows, np.arange(len(matrix) + 1))


def times(values, columns, starts, vector):
    return np.array([values[a:b] @ vector[:b - a] for a, b in zip(starts[:-1], starts[1:], strict=True)])


# exercise 2: a constant
def fixed_and_per_image(batches, microseconds):
    return 60.0, 12.0


# exercise 2: through the origin
def fixed_and_per_image(batches, microseconds):
    return 0.0, float(np.sum(batches * microseconds) / np.sum(batches ** 2))


# exercise 2: the first call is taken for the fixed part
def fixed_and_per_image(batches, microseconds):
    slope, _ = np.polyfit(batches, microseconds, 1)
    return float(np.mean(microseconds[batches == 1])), float(slope)


# exercise 2: the two ends only
def fixed_and_per_image(batches, microseconds):
    slope = (microseconds[15] - microseconds[0]) / 16
    return microseconds[0] - slope, slope


# exercise 3: a constant
def plan(a, b, limit, most):
    return 1


# exercise 3: forgets the fixed part
def plan(a, b, limit, most):
    return min(limit // b, most)


# exercise 3: never less than one image
def plan(a, b, limit, most):
    return max(1, min((limit - a) // b, most))


# exercise 3: forgets the queue
def plan(a, b, limit, most):
    return max(0, (limit - a) // b)
