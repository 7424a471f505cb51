"""TF-MOT's weight clustering, as more than one notebook uses it."""

import numpy as np

from lepton_helpers import models, training
from lepton_helpers.compress import pruning
from lepton_helpers.quiet import keras, tfmot

INITIALIZATIONS = {"linear": "LINEAR", "density": "DENSITY_BASED",
                   "random": "RANDOM", "kmeans++": "KMEANS_PLUS_PLUS"}


def distinct_weights(model):
    """How many different values each kernel holds: `{layer name: count}`."""
    return {name: len(np.unique(w)) for name, w in pruning.kernels(model).items()}


def cluster(model, clusters, train, epochs=2, batch_size=128, learning_rate=3e-4, init="kmeans++",
            preserve_sparsity=False, shift=None, validation=None, seed=0):
    """Share weights: a copy of `model` with at most `clusters` values a kernel, centroids trained.

    Weight sharing is from Deep Compression (Han et al. 2016). `preserve_sparsity` keeps zeros zero
    and needs more than two clusters. Returns `(model, history)`, the model stripped.
    """
    least = 3 if preserve_sparsity else 2
    if int(clusters) != clusters or clusters < least:
        raise ValueError(f"clusters={clusters} must be a whole number of at least {least}"
                         f"{' when sparsity is preserved' if preserve_sparsity else ''}.")
    if init not in INITIALIZATIONS:
        raise ValueError(f"init={init!r} must be one of {list(INITIALIZATIONS)}.")
    dense = models.copy(model)
    keras.utils.set_random_seed(seed)
    how = getattr(tfmot.clustering.keras.CentroidInitialization, INITIALIZATIONS[init])
    wrapped = tfmot.clustering.keras.cluster_weights(
        dense, number_of_clusters=int(clusters), cluster_centroids_init=how,
        preserve_sparsity=preserve_sparsity)
    history = training.fit_cosine(wrapped, train, epochs, batch_size, learning_rate, shift, validation, seed)
    return models.compiled(tfmot.clustering.keras.strip_clustering(wrapped)), history
