"""Ends the waiting of a pull's threads: Ctrl-C reaches the main thread only."""

from __future__ import annotations

import threading
from contextvars import Context, ContextVar

__all__ = ["halt", "halted_by"]

_halt: ContextVar[threading.Event | None] = ContextVar("imgurdata_halt", default=None)


def halted_by(context: Context, stop: threading.Event) -> None:
    """What runs in a context waits no longer once ``stop`` is set."""
    context.run(_halt.set, stop)


def halt() -> threading.Event | None:
    """What ends a wait of the running thread early; None: nothing does."""
    return _halt.get()
