"""Cancel the waiting of a pull's threads: an interrupt reaches the main thread only."""

from __future__ import annotations

import threading
from contextvars import Context, ContextVar

__all__ = ["cancel_event", "set_cancel_event"]

_cancel_event: ContextVar[threading.Event | None] = ContextVar(
    "imgurdata_cancel_event", default=None
)


def set_cancel_event(context: Context, event: threading.Event) -> None:
    """Let an event cancel the waits of whatever runs in a context."""
    context.run(_cancel_event.set, event)


def cancel_event() -> threading.Event | None:
    """Return the event that cancels waits of the running thread, or None."""
    return _cancel_event.get()
