"""`lepton sweep detection`: notebook 18's detectors over seeds, made by the notebook's own cells."""

import functools
import hashlib
import types

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, data, models, paths, progress
from lepton_helpers.compress import pruning
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scores
from lepton_sweeps import cells, deep_compression

NOTEBOOK = paths.NOTEBOOKS / "18_object_detection.ipynb"
KEPT = paths.RESULTS / "detection.npz"
SEEDS = artifacts.SEEDS
CHANNELS, CLASSES = {"scenes": 1, "trees": 3}, {"scenes": 10, "trees": 1}
NARROW, ONE = "narrow, from scratch", ("validation",)
ARMS = {"scenes": ("control", "pruned", NARROW), "trees": ("control", "pruned")}
WEIGHTS = *(("scenes", arm) for arm in ("dense", "control", "pruned")), ("trees", "control")  # of seed 0
# pictures; epochs and rate of dense networks, and of training on: these were changed after validation
PICTURES, DENSE, ON = {"scenes": 3_000, "trees": 1_500}, (18, 4e-3), (10, 2e-3)
VALIDATION, TEST, SCANNED = 200, 300, 60  # scenes; the last: of validation, for a scan of sensitivity
PHOTOGRAPHS = {"train": "yell_528.jpg", "validation": "osbs_029.jpg", "test": "yell_541.jpg",
               "another wood": "soap_061.jpg"}
DENSITIES = 0.75, 0.5, 0.35, 0.25  # shares of channels that stay, scanned with seed 0 on validation
LOST = 2.0  # points of validation mAP that the chosen density may lose
LIMITS = 0.3, 0.4, 0.5, 0.6, 0.7  # overlaps above which suppression removes, scanned on validation


@functools.lru_cache(1)
def names():
    """What the notebook's cells define: `names().detector(...)`."""
    return types.SimpleNamespace(**cells.names(NOTEBOOK, "imports", "detector"))


def recipe():
    """What decides a network: the detector's code and the settings above."""
    settings = CHANNELS, CLASSES, PICTURES, DENSE, ON, VALIDATION, SCANNED, PHOTOGRAPHS
    return cells.code(NOTEBOOK, "detector"), settings


def made_with():
    """A digest of `recipe`, by this Python."""
    return hashlib.sha256(repr(recipe()).encode()).hexdigest()[:16]


@functools.lru_cache(8)
def pictures(kind, part):
    """`(pictures, boxes, classes)` of the part "train", "validation", "test" or "another wood"."""
    n = names()
    if kind == "scenes":
        size = {"train": PICTURES[kind], "validation": VALIDATION, "test": TEST}[part]
        return n.scenes(getattr(data.load(), part), size, ["train", "validation", "test"].index(part))
    if part == "train":
        return n.views(PHOTOGRAPHS[part], PICTURES[kind], 0)
    return n.tiles(PHOTOGRAPHS[part])


def network(kind, arm, seed, density, made_with):
    """One network: "dense", "control" (trained on), "pruned" (and trained on) or "narrow, from scratch"."""
    n, found, how = names(), names().prepared(pictures(kind, "train"), CLASSES[kind]), ON
    if arm == "dense":
        model, how = n.detector(CHANNELS[kind], CLASSES[kind], seed), DENSE
    elif arm == "narrow, from scratch":
        widths = list(n.channels(kept_model(kind, "pruned", seed, density)).values())
        model, how = n.detector(CHANNELS[kind], CLASSES[kind], seed, widths), (DENSE[0] + ON[0], DENSE[1])
    else:
        model = kept_model(kind, "dense", seed)
    if arm == "pruned":
        scan = n.sensitivity(model, [part[:SCANNED] for part in pictures(kind, "validation")])
        model = n.slimmed(model, pruning.allocate(scan, n.channels(model), density))
    # a copy knows no loss: one that keras cannot name would not be loaded again
    return models.copy(n.trained(model, found, *how, seed))


def kept_model(kind, arm, seed, density=None):
    """`network`, from `artifacts/` where it was made before; its weights rounded to float16, as stored."""
    model = artifacts.cached("detector", network, kind=kind, arm=arm, seed=seed, density=density,
                             made_with=made_with())
    model.set_weights([w.astype(np.float16).astype(np.float32) for w in model.get_weights()])
    return model


