# exercise 1
def soften_logits(logits, temperature):
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


# exercise 2
def largest_rank_that_saves():
    return (300 * 100 - 1) // (300 + 100)
