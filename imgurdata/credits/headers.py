"""Limits of Imgur, and the headers of a response that report them, read as numbers.

Recorded responses of 2014-2025 (API reference, Rate limits) spell the names in any case and give
the reset of the user's hour as epoch seconds (until 2017) or as seconds to go (from 2022). Any
header may be missing, which means "not reported", never zero.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from imgurdata._clock import utc

__all__ = [
    "COLUMNS", "LENGTHS", "LIMITS", "LONGEST_RESETS", "MAX_CREDITS", "NOT_REPORTED", "TOLERANCE",
    "Limits", "ServerClock", "read_limits", "read_retry_after", "response_date",
]  # fmt: skip

#: Limits of a user and hour, of an application and day, of POSTs and hour, of a gateway's plan.
LIMITS = ("user", "client", "post", "requests")
#: Length of each limit's window in seconds; of a plan, the longest.
LENGTHS = dict(zip(LIMITS, (3600.0, 86_400.0, 3600.0, 31 * 86_400.0), strict=True))
#: How far ahead a reset may lie, in seconds: a window, a tenth of it, and five minutes.
LONGEST_RESETS = {name: length * 1.1 + 300.0 for name, length in LENGTHS.items()}
#: Resets that are closer together than this are the same, in seconds.
TOLERANCE = 60.0
#: No limit of Imgur is larger: the largest documented one is 12,500.
MAX_CREDITS = 10**9

#: Fields of :class:`Limits`, which are also columns of the ledger.
COLUMNS = tuple(f"{name}_{part}" for name in LIMITS for part in ("limit", "remaining", "reset_at"))

#: Names of each limit's headers: the limit itself, what remains of it, and its reset.
_HEADERS = {
    name: tuple(f"{prefix}{part}" for part in ("Limit", "Remaining", "Reset"))
    for name, prefix in (
        ("user", "X-RateLimit-User"),
        ("client", "X-RateLimit-Client"),
        ("post", "X-Post-Rate-Limit-"),
        ("requests", "X-RateLimit-Requests-"),
    )
}
_NUMBER = re.compile(r"[0-9]{1,64}(?:\.[0-9]{0,64})?")
#: Longest part of a header that is read as a number or a date.
_MAX_TEXT = 64
#: Epoch times above this are milliseconds.
_MILLISECONDS = 1e11
#: A larger offset of the server's clock is a wrong Date rather than another time zone.
_MAX_OFFSET = 23 * 3600.0
#: Longest wait that is read from ``Retry-After``: ten years in seconds, more than anybody waits.
_MAX_RETRY_AFTER = 315_360_000.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that one response reported; None for what it did not report. Resets are in UTC.

    Attributes
    ----------
    rejected : tuple of str
        Limits whose numbers were impossible, so that none of them is given.
    """

    user_limit: int | None = None
    user_remaining: int | None = None
    user_reset_at: dt.datetime | None = None
    client_limit: int | None = None
    client_remaining: int | None = None
    client_reset_at: dt.datetime | None = None
    post_limit: int | None = None
    post_remaining: int | None = None
    post_reset_at: dt.datetime | None = None
    requests_limit: int | None = None
    requests_remaining: int | None = None
    requests_reset_at: dt.datetime | None = None
    rejected: tuple[str, ...] = ()

    def exhausted_limit(self, cost: int = 1) -> str | None:
        """Return the limit that cannot pay a request, or None; the day comes first."""
        for name in ("client", "user", "post", "requests"):
            left = getattr(self, f"{name}_remaining")
            if left is not None and left < (1 if name == "post" else cost):
                return name
        return None


#: Limits of a response without limit headers.
NOT_REPORTED = Limits()


@dataclass(slots=True)
class ServerClock:
    """Offset between a server's clock and the session's, learned from each response's ``Date``.

    A response is made after its request was sent and before it arrives. The offset is moved no
    further than that takes: it stays exactly 0 where both clocks are right, however slow the
    responses are, and a wrong ``Date`` affects no other response.
    """

    offset: float = 0.0


