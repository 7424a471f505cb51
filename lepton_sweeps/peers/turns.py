"""What every peer has in common: the job it is given, and training that waits for its turn."""

import os
import sys

import numpy as np


class Job:
    """Images, labels, initial weights (as Keras orders them) and a batch size; threads already limited.

    The command line holds the .npz file, the batch size, the threads, and words of the peer's own. One
    turn is one pass over the images: a line on standard input asks for it, its mean loss is the answer.
    """

    def __init__(self):
        file, batch, threads, *self.words = sys.argv[1:]
        self.batch, self.threads = int(batch), int(threads)
        if hasattr(os, "sched_setaffinity"):  # a pool takes as many threads as it may have processors
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:self.threads])
        with np.load(file) as kept:
            self.images, self.labels, *self.weights = kept.values()
        self.order = np.random.default_rng(0)  # as training.fit draws its permutations with seed 0

    def serve(self, train):
        """Call `train(grid)`, grid of indices `(steps, batch)`, for each turn until the parent is gone."""
        for _ in sys.stdin:
            order = self.order.permutation(len(self.images)).astype(np.int32)
            print(float(train(order.reshape(-1, self.batch))), flush=True)
