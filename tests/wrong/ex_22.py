# exercise 1: a constant
def fair_split(labels, groups, share, rng):
    return np.ones(len(labels), bool)


# exercise 1: draws items, not distinct items
def fair_split(labels, groups, share, rng):
    return rng.random(len(labels)) < share


# exercise 1: keeps copies together, but not the classes' shares
def fair_split(labels, groups, share, rng):
    numbers = rng.permutation(np.unique(groups))
    return np.isin(groups, numbers[:round(share * len(numbers))])


# exercise 1: takes the first, draws nothing
def fair_split(labels, groups, share, rng):
    numbers, first = np.unique(groups, return_index=True)
    taken = []
    for kind in np.unique(labels):
        mine = numbers[labels[first] == kind]
        taken.extend(mine[:max(1, round(share * len(mine)))])
    return np.isin(groups, taken)


# exercise 2: a constant
def items_needed(accuracy, points):
    return 1_000


# exercise 2: the textbook's interval
def items_needed(accuracy, points):
    return int(np.ceil(1.96 ** 2 * accuracy * (1 - accuracy) / (points / 100) ** 2)) + 40


# exercise 2: the whole width for half of it
def items_needed(accuracy, points):
    n = 20_000
    while n > 1:
        low, high = report.interval(round(accuracy * (n - 1)), n - 1)[1:]
        if 100 * (high - low) > points:
            return n
        n -= 1
    return n


# exercise 3: a constant
def near_copies(images, most):
    return np.zeros(len(images), int)


# exercise 3: subtracts uint8 from uint8
def near_copies(images, most):
    flat = images.reshape(len(images), -1)
    near = (flat[:, None] - flat).mean(axis=2) <= most
    groups = np.arange(len(images))
    for i, j in zip(*np.nonzero(np.triu(near, 1)), strict=True):
        groups[groups == groups[j]] = groups[i]
    return groups


# exercise 3: links to the first only, not through others
def near_copies(images, most):
    flat = images.reshape(len(images), -1).astype(float)
    groups = np.full(len(images), -1)
    for i in range(len(images)):
        if groups[i] < 0:
            groups[(groups < 0) & (np.abs(flat - flat[i]).mean(axis=1) <= most)] = i
    return groups
