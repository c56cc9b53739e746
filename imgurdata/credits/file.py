"""Ledger file: SQLite in WAL mode, shared by every process of this machine.

Rows are written at once and one by one, so that a process that is killed leaves behind all it was
answered. A request is written down before it is sent: if its process is killed meanwhile, its
credit is gone, too.

What cannot be written now (another process holds the file, the disk is full) waits in temporary
tables of the same connection, which reading sees, and is written with the next row that can be.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from imgurdata._format import plural
from imgurdata._sqlite import NotWritten, SQLiteFile, named
from imgurdata.credits.limits import LIMITS
from imgurdata.errors import CacheUnusable

__all__ = ["TOLD", "LedgerFile"]

logger = logging.getLogger(__name__)

#: What headers tell, as columns.
TOLD = tuple(f"{limit}_{what}" for limit in LIMITS for what in ("limit", "remaining", "reset_at"))
_ANSWER = (
    "time", "host", "identity", "application", "endpoint", "method", "status", "cost", "seen", *TOLD
)  # fmt: skip
_ASKED = ("time", "host", "identity", "application", "endpoint", "method", "cost")

_TABLES = f"""
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY,
    time REAL NOT NULL, host TEXT NOT NULL, identity TEXT NOT NULL, application TEXT NOT NULL,
    endpoint TEXT NOT NULL, method TEXT NOT NULL, status INTEGER NOT NULL, cost INTEGER NOT NULL,
    {", ".join(f"{name} REAL" for name in TOLD)},
    seen INTEGER -- number of the newest answer when the request of this one was sent
);
CREATE INDEX IF NOT EXISTS answers_by_who ON answers (host, identity, time);
CREATE INDEX IF NOT EXISTS answers_by_application ON answers (host, application, time);
CREATE INDEX IF NOT EXISTS answers_of_spent_days ON answers (host, application, time)
    WHERE client_remaining = 0;
