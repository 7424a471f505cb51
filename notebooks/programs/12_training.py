"""Both ways of training with so many threads: images a second."""

import json
import sys
import time

from lepton_helpers import data, models, training
from lepton_helpers.quiet import keras, tf

threads, images = int(sys.argv[1]), int(sys.argv[2])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
x, y = (part[:images] for part in data.load().train)
marks, model = [], models.mlp()


def note(*_):
    marks.append(time.perf_counter())


hook = keras.callbacks.LambdaCallback(on_epoch_begin=note, on_epoch_end=note)
training.fit(model, x, y, epochs=4, batch_size=32, callbacks=[hook], progress=False)
compiled = min(b - a for a, b in list(zip(marks[::2], marks[1::2], strict=True))[1:])
model = models.mlp()
model.fit(x, y, epochs=1, verbose=0)
start = time.perf_counter()
model.fit(x, y, epochs=1, verbose=0)
print(json.dumps({"plain fit": images / (time.perf_counter() - start), "compiled epochs": images / compiled}))
