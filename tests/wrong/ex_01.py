# exercise 1: a constant
def read_bytes(raw):
    return np.zeros((60_000, 28, 28), np.uint8)


# exercise 1: little-endian
def read_bytes(raw):
    shape = tuple(np.frombuffer(raw, "<u4", raw[3], 4))
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


# exercise 1: always three dimensions
def read_bytes(raw):
    return np.frombuffer(raw, np.uint8, offset=16).reshape(np.frombuffer(raw, ">u4", 3, 4))


# exercise 1: takes what it needs and never looks at the length
def read_bytes(raw):
    shape = tuple(int(n) for n in np.frombuffer(raw, ">u4", raw[3], 4))
    return np.resize(np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]), shape)


# exercise 2: a constant
def standardize(train_images, held_images):
    return np.zeros_like(held_images)


# exercise 2: forgets the division
def standardize(train_images, held_images):
    return held_images - train_images.mean()


# exercise 2: the statistics of what is judged
def standardize(train_images, held_images):
    return (held_images - held_images.mean()) / held_images.std()


# exercise 2: scales, but does not move
def standardize(train_images, held_images):
    return held_images / train_images.std()


# exercise 3: a constant
def move(images, rows, columns):
    return np.zeros((5, 6, 7), np.uint8)


# exercise 3: nothing moves
def move(images, rows, columns):
    return images


# exercise 3: comes back in at the other side
def move(images, rows, columns):
    return np.roll(images, (rows, columns), axis=(1, 2))


# exercise 3: the other way round
def move(images, rows, columns):
    padded = np.pad(images, ((0, 0), (3, 3), (3, 3)))
    height, width = images.shape[1:]
    return padded[:, 3 + rows:3 + rows + height, 3 + columns:3 + columns + width]
