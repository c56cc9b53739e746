"""The windows of the limits: what is left until which reset. Pure, from what answers told.

An hour of a user, a day of an application, an hour of POSTs: each window begins with its first
call and is full again when it has passed (API reference, Rate limits). A window is known by its
reset. The same reset wavers by a second or two (it is told in whole seconds to go), and answers of
several threads arrive in any order. Many answers cost a credit and tell nothing (tags, uploads,
errors): what they cost is taken off until an answer that was asked for later tells the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from imgurdata.credits.limits import LENGTHS, MOST, TOLERANCE, longest

__all__ = [
    "LENGTHS",
    "TOLERANCE",
    "UNWRITTEN",
    "Standing",
    "Untold",
    "UntoldCosts",
    "Window",
    "current",
    "fold",
    "read_window",
    "standing",
]

#: Number of an answer that could not be written down yet: later than all others.
UNWRITTEN = math.inf


class Window(NamedTuple):
    """One window as far as it was told; times in epoch seconds.

    Attributes
    ----------
    number : float
        Of the newest answer that told of this window, among the answers of the ledger.
    seen : float
        Number of the newest answer when that one was asked for: what that one and all before it
        cost is taken off ``remaining``.
    """

    total: int | None
    remaining: int
    reset_at: float | None
    told_at: float
    number: float = 0
    seen: float = 0


class Standing(NamedTuple):
    """What is left at a moment: limit, remaining, and when it is filled up again, if told."""

    total: int | None
    remaining: int | None
    reset_at: float | None


class Untold(NamedTuple):
    """An answer that cost credits and did not tell how many are left.

    Attributes
    ----------
    number : float
        Its place among the answers of the ledger; between two, where its answer did not come.
    """

    number: float
    time: float
    cost: int


class UntoldCosts:
    """Untold costs of one limit, each counted once; the oldest of many are put together."""

    _MOST = 64

    def __init__(self) -> None:
        self._rows: list[Untold] = []

    def __iter__(self) -> Iterator[Untold]:
        return iter(self._rows)

    def add(self, row: Untold) -> None:
        """Take note of one, unless it is noted already."""
        if row.number.is_integer():  # it may have been met before, by what it is or by its number
            for place, known in enumerate(self._rows):
                same = known.number == UNWRITTEN and known[1:] == row[1:]
                if same or known.number == row.number:
                    self._rows[place] = row
                    return
        self._rows.append(row)
        if len(self._rows) > self._MOST:
            first, second = self._rows[:2]
            self._rows[:2] = [second._replace(cost=first.cost + second.cost)]

    def forget(self, seen: float) -> None:
        """Drop those that are part of what was told since."""
        self._rows = [row for row in self._rows if row.number > seen]


def read_window(
    limit: str, total: Any, remaining: Any, reset_at: Any, time: Any, number: float, seen: Any
) -> Window | None:
    """Return a row of the ledger as a window; None where its numbers cannot be.

    Older versions believed any number, and a file may hold anything.
    """
    numbers = (total, remaining, reset_at, time, seen)
    if any(value is not None and not _is_finite(value) for value in numbers):
        return None
    if remaining is None or time is None or not 0 <= remaining <= MOST:
        return None
    if reset_at is not None and reset_at - time > longest(LENGTHS[limit]):
        return None
    if total is not None and not remaining <= total <= MOST:
        return None
    total = None if total is None else int(total)
    # Of older versions it is not known what they had seen: all that was there.
    return Window(
        total, int(remaining), reset_at, time, number, number - 1 if seen is None else seen
    )


def _is_finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def current(window: Window | None, now: float, length: float) -> Window | None:
    """Return a window, or None if it is of a clock that was ahead of this one.

    Parameters
    ----------
    window : Window or None
        What is known.
    now : float
        Epoch seconds.
    length : float
        Of such windows, in seconds.
    """
    if window is None or window.told_at > now + TOLERANCE:
        return None
    if window.reset_at is not None and window.reset_at > now + longest(length):
        return None
    return window


def fold(window: Window | None, told: Window) -> Window:
    """Return what is known of a limit after one more answer.

    Within one window the smallest number seen counts. A later reset is another window, and an
    answer of an earlier one has come late. Without a reset an answer belongs to the window one is
    in, or is the last word where that has passed; where no reset is told at all, of answers that
    were under way together the smallest number counts.

    Parameters
    ----------
    window : Window or None
        What was known; None for nothing.
    told : Window
        What the answer told.
    """
    if window is None:
        return told
    total = told.total if told.total is not None else window.total
    told = told._replace(total=total)
    remaining = min(window.remaining, told.remaining)
    number, seen = max(window.number, told.number), max(window.seen, told.seen)
    if told.reset_at is None:
        if window.reset_at is None and told.seen < window.number:
            return told._replace(remaining=remaining, number=number, seen=seen)
        if window.reset_at is None or window.reset_at <= told.told_at:
            return told
        return window._replace(total=total, remaining=remaining, number=number, seen=seen)
    if window.reset_at is None or told.reset_at > window.reset_at + TOLERANCE:
        return told
    if told.reset_at < window.reset_at - TOLERANCE:
        return window
    # One that says "an hour to go" each time slides along with the answers: the last holds.
    reset_at, told_at = max(window.reset_at, told.reset_at), max(window.told_at, told.told_at)
    return Window(total, remaining, reset_at, told_at, number, seen)


def standing(
    window: Window | None, now: float, length: float, untold: Iterable[Untold] = ()
) -> Standing:
    """Return what is left at a moment; after the reset it is the whole limit.

    Parameters
    ----------
    window : Window or None
        What was told; None for nothing.
    now : float
        Epoch seconds.
    length : float
        Of such windows, in seconds: where no reset was told, it is over by then.
    untold : iterable of Untold
        Costs that no answer told of.
    """
    window = current(window, now, length)
    if window is None:
        return Standing(None, None, None)
    ends = window.told_at + length if window.reset_at is None else window.reset_at
    if ends > now:
        used = sum(row.cost for row in untold if row.number > window.seen)
        return Standing(window.total, max(window.remaining - used, 0), window.reset_at)
    if window.total is None:
        return Standing(None, None, None)
    used = _used_since(ends, window.seen, now, length, untold)
    return Standing(window.total, max(window.total - used, 0), None)


def _used_since(
    ends: float, seen: float, now: float, length: float, untold: Iterable[Untold]
) -> int:
    """Return what untold answers took of the window that has begun with one of them."""
    began, used = -math.inf, 0
    for row in sorted(untold, key=lambda row: row.time):
        if row.time < ends or row.number <= seen:
            continue
        if row.time >= began + length:
            began, used = row.time, 0
        used += row.cost
    return used if now < began + length else 0
