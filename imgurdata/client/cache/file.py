"""The SQLite file below the cache: opened, proven, waited for within bounds, replaced if damaged.

Knows nothing of answers. Readers take a connection of their own from a small pool: two threads on
one connection get half a row on Python 3.12 and later, and a reader must not stand behind a writer
that waits for another process.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from imgurdata.client.sqlite_files import code_of, is_damage, rename_with_log
from imgurdata.errors import CacheUnusable

__all__ = ["APPLICATION_ID", "StoreFile"]

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

#: Marks a file as ours ("Imgd"), so that no other program's database is ever taken for one.
APPLICATION_ID = 0x496D6764
#: How long SQLite itself waits for a lock; between two such waits Python sees a Ctrl-C.
_NAP = 0.1
#: How long a write waits while the last one was lost: the next answers must not wait as long again.
_DISCOURAGED = 0.05
_READERS = 8
_WAL_BYTES = 4 * 2**20
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class StoreFile:
    """One SQLite file, shared by threads and processes.

    Parameters
    ----------
    path
        The file; made with its folder, readable by its owner only.
    tables
        Statements that make the tables where there are none.
    version
        Of the tables; a file of another version is set aside.
    own_name
        Whether the file's name says that it is ours: then whatever is in it is set aside where it
        can't be read. Under a name that somebody chose, what is not ours is refused, not moved.
    patience
        How long a lock of another process is waited for, in seconds.

    Raises
    ------
    CacheUnusable
        It can't be opened or written, or is somebody else's.
    """

    def __init__(
        self, path: Path, tables: str, *, version: int, own_name: bool, patience: float
    ) -> None:
        self.path = path
        self._tables = tables
        self._version = version
        self._own_name = own_name
        self._patience = patience
        self._lock = threading.RLock()
        self._lost = 0
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        self._writer = self._open()

    def read(self, statement: str, values: Any = ()) -> list[Any]:
        """All rows of a query; a damaged file is replaced by an empty one, and has none."""
        for last in (False, True):
            writer = self._writer
            try:
                return self._read(statement, values)
            except sqlite3.Error as error:
                if self._closed or last or not is_damage(error):
                    raise self._unusable(error) from None
                self._replace(writer, error)
        raise AssertionError("unreachable")  # pragma: no cover

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """One transaction, rolled back whatever happens; a lost one is said, once.

        None where it was lost: the answer is there all the same, it is only not kept.
        """
        with self._lock:
            if self._closed:
                self._lose("it is closed")
                return None
            for last in (False, True):
                try:
                    return self._transaction(work)
                except sqlite3.Error as error:
                    if last or not is_damage(error):
                        self._lose(error)
                        return None
                    try:
                        self._replace(self._writer, error)
                    except CacheUnusable as unusable:
                        self._lose(unusable)
                        return None
        return None  # pragma: no cover

    def bytes_used(self) -> int:
        """Size of what the file holds; free pages inside it don't count."""
        ((pages, free, size),) = self.read(
            "SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM "
            "pragma_freelist_count), (SELECT page_size FROM pragma_page_size)"
        )
        return int((pages - free) * size)

    def shrink(self) -> None:
        """Give free pages back to the system; where somebody is reading, next time."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            # A script: execute() would take one step of it, which frees one page.
            self._writer.executescript("PRAGMA incremental_vacuum")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @property
    def lost_writes(self) -> int:
        """How many writes were lost so far."""
        return self._lost

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._closed = True
            self._drain()
            self._writer.close()

    # Reading and writing ------------------------------------------------------------------------

    def _read(self, statement: str, values: Any) -> list[Any]:
        writer = self._writer
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            rows = self._patiently(
                lambda: connection.execute(statement, values).fetchall(), self._patience
            )
        except BaseException:
            # Interrupted in the middle, it would hold its snapshot for ever.
            connection.close()
            raise
        if len(self._idle) >= _READERS or writer is not self._writer:
            connection.close()
        else:
            self._idle.append(connection)
            if self._closed:
                self._drain()
        return rows

    def _transaction(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        connection = self._writer
        patience = min(_DISCOURAGED, self._patience) if self._lost_last else self._patience
        try:
            self._patiently(lambda: connection.execute("BEGIN IMMEDIATE"), patience)
            done = work(connection)
            connection.execute("COMMIT")
        finally:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        self._lost_last = False
        return done

    _lost_last = False

    @staticmethod
    def _patiently(act: Callable[[], _T], patience: float) -> _T:
        until = time.monotonic() + patience
        while True:
            try:
                return act()
            except sqlite3.OperationalError as error:
                if code_of(error) not in _BUSY or time.monotonic() >= until:
                    raise

    def _lose(self, reason: object) -> None:
        self._lost += 1
        self._lost_last = True
        text = (
            "the disk is full"
            if code_of(reason) == sqlite3.SQLITE_FULL
            else "another process keeps it locked"
            if code_of(reason) in _BUSY
            else reason
        )
        logger.log(
            logging.WARNING if self._lost == 1 else logging.DEBUG,
            "an answer could not be kept in %s: %s. It is used all the same, and asked for again "
            "next time; this is said once",
            self.path,
            text,
        )

    def _drain(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

    # Opening ------------------------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("it is closed with its session")
        return sqlite3.connect(
            self.path,
            timeout=min(_NAP, self._patience),
            isolation_level=None,
            check_same_thread=False,
        )

    def _open(self) -> sqlite3.Connection:
        """The file, opened and proven writable; what is damaged is set aside first."""
        for last in (False, True):
            inode = _inode(self.path)
            try:
                return self._open_once()
            except (OSError, sqlite3.Error) as error:
                ours = self._own_name or _says_ours(self.path)
                if last or not (ours and is_damage(error)):
                    raise self._unusable(error) from None
                self._set_aside(inode, error)
        raise AssertionError("unreachable")  # pragma: no cover

    def _open_once(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.touch(mode=0o600)
        connection = self._connect()
        with contextlib.ExitStack() as undo:
            undo.callback(connection.close)
            self._patiently(lambda: self._prepare(connection), self._patience)
            undo.pop_all()
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        ((mark, version),) = connection.execute(
            "SELECT (SELECT application_id FROM pragma_application_id), "
            "(SELECT user_version FROM pragma_user_version)"
        )
        new = not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        if not new and (mark, version) != (APPLICATION_ID, self._version):
            raise _Foreign(mark == APPLICATION_ID)
        if new:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # only before the first table
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in self._tables.split(";"):
                connection.execute(statement)
            # Written each time: it proves that the file can be.
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={self._version}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if mode != "wal":
            logger.warning(
                "%s can't be kept in WAL mode here (a network folder?): it works, slower", self.path
            )

    # Damage -------------------------------------------------------------------------------------

    def _replace(self, writer: sqlite3.Connection, error: sqlite3.Error) -> None:
        """Set a file aside that turned out damaged, and begin a new one; of several threads one."""
        with self._lock:
            if self._closed or self._writer is not writer:
                return
            inode = _inode(self.path)
            self._drain()
            self._writer.close()
            try:
                self._set_aside(inode, error)
                self._writer = self._open()
            except OSError as failed:
                raise self._unusable(failed) from None

    def _set_aside(self, inode: int | None, error: BaseException) -> None:
        if inode is None or _inode(self.path) != inode:
            return  # another process was faster: what is there now is new
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        rename_with_log(self.path, aside)
        logger.warning(
            "the cache %s is damaged (%s): it was set aside as %s, and a new one begun",
            self.path,
            error,
            aside.name,
        )

    def _unusable(self, error: BaseException) -> CacheUnusable:
        reason = getattr(error, "strerror", None) or str(error)
        return CacheUnusable(
            f"The cache {self.path} cannot be used: {reason}. Give another place with cache=..., "
            'move all of them with $IMGURDATA_HOME, or keep it in memory with cache="memory".'
        )


class _Foreign(sqlite3.DatabaseError):
    """A sound database that is not a cache of this version."""

    def __init__(self, ours: bool) -> None:
        super().__init__(
            "it was written by another version of imgurdata"
            if ours
            else "it is a database of another program"
        )
        self.sqlite_errorcode = sqlite3.SQLITE_NOTADB


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _says_ours(path: Path) -> bool:
    """Whether the head of a file says that it is a cache of ours, whatever follows it."""
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError:
        return False
    return head[68:72] == APPLICATION_ID.to_bytes(4, "big")
