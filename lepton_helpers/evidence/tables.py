"""Tables in `reports/` that several runs write into: rows merged under a lock, the file replaced whole."""

import io
import warnings

import numpy as np
import pandas as pd
from filelock import FileLock

from lepton_helpers import paths


def _text(path, columns):
    """The cells of a table as text, so that none changes by being read; damaged is worth a warning."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if not set(columns) & set(table.columns):
            raise ValueError(f"no column is called {columns[0]}")
        return table.reindex(columns=columns, fill_value="")
    except FileNotFoundError:
        pass
    except ValueError as error:  # what pandas raises for an empty, cut or binary file derives from it
        warnings.warn(f"{path.name} is damaged ({str(error).splitlines()[0]}) and is begun anew.",
                      stacklevel=3)
    return pd.DataFrame(columns=columns, dtype=str)


def read(name, columns):
    """`reports/NAME.csv` as a DataFrame of `columns`, empty where it is absent or damaged (a warning)."""
    text = io.StringIO(_text(paths.reports() / f"{name}.csv", columns).to_csv(index=False))
    return pd.read_csv(text)


def merge(name, rows, key, replaced=()):
    """Put `rows`, a DataFrame, into `reports/NAME.csv`, in the place of rows that have the same `key`.

    key: columns. replaced: values of the first key column whose rows go even if no new one comes.
    Safe when runs go on side by side. Where the folder cannot be written a warning says so; nothing raises.
    """
    path, columns = paths.reports() / f"{name}.csv", list(rows.columns)
    fresh = pd.read_csv(io.StringIO(rows.to_csv(index=False)), dtype=str, keep_default_na=False)
    try:
        with FileLock(path.with_name(f".{name}.lock")):  # makes the folder too
            old = _text(path, columns)
            taken = set(zip(*(fresh[column] for column in key), strict=True))
            kept = [row not in taken and row[0] not in replaced
                    for row in zip(*(old[column] for column in key), strict=True)]
            table = pd.concat([old[np.array(kept, bool)], fresh])
            paths.write_atomically(path, table.sort_values(key, kind="stable").to_csv(
                index=False, lineterminator="\n"))
    except OSError as error:
        warnings.warn(f"{path} cannot be written ({error.strerror or error}), so its new rows are not kept; "
                      "make room or the folder writable, or set LEPTON_HOME.", stacklevel=3)
