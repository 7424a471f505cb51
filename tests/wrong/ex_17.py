# exercise 1: a constant
def ids_of(sentence, words, length):
    return [1] * length


# exercise 1: a space in the place of punctuation
def ids_of(sentence, words, length):
    place = {word: n + 2 for n, word in enumerate(words)}
    text = sentence.lower().translate(str.maketrans(dict.fromkeys(string.punctuation, " ")))
    ids = [place.get(word, 1) for word in text.split()][:length]
    return ids + [0] * (length - len(ids))


# exercise 1: no room for padding and unknown
def ids_of(sentence, words, length):
    place = {word: n for n, word in enumerate(words)}
    text = sentence.lower().translate(str.maketrans("", "", string.punctuation))
    ids = [place.get(word, 1) for word in text.split()][:length]
    return ids + [0] * (length - len(ids))


# exercise 1: capitals are other words
def ids_of(sentence, words, length):
    place = {word: n + 2 for n, word in enumerate(words)}
    text = sentence.translate(str.maketrans("", "", string.punctuation))
    ids = [place.get(word, 1) for word in text.split()][:length]
    return ids + [0] * (length - len(ids))


# exercise 2: a constant
def product_quantized(table, parts, values):
    return np.zeros((len(table), parts), int), np.zeros((parts, values, table.shape[1] // parts))


# exercise 2: one codebook for all parts
def product_quantized(table, parts, values):
    pieces = table.reshape(len(table) * parts, -1)
    found = KMeans(values, n_init=4, random_state=0).fit(pieces)
    return found.labels_.reshape(len(table), parts), np.stack([found.cluster_centers_] * parts)


# exercise 2: centroids are rows picked at random
def product_quantized(table, parts, values):
    pieces = table.reshape(len(table), parts, -1)
    books = np.stack([pieces[:values, p] for p in range(parts)])
    codes = [np.square(pieces[:, p, None] - books[p]).sum(-1).argmin(1) for p in range(parts)]
    return np.stack(codes, axis=1), books


# exercise 2: codes of the first part for all
def product_quantized(table, parts, values):
    pieces = table.reshape(len(table), parts, -1)
    found = [KMeans(values, n_init=4, random_state=0).fit(pieces[:, p]) for p in range(parts)]
    codes = np.stack([found[0].labels_] * parts, axis=1)
    return codes, np.stack([one.cluster_centers_ for one in found])


# exercise 3: a constant
def hashed(sentence, buckets, length):
    return [2] * length


# exercise 3: Python's own hash, another in each process
def hashed(sentence, buckets, length):
    ids = [2 + hash(word) % (buckets - 2) for word in sentence.lower().split()][:length]
    return ids + [0] * (length - len(ids))


# exercise 3: no room for padding and unknown
def hashed(sentence, buckets, length):
    ids = [zlib.crc32(word.encode()) % buckets for word in sentence.lower().split()][:length]
    return ids + [0] * (length - len(ids))


# exercise 3: padding comes first
def hashed(sentence, buckets, length):
    ids = [2 + zlib.crc32(word.encode()) % (buckets - 2) for word in sentence.lower().split()][:length]
    return [0] * (length - len(ids)) + ids