def packed(found):
    """Detections of all pictures as two arrays: `(n, 6)` float16, and how many each picture has."""
    rows = [np.column_stack([boxes, score, kind]) for boxes, score, kind in found]
    return np.concatenate(rows).astype(np.float16), np.array([len(row) for row in rows], np.uint16)


def _unpacked(rows, counts):
    parts = np.split(rows.astype(np.float32), np.cumsum(counts)[:-1])
    return [(part[:, :4], part[:, 4], part[:, 5].astype(int)) for part in parts]


def detections(*whose):
    """`(boxes, scores, classes)` a picture, as stored for data, arm, precision, seed and part."""
    key = ", ".join(map(str, whose))
    with np.load(KEPT, allow_pickle=False) as kept:
        return _unpacked(kept[key], kept[f"{key}, counts"])


def stored(detector, kind, arm):
    """Seed 0's network of `WEIGHTS`, built by the notebook's `detector`."""
    with np.load(KEPT, allow_pickle=False) as kept:
        keys = [key for key in kept.files if key.startswith(f"{kind}, {arm}, weights ")]
        weights = [kept[key].astype(np.float32) for key in keys]
    model = detector(CHANNELS[kind], CLASSES[kind], 0, [w.shape[-1] for w in weights if w.ndim == 4][:-1])
    model.set_weights(weights)
    return model


def judged(stage, kind, arm, seed, parts, limits, precisions=("float32",), density=None):
    """Rows of `detection.csv` for one network, and its detections: `(rows, {key: array})`."""
    model, rows, seen = kept_model(kind, arm, seed, density), [], {}
    for precision in precisions:
        lite = litert.convert(model, precision, pictures(kind, "train")[0][:200])
        row = {"stage": stage, "data": kind, "arm": arm, "density": density, "precision": precision,
               "seed": seed, "parameters": model.count_params(), "macs": scores.macs(model),
               "file_bytes": lite.file_bytes, "gzip_bytes": lite.gzip_bytes}
        for part in parts:
            asked, said = pictures(kind, part), litert.predict(lite, pictures(kind, part)[0])
            for limit in limits:
                found = packed([names().decoded(line, CLASSES[kind], limit) for line in said])
                points = names().points(_unpacked(*found), asked, CLASSES[kind])
                rows.append(row | {"part": part, "limit": limit} | points)
            if part != "validation":
                key = f"{kind}, {arm}, {precision}, {seed}, {part}"
                seen |= {key: found[0], f"{key}, counts": found[1]}
    return rows, seen


def decided():
    """Rows of both scans on validation, the best limit of each data set, and the density."""
    rows, limit = [], {}
    for kind in CHANNELS:
        scan = [row for seed in SEEDS for row in judged("limit", kind, "control", seed, ONE, LIMITS)[0]]
        limit[kind] = pd.DataFrame(scan).groupby("limit")["map"].mean().idxmax()
        rows += scan
    tried = [judged("density", "scenes", "pruned", 0, ONE, [limit["scenes"]], density=share)[0][0]
             for share in DENSITIES]
    goal = next(row["map"] for row in rows if row["limit"] == limit["scenes"]) - LOST  # seed 0 comes first
    enough = [row["density"] for row in tried if row["map"] >= goal]
    return rows + tried, limit, min(enough, default=max(DENSITIES))


def table(*_, **__):
    """Overlap limit and density chosen on validation, then every arm over seeds; weights of seed 0."""
    rows, limit, density = decided()
    kept = {"made with": np.array(repr(recipe()))}
    share = {"dense": None, "control": None, "pruned": density, NARROW: density}
    for kind, arm in [(one, arm) for one in CHANNELS for arm in ARMS[one]]:
        parts = (*ONE, "test", *(["another wood"] if kind == "trees" else []))
        modes = ("float32",) if arm == NARROW else ("float32", "int8")
        for seed in progress.bar(SEEDS, desc=f"{kind}, {arm}", leave=True):
            more, seen = judged("compared", kind, arm, seed, parts, [limit[kind]], modes, share[arm])
            rows, kept = rows + more, kept | seen
    for kind, arm in WEIGHTS:
        kept |= {f"{kind}, {arm}, weights {i}": w.astype(np.float16)
                 for i, w in enumerate(kept_model(kind, arm, 0, share[arm]).get_weights())}
    paths.write_atomically(KEPT, deep_compression.packed(**kept))
    deep_compression.write("detection", pd.DataFrame(rows))
