"""Timing in turns: the floor is shown, warm-up stands apart, order and repeats are as promised."""

import time

import numpy as np
import pandas as pd

from lepton_helpers.evidence import timing


def test_latency_orders_its_figures():
    took = timing.latency(lambda: sum(range(100)), runs=50)
    assert 0 < took.low <= took.median <= took.high


def test_every_round_has_every_call_and_the_empty_one():
    seen = timing.in_turns({"short": lambda: sum(range(50)), "long": lambda: sum(range(20_000))}, rounds=5)
    assert list(seen.columns) == [timing.NULL, "short", "long"] and len(seen) == 5 and (seen > 0).all().all()
    table = timing.summary(seen)
    assert list(table.index) == list(seen.columns)
    assert (table["low_us"] <= table["median_us"]).all() and (table["median_us"] <= table["high_us"]).all()


def test_the_first_call_stands_apart():
    calls = []

    def compiles_once():
        if not calls:
            time.sleep(0.2)  # what compilation would cost
        calls.append(1)

    seen = timing.in_turns({"compiled": compiles_once}, rounds=3, seconds=0.001)
    assert seen.attrs["first_us"]["compiled"] > 190_000 and len(calls) > 3
    assert timing.summary(seen).loc["compiled", "first_us"] == seen.attrs["first_us"]["compiled"]


def test_turns_alternate(monkeypatch):
    order = []
    monkeypatch.setattr(timing, "_seconds", lambda call, times: order.append(call) or 0.5)
    timing.in_turns({"a": max, "b": min}, rounds=4)
    rounds = [order[i:i + 3] for i in range(6, 18, 3)]  # after a first call and a probe of each
    assert all({max, min} < set(r) for r in rounds) and len({tuple(map(str, r)) for r in rounds}) > 1


def test_long_calls_are_not_probed(monkeypatch):
    order = []
    monkeypatch.setattr(timing, "_seconds", lambda call, times: order.append((call, times)) or 0.5)
    timing.in_turns({"long": max}, rounds=3, seconds=0)
    assert order.count((max, 1)) == 4 == len(order) / 2  # the first run, and once a round


def test_a_ratio_says_itself():
    found = timing.Ratio(2.41, 2.25, 12.0)
    assert f"{found}" == "2.41 times (2.25 to 12.00)" and f"{found:.0f}" == "2 times (2 to 12)"


def test_a_ratio_is_paired_by_round():
    rng = np.random.default_rng(0)
    slow_minutes = rng.uniform(1, 10, 9)  # the machine's speed changes between rounds, not within
    seen = pd.DataFrame({"slow": 3 * slow_minutes, "fast": slow_minutes * rng.uniform(0.98, 1.02, 9)})
    found = timing.ratio(seen, "slow", "fast")
    assert found.low <= found.times <= found.high and found.low > 2.9 and found.high < 3.1
