"""Columns of a table as a network takes them: pixels of pictures, or numbers and yes-or-no features."""

from collections import Counter

import numpy as np
import pandas as pd

from lepton_helpers.data import DataError

KINDS = 20         # distinct texts of a column, at most, for it to become yes-or-no columns
LEAST_PIXELS = 64  # columns: fewer are features, though their number be a square


def as_bytes(values):
    """Numbers as uint8, or None where one is missing, a fraction or not within 0 to 255."""
    with np.errstate(invalid="ignore"):
        small = values.astype(np.uint8, copy=False)
    return small if np.array_equal(small, values) else None


def as_pictures(frame):
    """`(values, columns)`, uint8 `(n, side, side)` or `(n, side, side, 3)`, if all are pixels, else None."""
    n, columns = frame.shape[1], [[name, None, 0.0] for name in frame]
    side = next((round((n / c) ** 0.5) for c in (1, 3) if round((n / c) ** 0.5) ** 2 * c == n), 0)
    if n < LEAST_PIXELS or not side or not all(map(pd.api.types.is_numeric_dtype, frame.dtypes)):
        return None
    small = as_bytes(frame.to_numpy())
    if small is None:
        return None
    if side * side == n:
        return small.reshape(-1, side, side), columns
    # neighbours of a picture are alike: the order of the colours that makes it smoother is the right one
    planes = np.arange(n).reshape(3, side, side).transpose(1, 2, 0).ravel()
    rough = [np.abs(np.diff(x.reshape(-1, side, side, 3).astype(int), axis=2)).mean()
             for x in (small[:500], small[:500, planes])]
    if rough[1] < rough[0]:
        small, columns = small[:, planes], [columns[i] for i in planes]
    return small.reshape(-1, side, side, 3), columns


def as_features(frame, labels):
    """`(values float32, columns, findings)`: numbers as they are, few texts as yes-or-no columns."""
    kept, columns, out, gaps, found = [], [], Counter(), Counter(), []
    for name in frame:
        column = frame[name]
        column = column.map(str, na_action="ignore") if column.dtype in (bool, object) else column
        numbers = pd.to_numeric(column, errors="coerce")
        numbers = numbers.where(numbers.abs() < 3.4e38)  # what float32 can hold
        known = column.notna() & (column != "None")
        if known.any() and numbers[known].notna().mean() >= 0.95:
            counts = (numbers.diff().iloc[1:] > 0).all() and (numbers % 1 == 0).all()
            if numbers.nunique() < 2 or (len(frame) > 20 and counts):
                out[f"{name} ({'one value' if numbers.nunique() < 2 else 'numbers the rows'})"] += 1
                continue
            kept.append(numbers.to_numpy(np.float32))
            columns.append([name, None, 0.0])
            gaps[name] = int(numbers.isna().sum())
        elif 2 <= column.nunique() <= KINDS:
            texts = column.map(lambda v: v.strip().casefold(), na_action="ignore")
            for value in sorted(texts.dropna().unique()):
                kept.append((texts == value).to_numpy(np.float32))
                columns.append([name, value, 0.0])
            gaps[name] = int(column.isna().sum())
        else:
            out[f"{name} ({column.nunique():,} texts)"] += 1
        if column.nunique() <= 2 * labels.nunique() and labels.groupby(column).nunique().eq(1).all():
            found.append(("tells class", 1, f"column {name} alone gives the class away; is it another name "
                          "for it, or known only afterwards? Then take it out"))
    some = ", ".join(f"{name} {n:,}" for name, n in (+gaps).most_common(10)) + " ..." * (len(+gaps) > 10)
    found.append(("missing values", gaps.total(), "numbers take the training rows' median, texts are none of "
                  f"their column's: {some}" if some else "no cell is empty"))
    found += [("columns left out", len(out), ", ".join(out))] * bool(out)
    if not kept:
        raise DataError(f"no column can be learnt from: {', '.join(out)}.")
    return np.stack(kept, axis=1), columns, found


def vector(row, columns, decimal="."):
    """One row, `{column: text or number}`, as the numbers that the model takes."""
    values = []
    for name, value, fill in columns:
        said = str(row.get(name, "")).strip()
        try:
            number = float(said.replace(decimal, ".") if value is None else said.casefold() == value)
        except ValueError:
            number = fill
        values.append(number if abs(number) < 3.4e38 else fill)  # NaN is not
    return values
