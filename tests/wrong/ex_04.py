# exercise 1: a constant
def paired_interval(ours, theirs):
    return 0.0, -1.0, 1.0


# exercise 1: not paired, as if each network had seen images of its own
def paired_interval(ours, theirs):
    points = 100 * (ours.mean() - theirs.mean())
    half = 196 * np.sqrt(ours.var() / len(ours) + theirs.var() / len(theirs))
    return points, points - half, points + half


# exercise 1: the spread of one image in place of that of the mean
def paired_interval(ours, theirs):
    gaps = ours.astype(float) - theirs
    return 100 * gaps.mean(), 100 * (gaps.mean() - 1.96 * gaps.std()), 100 * (gaps.mean() + 1.96 * gaps.std())


# exercise 1: a fraction, not percentage points
def paired_interval(ours, theirs):
    gaps = ours.astype(float) - theirs
    half = 1.96 * gaps.std() / np.sqrt(len(gaps))
    return gaps.mean(), gaps.mean() - half, gaps.mean() + half


# exercise 1: one standard error each way
def paired_interval(ours, theirs):
    gaps = ours.astype(float) - theirs
    half = 100 * gaps.std() / np.sqrt(len(gaps))
    return 100 * gaps.mean(), 100 * gaps.mean() - half, 100 * gaps.mean() + half


# exercise 1: the other way round
def paired_interval(ours, theirs):
    gaps = theirs.astype(float) - ours
    half = 196 * gaps.std() / np.sqrt(len(gaps))
    return 100 * gaps.mean(), 100 * gaps.mean() - half, 100 * gaps.mean() + half


# exercise 2: a constant
def temperature(p, y):
    return 1.5


# exercise 2: its inverse
def temperature(p, y):
    tried = np.geomspace(0.3, 12, 80)
    return 1 / tried[np.argmin([cross_entropy(soften(p, t), y) for t in tried])]


# exercise 2: minimizes mistakes, which no temperature changes
def temperature(p, y):
    tried = np.geomspace(0.3, 12, 80)
    return tried[np.argmin([(soften(p, t).argmax(axis=1) != y).mean() for t in tried])]


# exercise 2: the largest cross-entropy
def temperature(p, y):
    tried = np.geomspace(0.3, 12, 80)
    return tried[np.argmax([cross_entropy(soften(p, t), y) for t in tried])]


# exercise 2: softened probabilities in place of a number
def temperature(p, y):
    return soften(p, 2.0)


# exercise 3: a constant
def macro_f1(matrix):
    return 0.9


# exercise 3: the arithmetic mean
def macro_f1(matrix):
    recall, precision = matrix.diagonal() / matrix.sum(axis=1), matrix.diagonal() / matrix.sum(axis=0)
    return float(np.mean((recall + precision) / 2))


# exercise 3: accuracy, which is micro F1
def macro_f1(matrix):
    return float(matrix.trace() / matrix.sum())


# exercise 3: means first, then the harmonic mean
def macro_f1(matrix):
    recall = np.mean(matrix.diagonal() / matrix.sum(axis=1))
    precision = np.mean(matrix.diagonal() / matrix.sum(axis=0))
    return float(2 * recall * precision / (recall + precision))


# exercise 3: one F1 a class
def macro_f1(matrix):
    return 2 * matrix.diagonal() / (matrix.sum(axis=0) + matrix.sum(axis=1))
