"""Store of the ledger: a SQLite file in WAL mode, shared by all processes of a machine.

Every row is written at once, so that a killed process loses none. A request is written before it
is sent, and struck out or replaced by its answer later: if its process is killed in between, its
credit is counted.

Rows that cannot be written now (another process holds the file, the disk is full) wait in
temporary tables of the same connection. Reading includes them, and the next row that can be
written takes them along.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from imgurdata._format import path_text, plural
from imgurdata._sqlite import NotWritten, SQLiteFile
from imgurdata.credits.headers import COLUMNS
from imgurdata.errors import CacheUnusable

__all__ = ["WAITING", "LedgerStore"]

logger = logging.getLogger(__name__)

_ANSWER = (
    "time", "host", "identity", "application", "endpoint", "method", "status", "cost", "seen",
    *COLUMNS,
)  # fmt: skip
_REQUEST = ("time", "host", "identity", "application", "endpoint", "method", "cost")

#: "lost" is 0, or one more than the number of the newest answer when the request was abandoned.
_TABLES = f"""
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY,
    time REAL NOT NULL, host TEXT NOT NULL, identity TEXT NOT NULL, application TEXT NOT NULL,
    endpoint TEXT NOT NULL, method TEXT NOT NULL, status INTEGER NOT NULL, cost INTEGER NOT NULL,
    {", ".join(f"{name} REAL" for name in COLUMNS)},
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
#: Pause between two attempts to write waiting rows while the ledger is only read, in seconds.
_RETRY = 1.0
#: The newest rows are kept, in the order in which they were written: a clock may jump.
_MAX_ROWS = 1_000_000
#: Largest time (epoch seconds, the year 5138) and number that a row can have.
_MAX_VALUE = 1e11
#: Numbers of answers that wait are above this one, which no answer in the file has.
WAITING = 10**12

_QUEUES = """
CREATE TEMP TABLE IF NOT EXISTS waiting_answers AS SELECT * FROM main.answers WHERE 0;
CREATE TEMP TABLE IF NOT EXISTS waiting_asked AS SELECT * FROM main.asked WHERE 0;
-- Requests of the file that were answered or cancelled (0), or abandoned (1).
CREATE TEMP TABLE IF NOT EXISTS waiting_settled (number INTEGER PRIMARY KEY, lost INTEGER);
"""
_QUEUE_NAMES = ("waiting_answers", "waiting_asked", "waiting_settled")


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


_ADD_ANSWER = _insert("main.answers", _ANSWER)
_ADD_REQUEST = _insert("main.asked", ("number", *_REQUEST))
_STRIKE_OUT = "DELETE FROM main.asked WHERE number = ?"
_NEXT = "(SELECT COALESCE(MAX(number), 0) + 1 FROM main.answers)"
_MARK_LOST = f"UPDATE main.asked SET lost = {_NEXT} WHERE number"
_COLUMNS, _ROW = ", ".join(_ANSWER), ", ".join(_REQUEST)
_WRITE_QUEUES = (
    f"INSERT INTO main.answers ({_COLUMNS}) SELECT {_COLUMNS} FROM temp.waiting_answers",
    "DELETE FROM main.asked WHERE number IN (SELECT number FROM temp.waiting_settled WHERE lost=0)",
    f"{_MARK_LOST} IN (SELECT number FROM temp.waiting_settled WHERE lost)",
    f"INSERT INTO main.asked SELECT number, {_ROW}, MIN(lost, {_NEXT}) FROM temp.waiting_asked",
    *(f"DELETE FROM temp.{queue}" for queue in _QUEUE_NAMES),
)


def _is_possible(name: str) -> str:
    return f"typeof({name}) IN ('real', 'integer') AND {name} BETWEEN 0 AND {_MAX_VALUE}"


