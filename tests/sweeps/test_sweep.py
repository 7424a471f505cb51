"""`lepton sweep`: the names that it takes, and what none of them means."""

import pytest

from lepton_sweeps import sweep


@pytest.fixture
def told(monkeypatch):
    """What sweeps were called with, none of them run."""
    calls = []
    monkeypatch.setattr(sweep, "SWEEPS", dict.fromkeys(
        sweep.SWEEPS, lambda name, **how: calls.append((name, how))))
    return calls


def test_a_name_runs_that_sweep(told):
    sweep.main(["scan", "--workers", "2"])
    assert told == [("scan", {"executor": "loky", "workers": 2})]


def test_no_name_runs_all(told):
    sweep.main([])
    assert [name for name, _ in told] == list(sweep.SWEEPS)


def test_a_name_that_is_none_is_refused(told, capsys):
    with pytest.raises(SystemExit) as ended:
        sweep.main(["scan", "nothing"])
    assert ended.value.code == 2 and "nothing is none of small_cnn" in capsys.readouterr().err and not told
