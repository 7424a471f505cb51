"""What test runs did, from pytest's JUnit XML, as a table; exit code 1 for a failure or a needless skip.

    python tests/status.py reports/junit/*.xml [--write docs/status.md] [--failing again.txt]

A file is one run, named by its stem; `Linux-3.12-tests.xml` and `Linux-3.12-notebooks.xml` share a column. A
skip passes only if its reason says `needs Windows`, `needs Linux or macOS`, ... and the run was on none of
them: the system that the file's name holds, else this machine's. Nothing but Python is wanted for it.
"""

import argparse
import collections
import platform
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import NamedTuple

SYSTEMS = {"Linux": "Linux", "Darwin": "macOS", "Windows": "Windows"}
NEEDS = re.compile(r"\bneeds ((?:Linux|macOS|Windows)(?:(?:,| or) (?:Linux|macOS|Windows))*)\b")
COLOUR = re.compile(r"(?:\x1b|#x1B)\[[\d;]*m")  # as it is, and as pytest writes it into XML
PASSED, SKIPPED, FAILED = range(3)              # the worst of a test's reports counts


class Case(NamedTuple):
    """One test: its file, its name ("" if the file did not load), how it ended, the words, its seconds."""

    part: str
    name: str
    ended: int
    says: str
    seconds: float


def _case(element):
    where, name = element.get("classname"), element.get("name")
    if not where:  # a file that could not be loaded, or skips itself
        where, name = name, ""
    notebook = where.endswith(".ipynb")
    part = where.removesuffix(".ipynb").replace(".", "/") + (".ipynb" if notebook else ".py")
    found = [(FAILED if e.tag in ("failure", "error") else SKIPPED, e) for e in element
             if e.tag in ("failure", "error", "skipped")]
    ended, told = max(found, key=lambda one: one[0], default=(PASSED, None))
    return Case(part, name, ended, "" if told is None else _says(told, name, notebook),
                float(element.get("time") or 0))


def _says(told, name, notebook):
    """One line of a report: a file that did not load and a notebook's trace end with the error."""
    text = (told.get("message") if name else told.text) or "it says nothing"
    text = re.sub(r"^\('.*', \d+, ['\"]Skipped: (.*)['\"]\)$", r"\1", text.strip(), flags=re.DOTALL)
    lines = [line.strip() for line in COLOUR.sub("", text).splitlines() if line.strip()]
    return lines[-1 if notebook or not name else 0].removeprefix("E   ")[:200]


def read(path):
    """`(day, [Case])` of a JUnit file; a test that reports twice is one. Raises `ValueError`."""
    try:
        root = xml.parse(path).getroot()
    except (OSError, xml.ParseError) as error:
        raise ValueError(f"{path} is no JUnit XML ({error}); did pytest get to its end?") from error
    cases = {}
    for case in map(_case, root.iter("testcase")):
        before = cases.get(case[:2])
        worst = max(before or case, case, key=lambda one: one.ended)
        cases[case[:2]] = worst._replace(seconds=case.seconds + (before.seconds if before else 0))
    if not cases:
        raise ValueError(f"{path} holds no test: nothing was run.")
    return next((s.get("timestamp", "")[:10] for s in root.iter("testsuite")), ""), list(cases.values())


def system(name):
    """The system that a run's name holds, else this machine's."""
    return next((one for one in SYSTEMS.values() if one in name), SYSTEMS.get(platform.system(), ""))


def allowed(reason, here):
    """Whether a skip's reason says that another system than `here` is needed."""
    needed = NEEDS.search(reason)
    return bool(needed) and here not in re.findall(r"\w+", needed[1])


def runs(paths):
    """`({column: day}, {column: [Case]})` of files; tests and notebooks of one run share a column."""
    days, found = {}, collections.defaultdict(list)
    for path in paths:
        column = re.sub(r"-(tests|notebooks)$", "", Path(path).stem)
        days[column], cases = read(path)
        found[column] += cases
    return days, dict(found)


def _counts(cases):
    passed, skipped, failed = (sum(case.ended == way for case in cases) for way in (PASSED, SKIPPED, FAILED))
    more = [f"**{failed} failed**"] * bool(failed) + [f"{skipped} skipped"] * bool(skipped)
    return ", ".join([str(passed), *more]) if cases else ""


def _row(*cells):
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def table(days, found):
    """Markdown: tests that passed in each file, failures and skips beside them, then each one's words."""
    columns = sorted(found)
    parts = sorted({case.part for cases in found.values() for case in cases})
    rows = [_row("", *columns), _row("---", *["---:"] * len(columns))]
    rows += [_row(part, *(_counts([c for c in found[name] if c.part == part]) for name in columns))
             for part in parts]
    rows += [_row("**all**", *(_counts(found[name]) for name in columns)),
             _row("minutes of tests", *(f"{sum(c.seconds for c in found[n]) / 60:.1f}" for n in columns)),
             _row("day", *(days[name] for name in columns))]
    failed = [f"- {name}: `{case.part}{'::' * bool(case.name)}{case.name}`: {case.says}"
              for name in columns for case in found[name] if case.ended == FAILED]
    reasons = collections.Counter((name, case.part, case.says) for name in columns for case in found[name]
                                  if case.ended == SKIPPED)
    mark = {True: "", False: " **(not allowed)**"}
    skipped = [f"- {name}: {n} of `{part}`: {says}{mark[allowed(says, system(name))]}"
               for (name, part, says), n in reasons.items()]
    return "\n".join(["# Status", "", "Tests that passed, by file and run. Made by `python tests/status.py`; "
                      "not edited by hand.", "", *rows, *(["", "## Failed", "", *failed] if failed else []),
                      *(["", "## Skipped", "", *skipped] if skipped else [])]) + "\n"


def again(found):
    """Arguments for pytest that run once more what failed; a notebook whole: its cells need each other."""
    failed = [case for cases in found.values() for case in cases if case.ended == FAILED]
    whole = {case.part for case in failed if case.part.endswith(".ipynb") or not case.name}
    return sorted(whole | {f"{case.part}::{case.name}" for case in failed if case.part not in whole})


def main(arguments=None):
    """Print the table; returns 0, 1 for a failure or a skip that is not allowed, 2 for no readable file."""
    parser = argparse.ArgumentParser("status.py", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="JUnit XML, as pytest --junitxml writes it")
    parser.add_argument("--write", type=Path, help="also write the table into this file")
    parser.add_argument("--failing", type=Path, help="write what failed into this file, for pytest @FILE")
    asked = parser.parse_args(arguments)
    try:
        days, found = runs(asked.files)
    except ValueError as error:
        print(f"status.py: {error}", file=sys.stderr)
        return 2
    text = table(days, found)
    sys.stdout.reconfigure(encoding="utf-8")  # Windows' console has a smaller one
    print(text, end="")
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    if asked.failing:
        asked.failing.write_text("".join(f"{one}\n" for one in again(found)), encoding="utf-8")
    failed = sum(case.ended == FAILED for cases in found.values() for case in cases)
    needless = sum(case.ended == SKIPPED and not allowed(case.says, system(name))
                   for name, cases in found.items() for case in cases)
    if failed or needless:
        print(f"status.py: {failed} failed, {needless} skipped without a reason that needs another system.",
              file=sys.stderr)
    return int(bool(failed or needless))


if __name__ == "__main__":
    sys.exit(main())
