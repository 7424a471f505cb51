"""Committed notebooks are clean: `python tests/hygiene.py notebooks/*.ipynb`; a line for each fault, then 1.

Every cell has an id of its own; no output is an error, stands on stderr or shows a path of the machine it was
made on. This is what a hook before a commit can check in a second; tests/test_notebooks.py holds the rest.
"""

import json
import re
import sys
from pathlib import Path

MACHINE = re.compile(r"/(?:home|root|work|Users|tmp|usr)/\w|\b[A-Z]:\\+\w")


def _texts(output):
    """What an output says in words; pictures and the style sheets of listings say nothing."""
    data = output.get("data", {})
    said = [output.get("text", ""), *(data[kind] for kind in data if kind.startswith("text/")),
            output.get("traceback", "")]
    return [re.sub(r"<style>.*?</style>", "", "".join(one), flags=re.DOTALL) for one in said]


def faults(text):
    """Sentences about what is wrong in the JSON text of a notebook, none if it is clean."""
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError) as error:
        return [f"this is no notebook: {type(error).__name__}: {error}"]
    found, seen = [], set()
    for place, cell in enumerate(cells):
        if not cell.get("id"):
            found.append(f"cell {place} has no id; save it in a newer JupyterLab.")
        elif cell["id"] in seen:
            found.append(f"cell {place} has the id {cell['id']} of another; give it one of its own.")
        seen.add(cell.get("id"))
        for output in cell.get("outputs", []):
            paths = [match for said in _texts(output) if (match := MACHINE.search(said))]
            if output.get("output_type") == "error":
                found.append(f"cell {place} ended with {output.get('ename')}; run the notebook again.")
            elif output.get("name") == "stderr":
                found.append(f"cell {place} wrote to stderr; mend the cause and run the notebook again.")
            elif paths:
                found.append(f"cell {place} shows a machine's path, {paths[0][0]}...; print names alone.")
    return found


def main(names):
    """Print `NAME: fault` for each fault; returns 1 if there is one, or if nothing was asked."""
    found = [f"{name}: {fault}" for name in names for fault in faults(Path(name).read_text(encoding="utf-8"))]
    if not names:
        found = ["hygiene.py: name the notebooks to look at."]
    print("".join(f"{line}\n" for line in found), end="")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
