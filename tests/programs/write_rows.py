"""Record fifteen rows on the scoreboard, one by one, under the notebook that the first argument names."""

import sys

from lepton_helpers.evidence import scoreboard

for i in range(15):
    scoreboard.record(dict.fromkeys(scoreboard.COLUMNS) | {
        "notebook": sys.argv[1], "model": "m", "technique": str(i), "accuracy": 0.5})
