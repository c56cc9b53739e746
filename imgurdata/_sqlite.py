"""SQLite file as the cache of answers, that of columns and the credit ledger use it.

Many threads and processes share the file. Only its owner can read it, every wait for another
process is bounded, and whatever happens to the file from outside (damage, deletion, a full disk)
becomes one warning and a new file, never an exception of SQLite.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sqlite3
import stat
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from imgurdata._format import path_text
from imgurdata._process import OwningProcess
from imgurdata.errors import CacheUnusable

__all__ = ["NotWritten", "SQLiteFile", "run_statements"]

_T = TypeVar("_T")
_Hook = Callable[[sqlite3.Connection], None]

logger = logging.getLogger(__name__)

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
#: The file is no database, or its tables are not those that our statements are written for.
_DAMAGED = frozenset({
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA,
    sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_TOOBIG,
})  # fmt: skip
#: Exceptions of SQLite; the second if its message quotes bytes of a damaged file.
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
#: Converter of texts that may not be UTF-8.
_LENIENT = methodcaller("decode", "utf-8", "replace")
#: Shortest and longest pause between two attempts to get a lock, in seconds.
_MIN_PAUSE, _MAX_PAUSE = 0.001, 0.05
#: Longest wait for a lock after the wait before was in vain, in seconds.
_SHORT_WAIT = 0.02
#: Pause between two attempts to open a file that another process held, in seconds.
_REOPEN = 1.0
_LOCKED = "another process keeps it locked"
_MAX_IDLE_READERS = 8
_WAL_BYTES = 4 * 2**20
_SIDE_FILES = ("-wal", "-shm", "-journal")


class NotWritten(Exception):
    """A transaction failed; the text says why."""


class SQLiteFile:
    """One SQLite file, shared by threads and processes.

    The file and its folders are created, readable by their owner only. ``path`` None keeps it in
    memory. ``purpose`` names it in messages (``"cache"``), and ``remedy`` ends the message of a
    file that cannot be used. CacheUnusable is raised if it cannot be opened or written, or belongs
    to something else.

    ``application_id`` and ``user_version`` are SQLite's own marks: a file with others is not ours
    (an id of 0 is not checked). With ``own_name`` the file's name alone says that it is ours, so
    that any unreadable content is set aside; under another name, it is refused and left alone.

    A lock of another process is waited for ``max_wait`` seconds; after a wait in vain the next
    ones are short, until one succeeds. ``read_only`` accepts a file that can only be read,
    otherwise it is proven writable. ``memory_instead`` goes on in memory, with a warning, if the
    file cannot be used; if another process holds it, later calls try to open it again. A damaged
    file is set aside, under another name; a ``disposable`` one is deleted.

    ``upgrade`` is called in a transaction with a file of an older version, ``prepare`` with each
    new connection of the writer, and ``rescue`` with the old one before another file is opened.
    What is prepared (temporary tables) is for the writer's connection alone, which reads, too.
    """

    def __init__(
        self,
        path: Path | None,
        tables: str,
        *,
        purpose: str,
        remedy: str = "",
        application_id: int = 0,
        user_version: int = 0,
        own_name: bool = True,
        max_wait: float = 5.0,
        read_only: bool = False,
        memory_instead: bool = False,
        disposable: bool = False,
        upgrade: _Hook | None = None,
        prepare: _Hook | None = None,
        rescue: _Hook | None = None,
    ) -> None:
        self.path = path
        self.generation = 0
        self.closed = False
        self._tables = tables
        self._purpose = purpose
        self._remedy = remedy
        self._application_id = application_id
        self._user_version = user_version
        self._own_name = own_name
        self._read_only = read_only
        self._memory_instead = memory_instead
        self._disposable = disposable
        self._upgrade = upgrade
        self._prepare_writer = prepare
        self._rescue = rescue
        self.process = OwningProcess(f"This {purpose}")
        self._max_wait = max_wait
        #: What another process has kept waiting in vain: "reading", "writing".
        self._kept_waiting: set[str] = set()
        self._idle: deque[sqlite3.Connection] = deque()
        self._connections: set[sqlite3.Connection] = set()
        self._real: Path | None = None
        #: Of the file that is open.
        self._status: os.stat_result | None = None
        self._uri: str | None = None
        self._warned: set[str] = set()
        #: Whether a text was met that is not UTF-8. To read all of them leniently would be slower.
        self._is_lenient = False
        #: Whether it is in memory only until another process releases the file.
        self._locked_out = False
        self._reopen_at = 0.0
        self._finalizer = weakref.finalize(self, _close_all, self.process, self._connections)
        _files.add(self)
        with _running_call():
            self._writer = self._open()
        self.generation = 1

    def read(self, statement: str, values: Any = ()) -> list[Any]:
        """Return all rows of a query; a damaged file is replaced by an empty one."""
        try:
            return self._repeat(partial(self._read_once, statement, values), "reading")
        except _ERRORS as error:
            raise self._unusable(error) from None

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run one transaction; it is rolled back whatever happens.

        Raises
        ------
        NotWritten
            It failed; the text says why.
        """
        try:
            return self._repeat(partial(self._transact, work), "writing")
        except CacheUnusable as error:
            raise NotWritten(str(error)) from None
        except _ERRORS as error:
            raise NotWritten(self._reason(error)) from None

    def in_memory(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run work of the writer's connection that needs no lock of other processes.

        Such as on temporary tables. It is not looked whether the file is still there.
        """
        with self.process.lock, _running_call():
            try:
                return work(self._writer)
            except _ERRORS as error:
                raise self._unusable(error) from None

    def warn_once(self, cause: str, text: str, *values: Any) -> None:
        """Log a warning, and repetitions with the same cause at debug level."""
        level = logging.DEBUG if cause in self._warned else logging.WARNING
        self._warned.add(cause)
        logger.log(level, text, *values)

    def bytes_used(self) -> int:
        """Return the size of the file without its free pages."""
        ((pages, free, size),) = self.read(
            "SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM "
            "pragma_freelist_count), (SELECT page_size FROM pragma_page_size)"
        )
        return int((pages - free) * size)

    def shrink(self) -> None:
        """Give free pages back to the system, unless somebody is reading."""
        with self.process.lock, _running_call(), contextlib.suppress(*_ERRORS):
            # A script runs the statement to its end; execute() would free a single page.
            self._writer.executescript("PRAGMA incremental_vacuum")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def wait_again(self) -> None:
        """Forget that the last wait for a lock was in vain: the next write waits its full time."""
        self._kept_waiting.discard("writing")
        self._reopen_at = 0.0

    def close(self) -> None:
        """Close every connection; in a forked child do nothing, since they are the parent's."""
        if not self.process.is_current:
            return
        with self.process.lock, _running_call():
            self.closed = True
            self._drain()
            self._shut(self._writer)

    def _unusable(self, error: BaseException) -> CacheUnusable:
        name = "" if self.path is None else f" {path_text(self.path)}"
        remedy = f" {self._remedy}" if self._remedy else ""
        reason = self._reason(error)
        return CacheUnusable(f"The {self._purpose}{name} cannot be used: {reason}.{remedy}")

    def _reason(self, error: BaseException) -> str:
        return "it is closed with its session" if self.closed else _reason(error)

    def _repeat(self, act: Callable[[], _T], kind: str, *, is_open: bool = True) -> _T:
        """Read or write, while another process holds the file repeatedly, for a bounded time.

        SQLite itself never waits: no lock of ours is held between two attempts, so that other
        threads go on, and Python sees a Ctrl-C. If the file is damaged, it is replaced, and read or
        written once more.
        """
        generation = self._check_file() if is_open else 0
        began: float | None = None
        pause = _MIN_PAUSE
        while True:
            was_lenient = self._is_lenient
            try:
                with _running_call():
                    result = act()
                self._kept_waiting.discard(kind)
                return result
            except _ERRORS as error:
                if _code(error) in _BUSY:
                    began = time.monotonic() if began is None else began
                    longest = _SHORT_WAIT if kind in self._kept_waiting else self._max_wait
                    if time.monotonic() - began >= min(longest, self._max_wait):
                        self._kept_waiting.add(kind)
                        raise
                    time.sleep(pause)
                    pause = min(pause * 2, _MAX_PAUSE)
                elif _is_no_text(error) and not was_lenient:
                    self._is_lenient = True
                    for connection in list(self._connections):
                        connection.text_factory = _LENIENT
                elif is_open and not self.closed and _is_damage(error):
                    is_open = False  # it is replaced once
                    self._renew(generation, damage=error)
                    self._check_file()
                else:
                    raise

    def _transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run one transaction of the writer."""
        # The writer is looked up under the lock: another thread may be opening a new one.
        with self.process.lock:
            if self._locked_out and not self.closed:
                raise NotWritten(_LOCKED)
            return _in_transaction(self._writer, work)

    def _read_once(self, statement: str, values: Any) -> list[Any]:
        """Read once, by a connection that no other thread uses.

        Two threads on one connection get half a row on Python 3.12 and later, and a reader must not
        wait for a writer.
        """
        if self._real is None or self._prepare_writer is not None:
            with self.process.lock:
                return self._writer.execute(statement, values).fetchall()
        generation = self.generation
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            rows = connection.execute(statement, values).fetchall()
        except BaseException:
            # An interrupted statement would hold its snapshot for ever.
            self._shut(connection)
            raise
        if len(self._idle) >= _MAX_IDLE_READERS or generation != self.generation:
            self._shut(connection)
        else:
            self._idle.append(connection)
            if self.closed or generation != self.generation:
                self._drain()
        return rows

    # Opening

    def _connect(self) -> sqlite3.Connection:
        if self.closed:
            raise sqlite3.ProgrammingError("it is closed with its session")
        database: Any = ":memory:" if self._real is None else self._uri or self._real
        connection = sqlite3.connect(
            database, timeout=0, isolation_level=None, check_same_thread=False,
            uri=self._uri is not None,
        )  # fmt: skip
        self._connections.add(connection)
        if self._is_lenient:
            connection.text_factory = _LENIENT
        return connection

    def _shut(self, connection: sqlite3.Connection) -> None:
        with contextlib.suppress(*_ERRORS):
            connection.close()
        self._connections.discard(connection)

    def _drain(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._shut(self._idle.pop())

    def _open(self) -> sqlite3.Connection:
        """Open the file; a damaged one is set aside first."""
        self._locked_out = False
        for last in (False, True):
            self._uri = None
            try:
                return self._open_writable()
            except (OSError, ValueError, sqlite3.Error) as error:
                reason: Exception = error
            damaged = _is_damage(reason) and (self._own_name or self._has_our_id())
            if not last and damaged and self._set_aside(reason):
                continue
            # A file that another process holds can be written later.
            if self._read_only and not _is_damage(reason) and _code(reason) not in _BUSY:
                try:
                    connection = self._open_read_only()
                except (OSError, sqlite3.Error) as error:
                    reason = error
                else:
                    if connection is not None:
                        return connection
            if self._memory_instead:
                return self._open_in_memory(reason)
            raise self._unusable(reason) from None
        raise AssertionError("unreachable")  # pragma: no cover

    def _open_writable(self) -> sqlite3.Connection:
        if self.path is not None:
            self._real = Path(os.path.realpath(self.path))
            _make_private(self._real)
            self._status = self._real.stat()
        connection = self._connect()
        try:
            self._repeat(partial(self._prepare, connection), "writing", is_open=False)
        except BaseException:
            self._shut(connection)
            raise
        return connection

    def _open_read_only(self) -> sqlite3.Connection | None:
        """Open a file that cannot be written; None if it is not ours.

        Raises
        ------
        sqlite3.OperationalError
            Another process holds it.
        OSError
            The log beside it cannot be read.
        """
        # Path.is_file() raises if a name is too long.
        if self._real is None or not os.path.isfile(self._real):  # noqa: PTH113
            return None
        failure: Exception | None = None
        # "immutable" reads without the files beside it, which a read-only folder cannot have.
        for options in ("mode=ro", "mode=ro&immutable=1"):
            if failure is not None and not _is_damage(failure) and _has_log(self._real):
                raise OSError(
                    0, "its newest rows are in the file -wal beside it, which can only be read "
                    "where the folder can be written; copy both files to such a folder",
                )  # fmt: skip
            self._uri = f"file:{quote(os.fsencode(self._real))}?{options}"
            connection = self._connect()
            try:
                self._repeat(partial(self._prepare_reading, connection), "reading", is_open=False)
            except _ERRORS as error:
                self._shut(connection)
                if _code(error) in _BUSY:
                    raise
                failure = error
                continue
            self._status = self._real.stat()
            return connection
        return None

    def _open_in_memory(self, error: BaseException) -> sqlite3.Connection:
        locked_out = _code(error) in _BUSY
        if locked_out:
            self._reopen_at = time.monotonic() + _REOPEN
            self.warn_once(
                _LOCKED, "The %s %s cannot be used now (%s): it is kept in memory until it can.",
                self._purpose, path_text(self.path), _LOCKED,
            )  # fmt: skip
        else:
            logger.warning(
                "The %s %s cannot be used (%s): it is kept in memory instead.",
                self._purpose, path_text(self.path), _reason(error),
            )  # fmt: skip
        self._real = self._uri = None
        connection = self._connect()
        self._prepare(connection)
        self._locked_out = locked_out
        return connection

    def _prepare_reading(self, connection: sqlite3.Connection) -> None:
        self._check_schema(connection)
        if self._prepare_writer is not None:
            self._prepare_writer(connection)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        ((is_new,),) = connection.execute(
            "SELECT COUNT(*) = 0 FROM main.sqlite_master WHERE substr(name, 1, 7) != 'sqlite_'"
        )
        if is_new:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # only before the first table
        else:
            # Only if it is needed, since another process may hold the file for writing.
            if self._upgrade is not None and self._is_foreign(_schema(connection)):
                _in_transaction(connection, self._upgrade)
            self._check_schema(connection)
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}").fetchall()
        if is_new or not self._read_only:
            # The marks are written each time: that proves that the file is writable.
            marks = (
                f"PRAGMA application_id={self._application_id}",
                f"PRAGMA user_version={self._user_version}",
            )
            statements = [(one, ()) for one in (*self._tables.split(";"), *marks)]
            _in_transaction(connection, partial(run_statements, statements))
        if mode not in {"wal", "memory"}:
            self.warn_once(
                "no WAL", "The %s %s cannot be kept in WAL mode here (a network folder?): it "
                "works, but slower.", self._purpose, path_text(self.path),
            )  # fmt: skip
        if self._prepare_writer is not None:
            self._prepare_writer(connection)

    def _check_schema(self, connection: sqlite3.Connection) -> None:
        """Refuse a file that is not ours; an empty one is."""
        schema = _schema(connection)
        if not schema:
            return
        ((application_id, version),) = connection.execute(
            "SELECT (SELECT application_id FROM pragma_application_id), "
            "(SELECT user_version FROM pragma_user_version)"
        )
        ours = (self._application_id, self._user_version)
        if self._application_id and (application_id, version) != ours:
            raise _ForeignError(
                "it was written by another version of imgurdata" if application_id == ours[0]
                else "it is a database of another program"
            )  # fmt: skip
        if self._is_foreign(schema):
            raise _ForeignError("it has other tables")

    def _is_foreign(self, schema: _Schema) -> bool:
        expected = _schema_of(self._tables)
        return any(expected.get(name) != columns for name, columns in schema.items())

    # Changes of the file from outside

    def _check_file(self) -> int:
        """Refuse a forked child, reopen a changed file, and return the number of openings."""
        self.process.check()
        generation = self.generation
        if self._locked_out:
            if time.monotonic() >= self._reopen_at:
                self._renew(generation)
        elif self._real is not None and not self.closed:
            try:
                now = os.stat(self._real)  # noqa: PTH116 - Path.stat() is slower
            except (FileNotFoundError, NotADirectoryError):
                now = None
            except OSError:
                return generation
            known = self._status
            if now is None or known is None or not os.path.samestat(now, known):
                self._renew(generation, moved=True)
            elif now.st_size == 0:
                self._renew(generation, damage=sqlite3.DatabaseError("it was emptied"))
        return self.generation

    def _renew(
        self, generation: int, *, moved: bool = False, damage: Exception | None = None
    ) -> None:
        """Open the file anew, unless another thread has done so; set a damaged one aside."""
        with self.process.lock, _running_call():
            if self.closed or self.generation != generation:
                return
            if moved:
                self.warn_once(
                    "moved", "The %s %s was deleted or replaced while it was open: it goes on "
                    "with the file that is there now, or a new one.",
                    self._purpose, path_text(self.path),
                )  # fmt: skip
            if self._rescue is not None:
                with contextlib.suppress(*_ERRORS):
                    self._rescue(self._writer)
            was_locked_out = self._locked_out
            try:
                self._drain()
                self._shut(self._writer)
                if damage is not None:
                    self._set_aside(damage)
                self._writer = self._open()
            except BaseException:
                # So that the next call tries it again; an interrupt ends a wait for a lock, too.
                self._status, self._locked_out = None, was_locked_out
                raise
            self.generation += 1
            self._drain()  # what was opened meanwhile may be of the old file

    def _set_aside(self, error: BaseException) -> bool:
        """Rename or delete the damaged file, and return whether its path is free now.

        Another process may have been faster: then the file at the path is new already.
        """
        if self._real is None:
            return False
        try:
            if self._status is None or not os.path.samestat(self._status, self._real.stat()):
                return True
            if self._disposable:
                for side in ("", *_SIDE_FILES):
                    Path(f"{self._real}{side}").unlink(missing_ok=True)
                logger.warning(
                    "The %s %s is damaged (%s): it was deleted, and a new one was begun.",
                    self._purpose, path_text(self.path), _reason(error),
                )  # fmt: skip
                return True
            number = 1
            while (aside := self._real.with_name(f"{self._real.name}.damaged-{number}")).exists():
                number += 1
            self._real.rename(aside)
            for side in _SIDE_FILES:
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self._real}{side}").rename(f"{aside}{side}")
        except FileNotFoundError:
            return True
        except OSError:
            return False
        logger.warning(
            "The %s %s is damaged (%s): it was set aside as %s, and a new one was begun.",
            self._purpose, path_text(self.path), _reason(error), aside.name,
        )  # fmt: skip
        return True

    def _has_our_id(self) -> bool:
        """Return whether the head of the file has our application id, whatever follows it."""
        if not self._application_id or self._real is None:
            return False
        try:
            with self._real.open("rb") as file:
                return file.read(72)[68:] == self._application_id.to_bytes(4, "big")
        except OSError:
            return False


class _ForeignError(sqlite3.DatabaseError):
    """A sound database that is not ours."""

    sqlite_errorcode = sqlite3.SQLITE_NOTADB


def _code(error: object) -> int | None:
    """Return SQLite's primary code of an error, or None."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _is_no_text(error: object) -> bool:
    """Return whether an error says that a text is not UTF-8."""
    return isinstance(error, sqlite3.OperationalError) and _code(error) is None


def _is_damage(error: object) -> bool:
    if isinstance(error, UnicodeDecodeError):
        return True
    # A short read means that the log beside the file was cut.
    short = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHORT_READ
    return short or _code(error) in _DAMAGED


def _reason(error: BaseException) -> str:
    """Return why a file cannot be used, in a few words."""
    code = _code(error)
    if code in _BUSY:
        return _LOCKED
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full"
    if isinstance(error, UnicodeDecodeError):
        return "it holds bytes that are no text"
    if isinstance(error, ValueError):
        return "its name holds characters that no file name can have"
    return path_text(getattr(error, "strerror", None) or error)


def _has_log(path: Path) -> bool:
    """Return whether there are rows in the log beside a file."""
    try:
        return Path(f"{path}-wal").stat().st_size > 0
    except OSError:
        return False


def _in_transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], _T]) -> _T:
    # A context manager of C: an interrupt inside one of Python would leave it open.
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        return work(connection)


