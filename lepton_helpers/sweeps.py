"""`python -m lepton_helpers.sweeps [name ...]`: the tables of `data/results/`, each from one command.

A row is one seed. Rows are kept in `artifacts/`, so that an interrupted sweep goes on where it was.
"""

import argparse

import pandas as pd
from tqdm import tqdm

from lepton_helpers import artifacts, data, evaluation, export, models, paths, pruning, training

SEEDS = (0, 1, 2)


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


SWEEPS = {"mlp_seeds": mlp_seed, "mlp_pruned_int8": mlp_pruned_int8, "small_cnn": small_cnn}


def sweep(name):
    """Compute `data/results/NAME.csv` over `SEEDS`; models of seed 0 are saved beside it."""
    rows = []
    for seed in tqdm(SEEDS, desc=name, unit="seed"):
        built = artifacts.cached(f"sweep-{name}", SWEEPS[name], seed=seed)
        row, *lites = built if isinstance(built, tuple) else (built,)
        rows.append(row)
        if lites and seed == SEEDS[0]:
            lites[0].save(paths.RESULTS / f"{name}_pruned_int8.tflite")
    paths.write_atomically(paths.RESULTS / f"{name}.csv", pd.DataFrame(rows).to_csv(index=False))
    print(pd.DataFrame(rows).to_string(index=False))


def main():
    """Parse the command line and run the sweeps that it names, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SWEEPS), choices=list(SWEEPS))
    for name in parser.parse_args().names:
        sweep(name)


if __name__ == "__main__":
    main()
