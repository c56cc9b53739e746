"""The ledger: what every real answer cost and told, kept on disk, shared by this machine.

Only the transport writes here, one row for each answer that came over the network: a cache hit
never passes it, a 304 always does. Kernels and scripts of one user share the file; rows are told
apart by host and identity. What is left of each limit is kept in memory, and read again from the
file when somebody else has written into it.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata._validate import instant
from imgurdata.client.clock import Clock, utc
from imgurdata.client.halt import halt
from imgurdata.client.identity import Identity
from imgurdata.client.ledger.admission import LATER, Later, Short, decide, room
from imgurdata.client.ledger.budget import (
    Budget,
    budgeted,
    budgets_of,
    reserve_of,
    reserving,
    whole_number,
)
from imgurdata.client.ledger.file import TOLD, LedgerFile
from imgurdata.client.ledger.history import COLUMNS, HISTORY, history_frame, spent_days
from imgurdata.client.ledger.limits import LIMITS, Limits
from imgurdata.client.ledger.windows import LENGTHS, TOLERANCE, Standing, Window, fold, standing
from imgurdata.client.ledger.wording import days_warning, exhausted
from imgurdata.errors import ImgurDataError, InvalidArgument
from imgurdata.model.schema import Record

__all__ = ["HISTORY", "Ledger", "Ticket"]

logger = logging.getLogger(__name__)

#: A request whose answer nobody wrote down for so long was its process' last, in seconds.
_LOST = 600.0
#: Imgur blocks an application on the fifth spent day of a month; people hear of it from the third.
_WARN_FROM = 3
_MONTH = 31 * 86_400.0
#: How often somebody who waits for requests under way looks whether the pull was given up.
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request that was let through: what it holds until it is back."""

    number: int | None
    cost: int
    held: tuple[tuple[tuple[str, str], int], ...]
    budgets: tuple[Budget, ...]


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
        self._changed = threading.Condition()
        self._under_way: Counter[tuple[str, str]] = Counter()
        self._windows: dict[tuple[str, str], Window | None] = {}
        self._version = self._file.version()
        self._seen = self._newest()
        self._days_told = False
        self._days_looked_at = False

    # What is left -------------------------------------------------------------------------------

    def remaining(self, limit: str = "user") -> int | None:
        """Credits left of a limit, as far as Imgur told; None where it never did.

        Parameters
        ----------
        limit
            ``"user"`` (this user's hour), ``"client"`` (the application's day) or ``"post"``.

        Notes
        -----
        Within one window the smallest number seen counts, whichever session or process saw it:
        answers of several threads arrive in any order. After the reset it is the whole limit.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     posts = imd.load_gallery()
        ...     session.credits.remaining("user")
        499
        """
        if limit not in LIMITS:
            raise InvalidArgument(f"limit={limit!r} is not possible: it is one of {LIMITS}.")
        return self.state(limit)[1]

    def state(self, limit: str) -> tuple[int | None, int | None, dt.datetime | None]:
        """Limit, remaining and reset of the window one is in; None for what was never told."""
        total, remaining, reset_at = self._standings([limit])[limit]
        return total, remaining, None if reset_at is None else utc(reset_at)

    def spent(self, limits: tuple[str, ...] = ("client", "user")) -> tuple[str, dt.datetime] | None:
        """A limit that Imgur told is spent, and when it is filled up again; None: go on."""
        for limit, (_, remaining, reset_at) in self._standings(limits).items():
            if remaining == 0 and reset_at is not None:
                return limit, utc(reset_at)
        return None

    def now(self) -> pd.DataFrame:
        """What is left of each limit, as far as Imgur told; asks nothing.

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
        """Every real answer of this host, of every identity on this machine.

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
        """The days of the last month (31 days) on which the application's credits were used up.

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
        """A block that spends at most so many credits.

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
        return budgeted(self, whole_number("credits", credits))

    def reserve(self, credits: int) -> AbstractContextManager[None]:
        """A block that leaves so many credits of the user's hour alone.

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
        return reserving(self, whole_number("credits", credits))

    # Of the transport ---------------------------------------------------------------------------

    def room(self) -> int | None:
        """How many calls can be paid, of one credit each, here and now; None: nobody said.

        Under budgets and reserves what these leave; credits of calls under way are not taken off.
        """
        told = self._standings(("user", "client"))
        return room(
            (told["user"], told["client"]), reserve=reserve_of(self), budgets=budgets_of(self)
        )

    def admit(self, *, endpoint: str, method: str, cost: int) -> Ticket:
        """Let a request through, written down before it is sent.

        Where only requests under way stand between it and a limit or budget, it waits for them.

        Raises
        ------
        CreditsExhausted, BudgetExceeded
            It plainly cannot be paid.
        """
        if not self._days_looked_at:
            self._days_looked_at = True
            self._warn_of_days()
        who = self._identity()
        needs = {"client": cost, "user": cost} | ({"post": 1} if method == "POST" else {})
        keys = {limit: _key(limit, who) for limit in needs}
        budgets, reserve, stop = budgets_of(self), reserve_of(self), halt()
        with self._changed:
            while True:
                standings = self._standings(needs, who)
                under_way = {limit: self._under_way[key] for limit, key in keys.items()}
                no = decide(needs, standings, under_way, reserve=reserve, budgets=budgets)
                if no is None:
                    break
                if no is not LATER or (stop is not None and stop.is_set()):
                    raise self._refusal(no, cost, endpoint)
                self._changed.wait(_LOOK)
            held = tuple((keys[limit], need) for limit, need in needs.items())
            self._hold(held, budgets, cost)
        row = (self._clock.now(), self._host, who.key, who.application, endpoint, method, cost)
        return Ticket(self._file.asked(row), cost, held, budgets)

    def record(
        self,
        *,
        endpoint: str,
        method: str,
        status: int,
        cost: int,
        limits: Limits,
        ticket: Ticket | None = None,
    ) -> None:
        """Write down one real answer, in the place of its ticket."""
        who, now = self._identity(), self._clock.now()
        told = limits.row()
        row = (now, self._host, who.key, who.application, endpoint, method, status, cost, *told)
        number = self._file.answered(ticket.number if ticket else None, row)
        with self._changed:
            if number is not None and number == self._seen + 1:
                self._seen = number
            self._take_up(who.key, who.application, now, told, load=number is None)
            self._release(ticket, cost)
        if limits.client_remaining == 0:
            self._warn_of_days()

    def withdraw(self, ticket: Ticket) -> None:
        """It never got as far as Imgur, or Imgur broke off: nothing was charged."""
        self._file.withdrawn(ticket.number)
        with self._changed:
            self._release(ticket, 0)

    def lose(self, ticket: Ticket) -> None:
        """It was sent, and its answer was not waited for: it has cost what is documented."""
        self._file.lost(ticket.number)
        with self._changed:
            self._release(ticket, ticket.cost)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _hold(
        self, held: tuple[tuple[tuple[str, str], int], ...], budgets: tuple[Budget, ...], cost: int
    ) -> None:
        for key, need in held:
            self._under_way[key] += need
        for budget in budgets:
            budget.held += cost

    def _release(self, ticket: Ticket | None, cost: int) -> None:
        if ticket is None:
            return
        for key, need in ticket.held:
            self._under_way[key] -= need
        for budget in ticket.budgets:
            budget.held -= ticket.cost
            budget.spent += cost
        self._changed.notify_all()

    def _refusal(self, no: Short | Budget | Later, cost: int, endpoint: str) -> ImgurDataError:
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

    def _standings(self, limits: Any, who: Identity | None = None) -> dict[str, Standing]:
        who = who or self._identity()
        with self._changed:
            self._read_what_others_wrote()
            now = self._clock.now()
            return {
                limit: standing(self._window(_key(limit, who)), now, LENGTHS[limit])
                for limit in limits
            }

    def _window(self, key: tuple[str, str]) -> Window | None:
        if key not in self._windows:
            self._windows[key] = self._load(*key)
        return self._windows[key]

    def _load(self, limit: str, who: str) -> Window | None:
        """A window from the file: the last answers in their order, then the smallest of all."""
        column = "identity" if limit == "user" else "application"
        theirs = f"host = ? AND {column} = ? AND {limit}_remaining IS NOT NULL"
        last = self._file.rows(
            f"SELECT {limit}_limit, {limit}_remaining, {limit}_reset_at, time FROM answers "  # noqa: S608
            f"WHERE {theirs} ORDER BY time DESC, number DESC LIMIT 64",
            self._host, who,
        )  # fmt: skip
        window: Window | None = None
        for row in reversed(last):
            window = fold(window, _told(*row))
        if window is None or window.reset_at is None:
            return window
        smallest = self._file.rows(
            f"SELECT MIN({limit}_remaining) FROM answers WHERE {theirs} AND time > ? "  # noqa: S608
            f"AND {limit}_reset_at BETWEEN ? AND ?",
            self._host, who, window.told_at - LENGTHS[limit] - TOLERANCE,
            window.reset_at - TOLERANCE, window.reset_at + TOLERANCE,
        )[0][0]  # fmt: skip
        return window._replace(remaining=min(window.remaining, int(smallest)))

    def _read_what_others_wrote(self) -> None:
        version = self._file.version()
        if version == self._version:
            return
        if version[0] != self._version[0]:
            self._seen = 0  # another file: the broken one was set aside
        self._version = version
        for number, identity, application, time, *told in self._file.rows(
            f"SELECT number, identity, application, time, {', '.join(TOLD)} FROM answers "  # noqa: S608
            "WHERE number > ? AND host = ? ORDER BY number",
            self._seen, self._host,
        ):  # fmt: skip
            self._seen = number
            self._take_up(identity, application, time, tuple(told), load=False)

    def _take_up(
        self, identity: str, application: str, time: float, told: tuple[Any, ...], *, load: bool
    ) -> None:
        """What an answer told, into the windows in memory; ``load``: it is not in the file."""
        for place, limit in enumerate(LIMITS):
            total, remaining, reset_at = told[place * 3 : place * 3 + 3]
            key = (limit, identity if limit == "user" else application)
            # What is not in memory yet will be read from the file when it is looked at.
            if remaining is not None and (load or key in self._windows):
                window = self._window(key)
                self._windows[key] = fold(window, _told(total, remaining, reset_at, time))

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


def _key(limit: str, who: Identity) -> tuple[str, str]:
    """Whose window it is: an hour is a user's, a day and the POSTs are the application's."""
    return limit, who.key if limit == "user" else who.application


def _told(total: float | None, remaining: float, reset_at: float | None, time: float) -> Window:
    return Window(None if total is None else int(total), int(remaining), reset_at, time)