def run_statements(
    statements: Iterable[tuple[str, Any]], connection: sqlite3.Connection
) -> int | None:
    """Run statements with their values; return the number of the last row that was inserted."""
    for statement, values in statements:
        last = connection.execute(statement, values)
    return last.lastrowid


#: Tables with their columns, indices, triggers and views by type and name.
_Schema = dict[tuple[str, str], list[tuple[Any, ...]]]


def _schema(connection: sqlite3.Connection) -> _Schema:
    schema: _Schema = {}
    for kind, name, *column in connection.execute(
        'SELECT one.type, one.name, has.name, upper(has.type), has."notnull", dflt_value, pk '
        "FROM main.sqlite_master AS one "
        "LEFT JOIN pragma_table_xinfo(one.name, 'main') AS has ON one.type = 'table' "
        "WHERE substr(one.name, 1, 7) != 'sqlite_'"
    ):
        schema.setdefault((kind, name), []).append(tuple(column))
    return schema


@functools.lru_cache
def _schema_of(tables: str) -> _Schema:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(tables)
        return _schema(connection)


def _make_private(path: Path) -> None:
    """Create a file and its folders, readable by their owner only; close an open mode.

    SQLite gives the files beside it the same mode. Raises OSError or ValueError if that cannot be
    done, or if something else than a file is there.
    """
    folder = path.parent
    for each in [one for one in (*reversed(folder.parents), folder) if not one.is_dir()]:
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)  # whatever the umask
    try:
        created = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        os.close(created)
        path.chmod(0o600)  # a umask can take away the owner's rights, too
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is no regular file")
    if os.name != "posix":
        return
    for file in (path, *(Path(f"{path}{side}") for side in _SIDE_FILES)):
        try:
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError:
            reason = "others may read or write it, and its mode cannot be changed"
            raise OSError(0, reason) from None


