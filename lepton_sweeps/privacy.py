"""`lepton sweep privacy`: what notebook 21 measures, over seeds, by its own cells; one file a topic."""

import base64
import functools
import io

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, paths, progress
from lepton_sweeps import cells, deep_compression

NOTEBOOK = paths.NOTEBOOKS / "21_privacy_and_robustness.ipynb"
FOLDER = paths.RESULTS / "privacy"
TAGS = "imports", "setup", "recipe"  # of the cells that say how all of it is made
TOPICS = "curve", "leak", "private", "networks", "attack", "corrupt", "memory"


def source(topic):
    """The digest of the cells that decide what a topic's file holds."""
    return cells.digest(NOTEBOOK, "common", topic)


def stored(topic):
    """`{"case | name": array (seeds, ...)}` of one of `TOPICS`, as `lepton sweep privacy` left it."""
    with np.load(FOLDER / f"{topic}.npz", allow_pickle=False) as kept:
        return {key: kept[key] for key in kept.files if key != "source"}


@functools.lru_cache(1)
def recipe_names():
    """The names that the notebook's cells define."""
    return cells.names(NOTEBOOK, *TAGS)


def row(topic, job, source):
    """One job's arrays, as text."""
    return base64.b64encode(deep_compression.packed(**recipe_names()[topic](**job))).decode()


def made(topic):
    """Every job of a topic, now or before; its arrays stacked over seeds, in one file. Returns them."""
    names, found, of = recipe_names(), {}, source(topic)
    for job in progress.bar(names["JOBS"][topic], desc=topic, leave=True):
        text = artifacts.cached(f"privacy-{topic}", row, topic=topic, job=job, source=of)
        case = [str(value) for key, value in job.items() if key != "seed"]
        with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as arrays:
            for name in arrays.files:
                found.setdefault(" | ".join([*case, name]), []).append(arrays[name])
    found = {key: np.stack(arrays) for key, arrays in found.items()}
    if topic == "leak":  # the attacks need the shadow models, who reads the file only what came of them
        found = names["attacked"](found)
    paths.write_atomically(FOLDER / f"{topic}.npz", deep_compression.packed(**found, source=np.array(of)))
    return found


def table(*_, **__):
    """All topics, and for the reader a table of every share of images in them."""
    rows = [{"topic": topic, "case": key, "seed": seed, "share": round(float(share), 4)}
            for topic in TOPICS for key, arrays in made(topic).items() if arrays.dtype == bool
            for seed, share in enumerate(arrays.mean(axis=1))]
    deep_compression.write("privacy", pd.DataFrame(rows))
