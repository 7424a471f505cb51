"""Three tables over three seeds: where zeros go, how long to train on after them, and fewer filters."""

import numpy as np
import pandas as pd

from lepton_helpers import artifacts, data, models, progress, training
from lepton_helpers.compress import pruning
from lepton_helpers.evidence import controls, scores
from lepton_sweeps import deep_compression

# set beforehand: the fraction of weights that stays, and the epochs of training on
DENSITY = {"mlp": 0.05, "lenet_5": 0.03, "small_cnn": 0.1}
EPOCHS = {"mlp": 3, "lenet_5": 2, "small_cnn": 2}
RECOVERY = 1, 3, 9, 27  # epochs of training on, to see what haste costs
NARROWER = {"mlp": {"hidden": 64}, "small_cnn": {"widths": (10, 20, 40)}}
SCANNED = 2_000  # validation images of a scan


def allocated(name, seed, way, density, epochs, shift, made_of=""):
    """A network whose zeros are shared among its layers in one way of `pruning.allocations`."""
    dense, split = artifacts.reference(name, seed), data.load().validation
    split = data.Split(split.images[:SCANNED], split.labels[:SCANNED])
    target = pruning.allocations(dense, split, density)[way]
    return pruning.prune(dense, target, data.load().train, epochs=epochs, shift=shift, seed=seed)[0]


def shrunk(name, seed, width, epochs, shift, made_of=""):
    """The best units or filters of a reference in a narrower network, trained on."""
    small = pruning.narrower(artifacts.reference(name, seed), models.BY_NAME[name](seed=seed, **width))
    training.fit_cosine(small, data.load().train, epochs, shift=shift, seed=seed)
    return small


def scratch(name, seed, width, epochs, recipe, made_of=""):
    """The narrow network trained from the start, as many epochs as reference and training on together."""
    small, how = models.BY_NAME[name](seed=seed, **width), recipe | {"epochs": recipe["epochs"] + epochs}
    # the article's constant rate has no number of its own in a recipe
    training.fit_cosine(small, data.load().train, **{"learning_rate": 1e-3} | how, seed=seed)
    return small


def kept(build, name, epochs=None, **how):
    """One model of `build` a seed, from `artifacts/` where it was made of the same reference before."""
    made = []
    for seed in progress.bar(artifacts.SEEDS, desc=f"{name}: {how.get('way', build.__name__)}"):
        made_of = controls.digest(*artifacts.reference(name, seed).get_weights())
        made.append(artifacts.cached(f"{build.__name__}-{name}", build, name=name, seed=seed,
                                     made_of=made_of, epochs=epochs or EPOCHS[name], **how))
    return made


def _shift(name):
    return artifacts.recipe(name).get("shift")


def dense_control(name, epochs=None):
    """The control of everything here: the references trained on, nothing removed."""
    return [controls.control(artifacts.reference(name, seed), data.load().train, epochs or EPOCHS[name],
                             shift=_shift(name), seed=seed) for seed in artifacts.SEEDS]


def rows(name, base, techniques, against="control"):
    """`controls.against` on the test split, with the accuracy of each seed and the non-zeros."""
    test = data.load().test
    table = controls.against(base, techniques, test).rename(index={"control": against})
    for label, made in {against: base, **techniques}.items():
        nonzeros = [np.count_nonzero(w) for model in made for w in pruning.kernels(model).values()]
        table.loc[label, "nonzeros"] = sum(nonzeros) / len(made)
        for seed, model in zip(artifacts.SEEDS, made, strict=True):
            table.loc[label, f"accuracy_{seed}"] = scores.accuracy(model, test)
    table.insert(0, "technique", table.index)
    table.insert(0, "against", against)
    table.insert(0, "model", name)
    return table.round(6)


def pruning_allocation(name, **_):
    """The same number of non-zeros shared among layers three ways, trained on for as long."""
    tables = []
    for network, density in DENSITY.items():
        made = {way: kept(allocated, network, way=way, density=density, shift=_shift(network))
                for way in ("uniform", "by sensitivity", "by LAMP")}
        tables += [rows(network, dense_control(network), made),
                   rows(network, made["uniform"], {way: made[way] for way in list(made)[1:]}, "uniform")]
    deep_compression.write(name, pd.concat(tables))


def pruning_recovery(name, **_):
    """What pruning the MLP by LAMP costs, by the epochs of training on; each beside a control of as many."""
    tables, how = [], {"way": "by LAMP", "density": DENSITY["mlp"], "shift": _shift("mlp")}
    for epochs in RECOVERY:
        made = kept(allocated, "mlp", epochs, **how)
        tables.append(rows("mlp", dense_control("mlp", epochs), {how["way"]: made}))
        tables[-1].insert(1, "epochs", epochs)
    deep_compression.write(name, pd.concat(tables))


def pruning_widths(name, **_):
    """Units and filters removed, beside the narrow network trained from the start and the dense one."""
    tables = []
    for network, width in NARROWER.items():
        cut = {"units removed": kept(shrunk, network, width=width, shift=_shift(network))}
        fresh = kept(scratch, network, width=width, recipe=artifacts.recipe(network))
        tables += [rows(network, dense_control(network), cut | {"from scratch": fresh}),
                   rows(network, fresh, cut, "from scratch")]
    deep_compression.write(name, pd.concat(tables))
