"""Which package broke it? Bring a failing environment back to the lock, fewer packages each time.

    python tests/culprit.py .venv/bin/python requirements.lock -- .venv/bin/python -m pytest -x -q @again.txt

The environment holds the newest packages, and the command after `--` fails in it. Of the packages that differ
from the lock some are brought back to the locked version, the command runs, and its exit code says in which
half to look on. What is named is a smallest group whose return makes it pass: most often one package, several
where they only fit together. Afterwards the environment is as it was. Run it by another Python than the
environment's, one with `packaging`: what is broken there may be anything.
"""

import argparse
import functools
import json
import subprocess
import sys
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

HOUR = 3600  # for pip, which gives up long before


def _told(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=HOUR).stdout


def installed(python):
    """`{name: version}` of an environment, without pip and what is installed from a working copy."""
    listed = _told(python, "-m", "pip", "--disable-pip-version-check", "list", "--format", "json")
    return {canonicalize_name(one["name"]): one["version"] for one in json.loads(listed)
            if one["name"] != "pip" and "editable_project_location" not in one}


def locked(lock, python):
    """`{name: version}` that a universal lock has for this machine and the environment's Python."""
    full = _told(python, "--version").split()[1]
    here = default_environment() | {"python_full_version": full,
                                    "python_version": ".".join(full.split(".")[:2])}
    lines = [line.partition(" #")[0].strip() for line in lock.read_text(encoding="utf-8").splitlines()]
    wanted = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(one.name): next(iter(one.specifier)).version for one in wanted
            if one.marker is None or one.marker.evaluate(here)}


def different(newest, lock):
    """Names, in order, whose versions differ; a package that only one side has differs too."""
    shared = {name for name in newest.keys() & lock.keys() if Version(newest[name]) == Version(lock[name])}
    return sorted((newest.keys() | lock.keys()) - shared)


def smallest(suspects, passes):
    """A smallest group of `suspects` for which `passes(group)`: with any one of it left out it fails.

    `passes` must fail for the empty group and pass for all of them; it is asked some log2(n) times for each
    name that is found.
    """
    found, rest = [], list(suspects)
    while not passes(found):
        low, high = 0, len(rest)  # found + rest[:high] passes, found + rest[:low] does not
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if passes(found + rest[:middle]) else (middle, high)
        found.append(rest[high - 1])
        rest = rest[:high - 1]
    for name in list(found):
        fewer = [one for one in found if one != name]
        if passes(fewer):
            found = fewer
    return sorted(found)


def bring(python, now, wanted):
    """Change an environment's packages from `now` to `wanted`, both `{name: version}`; `ValueError`."""
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    gone = sorted(now.keys() - wanted.keys())
    new = sorted(f"{name}=={version}" for name, version in wanted.items() if now.get(name) != version)
    for names, order in ((gone, ("uninstall", "--yes")), (new, ("install", "--no-deps"))):
        if names and subprocess.run([*pip, *order, *names], stdout=sys.stderr, timeout=HOUR).returncode:
            raise ValueError(f"pip could not {order[0]} {', '.join(names)}; its own words stand above.")


def works(command, minutes):
    """Whether a command ends with 0 in time; what it prints goes to stderr."""
    try:
        return subprocess.run(command, stdout=sys.stderr, timeout=60 * minutes).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def culprits(python, newest, lock, command, minutes):
    """Names of the packages that make the command fail; `ValueError` with a sentence if no package does."""
    suspects, now = different(newest, lock), dict(newest)

    @functools.cache
    def passes(back):
        wanted = {name: version for name, version in newest.items() if name not in back}
        wanted |= {name: lock[name] for name in back if name in lock}
        bring(python, now, wanted)
        now.clear()
        now.update(wanted)
        ended = works(command, minutes)
        print(f"{len(back)} of {len(suspects)} packages as in the lock: it {'passes' if ended else 'fails'}",
              file=sys.stderr)
        return ended

    if passes(frozenset()):
        raise ValueError("it passes with the newest packages: what failed before does not now.")
    if not passes(frozenset(suspects)):
        raise ValueError(f"it fails with the {len(lock)} versions of the lock too; no package is it.")
    return smallest(suspects, lambda group: passes(frozenset(group)))


def main(arguments=None):
    """Print a sentence in Markdown that names the packages; returns 1, or 2 where none is the cause."""
    parser = argparse.ArgumentParser("culprit.py", description=__doc__.splitlines()[0])
    parser.add_argument("python", help="the environment's Python")
    parser.add_argument("lock", type=Path, help="the lock, in the form of requirements.lock")
    parser.add_argument("command", nargs="+", help="after --: what fails there")
    parser.add_argument("--minutes", type=float, default=60, help="a command that takes longer fails (60)")
    asked = parser.parse_args(arguments)
    try:
        newest, lock = installed(asked.python), locked(asked.lock, asked.python)
        try:
            names = culprits(asked.python, newest, lock, asked.command, asked.minutes)
            said = [f"**{name}** ({lock.get(name, 'none')} in the lock, {newest.get(name, 'none')} now)"
                    for name in names]
            print(f"Broken by {' and '.join(said)}.", flush=True)
        finally:
            bring(asked.python, installed(asked.python), newest)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"culprit.py: {error}", file=sys.stderr)
        return 2
    return 1


if __name__ == "__main__":
    sys.exit(main())
