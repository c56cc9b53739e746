"""Limit headers of an answer: a pure reading, with a table as its test.

API reference, Rate limits; recorded headers 2014-2025: the names come in any case, the reset of
the user's hour as epoch seconds (2014-17) or as seconds to go (2022-25), and any of them may be
missing, which means "not told", never zero.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from imgurdata._clock import utc

__all__ = [
    "LENGTHS",
    "LIMITS",
    "MOST",
    "TOLERANCE",
    "Limits",
    "ServerClock",
    "answer_date",
    "longest",
    "read_limits",
    "read_retry_after",
]

#: The three limits: of a user and hour, of an application and day, of POSTs and hour.
LIMITS = ("user", "client", "post")
#: How long a window of each lasts, in seconds.
LENGTHS = dict(zip(LIMITS, (3600.0, 86_400.0, 3600.0), strict=True))
#: Resets nearer to each other than this many seconds are one.
TOLERANCE = 60.0
#: No limit of Imgur is larger: the largest documented one is 12,500.
MOST = 10**9

_HEADERS = {
    "user": "X-RateLimit-User{}",
    "client": "X-RateLimit-Client{}",
    "post": "X-Post-Rate-Limit-{}",
}
_NUMBER = re.compile(r"-?[0-9]{1,64}(?:\.[0-9]{0,64})?")
#: Longest text of a header that is read as a number or a date; what is longer is cut.
_LONGEST_TEXT = 64
#: Epoch times above this are milliseconds.
_MILLISECONDS = 1e11
#: An offset of the server's clock that is larger is an error rather than another time zone.
_ABSURD = 23 * 3600.0
#: Longest wait that is read from ``Retry-After``: ten years in seconds, more than anybody waits.
_LONGEST_PAUSE = 315_360_000.0


def longest(length: float) -> float:
    """Return how far ahead the reset of a window may lie to be believed, in seconds.

    Parameters
    ----------
    length : float
        Length of the window in seconds.
    """
    return length * 1.1 + 300.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer told; None for what it did not tell. Resets are in UTC.

    Attributes
    ----------
    disbelieved : tuple of str
        Limits whose numbers were absurd, so that none of them is given.
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
    disbelieved: tuple[str, ...] = field(default=(), compare=False)

    def spent(self) -> str | None:
        """Return the limit of which nothing is left, if one was told: the application's first."""
        for name in ("client", "user", "post"):
            if getattr(self, f"{name}_remaining") == 0:
                return name
        return None

    def row(self) -> tuple[float | None, ...]:
        """Return the values in the order of the fields, times as epoch seconds."""
        return (
            self.user_limit, self.user_remaining, _epoch(self.user_reset_at),
            self.client_limit, self.client_remaining, _epoch(self.client_reset_at),
            self.post_limit, self.post_remaining, _epoch(self.post_reset_at),
        )  # fmt: skip

    def told(self) -> bool:
        """Return whether the answer said anything about credits."""
        return bool(self.disbelieved) or any(value is not None for value in self.row())


class ServerClock:
    """Offset between a server's clock and the session's, learned from each answer's ``Date``.

    An answer was made after its request was sent and before it arrived. The offset is moved no
    further than that takes, so it stays exactly 0 where both clocks are right, however slow the
    answers are, and an absurd ``Date`` moves no time outside of its own request.
    """

    def __init__(self) -> None:
        self.offset = 0.0

    def learn(self, date: float, began: float, now: float) -> float:
        """Return the offset after one more answer: session's clock less server's clock.

        Parameters
        ----------
        date : float
            Its ``Date`` in epoch seconds of the server, cut to whole seconds.
        began, now : float
            When the request was sent and the answer had arrived, by the session's clock.
        """
        self.offset = min(max(self.offset, began - date - 1), now - date)
        return self.offset


