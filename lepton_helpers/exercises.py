"""Exercises: a stub that runs as it stands, a check that judges the reader's own result, hints in steps."""

import numpy as np

_hints = []


def check(judge, right, hints=(), draws=12):
    """Judge an answer: prints `Right: ...` or `Not yet: ...`, never a traceback.

    judge: a function of a NumPy random generator that tries the reader's result on inputs drawn afresh
    and returns True, False, or a sentence that says what was seen (not what should have been). It is
    called `draws` times; the first answer other than True counts. A wrong answer that one draw in four lets
    pass is taken for right once in ten million checks. right: what the reader has shown.
    hints: sentences that `hint()` gives one after another, the last still not the answer.
    """
    for _ in range(draws):
        try:
            answer = judge(np.random.default_rng())
        except Exception as error:  # noqa: BLE001  whatever the reader's code raises is an answer
            answer = f"it raised {type(error).__name__}: {(str(error).splitlines() or ['no text'])[0]}"
        if answer is not True and not (isinstance(answer, np.bool_) and answer):
            _hints[:] = hints
            seen = answer if isinstance(answer, str) else "that is not what was asked for"
            return print(f"Not yet: {seen}. `exercises.hint()` helps." if hints else f"Not yet: {seen}.")
    _hints.clear()
    return print(f"Right: {right}")


def hint():
    """Print the next hint of the check that last said 'Not yet'."""
    print(_hints.pop(0) if _hints else "No more hints: the solutions are in notebooks/solutions.")


def verdict(passed, right, not_yet="change the stub above, run it, then run this cell again"):
    """Print `Right: ...` or `Not yet: ...`; never raises, so that a notebook runs without answers."""
    print(f"Right: {right}" if passed else f"Not yet: {not_yet}.")
