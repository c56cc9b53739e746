"""Request the pages and items of one pull, in order, a few at once.

Decides which requests are in flight and when to stop; knows nothing of records. What arrived stays
in the session's cache whatever happens, so a pull that breaks goes on from there next time.

Every page requested behind the end of a list costs a credit and gives nothing. What is known of the
end decides: nothing lies behind a number of ids; a list that is loaded "until the end" may end at
any page, so it is first loaded page by page.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata._interrupts import Interrupts, cancel_event
from imgurdata.errors import AuthenticationRequired, BadResponse, ImgurDataError, NotFound
from imgurdata.http.store import Resolved, State, Stored
from imgurdata.pulls.answers import (
    SHORT,
    Answer,
    Check,
    KeptBlock,
    Watch,
    cached_answer,
    is_empty_list,
    new_answer,
)
from imgurdata.pulls.requests import ListEnd

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["GROWTH", "Lookahead", "Pager", "concerns_one_item"]

#: An interrupt is noticed this often while a pull waits, in seconds.
_LOOK = 0.1


#: New pages that must have come before one more is requested ahead of an open end.
GROWTH = 4


@dataclass(slots=True)
class Lookahead:
    """Limit of the requests in flight, adapted to each answer in order.

    Parameters
    ----------
    workers : int
        Most requests in flight.
    list_end : ListEnd
        What is known of the end.
    stored_is_there : bool
        Whether a page that is stored, though stale, is expected to be there still: then a list
        that was loaded before is revalidated at full width. Not where few of its pages are wanted.
    """

    workers: int
    list_end: ListEnd
    stored_is_there: bool = True
    _new_pages: int = 0
    _longest: int = 0
    _is_short: bool = False

    def max_in_flight(self, state: State) -> int:
        """Return how many requests may be in flight, the next one (in this state) among them."""
        if self.list_end is ListEnd.KNOWN:
            return self.workers
        stored = state in {State.STALE, State.STALE_NO_VALIDATOR}
        if stored and self.stored_is_there:
            return self.workers
        # A short page is not the end (recorded lists), but it is seldom far from it.
        if self._is_short:
            return 1
        if self.list_end is ListEnd.REQUESTED:
            return self.workers
        return min(self.workers, 1 + self._new_pages // GROWTH)

    def add(self, length: int, *, new: bool) -> None:
        """Count an answer: its length in bytes, and whether it was not stored before."""
        self._new_pages += new
        self._longest = max(self._longest, length)
        self._is_short = 2 * length < self._longest


@dataclass(slots=True)
class _Queued:
    """Place in the queue: what the cache knew, and the request that was sent, if one was."""

    resolved: Resolved | KeptBlock
    future: Future[Answer] | None = None


class Pager(AbstractContextManager["Pager"]):
    """Answers in the order of their requests, whatever arrives first; iterate over it once.

    An interrupt is raised within a tenth of a second, when all that had arrived was yielded.

    Also a context manager. Leaving the context waits for requests in flight (they are paid, and go
    into the cache), except after an interrupt: then they still go into the cache when they arrive.
    Waits for credits and retries are cancelled in both cases.

    Parameters
    ----------
    session : ImgurSession
    resolved : iterator of Resolved or KeptBlock
        Requests, and what the cache knows of them; may have no end, then it is stopped. A block
        stands for several answers, and is yielded as one.
    lookahead : Lookahead
        Decides how many requests may be in flight.
    check : callable
        Reads an answer's data, or raises the error of what is of no use.
    watch : Watch, optional
        Tells the end of the list, of each answer in order, before the next request is sent.
    of_items : bool
        Whether each answer is one item's: then an error that concerns only that one is yielded, as
        an answer without data.
    first_alone : bool
        Whether the first request is sent alone: its answer reports the credits.
    interrupts : Interrupts, optional
        Interrupts that came and are to be raised.
    """

    def __init__(
        self,
        session: ImgurSession,
        resolved: Iterator[Resolved | KeptBlock],
        lookahead: Lookahead,
        check: Check = lambda _: None,
        *,
        watch: Watch | None = None,
        of_items: bool = False,
        first_alone: bool = True,
        interrupts: Interrupts | None = None,
    ) -> None:
        self._session = session
        self._resolved = resolved
        self._next: Resolved | KeptBlock | None = None
        self._lookahead = lookahead
        self._check = check
        self._watch = watch
        self._of_items = of_items
        self._first_alone = first_alone
        self._interrupts = interrupts or Interrupts()
        self._queue: deque[_Queued] = deque()
        self._in_flight: set[Future[Any]] = set()
        self._stopped = False
        self._cancelled = threading.Event()
        self._pool = ThreadPoolExecutor(lookahead.workers, thread_name_prefix="imgurdata")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._cancelled.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if kind is None or issubclass(kind, Exception):
            while waited := list(self._in_flight):
                wait(waited, timeout=_LOOK, return_when=FIRST_COMPLETED)
                self._interrupts.check()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[Answer | KeptBlock]:
        """Yield the answers; raise the first failure in order, after all answers before it."""
        self._interrupts.check()
        self._send_ahead()
        while self._queue:
            entry = self._queue[0]
            try:
                answer = self._answer_to(entry)
            except Exception:
                self._interrupts.check()  # one that came before is raised in its place
                raise
            self._queue.popleft()
            is_new = False
            if entry.future is not None:
                self._first_alone = False
                is_new = entry.resolved.state in {State.MISSING, State.FRESH}
            lengths = answer.lengths if isinstance(answer, KeptBlock) else [len(answer.data or b"")]
            for length in lengths:
                self._lookahead.add(length, new=is_new)
            if self._watch is not None and self._watch.is_last(answer):
                self.stop()
            # Before the answer is used: decoding takes time in which requests can be in flight.
            self._send_ahead()
            yield answer
            if not self._queue:  # an interrupt may have kept what follows from being sent
                self._interrupts.check()
                self._send_ahead()

    def stop(self) -> None:
        """Send no further requests, and drop those in flight."""
        self._stopped = True
        while self._queue:
            if (future := self._queue.pop().future) is not None:
                future.cancel()

    def _answer_to(self, entry: _Queued) -> Answer | KeptBlock:
        """Return the answer whose turn it is: from the cache, or when it has arrived."""
        resolved, answer = entry.resolved, None
        if isinstance(resolved, KeptBlock):
            return resolved
        if entry.future is None:
            # Read only now, since the rows of many would take much memory.
            answer = cached_answer(self._session, resolved, self._check)
        if answer is None:
            if entry.future is None:  # what is in the cache was of no use
                self._interrupts.check()
                entry.future = self._send(resolved)
            while not entry.future.done():
                self._interrupts.check()
                # Whichever arrived makes room for the next, though it is not its turn yet.
                self._send_ahead()
                sent = [one.future for one in self._queue if one.future is not None]
                in_flight = [future for future in sent if not future.done()]
                wait(in_flight, timeout=_LOOK, return_when=FIRST_COMPLETED)
            answer = entry.future.result()
        if answer.error is not None:
            if not (self._of_items and concerns_one_item(answer.error)):
                raise answer.error
            answer.error.with_traceback(None)  # its frames would be kept as long as the pull
        return answer

    def _send_ahead(self) -> None:
        """Fill the queue: with what the cache has, and with requests that may be sent now."""
        most = 2 * self._lookahead.workers
        while not (self._stopped or self._interrupts.pending) and len(self._queue) < most:
            resolved = self._next = self._next or next(self._resolved, None)
            if resolved is None:
                return
            future = None
            if isinstance(resolved, Resolved) and resolved.state is not State.FRESH:
                if not self._may_send(resolved.state):
                    return
                future = self._send(resolved)
            self._queue.append(_Queued(resolved, future))
            self._next = None

    def _may_send(self, state: State) -> bool:
        """Return whether a request may be sent behind those in the queue."""
        unknown = self._lookahead.list_end is ListEnd.UNKNOWN
        unread = any(entry.future is None for entry in self._queue)
        if unread and (unknown or self._first_alone):
            return False  # an answer from the cache may turn out to be the end, or of no use
        if unknown:
            # Answers that arrived count, too: they may lie behind an end that is not seen yet.
            in_flight = len(self._queue)
        else:
            if any(map(self._may_end, self._queue)):
                return False
            sent = [entry.future for entry in self._queue if entry.future is not None]
            in_flight = sum(not future.done() for future in sent)
        if in_flight >= (1 if self._first_alone else self._lookahead.max_in_flight(state)):
            return False
        if not in_flight:
            return True  # sent in any case: it tells why it cannot be paid
        can_be_paid = self._session.credits.max_in_flight()  # looks at the ledger: called last
        return can_be_paid is None or in_flight < can_be_paid

    def _may_end(self, entry: _Queued) -> bool:
        """Return whether an answer is a failure, or an empty page: nothing after it is wanted."""
        resolved, future, watch = entry.resolved, entry.future, self._watch
        answer: Answer | KeptBlock
        if isinstance(resolved, KeptBlock):
            answer = resolved
        elif future is None:  # in the cache, and not read yet
            if not isinstance(resolved.cached, Stored):
                return not self._of_items
            if watch is None:
                return False
            try:
                return (resolved.cached.length or len(resolved.cached.body())) <= SHORT
            except ImgurDataError:
                return True  # it fails, or is fetched, when it is its turn
        elif not future.done():
            return False
        elif future.exception() is not None:
            return True
        elif (error := (answer := future.result()).error) is not None:
            return not (self._of_items and concerns_one_item(error))
        return watch is not None and is_empty_list(answer, watch.record)

    def _send(self, resolved: Resolved) -> Future[Answer]:
        # A copy of the context each, so that usage counters opened around the pull count here too.
        context = copy_context()
        context.run(cancel_event.set, self._cancelled)
        future = self._pool.submit(context.run, new_answer, self._session, resolved, self._check)
        self._in_flight.add(future)
        future.add_done_callback(self._in_flight.discard)
        return future


def concerns_one_item(error: ImgurDataError) -> bool:
    """Return whether an error concerns one item only, so that the rest can be loaded.

    Imgur refuses an item in its own envelope. A 401 or 403 in any other form comes from a server
    before it, and is a block.
    """
    if isinstance(error, AuthenticationRequired):
        in_envelope = '"data"' in error.body or '"errors"' in error.body
        return error.status in {401, 403} and in_envelope
    return isinstance(error, (NotFound, BadResponse))
