"""Trains a turn whenever a line asks for one: any network, each way of training, as it was started.

Arguments: a port on loopback where a notebook listens, this process's threads, a folder with the arrays
`x`, `y`, `vx`, `vy`. A request is a way of training and what to `do`: turn, fresh (weights of a seed),
judge or nothing.
"""

import json
import queue
import socket
import sys
import threading

import numpy as np

from lepton_helpers import models, training
from lepton_helpers.deploy import litert
from lepton_helpers.quiet import keras, tf


class Turns(keras.callbacks.Callback):
    """Lets `training.fit` train one epoch at each call; it compiles once, in the first."""

    def __init__(self, model, x, y, **how):
        super().__init__()
        self.go, self.done = queue.Queue(), queue.Queue()
        threading.Thread(target=self.run, args=(model, x, y), kwargs=how, daemon=True).start()

    def run(self, model, x, y, **how):
        """Train for ever; an error goes to whoever waits."""
        try:
            training.fit(model, x, y, epochs=10 ** 9, callbacks=[self], progress=False, **how)
        except Exception as error:  # noqa: BLE001
            self.done.put(error)

    def on_epoch_begin(self, epoch, logs=None):
        """Wait for a turn."""
        self.go.get()

    def on_epoch_end(self, epoch, logs=None):
        """Answer with the loss."""
        self.done.put(logs["loss"])

    def __call__(self):
        self.go.put(None)
        answer = self.done.get(timeout=200)
        if isinstance(answer, Exception):
            raise answer
        return answer


def network(name, policy, **compiling):
    """A compiled network; in mixed precision its probabilities are still float32."""
    plain = models.BY_NAME[name](seed=0)
    keras.mixed_precision.set_global_policy(policy)
    model = models.BY_NAME[name](seed=0)
    if policy != "float32":
        model.layers[-1].activation = keras.activations.linear
        model = keras.Sequential([*model.layers, keras.layers.Activation("softmax", dtype="float32")])
        model.build((None, *plain.input_shape[1:]))
    model.set_weights(plain.get_weights())
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"], **compiling)
    keras.mixed_precision.set_global_policy("float32")
    model.optimizer.build(model.trainable_variables)
    return model


class Way:
    """One way of training one network on the first `images` of the data; `twin` tells equal ways apart."""

    def __init__(self, name, images, batch, loop, xla, policy, twin):
        self.name, (x, y) = name, (np.array(data[part][:images]) for part in "xy")
        self.model = network(name, policy, **({} if loop else {"jit_compile": bool(xla)}))
        self.start = [variable.numpy() for variable in self.model.optimizer.variables]
        if loop:
            self.turn = Turns(self.model, x, y, batch_size=batch, jit=xla)
        else:
            self.turn = lambda: self.model.fit(x, y, batch_size=batch, verbose=0).history["loss"][0]

    def fresh(self, seed):
        """Weights of a seed, and an optimizer that remembers nothing."""
        self.model.set_weights(models.BY_NAME[self.name](seed=seed).get_weights())
        for variable, value in zip(self.model.optimizer.variables, self.start, strict=True):
            variable.assign(value)
        return seed

    def nothing(self):
        """What asking costs by itself."""

    def judge(self):
        """What it gets right of the validation images, as 0 and 1."""
        return (litert.predict(self.model, data["vx"]).argmax(1) == data["vy"]).astype(int).tolist()


port, threads, folder = sys.argv[1:]
tf.config.threading.set_intra_op_parallelism_threads(int(threads))
tf.config.threading.set_inter_op_parallelism_threads(int(threads))
data = {name: np.load(f"{folder}/{name}.npy", mmap_mode="r") for name in ("x", "y", "vx", "vy")}
ways = {}
with socket.create_connection(("127.0.0.1", int(port)), 60) as line:
    line.settimeout(None)
    both = line.makefile("rw")
    for request in both:
        asked = json.loads(request)
        do, seed, key = asked.pop("do"), asked.pop("seed"), json.dumps(asked)
        way = ways[key] = ways.get(key) or Way(**asked)
        print(json.dumps(way.fresh(seed) if do == "fresh" else getattr(way, do)()), file=both, flush=True)
