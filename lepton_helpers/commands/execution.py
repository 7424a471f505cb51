"""One notebook executed headlessly: its outputs, where it stopped, what it claimed, its peak memory."""

import contextlib
import re
from pathlib import Path
from typing import NamedTuple

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.filters import strip_ansi
from nbformat.v4 import new_output

# the names that JupyterLab gives the kernel: opening a notebook must not change it
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET = "application/vnd.jupyter.widget-view+json"
# values for asserts that fail, without a name of ours in the notebook's
_WATCH = "__import__('lepton_helpers.commands.failure', fromlist=['failure']).watch()"


class Failure(NamedTuple):
    """Where a notebook stopped: the cell's index (prose included; -1 for none), its first line, the words."""

    cell: int
    line: str
    says: str


def sentence(text, most=300):
    """`text` on one line, without colours."""
    text = " ".join(strip_ansi(str(text)).split())
    return text if len(text) <= most else f"{text[:most - 3]}..."


def claims(notebook):
    """`(cell index, sentence, whether it held)` of every `evidence.claim` in a notebook's outputs."""
    found = [(i, output.get("metadata", {}).get("lepton", {})) for i, cell in enumerate(notebook.cells)
             for output in cell.get("outputs", [])]
    return [(i, claim["claim"], bool(claim["holds"])) for i, claim in found if "claim" in claim]


def turned(now, then):
    """The claims of `now` that come out otherwise than in `then`, cell by cell; both are from `claims`.

    A cell that makes fewer or more claims than it did has chosen others: none of them is compared.
    """
    def by_cell(made):
        return {i: [claim for claim in made if claim[0] == i] for i, *_ in made}

    before = by_cell(then)
    return [new for i, made in by_cell(now).items() if len(made) == len(before.get(i, ()))
            for new, old in zip(made, before[i], strict=True) if new[2] != old[2]]


def _peak_mb(pid):
    """The most memory (MB) that a process has held, by the system's own count where it keeps one."""
    with contextlib.suppress(OSError, TypeError):
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024 / 1e6
    with contextlib.suppress(psutil.Error):
        used = psutil.Process(pid).memory_info()
        return max(used.rss, getattr(used, "peak_wset", 0)) / 1e6
    return 0.0


def _says(error, timeout):
    if isinstance(error, CellTimeoutError):
        return f"it was still busy after {timeout} s"
    if isinstance(error, DeadKernelError):
        return "its kernel died, perhaps for want of memory"
    name, text = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", error)
    return sentence(f"{name}: {text}").removesuffix(":")


def execute(notebook, folder, timeout=3600):
    """Execute `notebook` in place, headlessly; returns `(Failure or None, peak MB of its kernel)`.

    After a failure the outputs up to it are there, and none of the cells behind it. Raises
    `KeyboardInterrupt` when the run itself is told to stop.
    """
    seen = {"cell": -1, "peak": 0.0}

    def started(cell, cell_index):
        seen["cell"] = cell_index

    def executed(**_):
        seen["peak"] = max(seen["peak"], _peak_mb(getattr(client.km.provisioner, "pid", None)))

    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", record_timing=False,
                            resources={"metadata": {"path": str(folder)}}, store_widget_state=False,
                            extra_arguments=["--log-level=ERROR", f"--IPKernelApp.exec_lines={_WATCH}"],
                            on_cell_execute=started, on_cell_executed=executed)
    says = ""
    try:
        client.execute()
    except Exception as error:
        if getattr(client, "_async_cleanup_kernel_future", None):  # nbclient heard Ctrl-C or SIGTERM
            raise KeyboardInterrupt from error
        says = _says(error, timeout)
    for cell in notebook.cells:
        if cell.cell_type == "code":  # bars and sliders are dead in a saved page, their pictures are not
            cell.outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]
    notebook.metadata = {"kernelspec": KERNEL, "language_info": notebook.metadata.get("language_info", {})}
    if not says:
        return None, seen["peak"]
    cell = notebook.cells[seen["cell"]] if seen["cell"] >= 0 else {"source": ""}
    if seen["cell"] >= 0 and not any(o.output_type == "error" for o in cell.outputs):
        cell.outputs.append(new_output("error", ename="Stopped", evalue=says, traceback=[f"Stopped: {says}"]))
    line = next((text for text in cell["source"].splitlines() if text.strip()), "")
    return Failure(seen["cell"], line.strip(), says), seen["peak"]