def _views(waiting: bool) -> str:
    """Return statements that create the views for reading: possible rows, and those that wait."""
    texts = ("host", "identity", "application", "endpoint", "method")
    conditions = [f"typeof({name}) = 'text'" for name in texts]
    conditions += [f"typeof(time) IN ('real', 'integer') AND +time BETWEEN 0 AND {_MAX_VALUE}"]
    conditions += ["typeof(cost) = 'integer' AND cost BETWEEN 0 AND 1000000000"]
    request = " AND ".join(conditions)
    # The column stays bare for the sake of the partial index.
    conditions += ["typeof(status) = 'integer' AND status BETWEEN 0 AND 999",
                   f"(client_remaining IS NULL OR {_is_possible('client_remaining')})"]  # fmt: skip
    reported = ", ".join(
        name if name == "client_remaining"
        else f"CASE WHEN {_is_possible(name)} THEN {name} END AS {name}"
        for name in COLUMNS
    )  # fmt: skip
    first = ", ".join(name for name in _ANSWER if name not in COLUMNS)
    requests_first = f"SELECT number, {_ROW},"
    answers = (
        f"SELECT number, {first}, {reported} FROM main.answers WHERE {' AND '.join(conditions)}"
    )
    lost = "CASE WHEN typeof(lost) = 'integer' THEN lost ELSE 1 END"
    requests = f"{requests_first} {lost} AS lost FROM main.asked WHERE {request}"
    if waiting:
        answers += (
            f" UNION ALL SELECT rowid + {WAITING}, {', '.join(_ANSWER)} FROM temp.waiting_answers"
        )
        requests = (
            f"{requests_first} CASE WHEN number IN (SELECT number FROM temp.waiting_settled) "
            f"THEN {WAITING} ELSE {lost} END AS lost FROM main.asked WHERE {request} "
            "AND number NOT IN (SELECT number FROM temp.waiting_settled WHERE NOT lost) "
            f"UNION ALL {requests_first} lost FROM temp.waiting_asked"
        )
    return (
        "DROP VIEW IF EXISTS temp.answers; DROP VIEW IF EXISTS temp.asked; "
        f"CREATE TEMP VIEW answers AS {answers}; CREATE TEMP VIEW asked AS {requests};"
    )


_PLAIN_VIEWS, _WAITING_VIEWS = _views(False), _views(True)


