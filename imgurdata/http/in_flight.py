"""Requests under way: one for a key at a time, and none that Ctrl-C can break off.

Each request costs a credit, and the second answer would be the first one over again. A thread that
finds a request for the same key under way waits for it and then reads the cache; an answer that
could not be stored is shared. An error that would meet the next request as well is raised for
those who waited, too; an interrupt or a budget that is used up concerns one thread alone, and the
next one sends the request; so it does where the other's answer was in the cache, and is too old for
it. Two processes may still send the same request at the same moment: that costs a credit, and the
later answer is kept.

Python raises KeyboardInterrupt in the main thread, between any two steps: after a request was paid
and before its answer is in the cache and the ledger, or inside a lock that then stays locked. So
a request of the main thread is sent by a thread of its own, while the main thread only waits. An
interrupt ends the waiting; the request comes to its end, and its answer is kept.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, TypeVar

from imgurdata._interrupts import cancel_event, defer_sigint
from imgurdata.errors import (
    ApiError,
    BadResponse,
    ConnectionFailed,
    CreditsExhausted,
    ImgurDataError,
)

__all__ = ["CLOSED", "InFlight"]

#: What is said of a session that was closed.
CLOSED = "This session is closed: imgurdata.connect() again."

_T = TypeVar("_T")

#: How often the main thread looks for an interrupt, in seconds.
_POLL_INTERVAL = 0.05
#: How often a worker of a pull looks whether the pull was cancelled, in seconds.
_PULL_POLL_INTERVAL = 0.1
#: How long closing waits for what is under way, in seconds.
_MAX_WAIT = 10.0
#: Errors that would meet the next request as well.
_SHARED = (ApiError, BadResponse, ConnectionFailed, CreditsExhausted)


class InFlight(Generic[_T]):
    """Requests of one session that are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: By key; one that is shared with nobody is its own key.
        self._requests: dict[object, Future[_T | None]] = {}
        self._closed = False
        self._thread = threading.local()

    def run(
        self,
        send: Callable[[], _T],
        key: object = None,
        *,
        share: Callable[[_T | None], _T | None] = lambda result: result,
    ) -> _T:
        """Return the answer to a request: sent for here, or by another thread meanwhile.

        Parameters
        ----------
        send : callable
            Sends the request. It reads the cache first, since the answer may have come meanwhile.
        key : object
            Requests with the same key are shared; None: it is sent in any case.
        share : callable
            Returns the answer for a thread that has waited, given what the other one got; None: it
            sends a request, too.

        Raises
        ------
        ImgurDataError
            As ``send`` raised it, here or in the thread that was waited for; or it was closed.
        KeyboardInterrupt
            The main thread was interrupted. What only waits (for credits, for another try) gives
            up; what was sent comes to its end.
        """
        if threading.current_thread() is threading.main_thread():
            return _in_own_thread(partial(self.run, send, key, share=share))
        if getattr(self._thread, "sends", False):
            return send()  # a request within a request: it must not wait for itself
        own: Future[_T | None] = Future()
        place = own if key is None else key
        while True:
            with self._lock:
                if self._closed:
                    raise ImgurDataError(CLOSED)
                other = self._requests.setdefault(place, own)
            if other is own:
                break
            _wait(other)
            if (failed := other.exception()) is not None:
                # A copy for each: raised in two threads, one object would mix their tracebacks.
                raise copy.copy(failed) from None
            if (shared := share(other.result())) is not None:
                return shared
        result: _T | None = None
        error: ImgurDataError | None = None
        self._thread.sends = True
        try:
            result = send()
            return result
        except _SHARED as shared_error:
            stop = cancel_event.get()
            error = shared_error if stop is None or not stop.is_set() else None
            raise
        finally:
            self._thread.sends = False
            with self._lock:
                del self._requests[place]
            if error is None:
                own.set_result(result)
            else:
                own.set_exception(error)

    def close(self) -> None:
        """Refuse new requests, and wait until nothing is under way.

        Ten seconds at most, or until an interrupt.
        """
        ends = time.monotonic() + _MAX_WAIT
        with defer_sigint() as interrupts:
            with self._lock:
                self._closed = True
            while self._requests and not interrupts.pending and time.monotonic() < ends:
                time.sleep(0.01)


def _in_own_thread(send: Callable[[], _T]) -> _T:
    """Send a request in a thread of its own; wait where an interrupt is raised at once."""
    stop, done = threading.Event(), threading.Lock()
    came: list[_T] = []
    failed: list[BaseException] = []
    context = copy_context()
    context.run(cancel_event.set, stop)

    def work() -> None:
        try:
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
            while not done.acquire(timeout=_POLL_INTERVAL):
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


def _wait(request: Future[Any]) -> None:
    stop = cancel_event.get()
    while not wait([request], _PULL_POLL_INTERVAL if stop is not None else None).done:
        if stop is not None and stop.is_set():
            raise ImgurDataError("The pull was ended while it waited for another one's answer.")
