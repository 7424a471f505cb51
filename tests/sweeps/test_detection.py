"""Notebook 18's metric is pycocotools'; its suppression, targets and slim networks do what they say."""

import ast
import contextlib
import io
import itertools
import types

import numpy as np
import pandas as pd
import pytest

from lepton_helpers import data, paths
from lepton_helpers.deploy import litert
from lepton_sweeps import cells, detection

NUMBER, PICTURES = 3, 25
SIZES = (0, 1e9), (0, 400), (400, 1e9)
# mean over levels and classes by seed and size: what pycocotools 2.0.11 says; `python tests/sweeps/
# test_detection.py` prints them anew where it is installed
KNOWN = {0: (0.189001, 0.12035, 0.302934), 1: (0.231568, 0.160343, 0.321625)}


@pytest.fixture(scope="module")
def nb():
    """What the notebook's cells define."""
    return detection.names()


def seeded(seed):
    """Boxes asked for and boxes found near them, some wrong, for `PICTURES` pictures."""
    rng, found, boxes, classes = np.random.default_rng(seed), [], [], []

    def some(n):
        corner = rng.uniform(0, 80, (n, 2))
        return np.concatenate([corner, corner + rng.uniform(6, 40, (n, 2))], 1)

    for _ in range(PICTURES):
        asked, wrong = some(rng.integers(0, 7)), some(rng.integers(0, 3))
        kinds, near = rng.integers(NUMBER, size=len(asked)), np.repeat(np.arange(len(asked)), 2)
        near = near[rng.random(len(near)) < 0.7]
        seen = np.concatenate([asked[near] + rng.normal(0, 2.5, (len(near), 4)), wrong])
        named = np.concatenate([kinds[near], rng.integers(NUMBER, size=len(wrong))])
        found.append((seen, rng.random(len(seen)), named))
        boxes.append(asked)
        classes.append(kinds)
    return found, boxes, classes


def pycocotools_ap(found, boxes, classes, area):
    """AP `(levels, classes)` by pycocotools, NaN where a class has no box."""
    coco, evaluation = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")

    def as_coco(box):
        return [float(x) for x in (*box[:2], *(box[2:] - box[:2]))]

    asked = [{"id": n, "image_id": i, "category_id": int(kind), "bbox": as_coco(box), "iscrowd": 0,
              "area": float(np.prod(box[2:] - box[:2]))}
             for n, (i, box, kind) in enumerate(((i, box, kind) for i, (b, k) in enumerate(
                 zip(boxes, classes, strict=True)) for box, kind in zip(b, k, strict=True)), 1)]
    said = [{"image_id": i, "category_id": int(kind), "bbox": as_coco(box), "score": float(score)}
            for i, parts in enumerate(found) for box, score, kind in zip(*parts, strict=True)]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {"info": {}, "images": [{"id": i} for i in range(len(boxes))], "annotations": asked,
                         "categories": [{"id": kind} for kind in range(NUMBER)]}
        truth.createIndex()
        judge = evaluation.COCOeval(truth, truth.loadRes(said), "bbox")
        judge.params.areaRng, judge.params.areaRngLbl, judge.params.maxDets = [list(area)], ["one"], [100]
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][:, :, :, 0, 0]
    return np.where(precision.max(1) < 0, np.nan, precision.mean(1))


@pytest.mark.parametrize("seed, area", itertools.product(range(4), SIZES))
def test_average_precision_is_that_of_pycocotools(nb, seed, area):
    found, boxes, classes = seeded(seed)
    ours = nb.average_precision(nb.ledger(found, boxes, classes, NUMBER, area))[0]
    assert np.allclose(ours, pycocotools_ap(found, boxes, classes, area), atol=1e-6, equal_nan=True)
    assert 0.1 < np.nanmean(ours) < 0.9, "a test that can fail"


@pytest.mark.parametrize("seed", KNOWN)
def test_average_precision_is_what_pycocotools_said(nb, seed):
    ours = [np.nanmean(nb.average_precision(nb.ledger(*seeded(seed), NUMBER, area))) for area in SIZES]
    assert np.allclose(ours, KNOWN[seed], atol=1e-6)


def test_a_picture_drawn_twice_counts_twice(nb):
    found, boxes, classes = seeded(5)
    weights = np.random.default_rng(0).multinomial(PICTURES, np.full(PICTURES, 1 / PICTURES), 3)
    ours = nb.average_precision(nb.ledger(found, boxes, classes, NUMBER), weights)
    for draw, weight in zip(ours, weights, strict=True):
        drawn = np.repeat(np.arange(PICTURES), weight)
        twice = [[part[i] for i in drawn] for part in (found, boxes, classes)]
        assert np.allclose(draw, nb.average_precision(nb.ledger(*twice, NUMBER))[0], atol=1e-6)


def test_suppression_keeps_the_best_and_spares_what_only_the_dropped_met(nb):
    row = np.array([[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]], float)  # a chain: 0 meets 1, 1 meets 2
    assert nb.suppressed(row, np.array([0.9, 0.8, 0.7]), 0.3).tolist() == [0, 2]
    assert nb.suppressed(row, np.array([0.7, 0.9, 0.8]), 0.3).tolist() == [1]


def test_targets_decoded_are_the_boxes(nb):
    boxes = np.float32([[8, 8, 40, 36], [60, 60, 78, 100]])
    row = nb.targets(boxes, np.array([2, 7]), 10)
    found, scores, kinds = nb.decoded(row, 10, 0.5)
    order = np.argsort(kinds)
    assert np.allclose(found[order], boxes, atol=1e-3) and kinds[order].tolist() == [2, 7]
    assert (scores == 1).all()


