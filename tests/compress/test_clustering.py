"""Clustering keeps what it promises."""

import pytest

from lepton_helpers.compress import clustering, pruning


def test_sparsity_preserving_clustering_keeps_zeros(trained_mlp, few):
    sparse, _ = pruning.prune(trained_mlp, {"dense": 0.8}, few, epochs=1)
    kept, _ = clustering.cluster(sparse, 8, few, epochs=1, preserve_sparsity=True)
    zeros = pruning.kernels(sparse)["dense"] == 0
    assert (pruning.kernels(kept)["dense"][zeros] == 0).all()
    assert max(clustering.distinct_weights(kept).values()) <= 9


@pytest.mark.parametrize("clusters, kwargs", [(1, {}), (2.5, {}), (2, {"preserve_sparsity": True})])
def test_too_few_clusters(trained_mlp, few, clusters, kwargs):
    with pytest.raises(ValueError, match="whole number of at least"):
        clustering.cluster(trained_mlp, clusters, few, **kwargs)


def test_unknown_initialization(trained_mlp, few):
    with pytest.raises(ValueError, match="init='best'"):
        clustering.cluster(trained_mlp, 4, few, init="best")
