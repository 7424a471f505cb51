"""Lepton: the thin helper package behind the notebooks.

The six functions of the article's program import from here. They are loaded on first use, so
that reading data or plotting does not pay for TensorFlow's import.
"""

import importlib

__version__ = "0.1.0"

_ARTICLE = ("preprocess_data", "preprocess_labels", "create_model",
            "train_model", "optimize_model", "evaluate_model")
__all__ = [*_ARTICLE]


def __getattr__(name):
    if name in _ARTICLE:
        return getattr(importlib.import_module("lepton_helpers.article"), name)
    raise AttributeError(f"module 'lepton_helpers' has no attribute {name!r}")
