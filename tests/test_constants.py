"""Every value that a constants cell or an exercise suggests runs to the end, on fewer images."""

import os
import re
import subprocess
import sys
from concurrent import futures
from pathlib import Path

import nbformat
import pytest

from lepton_helpers import paths

RUNNER = Path(__file__).with_name("programs") / "variants.py"


def suggested(path):
    """`{constant: [values]}`: `NAME = 1  # ... try 2, 3` in the constants cell, `NAME = 4` in exercises."""
    found, cells = {}, nbformat.read(path, as_version=4).cells
    for cell in cells:
        if cell.cell_type == "code" and "constants" in cell.metadata.get("tags", []):
            for line in cell.source.splitlines():
                name, tries = re.match(r"(\w+) =", line), re.search(r"# .*\btry (.*)$", line)
                if name:
                    values = [v.strip() for v in re.split(r",(?![^(]*\))| or ", tries[1])] if tries else []
                    found[name[1]] = [v for v in values if v]
    for cell in cells:
        if cell.cell_type == "markdown":
            for name, value in re.findall(r"`(\w+) = ([^`]+)`", cell.source):
                if name in found and value not in found[name]:
                    found[name].append(value)
    return found


def variants(path):
    """As few runs as try every value once: the n-th takes the n-th suggestion of each constant."""
    tries = {name: values for name, values in suggested(path).items() if values}
    return [";".join(f"{name}={values[n]}" for name, values in tries.items() if n < len(values))
            for n in range(max(map(len, tries.values()), default=0))]


NOTEBOOKS = [path for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))
             if (paths.NOTEBOOKS / "solutions" / path.name).exists()]


def ran(path, environment):
    return subprocess.run([sys.executable, RUNNER, path, *variants(path)], capture_output=True, text=True,
                          timeout=3600, cwd=path.parent, env=environment)


@pytest.fixture(scope="module")
def running(request, tmp_path_factory):
    """`{path: future}` of the notebooks asked for, two at a time: most of it is Python on one core.

    Each gets its whole environment here: pytest changes its own between tests, and a process that is started
    in that moment fails, or finds another test's home.
    """
    asked = [item.callspec.params["path"] for item in request.session.items
             if item.name.startswith("test_suggested_values_run_to_the_end[")]
    environments = {path: os.environ | {"LEPTON_HOME": str(tmp_path_factory.mktemp(path.stem))}
                    for path in asked}
    with futures.ThreadPoolExecutor(2) as pool:
        yield {path: pool.submit(ran, path, environment) for path, environment in environments.items()}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_suggested_values_run_to_the_end(path, running):
    tried = variants(path)
    assert tried, "a constants cell suggests values: NAME = 1  # what it is; try 2, 3"
    done = running[path].result()
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("to the end:") == len(tried)
