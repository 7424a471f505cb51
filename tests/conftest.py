"""Shared by all tests: a folder of their own for artifacts and reports, and a small real split."""

import pytest

from lepton_helpers import data, models, training


def pytest_collection_modifyitems(items):
    """The longest file first: while one worker runs it, the other does the rest."""
    items.sort(key=lambda item: item.path.name != "test_constants.py")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nothing a test makes lands in the clone."""
    monkeypatch.setenv("LEPTON_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def splits():
    """The shared splits of the whole Fashion-MNIST."""
    return data.load()


@pytest.fixture(scope="session")
def few(splits):
    """4,000 training images: enough to learn something, few enough to be quick."""
    return data.Split(splits.train.images[:4_000], splits.train.labels[:4_000])


@pytest.fixture(scope="session")
def trained_mlp(few):
    """An MLP after three epochs on `few`. Tests must not change it."""
    model = models.mlp()
    training.fit(model, *few, epochs=3, progress=False)
    return model
