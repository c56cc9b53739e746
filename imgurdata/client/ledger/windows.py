"""The windows of the limits: what is left until which reset. Pure, from what answers told.

An hour of a user, a day of an application, an hour of POSTs: each window begins with its first
call and is full again when it has passed (API reference, Rate limits). A window is known by its
reset. The same reset wavers by a second or two (it is told in whole seconds to go), and answers of
several threads arrive in any order.
"""

from __future__ import annotations

from typing import NamedTuple

from imgurdata.client.ledger.limits import LIMITS

__all__ = ["LENGTHS", "TOLERANCE", "Standing", "Window", "fold", "standing"]

#: How long a window lasts, in seconds: the bound where no reset was told.
LENGTHS = dict(zip(LIMITS, (3600.0, 86_400.0, 3600.0), strict=True))
#: Resets nearer to each other than this many seconds are one.
TOLERANCE = 60.0


class Window(NamedTuple):
    """One window as far as it was told; times in epoch seconds."""

    total: int | None
    remaining: int
    reset_at: float | None
    told_at: float


class Standing(NamedTuple):
    """What is left at a moment: limit, remaining, and when it is filled up again, if told."""

    total: int | None
    remaining: int | None
    reset_at: float | None


def fold(window: Window | None, told: Window) -> Window:
    """What is known of a limit after one more answer.

    Within one window the smallest number seen counts. A later reset is another window, and an
    answer of an earlier one has come late. Without a reset an answer belongs to the window one is
    in, or is the last word where that has passed.

    Parameters
    ----------
    window
        What was known; None for nothing.
    told
        What the answer told.
    """
    if window is None:
        return told
    total = told.total if told.total is not None else window.total
    told = told._replace(total=total)
    if told.reset_at is None:
        same = window.reset_at is not None and window.reset_at > told.told_at
        if not same:
            return told
        return window._replace(total=total, remaining=min(window.remaining, told.remaining))
    if window.reset_at is None or told.reset_at > window.reset_at + TOLERANCE:
        return told
    if told.reset_at < window.reset_at - TOLERANCE:
        return window
    # One that says "an hour to go" each time slides along with the answers: the last holds.
    return Window(
        total,
        min(window.remaining, told.remaining),
        max(window.reset_at, told.reset_at),
        max(window.told_at, told.told_at),
    )


def standing(window: Window | None, now: float, length: float) -> Standing:
    """What is left at a moment; after the reset it is the whole limit.

    Parameters
    ----------
    window
        What was told; None for nothing.
    now
        Epoch seconds.
    length
        Of such windows, in seconds: where no reset was told, it is over by then.
    """
    if window is None:
        return Standing(None, None, None)
    ends = window.told_at + length if window.reset_at is None else window.reset_at
    if ends <= now:
        return Standing(window.total, window.total, None)
    return Standing(window.total, window.remaining, window.reset_at)
