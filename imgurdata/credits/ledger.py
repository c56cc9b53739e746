"""The ledger: what every real answer cost and told, kept on disk, shared by this machine.

Only the transport writes here, one row for each answer that came over the network: a cache hit
never passes it, a 304 always does. Kernels and scripts of one user share the file; rows are told
apart by host and identity. What is left of each limit is kept in memory, and read again from the
file when somebody else has written into it.

A request begins with a reservation, which is written down before the request is sent and settled
once, whatever happens: answered, abandoned (sent, but nobody waits for the answer) or cancelled
(never sent). Locks are entered by ``with`` alone, and there is no Condition: an interrupt that
lands in its Python code would leave the lock held for ever.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
import pyarrow as pa

from imgurdata._clock import Clock, utc
from imgurdata._interrupts import cancel_event
from imgurdata._process import OwningProcess
from imgurdata._validate import instant, integer, one_of
from imgurdata.auth.identity import Identity
from imgurdata.credits.admission import WAIT, Short, Wait, decide, max_in_flight
from imgurdata.credits.budget import Budget, budgeted, budgets_of, reserve_of, reserving
from imgurdata.credits.file import TOLD, LedgerFile
from imgurdata.credits.history import COLUMNS, HISTORY, history_frame, spent_days
from imgurdata.credits.limits import (
    LIMITS,
    MOST,
    Limits,
    ServerClock,
    longest,
    read_limits,
)
from imgurdata.credits.messages import days_warning, exhausted
from imgurdata.credits.usage import UsageCounter, counters
from imgurdata.credits.windows import (
    LENGTHS,
    TOLERANCE,
    UNWRITTEN,
    Standing,
    Untold,
    UntoldCosts,
    Window,
    current,
    fold,
    read_window,
    standing,
)
from imgurdata.errors import ImgurDataError
from imgurdata.model.schema import Record

__all__ = ["HISTORY", "Ledger", "Reservation"]

logger = logging.getLogger(__name__)

#: A request whose answer nobody wrote down for so long was its process' last, in seconds.
_LOST = 600.0
#: Requests of other processes are waited for so long, then they count as spent; in seconds.
_PATIENCE = 60.0
#: Imgur blocks an application on the fifth spent day of a month; people hear of it from the third.
_WARN_FROM = 3
_DAY, _MONTH = 86_400.0, 31 * 86_400.0
#: How often somebody who waits for requests under way looks whether the pull was given up.
_LOOK = 0.1

#: A limit, and whose it is.
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Held:
    """What the ledger knows of a request under way."""

    number: int | None
    who: Identity
    endpoint: str
    method: str
    cost: int
    needs: Mapping[_Key, int]
    budgets: tuple[Budget, ...]
    counters: tuple[UsageCounter, ...]
    began: float
    seen: int


class _Token(weakref.ref["Reservation"]):
    """Names a reservation, also after it is gone."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Reservation:
    """A request that may be sent, and what it holds until it is settled; a context manager.

    Settled once: what comes later changes nothing. Left unsettled, by whatever exception, it is
    abandoned; so is one that nobody knows any more, because its thread has died.

    Attributes
    ----------
    cost : int
        Documented cost in credits.
    """

    __slots__ = ("__weakref__", "_ledger", "_token", "cost")

    def __init__(self, ledger: Ledger, cost: int) -> None:
        self._ledger = ledger
        # Tells the ledger when nobody knows this object any more. That may be in the middle of
        # anything, so it is noted only, by a function of C that no interrupt can break off.
        self._token = _Token(self, ledger._orphans.append)
        self.cost = cost

    def read(self, headers: Mapping[str, str]) -> Limits:
        """Return what the answer's headers tell of the limits."""
        return self._ledger._read(self._token, headers)

    def answered(self, *, status: int, cost: int, limits: Limits) -> None:
        """Write down the answer: its status, what it cost, and what its headers told."""
        self._ledger._answered(self._token, status, cost, limits)

    def abandon(self) -> None:
        """Count the documented cost: the request was sent, and its answer is not waited for."""
        self._ledger._abandon(self._token)

    def cancel(self) -> None:
        """Count nothing: the request never got as far as Imgur, or Imgur broke off."""
        self._ledger._cancel(self._token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abandon()


class Ledger:
    """What this session's identity has spent and has left; ``session.credits``.

    Parameters
    ----------
    path
        The SQLite file; None keeps it in memory.
    host
        The host whose credits are counted: a sandbox's are not Imgur's.
    identity
        Tells who asks: another one when somebody has signed in or out.
    clock
        The session's clock.
    """

    def __init__(
        self, path: Path | None, host: str, identity: Callable[[], Identity], clock: Clock
    ) -> None:
        self._host = host
        self._identity = identity
        self._clock = clock
        self._file = LedgerFile(path)
        self._process = OwningProcess("This session")
        self._live: dict[object, _Held] = {}
        self._orphans: deque[object] = deque()
        self._waiting: list[Any] = []
        self._server_clock = ServerClock()
        self._disbelieved: set[str] = set()
        self._windows: dict[_Key, Window | None] = {}
        self._untold: dict[_Key, UntoldCosts] = {}
        self._asked: list[tuple[Any, ...]] = []
        self._lost: set[int | None] = set()
        self._version = self._file.version()
        self._seen = self._newest()
        self._read_asked()
        self._days_told = False
        self._days_looked_at = False

    # What is left -------------------------------------------------------------------------------

    def remaining(self, limit: str = "user") -> int | None:
        """Return the credits left of a limit, as far as Imgur told; None where it never did.

        Parameters
        ----------
        limit
            ``"user"`` (this user's hour), ``"client"`` (the application's day) or ``"post"``.

        Notes
        -----
        Within one window the smallest number seen counts, whichever session or process saw it:
        answers of several threads arrive in any order. What answers cost that told nothing is
        taken off. After the reset it is the whole limit. Resets are translated into the time of
        this machine, and numbers that cannot be (a reset in 30 years) are not believed.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     posts = imd.load_gallery()
        ...     session.credits.remaining("user")
        499
        """
        return self.state(one_of("limit", limit, LIMITS))[1]

    def state(self, limit: str) -> tuple[int | None, int | None, dt.datetime | None]:
        """Return limit, remaining and reset of the present window; None for what was never told."""
        total, remaining, reset_at = self._standings([limit])[limit]
        return total, remaining, None if reset_at is None else utc(reset_at)

    def spent(self, limits: tuple[str, ...] = ("client", "user")) -> tuple[str, dt.datetime] | None:
        """Return a limit that Imgur told is spent, and when it is filled up again, or None."""
        for limit, (_, remaining, reset_at) in self._standings(limits).items():
            if remaining == 0 and reset_at is not None:
                return limit, utc(reset_at)
        return None

    def now(self) -> pd.DataFrame:
        """Return what is left of each limit, as far as Imgur told; asks nothing.

        Returns
        -------
        pandas.DataFrame
            One row: ``{user,client,post}_{limit,remaining,reset_at}``, ``Int64`` and
            ``datetime64[us, UTC]``; NA for what was never told.
        """
        row: dict[str, Any] = {}
        for limit in LIMITS:
            names = (f"{limit}_limit", f"{limit}_remaining", f"{limit}_reset_at")
            row |= dict(zip(names, self.state(limit), strict=True))
        record = Record("credits_now", tuple(f for f in HISTORY.fields if f.name in row))
        return record.frame({f.name: pa.array([row[f.name]], f.arrow_type) for f in record.fields})

    # What was spent -----------------------------------------------------------------------------

    def history(self, since: Any = None) -> pd.DataFrame:
        """Return every real answer of this host, of every identity on this machine.

        Parameters
        ----------
        since
            Leave out what is older: a time (``"2026-03-01"``, aware or taken as UTC) or a span
            back from now (``"2h"``).

        Returns
        -------
        pandas.DataFrame
            Columns ``time, identity, endpoint, method, status, cost`` and, as told by the
            headers, ``user_limit, user_remaining, user_reset_at``, the same for ``client_`` and
            ``post_``; oldest first, of the newest million answers to this machine. A request whose
            answer never came (interrupted, or its process was killed) has status NA and the
            documented cost.

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
        nothing = ", ".join(["NULL"] * len(TOLD))
        columns = ", ".join(COLUMNS)
        rows = self._file.rows(
            f"SELECT {columns} FROM ("  # noqa: S608
            f"SELECT number, {columns} FROM answers WHERE host = ? AND time >= ? UNION ALL "
            f"SELECT number, time, identity, endpoint, method, NULL, cost, {nothing} FROM asked "
            "WHERE host = ? AND time >= ? AND (lost OR time < ?)) ORDER BY time, number",
            self._host, start, self._host, start, now - _LOST,
        )  # fmt: skip
        return history_frame(rows)

    def daily_limit_hits(self) -> list[dt.date]:
        """Return the days of the last 31 on which the application's credits were used up.

        Imgur blocks an application for the rest of the month in which that happens five times;
        from the third day on each session says so, once.

        Returns
        -------
        list of datetime.date
            In UTC, oldest first; one for each of the application's days, which last 24 hours from
            their first call.

        Notes
        -----
        As far as the answers to this machine told. Source: API reference, Rate limits.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     session.credits.daily_limit_hits()
        []
        """
        rows = self._file.rows(
            "SELECT time, client_reset_at FROM answers WHERE host = ? AND application = ? "
            "AND time >= ? AND client_remaining = 0 ORDER BY time",
            self._host, self._identity().application, self._clock.now() - _MONTH,
        )  # fmt: skip
        return spent_days(rows)

    # What may be spent --------------------------------------------------------------------------

    def budget(self, credits: int) -> AbstractContextManager[Budget]:
        """Let a block spend at most so many credits.

        What is asked inside by this session counts, in every thread of a pull, retries too; a
        request that would exceed the budget is not sent. Blocks nest: each counts what is spent
        inside.

        Parameters
        ----------
        credits
            How many, by what calls are documented to cost.

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
        return budgeted(self, integer("credits", credits, least=0, most=MOST))

    def reserve(self, credits: int) -> AbstractContextManager[None]:
        """Let a block leave so many credits of the user's hour alone.

        For work that runs beside interactive work: what would take one of the reserved credits is
        refused, or waits for the reset with ``on_limit="wait"``, as if the hour were used up. Of
        nested blocks the largest counts.

        Parameters
        ----------
        credits
            How many to leave.

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
        return reserving(self, integer("credits", credits, least=0, most=MOST))

    # Of the transport ---------------------------------------------------------------------------

    def room(self) -> int | None:
        """Return how many calls of one credit can be paid here and now; None if nobody told.

        Under budgets and reserves what these leave; credits of calls under way are not taken off.
        """
        told = self._standings(("user", "client"))
        return max_in_flight(
            (told["user"], told["client"]), reserve=reserve_of(self), budgets=budgets_of(self)
        )

    def begin(self, *, endpoint: str, method: str, cost: int) -> Reservation:
        """Let a request through, written down before it is sent.

        Where only requests under way stand between it and a limit or budget, it waits for them.

        Parameters
        ----------
        endpoint, method : str
            What is asked, in the words of :meth:`history`.
        cost : int
            Documented cost.

        Raises
        ------
        CreditsExhausted, BudgetExceeded
            It plainly cannot be paid.
        """
        if not self._days_looked_at:
            self._days_looked_at = True
            self._warn_of_days()
        who, stop = self._identity(), cancel_event()
        needs = {"client": cost, "user": cost} | ({"post": 1} if method == "POST" else {})
        budgets, reserve = budgets_of(self), reserve_of(self)
        reservation = Reservation(self, cost)
        until = time.monotonic() + _PATIENCE
        while True:
            with self._process.lock:
                self._settle_orphans()
                give_up = time.monotonic() > until
                no = self._decide(needs, who, reserve, budgets, elsewhere_is_spent=give_up)
                if no is None:
                    held = _Held(
                        None, who, endpoint, method, cost,
                        {_key(limit, who): need for limit, need in needs.items()},
                        budgets, counters(), self._clock.now(), self._seen,
                    )  # fmt: skip
                    no = self._hold(reservation._token, held, needs, reserve, sure=give_up)
                    if no is None:
                        return reservation
                if no is not WAIT or (stop is not None and stop.is_set()):
                    raise self._refusal(no, cost, endpoint)
                returned = threading.Lock()
                returned.acquire()  # a moment's token, not a guard: whoever returns releases it
                self._waiting.append(returned)
            returned.acquire(timeout=_LOOK * random.uniform(0.5, 1.5))  # noqa: S311

    def _decide(
        self,
        needs: Mapping[str, int],
        who: Identity,
        reserve: int,
        budgets: tuple[Budget, ...] = (),
        *,
        elsewhere_is_spent: bool = False,
        itself: object = None,
    ) -> Short | Budget | Wait | None:
        """Return what is in the way of a request by all that is under way, here and elsewhere.

        Parameters
        ----------
        elsewhere_is_spent
            Whether what other processes have under way was waited for long enough.
        itself
            Token of a request that is held already.
        """
        standings = self._standings(needs, who, elsewhere_is_spent=elsewhere_is_spent)
        under_way = {}
        for limit in needs:
            key = _key(limit, who)
            mine = [held for token, held in self._live.items() if token is not itself]
            under_way[limit] = sum(held.needs.get(key, 0) for held in mine)
            if not elsewhere_is_spent:
                under_way[limit] += sum(row.cost for row in self._elsewhere(key))
        return decide(needs, standings, under_way, reserve=reserve, budgets=budgets)

    def _hold(
        self, token: object, held: _Held, needs: Mapping[str, int], reserve: int, *, sure: bool
    ) -> Short | Budget | Wait | None:
        """Hold a request's credits, in memory and in the file; what is in the way after all."""
        who = held.who
        try:
            self._live[token] = held
            for budget in held.budgets:
                budget.holds[token] = held.cost
            number = self._file.asked((
                held.began, self._host, who.key, who.application, held.endpoint, held.method,
                held.cost,
            ))  # fmt: skip
            self._live[token] = replace(held, number=number)
            if sure or self._file.version() == self._version:
                return None
            # Another process may have begun one in the same moment. Where both can't be paid,
            # both let go, and try again after a moment that is not the same for both.
            no = self._decide(needs, who, reserve, itself=token)
        except BaseException:
            self._cancel(token)
            raise
        if no is not None:
            self._cancel(token)
        return no

    # Of a reservation ---------------------------------------------------------------------------

    def _read(self, token: object, headers: Mapping[str, str]) -> Limits:
        with self._process.lock:
            held, now = self._live.get(token), self._clock.now()
            began = now if held is None else held.began
            limits = read_limits(headers, now, began=began, clock=self._server_clock)
            news = set(limits.disbelieved) - self._disbelieved
            self._disbelieved |= news
        for limit in sorted(news):
            logger.warning(
                "An answer told numbers of the %s limit that cannot be (a reset further ahead than "
                "the limit's window, or more credits than there are): they are ignored.", limit,
            )  # fmt: skip
        return limits

    def _answered(self, token: object, status: int, cost: int, limits: Limits) -> None:
        with self._process.lock:
            held = self._live.get(token)
            if held is None:
                return
            who, now, told = held.who, self._clock.now(), limits.row()
            number = None
            try:
                number = self._file.answered(
                    held.number,
                    (
                        now, self._host, who.key, who.application, held.endpoint, held.method,
                        status, cost, held.seen, *told,
                    ),
                )  # fmt: skip
                self._forget_asked(held.number)
                if number is not None and number == self._seen + 1:
                    self._seen = number
                row = (number, who.key, who.application, held.method, cost, now, *told, held.seen)
                self._take_up(row, load=number is None)
            finally:
                self._release(token, cost)
        if limits.client_remaining == 0:
            self._warn_of_days()

    def _cancel(self, token: object) -> None:
        with self._process.lock:
            held = self._live.get(token)
            if held is None:
                return
            try:
                self._file.withdrawn(held.number)
                self._forget_asked(held.number)
            finally:
                self._release(token, None)

    def _abandon(self, token: object) -> None:
        with self._process.lock:
            held = self._live.get(token)
            if held is None:
                return
            try:
                self._lost.add(held.number)
                for key, need in held.needs.items():
                    if key in self._windows:
                        self._untold[key].add(Untold(self._seen + 0.5, self._clock.now(), need))
                self._file.lost(held.number)
            finally:
                self._release(token, held.cost)

    def _release(self, token: object, cost: int | None) -> None:
        """Forget a request under way; it has cost so much, or None if it was never sent."""
        held = self._live.get(token)
        if held is None:
            return
        # Broken off by an interrupt it is done again: it may count twice, but nothing stays held.
        for budget in held.budgets:
            if token in budget.holds:
                budget.spent += cost or 0
                budget.holds.pop(token, None)
        self._live.pop(token, None)
        if cost is not None:
            for counter in held.counters:
                counter.add(cost)
        waiting, self._waiting = self._waiting, []
        for returned in waiting:
            returned.release()

    def _settle_orphans(self) -> None:
        while self._orphans:
            self._abandon(self._orphans.popleft())

    def close(self) -> None:
        """Close the file; in a forked child nothing, since it is the parent's."""
        if self._process.is_current:
            with self._process.lock:
                self._file.close()

    def _refusal(self, no: Short | Budget | Wait, cost: int, endpoint: str) -> ImgurDataError:
        if isinstance(no, Budget):
            return no.exceeded(cost, endpoint)
        if isinstance(no, Short):
            return exhausted(
                no.limit, None if no.reset_at is None else utc(no.reset_at),
                utc(self._clock.now()), left=no.left, need=no.need, reserve=no.reserve,
            )  # fmt: skip
        return ImgurDataError("The pull was given up before this request was sent.")

    def _warn_of_days(self) -> None:
        if self._days_told:
            return
        days = self.daily_limit_hits()
        if len(days) >= _WARN_FROM:
            self._days_told = True
            logger.warning("%s", days_warning(days))

    # The windows, in memory ---------------------------------------------------------------------

    def _standings(
        self,
        limits: Iterable[str],
        who: Identity | None = None,
        *,
        elsewhere_is_spent: bool = False,
    ) -> dict[str, Standing]:
        who = who or self._identity()
        found = {}
        with self._process.lock:
            self._settle_orphans()
            self._read_what_others_wrote()
            now = self._clock.now()
            for limit in limits:
                key = _key(limit, who)
                window = self._window(key)
                untold = [*self._untold[key], *self._without_answer(key, window)]
                if elsewhere_is_spent:
                    untold += [row._replace(number=UNWRITTEN) for row in self._elsewhere(key)]
                found[limit] = standing(window, now, LENGTHS[limit], untold)
        return found

    def _window(self, key: _Key) -> Window | None:
        if key not in self._windows:
            self._untold[key] = UntoldCosts()
            self._windows[key] = self._load(*key)
        return self._windows[key]

    def _load(self, limit: str, who: str) -> Window | None:
        """Read a window from the file: the last answers in their order, then the smallest of all.

        Rows of a clock that was ahead of this one are passed over, and those that can't be.
        """
        column = "identity" if limit == "user" else "application"
        length, latest = LENGTHS[limit], self._clock.now() + TOLERANCE
        theirs = f"host = ? AND {column} = ? AND time <= ?"
        told = (
            f"{theirs} AND {limit}_remaining BETWEEN 0 AND {MOST} "
            f"AND ({limit}_reset_at IS NULL OR {limit}_reset_at - time <= {longest(length)})"
        )
        last = self._file.rows(
            f"SELECT {limit}_limit, {limit}_remaining, {limit}_reset_at, time, number, seen "  # noqa: S608
            f"FROM answers WHERE {told} ORDER BY time DESC, number DESC LIMIT 64",
            self._host, who, latest,
        )  # fmt: skip
        window: Window | None = None
        for row in reversed(last):
            one = read_window(limit, *row)
            window = window if one is None else fold(window, one)
        if window is None:
            return None
        if window.reset_at is not None:
            smallest = self._file.rows(
                f"SELECT MIN({limit}_remaining) FROM answers WHERE {told} AND time > ? "  # noqa: S608
                f"AND {limit}_reset_at BETWEEN ? AND ?",
                self._host, who, latest, window.told_at - length - TOLERANCE,
                window.reset_at - TOLERANCE, window.reset_at + TOLERANCE,
            )[0][0]  # fmt: skip
            if smallest is not None:
                window = window._replace(remaining=min(window.remaining, int(smallest)))
        for number, method, cost, time_ in self._file.rows(
            f"SELECT number, method, cost, time FROM answers WHERE {theirs} AND time > ? "  # noqa: S608
            f"AND number > ? AND cost > 0 AND {limit}_remaining IS NULL ORDER BY number",
            self._host, who, latest, latest - 2 * length, window.seen,
        ):  # fmt: skip
            self._take_untold((limit, who), number, method, cost, time_)
        return window

    def _read_what_others_wrote(self) -> None:
        version = self._file.version()
        if version == self._version:
            return
        if version[0] != self._version[0]:
            self._seen = 0  # another file: the broken one was set aside
        self._version = version
        for row in self._file.rows(
            "SELECT number, identity, application, method, cost, time, "  # noqa: S608
            f"{', '.join(TOLD)}, seen FROM answers WHERE number > ? AND host = ? ORDER BY number",
            self._seen, self._host,
        ):  # fmt: skip
            self._seen = row[0]
            self._take_up(row, load=False)
        self._read_asked()

    def _take_up(self, row: tuple[Any, ...], *, load: bool) -> None:
        """Take an answer into the windows in memory; ``load``: it is not in the file."""
        number, identity, application, method, cost, time_, *told, seen = row
        place = self._seen + 1 if number is None else number
        now = self._clock.now()
        for index, limit in enumerate(LIMITS):
            total, remaining, reset_at = told[index * 3 : index * 3 + 3]
            key = (limit, identity if limit == "user" else application)
            # What is not in memory yet will be read from the file when it is looked at.
            if not load and key not in self._windows:
                continue
            window = current(self._window(key), now, LENGTHS[limit])
            if remaining is None:
                self._take_untold(key, UNWRITTEN if number is None else number, method, cost, time_)
                continue
            one = read_window(limit, total, remaining, reset_at, time_, place, seen)
            if one is not None and current(one, now, LENGTHS[limit]) is not None:
                window = self._windows[key] = fold(window, one)
                self._untold[key].forget(window.seen)

    def _take_untold(self, key: _Key, number: float, method: str, cost: int, time_: float) -> None:
        need = _need(key[0], method, cost)
        if need and isinstance(time_, (int, float)):
            self._untold[key].add(Untold(float(number), time_, need))

    # Requests without an answer, and those of other sessions ------------------------------------

    def _read_asked(self) -> None:
        """Read anew which requests have no answer: under way, or without one for ever."""
        self._asked = self._file.rows(
            "SELECT number, time, identity, application, method, cost, lost FROM asked "
            "WHERE host = ? AND time BETWEEN ? AND ?",
            self._host, self._clock.now() - 2 * _DAY, self._clock.now() + TOLERANCE,
        )  # fmt: skip

    def _forget_asked(self, number: int | None) -> None:
        if self._asked:
            self._asked = [row for row in self._asked if row[0] != number]

    def _others(self, key: _Key) -> Iterator[tuple[Untold, int]]:
        """Give requests of others without an answer, and whether they are marked as lost."""
        own = {held.number for held in self._live.values()} | self._lost
        for number, time_, identity, application, method, cost, lost in self._asked:
            whose = identity if key[0] == "user" else application
            if whose == key[1] and number not in own and (need := _need(key[0], method, cost)):
                yield Untold(number, time_, need), lost

    def _elsewhere(self, key: _Key) -> list[Untold]:
        """Return what is under way in other sessions and processes."""
        dead = self._clock.now() - _PATIENCE
        return [row for row, lost in self._others(key) if not lost and row.time > dead]

    def _without_answer(self, key: _Key, window: Window | None) -> Iterator[Untold]:
        """Give what requests of others have cost whose answer will not come."""
        dead = self._clock.now() - _PATIENCE
        for row, lost in self._others(key):
            if (lost or row.time <= dead) and (window is None or row.time >= window.told_at):
                yield row._replace(number=UNWRITTEN)

    def _newest(self) -> int:
        return int(self._file.rows("SELECT COALESCE(MAX(number), 0) FROM answers")[0][0])

    # What people see ----------------------------------------------------------------------------

    def __repr__(self) -> str:
        if self._file.closed:
            return "<credits: closed>"
        return f"<credits: {'; '.join(self._lines()) or 'nothing known yet'}>"

    def _repr_html_(self) -> str:
        if self._file.closed:
            return "<div>Credits: closed</div>"
        lines = self._lines() or ["nothing known yet: the first answer will tell"]
        return f"<div>Credits<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul></div>"

    def _lines(self) -> list[str]:
        lines = []
        words = {"user": "left this hour", "client": "left today", "post": "POSTs left this hour"}
        for limit, (total, left, reset_at) in self._standings(LIMITS).items():
            if left is None or (limit == "post" and left == total):
                continue
            of = f" of {total}" if total is not None else ""
            until = f", resets {utc(reset_at):%H:%M} UTC" if reset_at is not None else ""
            lines.append(f"{left}{of} {words[limit]}{until}")
        return lines


def _key(limit: str, who: Identity) -> _Key:
    """Return whose window it is: an hour is a user's, a day and the POSTs the application's."""
    return limit, who.key if limit == "user" else who.application


def _need(limit: str, method: str, cost: Any) -> int:
    """Return what an answer of such a cost takes of a limit."""
    if not isinstance(cost, int) or cost <= 0:
        return 0
    return cost if limit != "post" else int(method == "POST")