def test_a_box_loss_falls_to_zero_on_the_box_and_pulls_from_afar(nb):
    here, near, far = np.float32([[5, 5, 5, 5]]), np.float32([[6, 5, 5, 5]]), np.float32([[30, 5, 5, 5]])
    losses = [float(nb.box_loss(here, guess)[0]) for guess in (here, near, far)]
    assert losses[0] == pytest.approx(0, abs=1e-5) and losses[0] < losses[1] < losses[2]
    flat, tall = np.float32([[10, 1, 10, 1]]), np.float32([[1, 10, 1, 10]])  # they share 4 of 76, in 400
    assert float(nb.box_loss(flat, tall)[0]) == pytest.approx(1 - 4 / 76 + (400 - 76) / 400)
    sure, unsure = (float(nb.focal(np.float32(1), np.float32(score))) for score in (0.9, 0.1))
    assert 0 < sure < 0.01 * unsure


def test_a_slim_network_says_what_the_wide_one_says_with_those_channels_silent(nb):
    wide, picture = nb.detector(1, 10, 0), np.random.default_rng(0).random((2, nb.SIDE, nb.SIDE), np.float32)
    slim = nb.slimmed(wide, dict.fromkeys(nb.channels(wide), 0.5))
    for name, width in nb.channels(wide).items():
        norm = wide.get_layer(name.replace("conv", "norm"))
        loud = np.isin(np.arange(width), nb.weakest_first(wide, name)[-nb.channels(slim)[name]:])
        norm.set_weights([w * loud if n < 2 else w for n, w in enumerate(norm.get_weights())])
    assert slim.count_params() < 0.4 * wide.count_params()
    assert np.allclose(litert.predict(slim, picture), litert.predict(wide, picture), atol=1e-5)


def test_a_box_between_the_cells_still_has_one_to_speak_for_it(nb):
    row = nb.targets(np.float32([[9, 9, 11, 11]]), np.array([1]), 3).reshape(-1, 7)  # centres at 4 and at 12
    assert np.argwhere(row[:, :3]).tolist() == [[nb.GRID + 1, 1]]


def test_scenes_are_pictures_with_boxes_inside(nb, few):
    pictures, boxes, classes = nb.scenes(few, 6, 0)
    assert pictures.shape == (6, nb.SIDE, nb.SIDE) and pictures.min() >= 0 and pictures.max() <= 1
    assert [len(b) for b in boxes] == [len(c) for c in classes] and min(map(len, boxes)) >= 1
    assert all((b[:, 2:] > b[:, :2]).all() and b.max() <= nb.SIDE for b in boxes)


def test_half_of_each_garment_is_seen(nb):
    grey = np.linspace(0.3, 1, 40, dtype=np.float32)  # so each pixel says whose it is
    flat = data.Split(np.broadcast_to(grey[:, None, None], (40, 28, 28)), np.arange(40))
    seen = [np.isclose(picture[top:bottom, left:right], grey[kind], atol=1e-4).mean()
            for picture, boxes, kinds in zip(*nb.scenes(flat, 20, 0), strict=True)
            for (left, top, right, bottom), kind in zip(boxes.astype(int), kinds, strict=True)]
    assert 0.5 <= min(seen) < 0.7, "and some are hidden in part"


def test_each_part_takes_garments_of_its_own_split(monkeypatch):
    parts = "train", "validation", "test"
    monkeypatch.setattr(detection.data, "load", lambda: types.SimpleNamespace(**{p: p for p in parts}))
    monkeypatch.setattr(detection, "names", lambda: types.SimpleNamespace(scenes=lambda *how: how))
    drawn = [detection.pictures.__wrapped__("scenes", part) for part in parts]
    assert [split for split, *_ in drawn] == list(parts) and len({seed for *_, seed in drawn}) == 3


def test_a_network_is_trained_once_and_loaded_after_that(nb, monkeypatch):
    monkeypatch.setitem(detection.PICTURES, "trees", 8)
    monkeypatch.setattr(detection, "DENSE", (1, 1e-3))
    monkeypatch.setattr(detection, "pictures", detection.pictures.__wrapped__)
    trained, calls = nb.trained, []
    monkeypatch.setattr(nb, "trained", lambda *how: calls.append(how) or trained(*how))
    first, again = (detection.kept_model("trees", "dense", 0) for _ in range(2))
    assert len(calls) == 1, "what cannot be loaded is trained anew each time"
    assert all(np.array_equal(*pair) for pair in zip(first.get_weights(), again.get_weights(), strict=True))


def test_the_stored_boxes_are_those_of_the_table_and_of_the_notebook(nb):
    table = pd.read_csv(paths.RESULTS / "detection.csv")
    with np.load(detection.KEPT) as kept:
        code, settings = ast.literal_eval(str(kept["made with"]))
    assert (cells.normal("\n".join(code)), settings) == detection.recipe(), "lepton sweep detection"
    row = table.query("stage == 'compared' and data == 'trees' and arm == 'pruned' and seed == 0 "
                      "and precision == 'int8' and part == 'test'").iloc[0]
    found = detection.detections("trees", "pruned", "int8", 0, "test")
    said = nb.points(found, nb.tiles(detection.PHOTOGRAPHS["test"]), 1)
    assert said["map"] == pytest.approx(row["map"], abs=0.05)
    slim = table.query("stage == 'compared' and data == 'scenes' and arm == 'pruned' and seed == 0").iloc[0]
    assert detection.stored(nb.detector, "scenes", "pruned").count_params() == slim["parameters"]


if __name__ == "__main__":
    for known in KNOWN:
        print(known, [round(float(np.nanmean(pycocotools_ap(*seeded(known), area))), 6) for area in SIZES])
