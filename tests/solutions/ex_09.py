# exercise 1
def zeros_kept(before, after):
    return float((after[before == 0] == 0).mean())


# exercise 2
def possible_orders():
    return 6, 2
