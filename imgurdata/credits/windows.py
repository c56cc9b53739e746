"""Windows of the limits: how many credits are left, until which reset; without side effects.

A user has an hour, an application a day, and POSTs an hour: each window begins with its first call
and is full again when it has passed (API reference, Rate limits). The commercial gateway counts
the requests of a plan, in a month at most. A window is known by its reset,
which wavers by a second or two because it is reported in whole seconds, and responses of several
threads arrive in any order. Many responses cost a credit and report no limits (tags, uploads,
errors): their cost is subtracted until a response to a later request reports the rest.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import NamedTuple

from imgurdata._clock import utc

__all__ = [
    "LENGTHS", "LIMITS", "MAX_CREDITS", "TOLERANCE", "LimitState", "UnreportedCost", "Window",
    "current", "fold", "limit_state", "max_time_to_reset", "read_window",
]  # fmt: skip

#: Limits of a user and hour, of an application and day, of POSTs and hour, of a gateway's plan.
LIMITS = ("user", "client", "post", "requests")
#: Length of each limit's window in seconds; of a plan, the longest.
LENGTHS = dict(zip(LIMITS, (3600.0, 86_400.0, 3600.0, 31 * 86_400.0), strict=True))
#: Resets that are closer together than this are the same, in seconds.
TOLERANCE = 60.0
#: No limit of Imgur is larger: the largest documented one is 12,500.
MAX_CREDITS = 10**9


def max_time_to_reset(length: float) -> float:
    """Return how far ahead the reset of a window of this length may lie, in seconds."""
    return length * 1.1 + 300.0


class Window(NamedTuple):
    """One window as reported; times in epoch seconds.

    Attributes
    ----------
    number : float
        Number in the ledger of the newest answer that reported this window.
    seen : float
        Number of the newest answer when the request of that one was sent. The cost of all answers
        up to this number is part of ``remaining``.
    """

    total: int | None
    remaining: int
    reset_at: float | None
    reported_at: float
    number: float = 0
    seen: float = 0


class LimitState(NamedTuple):
    """Limit, credits left and reset at a moment; None for what was never reported."""

    total: int | None
    remaining: int | None
    reset_at: dt.datetime | None


class UnreportedCost(NamedTuple):
    """Cost of a request whose answer did not report how many credits are left.

    Attributes
    ----------
    number : float
        Position among the answers of the ledger; between two of them if there was no answer.
    """

    number: float
    time: float
    cost: int


def read_window(
    limit: str, total: float | None, remaining: float, reset_at: float | None, time: float,
    number: float, seen: float | None,
) -> Window | None:  # fmt: skip
    """Return the window of a ledger row, or None if its numbers are impossible.

    Older versions believed any number. They did not store what was seen either: all earlier
    answers are assumed.
    """
    if remaining > MAX_CREDITS or (total is not None and not remaining <= total <= MAX_CREDITS):
        return None
    if reset_at is not None and reset_at - time > max_time_to_reset(LENGTHS[limit]):
        return None
    total = None if total is None else int(total)
    seen = number - 1 if seen is None else seen
    return Window(total, int(remaining), reset_at, time, number, seen)


def current(window: Window | None, now: float, length: float) -> Window | None:
    """Return a window, or None if it was written by a clock that was ahead of this one."""
    if window is None or window.reported_at > now + TOLERANCE:
        return None
    if window.reset_at is not None and window.reset_at > now + max_time_to_reset(length):
        return None
    return window


def fold(window: Window | None, reported: Window) -> Window:
    """Return the known window after one more answer.

    Within one window the smallest number counts. A later reset is another window, and an earlier
    one belongs to an answer that came late. An answer without a reset belongs to the window that
    is running, or replaces one that has passed. If no reset is reported at all, the smallest
    number of the answers that were in flight together counts.
    """
    if window is None:
        return reported
    total = reported.total if reported.total is not None else window.total
    reported = reported._replace(total=total)
    remaining = min(window.remaining, reported.remaining)
    number, seen = max(window.number, reported.number), max(window.seen, reported.seen)
    if reported.reset_at is None:
        if window.reset_at is None and reported.seen < window.number:
            return reported._replace(remaining=remaining, number=number, seen=seen)
        if window.reset_at is None or window.reset_at <= reported.reported_at:
            return reported
        return window._replace(total=total, remaining=remaining, number=number, seen=seen)
    if window.reset_at is None or reported.reset_at > window.reset_at + TOLERANCE:
        return reported
    if reported.reset_at < window.reset_at - TOLERANCE:
        return window
    # A server that always says "an hour to go" moves the reset on with each answer.
    reset_at = max(window.reset_at, reported.reset_at)
    reported_at = max(window.reported_at, reported.reported_at)
    return Window(total, remaining, reset_at, reported_at, number, seen)


def limit_state(
    window: Window | None, now: float, length: float, unreported: Iterable[UnreportedCost] = ()
) -> LimitState:
    """Return what is left of a window; after its reset that is the whole limit."""
    window = current(window, now, length)
    if window is None:
        return LimitState(None, None, None)
    later = [cost for cost in unreported if cost.number > window.seen]
    # A window without a reset is over when its length has passed.
    ends = window.reported_at + length if window.reset_at is None else window.reset_at
    if ends > now:
        left = window.remaining - sum(cost.cost for cost in later)
        reset_at = None if window.reset_at is None else utc(window.reset_at)
        return LimitState(window.total, max(left, 0), reset_at)
    if window.total is None:
        return LimitState(None, None, None)
    # The next window begins with a request whose answer did not report it.
    began, used = -math.inf, 0
    for cost in sorted(later, key=lambda cost: cost.time):
        if cost.time >= ends:
            if cost.time >= began + length:
                began, used = cost.time, 0
            used += cost.cost
    used = used if now < began + length else 0
    return LimitState(window.total, max(window.total - used, 0), None)
