"""`reports/scoreboard.csv`: one row a model and technique, written by every notebook that makes one."""

import pandas as pd

from lepton_helpers.evidence import tables

COLUMNS = ["notebook", "model", "technique", "seed", "accuracy", "control_accuracy", "macro_recall",
           "macro_precision", "float32_bytes", "file_bytes", "gzip_bytes", "sparsity", "macs", "latency_us"]
KEY = COLUMNS[:4]


def read():
    """`reports/scoreboard.csv` as a DataFrame, empty if no notebook has written yet."""
    return tables.read("scoreboard", COLUMNS)


def record(rows):
    """Put score rows on the scoreboard; a row with the same notebook, model, technique and seed is replaced.

    Safe when notebooks run side by side: the file is locked and replaced whole. Where it cannot be
    written a warning says so. Returns `rows` as a DataFrame.
    """
    rows = pd.DataFrame([rows] if isinstance(rows, dict) else list(rows), columns=COLUMNS)
    kept = rows.drop_duplicates(KEY, keep="last")
    whole = {name: pd.to_numeric(kept[name]).astype("Int64")  # an empty cell stays empty, a count whole
             for name in ("seed", "float32_bytes", "file_bytes", "gzip_bytes", "macs")}
    tables.merge("scoreboard", kept.assign(**whole), KEY)
    return rows
