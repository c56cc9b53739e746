"""What the headers of an answer say about credits: a pure reading, with a table as its test.

API reference, Rate limits; recorded headers 2014-2025: the names come in any case, the reset of
the user's hour as epoch seconds (2014-17) or as seconds to go (2022-25), and any of them may be
missing, which means "not told", never zero.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from email.utils import parsedate_to_datetime

from imgurdata.client.clock import utc

__all__ = ["LIMITS", "Limits", "answer_date", "read_limits", "read_retry_after"]

#: The three limits: of a user and hour, of an application and day, of POSTs and hour.
LIMITS = ("user", "client", "post")

_HEADERS = {
    "user": "X-RateLimit-User{}",
    "client": "X-RateLimit-Client{}",
    "post": "X-Post-Rate-Limit-{}",
}
#: Below this it is seconds to go, above it epoch seconds, above the next milliseconds.
_RELATIVE = 1_000_000_000
_MILLISECONDS = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer told; None for what it did not tell. Resets are in UTC."""

    user_limit: int | None = None
    user_remaining: int | None = None
    user_reset_at: dt.datetime | None = None
    client_limit: int | None = None
    client_remaining: int | None = None
    client_reset_at: dt.datetime | None = None
    post_limit: int | None = None
    post_remaining: int | None = None
    post_reset_at: dt.datetime | None = None

    def spent(self) -> str | None:
        """The limit of which nothing is left, if one was told: the application's first."""
        for name in ("client", "user", "post"):
            if getattr(self, f"{name}_remaining") == 0:
                return name
        return None

    def row(self) -> tuple[float | None, ...]:
        """The values in the order of the fields, times as epoch seconds."""
        return (
            self.user_limit, self.user_remaining, _epoch(self.user_reset_at),
            self.client_limit, self.client_remaining, _epoch(self.client_reset_at),
            self.post_limit, self.post_remaining, _epoch(self.post_reset_at),
        )  # fmt: skip

    def told(self) -> bool:
        """Whether the answer said anything about credits."""
        return any(getattr(self, field.name) is not None for field in fields(self))


def answer_date(headers: Mapping[str, str], now: float) -> dt.datetime:
    """The answer's ``Date``; the session's clock where there is none or it can't be read."""
    return _parse_date(headers.get("Date") or "") or utc(now)


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the answer asks to wait; None where it does not, or says 0.

    Both forms of HTTP: seconds, or a date. The edge's ``Retry-After: 0`` means nothing (recorded
    answers of 503).
    """
    text = (headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12]) or None
    moment = _parse_date(text)
    if moment is None:
        return None
    seconds = (moment - answer_date(headers, now)).total_seconds()
    return seconds if seconds > 0 else None


@functools.lru_cache(maxsize=64)  # of many answers in one second it is the same
def _parse_date(text: str) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _epoch(moment: dt.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def read_limits(headers: Mapping[str, str], now: float) -> Limits:
    """The limits that an answer's headers tell.

    Parameters
    ----------
    headers
        The answer's headers, under names in any case (requests' are case-insensitive).
    now
        The session's clock, in epoch seconds, for answers without a ``Date``.
    """
    date = answer_date(headers, now)
    values: dict[str, int | dt.datetime | None] = {}
    for name, template in _HEADERS.items():
        values[f"{name}_limit"] = _count(headers.get(template.format("Limit")))
        values[f"{name}_remaining"] = _count(headers.get(template.format("Remaining")))
        values[f"{name}_reset_at"] = _reset(headers.get(template.format("Reset")), date)
    return Limits(**values)  # type: ignore[arg-type]


def _count(text: str | None) -> int | None:
    try:
        number = int(text) if text is not None else None
    except ValueError:
        return None
    return number if number is None or number >= 0 else None


def _reset(text: str | None, date: dt.datetime) -> dt.datetime | None:
    try:
        value = float(text) if text is not None else -1.0
        if not 0 <= value < _MILLISECONDS * 10:
            return None  # an untouched window of POSTs says -2
        if value < _RELATIVE:
            return date + dt.timedelta(seconds=value)
        return utc(value if value < _MILLISECONDS else value / 1000)
    except (ValueError, OverflowError):
        return None
