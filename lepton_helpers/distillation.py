"""Teachers, and what they say of the training images, kept in one small file."""

import numpy as np

from lepton_helpers import artifacts, data, evaluation, models, paths, training
from lepton_helpers.quiet import keras

TEACHERS = (0, 1, 2)
FILE = paths.RESULTS / "teacher_probabilities.npz"


def teacher_network(seed, epochs=20):
    """A wide CNN with dropout, trained on shifted and mirrored images with a falling rate."""
    train, validation, _ = data.load()
    model = models.small_cnn(seed=seed, widths=(32, 64, 128), dropout=0.4)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * -(-len(train.images) // 128))
    models.compiled(model, keras.optimizers.Adam(rate))
    training.fit(model, *train, epochs=epochs, batch_size=128, validation=validation, seed=seed,
                 augment=training.random_shift_and_flip(1))
    return model


def ensemble(networks, images):
    """Class probabilities `(n, 10)`: the mean over networks, each asked about image and mirror image."""
    views = (images, images[:, :, ::-1])
    said = [evaluation.predict(network, view) for network in networks for view in views]
    return np.mean(said, axis=0, dtype=np.float64).astype(np.float32)


def trained_teachers():
    """The `TEACHERS`, trained now (some minutes each) or before."""
    return [artifacts.cached("teacher", teacher_network, seed=seed) for seed in TEACHERS]


def teacher_probabilities():
    """The ensemble's probabilities `(55000, 10)` for the training split, as kept in `data/results/`."""
    if not FILE.exists():
        raise data.DataError(f"{FILE.name} is missing from data/results; restore it, or make it anew by "
                             "`python -m lepton_helpers.sweeps teachers`.")
    with np.load(FILE, allow_pickle=False) as kept:
        return kept["train"].astype(np.float32)
