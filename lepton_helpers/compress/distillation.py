"""Teachers, what they say of images, and what a student learns from it."""

import numpy as np

from lepton_helpers import artifacts, data, models, paths, training
from lepton_helpers.deploy import litert
from lepton_helpers.quiet import keras

TEACHERS = (0, 1, 2)
FILE = paths.RESULTS / "teacher_probabilities.npz"
FOLDS = 4
FOLD_FILE = paths.RESULTS / "fold_teachers.npz"


def soften(probabilities, temperature):
    """The softmax of `log(probabilities) / temperature`, row by row: flatter above 1, sharper below."""
    logits = np.log(np.maximum(probabilities, 1e-12)) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


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
    said = [litert.predict(network, view) for network in networks for view in views]
    return np.mean(said, axis=0, dtype=np.float64).astype(np.float32)


def trained_teachers():
    """The `TEACHERS`, trained now (some minutes each) or before."""
    return [artifacts.cached("teacher", teacher_network, seed=seed) for seed in TEACHERS]


def _kept(path, command):
    if not path.exists():
        raise data.DataError(f"{path.name} is missing from data/results; restore it, or make it anew by "
                             f"`lepton sweep {command}`.")
    with np.load(path, allow_pickle=False) as kept:
        return dict(kept)


def teacher_probabilities():
    """The ensemble's probabilities `(55000, 10)` for the training split, as kept in `data/results/`."""
    return _kept(FILE, "teachers")["train"].astype(np.float32)


def fold_of(n):
    """Which of `FOLDS` folds each of `n` training images belongs to, the same ones every time."""
    return np.random.default_rng(0).permutation(n) % FOLDS


def train_fold_teacher(fold, epochs=12):
    """The small CNN, trained on all folds but one: it has never seen an image of that one."""
    train = data.load().train
    seen = fold_of(len(train.images)) != fold
    model, part = models.small_cnn(seed=fold), (train.images[seen], train.labels[seen])
    training.fit_cosine(model, part, epochs, 128, 4e-3, shift=1, seed=fold)
    return model


def fold_teachers():
    """The teacher of each fold, from the float16 weights kept in `data/results/`."""
    kept, made = _kept(FOLD_FILE, "distillation"), []
    for fold in range(FOLDS):
        model = models.small_cnn(seed=fold)
        model.set_weights([kept[f"{fold}_{i}"].astype(np.float32) for i in range(len(model.get_weights()))])
        made.append(model)
    return made


def judged(teachers, images, folds, seen=False):
    """Class probabilities `(n, 10)`, each image judged by one of the fold teachers.

    folds: of each image. `seen=False` asks the one that was trained without it; `seen=True` the next
    one, which was trained on it: the same teachers, as often asked, only not strangers to the image.
    """
    said = np.empty((len(images), teachers[0].output_shape[-1]), np.float32)
    for fold, teacher in enumerate(teachers):
        mine = folds == (fold - seen) % len(teachers)
        said[mine] = litert.predict(teacher, images[mine])
    return said


def distill(model, images, labels, teacher, temperature=2.0, mixing=0.5, epochs=10, batch_size=256,
            learning_rate=3e-3, seed=0):
    """Train `model` in place on labels and a teacher's probabilities `(n, classes)`; returns the history.

    By Adam whose rate falls to zero by a cosine. `mixing=0` does not hear the teacher: that is the
    control, by the same code, and `teacher` may be None.
    """
    teacher = np.eye(model.output_shape[-1])[labels] if teacher is None else teacher
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * -(-len(images) // batch_size))
    model.compile(keras.optimizers.Adam(rate), training.distillation_loss(temperature, mixing), ["accuracy"])
    history = training.fit(model, images, training.soft_targets(labels, teacher), epochs=epochs,
                           batch_size=batch_size, seed=seed)
    models.compiled(model)
    return history