class LedgerStore:
    """Rows of the ledger; safe for many threads.

    A file that is not a ledger any more is set aside under another name, with a warning. Rows with
    impossible values are not read.

    Parameters
    ----------
    path : Path or None
        The file. None keeps the rows in memory, and so does a file that cannot be used, with a
        warning.
    """

    def __init__(self, path: Path | None) -> None:
        self._waiting = False
        self._rescued: list[tuple[str, Any]] = []
        self._flushes = 0
        self._version = (0, 0, 0)
        self._next_try = 0.0
        self._file = SQLiteFile(
            path, _TABLES, purpose="ledger", max_wait=_BUSY, read_only=True, memory_instead=True,
            upgrade=_upgrade, prepare=self._prepare, rescue=self._rescue,
        )  # fmt: skip
        self._prune()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._file.closed

    def add_request(self, number: int, row: tuple[Any, ...]) -> None:
        """Write a request that is about to be sent."""
        self._write(
            lambda to: to.execute(_ADD_REQUEST, (number, *row)),
            lambda to: to.execute(
                _insert("temp.waiting_asked", ("number", *_REQUEST, "lost")), (number, *row, 0)
            ),
        )

    def add_answer(self, number: int, row: tuple[Any, ...]) -> None:
        """Write an answer in the place of its request."""
        split = len(_ANSWER) - len(COLUMNS)
        # A number that reading would take for damage is not written.
        row = (*row[:split], *(v if v is None or 0 <= v <= _MAX_VALUE else None
                               for v in row[split:]))  # fmt: skip

        def write(to: sqlite3.Connection) -> None:
            to.execute(_ADD_ANSWER, row)
            to.execute(_STRIKE_OUT, (number,))

        def queue(to: sqlite3.Connection) -> None:
            to.execute(_insert("temp.waiting_answers", _ANSWER), row)
            _queue_settled(to, number, lost=False)

        self._write(write, queue)

    def strike_out(self, number: int) -> None:
        """Delete a request that never reached Imgur."""
        self._write(
            lambda to: to.execute(_STRIKE_OUT, (number,)),
            lambda to: _queue_settled(to, number, lost=False),
        )

    def mark_lost(self, number: int) -> None:
        """Note that a request was sent and that nobody waits for its answer."""
        self._write(
            lambda to: to.execute(f"{_MARK_LOST} = ?", (number,)),
            lambda to: _queue_settled(to, number, lost=True),
        )

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Return the rows of a SELECT on ``answers`` and ``asked``, those that wait included.

        Raises
        ------
        CacheUnusable
            The file cannot be read, or is closed.
        """
        if self._waiting and time.monotonic() >= self._next_try:
            self._next_try = time.monotonic() + _RETRY
            self._write_waiting()
        return self._file.query(statement, values)

    def version(self) -> tuple[int, int, int]:
        """Return counts of files, of writings of rows that waited, and of other processes' rows."""
        try:
            # This is called often, so it does not look whether the file is still there.
            version = self._file.in_memory(_data_version)
        except CacheUnusable:
            if self.closed:
                raise
        else:
            self._version = (self._file.generation, self._flushes, version)
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
                "it. The next answer reports what is left.", path_text(self._file.path),
                f"{plural(rows, 'answer')} {'is' if rows == 1 else 'are'}",
            )  # fmt: skip
        self._file.close()

    def _write(
        self, write: Callable[[sqlite3.Connection], Any], queue: Callable[[sqlite3.Connection], Any]
    ) -> None:
        """Write a row into the file, or queue it behind those that wait."""
        if not self._waiting:
            try:
                self._file.write(write)
                return
            except NotWritten as error:
                self._enqueue(queue)
                self._warn(error)
        else:
            self._enqueue(queue)
            self._write_waiting()

    def _enqueue(self, queue: Callable[[sqlite3.Connection], Any]) -> None:
        def store(to: sqlite3.Connection) -> None:
            queue(to)
            if not self._waiting:
                self._waiting = True
                to.executescript(_WAITING_VIEWS)

        with contextlib.suppress(CacheUnusable):  # it is closed: there is nothing to wait for
            self._file.in_memory(store)

    def _write_waiting(self) -> None:
        def write(to: sqlite3.Connection) -> None:
            for statement in _WRITE_QUEUES:
                to.execute(statement)

        def check(to: sqlite3.Connection) -> None:
            # Another thread may have queued a row after the others were written.
            if not any(_count(to, queue) for queue in _QUEUE_NAMES):
                self._waiting = False
                to.executescript(_PLAIN_VIEWS)

        try:
            self._file.write(write)
            self._flushes += 1
            self._file.in_memory(check)
        except NotWritten as error:
            self._warn(error)

    def _warn(self, reason: NotWritten) -> None:
        self._file.warn_once(
            str(reason), "The ledger%s cannot be written now (%s). New rows are kept in memory, "
            "counted, and written as soon as possible. This is reported once.",
            f" {path_text(self._file.path)}" if self._file.path else "", reason,
        )  # fmt: skip

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Give a new connection its temporary tables, with the rows that waited in the old one."""
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.executescript(_QUEUES)
        for statement, row in self._rescued:
            connection.execute(statement, row)
        self._waiting = bool(self._rescued)
        self._rescued = []
        connection.executescript(_WAITING_VIEWS if self._waiting else _PLAIN_VIEWS)

    def _rescue(self, connection: sqlite3.Connection) -> None:
        """Keep the waiting rows of a connection that is about to be closed."""
        rescued: list[tuple[str, Any]] = []
        for queue in _QUEUE_NAMES if self._waiting else ():
            for row in connection.execute(f"SELECT * FROM temp.{queue}").fetchall():
                marks = ", ".join("?" * len(row))
                rescued.append((f"INSERT INTO temp.{queue} VALUES ({marks})", row))
        self._rescued = rescued

    def _prune(self) -> None:
        """Delete the oldest rows above the limit."""
        with contextlib.suppress(CacheUnusable, NotWritten):
            ((first, last),) = self._file.query("SELECT MIN(number), MAX(number) FROM main.answers")
            # Counting is slow where there are many rows: it is done if there may be too many.
            many = first is not None and last - first >= _MAX_ROWS
            for table, order in (("answers", "number"), ("asked", "time"))[0 if many else 1 :]:
                ((count,),) = self._file.query(f"SELECT COUNT(*) FROM main.{table}")
                if count > _MAX_ROWS:
                    delete = (
                        f"DELETE FROM main.{table} WHERE number IN (SELECT number FROM "
                        f"main.{table} ORDER BY {order} LIMIT {count - _MAX_ROWS})"
                    )
                    self._file.write(lambda to, delete=delete: to.execute(delete))  # type: ignore[misc]


def _upgrade(connection: sqlite3.Connection) -> None:
    """Add the column that older versions lack."""
    columns = {row[1] for row in connection.execute("PRAGMA main.table_info(answers)").fetchall()}
    if columns == {"number", *_ANSWER} - {"seen"}:
        connection.execute("ALTER TABLE main.answers ADD COLUMN seen INTEGER")


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _count(connection: sqlite3.Connection, queue: str) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM temp.{queue}").fetchone()[0])


def _queue_settled(to: sqlite3.Connection, number: int, *, lost: bool) -> None:
    """Settle a request that waits itself or is in the file."""
    settle = (
        f"UPDATE temp.waiting_asked SET lost = {WAITING}" if lost
        else "DELETE FROM temp.waiting_asked"
    )  # fmt: skip
    if to.execute(f"{settle} WHERE number = ?", (number,)).rowcount == 0:
        to.execute("INSERT OR REPLACE INTO temp.waiting_settled VALUES (?, ?)", (number, lost))
