"""Store of the ledger: a SQLite file in WAL mode, shared by all processes of a machine.

Every row is written at once, so that a killed process loses none. A request is written before it
is sent, and replaced by its answer later: if its process is killed in between, its credit counts.

Rows that cannot be written (another process holds the file, the disk is full) wait in queues, which
are temporary tables of the same connection: reading includes them, and the next row that can be
written takes them along.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from imgurdata._format import path_text, plural
from imgurdata._sqlite import NotWritten, SQLiteFile, run_statements
from imgurdata.credits.headers import COLUMNS
from imgurdata.errors import CacheUnusable

__all__ = [
    "ANSWER", "ANSWERED", "BEGUN", "CANCELLED", "LOST", "WAITING", "Change", "LedgerStore",
]  # fmt: skip

logger = logging.getLogger(__name__)

#: Columns of an answer.
ANSWER = (
    "time", "host", "identity", "application", "endpoint", "method", "status", "cost", "seen",
    *COLUMNS,
)  # fmt: skip
#: Columns that an answer may have no value of, or an impossible one.
_NULLABLE = frozenset({"seen", *COLUMNS})
#: Columns that older versions lack.
_ADDED = {"seen", *(name for name in COLUMNS if name.startswith("requests_"))}
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
CREATE TEMP TABLE IF NOT EXISTS new_answers AS SELECT *, 0 AS request FROM main.answers WHERE 0;
CREATE TEMP TABLE IF NOT EXISTS new_requests AS SELECT * FROM main.asked WHERE 0;
CREATE TEMP TABLE IF NOT EXISTS settled_requests (number INTEGER PRIMARY KEY, is_lost INTEGER);
"""
_QUEUE_NAMES = ("new_answers", "new_requests", "settled_requests")


def _insert(table: str, columns: tuple[str, ...]) -> str:
    values = ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"


_ANSWER_COLUMNS, _REQUEST_COLUMNS = ", ".join(ANSWER), ", ".join(_REQUEST)
_ENDED = (
    "SELECT request FROM temp.new_answers "
    "UNION ALL SELECT number FROM temp.settled_requests WHERE NOT is_lost"
)
_GONE = "SELECT number FROM temp.settled_requests WHERE is_lost"
_NEXT = "(SELECT COALESCE(MAX(number), 0) + 1 FROM main.answers)"
_WRITE_QUEUES = (
    f"INSERT INTO main.asked SELECT * FROM temp.new_requests WHERE number NOT IN ({_ENDED})",
    f"DELETE FROM main.asked WHERE number IN ({_ENDED})",
    f"INSERT INTO main.answers ({_ANSWER_COLUMNS}) SELECT {_ANSWER_COLUMNS} FROM temp.new_answers",
    f"UPDATE main.asked SET lost = {_NEXT} WHERE number IN ({_GONE})",
    *(f"DELETE FROM temp.{queue}" for queue in _QUEUE_NAMES),
)  # fmt: skip
_DELETE_REQUEST = "DELETE FROM main.asked WHERE number = :number"
_MARK_LOST = f"UPDATE main.asked SET lost = {_NEXT} WHERE number = :number"
_SETTLED = "INSERT OR REPLACE INTO temp.settled_requests VALUES (:number, {})"


class Change(NamedTuple):
    """What becomes of a request: statements that write it, and one that queues it instead."""

    statements: tuple[str, ...]
    queued: str


#: It is about to be sent.
BEGUN = Change(
    (_insert("main.asked", ("number", *_REQUEST, "lost")),),
    _insert("temp.new_requests", ("number", *_REQUEST, "lost")),
)
#: It was answered: the answer takes its place.
ANSWERED = Change(
    (_DELETE_REQUEST, _insert("main.answers", ANSWER)),
    _insert("temp.new_answers", ("request", *ANSWER)),
)
#: It never reached Imgur.
CANCELLED = Change((_DELETE_REQUEST,), _SETTLED.format(0))
#: It was sent, and nobody waits for its answer.
LOST = Change((_MARK_LOST,), _SETTLED.format(1))


def _is_possible(name: str) -> str:
    return f"typeof({name}) IN ('real', 'integer') AND {name} BETWEEN 0 AND {_MAX_VALUE}"


