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
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from imgurdata._interrupts import Interrupts, cancel_event
from imgurdata.errors import AuthenticationRequired, BadResponse, ImgurDataError, NotFound
from imgurdata.http.store import Resolved, State
from imgurdata.pulls.answers import (
    Answer,
    Check,
    KeptBlock,
    KnownRows,
    cached_answer,
    new_answer,
)
from imgurdata.pulls.requests import ListEnd

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["GROWTH", "Pager", "concerns_one_item"]

#: An interrupt is noticed this often while a pull waits, in seconds.
_POLL_INTERVAL = 0.1
#: New pages that must have come before one more is requested ahead of an open end.
GROWTH = 4


@dataclass(eq=False)
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
    list_end : ListEnd
        What is known of the list's end.
    check : callable
        Reads an answer's data, or raises the error of what is of no use.
    known : KnownRows, optional
        Rows at which the list may stop; they see each page before the next request is sent.
    of_items : bool
        Whether each answer is one item's: then an error that concerns only that one is yielded, as
        an answer without data.
    first_alone : bool
        Whether the first request is sent alone: its answer reports the credits.
    interrupts : Interrupts, optional
        Interrupts that came and are to be raised.
    """

    session: ImgurSession
    resolved: Iterator[Resolved | KeptBlock]
    list_end: ListEnd
    check: Check = lambda _: None
    _: KW_ONLY
    known: KnownRows | None = None
    of_items: bool = False
    first_alone: bool = True
    interrupts: Interrupts = field(default_factory=Interrupts)
    _next: Resolved | KeptBlock | None = None
    #: What follows the last answer that was yielded. What was sent, or has failed, is a future.
    _queue: deque[Answer | KeptBlock | Future[Answer]] = field(default_factory=deque)
    _in_flight: set[Future[Any]] = field(default_factory=set)
    _stopped: bool = False
    #: Answers that were not stored before; the longest answer, in bytes; whether the last is short.
    _new_pages: int = 0
    _longest: int = 0
    _is_short: bool = False
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _pool: ThreadPoolExecutor | None = None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._cancelled.set()
        if self._pool is None:
            return  # nothing was sent
        self._pool.shutdown(wait=False, cancel_futures=True)
        if kind is None or issubclass(kind, Exception):
            while waited := list(self._in_flight):
                wait(waited, timeout=_POLL_INTERVAL, return_when=FIRST_COMPLETED)
                self.interrupts.check()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[Answer | KeptBlock]:
        """Yield the answers; raise the first failure in order, after all answers before it."""
        self.interrupts.check()
        self._send_ahead()
        while self._queue:
            first = self._queue[0]
            try:
                while isinstance(first, Future) and not first.done():
                    self.interrupts.check()
                    # Whichever arrived makes room for the next, though it is not its turn yet.
                    self._send_ahead()
                    sent = [one for one in self._queue if isinstance(one, Future)]
                    in_flight = [one for one in sent if not one.done()]
                    wait(in_flight, timeout=_POLL_INTERVAL, return_when=FIRST_COMPLETED)
                answer = first.result() if isinstance(first, Future) else first
                is_last = self._is_end(answer)
                if is_last and answer.error is not None:
                    raise answer.error
            except Exception:
                self.interrupts.check()  # one that came before is raised in its place
                raise
            if answer.error is not None:
                answer.error.with_traceback(None)  # its frames would be kept as long as the pull
            self._queue.popleft()
            self.first_alone &= answer.origin == "cache"
            lengths = answer.lengths if isinstance(answer, KeptBlock) else [len(answer.data or b"")]
            self._longest = max(self._longest, *lengths)
            self._is_short = 2 * lengths[-1] < self._longest
            self._new_pages += answer.origin == "new"
            if is_last or (self.known is not None and self.known.look_at(answer.data)):
                self.stop()
            # Before the answer is used: decoding takes time in which requests can be in flight.
            self._send_ahead()
            yield answer
            if not self._queue:  # an interrupt may have kept what follows from being sent
                self.interrupts.check()
                self._send_ahead()

    def stop(self) -> None:
        """Send no further requests, and drop those in flight."""
        self._stopped = True
        while self._queue:
            if isinstance(dropped := self._queue.pop(), Future):
                dropped.cancel()

    def _send_ahead(self) -> None:
        """Fill the queue: with what the cache has, and with requests that may be sent now."""
        # What arrived or was read from the cache waits here in memory, so the queue has a length.
        most = 2 * self.session.workers
        while not (self._stopped or self.interrupts.pending) and len(self._queue) < most:
            if any(map(self._is_end, self._queue)):
                return
            resolved = self._next = self._next or next(self.resolved, None)
            entry: Answer | KeptBlock | Future[Answer] | None
            if resolved is None:
                return
            if isinstance(resolved, KeptBlock):
                entry = resolved
            elif not self._may_follow(resolved.state):
                return
            elif resolved.state is State.FRESH:
                # Read before its turn: an answer of no use is sent for like one that is missing.
                entry = self._read(resolved)
                if entry is None:
                    self._next = replace(resolved, state=State.MISSING)
                    continue
            else:
                if self._pool is None:
                    workers = self.session.workers
                    self._pool = ThreadPoolExecutor(workers, thread_name_prefix="imgurdata")
                # Each has a copy of the context, so that the costs are counted for the pull.
                context = copy_context()
                context.run(cancel_event.set, self._cancelled)
                task = partial(new_answer, self.session, resolved, self.check)
                entry = self._pool.submit(context.run, task)
                self._in_flight.add(entry)
                entry.add_done_callback(self._in_flight.discard)
            self._queue.append(entry)
            self._next = None

    def _read(self, resolved: Resolved) -> Answer | Future[Answer] | None:
        """Return an answer in the cache; None if it is of no use."""
        try:
            return cached_answer(self.session, resolved, self.check)
        except Exception as error:  # noqa: BLE001 - raised when it is its turn
            failed: Future[Answer] = Future()
            failed.set_exception(error)
            return failed

    def _may_follow(self, state: State) -> bool:
        """Return whether an answer may be read, or a request sent, behind those in the queue."""
        is_unknown = self.list_end is ListEnd.UNKNOWN
        sent = [entry for entry in self._queue if isinstance(entry, Future)]
        # Answers that arrived count, too, if they may lie behind an end that is not seen yet.
        ahead = len(self._queue) if is_unknown else sum(not future.done() for future in sent)
        if not ahead:
            return True  # sent in any case: it tells why it cannot be paid
        if is_unknown and len(sent) < ahead:
            return False  # an answer from the cache may turn out to be the end when it is used
        if state is State.FRESH:
            return True
        most = self.session.workers
        if self.first_alone:
            most = 1
        elif state is not State.MISSING and self.known is None:
            pass  # what is stored was there: a list that was loaded before is revalidated at once
        elif self._is_short and self.list_end is not ListEnd.KNOWN:
            most = 1  # a short page is not the end (recorded lists), but it is seldom far from it
        elif is_unknown:
            most = min(most, 1 + self._new_pages // GROWTH)
        if ahead >= most:
            return False
        can_be_paid = self.session.credits.max_in_flight()  # looks at the ledger: called last
        return can_be_paid is None or ahead < can_be_paid

    def _is_end(self, entry: Answer | KeptBlock | Future[Answer]) -> bool:
        """Return whether an answer is a failure, or an empty page: nothing after it is wanted."""
        if isinstance(entry, Future):
            if not entry.done():
                return False
            if entry.exception() is not None:
                return True
            entry = entry.result()
        if entry.error is not None:
            return not (self.of_items and concerns_one_item(entry.error))
        return entry.is_empty and self.list_end is not ListEnd.KNOWN


def concerns_one_item(error: ImgurDataError) -> bool:
    """Return whether an error concerns one item only, so that the rest can be loaded.

    Imgur refuses an item in its own envelope. A 401 or 403 in any other form comes from a server
    before it, and is a block.
    """
    if isinstance(error, AuthenticationRequired):
        in_envelope = '"data"' in error.body or '"errors"' in error.body
        return error.status in {401, 403} and in_envelope
    return isinstance(error, (NotFound, BadResponse))
