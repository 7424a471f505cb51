# exercise 1: a constant
def remembering(kernel):
    return lambda frame: np.zeros(kernel.shape[1])


# exercise 1: the newest frame meets the first row
def remembering(kernel):
    past = np.zeros((len(kernel), kernel.shape[1]))

    def take(frame):
        past[1:], past[0] = past[:-1].copy(), frame
        return (past * kernel).sum(axis=0)

    return take


# exercise 1: two streams share one memory
def remembering(kernel):
    shared = remembering.__dict__
    key = "past"
    shared[key] = np.zeros((len(kernel), kernel.shape[1]))

    def take(frame):
        shared[key] = np.concatenate([shared[key][1:], frame[None]])
        return (shared[key] * kernel).sum(axis=0)

    return take


# exercise 1: forgets everything but the frame
def remembering(kernel):
    return lambda frame: frame * kernel[-1]


# exercise 2: a constant
def strangers_out(voices, share, seed):
    return np.arange(len(voices)) < share * len(voices)


# exercise 2: a random split of the sounds
def strangers_out(voices, share, seed):
    return np.random.default_rng(seed).random(len(voices)) < share


# exercise 2: always the same voices
def strangers_out(voices, share, seed):
    names, counts = np.unique(voices, return_counts=True)
    so_far = np.cumsum(counts)[:-1]
    return np.isin(voices, names[:np.abs(so_far - share * len(voices)).argmin() + 1])


# exercise 2: a share of the voices, whatever they bring
def strangers_out(voices, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(voices))
    return np.isin(voices, names[:1])


# exercise 3: a constant
def curve(c):
    return np.zeros((len(c), MELS))


# exercise 3: every cosine with the same factor
def curve(c):
    k, j = np.arange(TERMS)[:, None], np.arange(MELS)
    return c @ (np.sqrt(2 / MELS) * np.cos(np.pi * k * (2 * j + 1) / (2 * MELS)))


# exercise 3: the forward transform once more
def curve(c):
    padded = np.concatenate([c, np.zeros((len(c), MELS - TERMS))], axis=1)
    return tf.signal.dct(tf.constant(padded, tf.float32), norm="ortho").numpy()


# exercise 3: fills what is missing with the last term
def curve(c):
    padded = np.concatenate([c, np.repeat(c[:, -1:], MELS - TERMS, axis=1)], axis=1)
    return tf.signal.idct(tf.constant(padded, tf.float32), norm="ortho").numpy()
