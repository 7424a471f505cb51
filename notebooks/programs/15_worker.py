"""One worker of a synchronous training; every worker runs this program."""

# %% who am I, and who else is there?
import json
import os
import sys
import time

import numpy as np

index, ports, (batch, steps, save_every) = int(sys.argv[1]), json.loads(sys.argv[2]), map(int, sys.argv[3:6])
folder = sys.argv[6]
os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": [f"127.0.0.1:{p}" for p in ports]},
                                      "task": {"type": "worker", "index": index}})

from lepton_helpers import data, models
from lepton_helpers.quiet import keras, tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(2)
print(f"worker {index} waits for {len(ports)} workers", flush=True)
strategy = tf.distribute.MultiWorkerMirroredStrategy()
train = data.load().train
with strategy.scope():
    model, optimizer = models.mlp(seed=0), keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)


# %% one step
@tf.function
def update(images, labels):
    def replica(images, labels):
        with tf.GradientTape() as tape:
            losses = keras.losses.sparse_categorical_crossentropy(labels, model(images, training=True))
            loss = tf.reduce_sum(losses) / batch
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss
    return strategy.reduce("SUM", strategy.run(replica, args=(images, labels)), axis=None)


@tf.function
def compute_only(images, labels):
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(labels, model(images, training=True))
        loss = tf.reduce_mean(losses)
    return tape.gradient(loss, model.trainable_variables)


def mine(step):
    per_epoch = len(train.images) // batch
    order = np.random.default_rng(step // per_epoch).permutation(len(train.images))
    part = order[step % per_epoch * batch:][:batch][index::len(ports)]
    return tf.constant(train.images[part]), tf.constant(train.labels[part])


# %% the loop
file, losses = os.path.join(folder, "checkpoint.npz"), []
variables = model.variables + optimizer.variables
if os.path.exists(file):
    with np.load(file) as kept:
        losses = kept["losses"].tolist()
        for i, variable in enumerate(variables):
            variable.assign(kept[str(i)])
print(f"starts at step {len(losses)}", flush=True)
times, _ = [], compute_only(*mine(0))  # traced before the clock runs
for step in range(len(losses), steps):
    images, labels = mine(step)
    start = time.perf_counter()
    losses.append(float(update(images, labels)))
    times.append(time.perf_counter() - start)
    if index == 0 and (step + 1) % save_every == 0:
        arrays = {str(i): variable.numpy() for i, variable in enumerate(variables)}
        np.savez(file + ".part.npz", losses=losses, **arrays)
        os.replace(file + ".part.npz", file)
    print(f"step {step}", flush=True)
images, labels = mine(steps - 1)
start = time.perf_counter()
for _ in range(50):
    compute_only(images, labels)
print(json.dumps({"losses": losses, "step": np.median(times), "compute": (time.perf_counter() - start) / 50}))
