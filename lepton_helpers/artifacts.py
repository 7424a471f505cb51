"""Trained models by fingerprint: loaded if there, else trained; written whole, under a lock."""

import contextlib
import hashlib
import importlib.metadata
import inspect
import json
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pandas as pd
from filelock import FileLock

from lepton_helpers import data, export, models, paths, training
from lepton_helpers.quiet import keras, tfmot

RECIPES = {
    "mlp": {"epochs": 10, "batch_size": 32},
    "lenet_300_100": {"epochs": 6, "batch_size": 128},
    "lenet_5": {"epochs": 2, "batch_size": 128, "learning_rate": 2e-3},
    "small_cnn": {"epochs": 3, "batch_size": 128, "learning_rate": 4e-3},
}
_LIBRARIES = ("tensorflow", "tf-keras", "tensorflow-model-optimization", "ai-edge-litert", "numpy")
_SOURCES = ("artifacts", "data", "models", "training", "pruning", "clustering", "quantization", "export")


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
        elif isinstance(value, export.LiteModel):
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
    (folder / "manifest.json").write_text(json.dumps(digests))


def _read(folder):
    """The values in `folder`, or None if it is absent, half-written or damaged."""
    values = []
    try:
        digests = json.loads((folder / "manifest.json").read_text())
        for name, digest in digests.items():
            path = folder / name
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                return None
            if path.suffix == ".keras":
                with tfmot.quantization.keras.quantize_scope():
                    values.append(keras.models.load_model(path))
            elif path.suffix == ".tflite":
                values.append(export.LiteModel(path.read_bytes()))
            elif path.suffix == ".csv":
                values.append(pd.read_csv(path, index_col=0))
            else:
                values.append(json.loads(path.read_text()))
    except (OSError, ValueError, AttributeError):
        return None
    return values


def cached(artifact, build, **recipe):
    """What `build(**recipe)` returns, from `artifacts/` if the same thing was built before.

    `build` returns a tf_keras model, a `LiteModel`, a DataFrame, JSON-able values, or a tuple of
    these. The fingerprint covers the recipe, the source of `build` and of this package, the data
    files and the library versions: what else `build` reads must be passed as recipe. Two notebooks
    that want the same thing wait for one another; an interruption leaves nothing behind; a damaged
    artifact is built again. Where the folder cannot be written, the result is built, kept for this
    session only, and a warning says so.
    """
    root = paths.artifacts()
    place = root / f"{artifact}-{fingerprint(artifact, build, recipe)}"
    values = _read(place)
    if values is None:
        with contextlib.ExitStack() as stack:
            try:
                root.mkdir(parents=True, exist_ok=True)
                stack.enter_context(FileLock(root / f".{place.name}.lock"))
                draft = Path(tempfile.mkdtemp(prefix=f".{artifact}-", suffix=".part", dir=root))
                stack.callback(shutil.rmtree, draft, ignore_errors=True)
            except OSError as error:
                warnings.warn(f"{root} cannot be written ({error.strerror}), so {artifact!r} is built but "
                              "not kept; make the folder writable or set LEPTON_HOME.", stacklevel=2)
                return build(**recipe)
            values = _read(place)  # another notebook may have built it while we waited
            if values is None:
                built = build(**recipe)
                _write(draft, values := built if isinstance(built, tuple) else (built,))
                shutil.rmtree(place, ignore_errors=True)
                os.replace(draft, place)
                values = _read(place) or values
    return values[0] if len(values) == 1 else tuple(values)


def train_recipe(name, seed=0, epochs=10, batch_size=32, learning_rate=None, shift=None):
    """Build and train one of `models.BY_NAME` on the shared training split: `(model, history)`.

    With a learning rate it falls to zero by a cosine; without, it is Adam as the article has it.
    `shift` augments each batch. The last epoch's weights are kept: no split decides anything.
    """
    train, validation, _ = data.load()
    model = models.BY_NAME[name](seed=seed)
    if learning_rate:
        steps = epochs * -(-len(train.images) // batch_size)
        models.compiled(model, keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(learning_rate, steps)))
    augment = training.random_shift_and_flip(shift) if shift else None
    history = training.fit(model, *train, epochs=epochs, batch_size=batch_size, augment=augment,
                           validation=validation, seed=seed)
    return model, history


def trained(name, seed=0):
    """A baseline by its recipe in `RECIPES`, trained now or before: `(model, history)`."""
    if name not in RECIPES:
        raise ValueError(f"no recipe for {name!r}; there are {', '.join(RECIPES)}.")
    return cached(name, train_recipe, name=name, seed=seed, **RECIPES[name])
