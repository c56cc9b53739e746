"""Ledger of credits: what every real answer cost and reported, shared by all processes.

Only the transport writes here, one row for each answer that came over the network: a cache hit
never passes it, a 304 always does. Kernels and scripts of one user share the file, and rows are
distinguished by host and identity. :mod:`~imgurdata.credits.windows` knows what is left.

Each request holds its credits by a reservation, from before it is sent until it is settled: once,
whatever happens, as answered, abandoned (the request was sent, and nobody waits for the answer) or
cancelled (it never reached Imgur). The ledger's lock is entered by ``with`` alone, and no Condition
is used: an interrupt inside its Python code would leave the lock held. Each waiting thread has a
lock of its own.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import secrets
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd

from imgurdata._clock import Clock, utc
from imgurdata._interrupts import cancel_event
from imgurdata._validate import instant, integer, one_of
from imgurdata.auth.principal import Principal
from imgurdata.credits.headers import (
    COLUMNS,
    LIMITS,
    MAX_CREDITS,
    NOT_REPORTED,
    TOLERANCE,
    Limits,
    ServerClock,
    read_limits,
)
from imgurdata.credits.history import HISTORY, HISTORY_COLUMNS, history_frame, states_frame
from imgurdata.credits.limits import (
    WAIT,
    Budget,
    Refusal,
    Shortage,
    active_limits,
    budgets,
    decide,
    pushed,
    reserves,
)
from imgurdata.credits.messages import exhausted, spent_days_warning, state_line
from imgurdata.credits.store import ANSWERED, BEGUN, CANCELLED, LOST, LedgerStore
from imgurdata.credits.windows import MAX_FLIGHT, OWNERS, Key, KnownLimits, LimitState
from imgurdata.errors import ImgurDataError

__all__ = ["HISTORY", "Ledger", "Reservation"]

logger = logging.getLogger(__name__)

#: A request whose answer was not written for so long was the last one of its process; in seconds.
_LOST_AFTER = 600.0
#: Imgur blocks an application on the fifth spent day of a month; users are warned from the third.
_WARN_FROM = 3
_MONTH = 31 * 86_400.0
#: How often a request that waits for others looks whether its pull was cancelled, in seconds.
_POLL_INTERVAL = 0.1


class _Reference(weakref.ref["Reservation"]):
    """Weak reference that knows the number of its reservation."""

    __slots__ = ("number",)
    number: int


@dataclass(eq=False, slots=True)
class _Request:
    """Request, and what it holds while it is in flight.

    ``row`` has those of its columns in the file that do not change, and ``seen`` is the number of
    the newest answer when it began.
    """

    number: int
    row: Mapping[str, Any]
    cost: int
    needs: Mapping[Key, int]
    budgets: tuple[Budget, ...]
    reserve: int
    costs: tuple[list[int], ...]
    # Kept here, since a reference that dies together with its object is not called.
    reference: _Reference
    began: float = 0.0
    seen: int = 0


@dataclass(eq=False, repr=False)
class Reservation(AbstractContextManager["Reservation"]):
    """Credits that a request holds until it is settled; a context manager.

    Only the first settling counts. A reservation that is left by an exception is abandoned, and
    so is one that nobody refers to any more because its thread has died.
    """

    _ledger: Ledger
    _number: int

    def read(self, headers: Mapping[str, str]) -> Limits:
        """Return the limits that the answer's headers report."""
        ledger, number = self._ledger, self._number
        with ledger._process.lock:
            request, now = ledger._requests.get(number), ledger._clock.now()
            sent_at = now if request is None else request.began
            limits = read_limits(headers, now, sent_at=sent_at, clock=ledger._server_clock)
            rejected = set(limits.rejected) - ledger._rejected
            ledger._rejected |= rejected
        for limit in sorted(rejected):
            logger.warning(
                "A response reported impossible numbers of the %s limit (a reset further ahead "
                "than the limit's window, or too many credits): they are ignored.", limit,
            )  # fmt: skip
        return limits

    def settle(
        self, *, status: int | None = None, cost: int | None = None, limits: Limits = NOT_REPORTED,
        was_sent: bool = True,
    ) -> None:  # fmt: skip
        """Write how the request ended and release what it holds, unless it is settled.

        Parameters
        ----------
        status : int, optional
            Of the answer; None if nobody waits for it.
        cost : int, optional
            Credits of the answer; by default the documented cost of a request that was sent.
        limits : Limits
            What the answer reported.
        was_sent : bool
            Whether the request reached Imgur.
        """
        ledger, known, number = self._ledger, self._ledger._known, self._number
        with ledger._process.lock:
            request = ledger._requests.get(number)
            if request is None:
                return
            if cost is None:
                cost = request.cost if was_sent else 0
            try:
                if status is not None:
                    row = {
                        **request.row, "time": ledger._clock.now(), "status": status, "cost": cost,
                        "seen": request.seen,
                    }  # fmt: skip
                    for name in COLUMNS:
                        value = getattr(limits, name)
                        row[name] = value.timestamp() if isinstance(value, dt.datetime) else value
                    known.answers_outdated = True
                    written = ledger._store.write(ANSWERED, number, row)
                    # Unless answers of others stand before it, or it has no number in this file.
                    if written == known.newest + 1:
                        known.take(written, row)
                        known.answers_outdated = False
                elif was_sent:
                    known.requests_outdated = True
                    ledger._store.write(LOST, number)
                else:
                    ledger._store.write(CANCELLED, number)
            finally:
                # If an interrupt breaks this off, it is done again: something may be counted
                # twice, but nothing stays held.
                for budget in request.budgets:
                    if number in budget.holds:
                        budget.spent += cost
                        budget.holds.pop(number, None)
                ledger._requests.pop(number, None)
                for costs in request.costs if was_sent else ():
                    costs.append(cost)
                waiters, ledger._waiters = ledger._waiters, []
                for settled in waiters:
                    settled.release()
        if limits.client_remaining == 0:
            ledger.daily_limit_hits()

    def abandon(self) -> None:
        """Count the documented cost: the request was sent, and nobody waits for its answer."""
        self.settle()

    def cancel(self) -> None:
        """Count nothing: the request did not reach Imgur, or Imgur broke off."""
        self.settle(was_sent=False)

    def __exit__(self, *_: object) -> None:
        self.settle()


