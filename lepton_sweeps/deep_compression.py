"""Deep compression's tables: baselines, the scan over densities, the chosen targets, the ladder."""

import io

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, data, paths
from lepton_helpers.coding import container, recipe
from lepton_helpers.compress import distillation
from lepton_helpers.evidence import scores
from lepton_helpers.nodes import cluster

SEEDS = artifacts.SEEDS
PLAIN = {  # plain recipes to choose the best of, on the validation split
    "mlp": ({"epochs": 10, "batch_size": 32},),
    "lenet_300_100": ({"epochs": 10, "batch_size": 32},
                      {"epochs": 10, "batch_size": 128, "learning_rate": 2e-3},
                      {"epochs": 30, "batch_size": 128, "learning_rate": 2e-3}),
    "lenet_5": ({"epochs": 3, "batch_size": 32}, {"epochs": 4, "batch_size": 128, "learning_rate": 2e-3},
                {"epochs": 8, "batch_size": 128, "learning_rate": 2e-3}),
}
SCAN = {  # densities and greatest levels
    "mlp": ((.016, 3), (.02, 3), (.025, 3), (.03, 3), (.03, 5), (.035, 4), (.04, 3)),
    "lenet_300_100": ((.01, 3), (.013, 3), (.017, 3), (.023, 3), (.03, 3), (.04, 4)),
    "lenet_5": ((.007, 3), (.01, 3), (.014, 3), (.019, 3), (.026, 4)),
}
# accuracy against the plain baseline's on the validation split, with 0.2 points to spare
TARGETS = {"no_loss": 0.002, "one_point": -0.008}
LADDER = {  # the MLP at 3% density, one factor at a time
    "magnitude, shared values": {"score": "magnitude", "mixing": 0.0, "top": 0},
    "+ layer-adaptive score": {"score": "lamp", "mixing": 0.0, "top": 0},
    "+ activation in the score": {"score": "activation", "mixing": 0.0, "top": 0},
    "+ teachers": {"score": "activation", "mixing": 0.5, "top": 0},
    "+ learned steps": {"score": "activation", "mixing": 0.5, "top": 3},
}


def plain(name, how, seed):
    """A row of baselines: one plain recipe of `PLAIN`, or None for dense and distilled."""
    if how is None:
        epochs = sum(recipe.SCHEDULES[name]["epochs"])
        model = recipe.compress(name, 1.0, 0, seed, epochs=(epochs, 0))
    else:
        model, _ = artifacts.cached(f"plain-{name}", artifacts.train_recipe, name=name, seed=seed, **how)
    title = "dense, distilled"
    if how:
        falling = ", cosine" if "learning_rate" in how else ""
        title = f"{how['epochs']} epochs, batch {how['batch_size']}{falling}"
    return {"model": name, "recipe": title, "seed": seed} | scores.accuracies(model)


def measured(name, density, top, seed):
    """A row of one compressed model: accuracies and bytes."""
    model = recipe.compress(name, density, top, seed)
    return {"model": name, "density": density, "top": top, "seed": seed} | scores.accuracies(model) | (
        container.sizes(model))


def rung(step, seed, density=0.03):
    """A row of the ladder: the MLP with one more factor than the row above."""
    model = recipe.compress("mlp", density, seed=seed, **LADDER[step])
    if not LADDER[step]["top"]:
        model = recipe.shared(model)
    return {"step": step, "seed": seed} | scores.accuracies(model) | container.sizes(model)


def write(name, frame):
    """Write `data/results/NAME.csv` and show it."""
    paths.write_atomically(paths.RESULTS / f"{name}.csv", frame.to_csv(index=False))
    print(frame.to_string(index=False), flush=True)


def packed(*arrays, **named):
    """Arrays as the bytes of a compressed .npz file."""
    room = io.BytesIO()
    np.savez_compressed(room, *arrays, **named)
    return room.getvalue()


