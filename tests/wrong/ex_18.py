# exercise 1: a constant
def kept(boxes, scores, limit):
    return np.array([0])


# exercise 1: nothing is suppressed
def kept(boxes, scores, limit):
    return np.argsort(-scores)


# exercise 1: those that are gone still remove others
def kept(boxes, scores, limit):
    first = np.argsort(-scores)
    return np.array([i for n, i in enumerate(first)
                     if n == 0 or overlap(boxes[[i]], boxes[first[:n]]).max() <= limit])


# exercise 1: in the order of the boxes, not of the scores
def kept(boxes, scores, limit):
    stays = []
    for i in range(len(boxes)):
        if not stays or overlap(boxes[[i]], boxes[stays]).max() <= limit:
            stays.append(i)
    return np.array(stays)


# exercise 1: in the order of the boxes, and sorted by score afterwards
def kept(boxes, scores, limit):
    stays = []
    for i in range(len(boxes)):
        if not stays or overlap(boxes[[i]], boxes[stays]).max() <= limit:
            stays.append(i)
    return np.array(stays)[np.argsort(-scores[stays])]


# exercise 2: a constant
def ap_of(scores, hits, wanted):
    return 0.5


# exercise 2: precision as it comes, not the best at that recall or higher
def ap_of(scores, hits, wanted):
    true = np.cumsum(hits[np.argsort(-scores)])
    precision, recall = true / np.arange(1, len(true) + 1), true / wanted
    place = np.searchsorted(recall, np.linspace(0, 1, 101))
    return np.append(precision, 0)[place].mean()


# exercise 2: recall of what was found, not of what was asked for
def ap_of(scores, hits, wanted):
    true = np.cumsum(hits[np.argsort(-scores)])
    precision, recall = true / np.arange(1, len(true) + 1), true / max(true[-1], 1)
    return np.mean([max(precision[recall >= r], default=0) for r in np.linspace(0, 1, 101)])


# exercise 2: forgets to sort
def ap_of(scores, hits, wanted):
    true = np.cumsum(hits)
    precision, recall = true / np.arange(1, len(true) + 1), true / wanted
    return np.mean([max(precision[recall >= r], default=0) for r in np.linspace(0, 1, 101)])


# exercise 3: a constant
def narrowed(kernel, norm, following, stays):
    return kernel, norm, following


# exercise 3: takes what the layer reads for what it makes
def narrowed(kernel, norm, following, stays):
    return kernel[:, :, stays], [part[stays] for part in norm], following[..., stays]


# exercise 3: the normalization keeps its first channels
def narrowed(kernel, norm, following, stays):
    return kernel[..., stays], [part[:len(stays)] for part in norm], following[:, :, stays]
