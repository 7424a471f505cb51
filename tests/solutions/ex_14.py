# exercise 1
def ring_bytes(size, ranks):
    return 2 * (ranks - 1) / ranks * size


# exercise 2
def crossover(n, alpha, beta):
    messages, steps = 2 * (n - 1), 2 * np.log2(n)
    return (messages - steps) * alpha / ((steps - messages / n) * beta)
