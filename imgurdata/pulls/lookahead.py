"""How many pages may be under way before the end of a list is known: a pure decision.

Every page asked for behind the end of a list costs a credit and gives nothing. What is known of
the end decides: nothing lies behind a number of ids; a list asked for "until the end" may end at
any page, so it is first walked page by page.
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
    """Ids, or the pages up to an end that was told: nothing can be wasted."""
    REQUESTED = "that many pages, if the list has them"
    """A number of pages: at most ``workers - 1`` of them behind an end that comes earlier."""
    UNKNOWN = "until the end, wherever it is"
    """At most one behind the end for each four new pages, and at most ``workers - 1``."""


@dataclass(slots=True)
class Lookahead:
    """Decides how many requests may be under way; told of each answer in order.

    Parameters
    ----------
    workers
        Most of all.
    list_end
        What is known of the end.
    stored_is_there
        Whether a page that is stored, though stale, counts as being there still: then a list that
        was loaded before is revalidated at full width. Not where most of it will not be wanted.
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
