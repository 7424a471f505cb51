# exercise 1
def idx_header(shape):
    return bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)


# exercise 2
def standardize(train_images, held_images):
    return (held_images - train_images.mean()) / train_images.std()
