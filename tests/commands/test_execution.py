"""What a run compares with the committed notebook: claims cell by cell."""

import pytest

from lepton_helpers.commands import execution

SAID = [(2, "a", True), (2, "b", True), (5, "c", False)]


@pytest.mark.parametrize(("now", "turned"), [
    (SAID, []),
    ([(2, "a", True), (2, "b", False), (5, "c", False)], [(2, "b", False)]),
    # a claim more or fewer in one cell shifts none of another's
    ([(2, "a", False), (5, "c", True)], [(5, "c", True)]),
    ([(1, "new", True), *SAID], []),
    ([], []),
])
def test_claims_turn_within_their_cell(now, turned):
    assert execution.turned(now, SAID) == turned
