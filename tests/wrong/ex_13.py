# exercise 1: a constant
def batches(files, batch, count):
    return tf.data.Dataset.from_tensors((tf.zeros((batch, 28, 28)), tf.zeros(batch, tf.int64)))


# exercise 1: shuffles before it caches
def batches(files, batch, count):
    read = tf.data.Dataset.from_tensor_slices(files).interleave(tf.data.TFRecordDataset)
    return read.batch(64).map(records.parse).unbatch().shuffle(count).cache().batch(batch).prefetch(2)


# exercise 1: caches batches
def batches(files, batch, count):
    read = tf.data.Dataset.from_tensor_slices(files).interleave(tf.data.TFRecordDataset)
    return read.shuffle(count).batch(batch).map(records.parse).cache().prefetch(2)


# exercise 1: a small buffer over files in a row
def batches(files, batch, count):
    return tf.data.TFRecordDataset(files).shuffle(8).batch(batch).map(records.parse).prefetch(2)


# exercise 1: drops the last batch, or repeats
def batches(files, batch, count):
    read = tf.data.Dataset.from_tensor_slices(files).interleave(tf.data.TFRecordDataset)
    return read.repeat(2).shuffle(count).batch(batch).map(records.parse).prefetch(2)


# exercise 1: no prefetch
def batches(files, batch, count):
    read = tf.data.Dataset.from_tensor_slices(files).interleave(tf.data.TFRecordDataset)
    return read.shuffle(count).batch(batch).map(records.parse)


# exercise 2: a constant
def shuffled(stream, size, rng):
    yield from [0] * 400


# exercise 2: block by block
def shuffled(stream, size, rng):
    block = []
    for element in stream:
        block.append(element)
        if len(block) == size:
            yield from (block[n] for n in rng.permutation(size))
            block = []
    yield from (block[n] for n in rng.permutation(len(block)))


# exercise 2: all at once
def shuffled(stream, size, rng):
    held = list(stream)
    yield from (held[n] for n in rng.permutation(len(held)))


# exercise 2: forgets what is left
def shuffled(stream, size, rng):
    held = []
    for element in stream:
        if len(held) < size:
            held.append(element)
            continue
        place = int(rng.integers(size))
        yield held[place]
        held[place] = element


# exercise 3: a constant
def streams_needed(latency, block, bandwidth):
    return 8


# exercise 3: only what is under way
def streams_needed(latency, block, bandwidth):
    return int(np.ceil(latency * bandwidth / block))


# exercise 3: rounds down
def streams_needed(latency, block, bandwidth):
    return int(1 + latency * bandwidth / block)


# exercise 3: one too many
def streams_needed(latency, block, bandwidth):
    return int(np.ceil(1 + latency * bandwidth / block)) + 1
