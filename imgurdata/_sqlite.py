"""A SQLite file as the answer cache and the credit ledger use it.

Many threads and processes share it. It is readable by its owner only, every wait for another
process is bounded, and whatever happens to the file from outside (damage, deletion, a full disk)
becomes one warning and a new file, never an error of SQLite's.
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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from imgurdata._process import OwningProcess
from imgurdata.errors import CacheUnusable

__all__ = ["NotWritten", "SQLiteFile", "named"]

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
#: The file is no database, or its tables are not those that our statements are written for.
_DAMAGED = frozenset({
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA,
    sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_TOOBIG,
})  # fmt: skip
#: What SQLite raises; the second where its message quotes bytes of a damaged file.
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
#: Pauses between two attempts to get a lock: the first and the longest, in seconds.
_FIRST_NAP, _LONGEST_NAP = 0.001, 0.05
#: How long a lock is waited for while the last wait was in vain, in seconds.
_DISCOURAGED = 0.02
#: Pause between two attempts to open a file that another process held, in seconds.
_REOPEN = 1.0
_LOCKED = "another process keeps it locked"
_READERS = 8
_WAL_BYTES = 4 * 2**20
_LONGEST_NAME = 300
_SIDES = ("-wal", "-shm", "-journal")


class NotWritten(Exception):
    """A transaction that could not be made; the text says why."""


class SQLiteFile:
    """One SQLite file, shared by threads and processes.

    Parameters
    ----------
    path : Path or None
        The file; made with its folders, readable by its owner only. None: in memory, which only
        :meth:`query` and :meth:`write` know.
    tables : str
        Statements that create the tables, separated by semicolons.
    what : str
        Name of the file's purpose in messages: ``"cache"``.
    remedy : str
        Sentence that ends the message of a file that cannot be used.
    mark, version : int
        SQLite's application id and user version of the file; a file with others is not ours. A
        mark of 0 is not looked at.
    own_name : bool
        Whether the file's name alone says that it is ours, so that whatever is in it is set aside
        if it cannot be read. Under another name, what is not ours is refused and left alone.
    patience : float
        Seconds to wait for a lock of another process, in all: once that was in vain, the following
        calls hardly wait until one succeeds.
    read_only : bool
        Accept a file that can only be read. Without it, the file is proven writable.
    memory_instead : bool
        Go on in memory, with a warning, where the file cannot be used. Where that is because
        another process holds it, nothing can be written until the file can be opened, which later
        calls try.
    upgrade : callable, optional
        Called, in a transaction, with a file that is there: gives tables of older versions what
        they lack.
    prepare : callable, optional
        Called with each new connection of the writer.
    rescue : callable, optional
        Called with the writer's connection before it is closed for good because of damage.

    Raises
    ------
    CacheUnusable
        The file cannot be opened or written, or belongs to something else.
    """

    def __init__(
        self,
        path: Path | None,
        tables: str,
        *,
        what: str,
        remedy: str = "",
        mark: int = 0,
        version: int = 0,
        own_name: bool = True,
        patience: float = 5.0,
        read_only: bool = False,
        memory_instead: bool = False,
        upgrade: Callable[[sqlite3.Connection], None] | None = None,
        prepare: Callable[[sqlite3.Connection], None] | None = None,
        rescue: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        self.path = path
        self.generation = 0
        self._tables = tables
        self._shape = _shape_of(tables)
        self._what = what
        self._remedy = remedy
        self._mark = mark
        self._version = version
        self._own_name = own_name
        self._read_only = read_only
        self._memory_instead = memory_instead
        self._upgrade = upgrade
        self._prepare_writer = prepare
        self._rescue = rescue
        self._process = OwningProcess(f"This {what}")
        self._reading, self._writing = _Wait(patience), _Wait(patience)
        self._idle: deque[sqlite3.Connection] = deque()
        self._connections: set[sqlite3.Connection] = set()
        self._real: Path | None = None
        self._identity: tuple[int, int] | None = None
        self._uri: str | None = None
        self._said: set[str] = set()
        self._closed = False
        #: Whether it is in memory only until another process lets go of the file.
        self._locked_out = False
        self._next_opening = 0.0
        self._finalizer = weakref.finalize(self, _close_all, self._process, self._connections)
        _files.add(self)
        with _running_call:
            self._writer = self._open()

    # Use ----------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    @property
    def is_current(self) -> bool:
        """Whether it was opened by the running process."""
        return self._process.is_current

    def read(self, statement: str, values: Any = ()) -> list[Any]:
        """Return all rows of a query; a damaged file is replaced by an empty one, and has none.

        Each thread has a connection of its own: two threads on one get half a row on Python 3.12
        and later, and a reader must not stand behind a writer that waits.
        """
        return self._reads(partial(self._from_pool, statement, values))

    def query(self, statement: str, values: Any = ()) -> list[Any]:
        """Return all rows of a query as the writer's connection sees it, temporary tables too."""
        # The writer is looked up under the lock: another thread may be opening a new one.
        return self._reads(lambda: self._locked(lambda: _fetch(self._writer, statement, values)))

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run one transaction; it is rolled back whatever happens.

        Raises
        ------
        NotWritten
            It could not be done: the text says why.
        """
        for last in (False, True):
            try:
                generation = self._check()
                return self._patiently(partial(self._transaction, work), self._writing)
            except _ERRORS as error:
                if last or self._closed or not _is_damage(error):
                    raise NotWritten(_reason(error)) from None
                try:
                    self._replace(generation, error)
                except CacheUnusable as unusable:
                    raise NotWritten(str(unusable)) from None
            except CacheUnusable as unusable:
                raise NotWritten(str(unusable)) from None
        raise AssertionError("unreachable")  # pragma: no cover

    def in_memory(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run work that leaves the file alone: temporary tables need no lock of other processes.

        Raises
        ------
        CacheUnusable
            It was closed.
        """
        with self._process.lock, _running_call:
            try:
                return work(self._writer)
            except _ERRORS as error:
                raise self.unusable(error) from None

    def warn_once(self, cause: str, text: str, *values: Any) -> None:
        """Log a warning, and repetitions with the same cause at debug level."""
        level = logging.DEBUG if cause in self._said else logging.WARNING
        self._said.add(cause)
        logger.log(level, text, *values)

    def bytes_used(self) -> int:
        """Return the size of what the file holds; free pages inside it don't count."""
        ((pages, free, size),) = self.read(
            "SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM "
            "pragma_freelist_count), (SELECT page_size FROM pragma_page_size)"
        )
        return int((pages - free) * size)

    def shrink(self) -> None:
        """Give free pages back to the system; where somebody is reading, next time."""
        with self._process.lock, _running_call, contextlib.suppress(*_ERRORS):
            # A script: execute() would take one step of it, which frees one page.
            self._writer.executescript("PRAGMA incremental_vacuum")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def wait_again(self) -> None:
        """Forget that the last wait for a lock was in vain: the next write waits its full time."""
        self._writing.end()
        self._next_opening = 0.0

    def close(self) -> None:
        """Close every connection; in a forked child nothing, since they are the parent's."""
        if not self._process.is_current:
            return
        with self._process.lock, _running_call:
            self._closed = True
            self._drain()
            self._shut(self._writer)

    def unusable(self, error: BaseException) -> CacheUnusable:
        """Return what to raise for an error."""
        reason = "it is closed with its session" if self._closed else _reason(error)
        where = "" if self.path is None else f" {named(self.path)}"
        remedy = f" {self._remedy}" if self._remedy else ""
        return CacheUnusable(f"The {self._what}{where} cannot be used: {reason}.{remedy}")

    # Reading and writing ------------------------------------------------------------------------

    def _reads(self, act: Callable[[], list[Any]]) -> list[Any]:
        for last in (False, True):
            generation = self._check()
            try:
                return self._patiently(act, self._reading)
            except _ERRORS as error:
                if last or self._closed or not _is_damage(error):
                    raise self.unusable(error) from None
                self._replace(generation, error)
        raise AssertionError("unreachable")  # pragma: no cover

    def _locked(self, act: Callable[[], _T]) -> _T:
        with self._process.lock:
            return act()

    def _from_pool(self, statement: str, values: Any) -> list[Any]:
        generation = self.generation
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            rows = _fetch(connection, statement, values)
        except BaseException:
            # Interrupted in the middle, it would hold its snapshot for ever.
            self._shut(connection)
            raise
        if len(self._idle) >= _READERS or generation != self.generation:
            self._shut(connection)
        else:
            self._idle.append(connection)
            if self._closed:
                self._drain()
        return rows

    def _transaction(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._process.lock:
            if self._locked_out and not self._closed:
                raise NotWritten(_LOCKED)
            connection = self._writer
            try:
                connection.execute("BEGIN IMMEDIATE")
                done = work(connection)
                connection.execute("COMMIT")
            finally:
                with contextlib.suppress(*_ERRORS):
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        return done

    @staticmethod
    def _patiently(act: Callable[[], _T], wait: _Wait) -> _T:
        """Repeat an attempt while another process holds the file, for a bounded time.

        SQLite itself never waits: between two attempts no lock of ours is held, so that other
        threads go on, and Python sees a Ctrl-C.
        """
        began: float | None = None
        nap = _FIRST_NAP
        while True:
            try:
                with _running_call:
                    done = act()
            except sqlite3.OperationalError as error:
                if _code(error) not in _BUSY:
                    raise
                began = time.monotonic() if began is None else began
                if wait.is_over(began):
                    raise
                time.sleep(nap)
                nap = min(nap * 2, _LONGEST_NAP)
                continue
            wait.end()
            return done

    # Opening ------------------------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("it is closed with its session")
        place: Any = ":memory:" if self._real is None else self._uri or self._real
        connection = sqlite3.connect(
            place, timeout=0, isolation_level=None, check_same_thread=False,
            uri=self._uri is not None,
        )  # fmt: skip
        self._connections.add(connection)
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
        """Open the file; what is damaged is set aside first."""
        for last in (False, True):
            self._uri = None
            try:
                return self._open_once()
            except (OSError, ValueError, sqlite3.Error) as error:
                reason: Exception = error
            damaged = _is_damage(reason) and (self._own_name or self._says_ours())
            if not last and damaged and self._set_aside(reason):
                continue
            # What another process holds can be written later.
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
            raise self.unusable(reason) from None
        raise AssertionError("unreachable")  # pragma: no cover

    def _open_once(self) -> sqlite3.Connection:
        if self.path is not None:
            self._real = Path(os.path.realpath(self.path))
            _make_private(self._real)
            self._note_identity(self._real)
        connection = self._connect()
        with contextlib.ExitStack() as undo:
            undo.callback(self._shut, connection)
            self._patiently(partial(self._prepare, connection), self._writing)
            undo.pop_all()
        self._locked_out = False
        self.generation += 1
        return connection

    def _open_read_only(self) -> sqlite3.Connection | None:
        """Open a file that cannot be written, or whose folder cannot; None where it is not ours.

        Raises
        ------
        sqlite3.OperationalError
            Another process holds it.
        OSError
            The log beside it cannot be read.
        """
        # Not Path.is_file(), which raises where a name is too long.
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
                self._patiently(partial(self._prepare_reading, connection), self._reading)
            except _ERRORS as error:
                self._shut(connection)
                if _code(error) in _BUSY:
                    raise
                failure = error
                continue
            self._note_identity(self._real)
            self._locked_out = False
            self.generation += 1
            return connection
        return None

    def _open_in_memory(self, error: BaseException) -> sqlite3.Connection:
        self._locked_out = _code(error) in _BUSY
        if self._locked_out:
            self._next_opening = time.monotonic() + _REOPEN
            self.warn_once(
                _LOCKED, "The %s %s cannot be used now (%s): it is kept in memory until that can "
                "be done.", self._what, named(self.path), _LOCKED,
            )  # fmt: skip
        else:
            logger.warning(
                "The %s %s cannot be used (%s): it is kept in memory instead.",
                self._what, named(self.path), _reason(error),
            )  # fmt: skip
        self._real = self._uri = None
        connection = self._connect()
        self._prepare(connection)
        self.generation += 1
        return connection

    def _prepare_reading(self, connection: sqlite3.Connection) -> None:
        self._check_shape(connection)
        if self._prepare_writer is not None:
            self._prepare_writer(connection)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # Only where it is needed: another process may hold the file for writing.
        if self._upgrade is not None and self._is_other(_shape(connection)):
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._upgrade(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        new = self._check_shape(connection)
        if new:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # only before the first table
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}").fetchall()
        if new or not self._read_only:
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement in self._tables.split(";"):
                    connection.execute(statement)
                # Written each time: it proves that the file can be.
                connection.execute(f"PRAGMA application_id={self._mark}")
                connection.execute(f"PRAGMA user_version={self._version}")
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        if mode not in {"wal", "memory"}:
            self.warn_once(
                "no WAL", "The %s %s cannot be kept in WAL mode here (a network folder?): it "
                "works, but slower.", self._what, named(self.path),
            )  # fmt: skip
        if self._prepare_writer is not None:
            self._prepare_writer(connection)

    def _check_shape(self, connection: sqlite3.Connection) -> bool:
        """Return whether the file is empty; refuse one that is not ours."""
        found = _shape(connection)
        ((mark, version),) = connection.execute(
            "SELECT (SELECT application_id FROM pragma_application_id), "
            "(SELECT user_version FROM pragma_user_version)"
        )
        if not found:
            return True
        if self._mark and (mark, version) != (self._mark, self._version):
            raise _Foreign(
                "it was written by another version of imgurdata" if mark == self._mark
                else "it is a database of another program"
            )  # fmt: skip
        if self._is_other(found):
            raise _Foreign("it has other tables")
        return False

    def _is_other(self, found: _Shape) -> bool:
        """Return whether there is something in a file that is not in ours."""
        return any(self._shape.get(name) != columns for name, columns in found.items())

    # What happens to the file from outside ------------------------------------------------------

    def _check(self) -> int:
        """Refuse another process; reopen a file that was deleted, replaced or locked.

        Returns
        -------
        int
            The generation of the connections.
        """
        self._process.check()
        generation = self.generation
        if self._locked_out:
            if time.monotonic() >= self._next_opening:
                self._open_again(generation)
        elif self._real is not None and not self._closed:
            try:
                now = os.stat(self._real)  # noqa: PTH116 - at each call: Path.stat() is slower
                same = (now.st_dev, now.st_ino) == self._identity
                empty = now.st_size == 0
            except (FileNotFoundError, NotADirectoryError):
                same = empty = False
            except OSError:
                same, empty = True, False
            if same and empty:
                self._replace(generation, sqlite3.DatabaseError("it was emptied"))
            elif not same:
                self._reopen(generation)
        return self.generation

    def _note_identity(self, real: Path) -> None:
        now = real.stat()
        self._identity = (now.st_dev, now.st_ino)

    def _reopen(self, generation: int) -> None:
        with self._process.lock, _running_call:
            if self._closed or self.generation != generation:
                return
            self.warn_once(
                "moved", "The %s %s was deleted or replaced while it was open: it goes on with "
                "the file that is there now, or a new one.", self._what, named(self.path),
            )  # fmt: skip
            self._abandon()
            self._open_anew()

    def _open_again(self, generation: int) -> None:
        """Open a file that another process held; rows that wait are carried over."""
        with self._process.lock, _running_call:
            if self._closed or self.generation != generation:
                return
            self._abandon()
            self._open_anew()

    def _open_anew(self) -> None:
        try:
            self._writer = self._open()
        except CacheUnusable:
            self._identity = None  # so that the next call tries it again
            raise

    def _replace(self, generation: int, error: Exception) -> None:
        """Set a damaged file aside and begin a new one; of several threads one does it."""
        with self._process.lock, _running_call:
            if self._closed or self.generation != generation:
                return
            self._abandon()
            self._set_aside(error)
            self._open_anew()

    def _abandon(self) -> None:
        if self._rescue is not None:
            with contextlib.suppress(*_ERRORS):
                self._rescue(self._writer)
        self._drain()
        self._shut(self._writer)

    def _set_aside(self, error: BaseException) -> bool:
        """Rename the file that this one has open, or just tried to open.

        Returns
        -------
        bool
            Whether its place is free now. Another process may have been faster: then what is there
            is new already.
        """
        if self._real is None:
            return False
        try:
            now = self._real.stat()
            if self._identity != (now.st_dev, now.st_ino):
                return True
            number = 1
            while (aside := self._real.with_name(f"{self._real.name}.damaged-{number}")).exists():
                number += 1
            self._real.rename(aside)
            for side in _SIDES:
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self._real}{side}").rename(f"{aside}{side}")
        except FileNotFoundError:
            return True
        except OSError:
            return False
        logger.warning(
            "The %s %s is damaged (%s): it was set aside as %s, and a new one was begun.",
            self._what, named(self.path), _reason(error), aside.name,
        )  # fmt: skip
        return True

    def _says_ours(self) -> bool:
        """Return whether the head of the file has our mark, whatever follows it."""
        if not self._mark or self._real is None:
            return False
        try:
            with self._real.open("rb") as file:
                return file.read(72)[68:] == self._mark.to_bytes(4, "big")
        except OSError:
            return False


