"""One request for a key, however many threads of this process ask for it at once.

Each request costs a credit, and the second answer would be the first one over again. Whoever asks
while a request for the same key is under way waits for it, and shares what comes of it: the answer,
or an error that tells of the request. What tells of the one who asked (an interrupt, a budget that
is used up) is theirs alone: then one of those who wait takes over.

Between processes nothing is shared: two of them may ask at the same moment. That costs a credit,
and both get a whole answer; the later one is kept.
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

__all__ = ["SingleFlight"]

_T = TypeVar("_T")

#: Errors that would meet whoever asks next as well.
_SHARED = (ApiError, BadResponse, ConnectionFailed, CreditsExhausted)
#: A worker of a pull looks this often, in seconds, whether the pull was given up.
_LOOK = 0.1


class _Flight(Generic[_T]):
    """A request under way."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.answer: _T | None = None
        self.error: ImgurDataError | None = None


class SingleFlight(Generic[_T]):
    """The requests of one session that are under way, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight[_T]] = {}
        self._mine = threading.local()

    def run(self, key: str, ask: Callable[[], _T], share: Callable[[_T], _T]) -> _T:
        """The answer for a key: asked for, or shared with whoever is asking already.

        Parameters
        ----------
        key
            Requests with the same one have the same answer.
        ask
            Sends it.
        share
            Makes of the answer one for another thread.

        Raises
        ------
        ImgurDataError
            As ``ask`` raised it, here or where it ran.
        """
        if getattr(self._mine, "asking", False):
            # A hook of a request asks again: whoever leads never waits, so no two wait for each
            # other.
            return ask()
        while True:
            with self._lock:
                flight = self._flights.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if leads:
                return self._lead(key, flight, ask)
            _wait(flight.landed)
            if flight.error is not None:
                # A copy for each: raised in two threads, one object would mix their tracebacks.
                raise copy.copy(flight.error) from None
            if flight.answer is not None:
                return share(flight.answer)

    def _lead(self, key: str, flight: _Flight[_T], ask: Callable[[], _T]) -> _T:
        self._mine.asking = True
        try:
            flight.answer = ask()
        except _SHARED as error:
            stop = cancel_event()
            if stop is None or not stop.is_set():
                flight.error = error
            raise
        finally:
            self._mine.asking = False
            with self._lock:
                del self._flights[key]
            flight.landed.set()
        return flight.answer


def _wait(landed: threading.Event) -> None:
    """Until a request is through; Ctrl-C ends it, and so does the end of the pull."""
    stop = cancel_event()
    while not landed.wait(_LOOK if stop is not None else None):
        if stop is not None and stop.is_set():
            raise ImgurDataError("The pull was ended while it waited for another one's answer.")
