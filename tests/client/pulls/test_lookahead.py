"""How many pages may be under way: a table of cases."""

from __future__ import annotations

import pytest

from imgurdata.client.cache.freshness import State
from imgurdata.client.pulls.lookahead import Lookahead, Reach


@pytest.mark.decision("ends-nobody-knows")
@pytest.mark.parametrize(
    ("reach", "lengths", "state", "room"),
    [
        (Reach.CERTAIN, [], State.MISSING, 8), (Reach.CERTAIN, [100, 2], State.MISSING, 8),
        (Reach.CLAIMED, [], State.MISSING, 8), (Reach.CLAIMED, [100, 60], State.MISSING, 8),
        (Reach.CLAIMED, [100, 40], State.MISSING, 1), (Reach.CLAIMED, [9, 2, 9], State.MISSING, 8),
        (Reach.OPEN, [], State.MISSING, 1), (Reach.OPEN, [9] * 3, State.MISSING, 1),
        (Reach.OPEN, [9] * 4, State.MISSING, 2), (Reach.OPEN, [9] * 11, State.MISSING, 3),
        (Reach.OPEN, [9] * 99, State.MISSING, 8), (Reach.OPEN, [9] * 99 + [3], State.MISSING, 1),
        # What is stored was there: a list loaded before is revalidated at full width.
        (Reach.OPEN, [], State.STALE, 8), (Reach.OPEN, [9], State.STALE_BLIND, 8),
    ],
)  # fmt: skip
def test_room(reach: Reach, lengths: list[int], state: State, room: int) -> None:
    lookahead = Lookahead(8, reach)
    for length in lengths:
        lookahead.saw(length, new=True)
    assert lookahead.room(state) == room


def test_pages_that_were_known_before_win_no_room() -> None:
    lookahead = Lookahead(8, Reach.OPEN)
    for _ in range(50):
        lookahead.saw(9, new=False)
    assert lookahead.room(State.MISSING) == 1


@pytest.mark.decision("until-known")
def test_a_walk_to_the_known_does_not_rush_over_what_is_stored() -> None:
    lookahead = Lookahead(8, Reach.OPEN, stored_is_there=False)
    assert lookahead.room(State.STALE) == 1
