"""Reservations: each request holds its credits from before it is sent until it is settled.

A reservation is settled once, whatever happens: answered, abandoned (the request was sent, and
nobody waits for the answer) or cancelled (it never reached Imgur). The ledger's lock is entered by
``with`` alone, and no Condition is used: an interrupt inside its Python code would leave the lock
held. Each waiting thread has a lock of its own.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import Any, Self

from imgurdata._clock import Clock, utc
from imgurdata._interrupts import cancel_event
from imgurdata._process import OwningProcess
from imgurdata.auth.principal import Principal
from imgurdata.credits import limits as admission
from imgurdata.credits.headers import Limits, ServerClock, read_limits
from imgurdata.credits.limits import WAIT, Budget, Refusal, Shortage, UsageCounter
from imgurdata.credits.messages import exhausted
from imgurdata.credits.store import LedgerStore
from imgurdata.credits.windows import MAX_FLIGHT, Key, KnownLimits, LimitState, key_of
from imgurdata.errors import ImgurDataError

__all__ = ["Reservation", "Reservations"]

logger = logging.getLogger(__name__)

#: How often a request that waits for others looks whether its pull was cancelled, in seconds.
_POLL = 0.1


class Outcome(Enum):
    """How a request ended."""

    ANSWERED = auto()
    ABANDONED = auto()
    CANCELLED = auto()


class _Reference(weakref.ref["Reservation"]):
    """Weak reference that knows the number of its reservation."""

    __slots__ = ("number",)
    number: int


@dataclass(frozen=True, slots=True)
class _Request:
    """Request in flight, and what it holds; ``seen`` is the newest answer when it began."""

    who: Principal
    endpoint: str
    method: str
    cost: int
    needs: Mapping[Key, int]
    budgets: tuple[Budget, ...]
    counters: tuple[UsageCounter, ...]
    began: float
    seen: int
    # Kept here, since a reference that dies together with its object is not called.
    reference: _Reference


class Reservation:
    """Credits that a request holds until it is settled; a context manager.

    Only the first settling counts. A reservation that is left by an exception is abandoned, and
    so is one that nobody refers to any more because its thread has died.
    """

    __slots__ = ("__weakref__", "_number", "_reservations")

    def __init__(self, reservations: Reservations, number: int) -> None:
        self._reservations = reservations
        self._number = number

    def read(self, headers: Mapping[str, str]) -> Limits:
        """Return the limits that the answer's headers report."""
        return self._reservations.read(self._number, headers)

    def answered(self, *, status: int, cost: int, limits: Limits) -> None:
        """Write the answer: its status, what it cost, and the limits it reported."""
        self._reservations.settle(self._number, Outcome.ANSWERED, status, cost, limits)

    def abandon(self) -> None:
        """Count the documented cost: the request was sent, and nobody waits for its answer."""
        self._reservations.settle(self._number, Outcome.ABANDONED)

    def cancel(self) -> None:
        """Count nothing: the request did not reach Imgur, or Imgur broke off."""
        self._reservations.settle(self._number, Outcome.CANCELLED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reservations.settle(self._number, Outcome.ABANDONED)


class Reservations:
    """Requests in flight of one ledger, and the credits that are left for others.

    The budgets and reserves of ``owner``, the ledger, count. ``on_spent_day`` is called after an
    answer that reports that the application's day is used up. ``gateway`` says that requests are
    those of a plan of the commercial gateway, where POSTs have no limit of their own.
    """

    def __init__(
        self,
        owner: object,
        process: OwningProcess,
        store: LedgerStore,
        host: str,
        identity: Callable[[], Principal],
        clock: Clock,
        on_spent_day: Callable[[], None],
        gateway: bool,
    ) -> None:
        self._owner = owner
        self._gateway = gateway
        self._process = process
        self._store = store
        self._host = host
        self._identity = identity
        self._clock = clock
        self._on_spent_day = on_spent_day
        self._requests: dict[int, _Request] = {}
        self._dropped: deque[_Reference] = deque()
        self._waiters: list[Any] = []
        self._server_clock = ServerClock()
        self._rejected: set[str] = set()
        self._known = KnownLimits(store, host, clock, self._requests.keys())

    @property
    def in_flight(self) -> int:
        """Number of requests in flight."""
        return len(self._requests)

    def states(
        self, limits: Iterable[str], who: Principal | None = None, elsewhere_is_spent: bool = False
    ) -> dict[str, LimitState]:
        """Return what is left of some limits."""
        who = who or self._identity()
        with self._process.lock:
            while self._dropped:
                self.settle(self._dropped.popleft().number, Outcome.ABANDONED)
            self._known.refresh()
            return {limit: self._known.state(limit, who, elsewhere_is_spent) for limit in limits}

    def begin(self, endpoint: str, method: str, cost: int) -> Reservation:
        """Hold a request's credits and write it; wait while only requests in flight forbid it."""
        who, cancelled = self._identity(), cancel_event()
        needs = {"client": cost, "user": cost}
        if self._gateway:
            needs["requests"] = 1
        elif method == "POST":
            needs["post"] = 1
        budgets, reserve, counters = admission.blocks_of(self._owner)
        number = secrets.randbits(62)
        reservation = Reservation(self, number)
        # The callback may run in the middle of anything, so it only notes the reference, by a
        # function of C that no interrupt can break off.
        reference = _Reference(reservation, self._dropped.append)
        reference.number = number
        give_up_at = monotonic() + MAX_FLIGHT
        while True:
            with self._process.lock:
                # Requests of other processes that were waited for long enough count as spent.
                give_up = monotonic() > give_up_at
                refusal = self._decide(needs, who, reserve, budgets, elsewhere_is_spent=give_up)
                if refusal is None:
                    request = _Request(
                        who, endpoint, method, cost,
                        {key_of(limit, who): need for limit, need in needs.items()}, budgets,
                        counters, self._clock.now(), self._known.newest, reference,
                    )  # fmt: skip
                    refusal = self._hold(number, request, needs, reserve, sure=give_up)
                    if refusal is None:
                        return reservation
                if refusal is not WAIT or (cancelled is not None and cancelled.is_set()):
                    raise self._error(refusal, cost, endpoint)
                # A lock that whoever settles a request releases: it wakes this thread.
                settled = threading.Lock()
                settled.acquire()
                self._waiters.append(settled)
            settled.acquire(timeout=_POLL * random.uniform(0.5, 1.5))  # noqa: S311

    def _decide(
        self,
        needs: Mapping[str, int],
        who: Principal,
        reserve: int,
        budgets: tuple[Budget, ...] = (),
        *,
        elsewhere_is_spent: bool = False,
        excluded: int | None = None,
    ) -> Refusal | None:
        """Return what forbids a request, given all other requests in flight here and elsewhere."""
        states = self.states(needs, who, elsewhere_is_spent)
        oldest = self._clock.now() - MAX_FLIGHT
        in_flight = {}
        for limit in needs:
            key = key_of(limit, who)
            in_flight[limit] = sum(
                request.needs.get(key, 0)
                for number, request in self._requests.items()
                if number != excluded
            )
            if not elsewhere_is_spent:
                in_flight[limit] += sum(
                    need
                    for time, need, lost in self._known.unanswered(key)
                    if not lost and time > oldest
                )
        return admission.decide(needs, states, in_flight, reserve=reserve, budgets=budgets)

    def _hold(
        self, number: int, request: _Request, needs: Mapping[str, int], reserve: int, *, sure: bool
    ) -> Refusal | None:
        """Hold a request's credits in memory and in the file; return what forbids it after all."""
        who, refusal = request.who, None
        try:
            self._requests[number] = request
            for budget in request.budgets:
                budget.holds[number] = request.cost
            self._store.add_request(number, (
                request.began, self._host, who.key, who.application, request.endpoint,
                request.method, request.cost,
            ))  # fmt: skip
            if not sure and self._store.version() != self._known.version:
                # Another process has begun a request in the same moment. If both cannot be paid,
                # both let go and try again after random times.
                refusal = self._decide(needs, who, reserve, excluded=number)
        except BaseException:
            self.settle(number, Outcome.CANCELLED)
            raise
        if refusal is not None:
            self.settle(number, Outcome.CANCELLED)
        return refusal

    def read(self, number: int, headers: Mapping[str, str]) -> Limits:
        """Return the limits that the headers of an answer report."""
        with self._process.lock:
            request, now = self._requests.get(number), self._clock.now()
            sent_at = now if request is None else request.began
            limits = read_limits(headers, now, sent_at=sent_at, clock=self._server_clock)
            rejected = set(limits.rejected) - self._rejected
            self._rejected |= rejected
        for limit in sorted(rejected):
            logger.warning(
                "A response reported impossible numbers of the %s limit (a reset further ahead "
                "than the limit's window, or too many credits): they are ignored.", limit,
            )  # fmt: skip
        return limits

    def settle(
        self, number: int, outcome: Outcome, status: int = 0, cost: int = 0,
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        """Write how a request ended and release what it holds, unless it is settled."""
        limits = limits or Limits()
        with self._process.lock:
            request = self._requests.get(number)
            if request is None:
                return
            if outcome is Outcome.ABANDONED:
                cost = request.cost
            try:
                if outcome is Outcome.ANSWERED:
                    who, now, reported = request.who, self._clock.now(), limits.row()
                    self._known.answers_outdated = True  # until it is taken below
                    written = self._store.add_answer(number, (
                        now, self._host, who.key, who.application, request.endpoint,
                        request.method, status, cost, request.seen, *reported,
                    ))  # fmt: skip
                    self._known.wrote(
                        written, who, now, request.method, cost, request.seen, *reported
                    )
                elif outcome is Outcome.ABANDONED:
                    self._known.requests_outdated = True
                    self._store.mark_lost(number)
                else:
                    self._store.strike_out(number)
            finally:
                # If an interrupt breaks this off, it is done again: something may be counted
                # twice, but nothing stays held.
                for budget in request.budgets:
                    if number in budget.holds:
                        budget.spent += cost
                        budget.holds.pop(number, None)
                self._requests.pop(number, None)
                for counter in request.counters if outcome is not Outcome.CANCELLED else ():
                    counter.add(cost)
                waiters, self._waiters = self._waiters, []
                for settled in waiters:
                    settled.release()
        if limits.client_remaining == 0:
            self._on_spent_day()

    def _error(self, refusal: Refusal, cost: int, endpoint: str) -> ImgurDataError:
        if isinstance(refusal, Budget):
            return refusal.exceeded(cost, endpoint)
        if isinstance(refusal, Shortage):
            return exhausted(
                refusal.limit, refusal.reset_at, utc(self._clock.now()),
                left=refusal.left, need=refusal.need, reserve=refusal.reserve,
            )  # fmt: skip
        return ImgurDataError("The pull was cancelled before this request was sent.")
