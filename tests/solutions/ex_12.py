# exercise 1
def attainable(intensity, peak_gflops, gigabytes_a_second):
    return min(peak_gflops, intensity * gigabytes_a_second)


# exercise 2
def smallest_batch(ridge_flop_per_byte):
    return int(np.ceil(2 * ridge_flop_per_byte))
