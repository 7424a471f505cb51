"""`lepton sweep distillation`: students by what their teacher has seen, beside the same without a teacher."""

import base64
import functools
import hashlib
import itertools

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, data, models, paths, progress
from lepton_helpers.compress import distillation
from lepton_helpers.evidence import scores
from lepton_sweeps import deep_compression

SHORT, PATIENT, LONG = 20, 60, 120  # epochs over the training split; a view counts as one image
VIEWS = 4  # of each image where the student sees moved ones: as it is, and moved and mirrored at random
ARMS = {  # whose opinion, how many views, epochs
    "labels": (None, 1, SHORT),
    "a fold teacher that did not see the image": ("unseen", 1, SHORT),
    "labels, moved views": (None, VIEWS, PATIENT),
    "a fold teacher that did not, moved views": ("unseen", VIEWS, PATIENT),
    "a fold teacher that saw the image": ("seen", 1, SHORT),
    "three wide CNNs that saw the image": ("wide", 1, SHORT),
    "a fold teacher that saw it, moved views": ("seen", VIEWS, PATIENT),
    "labels, long": (None, 1, LONG),
    "a fold teacher that did not, long": ("unseen", 1, LONG),
    "a fold teacher that saw it, long": ("seen", 1, LONG),
    "three wide CNNs that saw it, long": ("wide", 1, LONG),
}
TEMPERATURES, MIXINGS = (1.0, 3.0), (0.5, 0.9)
SCAN_SEED = 9  # settings are chosen with a seed that takes no part in the comparison
SEEDS = artifacts.SEEDS
RIGHT = paths.RESULTS / "distillation_right.npz"


@functools.lru_cache(1)
def material(arm):
    """Images, labels and a teacher's probabilities of one arm, every view one row."""
    train, (whose, views, _) = data.load().train, ARMS[arm]
    looks = [train.images, *(data.augment(train.images, seed, 1) for seed in range(1, views))]
    images, labels = np.concatenate(looks), np.tile(train.labels, views)
    if whose is None:
        return images, labels, None
    if whose == "wide":
        return images, labels, distillation.teacher_probabilities()
    folds = np.tile(distillation.fold_of(len(train.images)), views)
    return images, labels, distillation.judged(distillation.fold_teachers(), images, folds, whose == "seen")


def student(arm, temperature, mixing, seed, epochs):
    """The MLP of one arm, trained; a labels arm takes `mixing=0`."""
    model = models.mlp(seed=seed)
    distillation.distill(model, *material(arm), temperature, mixing, epochs // ARMS[arm][1], seed=seed)
    return model


def taught(arm, temperature, mixing, seed, test, epochs, made_of):
    """A row of one student, and which images it gets right, as text; the test split only if asked."""
    model, (_, validation, exam) = student(arm, temperature, mixing, seed, epochs), data.load()
    splits = {"validation": validation} | ({"test": exam} if test else {})
    right = {name: scores.correct(model, split)[0] for name, split in splits.items()}
    row = {"arm": arm, "stage": "compared" if test else "scanned", "temperature": temperature,
           "mixing": mixing, "seed": seed}
    row |= {f"{name}_accuracy": float(bits.mean()) for name, bits in right.items()}
    return row | {name: base64.b64encode(np.packbits(bits)).decode() for name, bits in right.items()}


def _teachers():
    if not distillation.FOLD_FILE.exists():
        made = [artifacts.cached("fold-teacher", distillation.train_fold_teacher, fold=fold)
                for fold in range(distillation.FOLDS)]
        weights = {f"{fold}_{i}": w.astype(np.float16) for fold, model in enumerate(made)
                   for i, w in enumerate(model.get_weights())}
        paths.write_atomically(distillation.FOLD_FILE, deep_compression.packed(**weights))
    return distillation.FOLD_FILE.read_bytes()


def right(split):
    """What each student of `distillation.csv` gets right on a split: `{arm: bool (seeds, images)}`."""
    with np.load(RIGHT, allow_pickle=False) as kept:
        size = len(getattr(data.load(), split).labels)
        return {arm: np.unpackbits(kept[f"{split} {i}"], axis=1)[:, :size].astype(bool)
                for i, arm in enumerate(ARMS)}


def control_of(arm):
    """The arm that hears labels alone, for as many epochs on the same views."""
    return ", ".join(["labels", *arm.split(", ")[1:]])


def settings(whose, scanned, group):
    """Temperature and mixing of an arm: the best on validation of its group's teacher that did not see."""
    if whose is None:
        return 1.0, 0.0
    best = max(scanned[group], key=lambda row: row["validation_accuracy"])
    return best["temperature"], best["mixing"]


def table(*_, **__):
    """Teachers by fold, a scan of temperature and mixing on validation, the chosen ones over seeds."""
    made_of, rows, scanned = hashlib.sha256(_teachers()).hexdigest(), [], {}
    for arm, (whose, _, epochs) in progress.bar(ARMS.items(), desc="arms", leave=True):
        def row(temperature, mixing, seed, test, arm=arm, epochs=epochs):
            made = artifacts.cached("distilled", taught, arm=arm, temperature=temperature, mixing=mixing,
                                    seed=seed, test=test, epochs=epochs, made_of=made_of)
            return {"arm": arm, "stage": "", "epochs": epochs} | made

        group = control_of(arm)
        if whose == "unseen":
            scanned[group] = [row(*how, SCAN_SEED, False) for how in itertools.product(TEMPERATURES, MIXINGS)]
            rows += scanned[group]
        rows += [row(*settings(whose, scanned, group), seed, True) for seed in SEEDS]
    frame = pd.DataFrame(rows)
    right_ones = {f"{split} {i}": np.stack([np.frombuffer(base64.b64decode(text), np.uint8) for text in
                                            frame.query("arm == @arm and stage == 'compared'")[split]])
                  for i, arm in enumerate(ARMS) for split in ("validation", "test")}
    paths.write_atomically(RIGHT, deep_compression.packed(**right_ones))
    deep_compression.write("distillation", frame.drop(columns=["validation", "test"]))