def _views(*, waiting: bool) -> str:
    """Return statements that create the views for reading: possible rows, and those that wait."""
    texts = ("host", "identity", "application", "endpoint", "method")
    conditions = [f"typeof({name}) = 'text'" for name in texts]
    conditions += [f"typeof(time) IN ('real', 'integer') AND +time BETWEEN 0 AND {_MAX_VALUE}"]
    conditions += ["typeof(cost) = 'integer' AND cost BETWEEN 0 AND 1000000000"]
    request = " AND ".join(conditions)
    # The column stays bare for the sake of the partial index.
    conditions += ["typeof(status) = 'integer' AND status BETWEEN 0 AND 999",
                   f"(client_remaining IS NULL OR {_is_possible('client_remaining')})"]  # fmt: skip
    columns = ", ".join(
        f"CASE WHEN {_is_possible(name)} THEN {name} END AS {name}"
        if name in _NULLABLE - {"client_remaining"} else name
        for name in ANSWER
    )  # fmt: skip
    answers = f"SELECT number, {columns} FROM main.answers WHERE {' AND '.join(conditions)}"
    lost = "CASE WHEN typeof(lost) = 'integer' THEN lost ELSE 1 END"
    asked = f"SELECT number, {_REQUEST_COLUMNS}, {lost} AS lost FROM main.asked WHERE {request}"
    if waiting:
        answers += f" UNION ALL SELECT rowid + {WAITING}, {_ANSWER_COLUMNS} FROM temp.new_answers"
        asked = (
            f"SELECT number, {_REQUEST_COLUMNS}, CASE WHEN number IN ({_GONE}) THEN {WAITING} "
            f"ELSE lost END AS lost FROM ({asked} UNION ALL SELECT * FROM temp.new_requests) "
            f"WHERE number NOT IN ({_ENDED})"
        )
    return (
        "DROP VIEW IF EXISTS temp.answers; DROP VIEW IF EXISTS temp.asked; "
        f"CREATE TEMP VIEW answers AS {answers}; CREATE TEMP VIEW asked AS {asked};"
    )


#: The second ones include the rows that wait; by them, SQLite could not use an index for sorting.
_VIEWS = (_views(waiting=False), _views(waiting=True))


