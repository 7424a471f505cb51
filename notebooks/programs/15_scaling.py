"""One worker that times steps on order: each line `[width, batch, steps]` in its file of orders is one."""

import json
import os
import sys
import time

file, rank, ports, threads = sys.argv[1], *map(json.loads, sys.argv[2:5])
if hasattr(os, "sched_setaffinity"):  # a processor of its own for each thread
    mine = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {mine[(rank * threads + k) % len(mine)] for k in range(threads)})
if len(ports) > 1:
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": [f"127.0.0.1:{port}" for port in ports]},
                                          "task": {"type": "worker", "index": rank}})
import tensorflow as tf
import tf_keras as keras

tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(2)
several = len(ports) > 1
strategy = tf.distribute.MultiWorkerMirroredStrategy() if several else tf.distribute.get_strategy()


# %% one step of a network of two hidden layers, on this worker's share of the batch
def step_of(width, batch):
    with strategy.scope():
        model = keras.Sequential([keras.layers.Dense(width, "relu", input_shape=(784,)),
                                  keras.layers.Dense(width, "relu"), keras.layers.Dense(10)])
        optimizer = keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
    images = tf.random.uniform((batch // len(ports), 784))
    labels = tf.zeros(len(images), tf.int32)

    def replica():
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(images, training=True))
            loss = tf.reduce_sum(losses) / batch
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return tf.function(lambda: strategy.run(replica))


# %% orders
def orders():
    with open(file) as lines:
        while True:
            line = lines.readline()
            if line:
                yield json.loads(line)
            else:
                time.sleep(0.002)


steps = {}
for width, batch, times in orders():
    if (width, batch) not in steps:
        steps[width, batch] = step_of(width, batch)
        steps[width, batch]()  # traced before the clock runs
    start = time.perf_counter()
    for _ in range(times):
        last = steps[width, batch]()
    float(strategy.experimental_local_results(last)[0])  # waits until it is computed
    print("seconds", (time.perf_counter() - start) / times, flush=True)
