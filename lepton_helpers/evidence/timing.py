"""How long a call takes, measured in turns, with an empty call beside it and warm-up apart."""

import time
from typing import NamedTuple

import numpy as np
import pandas as pd

from lepton_helpers import progress

NULL = "empty call"


def _nothing():
    pass


def _seconds(call, times):
    start = time.perf_counter_ns()
    for _ in range(times):
        call()
    return (time.perf_counter_ns() - start) / 1e9


def in_turns(calls, rounds=9, seconds=0.02, seed=0, rest=0.0):
    """Time several calls in turns, so that a slow minute slows all of them.

    calls: `{name: function without arguments}`. Every round visits all in a new random order and repeats
    each for about `seconds`; with 0, once. Returns a DataFrame, one row a round, one column a call,
    microseconds a call; the column "empty call" is the same loop around a function that does nothing, the
    floor of what is seen. `frame.attrs["first_us"]` holds each call's first run, which warm-up and
    compilation may have paid for; it is in no other figure. rest: seconds of sleep before each, where a
    pool of threads may still spin for the call before.
    """
    def turn(name):
        time.sleep(rest)
        return 1e6 * _seconds(calls[name], times[name]) / times[name]

    calls = {NULL: _nothing} | dict(calls)
    first = {name: 1e6 * _seconds(call, 1) for name, call in calls.items()}
    times = {name: int(np.clip(seconds / max(_seconds(call, 1), 1e-9), 1, 20_000)) if seconds else 1
             for name, call in calls.items()}
    rng, rows = np.random.default_rng(seed), []
    for _ in progress.bar(range(rounds), desc="timing in turns"):
        took = {name: turn(name) for name in rng.permutation(list(calls))}
        rows.append({name: took[name] for name in calls})
    frame = pd.DataFrame(rows).rename_axis("round")
    frame.attrs["first_us"] = first
    return frame


def summary(rounds):
    """One row a call: median, 10th and 90th percentile over rounds, and the first run, microseconds."""
    low, median, high = rounds.quantile([0.1, 0.5, 0.9]).to_numpy()
    return pd.DataFrame({"median_us": median, "low_us": low, "high_us": high,
                         "first_us": pd.Series(rounds.attrs["first_us"])[rounds.columns].to_numpy()},
                        index=rounds.columns)


class Ratio(NamedTuple):
    """How many times as long one call takes as another: median, and its 95% interval over rounds."""

    times: float
    low: float
    high: float

    def __format__(self, digits):
        """`f"{found:.1f}"` says `2.4 times (2.2 to 2.7)`; two decimals where no format is named."""
        return "{} times ({} to {})".format(*(format(value, digits or ".2f") for value in self))


def ratio(rounds, slower, faster, draws=2_000, seed=0):
    """The `Ratio` of two columns of `in_turns`, paired by round; interval by the bootstrap (Efron 1979)."""
    ratios = (rounds[slower] / rounds[faster]).to_numpy()
    picked = np.random.default_rng(seed).choice(ratios, (draws, len(ratios)))
    low, high = np.percentile(np.median(picked, axis=1), [2.5, 97.5])
    return Ratio(float(np.median(ratios)), float(low), float(high))


def lite_call(lite, images, threads=1, **kwargs):
    """A call without arguments for `in_turns`: set the input, invoke, read the output of a `LiteModel`.

    images: `(height, width)` for one image or `(n, height, width)` for a batch; quantizing the input
    is done beforehand.
    """
    images = np.asarray(images)
    batch = images[None] if images.ndim < len(lite.input_shape) else images
    runner = lite.interpreter(len(batch), threads, **kwargs)
    given, made = runner.get_input_details()[0]["index"], runner.get_output_details()[0]["index"]
    piece = lite.quantized_input(batch)

    def call():
        runner.set_tensor(given, piece)
        runner.invoke()
        runner.get_tensor(made)

    return call


class Latency(NamedTuple):
    """Microseconds a call: the median, and the 10th and 90th percentiles as its spread."""

    median: float
    low: float
    high: float


def latency(call, runs=300, warmup=30):
    """Time `call()` alone, one by one after a warm-up; returns a `Latency`. To compare, use `in_turns`."""
    for _ in range(warmup):
        call()
    return Latency(*np.percentile([1e6 * _seconds(call, 1) for _ in range(runs)], [50, 10, 90]).tolist())


def lite_latency(lite, image, threads=1, runs=300, **kwargs):
    """`Latency` of a `LiteModel` for one image `(height, width)`: set the input, invoke, read."""
    return latency(lite_call(lite, image, threads, **kwargs), runs)