#: All files that are open in this process.
_files: weakref.WeakSet[SQLiteFile] = weakref.WeakSet()
#: One item for each running call of SQLite: appending and popping need no lock.
_running: list[None] = []
_may_run = threading.Event()
_may_run.set()
#: How long a fork waits for running calls, in seconds.
_FORK_WAIT = 1.0


_this_thread = threading.local()


@contextlib.contextmanager
def _running_call() -> Iterator[None]:
    """Context of a call of SQLite; a fork waits until none is running.

    A lock inside SQLite that is held at the fork would stay locked in the child for ever, and the
    child's own first connection would wait for it.
    """
    if getattr(_this_thread, "is_running", False):
        yield
        return
    _running.append(None)
    while not _may_run.is_set():
        _running.pop()
        _may_run.wait(_FORK_WAIT)
        _running.append(None)
    _this_thread.is_running = True
    try:
        yield
    finally:
        _this_thread.is_running = False
        if _running:
            _running.pop()


def _before_fork() -> None:
    _may_run.clear()
    until = time.monotonic() + _FORK_WAIT
    while _running and time.monotonic() < until:
        time.sleep(0.0005)


def _after_fork_in_child() -> None:
    """Never close what the parent has open: that could write to the file and remove its log."""
    global _may_run
    _running.clear()
    _may_run = threading.Event()
    _may_run.set()
    import ctypes  # only here: pandas has imported it already

    for file in list(_files):
        for connection in list(file._connections):
            # With one reference too many it is not closed when the interpreter ends, either.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=lambda: _may_run.set(),  # noqa: PLW0108 - a child has another event
        after_in_child=_after_fork_in_child,
    )


def _close_all(process: OwningProcess, connections: set[sqlite3.Connection]) -> None:
    if process.is_current:
        for connection in list(connections):
            with contextlib.suppress(*_ERRORS):
                connection.close()
