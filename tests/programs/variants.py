"""Run a notebook once for each variant, `NAME=value;OTHER=value` set after its constants, on few images.

Most of the time would go to what no constant changes, so that is cut short: a timed call runs once a turn,
and a model is converted without being saved first, which leaves the same network with a few names less.
"""

import linecache
import sys
from pathlib import Path

import nbformat
import pandas as pd
from tensorflow.lite.python import lite

from lepton_helpers import artifacts, data, training
from lepton_helpers.evidence import timing


def part(split, n):
    """The first `n` of a split; every class is there."""
    return data.Split(split.images[:n], split.labels[:n])


def fewer_texts(table, path):
    """Some rows of a table of data/text; other tables whole."""
    long = "text" in Path(str(path)).parts and len(table) > 4000
    return table.sample(4000, random_state=0) if long else table


if __name__ == "__main__":  # processes that a notebook spawns import this file, too
    few = data.load()
    fewer = data.Dataset(part(few.train, 1500), part(few.validation, 600), part(few.test, 600))
    data.load = lambda *_, **__: fewer
    read_csv = pd.read_csv
    pd.read_csv = lambda path, *args, **how: fewer_texts(read_csv(path, *args, **how), path)
    training._suits_xla = lambda model: False  # compiling would take longer than so few steps
    in_turns = timing.in_turns
    timing.in_turns = lambda *calls_rounds_seconds, **how: in_turns(
        *calls_rounds_seconds[:2], **how | {"seconds": 0})
    path, variants = sys.argv[1], sys.argv[2:]
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    if not any("lepton_sweeps" in cell.source for cell in cells):  # stored tables hold three seeds
        artifacts.SEEDS = artifacts.SEEDS[:2]
    if not any(".get_signature" in cell.source for cell in cells):  # a model that was never saved has none
        lite.TFLiteKerasModelConverterV2._convert_as_saved_model = lambda self: None  # the other way is taken
    for variant in variants:
        names = {}
        for cell in cells:
            name = f"<{variant}: {cell.source[:60]!r}>"
            # for AutoGraph
            linecache.cache[name] = (len(cell.source), None, cell.source.splitlines(True), name)
            exec(compile(cell.source, name, "exec"), names)
            if "constants" in cell.metadata.get("tags", []):
                assignments = dict(pair.split("=", 1) for pair in variant.split(";") if pair)
                unknown = set(assignments) - set(names)
                assert not unknown, f"no constant is called {unknown}"
                names.update({name: eval(value, names) for name, value in assignments.items()})
        print("to the end:", variant, flush=True)