def response_date(headers: Mapping[str, str], now: float) -> dt.datetime:
    """Return the response's ``Date``, or the session's time if it is missing or unreadable."""
    return _parse_date(headers.get("Date")) or utc(now)


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait, or None.

    Seconds may have fractions; a date is compared with the response's own. Imgur's edge sends
    ``Retry-After: 0`` with a 503, which means nothing.
    """
    text = headers.get("Retry-After")
    seconds = _number(text)
    if seconds is None:
        moment = _parse_date(text)
        if moment is None:
            return None
        seconds = (moment - response_date(headers, now)).total_seconds()
    return min(seconds, _MAX_RETRY_AFTER) if seconds > 0 else None


@functools.lru_cache(maxsize=16)  # the responses of one second have the same date
def _parse_date(text: str | None) -> dt.datetime | None:
    # The standard parser reads many plain numbers as a date, so a letter is required.
    if not text or not text.isascii() or not re.search("[A-Za-z]", text[:_MAX_TEXT]):
        return None
    try:
        return parsedate_to_datetime(text[:_MAX_TEXT]).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def read_limits(
    headers: Mapping[str, str],
    now: float,
    *,
    sent_at: float | None = None,
    clock: ServerClock | None = None,
) -> Limits:
    """Return the limits of a response's headers, with resets in the session's time.

    Parameters
    ----------
    headers : mapping
        Headers of the response; names are case-insensitive, as in requests.
    now : float
        Epoch seconds of the session's clock.
    sent_at : float, optional
        When the request was sent, by the session's clock; by default now.
    clock : ServerClock, optional
        Translates the server's times; by default one that knows this response only.

    Notes
    -----
    If one number of a limit is impossible, none of that limit is read.
    """
    sent_at, clock = now if sent_at is None else sent_at, clock or ServerClock()
    made_at = now
    if (moment := _parse_date(headers.get("Date"))) is not None:
        date = moment.timestamp()  # it is cut to whole seconds
        clock.offset = min(max(clock.offset, sent_at - date - 1), now - date)
        # The response was made after the request was sent, and not before its own date.
        made_at = min(max(sent_at, date + clock.offset), now)
    # If the offset is too large, the Date alone is probably wrong and the reset is not.
    offsets = [clock.offset] if abs(clock.offset) <= _MAX_OFFSET else [0.0, clock.offset]
    values: dict[str, int | dt.datetime | None] = {}
    rejected = []
    for name, parts in _HEADERS.items():
        texts = [headers.get(part) for part in parts]
        if not any(texts):
            continue
        limit, left, reset = map(_number, texts)
        total, remaining = (
            int(number) if number is not None and number.is_integer() else None
            for number in (limit, left)
        )
        try:
            most = MAX_CREDITS if total is None else total
            if (total or 0) > MAX_CREDITS or (remaining or 0) > most:
                raise _ImpossibleError
            reset_at = _reset(reset, made_at, offsets, LONGEST_RESETS[name])
        except _ImpossibleError:
            rejected.append(name)
            continue
        values[f"{name}_limit"] = total
        values[f"{name}_remaining"] = remaining
        values[f"{name}_reset_at"] = None if reset_at is None else utc(reset_at)
    return Limits(**values, rejected=tuple(rejected))  # type: ignore[arg-type]


class _ImpossibleError(ValueError):
    """A number that no limit of Imgur can have."""


def _number(text: str | None) -> float | None:
    """Return a plain decimal number, or None ("1e5", digits of other scripts).

    A window of POSTs without a POST has a reset of -2, which is none.
    """
    text = (text or "")[: 2 * _MAX_TEXT].strip()[:_MAX_TEXT]
    return float(text) if _NUMBER.fullmatch(text) else None


def _reset(
    number: float | None, made_at: float, offsets: list[float], max_seconds: float
) -> float | None:
    """Return a reset in the session's time, or None if there is none or it has just passed.

    The number is seconds to go, epoch seconds or epoch milliseconds. The likeliest offset of the
    server's clock comes first.
    """
    if number is None:
        return None
    if number <= max_seconds:
        return made_at + number
    epoch = number if number < _MILLISECONDS else number / 1000
    seconds_to_go = [epoch + offset - made_at for offset in offsets]
    for seconds in seconds_to_go:
        if -TOLERANCE <= seconds <= max_seconds:
            return made_at + seconds
    if any(-max_seconds <= seconds <= 0 for seconds in seconds_to_go):
        return None
    raise _ImpossibleError
