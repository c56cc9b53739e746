"""What people are told about limits: sentences that say what happened and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from imgurdata._format import clock_time, duration_text
from imgurdata.errors import CreditsExhausted, ImgurDataError

__all__ = ["days_warning", "exhausted", "waiting"]

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
            f"(in {duration_text((reset_at - now).total_seconds())})"
        )
    return CreditsExhausted(f"{what}{when}.{_ADVICE}", limit=limit, reset_at=reset_at)


def waiting(error: ImgurDataError, seconds: float) -> str:
    """What people are told when a wait begins."""
    what = error.message.removesuffix(_ADVICE)
    return f"{what} Waiting {duration_text(seconds)}; interrupt to stop."


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


def _credits(number: int) -> str:
    return "credit" if number == 1 else "credits"
