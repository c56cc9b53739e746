"""Request the pages and items of one pull, in order, a few at once.

Decides which requests are in flight and when to stop; knows nothing of records. What arrived stays
in the session's cache whatever happens, so a pull that breaks goes on from there next time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from imgurdata._interrupts import Interrupts, set_cancel_event
from imgurdata.errors import ApiError, ImgurDataError
from imgurdata.http.resolve import Resolved, State
from imgurdata.pulls.answers import Answer, Check, cached_answer, new_answer, read_cached
from imgurdata.pulls.blocks import KnownBlock
from imgurdata.pulls.lookahead import ListEnd, Lookahead

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["Pager"]

#: An interrupt is noticed this often while a pull waits, in seconds.
_LOOK = 0.1


@dataclass(slots=True)
class _Entry:
    """Place in the queue; ``state`` is what the cache had before a request was sent, if one was."""

    future: Future[Answer]
    state: State | None = None
    #: Of an answer from the cache: what it is asked by, should it be of no use.
    resolved: Resolved | None = None

    @property
    def sent(self) -> bool:
        return self.state is not None


class Pager:
    """Iterator over answers in the order of their requests, whatever arrives first.

    Also a context manager. Call :meth:`took` when an answer was used. Leaving the context waits for
    requests in flight (they are paid, and go into the cache), except after an interrupt: then they
    still go into the cache when they arrive. Waits for credits and retries are cancelled in both
    cases. An interrupt is raised within a tenth of a second.

    Parameters
    ----------
    session : ImgurSession
    resolved : iterator of Resolved or KnownBlock
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
        Whether the first request is sent alone: it tells the credits.
    interrupts : Interrupts, optional
        Interrupts that came and are to be raised.
    """

    def __init__(
        self,
        session: ImgurSession,
        resolved: Iterator[Resolved | KnownBlock],
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
        self._next: tuple[Resolved | KnownBlock, Future[Answer] | None] | None = None
        self._lookahead = lookahead
        self._check = check
        self._is_last = is_last
        self._is_empty = is_empty
        self._tolerates = tolerates
        self._alone = first_alone
        self._interrupts = interrupts or Interrupts()
        self._under_way: set[Future[Any]] = set()
        self._queue: deque[_Entry] = deque()
        self._head_came = False
        self._over = False
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
            while waited := list(self._under_way):
                wait(waited, timeout=_LOOK, return_when=FIRST_COMPLETED)
                self._interrupts.check()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[Answer]:
        return self

    def __next__(self) -> Answer:
        """Return the next answer; raise the first failure in order, after all answers before it."""
        self._interrupts.check()
        if self._head_came:
            self.took()
        self._refill()
        if not self._queue:
            raise StopIteration
        head = self._queue[0]
        self._read(head)
        while not head.future.done():
            # Whichever arrives first makes room for the next, though it is not its turn yet.
            under_way = [entry.future for entry in self._queue if not entry.future.done()]
            wait(under_way, timeout=_LOOK, return_when=FIRST_COMPLETED)
            self._interrupts.check()
            if not head.future.done():  # else it is looked at first: it may be the end
                self._refill()
        answer = head.future.result()
        self._note(head, answer)
        # Before the answer is used, since decoding takes time in which requests can be in flight.
        self._refill()
        return answer

    def _read(self, head: _Entry) -> None:
        """Read an answer from the cache, now that it is its turn; ask for it if it is of no use."""
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

    def took(self) -> None:
        """Drop the answer returned last: it was used."""
        if self._head_came:
            self._queue.popleft()
            self._head_came = False

    def stop(self) -> None:
        """Send no further requests, and drop those in flight."""
        self._over = True
        while len(self._queue) > self._head_came:
            self._queue.pop().future.cancel()

    def landed(self) -> Iterator[Answer]:
        """Yield answers that arrived and were not used, in order, up to the first missing one."""
        while self._queue and self._queue[0].future.done():
            future = self._queue[0].future
            if future.cancelled() or future.exception() is not None:
                return
            if not self._head_came:
                self._note(self._queue[0], future.result())
            yield future.result()
            self.took()

    def _note(self, head: _Entry, answer: Answer) -> None:
        self._head_came = True
        if head.sent:
            self._alone = False
        for length in answer.lengths:
            self._lookahead.saw(length, new=head.state is State.MISSING)
        if self._is_last(answer):
            self.stop()

    def _refill(self) -> None:
        # What was read from the cache waits here in memory, so the queue has a length.
        while not self._over and len(self._queue) < 2 * self._lookahead.workers:
            if self._next is None:
                resolved = next(self._resolved, None)
                if resolved is None:
                    self._over = True
                    return
                self._next = (resolved, self._from_cache(resolved))
            resolved, from_cache = self._next
            # What is gone or of no use after all is asked for.
            state = State.MISSING if resolved.state is State.FRESH else resolved.state
            if from_cache is not None:
                late = None if isinstance(resolved, KnownBlock) else resolved
                self._queue.append(_Entry(from_cache, resolved=late))
            elif isinstance(resolved, Resolved) and self._may_send(state):
                self._queue.append(_Entry(self._submit(partial(self._ask, resolved)), state))
            else:
                return
            self._next = None

    def _may_send(self, state: State) -> bool:
        behind = list(self._queue)[self._head_came :]
        at_most = 1 if self._alone else self._lookahead.max_in_flight(state)
        if self._lookahead.list_end is ListEnd.UNKNOWN:
            if not all(entry.sent for entry in behind):
                return False  # an answer from the cache may turn out to be the end
            # Answers that arrived count, too: they may lie behind an end that is not seen yet.
            in_flight = len(behind)
            return in_flight < at_most and self._can_be_paid(in_flight)
        in_flight = sum(not entry.future.done() for entry in behind)
        if in_flight >= at_most or not self._can_be_paid(in_flight):
            return False
        return not any(self._ends_list(entry.future) for entry in behind)

    def _can_be_paid(self, in_flight: int) -> bool:
        """Return whether one more can; the first is sent in any case, and tells why not."""
        if not in_flight:
            return True
        paid = self._session.credits.max_in_flight()  # looks at the ledger: asked last
        return paid is None or in_flight < paid

    def _ends_list(self, future: Future[Answer]) -> bool:
        """Return whether what came before its turn is a failure or a page behind the end."""
        if not future.done():
            return False
        return future.exception() is not None or self._is_empty(future.result())

    def _submit(self, function: Callable[[], Answer]) -> Future[Answer]:
        # A copy of the context each, so that usage counters opened around the pull count here too.
        context = copy_context()
        set_cancel_event(context, self._stop)
        future = self._pool.submit(context.run, function)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def _ask(self, resolved: Resolved) -> Answer:
        try:
            answer = new_answer(self._session, resolved, self._check)
        except ApiError as error:
            answer = Answer(resolved.request, None, None, "new", error)
        return self._tolerated(answer)

    def _from_cache(self, resolved: Resolved | KnownBlock) -> Future[Answer] | None:
        """Return the answer in the cache, in the form of what is sent: a failure keeps its turn.

        It is read when it is its turn, since the rows of many would take much memory.
        """
        future: Future[Answer] = Future()
        if isinstance(resolved, KnownBlock):
            future.set_result(Answer.of_block(resolved))
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
            future.set_result(self._tolerated(answer))
        except ImgurDataError as failed:
            future.set_exception(failed)
        return future

    def _tolerated(self, answer: Answer) -> Answer:
        """Return an answer whose error, if any, is one item's alone; else raise the error."""
        if answer.error is None:
            return answer
        if not self._tolerates(answer.error):
            raise answer.error
        # Its frames would be kept as long as the pull.
        return replace(answer, error=answer.error.with_traceback(None))
