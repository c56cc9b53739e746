"""Requests under way: sent where Ctrl-C cannot hit them, and waited for before files are closed.

Python raises KeyboardInterrupt in the main thread, between any two steps: after a request was paid
and before its answer is in the cache and the ledger, or inside a lock that then stays locked. So
what the main thread asks for is sent by a thread of its own, while the main thread only waits. An
interrupt ends the waiting; the request comes to its end, and its answer is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

from imgurdata._interrupts import defer_sigint, set_cancel_event

__all__ = ["InFlight"]

_T = TypeVar("_T")

#: How often the main thread looks for an interrupt, in seconds.
_LOOK = 0.05
#: How long closing waits for what is under way, in seconds.
_MAX_WAIT = 10.0


class InFlight:
    """Requests of one session that are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def run(self, send: Callable[[], _T]) -> _T:
        """Send a request: in this thread, or for the main thread in one of its own.

        Raises
        ------
        KeyboardInterrupt
            The main thread was interrupted. What only waits (for credits, for another try) gives
            up; what was sent comes to its end.
        """
        if threading.current_thread() is not threading.main_thread():
            with self._counted():
                return send()
        stop, done = threading.Event(), threading.Lock()
        came: list[_T] = []
        failed: list[BaseException] = []
        context = copy_context()
        set_cancel_event(context, stop)

        def work() -> None:
            try:
                with self._counted():
                    came.append(context.run(send))
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                failed.append(error)
            finally:
                done.release()

        with defer_sigint() as interrupts:
            done.acquire()
            # A daemon: a server that never ends its answer must not keep the interpreter alive.
            threading.Thread(target=work, name="imgurdata-request", daemon=True).start()
            try:
                while not done.acquire(timeout=_LOOK):
                    interrupts.check()
            except BaseException:
                stop.set()
                raise
            if failed:
                try:
                    raise failed[0]
                finally:
                    failed.clear()  # an error that its own frames hold would be kept alive
            return came[0]

    def drain(self) -> None:
        """Wait until nothing is under way: ten seconds at most, or until an interrupt."""
        ends = time.monotonic() + _MAX_WAIT
        with defer_sigint() as interrupts:
            while self._count and not interrupts.pending and time.monotonic() < ends:
                time.sleep(0.01)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1
