# exercise 1
def kilobytes(parameters, bits):
    return parameters * bits / 8 / 1000


# exercise 2
def position_bits(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)
