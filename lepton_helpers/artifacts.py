"""Trained models by fingerprint: loaded if there, else trained; written whole, under a lock."""

import contextlib
import hashlib
import importlib.metadata
import inspect
import io
import json
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from lepton_helpers import data, models, paths, training
from lepton_helpers.deploy import litert
from lepton_helpers.quiet import keras, tfmot

SEEDS = (0, 1, 2)
_LIBRARIES = ("tensorflow", "tf-keras", "tensorflow-model-optimization", "ai-edge-litert", "numpy")
_SOURCES = ("artifacts", "data/idx", "data/prepare", "models", "training", "compress/pruning",
            "compress/clustering", "compress/quantization", "deploy/litert", "deploy/runtime")


def fingerprint(name, build, recipe):
    """Hex digest of all that decides a result: recipe, code, data files, library versions."""
    folder = Path(__file__).parent
    try:
        source = inspect.getsource(build)
    except OSError:
        source = build.__code__.co_code.hex() + repr(build.__code__.co_consts)
    known = {
        "name": name, "recipe": recipe, "build": source,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "sources": [hashlib.sha256((folder / f"{m}.py").read_bytes()).hexdigest() for m in _SOURCES],
        "data": [hashlib.sha256(file.read_bytes()).hexdigest()
                 for file in sorted(data.FASHION_MNIST.glob("*ubyte*"))],
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=repr).encode()).hexdigest()[:16]


def _write(folder, values):
    digests = {}
    for i, value in enumerate(values):
        if isinstance(value, keras.Model):
            path = folder / f"{i}.keras"
            value.save(path)
        elif isinstance(value, litert.LiteModel):
            path = folder / f"{i}.tflite"
            path.write_bytes(value.content)
        elif isinstance(value, pd.DataFrame):
            path = folder / f"{i}.csv"
            value.to_csv(path)
        else:
            path = folder / f"{i}.json"
            path.write_text(json.dumps(value))
        digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    # last: a folder without its manifest is a half-written one
    (folder / "manifest.json").write_text(json.dumps({"files": digests, "digest": _sealed(digests)}))


def _sealed(digests):
    """The digest over a manifest's files, in order: an entry that is lost or changed breaks it."""
    return hashlib.sha256(json.dumps(list(digests.items())).encode()).hexdigest()


def _read(folder):
    """The values in `folder`, or None if it is absent, half-written or damaged."""
    values = []
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        if manifest["digest"] != _sealed(manifest["files"]):
            return None
        for name, digest in manifest["files"].items():
            path = folder / name
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                return None
            if path.suffix == ".keras":
                with tfmot.quantization.keras.quantize_scope():
                    values.append(keras.models.load_model(path))
            elif path.suffix == ".tflite":
                values.append(litert.LiteModel(path.read_bytes()))
            elif path.suffix == ".csv":
                values.append(pd.read_csv(path, index_col=0))
            else:
                values.append(json.loads(path.read_text()))
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None
    return values


def _remove(path):
    """Remove a folder, a file or a link (not what it leads to); what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sweep(root):
    """Remove drafts whose owner is dead: a living one holds the lock beside its draft."""
    for part in root.glob(".*.part"):
        with contextlib.suppress(OSError, Timeout), FileLock(part.with_suffix(".lock"), timeout=0):
            _remove(part)


def cached(artifact, build, **recipe):
    """What `build(**recipe)` returns, from `artifacts/` if the same thing was built before.

    `build` returns a tf_keras model, a `LiteModel`, a DataFrame, JSON-able values, or a tuple of these.
    The fingerprint covers the recipe, the source of `build` and of this package, the data files and
    the library versions: what else `build` reads must be passed as recipe. Two notebooks that want the
    same thing wait for one another; what an interrupted or killed run left is swept; a damaged artifact
    is built again. Where none can be kept (a full disk, another user's folder) a warning says so.
    """
    root, name = paths.artifacts(), f"{artifact}-{fingerprint(artifact, build, recipe)}"
    place, draft, lock = root / name, root / f".{name}.part", FileLock(root / f".{name}.lock")
    values, trouble = _read(place), None
    with contextlib.ExitStack() as stack:
        if values is None:
            try:
                root.mkdir(parents=True, exist_ok=True)
                stack.enter_context(lock)
                _sweep(root)
                stack.callback(shutil.rmtree, draft, ignore_errors=True)
                _remove(draft)  # the draft bears the lock's name: who holds that may remove this
                draft.mkdir()  # with the permissions that the umask gives, for a folder that users share
            except OSError as error:
                trouble = error
            values = _read(place)  # another notebook may have built it while we waited
        if values is None:
            built = build(**recipe)
            values = built if isinstance(built, tuple) else (built,)
            try:
                if trouble:
                    raise trouble
                _write(draft, values)
                _remove(place)
                os.replace(draft, place)
                values = _read(place) or values
            except OSError as error:
                warnings.warn(f"{root} cannot be written ({error.strerror or error}), so {artifact!r} is "
                              "built but not kept; make room, give the right to write, or set LEPTON_HOME.",
                              stacklevel=2)
    return values[0] if len(values) == 1 else tuple(values)


def train_recipe(name, seed=0, epochs=10, batch_size=32, learning_rate=None, shift=None):
    """Build and train one of `models.BY_NAME` on the shared training split: `(model, history)`.

    With a learning rate it falls to zero by a cosine; without, it is Adam as the article has it.
    `shift` augments each batch. The last epoch's weights are kept: no split decides anything.
    """
    train, validation, _ = data.load()
    model = models.BY_NAME[name](seed=seed)
    if learning_rate:
        return model, training.fit_cosine(model, train, epochs, batch_size, learning_rate, shift, validation,
                                          seed)
    augment = training.random_shift_and_flip(shift) if shift else None
    return model, training.fit(model, *train, epochs=epochs, batch_size=batch_size, augment=augment,
                               validation=validation, seed=seed)


def reference_file(name, seed):
    """Where the weights of a reference lie: made by `lepton sweep references`, kept with the tables."""
    return paths.RESULTS / "references" / f"{name}_{seed}.npz"


def reference_rows(name):
    """The rows of `references.csv` for the reference of one network, by seed."""
    rows = pd.read_csv(paths.RESULTS / "references.csv").query("recipe == 'reference' and model == @name")
    if rows.empty:
        raise ValueError(f"no reference for {name!r}; there are {', '.join(models.BY_NAME)}.")
    return rows.set_index("seed")


def recipe(name):
    """The best plain recipe of a network, chosen on validation: keyword arguments of `train_recipe`."""
    row = reference_rows(name).iloc[0][["epochs", "batch_size", "learning_rate", "shift"]].dropna()
    return {key: float(value) if key == "learning_rate" else int(value) for key, value in row.items()}


def reference(name, seed=0):
    """The dense reference that every technique starts from and is compared with: a compiled model.

    The best plain recipe of its network; see `references.csv`. Its weights come with the repository for
    the seeds of the table; where a file is absent or not the one on record, or for another seed, it is
    trained by its recipe, which takes seconds (MLP) to minutes (convolutions).
    """
    path, rows = reference_file(name, seed), reference_rows(name)
    content = path.read_bytes() if path.is_file() else b""
    if seed in rows.index and hashlib.sha256(content).hexdigest() == rows.loc[seed, "sha256"]:
        model = models.BY_NAME[name](seed=seed)
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            model.set_weights(list(kept.values()))
        return model
    return cached(f"reference-{name}", train_recipe, name=name, seed=seed, **recipe(name))[0]