def answer_date(headers: Mapping[str, str], now: float) -> dt.datetime:
    """Return the answer's ``Date``; the session's clock where there is none or it can't be read."""
    return _parse_date(headers.get("Date")) or utc(now)


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that the answer asks to wait; None where it does not, or says 0.

    Both forms of HTTP: seconds (fractions too), or a date, which is compared with the answer's
    own. The edge's ``Retry-After: 0`` means nothing (recorded answers of 503).
    """
    text = headers.get("Retry-After")
    seconds = _number(text)
    if seconds is None:
        moment = _parse_date(text)
        if moment is None:
            return None
        seconds = (moment - answer_date(headers, now)).total_seconds()
    return min(seconds, _LONGEST_PAUSE) if seconds > 0 else None


def _parse_date(text: str | None) -> dt.datetime | None:
    # Without a letter it is no date, though the parser would find one in many numbers.
    if not text or not text.isascii() or not re.search("[A-Za-z]", text[:_LONGEST_TEXT]):
        return None
    return _parse_short_date(text[:_LONGEST_TEXT])


@functools.lru_cache(maxsize=64)  # of many answers in one second it is the same
def _parse_short_date(text: str) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _epoch(moment: dt.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def read_limits(
    headers: Mapping[str, str],
    now: float,
    *,
    began: float | None = None,
    clock: ServerClock | None = None,
) -> Limits:
    """Return the limits that an answer's headers tell, resets by the session's clock.

    Parameters
    ----------
    headers : mapping
        The answer's headers, under names in any case (requests' are case-insensitive).
    now : float
        The session's clock, in epoch seconds.
    began : float, optional
        When the request was sent, by the session's clock.
    clock : ServerClock, optional
        Translates the server's times; without it they are taken as they are.

    Notes
    -----
    Numbers that cannot be are not believed: then none of that limit is read.
    """
    date, offset = _epoch(_parse_date(headers.get("Date"))), 0.0
    if clock is None:
        now = began = now if date is None else date
    else:
        began = now if began is None else began
        offset = clock.offset if date is None else clock.learn(date, began, now)
    # Not before it was asked for, and not before its date.
    made = now if date is None else min(max(began, date + offset), now)
    # With an absurd offset it is rather the Date alone that is wrong.
    offsets = [offset] if abs(offset) <= _ABSURD else [0.0, offset]
    values: dict[str, int | dt.datetime | None] = {}
    disbelieved = []
    for name, template in _HEADERS.items():
        try:
            total = _count(headers.get(template.format("Limit")))
            remaining = _count(headers.get(template.format("Remaining")))
            reset = headers.get(template.format("Reset"))
            reset_at = _reset(reset, made, offsets, longest(LENGTHS[name]))
            if total is not None and remaining is not None and remaining > total:
                raise _AbsurdError
        except _AbsurdError:
            disbelieved.append(name)
            continue
        values[f"{name}_limit"] = total
        values[f"{name}_remaining"] = remaining
        values[f"{name}_reset_at"] = None if reset_at is None else utc(reset_at)
    return Limits(**values, disbelieved=tuple(disbelieved))  # type: ignore[arg-type]


class _AbsurdError(ValueError):
    """A number that no limit of Imgur can have."""


def _number(text: str | None) -> float | None:
    """Return a plain decimal number; None for what is none ("1e5", other scripts' digits)."""
    text = (text or "")[: 2 * _LONGEST_TEXT].strip()[:_LONGEST_TEXT]
    return float(text) if _NUMBER.fullmatch(text) else None


def _count(text: str | None) -> int | None:
    number = _number(text)
    if number is None or number < 0 or not number.is_integer():
        return None
    if number > MOST:
        raise _AbsurdError
    return int(number)


def _reset(text: str | None, made: float, offsets: list[float], most: float) -> float | None:
    """Return a reset by the session's clock; None where it is not told, or has just passed.

    Parameters
    ----------
    text : str or None
        Seconds to go, epoch seconds or epoch milliseconds.
    made : float
        When the answer was made, by the session's clock.
    offsets : list of float
        Of the server's clock, as well as they are known: the likeliest first.
    most : float
        Longest time to go that is believed.
    """
    number = _number(text)
    if number is None or number < 0:  # an untouched window of POSTs says -2
        return None
    if number <= most:
        return made + number
    epoch = number if number < _MILLISECONDS else number / 1000
    to_go = [epoch + offset - made for offset in offsets]
    for seconds in to_go:
        if -TOLERANCE <= seconds <= most:
            return made + seconds
    if any(-most <= seconds <= 0 for seconds in to_go):
        return None
    raise _AbsurdError
