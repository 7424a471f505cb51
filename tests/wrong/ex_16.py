# exercise 1: a constant
def answered_at(arrivals, a, b, size):
    return np.full(len(arrivals), 10.0)


# exercise 1: one at a time
def answered_at(arrivals, a, b, size):
    free, done = 0.0, []
    for moment in arrivals:
        free = max(free, moment) + a + b
        done.append(free)
    return done


# exercise 1: waits for a full batch
def answered_at(arrivals, a, b, size):
    free, done = 0.0, []
    for place in range(0, len(arrivals), size):
        part = arrivals[place:place + size]
        free = max(free, part[-1]) + a + b * len(part)
        done += [free] * len(part)
    return done


# exercise 1: takes no notice of size
def answered_at(arrivals, a, b, size):
    free, done = 0.0, []
    while len(done) < len(arrivals):
        free = max(free, arrivals[len(done)])
        taken = int((arrivals[len(done):] <= free).sum())
        free += a + b * taken
        done += [free] * taken
    return done


# exercise 2: a constant
def pack(images):
    return b'{"inputs": []}', 14


# exercise 2: numbers as JSON
def pack(images):
    body = json.dumps({"inputs": [{"name": "images", "datatype": "FP32", "shape": list(images.shape),
                                   "data": images.ravel().tolist()}]}).encode()
    return body, len(body)


# exercise 2: 64 bits
def pack(images):
    content = images.astype("<f8").tobytes()
    head = json.dumps({"inputs": [{"name": "images", "datatype": "FP32", "shape": list(images.shape),
                                   "parameters": {"binary_data_size": len(content)}}]}).encode()
    return head + content, len(head)


# exercise 2: big-endian
def pack(images):
    content = images.astype(">f4").tobytes()
    head = json.dumps({"inputs": [{"name": "images", "datatype": "FP32", "shape": list(images.shape),
                                   "parameters": {"binary_data_size": len(content)}}]}).encode()
    return head + content, len(head)


# exercise 3: a constant
def honest_p99(rate, began, took):
    return 1.0


# exercise 3: from when it was sent
def honest_p99(rate, began, took):
    return np.percentile(took, 99)


# exercise 3: due when the one before was answered
def honest_p99(rate, began, took):
    due = np.concatenate([[0], (began + took)[:-1]])
    return np.percentile(began + took - due, 99)
