# exercise 1
def inside(rate, seconds):
    return rate * seconds


# exercise 2
def someone_is_slow(requests, quantile=0.99):
    return 1 - quantile ** requests
