"""Clock of a session: the machine's, or a sandbox's."""

from __future__ import annotations

import datetime as dt
import http.client
import threading
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

__all__ = ["LATEST", "Clock", "LoopbackClock", "SystemClock", "utc"]

#: Latest time that is read from a file, in epoch seconds: the year 5138.
LATEST = 1e11

#: A loopback server whose time differs by more is a sandbox with a clock of its own; in seconds.
_SIMULATED = 86_400.0
#: Real seconds between two looks at such a clock.
_POLL_INTERVAL = 0.02


class Clock(Protocol):
    """Clock that tells the time and waits; tests and the sandbox bring their own."""

    def now(self) -> float:
        """Return epoch seconds."""

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Wait for a number of seconds, or until ``stop`` is set."""


class SystemClock:
    """Clock of the machine."""

    def now(self) -> float:
        """Return epoch seconds."""
        return time.time()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Wait; Ctrl-C ends it, and in another thread ``stop`` does."""
        if stop is None:
            time.sleep(seconds)
        else:
            stop.wait(seconds)


class LoopbackClock(SystemClock):
    """Clock of a session on a server of this machine: a sandbox's, if the server is one.

    A sandbox of another process has a clock of its own, which its answers' ``Date`` tells. It is
    followed from :meth:`synchronize` on, which a collector calls. Any other server's time is within
    a day of this machine's, and is not followed.

    Parameters
    ----------
    url : str
        Address of the server.
    """

    #: As a response hook: it changes no answer, so that what was stored is what is used.
    only_reads = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._offset: float | None = None

    @property
    def follows(self) -> bool:
        """Whether the server was found to have a clock of its own."""
        return self._offset is not None

    def now(self) -> float:
        """Return epoch seconds by the server's clock."""
        return super().now() + (self._offset or 0.0)

    def __call__(self, response: Any, **_: Any) -> None:
        """Follow the ``Date`` of an answer, as a response hook."""
        self._follow(response.headers.get("Date"))

    def _follow(self, date: str | None) -> None:
        """Follow a ``Date``; that of a cached answer is older and changes nothing."""
        offset = self._offset_of(date)
        if self._offset is not None and offset is not None and offset > self._offset:
            self._offset = offset

    def _offset_of(self, date: str | None) -> float | None:
        try:
            return parsedate_to_datetime(date or "").timestamp() - super().now()
        except (ValueError, TypeError, OverflowError):
            return None

    def synchronize(self) -> None:
        """Ask the server for its time; costs no credit. Without an answer nothing changes."""
        date = None
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"{self._url}/", method="HEAD")  # noqa: S310 - loopback
        try:
            with opener.open(request, timeout=5) as answer:
                date = answer.headers.get("Date")
        except urllib.error.HTTPError as error:
            with error:
                date = error.headers.get("Date")
        except (OSError, http.client.HTTPException):
            return
        offset = self._offset_of(date)
        if self._offset is None and offset is not None and abs(offset) > _SIMULATED:
            self._offset = offset
        self._follow(date)

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Wait until the server's clock has moved on, or for real."""
        if not self.follows:
            super().sleep(seconds, stop)
            return
        end = self.now() + seconds
        while self.now() < end and not (stop is not None and stop.is_set()):
            self.synchronize()
            super().sleep(min(_POLL_INTERVAL, max(end - self.now(), 0.0)), stop)


def utc(seconds: float) -> dt.datetime:
    """Return epoch seconds as an aware time in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
