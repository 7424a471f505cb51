"""A test for each way in which one can end; copied under another name where pytest finds it."""

import pytest


@pytest.fixture
def unset():
    """A fixture that cannot be set up."""
    raise RuntimeError("not set up")


@pytest.fixture
def untorn():
    """A fixture that cannot be torn down."""
    yield
    raise RuntimeError("not torn down")


def test_good():
    pass


@pytest.mark.parametrize("value", ["a b"])
def test_good_of(value):
    pass


@pytest.mark.parametrize("value", ["p|q"])
def test_fails(value):
    assert not value, f"not {value}"


def test_setup_fails(unset):
    pass


def test_teardown_fails(untorn):
    pass


def test_fails_twice(untorn):
    assert 0


@pytest.mark.skip(reason="no time")
def test_skipped():
    pass


@pytest.mark.skip(reason="needs Windows: signals")
def test_of_windows():
    pass


@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    assert 0
