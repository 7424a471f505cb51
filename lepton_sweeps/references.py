"""`references.csv`: the best plain recipe of each network, chosen on validation; weights and histories."""

import hashlib

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, data, models, paths, training
from lepton_helpers.evidence import scores
from lepton_helpers.nodes import cluster
from lepton_sweeps import deep_compression

ARTICLE = {"epochs": 10, "batch_size": 32}
FAIR = {"epochs": 8, "batch_size": 128, "learning_rate": 2e-3}  # one recipe that every network gets
DENSE = (ARTICLE,
         FAIR,
         {"epochs": 10, "batch_size": 128, "learning_rate": 2e-3},
         {"epochs": 30, "batch_size": 128, "learning_rate": 2e-3},
         {"epochs": 30, "batch_size": 128, "learning_rate": 2e-3, "shift": 1},
         {"epochs": 90, "batch_size": 128, "learning_rate": 2e-3, "shift": 1})
CANDIDATES = {  # plain recipes: longer schedules, falling rates, augmentation; nothing but labels teaches
    "mlp": DENSE,
    "lenet_300_100": DENSE,
    "lenet_5": (ARTICLE,
                FAIR,
                {"epochs": 24, "batch_size": 128, "learning_rate": 2e-3, "shift": 1}),
    "small_cnn": (ARTICLE,
                  FAIR,
                  {"epochs": 12, "batch_size": 128, "learning_rate": 4e-3},
                  {"epochs": 24, "batch_size": 128, "learning_rate": 4e-3, "shift": 1}),
}


def _trained(name, seed, how):
    return artifacts.cached(f"reference-{name}", artifacts.train_recipe, name=name, seed=seed, **how)


def histories(jobs):
    """Loss and accuracy of every candidate by epoch, on training and validation images: long rows."""
    return pd.concat([_trained(**job)[1].reset_index().round(4).assign(
        model=job["name"], seed=job["seed"], **{"learning_rate": np.nan, "shift": np.nan, **job["how"]})
        for job in jobs], ignore_index=True)


def candidate(name, how, seed):
    """One row: a recipe's accuracy on the validation split. The test split is not looked at."""
    _, validation, _ = data.load()
    return {"model": name, "seed": seed, **how,
            "validation_accuracy": scores.accuracy(_trained(name, seed, how)[0], validation)}


def as_written(name, seed):
    """One row: a network by the article's recipe as written, all 60,000 images and the last epoch, tested."""
    images, labels, *_ = data.read_folder()
    model = models.BY_NAME[name](seed=seed)
    training.fit(model, data.normalize(images), labels, **ARTICLE, seed=seed)
    right = scores.accuracy(model, data.load().test)
    return {"model": name, "seed": seed, **ARTICLE, "test_accuracy": right}


def references(*_, **engine):
    """Try every candidate over seeds, keep the best of each network with its weights, test it once."""
    jobs = [{"name": name, "how": how, "seed": seed} for name, recipes in CANDIDATES.items()
            for how in recipes for seed in deep_compression.SEEDS]
    rows = cluster.run(candidate, jobs, **engine)
    rows.insert(0, "recipe", "candidate")
    rows["test_accuracy"], rows["sha256"] = np.nan, ""
    test = data.load().test
    for name, recipes in CANDIDATES.items():
        spans = {i: [n for n, job in enumerate(jobs) if job["name"] == name and job["how"] == how]
                 for i, how in enumerate(recipes)}
        best = max(spans, key=lambda i: rows.loc[spans[i], "validation_accuracy"].mean())
        for n in spans[best]:
            model, _ = _trained(name, jobs[n]["seed"], jobs[n]["how"])
            content = deep_compression.packed(*model.get_weights())
            paths.write_atomically(artifacts.reference_file(name, jobs[n]["seed"]), content)
            rows.loc[n, ["recipe", "test_accuracy", "sha256"]] = (
                "reference", scores.accuracy(model, test), hashlib.sha256(content).hexdigest())
    written = [artifacts.cached("as-written", as_written, name=name, seed=seed)
               for name in CANDIDATES for seed in deep_compression.SEEDS]
    rows = pd.concat([rows, pd.DataFrame(written).assign(recipe="article, as written")], ignore_index=True)
    paths.write_atomically(paths.RESULTS / "histories.csv", histories(jobs).to_csv(index=False))
    deep_compression.write("references", rows)
