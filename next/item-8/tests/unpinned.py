"""requirements.txt without its upper bounds, for the weekly run: `python tests/unpinned.py requirements.txt`.

Lower bounds and markers stay. A bound that is known to be needed stays too: its line's comment says
`bound needed: ` and why. Lines such as `-e .` are left out: pyproject.toml has bounds too, so the project is
installed beside them, with `pip install --no-deps`.
"""

import re
import sys
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet


def unpinned(line):
    """A line of requirements without its upper bounds; "" where it names no package; `ValueError`."""
    wanted, comment = re.fullmatch(r"(.*?)(?:(?:^|\s)#(.*))?", line.strip()).groups()
    if not wanted or wanted.startswith("-"):
        return ""
    try:
        found = Requirement(wanted)
    except InvalidRequirement as error:
        raise ValueError(f"{wanted!r} is no requirement") from error
    reason = re.search(r"\bbound needed: (.+)", comment or "")
    if reason:
        return f"{found}  # {reason[1]}"
    lower = [str(one).replace("===", ">=").replace("==", ">=").replace("~=", ">=").removesuffix(".*")
             for one in found.specifier if one.operator in (">=", ">", "==", "===", "~=")]
    found.specifier = SpecifierSet(",".join(lower))
    return str(found)


def main(arguments):
    """Print the requirements; returns 0, 2 if a line cannot be read."""
    try:
        lines = [unpinned(line) for path in arguments
                 for line in Path(path).read_text(encoding="utf-8").splitlines()]
        if not any(lines):
            raise ValueError("no package is named")
    except (OSError, ValueError) as error:
        print(f"unpinned.py: {error}; give it a file of requirements.", file=sys.stderr)
        return 2
    print("\n".join(filter(None, lines)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
