"""`lepton lab`: JupyterLab on notebook 00, with README, solutions and reports in reach.

You work on copies in `work/`, so that running changes nothing that git tracks; a copy that is there
stays as you left it. Further options go to JupyterLab, such as `--no-browser --port 8890`.
"""

import argparse
import contextlib
import os
import platform
import re
import runpy
import shutil
import sqlite3
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from lepton_helpers import paths
from lepton_helpers.commands import execution


def copy(source, target):
    """Copy a notebook as this machine's kernel would save it, and trust it: opening changes nothing."""
    notebook = nbformat.read(source, as_version=4)
    notebook.metadata["kernelspec"] = execution.KERNEL
    notebook.metadata.get("language_info", {})["version"] = platform.python_version()
    paths.write_atomically(target, nbformat.writes(notebook) + "\n")
    with contextlib.suppress(OSError, sqlite3.Error):  # signatures are kept in the user's own folder
        NotebookNotary().sign(notebook)


def copies(work):
    """Put copies of the notebooks and solutions into the folder `work` where absent; returns older ones.

    Its README leads to the copies. A file that is no notebook is left out. Raises `OSError`.
    """
    older = []
    for source in sorted(paths.NOTEBOOKS.rglob("[0-9]*.ipynb")):
        target = work / source.relative_to(paths.NOTEBOOKS)
        if target.exists():
            older += [target.name] if source.stat().st_mtime > target.stat().st_mtime else []
        elif ".ipynb_checkpoints" not in source.parts:
            with contextlib.suppress(ValueError):
                copy(source, target)
    text = (paths.NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"\]\((?!\w+:|#|notebooks/)", "](../", text).replace("](notebooks/", "](")
    paths.write_atomically(work / "README.md", text)
    return older


def main(arguments=None):
    """Make the copies and become JupyterLab."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("lepton lab", description=__doc__, formatter_class=raw)
    parser.add_argument("--reset", action="store_true", help="throw work/ away and copy anew")
    asked, others = parser.parse_known_args(arguments)
    clone = paths.NOTEBOOKS.parent
    if asked.reset:
        shutil.rmtree(clone / "work", ignore_errors=True)
    try:
        older = copies(clone / "work")
    except OSError as error:
        raise SystemExit(f"lepton lab needs a clone that can be written ({error}).") from error
    if older:
        print(f"{len(older)} copies in work/ are older than their notebooks, {older[0]} for one; "
              "`lepton lab --reset` throws the copies away and brings the new ones.")
    # labconfig/ beside this file: widgets are saved with a notebook, so that it shows them when reopened
    known = [str(Path(__file__).parent), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(known)
    sys.argv = ["jupyter-lab", f"--ServerApp.root_dir={clone}",
                "--LabApp.default_url=/lab/tree/work/00_start_here.ipynb", *others]
    try:
        runpy.run_module("jupyterlab", run_name="__main__")
    except ImportError as error:
        raise SystemExit("JupyterLab is not installed; `pip install jupyterlab` brings it.") from error
