"""A CSV with a label column: read in pieces, its columns made numbers, or pictures if they are pixels."""

import csv
import re
from collections import Counter

import numpy as np
import pandas as pd

from lepton_helpers.data import DataError

MOST_BYTES = 2_000_000_000  # of the file
MEMORY = 1_000_000_000      # bytes of the numbers in it
PIECE = 20_000              # rows read at a time
KINDS = 20                  # distinct texts of a column, at most, for it to become yes-or-no columns
LEAST_PIXELS = 64           # columns: fewer are features, though their number be a square
LABELS = ("label", "labels", "class", "target", "species", "category", "y")
MAGIC = {b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"\x1f\x8b": "a gzip archive",
         b"PK\3\4": "a zip archive or an Excel workbook", b"\xd0\xcf\x11\xe0": "an old Excel workbook",
         b"%PDF": "a PDF", b"PAR1": "a Parquet file", b"\0\0\x08": "an IDX file"}


def opening(path):
    """The text that a CSV begins with; `DataError` for another kind of file, by its content, or too large."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise DataError(f"{path.name} is {size / 1e9:.1f} GB; above {MOST_BYTES / 1e9:g} GB no CSV is read: "
                        "take a sample of its rows.")
    with path.open("rb") as file:
        raw = file.read(1 << 16)
    kind = next((what for magic, what in MAGIC.items() if raw.startswith(magic)), None)
    if kind or b"\0" in raw:
        raise DataError(f"{path.name} is {kind or 'a binary file'}, not a CSV, whatever its name says; "
                        "save the table as CSV in UTF-8, or name the folder of the pictures or IDX files.")
    if not raw.strip():
        raise DataError(f"{path.name} is empty; export the table again.")
    return raw.decode("utf-8", "replace")


def dialect(text):
    """How `pandas.read_csv` must read it: separator, decimal sign, header or none."""
    try:
        separator = csv.Sniffer().sniff(text[: text.rfind("\n")] or text, ",;\t|").delimiter
    except csv.Error:
        separator = ","
    comma = separator != "," and re.search(r"\d,\d", text) and not re.search(r"\d\.\d", text)
    first = next(csv.reader([text.splitlines()[0].lstrip("\ufeff")], delimiter=separator))
    numbers = all(re.fullmatch(r"\s*-?[\d.,]+(e-?\d+)?\s*", cell, re.I) for cell in first)
    return {"sep": separator, "decimal": "," if comma else ".", "header": None if numbers else "infer"}


def whole(path):
    """The table of `path`, read in pieces within `MEMORY`; `DataError` where it is damaged or too large."""
    how, pieces, size = dialect(opening(path)), [], 0
    try:
        with pd.read_csv(path, chunksize=PIECE, encoding="utf-8-sig", compression=None, low_memory=False,
                         skipinitialspace=True, **how) as reader:
            for piece in reader:
                piece.columns = [str(name) for name in piece.columns]
                numbers = piece.select_dtypes("number") if piece.shape[1] > LEAST_PIXELS else ()
                pieces.append(piece.astype(dict.fromkeys(numbers, np.float32)))
                size += 4 * piece.size
                if size > MEMORY:
                    raise DataError(f"{path.name} holds more than {MEMORY / 1e9:g} GB of numbers; take a "
                                    "sample of its rows.")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 (byte {error.start:,}); save it as CSV in UTF-8, so that "
                        "no label is garbled.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path.name} is no sound CSV ({str(error).strip().split('data. ')[-1]}); "
                        "mend that line, or export the table again.") from error
    frame = pd.concat(pieces, ignore_index=True)
    if frame.shape[0] == 0 or frame.shape[1] < 2:
        raise DataError(f"{path.name} has {frame.shape[0]} rows and {frame.shape[1]} columns as read with "
                        f"the separator {how['sep']!r}; a label column and at least one other are needed.")
    return frame


def label_column(frame, label=None):
    """`(column, why)`: the one named, else guessed by its name, else the last one of few distinct values."""
    if label is not None:
        if label not in frame:
            raise DataError(f"no column is called {label!r}; there are {', '.join(frame.columns[:20])}.")
        return label, "as you said"
    for name in LABELS:
        for column in frame:
            if column.strip().lower() == name:
                return column, "guessed by its name; --label names another"
    kinds = {column: frame[column].nunique() for column in (*frame.columns[:1], *frame.columns[-3:])}
    few = [column for column, n in kinds.items() if 2 <= n <= min(1_000, max(2, len(frame) // 5))]
    texts = [column for column in few if not pd.api.types.is_numeric_dtype(frame[column])]
    if not few:
        raise DataError("no column looks like a label (no usual name; neither the first nor the last three "
                        f"have few distinct values); name it with --label: {', '.join(frame)[:99]}.")
    if frame.shape[1] > LEAST_PIXELS:  # pixels, perhaps: in a corner they have few values too, but mostly one
        texts = [min(few, key=lambda column: frame[column].value_counts().iloc[0])]
    return (texts or few)[-1], "guessed, as the last column of few distinct values; --label names another"


def classes_of(values, column):
    """Labels as texts, None where missing; numbers must be whole, else it would be regression."""
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(object).map(lambda v: None if pd.isna(v) else str(v).strip())
    odd = values.dropna()[lambda v: v % 1 != 0]
    if len(odd):
        raise DataError(f"the label column {column!r} holds numbers that are not whole, {odd.iloc[0]:g} in "
                        f"row {odd.index[0] + 1} for one; to predict numbers is regression, which this does "
                        "not do: name a column of classes with --label.")
    return values.map(lambda v: None if pd.isna(v) else str(int(v))).astype(object)


def as_pictures(frame):
    """`(n, side, side)` or `(n, side, side, 3)` uint8 if the columns are pixels, else None."""
    n = frame.shape[1]
    side = next((round((n / c) ** 0.5) for c in (1, 3) if round((n / c) ** 0.5) ** 2 * c == n), 0)
    if n < LEAST_PIXELS or not side or not all(map(pd.api.types.is_numeric_dtype, frame.dtypes)):
        return None
    values = frame.to_numpy(np.float32)
    if not (values.min() >= 0 and values.max() <= 255 and (values % 1 == 0).all()):  # NaN is neither
        return None
    values = values.astype(np.uint8)
    if side * side == n:
        return values.reshape(-1, side, side)
    mixed, planes = values.reshape(-1, side, side, 3), values.reshape(-1, 3, side, side).transpose(0, 2, 3, 1)
    # neighbours of a picture are alike: the order of the colours that makes it smoother is the right one
    rough = [np.abs(np.diff(x[:500].astype(int), axis=2)).mean() for x in (mixed, planes)]
    return np.ascontiguousarray(mixed if rough[0] <= rough[1] else planes)


def as_features(frame, labels):
    """`(values float32, columns, findings)`: numbers as they are, few texts as yes-or-no columns."""
    kept, columns, out, found = [], [], Counter(), []
    for name in frame:
        column = frame[name]
        column = column.map(str, na_action="ignore") if column.dtype in (bool, object) else column
        numbers = pd.to_numeric(column, errors="coerce")
        numbers, known = numbers.where(numbers.abs() < 3.4e38), column.notna()  # what float32 can hold
        if known.any() and numbers[known].notna().mean() >= 0.95:
            if numbers.nunique() < 2 or (len(frame) > 20 and (numbers.diff().iloc[1:] == 1).all()):
                out[f"{name} ({'one value' if numbers.nunique() < 2 else 'numbers the rows'})"] += 1
                continue
            kept.append(numbers.to_numpy(np.float32))
            columns.append([name, None, 0.0])
            odd = int((numbers.isna()).sum())
            filled = f"in column {name}, filled by the training rows' median"
            found += [("missing values", odd, filled)] * (odd > 0)
        elif 2 <= column.nunique() <= KINDS:
            texts = column.map(lambda v: v.strip().casefold(), na_action="ignore")
            for value in sorted(texts.dropna().unique()):
                kept.append((texts == value).to_numpy(np.float32))
                columns.append([name, value, 0.0])
            odd = int(column.isna().sum())
            found += [("missing values", odd, f"in column {name}, told as none of its texts")] * (odd > 0)
        else:
            out[f"{name} ({column.nunique():,} texts)"] += 1
        if column.nunique() <= 2 * labels.nunique() and labels.groupby(column).nunique().eq(1).all():
            found.append(("tells class", 1, f"column {name} alone gives the class away; is it another name "
                          "for it, or known only afterwards? Then take it out"))
    found += [("columns left out", len(out), ", ".join(out))] * bool(out)
    if not kept:
        raise DataError(f"no column can be learnt from: {', '.join(out)}.")
    return np.stack(kept, axis=1), columns, found


def vector(row, columns):
    """One row, `{column: text or number}`, as the numbers that the model takes."""
    values = []
    for name, value, fill in columns:
        said = str(row.get(name, "")).strip()
        try:
            number = float(said if value is None else said.casefold() == value)
        except ValueError:
            number = fill
        values.append(number if abs(number) < 3.4e38 else fill)  # NaN is not
    return values


def read(path, label=None):
    """The rows of a CSV for `sources.checked`."""
    frame = whole(path)
    column, why = label_column(frame, label)
    labels, rest = classes_of(frame[column], column), frame.drop(columns=column)
    unlabelled, empty = labels.isna(), rest.isna().all(axis=1)
    keep = ~unlabelled & ~empty
    if not keep.any():
        raise DataError(f"{path.name} has no row with a label in {column!r} and anything beside it; name the "
                        "label column with --label.")
    found = [("label column", labels.nunique(), f"distinct values in {column!r}, {why}"),
             ("rows without label", int(unlabelled.sum()), "left out" if unlabelled.any() else
              "every row has a label"), ("empty rows", int(empty.sum()), "left out" if empty.any() else
                                         "every row holds something")]
    rest, labels, columns, form = rest[keep], labels[keep], [], "CSV of pixels"
    inputs = as_pictures(rest)
    if inputs is None:
        (inputs, columns, more), form = as_features(rest, labels), "CSV of features"
        found += more
    return {"form": form, "inputs": inputs, "labels": labels.tolist(), "parts": [], "findings": found,
            "items": [f"row {n + 1}" for n in np.flatnonzero(keep)], "columns": columns}
