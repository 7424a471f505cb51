# exercise 1
def with_prefetch(io, compute):
    return max(io, compute)


# exercise 2
def gzip_pays_below(shrink, unpack):
    return unpack * (1 - 1 / shrink)
