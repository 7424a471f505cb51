"""`lepton progress`: what you predicted and solved, notebook by notebook."""

import argparse
import ast

import nbformat

from lepton_helpers import paths
from lepton_teaching import ledger


def asked_in(notebook):
    """`(questions, sentences of right answers)` that a notebook's calls hold, by its own text."""
    questions, sentences = [], []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type != "code" or not ("predict.first(" in cell.source or "exercises.check(" in cell.source):
            continue
        for node in ast.walk(ast.parse(cell.source)):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name == "predict.first" and isinstance(node.args[0], ast.Constant):
                questions.append(node.args[0].value)
            if name == "exercises.check":
                sentences += [k.value.value for k in node.keywords
                              if k.arg == "right" and isinstance(k.value, ast.Constant)]
    return questions, sentences


def table():
    """Rows `(notebook, predicted, right, of, solved, of)`, in the notebooks' order."""
    said = {line["key"]: line for line in ledger.read("prediction")}
    solved, rows = {line["key"] for line in ledger.read("solved")}, []
    for notebook in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb")):
        questions, sentences = asked_in(notebook)
        made = [said[q] for q in questions if q in said]
        rows.append((notebook.stem, len(made), sum(bool(line.get("right")) for line in made), len(questions),
                     len(solved & set(sentences)), len(sentences)))
    return rows


def main(arguments=None):
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser("lepton progress", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget everything")
    if parser.parse_args(arguments).reset:
        ledger.file().unlink(missing_ok=True)
    rows = table()
    print(f"{'notebook':36} predicted  right  of   solved  of")
    for name, made, right, questions, solved, exercises in rows:
        print(f"{name:36} {made:9} {right:6} {questions:3} {solved:8} {exercises:3}")
    total = [sum(column) for column in list(zip(*rows, strict=True))[1:]]
    print(f"{'all':36} {total[0]:9} {total[1]:6} {total[2]:3} {total[3]:8} {total[4]:3}")
    print(f"kept in {ledger.file().name}, on this machine alone")
    return 0
