# exercise 1: a constant
def threshold_for(scores, truth, wanted):
    return 0.5


# exercise 1: a quantile of both classes
def threshold_for(scores, truth, wanted):
    return np.quantile(scores, 1 - wanted)


# exercise 1: rounds down, and promises too much
def threshold_for(scores, truth, wanted):
    ranked = np.sort(scores[truth])[::-1]
    return ranked[int(wanted * len(ranked)) - 3]


# exercise 1: the threshold that finds everything
def threshold_for(scores, truth, wanted):
    return scores[truth].min()


# exercise 2: a constant
def really(p, seen, real):
    return np.full(len(p), real)


# exercise 2: scales the probability, not the odds
def really(p, seen, real):
    return np.minimum(p * real / seen, 1)


# exercise 2: the shares change places
def really(p, seen, real):
    odds = p / (1 - p) * (seen / (1 - seen)) / (real / (1 - real))
    return odds / (1 + odds)


# exercise 3: a constant
def blocked_error(hit, block):
    return 0.02


# exercise 3: voxels for independent
def blocked_error(hit, block):
    return hit.std() / np.sqrt(len(hit))


# exercise 3: the spread of the blocks' own means
def blocked_error(hit, block):
    means = np.bincount(block, hit) / np.bincount(block)
    return means.std(ddof=1) / np.sqrt(len(means))
