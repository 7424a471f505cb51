"""The package's own way, `training.fit`, or with the word 'plain' Keras' `fit` as the article calls it."""

import sys

from lepton_helpers import models, training
from lepton_helpers.quiet import keras, tf
from lepton_sweeps.peers import turns


def network(name):
    """A network to race with, without dropout: each framework draws its own masks."""
    return models.small_cnn(dropout=0) if name == "small_cnn" else models.BY_NAME[name]()


class Turns(keras.callbacks.Callback):
    """An epoch of `training.fit` waits for its turn, and answers with its loss."""

    def on_epoch_begin(self, epoch, logs=None):
        """Wait for a line."""
        if not sys.stdin.readline():
            raise SystemExit

    def on_epoch_end(self, epoch, logs=None):
        """Answer."""
        print(logs["loss"], flush=True)


def main():
    """Serve turns of the network that the first word names."""
    job = turns.Job()
    tf.config.threading.set_intra_op_parallelism_threads(job.threads)
    name, way = job.words
    model = network(name)
    model.set_weights(job.weights)
    if way == "ours":
        training.fit(model, job.images, job.labels, epochs=10 ** 6, batch_size=job.batch,
                     callbacks=[Turns()], progress=False)
    first = job.order.permutation(len(job.images))  # plain fit shuffles by itself from the second turn on
    x, y = job.images[first], job.labels[first]
    job.serve(lambda grid: model.fit(x, y, batch_size=job.batch, shuffle=int(model.optimizer.iterations) > 0,
                                     verbose=0).history["loss"][0])


if __name__ == "__main__":
    main()
