"""Notebook cells as a program: a sweep trains by the very code that its notebook shows."""

import ast
import hashlib
import re

import nbformat


def sources(notebook, *tags):
    """The sources of the code cells of `notebook`, a path, that bear one of the tags, in their order."""
    return [cell.source for cell in nbformat.read(notebook, as_version=4).cells
            if cell.cell_type == "code" and set(tags) & set(cell.metadata.get("tags", []))]


def normal(source):
    """The statements of `source`, sorted, without comments and functions' docstrings: what a result rests on.

    Pythons write the same tree in different ways: keep these texts, not a digest of them, and compare
    `normal` of what was kept.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = node.body[bool(ast.get_docstring(node)):]
    return sorted(ast.unparse(statement) for statement in tree.body)  # whichever cell each stands in


def code(notebook, *tags):
    """`normal` of those cells."""
    return normal("\n".join(sources(notebook, *tags)))


def digest(notebook, *tags):
    """The digest of those cells as they are written, without what stands behind a line."""
    text = "\n".join(sources(notebook, *tags))
    return hashlib.sha256(re.sub(r" +# .*$", "", text, flags=re.M).encode()).hexdigest()


def names(notebook, *tags):
    """What those cells define, executed one after another: `{name: value}`."""
    found = {}
    for source in sources(notebook, *tags):
        exec(compile(source, notebook.stem, "exec"), found)
    return found
