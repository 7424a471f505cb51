"""`lepton sweep sentiment`: which sentences notebook 17's files get right, over seeds, by its own cells."""

import json

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, paths, progress
from lepton_sweeps import cells, deep_compression

NOTEBOOK = paths.NOTEBOOKS / "17_text_sentiment.ipynb"
FILE = paths.RESULTS / "sentiment.npz"
TAGS = "imports", "constants", "setup", "recipe"  # of the cells that say how a file is made


def source():
    """The digest of the cells that decide what a file gets right."""
    return cells.digest(NOTEBOOK, *TAGS)


def stored(settings):
    """`{technique: {place: bool (seeds, sentences)}}` if the file was made with `settings`, else None."""
    if not FILE.exists():
        return None
    with np.load(FILE, allow_pickle=False) as kept:
        if str(kept["settings"]) != json.dumps(settings, sort_keys=True):
            return None
        sizes, right = json.loads(str(kept["sizes"])), {}
        for key in kept.files:
            if " @ " in key:
                technique, place = key.split(" @ ")
                bits = np.unpackbits(kept[key], axis=1)[:, :sizes[place]].astype(bool)
                right.setdefault(technique, {})[place] = bits
    return right


def answers(*_, **__):
    """Run the notebook's cells, make every file for every seed, keep what each gets right."""
    names, made, rows, of = cells.names(NOTEBOOK, *TAGS), {}, [], source()
    tried = [{"network": name, **how, "validation": names["scanned"](names[name], **how)}
             for name in ("bag", "cnn") for how in names["CANDIDATES"]]
    deep_compression.write("sentiment_recipes", pd.DataFrame(tried))
    work = [(technique, seed) for technique in names["FILES"] for seed in artifacts.SEEDS]

    def build(technique, seed, source):
        return names["file_of"](technique, seed)

    for technique, seed in progress.bar(work, desc="files", leave=True):
        file = artifacts.cached("text-file", build, technique=technique, seed=seed, source=of)
        right = names["answers"](file)
        rows.append({"technique": technique, "seed": seed, "file_bytes": file.file_bytes,
                     "gzip_bytes": file.gzip_bytes} | {place: bits.mean() for place, bits in right.items()})
        for place, bits in right.items():
            made.setdefault(f"{technique} @ {place}", []).append(np.packbits(bits))
    made = {key: np.stack(bits) for key, bits in made.items()}
    made["settings"] = json.dumps(names["SETTINGS"], sort_keys=True)
    made["sizes"] = json.dumps({place: len(bits) for place, bits in right.items()})
    made["source"] = of
    paths.write_atomically(FILE, deep_compression.packed(**made))
    deep_compression.write("sentiment", pd.DataFrame(rows))
