"""Request the pages and items of one pull, in order, a few at once.

Decides which requests are in flight and when to stop; knows nothing of records. What arrived stays
in the session's cache whatever happens, so a pull that breaks goes on from there next time.

Every page requested behind the end of a list costs a credit and gives nothing. What is known of the
end decides: nothing lies behind a number of ids; a list that is loaded "until the end" may end at
any page, so it is first loaded page by page.
"""

from __future__ import annotations

import enum
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from imgurdata._interrupts import Interrupts, cancel_event
from imgurdata.errors import ApiError, ImgurDataError
from imgurdata.http.store import Resolved, State
from imgurdata.pulls.answers import (
    Answer,
    Check,
    KeptBlock,
    cached_answer,
    new_answer,
    read_cached,
)

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["GROWTH", "ListEnd", "Lookahead", "Pager"]

#: An interrupt is noticed this often while a pull waits, in seconds.
_LOOK = 0.1


#: New pages that must have come before one more is requested ahead of an open end.
GROWTH = 4


class ListEnd(enum.Enum):
    """Knowledge of where a list ends."""

    KNOWN = "every request is wanted"
    """Ids, or pages up to an end that is known: nothing can be wasted."""
    REQUESTED = "that many pages, if the list has them"
    """A number of pages: at most ``workers - 1`` of them behind an end that comes earlier."""
    UNKNOWN = "until the end, wherever it is"
    """At most one behind the end for each four new pages, and at most ``workers - 1``."""


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
class _Entry:
    """Place in the queue; ``state`` is what the cache had before a request was sent, if one was."""

    future: Future[Answer]
    state: State | None = None
    #: Of an answer from the cache: what it is asked by, should it be of no use.
    resolved: Resolved | None = None


