"""The clock a session lives by: the machine's, or a sandbox's."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Protocol

__all__ = ["Clock", "SystemClock", "utc"]


class Clock(Protocol):
    """What tells the time and waits; tests and the sandbox bring their own."""

    def now(self) -> float:
        """Epoch seconds."""

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Let that much time go by, or less once ``stop`` is set."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Really wait; Ctrl-C ends it, and in another thread ``stop`` does."""
        if stop is None:
            time.sleep(seconds)
        else:
            stop.wait(seconds)


def utc(seconds: float) -> dt.datetime:
    """Epoch seconds as an aware time in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
