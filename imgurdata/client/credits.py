"""The ledger: what every real answer cost and told, kept on disk, shared by this machine.

Only the transport writes here, one row for each answer that came over the network: a cache hit
never passes it, a 304 always does. Kernels and scripts of one user share the file; rows are told
apart by host and identity.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata.client.clock import Clock, utc
from imgurdata.client.identity import Identity
from imgurdata.client.limits import LIMITS, Limits
from imgurdata.errors import CacheUnusable, InvalidArgument
from imgurdata.model.schema import DType, Field, Record

__all__ = ["HISTORY", "Ledger"]

logger = logging.getLogger(__name__)

_TIME: DType = "datetime64[us, UTC]"
_TOLD = "the answer's headers; NA where they did not tell"

#: What ``history()`` gives: one row a real answer.
HISTORY = Record(
    name="credits_history",
    fields=(
        Field("time", _TIME, "when the answer came", "the session's clock", unit="UTC"),
        Field("identity", "str", "who asked, hashed", "the session"),
        Field("endpoint", "str", "what was asked", "the table of endpoints"),
        Field("method", "str", "GET, POST ...", "the request"),
        Field("status", "Int64", "HTTP status", "the answer"),
        Field("cost", "Int64", "as documented: 1 a call, 304s too", "reference, Rate limits",
              unit="credits"),
        *(
            field
            for name in LIMITS
            for field in (
                Field(f"{name}_limit", "Int64", f"the {name} limit", _TOLD, unit="credits"),
                Field(f"{name}_remaining", "Int64", "of these left", _TOLD, unit="credits"),
                Field(f"{name}_reset_at", _TIME, "when they are filled up", _TOLD, unit="UTC"),
            )
        ),
    ),
)  # fmt: skip

_LIMIT_COLUMNS = [field.name for field in fields(Limits)]
_TABLE = f"""
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY,
    time REAL NOT NULL, host TEXT NOT NULL, identity TEXT NOT NULL, application TEXT NOT NULL,
    endpoint TEXT NOT NULL, method TEXT NOT NULL, status INTEGER NOT NULL, cost INTEGER NOT NULL,
    {", ".join(f"{name} REAL" for name in _LIMIT_COLUMNS)}
);
CREATE INDEX IF NOT EXISTS answers_by_who ON answers (host, identity, time);
CREATE INDEX IF NOT EXISTS answers_by_application ON answers (host, application, time);
"""
#: How long another process may hold the file before a row is given up, in seconds.
_BUSY = 5.0


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
        self._lock = threading.RLock()
        self._closed = False
        self._connection = _open(path)

    def record(self, *, endpoint: str, method: str, status: int, cost: int, limits: Limits) -> None:
        """Write down one real answer."""
        who = self._identity()
        told = [v.timestamp() if isinstance(v, dt.datetime) else v for v in astuple(limits)]
        row = (self._clock.now(), self._host, who.key, who.application, endpoint, method, status,
               cost, *told)  # fmt: skip
        columns = "time, host, identity, application, endpoint, method, status, cost"
        marks = ", ".join("?" * len(row))
        statement = f"INSERT INTO answers ({columns}, {', '.join(_LIMIT_COLUMNS)}) VALUES ({marks})"  # noqa: S608
        try:
            with self._lock, self._connection:
                self._connection.execute(statement, row)
        except sqlite3.Error as error:
            logger.warning("the ledger could not take up an answer: %s", error)

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

    def spent(self, limits: tuple[str, ...] = ("client", "user")) -> tuple[str, dt.datetime] | None:
        """A limit that Imgur told is spent, and when it is filled up again; None: go on."""
        for limit in limits:
            _, remaining, reset_at = self.state(limit)
            if remaining == 0 and reset_at is not None:
                return limit, reset_at
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
            told = self.state(limit)
            row |= dict(
                zip(
                    (f"{limit}_limit", f"{limit}_remaining", f"{limit}_reset_at"), told, strict=True
                )
            )
        record = Record("credits_now", tuple(f for f in HISTORY.fields if f.name in row))
        return record.frame({f.name: pa.array([row[f.name]], f.arrow_type) for f in record.fields})

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
            ``post_``; oldest first.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     posts = imd.load_gallery(pages=2)
        ...     int(session.credits.history()["cost"].sum())
        2
        """
        start = _since(since, self._clock.now())
        columns = ["time", "identity", "endpoint", "method", "status", "cost", *_LIMIT_COLUMNS]
        statement = f"SELECT {', '.join(columns)} FROM answers WHERE host = ? AND time >= ? ORDER BY time, number"  # noqa: S608, E501
        rows = self._rows(statement, self._host, start)
        by_column = dict(zip(columns, zip(*rows, strict=True), strict=True)) if rows else {}
        arrays = {}
        for field in HISTORY.fields:
            values: list[Any] = list(by_column.get(field.name, ()))
            if field.dtype == _TIME:
                values = [None if v is None else utc(v) for v in values]
            elif field.dtype == "Int64":
                values = [None if v is None else int(v) for v in values]
            arrays[field.name] = pa.array(values, field.arrow_type)
        return HISTORY.frame(arrays)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            self._connection.close()

    def __repr__(self) -> str:
        if self._closed:
            return "<credits: closed>"
        parts = []
        for limit, words in (("user", "this hour"), ("client", "today")):
            total, left, reset_at = self.state(limit)
            if left is not None:
                until = f", resets {reset_at:%H:%M} UTC" if reset_at else ""
                parts.append(f"{left} of {total} left {words}{until}")
        return f"<credits: {'; '.join(parts) or 'nothing known yet'}>"

    def state(self, limit: str) -> tuple[int | None, int | None, dt.datetime | None]:
        """Limit, remaining and reset of the window one is in; None for what was never told."""
        identity = self._identity()
        who = identity.application if limit == "client" else identity.key
        column = "application" if limit == "client" else "identity"
        last_told = f"host = ? AND {column} = ? AND {limit}_remaining IS NOT NULL"
        now = self._clock.now()
        last = self._rows(
            f"SELECT {limit}_limit, {limit}_remaining, {limit}_reset_at FROM answers "  # noqa: S608
            f"WHERE {last_told} ORDER BY number DESC LIMIT 1",
            self._host,
            who,
        )
        if not last:
            return None, None, None
        total, remaining, reset_at = last[0]
        if reset_at is None:
            return _whole(total), int(remaining), None
        if reset_at <= now:
            return _whole(total), _whole(total), None
        ((smallest,),) = self._rows(
            f"SELECT MIN({limit}_remaining) FROM answers "  # noqa: S608
            f"WHERE {last_told} AND {limit}_reset_at > ?",
            self._host,
            who,
            now,
        )
        return _whole(total), int(smallest), utc(reset_at)

    def _rows(self, statement: str, *values: Any) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            what = "is closed with its session" if self._closed else f"cannot be read: {error}"
            raise CacheUnusable(f"The ledger {what}.") from None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _since(since: Any, now: float) -> float:
    if since is None:
        return float("-inf")
    try:
        return now - pd.Timedelta(since).total_seconds()
    except (ValueError, TypeError):
        pass
    try:
        time = pd.Timestamp(since)
    except (ValueError, TypeError):
        raise InvalidArgument(
            f"since={since!r} is neither a time ('2026-03-01') nor a span ('2h')."
        ) from None
    return (time if time.tzinfo else time.tz_localize("UTC")).timestamp()


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        try:
            return _connect(path)
        except (OSError, sqlite3.Error) as error:
            logger.warning("the ledger %s cannot be used (%s): kept in memory instead", path, error)
    return _prepare(sqlite3.connect(":memory:", check_same_thread=False))


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False)
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        prepared = _prepare(connection)
        undo.pop_all()
    return prepared


def _prepare(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.executescript(_TABLE)
    return connection
