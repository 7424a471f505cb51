# exercise 1
def fixed_and_per_image(n1, t1, n2, t2):
    b = (t2 - t1) / (n2 - n1)
    return t1 - b * n1, b


# exercise 2
def break_even_sparsity():
    most = (4 * 128 * 784 - 4 * 129) / 8
    return 1 - most / (128 * 784)
