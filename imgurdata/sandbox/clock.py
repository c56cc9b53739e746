"""The sandbox's clock, which stands still until it is advanced."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import threading
import time

from imgurdata._validate import duration, refuse

__all__ = ["DEFAULT_NOW", "Clock", "parse_instant"]

#: Default start of a sandbox's clock.
DEFAULT_NOW = dt.datetime(2026, 3, 1, 18, 0, tzinfo=dt.UTC)

#: The years that it can show: all its times must be positive epoch seconds and dates of four
#: digits, and tokens live for ten years.
_FIRST, _LAST = 1971, 2999
_END = dt.datetime(_LAST + 1, 1, 1, tzinfo=dt.UTC).timestamp()


def parse_instant(now: object) -> dt.datetime:
    """Return the start of the clock, cut to whole seconds: Imgur's times have no fractions.

    Parameters
    ----------
    now : datetime, str or None
        None is 2026-03-01 18:00 UTC. A pandas Timestamp is a datetime; text is ISO 8601. Without
        a time zone it is UTC.

    Raises
    ------
    InvalidArgument
        It is no time, or of an invalid year.

    Examples
    --------
    >>> parse_instant("2024-05-01").isoformat()
    '2024-05-01T00:00:00+00:00'
    """
    if now is None:
        return DEFAULT_NOW
    moment: object = now
    start = None
    with contextlib.suppress(ValueError, ArithmeticError):
        if isinstance(moment, str):
            moment = dt.datetime.fromisoformat(moment)
        # pandas' NaT calls itself a datetime, but its year is no whole number.
        if isinstance(moment, dt.datetime) and _FIRST <= moment.year <= _LAST:
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=dt.UTC)
            start = dt.datetime.fromtimestamp(math.floor(moment.timestamp()), tz=dt.UTC)
    if start is None:
        years = f"{_FIRST} to {_LAST}"
        refuse("now", f"a datetime or ISO 8601 text of the years {years}, or None", now)
    return start


class Clock:
    """A clock that is advanced by hand and, if `ticking`, by real time too.

    Examples
    --------
    >>> clock = Clock(DEFAULT_NOW)
    >>> clock.advance("1h")
    >>> clock.now().hour
    19
    """

    def __init__(self, start: dt.datetime, *, ticking: bool = False) -> None:
        self._time = start.timestamp()
        self._since = time.monotonic() if ticking else None
        self._lock = threading.Lock()

    def time(self) -> float:
        """Return seconds since 1970, as ``time.time()`` does."""
        with self._lock:
            ran = 0.0 if self._since is None else time.monotonic() - self._since
            return self._time + ran

    def now(self) -> dt.datetime:
        """Return the instant, in UTC."""
        return dt.datetime.fromtimestamp(self.time(), tz=dt.UTC)

    def advance(self, span: object) -> None:
        """Move the clock forward by a duration.

        Raises
        ------
        InvalidArgument
            It is no duration, or leads beyond the year 2999.
        """
        seconds = duration("span", span, example="'1h'", most=_END)
        with self._lock:
            if self._time + seconds >= _END:
                refuse("span", f"a duration that ends before the year {_LAST + 1}", span)
            self._time += seconds
