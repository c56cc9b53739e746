"""What people are told about limits: sentences that say what happened and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from imgurdata.errors import CreditsExhausted, ImgurDataError

__all__ = ["clock_time", "days_warning", "exhausted", "span", "waiting"]

_WHOSE = {
    "user": "This user's credits of the hour are used up",
    "client": "The application's credits of the day are used up",
    "post": "The POSTs of the hour are used up",
}
_ADVICE = ' What is cached stays free: offline=True; on_limit="wait" waits.'
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
    """The error for a limit that cannot pay.

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
        what = (
            f"{_HAS[limit].format(left=f'{left:,} {_credits(left)}')}, and {reserve:,} are kept in "
            "reserve"
        )
    elif left:
        what = (
            f"{_HAS[limit].format(left=f'{left:,} {_credits(left)}')}, and this request costs "
            f"{need}"
        )
    else:
        what = _WHOSE[limit]
    when = ""
    if reset_at is not None:
        when = (
            f"; {'they come back' if not left else 'all come back'} at {clock_time(reset_at, now)} "
            f"(in {span((reset_at - now).total_seconds())})"
        )
    return CreditsExhausted(f"{what}{when}.{_ADVICE}", limit=limit, reset_at=reset_at)


def waiting(error: ImgurDataError, seconds: float) -> str:
    """What people are told when a wait begins."""
    return f"{error.message.removesuffix(_ADVICE)} Waiting {span(seconds)}; interrupt to stop."


def days_warning(days: Sequence[dt.date]) -> str:
    """What people are told from the third day on."""
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


def clock_time(moment: dt.datetime, now: dt.datetime) -> str:
    """A time of today, or with its date.

    >>> noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    >>> clock_time(noon, noon), clock_time(noon, noon - dt.timedelta(hours=20))
    ('12:00 UTC', '2026-03-01 12:00 UTC')
    """
    day = "" if moment.date() == now.date() else "%Y-%m-%d "
    return moment.strftime(f"{day}%H:%M UTC")


def span(seconds: float) -> str:
    """A length of time in words.

    >>> span(42), span(600), span(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _credits(number: int) -> str:
    return "credit" if number == 1 else "credits"
