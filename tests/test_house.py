"""The house: floors, one direction of imports, private names private, every import declared, thin."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from lepton_helpers import paths

PACKAGE = Path(paths.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
# beside the house, and lines of code at most
ABOVE = {"lepton_sweeps": 1_500, "lepton_serving": 400, "lepton_own": 865}
BESIDE = {name: sorted((PACKAGE.parent / name).rglob("*.py")) for name in ABOVE}
EVERY = MODULES + sum(BESIDE.values(), [])
FLOORS = (("paths", "stderr", "progress"), ("exercises", "nodes", "plots", "quiet"), ("data",), ("models",),
          ("training", "deploy"), ("artifacts",), ("compress",), ("coding", "evidence"),
          ("article", "commands"), ("__main__", "__init__"))
FLOOR = {name: i for i, names in enumerate(FLOORS) for name in names}
BROUGHT = {"psutil", "threadpoolctl", "joblib"}  # by IPython and scikit-learn
SPELLED = {"sklearn": "scikit-learn", "PIL": "pillow", "IPython": "ipywidgets", "nbformat": "nbclient"}


def room(path):
    """The first part of a module's place: `data` for lepton_helpers/data/idx.py, "" above the house."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py") if path in MODULES else ""


def imported(tree):
    """`(module, name, inside a function)` of every import in a syntax tree."""
    functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inside = {id(n) for function in functions for n in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None, id(node) in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name, id(node) in inside) for alias in node.names)


def wrong_arrows(name, tree):
    """Imports of a module in room `name` that lead up, sideways or out of a function."""
    found = []
    for module, what, inside in imported(tree):
        if inside:
            found.append(f"{module} inside a function")
        if module.split(".")[0] in ABOVE and name in FLOOR:
            found.append(f"{name} -> {module.split('.')[0]}")
        if module.split(".")[0] == "lepton_helpers" and name in FLOOR:
            target = (module.split(".")[1:] or [what])[0]
            if target != name and FLOOR[target] >= FLOOR[name]:
                found.append(f"{name} -> {target}")
    return found


@pytest.mark.parametrize("path", EVERY, ids=lambda p: str(p.relative_to(PACKAGE.parent)))
def test_imports_lead_down(path):
    assert wrong_arrows(room(path), ast.parse(path.read_text())) == []


@pytest.mark.parametrize("line, words", [
    ("from lepton_helpers import article", "data -> article"),
    ("from lepton_helpers.evidence import scores", "data -> evidence"),
    ("from lepton_sweeps import bench", "data -> lepton_sweeps"),
    ("def f():\n    import json", "json inside a function")])
def test_a_wrong_arrow_is_seen(line, words):
    assert wrong_arrows("data", ast.parse(line)) == [words]


def private_uses(tree):
    """Names with one leading underscore that are reached through another module of the package."""
    ours = {what for module, what, _ in imported(tree) if module.split(".")[0].startswith("lepton_")}
    used = [f"{n.value.id}.{n.attr}" for n in ast.walk(tree) if isinstance(n, ast.Attribute)
            and re.match(r"_[a-z]", n.attr) and isinstance(n.value, ast.Name) and n.value.id in ours]
    return used + [what for what in ours if what and re.match(r"_[a-zA-Z]", what)]


@pytest.mark.parametrize("path", EVERY, ids=lambda p: str(p.relative_to(PACKAGE.parent)))
def test_private_names_stay_in_their_module(path):
    assert private_uses(ast.parse(path.read_text())) == []


def test_a_private_use_is_seen():
    tree = ast.parse("from lepton_helpers import models\nmodels._dense(3)")
    assert private_uses(tree) == ["models._dense"]


PROJECT = (paths.NOTEBOOKS.parent / "pyproject.toml").read_text()
PEERS = PACKAGE.parent / "lepton_sweeps" / "peers"  # the only place that may import an extra


def names(text):
    """The packages in a piece of pyproject.toml."""
    return set(re.findall(r'"([A-Za-z][\w-]+)(?:\[[\w-]+\])?[><=][^"]*"', text))


def foreign(modules):
    """The distributions that modules import, without Python's own and ours."""
    trees = [ast.parse(path.read_text()) for path in modules]
    used = {module.split(".")[0] for tree in trees for module, _, _ in imported(tree)}
    used -= {"lepton_helpers", *ABOVE, *sys.stdlib_module_names}
    return {SPELLED.get(name, name.replace("_", "-")) for name in used}


def test_every_import_is_a_declared_dependency():
    declared = names(PROJECT.split("[project.optional")[0].split("dependencies = ")[1])
    ours = [path for path in EVERY if path.parent != PEERS]
    assert foreign(ours) <= declared and "numpy" in declared
    extra = names(re.search(r"^peers = .*$", PROJECT, re.M)[0])
    assert foreign(PEERS.glob("*.py")) <= declared | extra and {"jax", "torch"} <= extra
    assert not extra & declared, "peers are never required"


def test_a_bare_install_imports_every_module_but_the_peers():
    wanted = (paths.NOTEBOOKS.parent / "requirements.txt").read_text()
    tools = set(re.findall(r"^([\w-]+)", wanted, re.M)) | names(PROJECT.split("[project.optional")[1])
    absent = tools - names(PROJECT.split("[project.optional")[0]) - BROUGHT
    modules = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
               for path in EVERY if foreign([path]).isdisjoint(absent)]
    assert "torch" in absent and "lepton_sweeps.bench" in modules
    program = Path(__file__).with_name("programs") / "bare_imports.py"
    ran = subprocess.run([sys.executable, program, ",".join(absent), *modules], capture_output=True,
                         text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]


def code_lines(text):
    """Lines of code: without blank lines, comments and docstrings."""
    lines, tree = set(), ast.parse(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT,
                              tokenize.DEDENT, tokenize.ENDMARKER):
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_the_helpers_stay_thin():
    texts = {path.name: path.read_text() for path in EVERY}
    assert [name for name, text in texts.items() if len(text.splitlines()) > 200] == []
    assert sum(code_lines(path.read_text()) for path in MODULES) < 2_500
    for name, most in ABOVE.items():
        assert sum(code_lines(path.read_text()) for path in BESIDE[name]) < most, name
    nodes = [n for path in MODULES for n in ast.walk(ast.parse(path.read_text()))]
    bodies = sorted(n.end_lineno - n.lineno + 1 for n in nodes if isinstance(n, ast.FunctionDef))
    assert bodies[len(bodies) // 2] < 12
