# exercise 1
def symmetric_scale(m, bits):
    return m / (2 ** (bits - 1) - 1)


# exercise 2
def longest_dot_product():
    return (2 ** 31 - 1) // (128 * 128)
