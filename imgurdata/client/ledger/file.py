"""The ledger's file: SQLite in WAL, shared by every process of this machine.

Rows are written at once and one by one, so that a process that is killed leaves behind all it was
answered. What is asked is written down before it is sent: of a request that was under way when its
process was killed, the credit is gone, too.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from imgurdata.client.ledger.limits import LIMITS
from imgurdata.client.sqlite_files import is_damage, rename_with_log
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
);
"""
_ADD_ANSWER = f"INSERT INTO answers ({', '.join(_ANSWER)}) VALUES ({', '.join('?' * len(_ANSWER))})"  # noqa: S608
_ADD_ASKED = f"INSERT INTO asked ({', '.join(_ASKED)}) VALUES ({', '.join('?' * len(_ASKED))})"  # noqa: S608
#: How long another process may hold the file before a row is given up, in seconds.
_BUSY = 5.0


class LedgerFile:
    """Rows in, rows out; one connection, safe for many threads.

    Parameters
    ----------
    path
        None keeps it in memory, and so does a file that cannot be used: the session goes on, and
        a warning says so.

    Notes
    -----
    A file that is not a ledger any more is set aside under another name, with a warning.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._closed = False
        self._connection = self._open()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    # Writing ------------------------------------------------------------------------------------

    def asked(self, row: tuple[Any, ...]) -> int | None:
        """Write down a request that is about to be sent; its number, None where that failed."""
        return self._write([(_ADD_ASKED, row)])

    def answered(self, ticket: int | None, row: tuple[Any, ...]) -> int | None:
        """Write down its answer in its place; the answer's number."""
        steps: list[tuple[str, tuple[Any, ...]]] = [(_ADD_ANSWER, row)]
        if ticket is not None:
            steps.append(("DELETE FROM asked WHERE number = ?", (ticket,)))
        return self._write(steps)

    def withdrawn(self, ticket: int | None) -> None:
        """It never got as far as Imgur."""
        self._write([("DELETE FROM asked WHERE number = ?", (ticket,))])

    def lost(self, ticket: int | None) -> None:
        """It was sent, and its answer will not come."""
        self._write([("UPDATE asked SET lost = 1 WHERE number = ?", (ticket,))])

    def prune(self, host: str, before: float) -> None:
        """Forget what is older, of one host: other hosts may live by other clocks."""
        oldest = "SELECT time FROM answers WHERE host = ? ORDER BY number LIMIT 1"
        with contextlib.suppress(CacheUnusable):
            first = self.rows(oldest, host)
            if not first or first[0][0] >= before:
                return
            # The newest row stays: numbers are given from it on.
            newest = "number < (SELECT MAX(number) FROM answers)"
            self._write([
                (f"DELETE FROM answers WHERE host = ? AND time < ? AND {newest}", (host, before)),  # noqa: S608
                ("DELETE FROM asked WHERE host = ? AND time < ?", (host, before)),
            ])  # fmt: skip

    def _write(self, steps: Iterable[tuple[str, tuple[Any, ...]]]) -> int | None:
        """Some rows in one transaction; the number of the first, or None."""
        with self._lock:
            for again in (True, False):
                try:
                    with self._connection:
                        numbers = [self._connection.execute(*step).lastrowid for step in steps]
                except sqlite3.Error as error:
                    if again and self._set_aside_if_broken(error):
                        continue
                    logger.warning("the ledger could not take up an answer: %s", error)
                    return None
                return numbers[0]
        return None

    # Reading ------------------------------------------------------------------------------------

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """What a SELECT gives.

        Raises
        ------
        CacheUnusable
            The file cannot be read, or is closed.
        """
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                if self._set_aside_if_broken(error):
                    return self._connection.execute(statement, values).fetchall()
                what = "is closed with its session" if self._closed else f"cannot be read: {error}"
                raise CacheUnusable(f"The ledger {what}.") from None

    def version(self) -> tuple[int, int]:
        """Another one whenever somebody else has written, or the file is another."""
        with self._lock:
            return id(self._connection), self.rows("PRAGMA data_version")[0][0]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            self._connection.close()

    # The file -----------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        if self._path is not None:
            for again in (True, False):
                try:
                    return _connect(self._path)
                except (OSError, sqlite3.Error) as error:
                    if again and _broken(error) and _set_aside(self._path, error):
                        continue
                    logger.warning(
                        "the ledger %s cannot be used (%s): kept in memory instead",
                        self._path, error,
                    )  # fmt: skip
                    break
        return _prepare(sqlite3.connect(":memory:", check_same_thread=False))

    def _set_aside_if_broken(self, error: sqlite3.Error) -> bool:
        """Have a new file in place of one that turned out to be broken; whether that was it."""
        if self._path is None or self._closed or not _broken(error):
            return False
        self._connection.close()
        # Another process may have met the same, and set it aside already.
        if not _sound(self._path):
            _set_aside(self._path, error)
        self._connection = self._open()
        return True


class _NoLedger(sqlite3.DatabaseError):
    """A database, but with other tables."""


def _broken(error: BaseException) -> bool:
    """Whether an error says that the file is no ledger, rather than busy, full or forbidden."""
    return isinstance(error, _NoLedger) or is_damage(error)


def _sound(path: Path) -> bool:
    try:
        with contextlib.closing(_connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except (OSError, sqlite3.Error):
        return False


def _set_aside(path: Path, error: BaseException) -> bool:
    """Give a broken file another name; whether that could be done."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.broken-{stamp}")
    try:
        rename_with_log(path, aside)
    except OSError:
        return False
    logger.warning(
        "the ledger %s is broken (%s): it is set aside as %s, and a new one is begun. What was "
        "spent before is not counted; what is left, the next answer tells.",
        path, error, aside.name,
    )  # fmt: skip
    return True


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
    there = {row[1] for row in connection.execute("PRAGMA table_info(answers)")}
    if there and "seen" not in there and there.issuperset(set(_ANSWER) - {"seen"}):
        connection.execute("ALTER TABLE answers ADD COLUMN seen INTEGER")  # of older versions
        there.add("seen")
    if there and not there.issuperset(_ANSWER):
        raise _NoLedger("its table has other columns")
    connection.executescript(_TABLES)
    return connection
