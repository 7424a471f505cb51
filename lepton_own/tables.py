"""A CSV with a label column, whatever its separator and decimal sign: read in pieces, its labels found."""

import csv
import re

import numpy as np
import pandas as pd

from lepton_helpers import progress
from lepton_helpers.data import DataError
from lepton_own import columns
from lepton_own.columns import LEAST_PIXELS

MOST_BYTES = 2_000_000_000  # of the file
MEMORY = 1_000_000_000      # bytes of what is in it
PIECE = 100_000_000         # bytes read at a time
MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null")  # "None" may be a class
NUMBER = re.compile(r"\s*[+-]?[\d.,]+(e[+-]?\d+)?\s*", re.I)
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
        raw = file.readline(1 << 24) + file.read(1 << 16)
    kind = next((what for magic, what in MAGIC.items() if raw.startswith(magic)), None)
    if kind or b"\0" in raw:
        raise DataError(f"{path.name} is {kind or 'a binary file'}, not a CSV, whatever its name says; "
                        "save the table as CSV in UTF-8, or name the folder of the pictures or IDX files.")
    if not raw.strip():
        raise DataError(f"{path.name} is empty; export the table again.")
    return raw.decode("utf-8-sig", "replace")


def dialect(text):
    """How `pandas.read_csv` must read it: separator, decimal sign, header or none."""
    lines = text[:100_000].strip("\r\n").splitlines()  # less than the longest cell that csv takes
    parsed = {mark: list(csv.reader(lines, delimiter=mark)) for mark in ",;\t|"}
    widths = {mark: [len(row) for row in rows] for mark, rows in parsed.items()}
    mark = max(widths, key=lambda m: (widths[m][0] > 1, widths[m].count(widths[m][0]), widths[m][0]))
    first, *others = parsed[mark]
    cells = [cell.strip() for row in others for cell in row]
    commas, points = (sum(bool(re.fullmatch(rf"-?\d*[{sign}]\d+", cell)) for cell in cells) for sign in ",.")
    # a name does not stand in its own column again, as a class does where there are no names
    again = any(cell == name for row in others for name, cell in zip(first, row, strict=False)
                if name.strip() and not NUMBER.fullmatch(name))
    return {"sep": mark, "decimal": "," if mark != "," and commas > points else ".",
            "header": None if again or all(map(NUMBER.fullmatch, first)) else "infer"}


def whole(path):
    """The table of `path`, read in pieces within `MEMORY`; `DataError` where it is damaged or too large."""
    text, pieces, size = opening(path), [], 0
    try:
        how = dialect(text)
        rows = 1 + PIECE * (1 + text.count("\n")) // len(text)
        with pd.read_csv(path, chunksize=rows, encoding="utf-8-sig", compression=None, low_memory=False,
                         skipinitialspace=True, keep_default_na=False, na_values=MISSING, **how) as reader:
            for piece in progress.bar(reader, desc="reading", unit=f" times {rows:,} rows"):
                piece.columns = [str(name) for name in piece.columns]
                numbers, texts = piece.select_dtypes("number"), piece.select_dtypes(exclude="number")
                if piece.shape[1] > LEAST_PIXELS:  # at once: a picture may have 200,000 columns
                    small = columns.as_bytes(numbers.to_numpy())
                    numbers = numbers.astype(np.float32 if small is None else np.uint8)
                    piece = pd.concat([texts, numbers], axis=1)[list(piece.columns)]
                pieces.append(piece)
                size += numbers.to_numpy().nbytes + texts.memory_usage(deep=True).sum()
                if size > MEMORY:
                    raise DataError(f"{path.name} fills more than {MEMORY / 1e9:g} GB of memory; take a "
                                    "sample of its rows.")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 ({error.reason}); save it as CSV in UTF-8, so that "
                        "no label is garbled.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise DataError(f"{path.name} is no sound CSV ({str(error).strip().split('data. ')[-1]}); "
                        "mend that line, or export the table again.") from error
    frame = pd.concat(pieces, ignore_index=True)
    if frame.shape[0] == 0 or frame.shape[1] < 2:
        raise DataError(f"{path.name} has {frame.shape[0]} rows and {frame.shape[1]} columns as read with "
                        f"the separator {how['sep']!r}; a label column and at least one other are needed.")
    frame.attrs |= how
    return frame


def label_column(frame, label=None):
    """`(column, why)`: the one named, else guessed by its name, else the last one of few distinct values."""
    if label is not None:
        if label not in frame:
            raise DataError(f"no column is called {label!r}; there are {', '.join(frame.columns[:20])}.")
        return label, "as you said"
    for name in LABELS:
        for column in frame:
            if column.strip().lower() == name and not (name == "y" and "x" in frame):  # y beside x: a place
                return column, "guessed by its name; --label names another"
    kinds = {column: frame[column].nunique() for column in (*frame.columns[:1], *frame.columns[-3:])}
    few = [column for column, n in kinds.items() if 2 <= n <= min(1_000, max(2, len(frame) // 5))]
    texts = [column for column in few if not pd.api.types.is_numeric_dtype(frame[column])]
    if not few:
        raise DataError("no column looks like a label (no usual name; neither the first nor the last three "
                        f"have few distinct values); name it with --label: {', '.join(frame)[:99]}.")
    if frame.shape[1] > LEAST_PIXELS:  # pixels, perhaps: in a corner they have few values too, but mostly one
        texts = [min(few, key=lambda column: frame[column].value_counts().iloc[0])]
    return (texts or few)[-1], "guessed, for it has few distinct values; --label names another"


def classes_of(values, column):
    """Labels as texts, None where missing; numbers must be whole, else it would be regression."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return values.astype(object).map(lambda v: None if pd.isna(v) else str(v).strip())
    odd = values.dropna()[lambda v: v % 1 != 0]
    if len(odd):
        raise DataError(f"the label column {column!r} holds numbers that are not whole, {odd.iloc[0]:g} in "
                        f"row {odd.index[0] + 1} for one; to predict numbers is regression, which this does "
                        "not do: name a column of classes with --label.")
    return values.map(lambda v: None if pd.isna(v) else str(int(v))).astype(object)


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
    found = [("columns", frame.shape[1], "named by the first line" if frame.attrs["header"] else
              "numbered from 0: the first line holds data, no names"),
             ("label column", labels.nunique(), f"distinct values in {column!r}, {why}"),
             ("rows without label", int(unlabelled.sum()), "left out" if unlabelled.any() else
              "every row has a label"), ("empty rows", int(empty.sum()), "left out" if empty.any() else
                                         "every row holds something")]
    rest, labels, form = rest[keep], labels[keep], "CSV of pixels"
    taken = columns.as_pictures(rest)
    if taken is None:
        (*taken, more), form = columns.as_features(rest, labels), "CSV of features"
        found += more
    return {"form": form, "inputs": taken[0], "labels": labels.tolist(), "parts": [], "findings": found,
            "items": [f"row {n + 1}" for n in np.flatnonzero(keep)], "columns": taken[1],
            "decimal": frame.attrs["decimal"]}
