"""How many pages may be under way: a table of cases."""

from __future__ import annotations

import pytest

from imgurdata.http.store import State
from imgurdata.pulls.paging import Lookahead
from imgurdata.pulls.requests import ListEnd

KNOWN, REQUESTED, UNKNOWN = ListEnd


IN_FLIGHT = [
    (KNOWN, [], State.MISSING, 8), (KNOWN, [100, 2], State.MISSING, 8),
    (REQUESTED, [], State.MISSING, 8), (REQUESTED, [100, 60], State.MISSING, 8),
    (REQUESTED, [100, 40], State.MISSING, 1), (REQUESTED, [9, 2, 9], State.MISSING, 8),
    (UNKNOWN, [], State.MISSING, 1), (UNKNOWN, [9] * 3, State.MISSING, 1),
    (UNKNOWN, [9] * 4, State.MISSING, 2), (UNKNOWN, [9] * 11, State.MISSING, 3),
    (UNKNOWN, [9] * 99, State.MISSING, 8), (UNKNOWN, [9] * 99 + [3], State.MISSING, 1),
    # What is stored was there: a list loaded before is revalidated at full width.
    (UNKNOWN, [], State.STALE, 8), (UNKNOWN, [9], State.STALE_NO_VALIDATOR, 8),
]  # fmt: skip


@pytest.mark.decision("ends-nobody-knows")
def test_how_many_may_be_in_flight(subtests: pytest.Subtests) -> None:
    for list_end, lengths, state, most in IN_FLIGHT:
        with subtests.test(list_end=list_end, lengths=lengths, state=state, most=most):
            lookahead = Lookahead(8, list_end)
            for length in lengths:
                lookahead.add(length, new=True)
            assert lookahead.max_in_flight(state) == most


def test_pages_that_were_known_before_win_no_room() -> None:
    lookahead = Lookahead(8, UNKNOWN)
    for _ in range(50):
        lookahead.add(9, new=False)
    assert lookahead.max_in_flight(State.MISSING) == 1


@pytest.mark.decision("until-known")
def test_a_walk_to_the_known_does_not_rush_over_what_is_stored() -> None:
    lookahead = Lookahead(8, UNKNOWN, stored_is_there=False)
    assert lookahead.max_in_flight(State.STALE) == 1
