"""Messages about limits: sentences that say what happened and what to do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from imgurdata._format import clock_time, duration_text, plural
from imgurdata.credits.limits import LENGTHS
from imgurdata.errors import CreditsExhausted, ImgurDataError

__all__ = [
    "days_warning",
    "exhausted",
    "max_wait_for",
    "span",
    "too_long",
    "waiting",
    "without_advice",
]

_WHOSE = {
    "user": "This user's credits of the hour are used up",
    "client": "The application's credits of the day are used up",
    "post": "The POSTs of the hour are used up",
}
_ADVICE = " What is cached stays free: offline=True"
_HAS = {
    "user": "This user's hour has {left} left",
    "client": "The application's day has {left} left",
    "post": "The hour of POSTs has {left} left",
}


def exhausted(
    limit: str,
    reset_at: dt.datetime | None,
    now: dt.datetime,
    *,
    left: int = 0,
    need: int = 1,
    reserve: int = 0,
) -> CreditsExhausted:
    """Return the error for a limit that cannot pay.

    Parameters
    ----------
    limit, reset_at
        Which, and when it is filled up; None where that was not told.
    now
        By the session's clock.
    left, need
        What it has, and what the request takes.
    reserve
        What of it is to be kept.
    """
    if reserve and left:
        has = _HAS[limit].format(left=plural(left, "credit"))
        what = f"{has}, and {reserve:,} are kept in reserve"
    elif left:
        what = f"{_HAS[limit].format(left=plural(left, 'credit'))}, and this request costs {need}"
    else:
        what = _WHOSE[limit]
    when, advice = "", f"{_ADVICE}."
    if reset_at is not None:
        seconds = (reset_at - now).total_seconds()
        when = (
            f"; {'they come back' if not left else 'all come back'} at {clock_time(reset_at, now)} "
            f"(in {duration_text(seconds)})"
        )
        enough = max_wait_for(limit, seconds)
        advice = f'{_ADVICE}; connect(on_limit="wait", max_wait="{enough}") waits.'
    return CreditsExhausted(f"{what}{when}.{advice}", limit=limit, reset_at=reset_at)


def max_wait_for(limit: str, seconds: float) -> str:
    """Return a ``max_wait`` that is enough for this wait and for any other of its limit."""
    hours = math.ceil((seconds - 1) / 3600)  # told in whole seconds
    return span(max(LENGTHS[limit], hours * 3600.0))


def span(seconds: float) -> str:
    """Return a duration as an argument is written.

    >>> span(900), span(3600), span(1.5)
    ('15min', '1h', '1.5s')
    """
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"


def without_advice(error: CreditsExhausted) -> CreditsExhausted:
    """Return the same error for a session that waits already."""
    what = error.message.partition(_ADVICE)[0]
    return CreditsExhausted(f"{what}{_ADVICE}.", limit=error.limit, reset_at=error.reset_at)


def too_long(error: CreditsExhausted, seconds: float, max_wait: float) -> CreditsExhausted:
    """Return the error for a wait that is longer than a session may wait."""
    what = error.message.partition(_ADVICE)[0]
    return CreditsExhausted(
        f'{what} To wait {duration_text(seconds)} is more than max_wait="{span(max_wait)}" allows; '
        f'max_wait="{max_wait_for(error.limit, seconds)}" would do.{_ADVICE}.',
        limit=error.limit, reset_at=error.reset_at,
    )  # fmt: skip


def waiting(error: ImgurDataError, seconds: float) -> str:
    """Return what is logged when a wait begins."""
    what = error.message.partition(_ADVICE)[0]
    return f"{what} Waiting {duration_text(seconds)}; interrupt to stop."


def days_warning(days: Sequence[dt.date]) -> str:
    """Return what is logged from the third day on."""
    blocked = len(days) >= 5
    rule = "Imgur blocks an application for the rest of the month in which that happens five times"
    advice = (
        "if it refuses every call now, that is why"
        if blocked
        else "ask for less (a longer max_age, until_known=, a budget), or spread it over the day"
    )
    return (
        f"The application's credits of the day were used up on {len(days)} days of the last month "
        f"(last on {days[-1]:%Y-%m-%d}). {rule}: {advice}."
    )
