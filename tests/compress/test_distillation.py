"""Teachers judge only what they have not seen; students hear them by the loss that the formula says."""

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import data, models, paths, training
from lepton_helpers.compress import distillation
from lepton_sweeps import distillation as sweep


@pytest.fixture
def told(few):
    """Probabilities of a teacher that knows the labels, and doubts a little."""
    return (0.7 * np.eye(10)[few.labels] + 0.03).astype(np.float32)


def test_soften_is_the_softmax_of_divided_logits():
    rows = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(distillation.soften(rows, 1.0), rows, atol=1e-9)
    np.testing.assert_allclose(distillation.soften(rows, 1e9), 1 / 3, atol=1e-6)
    squares = np.sqrt(rows[0]) / np.sqrt(rows[0]).sum()
    np.testing.assert_allclose(distillation.soften(rows[0], 2.0), squares, atol=1e-9)


def test_folds_are_equal_and_the_same_every_time():
    folds = distillation.fold_of(55_000)
    assert np.bincount(folds).tolist() == [13_750] * distillation.FOLDS
    assert np.array_equal(folds, distillation.fold_of(55_000))


def test_each_image_is_judged_by_the_teacher_that_did_not_see_it(monkeypatch):
    class Teacher:
        output_shape = (None, 10)

        def __init__(self, number):
            self.number = number

    teachers = [Teacher(n) for n in range(distillation.FOLDS)]
    monkeypatch.setattr(distillation.litert, "predict", lambda by, x: np.full((len(x), 10), by.number))
    folds = distillation.fold_of(40)
    images = np.zeros((40, 28, 28), np.float32)
    assert np.array_equal(distillation.judged(teachers, images, folds)[:, 0], folds)
    friends = distillation.judged(teachers, images, folds, seen=True)[:, 0]
    assert np.array_equal(friends, (folds + 1) % len(teachers))


def test_stored_teachers_are_better_than_chance_on_what_they_have_not_seen():
    train = data.load().train
    folds = distillation.fold_of(len(train.images))
    some = np.arange(0, len(folds), 55)
    said = distillation.judged(distillation.fold_teachers(), train.images[some], folds[some])
    assert np.mean(said.argmax(axis=1) == train.labels[some]) > 0.85


def test_a_missing_file_names_its_command(monkeypatch, tmp_path):
    monkeypatch.setattr(distillation, "FOLD_FILE", tmp_path / "fold_teachers.npz")
    with pytest.raises(data.DataError, match="sweep distillation"):
        distillation.fold_teachers()


def test_without_mixing_the_teacher_is_not_heard(few, told):
    twins = [models.mlp(seed=1) for _ in range(2)]
    for twin, teacher in zip(twins, (None, told), strict=True):
        distillation.distill(twin, *few, teacher, mixing=0.0, epochs=1, seed=1)
    for ours, theirs in zip(*(twin.get_weights() for twin in twins), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    heard = models.mlp(seed=1)
    distillation.distill(heard, *few, told, 2.0, 0.9, epochs=1, seed=1)
    assert not np.allclose(heard.get_weights()[0], twins[0].get_weights()[0], atol=1e-4)


def test_the_table_trained_what_validation_chose():
    table = pd.read_csv(paths.RESULTS / "distillation.csv")
    compared, scanned = (table[table["stage"] == stage] for stage in ("compared", "scanned"))
    assert compared.groupby("arm").size().to_dict() == dict.fromkeys(sweep.ARMS, len(sweep.SEEDS))
    assert scanned["test_accuracy"].isna().all() and not set(scanned["seed"]) & set(compared["seed"])
    for arm, rows in scanned.groupby("arm"):
        best = rows.loc[rows["validation_accuracy"].idxmax(), ["temperature", "mixing"]]
        assert (compared[compared["arm"] == arm][["temperature", "mixing"]] == best.astype(float)).all().all()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_the_table_and_what_each_student_got_right_agree(split):
    table = pd.read_csv(paths.RESULTS / "distillation.csv").query("stage == 'compared'")
    for arm, bits in sweep.right(split).items():
        stated = table[table["arm"] == arm].sort_values("seed")[f"{split}_accuracy"]
        np.testing.assert_allclose(bits.mean(axis=1), stated, atol=1e-9)


def test_soft_targets_carry_label_and_teacher(told, few):
    targets = training.soft_targets(few.labels, told)
    assert targets.shape == (len(few.labels), 20) and np.array_equal(targets[:, :10].argmax(1), few.labels)
