"""Decide how many pages may be in flight before the end of a list is known.

Every page requested behind the end of a list costs a credit and gives nothing. What is known of the
end decides: nothing lies behind a number of ids; a list that is loaded "until the end" may end at
any page, so it is first loaded page by page.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from imgurdata.http.resolve import State

__all__ = ["GROWTH", "ListEnd", "Lookahead"]

#: New pages that must have come before one more is asked for ahead of an open end.
GROWTH = 4


class ListEnd(enum.Enum):
    """Knowledge of where a list ends."""

    KNOWN = "every request is wanted"
    """Ids, or pages up to an end that is known: nothing can be wasted."""
    REQUESTED = "that many pages, if the list has them"
    """A number of pages: at most ``workers - 1`` of them behind an end that comes earlier."""
    UNKNOWN = "until the end, wherever it is"
    """At most one behind the end for each four new pages, and at most ``workers - 1``."""


@dataclass(slots=True)
class Lookahead:
    """Limit of the requests in flight, adapted to each answer in order.

    Parameters
    ----------
    workers : int
        Most requests in flight.
    list_end : ListEnd
        What is known of the end.
    stored_is_there : bool
        Whether a page that is stored, though stale, is expected to be there still: then a list
        that was loaded before is revalidated at full width. Not where few of its pages are wanted.
    """

    workers: int
    list_end: ListEnd
    stored_is_there: bool = True
    _new: int = 0
    _fullest: int = 0
    _thin: bool = False

    def max_in_flight(self, state: State) -> int:
        """Return how many requests may be in flight, the next one (in this state) among them."""
        if self.list_end is ListEnd.KNOWN:
            return self.workers
        stored = state in {State.STALE, State.STALE_NO_VALIDATOR}
        if stored and self.stored_is_there:
            return self.workers
        # A thin page is not the end (recorded lists), but it is seldom far from it.
        if self._thin:
            return 1
        if self.list_end is ListEnd.REQUESTED:
            return self.workers
        return min(self.workers, 1 + self._new // GROWTH)

    def saw(self, length: int, *, new: bool) -> None:
        """Take note of an answer: its length in bytes, and whether it was not stored before."""
        self._new += new
        self._fullest = max(self._fullest, length)
        self._thin = 2 * length < self._fullest