class Pager:
    """Answers in the order of their requests, whatever arrives first; iterate over it once.

    Also a context manager. Call :meth:`used` when the answer yielded last is in the frame. Leaving
    the context waits for requests in flight (they are paid, and go into the cache), except after an
    interrupt: then they still go into the cache when they arrive. Waits for credits and retries are
    cancelled in both cases. An interrupt is raised within a tenth of a second.

    Parameters
    ----------
    session : ImgurSession
    resolved : iterator of Resolved or KeptBlock
        Requests, and what the cache knows of them; may have no end, then it is stopped. A block
        stands for several answers, and is returned as one.
    lookahead : Lookahead
        Decides how many requests may be in flight.
    check : callable
        Reads an answer's data, or raises the error of what is of no use.
    is_last : callable, optional
        Called with each answer in order, before the next request is sent: returns whether nothing
        behind it is wanted.
    is_empty : callable, optional
        Returns whether an answer holds nothing: then the list has ended, though answers before it
        are still under way.
    tolerates : callable, optional
        Returns whether an error is one item's alone: then an answer without data is given.
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
        *,
        check: Check = lambda _: None,
        is_last: Callable[[Answer], bool] = lambda _: False,
        is_empty: Callable[[Answer], bool] = lambda _: False,
        tolerates: Callable[[ImgurDataError], bool] = lambda _: False,
        first_alone: bool = True,
        interrupts: Interrupts | None = None,
    ) -> None:
        self._session = session
        self._resolved = resolved
        self._next: tuple[Resolved | KeptBlock, Future[Answer] | None] | None = None
        self._lookahead = lookahead
        self._check = check
        self._is_last = is_last
        self._is_empty = is_empty
        self._tolerates = tolerates
        self._first_alone = first_alone
        self._interrupts = interrupts or Interrupts()
        self._in_flight: set[Future[Any]] = set()
        self._queue: deque[_Entry] = deque()
        #: Whether the first answer of the queue was yielded, and is being used.
        self._head_yielded = False
        self._stopped = False
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(lookahead.workers, thread_name_prefix="imgurdata")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if kind is None or issubclass(kind, Exception):
            while waited := list(self._in_flight):
                wait(waited, timeout=_LOOK, return_when=FIRST_COMPLETED)
                self._interrupts.check()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the answers; raise the first failure in order, after all answers before it."""
        self._interrupts.check()
        self._refill()
        while self._queue:
            head = self._queue[0]
            self._read(head)
            while not head.future.done():
                # Whichever arrives first makes room for the next, though it is not its turn yet.
                in_flight = [entry.future for entry in self._queue if not entry.future.done()]
                wait(in_flight, timeout=_LOOK, return_when=FIRST_COMPLETED)
                self._interrupts.check()
                if not head.future.done():  # else it is looked at first: it may be the end
                    self._refill()
            answer = head.future.result()
            self._look_at(head, answer)
            # Before the answer is used: decoding takes time in which requests can be in flight.
            self._refill()
            yield answer
            if self._head_yielded:
                self.used()
            self._interrupts.check()
            self._refill()

    def _read(self, head: _Entry) -> None:
        """Read an answer from the cache, now that it is its turn; fetch it if it is of no use."""
        resolved = head.resolved
        if resolved is None or head.future.exception() is not None:
            return
        read: Future[Answer] = Future()
        try:
            answer = read_cached(self._session, head.future.result(), self._check)
            if answer is None:
                head.state = State.MISSING
                read = self._submit(partial(self._ask, resolved))
            else:
                read.set_result(answer)
        except ImgurDataError as error:
            read = self._failed(resolved, error)
        head.future, head.resolved = read, None

    def used(self) -> None:
        """Drop the answer that was yielded last: it is in the frame."""
        self._queue.popleft()
        self._head_yielded = False

    def stop(self) -> None:
        """Send no further requests, and drop those in flight."""
        self._stopped = True
        while len(self._queue) > self._head_yielded:
            self._queue.pop().future.cancel()

    def arrived(self) -> Iterator[Answer]:
        """Yield answers that arrived and were not used, in order, up to the first missing one."""
        while self._queue and self._queue[0].future.done():
            future = self._queue[0].future
            if future.cancelled() or future.exception() is not None:
                return
            if not self._head_yielded:
                self._look_at(self._queue[0], future.result())
            yield future.result()
            self.used()

    def _look_at(self, head: _Entry, answer: Answer) -> None:
        """Decide by the next answer what may be sent after it."""
        self._head_yielded = True
        if head.state is not None:
            self._first_alone = False
        for length in answer.lengths:
            self._lookahead.add(length, new=head.state is State.MISSING)
        if self._is_last(answer):
            self.stop()

    def _refill(self) -> None:
        # What was read from the cache waits here in memory, so the queue has a length.
        while not self._stopped and len(self._queue) < 2 * self._lookahead.workers:
            if self._next is None:
                resolved = next(self._resolved, None)
                if resolved is None:
                    self._stopped = True
                    return
                self._next = (resolved, self._from_cache(resolved))
            resolved, from_cache = self._next
            # What is gone or of no use after all is fetched.
            state = State.MISSING if resolved.state is State.FRESH else resolved.state
            if from_cache is not None:
                late = None if isinstance(resolved, KeptBlock) else resolved
                self._queue.append(_Entry(from_cache, resolved=late))
            elif isinstance(resolved, Resolved) and self._may_send(state):
                self._queue.append(_Entry(self._submit(partial(self._ask, resolved)), state))
            else:
                return
            self._next = None

    def _may_send(self, state: State) -> bool:
        behind = list(self._queue)[self._head_yielded :]
        if self._lookahead.list_end is ListEnd.UNKNOWN:
            if any(entry.state is None for entry in behind):
                return False  # an answer from the cache may turn out to be the end
            # Answers that arrived count, too: they may lie behind an end that is not seen yet.
            in_flight = len(behind)
        else:
            arrived = [entry.future for entry in behind if entry.future.done()]
            # A failure, or a page behind the end: nothing after it is wanted.
            if any(one.exception() is not None or self._is_empty(one.result()) for one in arrived):
                return False
            in_flight = len(behind) - len(arrived)
        if in_flight >= (1 if self._first_alone else self._lookahead.max_in_flight(state)):
            return False
        if not in_flight:
            return True  # sent in any case: it tells why it cannot be paid
        can_be_paid = self._session.credits.max_in_flight()  # looks at the ledger: called last
        return can_be_paid is None or in_flight < can_be_paid

    def _submit(self, function: Callable[[], Answer]) -> Future[Answer]:
        # A copy of the context each, so that usage counters opened around the pull count here too.
        context = copy_context()
        context.run(cancel_event.set, self._stop)
        future = self._pool.submit(context.run, function)
        self._in_flight.add(future)
        future.add_done_callback(self._in_flight.discard)
        return future

    def _ask(self, resolved: Resolved) -> Answer:
        try:
            answer = new_answer(self._session, resolved, self._check)
        except ApiError as error:
            answer = Answer(resolved.request, None, None, "new", error)
        return answer if answer.error is None else self._tolerated(answer, answer.error)

    def _from_cache(self, resolved: Resolved | KeptBlock) -> Future[Answer] | None:
        """Return the answer in the cache, in the form of what is sent: a failure keeps its turn.

        It is read when it is its turn, since the rows of many would take much memory.
        """
        future: Future[Answer] = Future()
        if isinstance(resolved, KeptBlock):
            future.set_result(Answer(resolved.requests[0], None, None, "cache", block=resolved))
            return future
        try:
            answer = cached_answer(self._session, resolved, None)
            if answer is None:
                return None
            future.set_result(answer)
        except ImgurDataError as error:
            return self._failed(resolved, error)
        return future

    def _failed(self, resolved: Resolved, error: ImgurDataError) -> Future[Answer]:
        future: Future[Answer] = Future()
        try:
            answer = Answer(resolved.request, None, None, "cache", error)
            future.set_result(self._tolerated(answer, error))
        except ImgurDataError as failed:
            future.set_exception(failed)
        return future

    def _tolerated(self, answer: Answer, error: ImgurDataError) -> Answer:
        """Return an answer whose error is one item's alone; else raise the error."""
        if not self._tolerates(error):
            raise error
        # Its frames would be kept as long as the pull.
        return replace(answer, error=error.with_traceback(None))
