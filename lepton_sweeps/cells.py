"""Notebook cells as a program: a sweep trains by the very code that its notebook shows."""

import nbformat


def sources(notebook, *tags):
    """The sources of the code cells of `notebook`, a path, that bear one of the tags, in their order."""
    return [cell.source for cell in nbformat.read(notebook, as_version=4).cells
            if cell.cell_type == "code" and set(tags) & set(cell.metadata.get("tags", []))]


def names(notebook, *tags):
    """What those cells define, executed one after another: `{name: value}`."""
    found = {}
    for source in sources(notebook, *tags):
        exec(compile(source, notebook.stem, "exec"), found)
    return found
