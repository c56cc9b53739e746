"""Ledger of credits: what every real answer cost and reported, shared by all processes.

Only the transport writes here, one row for each answer that came over the network: a cache hit
never passes it, a 304 always does. Kernels and scripts of one user share the file, and rows are
distinguished by host and identity. :mod:`~imgurdata.credits.reservations` lets requests through and
writes them, :mod:`~imgurdata.credits.windows` knows what is left, and this module shows both.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata._clock import Clock, utc
from imgurdata._process import OwningProcess
from imgurdata._validate import instant, integer, one_of
from imgurdata.auth.principal import Principal
from imgurdata.credits.headers import COLUMNS, LIMITS, MAX_CREDITS, TOLERANCE
from imgurdata.credits.limits import (
    Budget,
    blocks_of,
    max_in_flight,
    open_budget,
    open_reserve,
)
from imgurdata.credits.messages import spent_days_warning, state_line
from imgurdata.credits.reservations import Reservation, Reservations
from imgurdata.credits.store import LedgerStore
from imgurdata.credits.windows import LimitState
from imgurdata.model.schema import DType, Field, Record

__all__ = ["HISTORY", "Ledger", "Reservation", "spent_days"]

logger = logging.getLogger(__name__)

#: A request whose answer was not written for so long was the last one of its process; in seconds.
_LOST_AFTER = 600.0
#: Imgur blocks an application on the fifth spent day of a month; users are warned from the third.
_WARN_FROM = 3
_MONTH = 31 * 86_400.0

_TIME: DType = "datetime64[us, UTC]"
_FROM_HEADERS = "the response's headers; NA if they are missing"

#: Columns of ``history()``: one row is a real answer.
HISTORY = Record(
    name="credits_history",
    fields=(
        Field("time", _TIME, "when the answer came", "the session's clock", unit="UTC"),
        Field("identity", "str", "who asked, hashed", "the session"),
        Field("endpoint", "str", "what was asked", "the table of endpoints"),
        Field("method", "str", "GET, POST ...", "the request"),
        Field("status", "Int64", "HTTP status; NA: sent, but the answer never came", "the answer"),
        Field("cost", "Int64", "as documented: 1 a call, 304s too", "reference, Rate limits",
              unit="credits"),
        *(
            field
            for name in LIMITS
            for field in (
                Field(f"{name}_limit", "Int64", f"the {name} limit", _FROM_HEADERS, unit="credits"),
                Field(f"{name}_remaining", "Int64", "of these left", _FROM_HEADERS, unit="credits"),
                Field(f"{name}_reset_at", _TIME, "when they are filled up", _FROM_HEADERS,
                      unit="UTC"),
            )
        ),
    ),
)  # fmt: skip

#: The same as columns of the file, in the same order.
_HISTORY_COLUMNS = ("time", "identity", "endpoint", "method", "status", "cost", *COLUMNS)


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
        self._process = OwningProcess("This session")
        self._reservations = Reservations(
            self, self._process, self._store, host, identity, clock, self._warn_of_spent_days,
            gateway,
        )  # fmt: skip
        #: Limits that every request needs.
        self.needed = ("user", "client", "requests") if gateway else ("user", "client")
        self._has_begun = False
        self._has_warned = False

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

    def states(self, limits: Iterable[str]) -> dict[str, LimitState]:
        """Return the same of several limits."""
        return self._reservations.states(limits)

    def now(self) -> pd.DataFrame:
        """Return what is left of each limit as far as Imgur reported it; sends no request.

        Returns
        -------
        pandas.DataFrame
            One row: ``{user,client,post,requests}_{limit,remaining,reset_at}``, ``Int64`` and
            ``datetime64[us, UTC]``; NA for what was never reported.
        """
        states = self.states(LIMITS)
        row = dict(zip(COLUMNS, sum(states.values(), ()), strict=True))
        record = Record("credits_now", tuple(f for f in HISTORY.fields if f.name in row))
        return record.frame({f.name: pa.array([row[f.name]], f.arrow_type) for f in record.fields})

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
        columns, missing = ", ".join(_HISTORY_COLUMNS), ", ".join(["NULL"] * len(COLUMNS))
        rows = self._store.rows(
            f"SELECT {columns} FROM ("
            f"SELECT number, {columns} FROM answers WHERE host = ? AND time >= ? UNION ALL "
            f"SELECT number, time, identity, endpoint, method, NULL, cost, {missing} FROM asked "
            "WHERE host = ? AND time >= ? AND (lost OR time < ?)) ORDER BY time, number",
            self._host, start, self._host, start, now - _LOST_AFTER,
        )  # fmt: skip
        return _history_frame(rows)

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
        return spent_days(rows)

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
        return open_budget(self, integer("credits", credits, least=0, most=MAX_CREDITS))

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
        return open_reserve(self, integer("credits", credits, least=0, most=MAX_CREDITS))

    def max_in_flight(self) -> int | None:
        """Return how many requests of one credit can be paid here and now, or None for any number.

        Budgets and reserves count; requests in flight are not subtracted.
        """
        states = self.states(self.needed)
        budgets, reserve, _ = blocks_of(self)
        return max_in_flight(states.values(), reserve=reserve, budgets=budgets)

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
            self._warn_of_spent_days()
        return self._reservations.begin(endpoint, method, cost)

    def close(self) -> None:
        """Close the file; in a forked child do nothing, since it is the parent's."""
        if self._process.is_current:
            with self._process.lock:
                self._store.close()

    def _warn_of_spent_days(self) -> None:
        if not self._has_warned:
            days = self.daily_limit_hits()
            if len(days) >= _WARN_FROM:
                self._has_warned = True
                logger.warning("%s", spent_days_warning(days))

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


def _history_frame(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return rows of :data:`_HISTORY_COLUMNS` as a frame."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(_HISTORY_COLUMNS)
    arrays = {}
    for field, values in zip(HISTORY.fields, columns, strict=True):
        if field.dtype == "str":
            arrays[field.name] = pa.array(values, field.arrow_type)
            continue
        scale = 1e6 if field.dtype == _TIME else 1  # times are stored in seconds
        numbers = [None if value is None else round(value * scale) for value in values]
        arrays[field.name] = pa.array(numbers, pa.int64()).cast(field.arrow_type)
    return HISTORY.frame(arrays)


def spent_days(rows: Iterable[tuple[float, float | None]]) -> list[dt.date]:
    """Return the days in UTC of (time, reset) of answers that reported no credits left.

    One for each of the application's days, which last 24 hours from their first call.
    """
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
    return days
