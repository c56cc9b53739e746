"""Counts what one piece of work costs, however many threads it runs in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["UsageCounter", "counters", "metered"]


class UsageCounter:
    """Requests and credits of the block it was opened for."""

    def __init__(self) -> None:
        # Reentrant: what counts may be interrupted by the garbage collector, which counts too.
        self._lock = threading.RLock()
        self.requests = 0
        self.credits = 0

    def add(self, cost: int) -> None:
        """Count one real answer, and what it cost."""
        with self._lock:
            self.requests += 1
            self.credits += cost


_active: ContextVar[tuple[UsageCounter, ...]] = ContextVar("imgurdata_counters", default=())


@contextmanager
def metered() -> Iterator[UsageCounter]:
    """Count every real answer inside the block; blocks nest.

    Threads take part when they run in a copy of the block's context.
    """
    counter = UsageCounter()
    token = _active.set((*_active.get(), counter))
    try:
        yield counter
    finally:
        _active.reset(token)


def counters() -> tuple[UsageCounter, ...]:
    """Return the counters of the blocks that the running code is in."""
    return _active.get()
