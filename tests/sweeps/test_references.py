"""The stored tables of the references agree with each other."""

import pandas as pd

from lepton_helpers import paths
from lepton_sweeps import references

HOW = ["model", "seed", "epochs", "batch_size", "learning_rate", "shift"]


def test_every_history_ends_where_the_table_says():
    table = pd.read_csv(paths.RESULTS / "references.csv").dropna(subset=["validation_accuracy"])
    histories = pd.read_csv(paths.RESULTS / "histories.csv")
    ends = histories[histories["epoch"] == histories["epochs"] - 1]
    both = table.fillna({"learning_rate": 0, "shift": 0}).merge(
        ends.fillna({"learning_rate": 0, "shift": 0}), on=HOW)
    assert len(both) == len(table) == len(ends)
    assert (both["val_accuracy"] - both["validation_accuracy"]).abs().max() < 1e-3


def test_histories_are_long_rows_of_every_candidate(monkeypatch):
    frame = pd.DataFrame({"loss": [1.0, 0.5], "val_accuracy": [0.12345, 0.5]}).rename_axis("epoch")
    monkeypatch.setattr(references, "_trained", lambda **job: (None, frame))
    how = {"epochs": 2, "batch_size": 32}
    rows = references.histories([{"name": "mlp", "seed": 1, "how": how},
                                 {"name": "mlp", "seed": 2, "how": how | {"shift": 1}}])
    assert rows["seed"].tolist() == [1, 1, 2, 2] and rows["epoch"].tolist() == [0, 1, 0, 1]
    assert rows["val_accuracy"][0] == 0.1234 and rows["shift"].isna().tolist() == [True, True, False, False]
    assert set(HOW) <= set(rows)
