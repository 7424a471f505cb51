"""`lepton run`: execute the notebooks in order; pages, index, scoreboard, minutes, claims in `reports/`."""

import argparse
import io
import shutil
import sys
import time

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
from tqdm import tqdm

from lepton_helpers import models, paths, plots
from lepton_helpers.commands import execution, pages
from lepton_helpers.evidence import scoreboard, tables

TABLES = {"minutes": ["notebook", "seconds", "peak_mb"], "claims": ["notebook", "cell", "claim", "holds"],
          "failures": ["notebook", "cell", "line", "says"]}


def attempt(path, in_place=False):
    """Run one notebook and keep what it made; returns `(seconds, peak MB, failure, claims, turned)`.

    turned: the claims that came out otherwise than in the outputs committed with the notebook. Whatever
    is wrong with one notebook is its `Failure`; the others run all the same.
    """
    start, reports, peak, claims, turned = time.perf_counter(), paths.reports(), 0.0, [], []
    try:
        notebook = nbformat.read(path, as_version=4)
        committed = execution.claims(notebook)
        failure, peak = execution.execute(notebook, path.parent)
        claims = execution.claims(notebook)
        turned = execution.turned(claims, committed)
        paths.write_atomically(reports / path.name, nbformat.writes(notebook))
        pages.write(notebook, path, reports / f"{path.stem}.html", failure)
        solved = path.parent / "solutions" / path.name
        if solved.exists():
            pages.write(nbformat.read(solved, as_version=4), solved,
                        reports / "solutions" / f"{path.stem}.html")
        if in_place and not failure:
            paths.write_atomically(path, nbformat.writes(notebook) + "\n")
    except Exception as error:  # noqa: BLE001  not a notebook, a full disk: one failure among others
        failure = execution.Failure(-1, "", execution.sentence(f"{type(error).__name__}: {error}"))
    return time.perf_counter() - start, peak, failure, claims, turned


def run(names=(), in_place=False):
    """Execute notebooks whose names start with one of `names`, all by default; returns `{name: Failure}`.

    Executed copies and HTML pages go to `reports/`; each notebook replaces its own rows of
    `minutes.csv`, `claims.csv` and `failures.csv` there. `in_place` also replaces the notebooks' own outputs.
    """
    chosen = [p for p in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))
              if not names or p.name.startswith(tuple(names))]
    if not chosen:
        raise SystemExit(f"no notebook starts with {', '.join(names) or 'a number'} in {paths.NOTEBOOKS}.")
    try:
        paths.reports().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(f"{paths.reports()} cannot be made ({error.strerror}); set LEPTON_HOME to a folder "
                         "that can be written.") from error
    found, bar = {}, tqdm(chosen, unit="notebook")
    try:
        for path in bar:
            bar.set_description(path.stem)
            found[path.stem] = seconds, peak, failure, claims, _ = attempt(path, in_place)
            rows = {"minutes": [] if failure else [(round(seconds, 1), round(peak))], "claims": claims,
                    "failures": [failure] if failure else []}
            for name, made in rows.items():  # at once: an interrupted run keeps what it did
                made = pd.DataFrame([(path.stem, *row) for row in made], columns=TABLES[name])
                tables.merge(name, made, ["notebook"], replaced=[path.stem])
    finally:  # an interrupted run tells what it did
        _tell(found)
    return {name: failure for name, (_, _, failure, _, _) in found.items() if failure}


def _tell(found):
    """One screen about a run: minutes and memory, claims that held or turned, a line for each failure."""
    print("\n".join(f"{name:36} {seconds:6.1f} s {peak:6,.0f} MB{'   failed' if failure else ''}"
                    for name, (seconds, peak, failure, _, _) in found.items()))
    print(f"{sum(one[0] for one in found.values()):.0f} s of notebook time")
    claims = [claim for one in found.values() for claim in one[3]]
    turned = [(name, *claim) for name, one in found.items() for claim in one[4]]
    if claims:
        print(f"\nclaims: {sum(holds for *_, holds in claims)} of {len(claims)} held; "
              f"{len(turned) or 'none'} turned against the committed notebooks")
    for name, cell, claim, holds in turned[:10]:
        print(f"  {name}, cell {cell}, {'holds now' if holds else 'no longer holds'}: "
              f"{execution.sentence(claim, 120)}")
    if len(turned) > 10:
        print(f"  and {len(turned) - 10} more, see claims.csv")
    for name, (_, _, failure, _, _) in found.items():
        if failure:
            print(f"\nfailed: {name}, cell {failure.cell} `{failure.line}`\n  {failure.says}")


def summary():
    """Draw `reports/pareto.png` and `reports/index.html`; print the models that none beats."""
    mpl.use("Agg")
    reports, board = paths.reports(), scoreboard.read()
    shared = board[board["model"].isin(models.BY_NAME)]  # other models answer other data: not one picture
    if len(shared):
        plots.style()
        picture = io.BytesIO()
        figure = plots.pareto(shared, "What compression cost: this run's models of Fashion-MNIST")
        figure.savefig(picture, dpi=150)
        plt.close("all")
        paths.write_atomically(reports / "pareto.png", picture.getvalue())
        best = plots.front(shared)[["notebook", "model", "technique", "seed", "accuracy", "gzip_bytes"]]
        print(f"\n{len(best)} of {len(shared)} models are beaten by none in accuracy and bytes:")
        print(best.to_string(index=False, float_format="{:.4f}".format))
    pages.index(board, **{name: tables.read(name, columns) for name, columns in TABLES.items()})
    print(f"\nall of it: {reports / 'index.html'}")


def main(arguments=None):
    """Parse the command line and run; returns the exit code, 1 if a notebook failed."""
    parser = argparse.ArgumentParser("lepton run", description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of notebook names, such as 05; default: all")
    parser.add_argument("--fresh", action="store_true", help="forget trained models and reports first")
    parser.add_argument("--in-place", action="store_true", help="also save outputs into notebooks/")
    options = parser.parse_args(arguments)
    if options.fresh:
        for folder in (paths.artifacts(), paths.reports()):
            shutil.rmtree(folder, ignore_errors=True)
    failures = run(options.names, options.in_place)
    summary()
    if options.in_place and not failures and not options.names:
        for name in ("scoreboard.csv", "pareto.png", "minutes.csv"):  # what README.md shows
            paths.write_atomically(paths.RESULTS / name, (paths.reports() / name).read_bytes())
    if failures:
        print(f"\n{len(failures)} notebooks failed: {', '.join(failures)}", file=sys.stderr)
    return int(bool(failures))
