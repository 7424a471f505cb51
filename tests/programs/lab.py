"""JupyterLab on the notebooks of the first argument, with the options of the others."""

import sys
from pathlib import Path

from lepton_helpers import paths
from lepton_helpers.commands import lab

paths.NOTEBOOKS = Path(sys.argv[1])
lab.main(sys.argv[2:])
