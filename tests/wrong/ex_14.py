# exercise 1: a constant
def my_ring(node, x):
    x[:] = 7


# exercise 1: everything to rank 0 and back
def my_ring(node, x):
    if node.rank:
        node.exchange(to=0, out=x)
        node.exchange(source=0, into=x)
        return
    other = np.empty_like(x)
    for rank in range(1, node.ranks):
        node.exchange(source=rank, into=other)
        x += other
    for rank in range(1, node.ranks):
        node.exchange(to=rank, out=x)


# exercise 1: adds and never tells
def my_ring(node, x):
    pieces, p = np.array_split(x, node.ranks), node.ranks
    for turn in range(p - 1):
        mine = pieces[(node.rank - turn - 1) % p]
        came = np.empty_like(mine)
        node.exchange((node.rank + 1) % p, pieces[(node.rank - turn) % p], (node.rank - 1) % p, came)
        mine += came


# exercise 1: adds in every turn
def my_ring(node, x):
    pieces, p = np.array_split(x, node.ranks), node.ranks
    for turn in range(2 * (p - 1)):
        mine = pieces[(node.rank - turn - 1) % p]
        came = np.empty_like(mine)
        node.exchange((node.rank + 1) % p, pieces[(node.rank - turn) % p], (node.rank - 1) % p, came)
        mine += came


# exercise 1: waits before it sends
def my_ring(node, x):
    came = np.empty_like(x)
    node.exchange(source=(node.rank - 1) % node.ranks, into=came)
    node.exchange(to=(node.rank + 1) % node.ranks, out=x)


# exercise 2: a constant
def squeeze(g, memory, k):
    return np.arange(k), np.zeros(k), np.zeros(g.size)


# exercise 2: no feedback
def squeeze(g, memory, k):
    places = np.argpartition(np.abs(g), -k)[-k:]
    return places, g[places], np.zeros_like(g)


# exercise 2: keeps what was sent
def squeeze(g, memory, k):
    full = g + memory
    places = np.argpartition(np.abs(full), -k)[-k:]
    return places, full[places], full


# exercise 2: the largest without their sign
def squeeze(g, memory, k):
    full = g + memory
    places = np.argsort(full)[-k:]
    rest = full.copy()
    rest[places] = 0
    return places, full[places], rest


# exercise 3: a constant
def cut(size, links):
    return [size] + [0] * (len(links) - 1)


# exercise 3: by bandwidth alone
def cut(size, links):
    rates = np.array([1 / b for _, b in links])
    return size * rates / rates.sum()


# exercise 3: the better link alone
def cut(size, links):
    best = np.argmin([a + b * size for a, b in links])
    return np.where(np.arange(len(links)) == best, size, 0)
