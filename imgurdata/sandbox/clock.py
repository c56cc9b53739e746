"""The sandbox's clock: it stands still until it is told to move."""

from __future__ import annotations

import datetime as dt
import math
import re
import threading
import time
from typing import Protocol, runtime_checkable

from imgurdata.errors import InvalidArgument

__all__ = ["DEFAULT_NOW", "Clock", "parse_instant", "parse_span"]

#: The instant at which a sandbox's clock stands when nobody says otherwise.
DEFAULT_NOW = dt.datetime(2026, 3, 1, 18, 0, tzinfo=dt.UTC)

_SECONDS = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "d": 86_400.0,
    "day": 86_400.0,
    "w": 604_800.0,
    "week": 604_800.0,
}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*,?", re.IGNORECASE)


@runtime_checkable
class _HasSeconds(Protocol):
    def total_seconds(self) -> float: ...


def parse_span(span: object) -> float:
    """Read a length of time.

    Parameters
    ----------
    span : object
        Seconds as a number, anything with ``total_seconds()`` (a timedelta, a pandas Timedelta),
        or text such as ``"1h"``, ``"90 min"``, ``"2 days 6h"``.

    Returns
    -------
    float
        Seconds, zero or more.

    Raises
    ------
    InvalidArgument
        It is negative, endless or not a length of time.

    Examples
    --------
    >>> parse_span("1h30min")
    5400.0
    """
    seconds = math.nan
    if isinstance(span, bool):
        pass
    elif isinstance(span, int | float):
        seconds = float(span)
    elif isinstance(span, str):
        seconds = _parse_text(span)
    elif isinstance(span, _HasSeconds):
        seconds = float(span.total_seconds())
    if not math.isfinite(seconds):
        raise InvalidArgument(
            f"{span!r} is not a length of time: give seconds, a timedelta or text like '1h' or "
            f"'2 days 6h' (units: {', '.join(_SECONDS)})"
        )
    if seconds < 0:
        raise InvalidArgument(f"the sandbox's clock cannot go back (asked for {span!r})")
    return seconds


def _parse_text(text: str) -> float:
    sign = -1.0 if text.lstrip().startswith("-") else 1.0
    rest = text.strip().lstrip("-")
    total, at = 0.0, 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None:
            return math.nan
        unit = found[2].lower()
        factor = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
        if factor is None:
            return math.nan
        total += float(found[1]) * factor
        at = found.end()
    return sign * total if at else math.nan


def parse_instant(now: object) -> dt.datetime:
    """Read the instant at which the clock starts.

    Parameters
    ----------
    now : object
        None (2026-03-01 18:00 UTC), a datetime (a pandas Timestamp is one) or ISO 8601 text.
        Without a time zone it is read as UTC.

    Returns
    -------
    datetime.datetime
        With time zone, cut to whole seconds: Imgur's times have no fractions.

    Raises
    ------
    InvalidArgument
        It is no instant.

    Examples
    --------
    >>> parse_instant("2024-05-01").isoformat()
    '2024-05-01T00:00:00+00:00'
    """
    if now is None:
        return DEFAULT_NOW
    moment = now
    if isinstance(moment, str):
        try:
            moment = dt.datetime.fromisoformat(moment)
        except ValueError:
            moment = None
    # pandas' NaT calls itself a datetime, but its year is no whole number.
    if not isinstance(moment, dt.datetime) or not isinstance(moment.year, int):
        raise InvalidArgument(f"now={now!r} is no instant: give a datetime or ISO 8601 text")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return dt.datetime.fromtimestamp(math.floor(moment.timestamp()), tz=dt.UTC)


class Clock:
    """A clock that stands still, or runs from where it was set.

    Parameters
    ----------
    start : datetime.datetime
        Where it starts.
    ticking : bool
        Whether real time moves it too.

    Examples
    --------
    >>> clock = Clock(DEFAULT_NOW)
    >>> clock.advance("1h")
    >>> clock.now().hour
    19
    """

    def __init__(self, start: dt.datetime, *, ticking: bool = False) -> None:
        self._start = start.timestamp()
        self._moved = 0.0
        self._since = time.monotonic() if ticking else None
        self._lock = threading.Lock()

    def time(self) -> float:
        """Return seconds since 1970, as ``time.time()`` does."""
        with self._lock:
            ran = 0.0 if self._since is None else time.monotonic() - self._since
            return self._start + self._moved + ran

    def now(self) -> dt.datetime:
        """Return the instant, in UTC."""
        return dt.datetime.fromtimestamp(self.time(), tz=dt.UTC)

    def advance(self, span: object) -> None:
        """Move the clock forward by a length of time (see `parse_span`)."""
        seconds = parse_span(span)
        with self._lock:
            self._moved += seconds
