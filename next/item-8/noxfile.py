"""`nox`: tests, lint and a bare import on every supported Python that this machine has.

    nox -s lint bare             nox -s tests-3.12 -- tests/coding

nox is no requirement of the project; `pip install nox` or `uvx nox` brings it. With uv beside it environments
take seconds, and `nox --download-python auto` fetches the Pythons that are not here; otherwise their sessions
are skipped, and said to be.
"""

from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT, max_version="3.13")
nox.options.default_venv_backend = "uv|venv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "bare", "tests"]


@nox.session(python=PYTHONS)
def tests(session):
    """The README's tests with the lock's versions; arguments after `--` take the place of `tests`."""
    session.install("-r", "requirements.lock")
    session.run("python", "-m", "pytest", "-n", "2", "--dist", "loadfile", *(session.posargs or ["tests"]))


@nox.session
def lint(session):
    """ruff over everything, as `make test` begins."""
    session.install("ruff")
    session.run("ruff", "check", ".")


@nox.session(python=PYTHONS)
def bare(session):
    """The package alone, from its wheel and away from the clone: it imports, reads its data, trains."""
    program = Path("tests/programs/bare_imports.py").absolute()
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    session.install(".")
    away = session.create_tmp()
    session.chdir(away)
    session.run("python", program, "nothing", *packages)
    session.run("lepton", "doctor", env={"LEPTON_HOME": away})
