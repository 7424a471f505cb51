"""Figures that notebooks share."""


import pandas as pd

from lepton_helpers import plots
from lepton_helpers.evidence import scoreboard


def make_row(technique, accuracy, notebook="t"):
    return dict.fromkeys(scoreboard.COLUMNS) | {
        "notebook": notebook, "model": "mlp", "technique": technique,
        "accuracy": accuracy, "gzip_bytes": 1000}


def test_techniques_get_their_family():
    known = {"baseline": "baseline", "pruned 90%": "pruning", "clustered 16": "clustering",
             "int8": "quantization", "QAT int8": "quantization", "pruned 90% + int8": "combined",
             "preprocessing: standardized": "preprocessing", "distilled": "distillation"}
    assert {name: plots.family(name) for name in known} == known


def test_pareto_front_has_no_dominated_model():
    board = pd.DataFrame([make_row("int8", 0.9), make_row("pruned", 0.8)])
    board["gzip_bytes"] = [100, 200]
    axis = plots.pareto(board).axes[0]
    assert axis.lines[0].get_ydata().tolist() == [90.0]
