"""`lepton sweep [name ...]`: the tables of `data/results/`, each from one command.

Each row is kept in `artifacts/` once it is done: an interrupted sweep goes on where it was.
`--executor` names the joblib backend that runs the longer sweeps' rows side by side: `loky`,
processes of this machine, or `dask` for a cluster (see `nodes.cluster`).
"""

import argparse

import pandas as pd
from tqdm import tqdm

from lepton_helpers import artifacts, data, paths
from lepton_helpers.compress import pruning
from lepton_helpers.deploy import litert
from lepton_helpers.evidence import scores
from lepton_helpers.nodes import cluster
from lepton_sweeps import (
    combining,
    deep_compression,
    detection,
    distillation,
    medical,
    privacy,
    pruned,
    references,
    sentiment,
    speech,
)

SEEDS = deep_compression.SEEDS


def small_cnn(seed, sparsity=0.5, dense_epochs=24, epochs=12):
    """The small CNN trained for longer, half its weights pruned, int8: a row and the LiteRT model."""
    train, validation, test = data.load()
    dense, _ = artifacts.train_recipe("small_cnn", seed, dense_epochs, 128, 3e-3, shift=1)
    sparse, _ = pruning.prune(dense, sparsity, train, epochs=epochs, seed=seed, shift=1)
    lite = litert.convert(sparse, "int8", train.images[:500])
    return {"seed": seed, "dense_accuracy": scores.accuracy(dense, test),
            "int8_validation_accuracy": scores.accuracy(lite, validation),
            "int8_accuracy": scores.accuracy(lite, test), "sparsity": round(pruning.sparsity(sparse), 4),
            "file_bytes": lite.file_bytes, "gzip_bytes": lite.gzip_bytes}, lite


def by_seed(name, **_):
    """A sweep over `SEEDS` of one row each; models of seed 0 are saved beside the table."""
    rows = []
    for seed in tqdm(SEEDS, desc=name, unit="seed"):
        built = artifacts.cached(f"sweep-{name}", globals()[name], seed=seed)
        row, *lites = built if isinstance(built, tuple) else (built,)
        rows.append(row)
        if lites and seed == SEEDS[0]:
            lites[0].save(paths.RESULTS / f"{name}_pruned_int8.tflite")
    deep_compression.write(name, pd.DataFrame(rows))


SWEEPS = {"small_cnn": by_seed,
          "references": references.references, "pruning_allocation": pruned.pruning_allocation,
          "pruning_recovery": pruned.pruning_recovery, "pruning_widths": pruned.pruning_widths,
          "distillation": distillation.table,
          "combining": combining.files, "sentiment": sentiment.answers, "medical": medical.networks,
          "speech": speech.table, "detection": detection.table, "privacy": privacy.table,
          **{name: getattr(deep_compression, name) for name in
             ("teachers", "baselines", "scan", "deep_compression", "ladder", "pareto")}}


def known(name):
    """A sweep's name, for argparse, which would hold `choices` against a list that may be empty."""
    if name not in SWEEPS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(SWEEPS)}")
    return name


def main(arguments=None):
    """Parse the command line and run the sweeps that it names, all by default."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("lepton sweep", description=__doc__, formatter_class=raw)
    parser.add_argument("names", nargs="*", type=known, metavar="name",
                        help=f"one or more of {', '.join(SWEEPS)}; all by default")
    parser.add_argument("--executor", default="loky", choices=cluster.EXECUTORS)
    parser.add_argument("--workers", type=int, help="rows at once; by default one for two processors")
    asked = parser.parse_args(arguments)
    for name in asked.names or SWEEPS:
        SWEEPS[name](name, executor=asked.executor, workers=asked.workers)