CREATE TABLE IF NOT EXISTS asked (
    number INTEGER PRIMARY KEY,
    time REAL NOT NULL, host TEXT NOT NULL, identity TEXT NOT NULL, application TEXT NOT NULL,
    endpoint TEXT NOT NULL, method TEXT NOT NULL, cost INTEGER NOT NULL,
    lost INTEGER NOT NULL DEFAULT 0
)
"""
#: How long another process may hold the file before rows wait in memory, in seconds.
_BUSY = 5.0
#: Pause between two attempts to write what waits when the ledger is only read, in seconds.
_RETRY = 1.0
#: The newest rows that are kept, by the order in which they were written: a clock may jump.
_MOST_ROWS = 1_000_000
#: Largest time (epoch seconds, the year 5138) and number that a row can have.
_LARGEST = 1e11

# Temporary tables for rows that wait, by the same names with "waiting_" before them; of requests
# that are in the file, those that were answered or withdrawn, and those whose answer is lost.
_WAITING = """
CREATE TEMP TABLE IF NOT EXISTS waiting_answers AS SELECT * FROM main.answers WHERE 0;
CREATE TEMP TABLE IF NOT EXISTS waiting_asked AS SELECT * FROM main.asked WHERE 0;
CREATE TEMP TABLE IF NOT EXISTS waiting_done (number INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS waiting_lost (number INTEGER PRIMARY KEY);
"""
_QUEUES = ("waiting_answers", "waiting_asked", "waiting_done", "waiting_lost")


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


_COLUMNS = ", ".join(_ANSWER)
_ADD_ANSWER = _insert("main.answers", _ANSWER)
_STRIKE_OUT = "DELETE FROM main.asked WHERE number = ?"
_TOLD_FROM = len(_ANSWER) - len(TOLD)
_ADD_ASKED = _insert("main.asked", ("number", *_ASKED))
_QUEUE_ANSWER = _insert("temp.waiting_answers", _ANSWER)
_QUEUE_ASKED = _insert("temp.waiting_asked", ("number", *_ASKED, "lost"))
_WRITE_QUEUES = (
    f"INSERT INTO main.answers ({_COLUMNS}) SELECT {_COLUMNS} FROM temp.waiting_answers",  # noqa: S608
    "DELETE FROM main.asked WHERE number IN (SELECT number FROM temp.waiting_done)",
    "UPDATE main.asked SET lost = 1 WHERE number IN (SELECT number FROM temp.waiting_lost)",
    "INSERT INTO main.asked SELECT * FROM temp.waiting_asked",
    *(f"DELETE FROM temp.{queue}" for queue in _QUEUES),  # noqa: S608
)


def _views(waiting: bool) -> str:
    """Return statements for what reading sees: rows with possible values, and those that wait."""
    texts = ("host", "identity", "application", "endpoint", "method")
    sane = [f"typeof({name}) = 'text'" for name in texts]
    sane += [f"typeof(time) IN ('real', 'integer') AND +time BETWEEN 0 AND {_LARGEST}"]
    sane += ["typeof(cost) = 'integer' AND cost BETWEEN 0 AND 1000000000"]
    asked = " AND ".join(sane)
    # An index knows this column by its bare name.
    sane += ["typeof(status) = 'integer' AND status BETWEEN 0 AND 999",
             f"(client_remaining IS NULL OR {_possible('client_remaining')})"]  # fmt: skip
    answer = " AND ".join(sane)
    told = ", ".join(
        name if name == "client_remaining"
        else f"CASE WHEN {_possible(name)} THEN {name} END AS {name}"
        for name in TOLD
    )  # fmt: skip
    first = ", ".join(name for name in _ANSWER if name not in TOLD)
    answers = f"SELECT number, {first}, {told} FROM main.answers WHERE {answer}"  # noqa: S608
    requests = f"SELECT number, {', '.join(_ASKED)}, lost FROM main.asked WHERE {asked}"  # noqa: S608
    if waiting:
        # Numbers below all others: they are not in the file yet.
        answers += (
            f" UNION ALL SELECT rowid - 1000000000, {', '.join(_ANSWER)} FROM temp.waiting_answers"  # noqa: S608
        )
        requests = (
            f"SELECT number, {', '.join(_ASKED)}, "  # noqa: S608
            "lost OR number IN (SELECT number FROM temp.waiting_lost) AS lost "
            f"FROM main.asked WHERE {asked} AND number NOT IN (SELECT number FROM "
            f"temp.waiting_done) UNION ALL SELECT number, {', '.join(_ASKED)}, lost "
            "FROM temp.waiting_asked"
        )
    return (
        "DROP VIEW IF EXISTS temp.answers; DROP VIEW IF EXISTS temp.asked; "
        f"CREATE TEMP VIEW answers AS {answers}; CREATE TEMP VIEW asked AS {requests};"
    )


def _possible(name: str) -> str:
    return f"typeof({name}) IN ('real', 'integer') AND {name} BETWEEN 0 AND {_LARGEST}"


_PLAIN_VIEWS, _WAITING_VIEWS = _views(False), _views(True)


class LedgerFile:
    """Rows of the ledger; safe for many threads.

    Parameters
    ----------
    path : Path or None
        The file. None keeps the rows in memory, and so does a file that cannot be used: the session
        goes on, and a warning says so.

    Notes
    -----
    A file that is not a ledger any more is set aside under another name, with a warning. Rows with
    impossible values are not read.
    """

    def __init__(self, path: Path | None) -> None:
        self._waiting = False
        self._rescued: list[tuple[str, Any]] = []
        self._version = (0, 0)
        self._next_try = 0.0
        self._file = SQLiteFile(
            path, _TABLES, what="ledger", patience=_BUSY, read_only=True, memory_instead=True,
            upgrade=_upgrade, prepare=self._prepare, rescue=self._rescue,
        )  # fmt: skip
        self._prune()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._file.closed

    # Writing ------------------------------------------------------------------------------------

    def asked(self, row: tuple[Any, ...]) -> int:
        """Write down a request that is about to be sent; return its number."""
        # Chosen here, so that it is known while the row waits.
        number = secrets.randbits(62)
        self._write(
            lambda to: to.execute(_ADD_ASKED, (number, *row)),
            lambda to: to.execute(_QUEUE_ASKED, (number, *row, 0)),
        )
        return number

    def answered(self, ticket: int | None, row: tuple[Any, ...]) -> int | None:
        """Write down an answer in the place of its request.

        Returns
        -------
        int or None
            The answer's number; None while it waits to be written.
        """
        row = (*row[:_TOLD_FROM], *map(_bounded, row[_TOLD_FROM:]))

        def write(to: sqlite3.Connection) -> int | None:
            number = to.execute(_ADD_ANSWER, row).lastrowid
            if ticket is not None:
                to.execute(_STRIKE_OUT, (ticket,))
            return number

        def queue(to: sqlite3.Connection) -> None:
            to.execute(_QUEUE_ANSWER, row)
            _queue_done(to, ticket)

        number: int | None = self._write(write, queue)
        return number

    def withdrawn(self, ticket: int | None) -> None:
        """Strike out a request that never got as far as Imgur."""
        self._write(
            lambda to: to.execute(_STRIKE_OUT, (ticket,)), lambda to: _queue_done(to, ticket)
        )

    def lost(self, ticket: int | None) -> None:
        """Note that a request was sent, and that its answer will not come."""
        self._write(
            lambda to: to.execute("UPDATE main.asked SET lost = 1 WHERE number = ?", (ticket,)),
            lambda to: _queue_lost(to, ticket),
        )

    def _write(
        self, write: Callable[[sqlite3.Connection], Any], queue: Callable[[sqlite3.Connection], Any]
    ) -> Any:
        """Write a row into the file, or let it wait behind those that do.

        Returns
        -------
        object
            What ``write`` gives; None where the row waits.
        """
        if self._waiting:
            self._let_wait(queue)
            self._write_waiting()
            return None
        try:
            return self._file.write(write)
        except NotWritten as error:
            self._let_wait(queue)
            self._warn(error)
            return None

    def _let_wait(self, queue: Callable[[sqlite3.Connection], Any]) -> None:
        def store(to: sqlite3.Connection) -> None:
            queue(to)
            if not self._waiting:
                self._waiting = True
                to.executescript(_WAITING_VIEWS)

        with contextlib.suppress(CacheUnusable):  # closed: there is nothing to wait for
            self._file.in_memory(store)

    def _write_waiting(self) -> None:
        """Write what waits, as soon as that can be done."""

        def write(to: sqlite3.Connection) -> None:
            for statement in _WRITE_QUEUES:
                to.execute(statement)

        def check(to: sqlite3.Connection) -> None:
            # Another row may have come to wait after the others were written.
            if not any(_count(to, queue) for queue in _QUEUES):
                self._waiting = False
                to.executescript(_PLAIN_VIEWS)

        try:
            self._file.write(write)
            self._file.in_memory(check)
        except NotWritten as error:
            self._warn(error)

    def _warn(self, reason: NotWritten) -> None:
        self._file.warn_once(
            str(reason), "The ledger%s cannot be written now (%s). What was answered is kept in "
            "memory, counted, and written as soon as that can be done. This is said once.",
            f" {named(self._file.path)}" if self._file.path else "", reason,
        )  # fmt: skip

    # Reading ------------------------------------------------------------------------------------

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Return what a SELECT on ``answers`` and ``asked`` gives; rows that wait are in it.

        Raises
        ------
        CacheUnusable
            The file cannot be read, or is closed.
        """
        if self._waiting and time.monotonic() >= self._next_try:
            self._next_try = time.monotonic() + _RETRY
            self._write_waiting()
        return self._file.query(statement, values)

    def version(self) -> tuple[int, int]:
        """Return a value that changes when another process has written, or the file is another."""
        try:
            version = self._file.in_memory(_data_version)  # asked often: the file is not looked at
        except CacheUnusable:
            if self.closed:
                raise
        else:
            self._version = (self._file.generation, version)
        return self._version

    def close(self) -> None:
        """Write what waits, if that can be done in bounded time, and close the file."""
        if self.closed or not self._file.is_current:
            return
        if self._waiting:
            self._file.wait_again()
            self._write_waiting()
        if self._waiting:
            rows = 0
            with contextlib.suppress(CacheUnusable):
                rows = self._file.in_memory(lambda of: _count(of, "waiting_answers"))
            logger.warning(
                "The ledger %s could not be written until its session was closed: %s missing in "
                "it. What is left, the next answer tells.",
                named(self._file.path), f"{plural(rows, 'answer')} {'is' if rows == 1 else 'are'}",
            )  # fmt: skip
        self._file.close()

    # The file -----------------------------------------------------------------------------------

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Give a new connection its temporary tables, with the rows that waited in the old one."""
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.executescript(_WAITING)
        for statement, row in self._rescued:
            connection.execute(statement, row)
        self._waiting = bool(self._rescued)
        self._rescued = []
        connection.executescript(_WAITING_VIEWS if self._waiting else _PLAIN_VIEWS)

    def _rescue(self, connection: sqlite3.Connection) -> None:
        """Keep the rows that wait, of a connection that is about to be closed."""
        rescued: list[tuple[str, Any]] = []
        for queue in _QUEUES if self._waiting else ():
            for row in connection.execute(f"SELECT * FROM temp.{queue}").fetchall():  # noqa: S608
                marks = ", ".join("?" * len(row))
                rescued.append((f"INSERT INTO temp.{queue} VALUES ({marks})", row))  # noqa: S608
        self._rescued = rescued

    def _prune(self) -> None:
        """Keep the newest rows, by the order in which they were written."""
        extent = "SELECT MIN(number), MAX(number) FROM main.answers"
        with contextlib.suppress(CacheUnusable, NotWritten):
            for table, order in (("answers", "number"), ("asked", "time")):
                if table == "answers":
                    ((first, last),) = self._file.query(extent)
                    if first is None or last - first < _MOST_ROWS:
                        continue
                ((count,),) = self._file.query(f"SELECT COUNT(*) FROM main.{table}")  # noqa: S608
                if count > _MOST_ROWS:
                    delete = (
                        f"DELETE FROM main.{table} WHERE number IN (SELECT number FROM "  # noqa: S608
                        f"main.{table} ORDER BY {order} LIMIT {count - _MOST_ROWS})"
                    )
                    self._file.write(partial(_execute, delete))


def _upgrade(connection: sqlite3.Connection) -> None:
    """Give the table of older versions the column that it lacks."""
    there = {row[1] for row in connection.execute("PRAGMA main.table_info(answers)").fetchall()}
    if there == {"number", *_ANSWER} - {"seen"}:
        connection.execute("ALTER TABLE main.answers ADD COLUMN seen INTEGER")


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _execute(statement: str, connection: sqlite3.Connection) -> None:
    connection.execute(statement)


def _count(connection: sqlite3.Connection, queue: str) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM temp.{queue}").fetchone()[0])  # noqa: S608


def _queue_done(to: sqlite3.Connection, ticket: int | None) -> None:
    """Strike out a request, which waits itself or is in the file."""
    waits = "DELETE FROM temp.waiting_asked WHERE number = ?"
    if ticket is not None and to.execute(waits, (ticket,)).rowcount == 0:
        to.execute("INSERT OR IGNORE INTO temp.waiting_done VALUES (?)", (ticket,))


def _queue_lost(to: sqlite3.Connection, ticket: int | None) -> None:
    waits = "UPDATE temp.waiting_asked SET lost = 1 WHERE number = ?"
    if ticket is not None and to.execute(waits, (ticket,)).rowcount == 0:
        to.execute("INSERT OR IGNORE INTO temp.waiting_lost VALUES (?)", (ticket,))


def _bounded(value: float | None) -> float | None:
    """Return a value that reading takes for possible, else None."""
    return value if value is not None and 0 <= value <= _LARGEST else None
