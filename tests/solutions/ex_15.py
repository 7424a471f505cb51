# exercise 1
def share_of(batch, index, workers):
    return batch[index::workers]


# exercise 2
def cost_of_saving(k, c, s, n):
    return c / k + k / 2 * s / n
