"""What a result is worth: scores, controls, intervals, claims, timing, the scoreboard."""

from lepton_helpers.evidence.compare import Difference, claim, difference, mean_interval, said

__all__ = ["Difference", "claim", "difference", "mean_interval", "said"]