class Ledger:
    """Credits that this session's identity has spent and has left; ``session.credits``.

    Credits are counted by ``host``, since a sandbox's are not Imgur's, and by what ``identity``
    returns, which changes when somebody signs in or out. ``path`` None keeps them in memory.
    ``gateway`` says that the host is the commercial gateway's.
    """

    def __init__(
        self,
        path: Path | None,
        host: str,
        identity: Callable[[], Principal],
        clock: Clock,
        *,
        gateway: bool = False,
    ) -> None:
        self._host = host
        self._identity = identity
        self._clock = clock
        self._store = LedgerStore(path)
        self._process = self._store.process
        #: Limits that every request needs. POSTs of the gateway have no limit of their own.
        self.needed = ("user", "client", "requests") if gateway else ("user", "client")
        self._requests: dict[int, _Request] = {}
        self._dropped: deque[_Reference] = deque()
        self._waiters: list[Any] = []
        self._server_clock = ServerClock()
        self._rejected: set[str] = set()
        self._known = KnownLimits(self._store, host, clock, self._requests.keys())
        self._has_begun = False
        self._has_warned = False

    @property
    def in_flight(self) -> int:
        """Number of requests in flight."""
        return len(self._requests)

    def remaining(self, limit: str = "user") -> int | None:
        """Return the credits left of a limit, or None if Imgur has not reported it yet.

        Parameters
        ----------
        limit : {"user", "client", "post", "requests"}
            This user's hour, the application's day, the hour of POSTs, or the plan of the
            commercial gateway.

        Returns
        -------
        int or None

        Notes
        -----
        Within one window the smallest reported number counts, whichever session or process saw it,
        because responses of several threads arrive in any order. The cost of answers without limit
        headers is subtracted. After the reset the whole limit is left. Resets are translated into
        this machine's time, and impossible ones (in 30 years) are ignored.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     posts = imd.load_gallery()
        ...     session.credits.remaining("user")
        499
        """
        return self.states([one_of("limit", limit, LIMITS)])[limit].remaining

    def state(self, limit: str) -> LimitState:
        """Return limit, credits left and reset of the present window."""
        return self.states([limit])[limit]

    def states(
        self,
        limits: Iterable[str],
        who: Mapping[str, str] | None = None,
        elsewhere_is_spent: bool = False,
    ) -> dict[str, LimitState]:
        """Return limit, credits left and reset of several limits.

        Of another ``identity`` and ``application`` than the session's if ``who`` is given. Requests
        that other sessions have in flight count as spent with ``elsewhere_is_spent``.
        """
        if who is None:
            principal = self._identity()
            who = {"identity": principal.key, "application": principal.application}
        with self._process.lock:
            while self._dropped:
                Reservation(self, self._dropped.popleft().number).settle()
            return self._known.states(limits, who, elsewhere_is_spent)

    def now(self) -> pd.DataFrame:
        """Return what is left of each limit as far as Imgur reported it; sends no request.

        Returns
        -------
        pandas.DataFrame
            One row: ``{user,client,post,requests}_{limit,remaining,reset_at}``, ``Int64`` and
            ``datetime64[us, UTC]``; NA for what was never reported.
        """
        return states_frame(self.states(LIMITS))

    def history(self, since: Any = None) -> pd.DataFrame:
        """Return every request sent to this host, by all identities on this machine.

        Parameters
        ----------
        since : str, datetime.datetime, pandas.Timestamp, pandas.Timedelta or float, optional
            Oldest time: ``"2026-03-01"`` (in UTC unless it names a zone), or a duration back from
            now (``"2h"``).

        Returns
        -------
        pandas.DataFrame
            Columns ``time, identity, endpoint, method, status, cost`` and, from the headers,
            ``user_limit, user_remaining, user_reset_at``, the same for ``client_``, ``post_`` and
            ``requests_`` (of the commercial gateway); oldest first, of the newest million answers
            to this machine. A request that was never answered (interrupted, or its process was
            killed) has status NA and the documented cost.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     posts = imd.load_gallery(pages=2)
        ...     int(session.credits.history()["cost"].sum())
        2
        """
        now = self._clock.now()
        start = float("-inf") if since is None else instant("since", since, now=now)
        columns, missing = ", ".join(HISTORY_COLUMNS), ", ".join(["NULL"] * len(COLUMNS))
        rows = self._store.rows(
            f"SELECT {columns} FROM ("
            f"SELECT number, {columns} FROM answers WHERE host = ? AND time >= ? UNION ALL "
            f"SELECT number, time, identity, endpoint, method, NULL, cost, {missing} FROM asked "
            "WHERE host = ? AND time >= ? AND (lost OR time < ?)) ORDER BY time, number",
            self._host, start, self._host, start, now - _LOST_AFTER,
        )  # fmt: skip
        return history_frame(rows)

    def daily_limit_hits(self) -> list[dt.date]:
        """Return the days of the last 31 on which the application's credits were used up.

        Imgur blocks an application for the rest of the month in which that happens five times.
        From the third day on each session warns once.

        Returns
        -------
        list of datetime.date
            In UTC, oldest first; one for each of the application's days, which last 24 hours from
            their first call.

        Notes
        -----
        As far as the answers to this machine reported. Source: API reference, Rate limits.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     session.credits.daily_limit_hits()
        []
        """
        rows = self._store.rows(
            "SELECT time, client_reset_at FROM answers WHERE host = ? AND application = ? "
            "AND time >= ? AND client_remaining = 0 ORDER BY time",
            self._host, self._identity().application, self._clock.now() - _MONTH,
        )  # fmt: skip
        days: list[dt.date] = []
        resets: list[float] = []
        for time, reset_at in rows:
            day = utc(time).date()
            if reset_at is None:
                if day not in days:
                    days.append(day)
            elif not any(abs(reset_at - known) <= TOLERANCE for known in resets):
                resets.append(reset_at)
                days.append(day)
        if len(days) >= _WARN_FROM and not self._has_warned:
            self._has_warned = True
            logger.warning("%s", spent_days_warning(days))
        return days

    def budget(self, credits: int) -> AbstractContextManager[Budget]:
        """Limit the credits that a block may spend.

        All requests of this session inside the block count, in every thread of a pull, retries
        too. A request that would exceed the budget is not sent. Blocks nest: each counts what is
        spent inside.

        Parameters
        ----------
        credits : int
            Credits, by the documented cost of the calls.

        Returns
        -------
        context manager
            Gives the budget: ``total``, ``spent``, ``left``.

        Raises
        ------
        BudgetExceeded
            Inside the block; ``.partial`` is the frame of what came before.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     try:
        ...         with session.credits.budget(2) as budget:
        ...             posts = imd.load_gallery(pages=5)
        ...     except imd.errors.BudgetExceeded as stopped:
        ...         posts = stopped.partial
        ...     len(posts), budget
        (120, <budget: 2 of 2 credits spent>)
        """
        return pushed(budgets, Budget(self, integer("credits", credits, least=0, most=MAX_CREDITS)))

    def reserve(self, credits: int) -> AbstractContextManager[object]:
        """Leave some credits of the user's hour alone inside a block.

        For work that runs beside interactive work: a request that would take one of the reserved
        credits is refused, or waits for the reset with ``on_limit="wait"``, as if the hour were
        used up. Of nested blocks the largest reserve counts.

        Parameters
        ----------
        credits : int
            Credits to leave.

        Raises
        ------
        CreditsExhausted
            Inside the block; ``.partial`` is the frame of what came before.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=imd.sandbox.Sandbox(limits={"user": 10})) as session:
        ...     try:
        ...         with session.credits.reserve(8):
        ...             posts = imd.load_gallery(pages=5)
        ...     except imd.errors.CreditsExhausted as stopped:
        ...         posts = stopped.partial
        ...     len(posts), session.credits.remaining()
        (120, 8)
        """
        return pushed(reserves, (self, integer("credits", credits, least=0, most=MAX_CREDITS)))

    def max_in_flight(self) -> int | None:
        """Return how many requests of one credit may be in flight at once, or None for any number.

        If more were sent than budgets, reserves and limits allow, some would be refused by chance,
        and pages behind a refused one would be paid for in vain.
        """
        states, active = self.states(self.needed), active_limits(self)
        most = [budget.left for budget in active.budgets]
        for limit, (_, left, reset_at) in states.items():
            keep = active.reserve if limit == "user" else 0
            if left is not None and (reset_at is not None or keep):
                most.append(left - keep)
        return max(min(most), 0) if most else None

    def begin(self, *, endpoint: str, method: str, cost: int) -> Reservation:
        """Reserve a request's credits and write it, before it is sent.

        Where only requests in flight stand between it and a limit or budget, it waits for them.

        Parameters
        ----------
        endpoint, method : str
            As in :meth:`history`.
        cost : int
            Documented cost.

        Raises
        ------
        CreditsExhausted, BudgetExceeded
            It cannot be paid.
        """
        if not self._has_begun:
            self._has_begun = True
            self.daily_limit_hits()  # warns where there were many
        who, cancelled = self._identity(), cancel_event.get()
        needs = {"client": cost, "user": cost}
        if "requests" in self.needed:
            needs["requests"] = 1
        elif method == "POST":
            needs["post"] = 1
        reservation = Reservation(self, secrets.randbits(62))
        # The callback may run in the middle of anything, so it only notes the reference, by a
        # function of C that no interrupt can break off.
        reference = _Reference(reservation, self._dropped.append)
        reference.number = reservation._number
        row = {
            "host": self._host, "identity": who.key, "application": who.application,
            "endpoint": endpoint, "method": method,
        }  # fmt: skip
        request = _Request(
            reference.number, row, cost,
            {(limit, row[OWNERS[limit]]): need for limit, need in needs.items()},
            *active_limits(self), reference,
        )  # fmt: skip
        give_up_at = monotonic() + MAX_FLIGHT
        while True:
            with self._process.lock:
                # Requests of other processes that were waited for long enough count as spent.
                give_up = monotonic() > give_up_at
                refusal = self._decide(request, give_up) or self._hold(request, give_up)
                if refusal is None:
                    return reservation
                if refusal is not WAIT or (cancelled is not None and cancelled.is_set()):
                    raise self._error(refusal, cost, endpoint)
                # A lock that whoever settles a request releases: it wakes this thread.
                settled = threading.Lock()
                settled.acquire()
                self._waiters.append(settled)
            settled.acquire(timeout=_POLL_INTERVAL * random.uniform(0.5, 1.5))  # noqa: S311

    def _decide(self, request: _Request, elsewhere_is_spent: bool = False) -> Refusal | None:
        """Return what forbids a request, given all other requests in flight here and elsewhere."""
        needs = {limit: need for (limit, _), need in request.needs.items()}
        states = self.states(needs, request.row, elsewhere_is_spent)
        oldest = self._clock.now() - MAX_FLIGHT
        in_flight = {}
        for key in request.needs:
            in_flight[key[0]] = sum(
                other.needs.get(key, 0) for other in self._requests.values() if other is not request
            )
            if not elsewhere_is_spent:
                in_flight[key[0]] += sum(
                    need
                    for time, need, lost in self._known.unanswered.get(key, ())
                    if not lost and time > oldest
                )
        return decide(needs, states, in_flight, reserve=request.reserve, budgets=request.budgets)

    def _hold(self, request: _Request, elsewhere_is_spent: bool) -> Refusal | None:
        """Hold a request's credits in memory and in the file; return what forbids it after all."""
        number, now, refusal = request.number, self._clock.now(), None
        request.began, request.seen = now, self._known.newest
        try:
            self._requests[number] = request
            self._store.write(BEGUN, number, {**request.row, "time": now, "cost": request.cost})
            if not elsewhere_is_spent and self._store.version() != self._known.version:
                # Another process has begun a request in the same moment. If both cannot be paid,
                # both let go and try again after random times.
                refusal = self._decide(request)
            for budget in request.budgets:
                budget.holds[number] = request.cost
        except BaseException:
            Reservation(self, number).cancel()
            raise
        if refusal is not None:
            Reservation(self, number).cancel()
        return refusal

    def _error(self, refusal: Refusal, cost: int, endpoint: str) -> ImgurDataError:
        if isinstance(refusal, Budget):
            return refusal.exceeded(cost, endpoint)
        if isinstance(refusal, Shortage):
            return exhausted(
                refusal.limit, refusal.reset_at, utc(self._clock.now()),
                left=refusal.left, need=refusal.need, reserve=refusal.reserve,
            )  # fmt: skip
        return ImgurDataError("The pull was cancelled before this request was sent.")

    def close(self) -> None:
        """Close the file; in a forked child do nothing, since it is the parent's."""
        if self._process.is_current:
            with self._process.lock:
                self._store.close()

    def __dir__(self) -> list[str]:
        # What the tab key offers; the rest is for the session.
        return ["budget", "daily_limit_hits", "history", "now", "remaining", "reserve"]

    def __repr__(self) -> str:
        if self._store.closed:
            return "<credits: closed>"
        return f"<credits: {'; '.join(self._lines()) or 'nothing known yet'}>"

    def _repr_html_(self) -> str:
        if self._store.closed:
            return "<div>Credits: closed</div>"
        lines = self._lines() or ["nothing known yet: the first answer will report it"]
        return f"<div>Credits<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul></div>"

    def _lines(self) -> list[str]:
        states, now = self.states(LIMITS), utc(self._clock.now())
        return [line for limit, state in states.items() if (line := state_line(limit, state, now))]
