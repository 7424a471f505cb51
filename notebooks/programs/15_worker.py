"""One worker of a synchronous training. Every worker runs this program; a restarted one runs the same."""

# %% who am I, and who else is there?
import functools
import json
import os
import sys
import time

import numpy as np

folder, rank, life, ports, (batch, steps, save_every) = sys.argv[1], *map(json.loads, sys.argv[2:6])
os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": [f"127.0.0.1:{port}" for port in ports]},
                                      "task": {"type": "worker", "index": rank}})
import tensorflow as tf
import tf_keras as keras

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(2)
strategy = tf.distribute.MultiWorkerMirroredStrategy()

# %% step n trains on what n alone decides
images, labels = (np.load(f"{folder}/../{name}.npy", mmap_mode="r") for name in ("images", "labels"))
per_epoch = len(images) // batch
saved = tf.train.latest_checkpoint(f"{folder}/backup/chief")
done = int(tf.train.load_variable(saved, "train_counter/.ATTRIBUTES/VARIABLE_VALUE")) if saved else 0


@functools.cache
def order(epoch):
    return np.random.default_rng(epoch).permutation(len(images))


def shares():
    for n in range(done, steps):
        mine = order(n // per_epoch)[n % per_epoch * batch:][:batch][rank::len(ports)]
        yield images[mine], labels[mine]


def stream(_):
    shapes = tf.TensorSpec((None, *images.shape[1:]), tf.float32), tf.TensorSpec((None,), tf.int64)
    return tf.data.Dataset.from_generator(shares, output_signature=shapes)


# %% the loop is Keras' own
class Diary(keras.callbacks.Callback):
    """One line a step: which life of the worker, which step, when."""

    def on_train_batch_end(self, batch, logs=None):
        diary.write(f"{life} {self.model.optimizer.iterations.numpy() - 1} {time.time():.3f}\n")


keras.utils.set_random_seed(0)
with strategy.scope():
    model = keras.Sequential([keras.layers.Flatten(input_shape=images.shape[1:]),
                              keras.layers.Dense(128, "relu"), keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
backup = keras.callbacks.BackupAndRestore(f"{folder}/backup", save_freq=save_every, delete_checkpoint=False)
with open(f"{folder}/diary-{rank}.txt", "a", buffering=1) as diary:
    model.fit(strategy.distribute_datasets_from_function(stream), epochs=1, steps_per_epoch=steps,
              callbacks=[Diary(), backup], verbose=0)

# %% the end: nobody leaves before all have arrived
np.savez(f"{folder}/weights-{rank}.npz", *model.get_weights())
os.rename(f"{folder}/weights-{rank}.npz", f"{folder}/final-{rank}.npz")
while not all(os.path.exists(f"{folder}/final-{other}.npz") for other in range(len(ports))):
    time.sleep(0.02)
os._exit(0)  # at once: who says goodbye to a chief that has left fails
