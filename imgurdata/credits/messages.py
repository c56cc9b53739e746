"""Messages about limits, which say what happened and what to do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from imgurdata._format import clock_time, duration_argument, duration_text, plural
from imgurdata.credits.headers import LENGTHS
from imgurdata.credits.windows import LimitState
from imgurdata.errors import CreditsExhausted, ImgurDataError

__all__ = [
    "exhausted", "max_wait_for", "spent_days_warning", "state_line", "too_long", "waiting",
    "without_advice",
]  # fmt: skip

_USED_UP = {
    "user": "This user's credits of the hour are used up",
    "client": "The application's credits of the day are used up",
    "post": "The POSTs of the hour are used up",
    "requests": "The requests of the gateway's plan are used up",
}
_LEFT = {
    "user": "This user's hour has {left} left",
    "client": "The application's day has {left} left",
    "post": "The hour of POSTs has {left} left",
    "requests": "The gateway's plan has {left} left",
}
_LEFT_BRIEFLY = {
    "user": "left this hour", "client": "left today", "post": "POSTs left this hour",
    "requests": "requests left of the gateway's plan",
}  # fmt: skip
_ADVICE = " What is cached stays free: offline=True"


def exhausted(
    limit: str,
    reset_at: dt.datetime | None,
    now: dt.datetime,
    *,
    left: int = 0,
    need: int = 1,
    reserve: int = 0,
) -> CreditsExhausted:
    """Return the error for a limit that cannot pay a request; the reset may be unknown."""
    reason = _USED_UP[limit]
    if left:
        has = _LEFT[limit].format(left=plural(left, "request" if limit == "requests" else "credit"))
        reason = (
            f"{has}, and {reserve:,} are kept in reserve" if reserve
            else f"{has}, and this request costs {need}"
        )  # fmt: skip
    when, advice = "", f"{_ADVICE}."
    if reset_at is not None:
        seconds = (reset_at - now).total_seconds()
        when = (
            f"; {'all come back' if left else 'they come back'} at {clock_time(reset_at, now)} "
            f"(in {duration_text(seconds)})"
        )
        enough = max_wait_for(limit, seconds)
        advice = f'{_ADVICE}; connect(on_limit="wait", max_wait="{enough}") waits.'
    return CreditsExhausted(f"{reason}{when}.{advice}", limit=limit, reset_at=reset_at)


def max_wait_for(limit: str, seconds: float) -> str:
    """Return a ``max_wait`` that is enough for this wait and for any other of its limit."""
    hours = math.ceil((seconds - 1) / 3600)  # resets are reported in whole seconds
    return duration_argument(max(LENGTHS[limit], hours * 3600.0))


def without_advice(error: CreditsExhausted) -> CreditsExhausted:
    """Return the same error for a session that waits already."""
    return CreditsExhausted(
        f"{_reason(error)}{_ADVICE}.", limit=error.limit, reset_at=error.reset_at
    )


def too_long(error: CreditsExhausted, seconds: float, max_wait: float) -> CreditsExhausted:
    """Return the error for a wait that is longer than the session may wait."""
    return CreditsExhausted(
        f"{_reason(error)} To wait {duration_text(seconds)} is more than "
        f'max_wait="{duration_argument(max_wait)}" allows; '
        f'max_wait="{max_wait_for(error.limit, seconds)}" would do.{_ADVICE}.',
        limit=error.limit, reset_at=error.reset_at,
    )  # fmt: skip


def waiting(error: ImgurDataError, seconds: float) -> str:
    """Return the log message for the beginning of a wait."""
    return f"{_reason(error)} Waiting {duration_text(seconds)}; interrupt to stop."


def _reason(error: ImgurDataError) -> str:
    return error.message.partition(_ADVICE)[0]


def spent_days_warning(days: Sequence[dt.date]) -> str:
    """Return the warning about days on which the application's credits were used up."""
    advice = (
        "if it refuses every call now, that is why" if len(days) >= 5
        else "ask for less (a longer max_age, until_known=, a budget), or spread it over the day"
    )  # fmt: skip
    return (
        f"The application's credits of the day were used up on {len(days)} days of the last month "
        f"(last on {days[-1]:%Y-%m-%d}). Imgur blocks an application for the rest of the month in "
        f"which that happens five times: {advice}."
    )


def state_line(limit: str, state: LimitState, now: dt.datetime) -> str:
    """Return what is left of a limit, or "" if there is nothing to say.

    >>> noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    >>> state_line("client", LimitState(12500, 12418, noon + dt.timedelta(hours=18)), noon)
    '12418 of 12500 left today, resets 2026-03-02 06:00 UTC'
    """
    total, left, reset_at = state
    if left is None or (limit == "post" and left == total):
        return ""
    of = f" of {total}" if total is not None else ""
    until = f", resets {clock_time(reset_at, now)}" if reset_at is not None else ""
    return f"{left}{of} {_LEFT_BRIEFLY[limit]}{until}"