class _Wait:
    """Waiting for a lock of another process: for a bounded time in all.

    Once a wait was in vain, the next ones are short until one succeeds.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._in_vain = False

    def is_over(self, began: float) -> bool:
        """Return whether a wait that began then has lasted long enough."""
        bound = min(_DISCOURAGED, self._patience) if self._in_vain else self._patience
        if time.monotonic() - began < bound:
            return False
        self._in_vain = True
        return True

    def end(self) -> None:
        """Note that the lock was got."""
        self._in_vain = False


class _Foreign(sqlite3.DatabaseError):
    """A sound database that is not ours."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.sqlite_errorcode = sqlite3.SQLITE_NOTADB


def named(path: object) -> str:
    """Return a path as a message may show it: printable, and of bounded length."""
    text = str(path)
    if not text.isprintable():
        text = ascii(text)[1:-1]
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 3]}..."


def _code(error: object) -> int | None:
    """Return SQLite's primary code of an error; None for what is none."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _is_damage(error: object) -> bool:
    if isinstance(error, UnicodeDecodeError):
        return True
    # The second: the log beside the file is shorter than it was.
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
    text = getattr(error, "strerror", None) or str(error)
    return named(text)


def _has_log(path: Path) -> bool:
    """Return whether there are rows in the log beside a file."""
    try:
        return Path(f"{path}-wal").stat().st_size > 0
    except OSError:
        return False


def _fetch(connection: sqlite3.Connection, statement: str, values: Any) -> list[Any]:
    try:
        return connection.execute(statement, values).fetchall()
    except sqlite3.OperationalError as error:
        if _code(error) is not None:
            raise
        # A text that is no UTF-8. Where text is read so from the start, all reading is slower.
        connection.text_factory = _lenient_text
        return connection.execute(statement, values).fetchall()


def _lenient_text(text: bytes) -> str:
    return text.decode("utf-8", "replace")


# Tables -------------------------------------------------------------------------------------------

_Shape = dict[tuple[str, str], tuple[tuple[Any, ...], ...]]


def _shape(connection: sqlite3.Connection) -> _Shape:
    """Return what a database holds: tables with their columns, indices, triggers, views."""
    found: _Shape = {}
    objects = "SELECT type, name FROM main.sqlite_master WHERE substr(name, 1, 7) != 'sqlite_'"
    columns = (
        'SELECT name, upper(type), "notnull", dflt_value, pk FROM pragma_table_xinfo(?) '
        "WHERE ? = 'table'"
    )
    for kind, name in _fetch(connection, objects, ()):
        found[kind, name] = tuple(_fetch(connection, columns, (name, kind)))
    return found


@functools.lru_cache
def _shape_of(tables: str) -> _Shape:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(tables)
        return _shape(connection)


# Files --------------------------------------------------------------------------------------------


def _make_private(path: Path) -> None:
    """Make a file and its folders where there are none, readable by their owner only.

    An open mode of a file that is there is taken away. SQLite gives the files beside it the same
    mode.

    Raises
    ------
    OSError, ValueError
        That cannot be done, or what is there is no file.
    """
    _make_folder(path.parent)
    try:
        made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        os.close(made)
        path.chmod(0o600)  # a umask can take away the owner's rights, too
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is no regular file")
    if os.name != "posix":
        return
    for one in (path, *(Path(f"{path}{side}") for side in _SIDES)):
        try:
            if one.stat().st_mode & 0o077:
                one.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError:
            reason = "others may read or write it, and its mode cannot be changed"
            raise OSError(0, reason) from None


def _make_folder(folder: Path) -> None:
    for one in (*reversed(folder.parents), folder):
        try:
            one.mkdir(mode=0o700)
        except OSError:
            if not one.is_dir():
                raise
        else:
            one.chmod(0o700)


# Processes ----------------------------------------------------------------------------------------

#: All files that are open in this process.
_files: weakref.WeakSet[SQLiteFile] = weakref.WeakSet()
#: One item for each call of SQLite that runs: appending and popping need no lock.
_running: list[None] = []
_may_run = threading.Event()
_may_run.set()
#: How long a fork waits for calls that run, in seconds.
_FORK_WAIT = 1.0


class _RunningCall(threading.local):
    """Counts a call of SQLite as running; a fork waits until none is.

    A lock inside SQLite that is held at the fork would stay locked in the child for ever, and the
    child's own first connection would wait for it.
    """

    _depth = 0

    def __enter__(self) -> None:
        self._depth += 1
        while self._depth == 1:
            _running.append(None)
            if _may_run.is_set():
                return
            _running.pop()
            _may_run.wait(_FORK_WAIT)

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and _running:
            _running.pop()


_running_call = _RunningCall()


def _before_fork() -> None:
    _may_run.clear()
    until = time.monotonic() + _FORK_WAIT
    while _running and time.monotonic() < until:
        time.sleep(0.0005)


def _after_fork_in_child() -> None:
    """Never close what the parent has open: closing could write to the file and remove its log."""
    global _may_run
    _running.clear()
    _may_run = threading.Event()
    _may_run.set()
    import ctypes  # only here: pandas has imported it already

    for file in list(_files):
        for connection in list(file._connections):
            # One reference too many: it is not closed when the interpreter ends, either.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


def _after_fork_in_parent() -> None:
    _may_run.set()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )


def _close_all(process: OwningProcess, connections: set[sqlite3.Connection]) -> None:
    if process.is_current:
        for connection in list(connections):
            with contextlib.suppress(*_ERRORS):
                connection.close()
