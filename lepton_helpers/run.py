"""`python -m lepton_helpers.run`: execute the notebooks in order and print the scoreboard."""

import argparse
import shutil
import sys
import time

import nbformat
import pandas as pd
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from tqdm import tqdm

from lepton_helpers import paths

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def execute(path, timeout=600):
    """Run one notebook headlessly and return it executed; raises nbclient's errors."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", record_timing=False,
                            resources={"metadata": {"path": str(path.parent)}}, store_widget_state=False,
                            extra_arguments=["--log-level=ERROR"])
    client.execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":  # bars and sliders are dead in a saved page, their pictures are not
            cell.outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]
    notebook.metadata = {"kernelspec": KERNEL, "language_info": notebook.metadata.get("language_info", {})}
    return notebook


def run(names=(), in_place=False):
    """Execute notebooks whose names start with one of `names`, all by default; returns failures.

    Executed copies and HTML pages go to `reports/`, the seconds each took to
    `reports/minutes.csv`; `in_place` also replaces the notebooks' own outputs.
    """
    chosen = [p for p in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))
              if not names or p.name.startswith(tuple(names))]
    if not chosen:
        raise SystemExit(f"no notebook starts with {', '.join(names) or 'a number'} in {paths.NOTEBOOKS}.")
    reports, failures, seconds = paths.reports(), [], {}
    reports.mkdir(parents=True, exist_ok=True)
    bar = tqdm(chosen, unit="notebook")
    for path in bar:
        bar.set_description(path.stem)
        start = time.perf_counter()
        try:
            notebook = execute(path)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failures.append(path.name)
            bar.write(f"{path.name} failed:\n{str(error)[-3000:]}")
            continue
        seconds[path.stem] = round(time.perf_counter() - start, 1)
        paths.write_atomically(reports / path.name, nbformat.writes(notebook))
        page, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": path.stem}})
        paths.write_atomically(reports / f"{path.stem}.html", page)
        if in_place:
            paths.write_atomically(path, nbformat.writes(notebook) + "\n")
    table = pd.Series(seconds, name="seconds").rename_axis("notebook").reset_index()
    paths.write_atomically(reports / "minutes.csv", table.to_csv(index=False))
    print(table.to_string(index=False))
    print(f"\n{sum(seconds.values()):.0f} s of notebook time; pages and executed copies in {reports}")
    return failures


def summary():
    """Draw `reports/pareto.png` from the scoreboard, print both."""
    import matplotlib as mpl

    mpl.use("Agg")
    from lepton_helpers import evaluation, plots

    board = evaluation.scoreboard()
    if board.empty:
        return
    plots.style()
    plots.pareto(board, "What compression cost: every model of this run").savefig(
        paths.reports() / "pareto.png", dpi=150)
    shown = board.copy()
    for column in ("float32_bytes", "file_bytes", "gzip_bytes", "macs"):
        shown[column] = shown[column].map(lambda v: "" if pd.isna(v) else f"{int(v):,}")
    print("\n" + shown.to_string(index=False, na_rep="", float_format=lambda v: f"{v:.4f}"))
    print(f"\nscoreboard: {paths.reports() / 'scoreboard.csv'}\npicture:    {paths.reports() / 'pareto.png'}")


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of notebook names, such as 05; default: all")
    parser.add_argument("--fresh", action="store_true", help="forget trained models and reports first")
    parser.add_argument("--in-place", action="store_true", help="also save outputs into notebooks/")
    options = parser.parse_args()
    if options.fresh:
        for folder in (paths.artifacts(), paths.reports()):
            shutil.rmtree(folder, ignore_errors=True)
    failures = run(options.names, options.in_place)
    summary()
    if options.in_place and not failures and not options.names:
        for name in ("scoreboard.csv", "pareto.png", "minutes.csv"):  # what README.md shows
            paths.write_atomically(paths.RESULTS / name, (paths.reports() / name).read_bytes())
    if failures:
        sys.exit(f"{len(failures)} notebooks failed: {', '.join(failures)}")


if __name__ == "__main__":
    main()