class LedgerStore:
    """Rows of the ledger; threads that write hold the lock of its process.

    A file that is not a ledger any more is set aside under another name, with a warning. Rows with
    impossible values are not read. ``path`` None keeps the rows in memory, and so does a file that
    cannot be used, with a warning.
    """

    def __init__(self, path: Path | None) -> None:
        #: Whether rows wait in the queues.
        self._waiting = False
        self._rescued: list[tuple[str, Any]] = []
        self._flushes = 0
        self._data_version = 0
        self._next_try = 0.0
        self._file = SQLiteFile(
            path, _TABLES, purpose="ledger", max_wait=_BUSY, read_only=True, memory_instead=True,
            upgrade=_upgrade, prepare=self._prepare, rescue=self._rescue,
        )  # fmt: skip
        #: Process that opened the file, with the lock of the ledger.
        self.process = self._file.process
        self._prune()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._file.closed

    def write(
        self, change: Change, number: int, row: Mapping[str, Any] = MappingProxyType({})
    ) -> int | None:
        """Write what becomes of a request, or put it into its queue.

        Returns
        -------
        int or None
            Number of the row; None if it is in its queue, or in another file than rows before it.
        """
        values = {**row, "number": number, "request": number, "lost": 0}
        for name in _NULLABLE & row.keys():
            # A number that reading would take for damage is not written.
            if values[name] is not None and not 0 <= values[name] <= _MAX_VALUE:
                values[name] = None
        if not self._waiting:
            generation = self._file.generation
            statements = [(statement, values) for statement in change.statements]
            try:
                written = self._file.write(partial(run_statements, statements))
                return written if self._file.generation == generation else None
            except NotWritten as error:
                self._warn(error)
            except BaseException:
                # An interrupt may come before or after it was written. Before, the request stands.
                request = "SELECT 1 FROM main.asked WHERE number = ?"
                with contextlib.suppress(CacheUnusable):
                    if self._file.read(request, (number,)):
                        self._queue(change.queued, values)
                raise
        self._queue(change.queued, values)
        return None

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Return the rows of a SELECT on ``answers`` and ``asked``, those that wait included.

        Raises
        ------
        CacheUnusable
            The file cannot be read, or is closed.
        """
        with self.process.lock:
            if self._waiting and time.monotonic() >= self._next_try:
                self._next_try = time.monotonic() + _RETRY
                self._flush()
            return self._file.read(statement, values)

    def version(self) -> tuple[int, int, int]:
        """Return counts of files, of writings of rows that waited, and of other processes' rows.

        If the file cannot be read now, the last one counts.
        """
        try:
            (self._data_version,) = self._file.in_memory(
                lambda of: of.execute("PRAGMA data_version").fetchone()
            )
        except CacheUnusable:
            if self.closed:
                raise
        return self._file.generation, self._flushes, self._data_version

    def close(self) -> None:
        """Write what waits, if that can be done in bounded time, and close the file."""
        if self.closed:
            return
        if self._waiting:
            self._file.wait_again()
            self._flush()
        if self._waiting:
            rows = 0
            with contextlib.suppress(CacheUnusable):
                ((rows,),) = self._file.in_memory(
                    lambda of: of.execute("SELECT COUNT(*) FROM temp.new_answers").fetchall()
                )
            logger.warning(
                "The ledger %s could not be written until its session was closed: %s missing in "
                "it. The next answer reports what is left.", path_text(self._file.path),
                f"{plural(rows, 'answer')} {'is' if rows == 1 else 'are'}",
            )  # fmt: skip
        self._file.close()

    def _queue(self, statement: str, values: Mapping[str, Any]) -> None:
        with contextlib.suppress(CacheUnusable):  # it is closed: there is nothing to wait for
            self._file.in_memory(partial(run_statements, [(statement, values)]))
        if self._waiting:
            self._flush()
        else:
            self._waiting = True
            self._show_waiting()

    def _flush(self) -> None:
        """Write the rows that wait, if that can be done."""
        try:
            self._file.write(partial(run_statements, [(one, ()) for one in _WRITE_QUEUES]))
        except NotWritten as error:
            self._show_waiting()
            self._warn(error)
            return
        self._flushes += 1
        self._waiting = False
        self._show_waiting()

    def _show_waiting(self) -> None:
        with contextlib.suppress(CacheUnusable):
            self._file.in_memory(lambda of: of.executescript(_VIEWS[self._waiting]))

    def _warn(self, reason: NotWritten) -> None:
        self._file.warn_once(
            str(reason), "The ledger%s cannot be written now (%s). New rows are kept in memory, "
            "counted, and written as soon as possible. This is reported once.",
            f" {path_text(self._file.path)}" if self._file.path else "", reason,
        )  # fmt: skip

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Give a new connection its queues, with the rows that waited in the old one."""
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.executescript(_QUEUES)
        if self._rescued:
            run_statements(self._rescued, connection)
            self._rescued, self._waiting = [], True
        connection.executescript(_VIEWS[self._waiting])

    def _rescue(self, connection: sqlite3.Connection) -> None:
        """Keep the rows in the queues of a connection that is about to be closed."""
        rescued: list[tuple[str, Any]] = []
        for queue in _QUEUE_NAMES:
            for row in connection.execute(f"SELECT * FROM temp.{queue}").fetchall():
                marks = ", ".join("?" * len(row))
                rescued.append((f"INSERT INTO temp.{queue} VALUES ({marks})", row))
        self._rescued = rescued

    def _prune(self) -> None:
        """Delete the oldest rows above the limit."""
        with contextlib.suppress(CacheUnusable, NotWritten):
            ((first, last),) = self._file.read("SELECT MIN(number), MAX(number) FROM main.answers")
            # Counting is slow where there are many rows: it is done if there may be too many.
            many = first is not None and last - first >= _MAX_ROWS
            for table, order in (("answers", "number"), ("asked", "time"))[0 if many else 1 :]:
                ((count,),) = self._file.read(f"SELECT COUNT(*) FROM main.{table}")
                if count > _MAX_ROWS:
                    delete = (
                        f"DELETE FROM main.{table} WHERE number IN (SELECT number FROM "
                        f"main.{table} ORDER BY {order} LIMIT {count - _MAX_ROWS})"
                    )
                    self._file.write(lambda to, delete=delete: to.execute(delete))  # type: ignore[misc]


def _upgrade(connection: sqlite3.Connection) -> None:
    """Copy the answers of an older version into a table that has all columns."""
    columns = [row[1] for row in connection.execute("PRAGMA main.table_info(answers)").fetchall()]
    if not {"number", *ANSWER} - _ADDED <= set(columns) < {"number", *ANSWER}:
        return
    kept = ", ".join(columns)
    connection.execute("ALTER TABLE main.answers RENAME TO older_answers")
    connection.execute(_TABLES.partition(";")[0])
    connection.execute(f"INSERT INTO answers ({kept}) SELECT {kept} FROM older_answers")
    connection.execute("DROP TABLE older_answers")  # and its indexes, which are made anew