def teachers(*_, **__):
    """What the teachers say of the training images, and how good they are."""
    train, validation, test = data.load()
    networks = distillation.trained_teachers()
    groups = {f"teacher {i}": [network] for i, network in enumerate(networks)} | {"mean of three": networks}
    rows = []
    for name, group in groups.items():
        row = {"teacher": name}
        for where, split in (("validation", validation), ("test", test)):
            said = distillation.ensemble(group, split.images)
            row[f"{where}_accuracy"] = scores.metrics(split.labels, said)["accuracy"]
        rows.append(row)
    write("teachers", pd.DataFrame(rows))
    said = distillation.ensemble(networks, train.images).astype(np.float16)
    paths.write_atomically(distillation.FILE, packed(train=said))


def baselines(*_, **engine):
    """Plain and dense distilled training of each model, over seeds."""
    jobs = [{"name": name, "how": how, "seed": seed} for name, recipes in PLAIN.items()
            for how in (*recipes, None) for seed in SEEDS]
    write("baselines", cluster.run(plain, jobs, **engine))


def scan(*_, **engine):
    """One seed of every density in `SCAN`: from this curve the targets are chosen."""
    jobs = [{"name": name, "density": density, "top": top, "seed": SEEDS[0]}
            for name, pairs in SCAN.items() for density, top in pairs]
    write("density_scan", cluster.run(measured, jobs, **engine))


def best_plain(name):
    """Mean accuracies over seeds: of the plain recipe that is best on validation, and of dense distilled."""
    rows = pd.read_csv(paths.RESULTS / "baselines.csv").query("model == @name")
    means = rows.groupby("recipe")[["validation_accuracy", "test_accuracy"]].mean()
    best = means.drop("dense, distilled")["validation_accuracy"].idxmax()
    return means.loc[best], means.loc["dense, distilled"]


def chosen(name, target):
    """Density and top of the smallest scanned file that meets the target on the validation split.

    Where none does, of the one that comes nearest: `deep_compression.csv` then shows what is missing.
    """
    rows = pd.read_csv(paths.RESULTS / "density_scan.csv").query("model == @name")
    least = best_plain(name)[0]["validation_accuracy"] + TARGETS[target]
    good = rows[rows["validation_accuracy"] >= least]
    best = rows.loc[rows["validation_accuracy"].idxmax() if good.empty else good["file_bytes"].idxmin()]
    return float(best["density"]), int(best["top"])


def deep_compression(*_, **engine):
    """Both targets of each model over seeds, beside the baselines; the files of seed 0."""
    plan = {(name, target): chosen(name, target) for name in SCAN for target in TARGETS}
    jobs = [{"name": name, "density": density, "top": top, "seed": seed}
            for (name, _), (density, top) in plan.items() for seed in SEEDS]
    rows = cluster.run(measured, jobs, **engine)
    rows.insert(1, "target", [target for _, target in plan for _ in SEEDS])
    for column, which in (("baseline_accuracy", 0), ("dense_distilled_accuracy", 1)):
        rows[column] = [best_plain(name)[which]["test_accuracy"] for name in rows["model"]]
    for (name, target), (density, top) in plan.items():
        model = recipe.compress(name, density, top, SEEDS[0])
        container.save(model, paths.RESULTS / f"{name}_{target}.lept")
    write("deep_compression", rows)


def ladder(*_, **engine):
    """The MLP at one density, one factor after another."""
    jobs = [{"step": step, "seed": seed} for step in LADDER for seed in SEEDS]
    write("ladder", cluster.run(rung, jobs, **engine))


def pareto(*_, **engine):
    """Every technique and model on one table: the scan's rows and the committed scoreboard's."""
    if not (paths.RESULTS / "density_scan.csv").exists():
        scan(**engine)
    found = pd.read_csv(paths.RESULTS / "density_scan.csv")
    ours = found.rename(columns={"test_accuracy": "accuracy", "file_bytes": "bytes"})
    ours["technique"] = "deep compression, density " + ours["density"].astype(str)
    board = pd.read_csv(paths.RESULTS / "scoreboard.csv").dropna(subset=["gzip_bytes"])
    board = board[board["notebook"].str[:2].between("05", "09")].rename(columns={"gzip_bytes": "bytes"})
    write("pareto", pd.concat([board, ours])[["model", "technique", "accuracy", "bytes"]])
