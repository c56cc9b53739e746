"""Send one request for a key at a time, however many threads of this process want its answer.

Each request costs a credit, and the second answer would be the first one over again. A thread that
finds a request for the same key under way waits for it and then reads the cache; an answer that
could not be stored is shared. An error that
would meet the next request as well is raised for those who waited, too; an interrupt or a budget
that is used up concerns one thread alone, and the next one sends the request.

Two processes may still send the same request at the same moment: that costs a credit, and the later
answer is kept.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from imgurdata._interrupts import cancel_event
from imgurdata.errors import (
    ApiError,
    BadResponse,
    ConnectionFailed,
    CreditsExhausted,
    ImgurDataError,
)

__all__ = ["KeyLocks"]

_T = TypeVar("_T")

#: Errors that would meet the next request as well.
_SHARED = (ApiError, BadResponse, ConnectionFailed, CreditsExhausted)
#: A worker of a pull looks this often, in seconds, whether the pull was cancelled.
_LOOK = 0.1


class _Request(Generic[_T]):
    """Request under way."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: _T | None = None
        self.error: ImgurDataError | None = None


class KeyLocks(Generic[_T]):
    """Requests of one session that are under way, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[str, _Request[_T]] = {}
        self._thread = threading.local()

    def run(
        self, key: str, send: Callable[[], _T], *, read: Callable[[], _T | None],
        share: Callable[[_T], _T],
    ) -> _T:  # fmt: skip
        """Return the answer for a key: sent for here, or by another thread meanwhile.

        Parameters
        ----------
        key : str
        send : callable
            Sends the request. It reads the cache first, since the answer may have come meanwhile.
        read : callable
            Returns the fresh answer in the cache, or None.
        share : callable
            Returns another thread's answer as one of this thread's own.

        Raises
        ------
        ImgurDataError
            As ``send`` raised it, here or in the thread that was waited for.
        """
        if getattr(self._thread, "sends", False):
            return send()  # a request within a request: it must not wait for itself
        while (other := self._begin(key)) is not None:
            _wait(other.done)
            if other.error is not None:
                # A copy for each: raised in two threads, one object would mix their tracebacks.
                raise copy.copy(other.error) from None
            if (known := read()) is not None:
                return known
            if other.result is not None:
                return share(other.result)
        self._thread.sends = True
        result = error = None
        try:
            result = send()
            return result
        except _SHARED as failed:
            stop = cancel_event()
            error = failed if stop is None or not stop.is_set() else None
            raise
        finally:
            self._thread.sends = False
            self._end(key, result, error)

    def _begin(self, key: str) -> _Request[_T] | None:
        """Return the request that is under way; None if this thread's may begin."""
        with self._lock:
            other = self._requests.get(key)
            if other is None:
                self._requests[key] = _Request()
            return other

    def _end(self, key: str, result: _T | None, error: ImgurDataError | None) -> None:
        with self._lock:
            request = self._requests.pop(key)
        request.result, request.error = result, error
        request.done.set()


def _wait(done: threading.Event) -> None:
    stop = cancel_event()
    while not done.wait(_LOOK if stop is not None else None):
        if stop is not None and stop.is_set():
            raise ImgurDataError("The pull was ended while it waited for another one's answer.")
