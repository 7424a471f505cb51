"""`python -m lepton_helpers.sweeps [name ...]`: the tables of `data/results/`, each from one command.

Each row is kept in `artifacts/` once it is done: an interrupted sweep goes on where it was.
`--executor` names the joblib backend that runs the longer sweeps' rows side by side: `loky`,
processes of this machine, or `dask` or `ray` for a cluster (see `parallel`).
"""

import argparse

import pandas as pd
from tqdm import tqdm

from lepton_helpers import artifacts, data, evaluation, export, frontier, models, paths, pruning, training

SEEDS = frontier.SEEDS


def mlp_seed(seed, as_written=True):
    """Test accuracy of the article's recipe, 10 epochs of batch 32, two ways.

    `as_written_accuracy`: all 60,000 images, the last epoch's weights. `accuracy`: 5,000 of them
    held out, the weights of the epoch that is best on those. `as_written=False` leaves out the first.
    """
    train, validation, test = data.load()
    row = {"seed": seed}
    if as_written:
        x, y, *_ = data.read_folder()
        model = models.mlp(seed=seed)
        training.fit(model, data.normalize(x), y, epochs=10, batch_size=32, seed=seed)
        row["as_written_accuracy"] = evaluation.accuracy(model, test)
    model = models.mlp(seed=seed)
    training.fit(model, *train, epochs=10, batch_size=32, validation=validation, patience=10, seed=seed)
    return row | {"accuracy": evaluation.accuracy(model, test)}


def mlp_pruned_int8(seed, sparsity=0.9, epochs=8):
    """The MLP's hidden kernel pruned, then int8, beside its own baseline; on the test split."""
    train, _, test = data.load()
    dense, _ = artifacts.trained("mlp", seed)
    sparse, _ = pruning.prune(dense, {"dense": sparsity}, train, epochs=epochs, seed=seed)
    lite = export.convert(sparse, "int8", train.images[:500])
    return {"seed": seed, "baseline_accuracy": evaluation.accuracy(dense, test),
            "accuracy": evaluation.accuracy(lite, test), "sparsity": round(pruning.sparsity(sparse), 4),
            "float32_bytes": 4 * dense.count_params(), "file_bytes": lite.file_bytes,
            "gzip_bytes": lite.gzip_bytes}


def small_cnn(seed, sparsity=0.5, dense_epochs=24, epochs=12):
    """The small CNN trained for longer, half its weights pruned, int8: a row and the LiteRT model."""
    train, validation, test = data.load()
    dense, _ = artifacts.train_recipe("small_cnn", seed, dense_epochs, 128, 3e-3, shift=1)
    sparse, _ = pruning.prune(dense, sparsity, train, epochs=epochs, seed=seed,
                              augment=training.random_shift_and_flip(1))
    lite = export.convert(sparse, "int8", train.images[:500])
    return {"seed": seed, "dense_accuracy": evaluation.accuracy(dense, test),
            "int8_validation_accuracy": evaluation.accuracy(lite, validation),
            "int8_accuracy": evaluation.accuracy(lite, test), "sparsity": round(pruning.sparsity(sparse), 4),
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
    frontier.write(name, pd.DataFrame(rows))


SWEEPS = {"mlp_seeds": by_seed, "mlp_pruned_int8": by_seed, "small_cnn": by_seed,
          "teachers": frontier.teachers, "baselines": frontier.baselines, "scan": frontier.scan,
          "deep_compression": frontier.deep_compression, "ladder": frontier.ladder,
          "pareto": frontier.pareto}


def main():
    """Parse the command line and run the sweeps that it names, all by default."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("names", nargs="*", default=list(SWEEPS), choices=list(SWEEPS), metavar="name",
                        help=f"one or more of {', '.join(SWEEPS)}; all by default")
    parser.add_argument("--executor", default="loky", choices=("loky", "dask", "ray"))
    parser.add_argument("--workers", type=int, help="rows at once; by default one for two processors")
    asked = parser.parse_args()
    for name in asked.names:
        SWEEPS[name](name, executor=asked.executor, workers=asked.workers)


if __name__ == "__main__":
    main()
