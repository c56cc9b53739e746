"""How many pages may be in flight: a table of cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from worlds import World, in_any_order

from imgurdata.http.store import RequestSpec, Resolved, State
from imgurdata.model.records import RECORDS
from imgurdata.pulls.answers import KnownRows
from imgurdata.pulls.paging import Pager
from imgurdata.pulls.requests import ListEnd

KNOWN, REQUESTED, UNKNOWN = ListEnd


IN_FLIGHT = [
    (KNOWN, [9], State.MISSING, 8), (KNOWN, [100, 2], State.MISSING, 8),
    (REQUESTED, [9], State.MISSING, 8), (REQUESTED, [100, 60], State.MISSING, 8),
    # Behind a short page nothing more is sent than was in flight when it came.
    (REQUESTED, [100, 40], State.MISSING, 7), (REQUESTED, [9, 2, 9], State.MISSING, 8),
    (UNKNOWN, [9], State.MISSING, 1), (UNKNOWN, [9] * 3, State.MISSING, 1),
    (UNKNOWN, [9] * 4, State.MISSING, 2), (UNKNOWN, [9] * 11, State.MISSING, 3),
    (UNKNOWN, [9] * 99, State.MISSING, 8), (UNKNOWN, [9] * 99 + [3], State.MISSING, 7),
    (UNKNOWN, [9] * 7 + [3], State.MISSING, 1),
    # What is stored was there: a list loaded before is revalidated at full width.
    (UNKNOWN, [9], State.STALE, 8), (UNKNOWN, [9, 2], State.STALE_NO_VALIDATOR, 8),
]  # fmt: skip


def in_flight(list_end: ListEnd, pages: list[int], states: Iterable[State], **options: Any) -> int:
    """Return how many are in flight when pages of so many ids have come."""
    ids = [[f"id{number:03d}" for number in range(count)] for count in pages]
    world = World([*ids, *[["last"]] * 20], 8)
    specs = [RequestSpec(str(n), f"/3/gallery/hot/viral/day/{n}") for n in range(len(pages) + 20)]
    resolved = (Resolved(spec, "", state) for spec, state in zip(specs, states, strict=False))
    fetch = world.fetch_resolved

    def answer(resolved: Resolved) -> Any:
        response = fetch(resolved)
        response.cache_state = resolved.state
        return response

    world.fetch_resolved = answer  # type: ignore[method-assign]
    with in_any_order([]), Pager(world, resolved, list_end, first_alone=False, **options) as pager:
        answers = iter(pager)
        for _ in pages:
            next(answers)
        return len(pager._in_flight)


@pytest.mark.decision("ends-nobody-knows")
def test_how_many_may_be_in_flight(subtests: pytest.Subtests) -> None:
    for list_end, pages, state, most in IN_FLIGHT:
        with subtests.test(list_end=list_end, pages=pages, state=state):
            states = [State.MISSING] * len(pages) + [state] * 20
            assert in_flight(list_end, pages, states) == most


def test_pages_that_were_known_before_allow_no_more_in_flight() -> None:
    states = [State.STALE] * 50 + [State.MISSING] * 20
    assert in_flight(UNKNOWN, [9] * 50, states) == 1


@pytest.mark.decision("until-known")
def test_a_walk_to_the_known_does_not_rush_over_what_is_stored() -> None:
    walk = KnownRows(RECORDS["post"], ["id999"])
    assert in_flight(UNKNOWN, [9], [State.STALE] * 20, known=walk) == 1
