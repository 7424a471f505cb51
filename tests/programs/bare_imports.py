"""Import every module named, as if the packages of the first argument were not installed."""

import importlib
import sys


class Absent:
    """A finder that answers for absent packages before any other finder is asked."""

    def find_spec(self, name, path=None, target=None):
        """Raise what an import of a package that is not there raises."""
        if name.split(".")[0] in sys.argv[1].replace("-", "_").split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())
for module in sys.argv[2:]:
    importlib.import_module(module)
    print(module)
