"""Pages and items of one pull, in order, a few at once.

Decides which request is under way and when to stop; knows nothing of records. What arrived stays
in the session's cache whatever happens, so a pull that breaks goes on from there next time.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from imgurdata._interrupts import Interrupts, set_cancel_event
from imgurdata.credits.limits import answer_date
from imgurdata.errors import ApiError, ImgurDataError
from imgurdata.http.freshness import State
from imgurdata.model.envelope import data_of
from imgurdata.pulls.lookahead import ListEnd, Lookahead

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["Answer", "Ask", "Check", "Pager", "Step"]

_T = TypeVar("_T")

#: An interrupt is noticed this often while a pull waits, in seconds.
_LOOK = 0.1

#: Gives the error of an answer's ``data`` that is of no use; None for a good one.
Check = Callable[[bytes], ImgurDataError | None]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a pull: a page of a list, or an item by its id."""

    label: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came for it.

    Attributes
    ----------
    data
        JSON bytes of the answer's ``data``; None where there is no such item.
    fetched_at
        When Imgur last confirmed it.
    origin
        ``"cache"`` (no request), ``"revalidated"`` (304), ``"changed"`` (200 for a stale one) or
        ``"new"``.
    error
        Why there is no data.
    """

    ask: Ask
    data: bytes | None
    fetched_at: dt.datetime | None
    origin: str
    error: ImgurDataError | None = None


@dataclass(slots=True)
class Step:
    """A request, and what it takes.

    Attributes
    ----------
    kept
        The answer, where it is fresh in the cache: no request is needed. Or why it can't be read.
    """

    ask: Ask
    state: State
    kept: Answer | ImgurDataError | None = None


@dataclass(slots=True)
class _Entry:
    step: Step
    future: Future[Answer]

    @property
    def sent(self) -> bool:
        return self.step.kept is None


class Pager:
    """Answers in the order of what was asked, whatever arrives first.

    A context manager and an iterator; :meth:`took` is called when an answer was used. Leaving the
    context waits for what is under way (it is paid, and goes into the cache), except when it is
    left by an interrupt: then it ends at once, and what is under way still goes into the cache
    when it arrives. What only waits (for credits, for another try) gives up in both cases.

    An interrupt that comes meanwhile is raised between two waits, of a tenth of a second each.

    Parameters
    ----------
    session
        Who asks.
    steps
        What to ask, and what each takes; may have no end, then it is stopped.
    lookahead
        How many may be under way.
    ends
        Told of each answer in order, before the next request is sent: whether it is the last one.
    nothing
        Whether an answer is empty: what comes before its turn may tell so that the list has ended.
    alone
        Whether the first request is sent alone: it tells the credits.
    check
        Tells what a new answer is not good for; such an answer is forgotten.
    forget
        Forgets the stored answer to a request.
    tolerates
        Whether an error is one item's alone: then an answer without data is given instead.
    interrupts
        Interrupts that came and are to be raised.
    """

    def __init__(
        self,
        session: ImgurSession,
        steps: Iterable[Step],
        lookahead: Lookahead,
        *,
        ends: Callable[[Answer], bool] | None = None,
        nothing: Callable[[Answer], bool] | None = None,
        alone: bool = True,
        check: Check | None = None,
        forget: Callable[[Ask], None] | None = None,
        tolerates: Callable[[ImgurDataError], bool] | None = None,
        interrupts: Interrupts | None = None,
    ) -> None:
        self._session = session
        self._steps = iter(steps)
        self._next: Step | None = None
        self._lookahead = lookahead
        self._ends = ends or (lambda _: False)
        self._nothing = nothing or (lambda _: False)
        self._alone = alone
        self._check = check or (lambda _: None)
        self._forget = forget or (lambda _: None)
        self._tolerates = tolerates or (lambda _: False)
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
        """The next answer; raises the first failure in order, after all answers before it."""
        self._interrupts.check()
        if self._head_came:
            self.took()
        self._refill()
        if not self._queue:
            raise StopIteration
        head = self._queue[0]
        while not head.future.done():
            # Whoever is back first makes room for the next, though it is not its turn yet.
            under_way = [entry.future for entry in self._queue if not entry.future.done()]
            wait(under_way, timeout=_LOOK, return_when=FIRST_COMPLETED)
            self._interrupts.check()
            if not head.future.done():  # else it is looked at first: it may be the end
                self._refill()
        answer = head.future.result()
        self._note(head, answer)
        # Before the answer is used: decoding it takes time in which the network need not wait.
        self._refill()
        return answer

    def took(self) -> None:
        """The answer given last is used and need not be kept."""
        if self._head_came:
            self._queue.popleft()
            self._head_came = False

    def stop(self) -> None:
        """Ask for nothing more; what is under way is not given out."""
        self._over = True
        while len(self._queue) > self._head_came:
            self._queue.pop().future.cancel()

    def landed(self) -> Iterator[Answer]:
        """What came already and was not used, in order, up to the first that did not come."""
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
        self._lookahead.saw(
            len(answer.data or b""), new=head.sent and head.step.state is State.MISSING
        )
        if self._ends(answer):
            self.stop()

    def _refill(self) -> None:
        workers = self._lookahead.workers
        # What was read from the cache waits here in memory, so the queue has a length.
        while not self._over and len(self._queue) < 2 * workers:
            step = self._next = self._next or next(self._steps, None)
            if step is None:
                self._over = True
                return
            if step.kept is not None:
                self._queue.append(_Entry(step, self._ready(step.ask, step.kept)))
            elif self._may_send(step):
                self._queue.append(_Entry(step, self._send(step.ask)))
            else:
                return
            self._next = None

    def _may_send(self, step: Step) -> bool:
        behind = list(self._queue)[self._head_came :]
        if self._lookahead.list_end is ListEnd.UNKNOWN and not all(entry.sent for entry in behind):
            return False  # what was read from the cache may tell the end
        room = 1 if self._alone else self._lookahead.max_in_flight(step.state)
        if self._lookahead.list_end is ListEnd.UNKNOWN:
            # What is back already counts too: it is behind an end that may yet be told.
            under_way = sum(entry.sent for entry in behind)
            return under_way < room and self._can_be_paid(under_way)
        under_way = sum(not entry.future.done() for entry in behind)
        if under_way >= room or not self._can_be_paid(under_way):
            return False
        return not any(self._is_no_way_on(entry.future) for entry in behind)

    def _can_be_paid(self, under_way: int) -> bool:
        """Whether one more can; the first is sent in any case, and tells why not."""
        if not under_way:
            return True
        paid = self._session.credits.room()  # looks at the ledger: asked last
        return paid is None or under_way < paid

    def _is_no_way_on(self, future: Future[Answer]) -> bool:
        """Whether what came before its turn is a failure or a page behind the end."""
        if not future.done():
            return False
        return future.exception() is not None or self._nothing(future.result())

    def _send(self, ask: Ask) -> Future[Answer]:
        return self._submit(lambda: self._answer(ask))

    def _submit(self, function: Callable[[], _T]) -> Future[_T]:
        # A copy of the context each, so that meters opened around the pull count here too.
        context = copy_context()
        set_cancel_event(context, self._stop)
        future = self._pool.submit(context.run, function)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def _answer(self, ask: Ask) -> Answer:
        session = self._session
        try:
            response = session.get(ask.path, params=dict(ask.query) or None)
        except ApiError as error:
            return self._without_data(ask, error, "new")
        data = data_of(response.content, status=response.status_code, request=ask.path)
        if (useless := self._check(data)) is not None:
            self._forget(ask)
            return self._without_data(ask, useless, "new")
        if response.from_cache:
            origin = "revalidated" if response.revalidated else "cache"
        else:
            was = getattr(response, "cache_state", State.MISSING)
            origin = "new" if was is State.MISSING else "changed"
        return Answer(ask, data, answer_date(response.headers, session.clock.now()), origin)

    def _without_data(self, ask: Ask, error: ImgurDataError, origin: str) -> Answer:
        """Return an answer without data where the error is one item's alone, else raise it."""
        if not self._tolerates(error):
            raise error
        # Its frames would be kept as long as the pull.
        return Answer(ask, None, None, origin, error.with_traceback(None))

    def _ready(self, ask: Ask, kept: Answer | ImgurDataError) -> Future[Answer]:
        """What the cache gave, in the form of what was sent for: a failure keeps its turn."""
        future: Future[Answer] = Future()
        try:
            if isinstance(kept, ImgurDataError):
                kept = self._without_data(ask, kept, "cache")
            future.set_result(kept)
        except ImgurDataError as error:
            future.set_exception(error)
        return future
