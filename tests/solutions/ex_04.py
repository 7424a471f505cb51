# exercise 1
def f1(recall, precision):
    return 2 * recall * precision / (recall + precision)


# exercise 2
def images_needed(p, width):
    return int(np.ceil((2 * 1.96) ** 2 * p * (1 - p) / width ** 2))
