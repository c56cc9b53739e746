"""Counts what one piece of work costs, however many threads it runs in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Meter", "count", "metered"]


class Meter:
    """Requests and credits of the block it was opened for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.credits = 0

    def add(self, cost: int) -> None:
        """One real answer, and what it cost."""
        with self._lock:
            self.requests += 1
            self.credits += cost


_active: ContextVar[tuple[Meter, ...]] = ContextVar("imgurdata_meters", default=())


@contextmanager
def metered() -> Iterator[Meter]:
    """Count every real answer inside the block; blocks nest.

    Threads take part when they run in a copy of the block's context.
    """
    meter = Meter()
    token = _active.set((*_active.get(), meter))
    try:
        yield meter
    finally:
        _active.reset(token)


def count(cost: int) -> None:
    """Called by the transport for each real answer."""
    for meter in _active.get():
        meter.add(cost)
