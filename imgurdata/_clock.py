"""Clock of a session: the machine's, or a sandbox's."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Protocol

__all__ = ["Clock", "SystemClock", "utc"]


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


def utc(seconds: float) -> dt.datetime:
    """Return epoch seconds as an aware time in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
