"""Ctrl-C at a moment that suits the data.

Python raises KeyboardInterrupt between any two steps of the main thread: inside a lock's Python
code, which then stays locked, or between a request and its entry in the ledger. The main thread
therefore defers the signal while it works, and raises it at points that it chooses.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from imgurdata._notebook import shorten_traceback

__all__ = ["Interrupts", "cancel_event", "defer_sigint", "explain_interrupt"]

#: Event that cancels the waits of the running thread, or None. An interrupt reaches the main thread
#: only: this reaches the threads of a pull, which run in a context that has it.
cancel_event: ContextVar[threading.Event | None] = ContextVar(
    "imgurdata_cancel_event", default=None
)


@dataclass(eq=False, repr=False)
class Interrupts:
    """Interrupts that came while they were deferred.

    The handler is the one that was replaced. It is None in threads, which are never interrupted.

    Attributes
    ----------
    pending : list
        Signals that came and were not raised yet, with their frames.
    """

    _handler: Callable[[int, Any], Any] | None = None
    pending: list[tuple[int, Any]] = field(default_factory=list)

    def check(self) -> None:
        """Raise an interrupt that came; call it where stopping loses nothing."""
        if self.pending and self._handler is not None:
            first = self.pending[0]
            self.pending.clear()
            self._handler(*first)

    def discard(self) -> None:
        """Forget pending interrupts: one is being raised already."""
        self.pending.clear()

    def _note(self, number: int, frame: Any) -> None:
        self.pending.append((number, frame))


#: Interrupts of the main thread, the only one that is ever interrupted.
_active: Interrupts | None = None


@contextmanager
def defer_sigint() -> Iterator[Interrupts]:
    """Defer Ctrl-C inside the block: ``check()`` raises it, at the latest at the end.

    Blocks nest: an inner ``check()`` raises as well. Other threads than the main one have nothing
    to defer.

    >>> with defer_sigint() as interrupts:
    ...     interrupts.pending
    []
    """
    global _active
    if threading.current_thread() is not threading.main_thread():
        yield Interrupts()
        return
    if _active is not None:
        yield _active
        return
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        yield Interrupts()
        return
    interrupts = Interrupts(handler)
    signal.signal(signal.SIGINT, interrupts._note)
    _active = interrupts
    try:
        yield interrupts
    finally:
        _active = None
        signal.signal(signal.SIGINT, handler)
        interrupts.check()


def explain_interrupt(stop: KeyboardInterrupt, text: str) -> None:
    """Give an interrupt a sentence that says what was kept, and a short traceback in IPython."""
    shorten_traceback(stop)
    if stop.args:
        stop.add_note(text)
    else:
        stop.args = (text,)
