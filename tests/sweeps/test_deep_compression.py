"""The tables of deep compression, and the files that they name."""


import pandas as pd

from lepton_helpers import paths
from lepton_helpers.coding import container
from lepton_helpers.quiet import keras
from lepton_sweeps import deep_compression


def test_the_smallest_file_that_meets_the_target_is_chosen(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RESULTS", tmp_path)
    recipes = {"a": (.85, .99), "b": (.88, .5), "dense, distilled": (.9, .9)}
    pd.DataFrame([{"model": "mlp", "recipe": r, "seed": 0, "validation_accuracy": v, "test_accuracy": t}
                  for r, (v, t) in recipes.items()]).to_csv(tmp_path / "baselines.csv")
    assert deep_compression.best_plain("mlp")[0]["test_accuracy"] == 0.5, "the test split decides nothing"
    pd.DataFrame({"model": "mlp", "density": [.04, .03, .02, .01], "top": 3,
                  "file_bytes": [400, 300, 200, 100],
                  "validation_accuracy": [.9, .885, .877, .86]}).to_csv(tmp_path / "density_scan.csv")
    assert deep_compression.chosen("mlp", "no_loss") == (.03, 3)
    assert deep_compression.chosen("mlp", "one_point") == (.02, 3)
    monkeypatch.setitem(deep_compression.TARGETS, "no_loss", 0.1)
    assert deep_compression.chosen("mlp", "no_loss") == (.04, 3), "none meets it: the nearest"


def test_the_stored_files_are_those_of_the_table():
    table = pd.read_csv(paths.RESULTS / "deep_compression.csv")
    assert len(table) == 3 * 2 * 3 and set(table["seed"]) == {0, 1, 2}
    for _, entry in table[table["seed"] == 0].iterrows():
        content = (paths.RESULTS / f"{entry['model']}_{entry['target']}.lept").read_bytes()
        model = container.decode(content)
        assert len(content) == entry["file_bytes"] and container.encode(model) == content
        assert round(4 * model.count_params() / len(content), 2) == entry["ratio_file"]
        assert isinstance(model, keras.Model)
