"""One SQLite file of cache and ledger: who may read it, who may use it, what happens to it."""

from __future__ import annotations

import os
import random
import socket
import sqlite3
import stat
import textwrap
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import processes
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata import _sqlite
from imgurdata._sqlite import NotWritten, SQLiteFile
from imgurdata.errors import CacheUnusable, ImgurDataError

TABLES = "CREATE TABLE IF NOT EXISTS words (word TEXT NOT NULL)"

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


@pytest.fixture
def tmp_path(on_disk: Path) -> Path:
    return on_disk


def opened(path: Path | None, **options: object) -> SQLiteFile:
    return SQLiteFile(path, TABLES, purpose="cache", **{"max_wait": 0.05, **options})


def add(file: SQLiteFile, word: str) -> None:
    file.write(lambda to: to.execute("INSERT INTO words VALUES (?)", (word,)))


def words(file: SQLiteFile) -> list[str]:
    return [word for (word,) in file.read("SELECT word FROM words ORDER BY rowid")]


def run(script: str, *arguments: str) -> str:
    """Return what a script prints in a process of its own."""
    quiet = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"
    done = processes.run(quiet + textwrap.dedent(script), *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


# Who may read it ----------------------------------------------------------------------------------


@posix
@pytest.mark.decision("private-files")
def test_sqlite_file_is_private_whatever_the_umask(subtests, tmp_path: Path) -> None:
    for umask in (0, 0o022, 0o777):
        folder = tmp_path / f"{umask:o}"
        before = os.umask(umask)
        try:
            file = opened(folder / "two" / "a.sqlite")
            add(file, "here")
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*")}
            file.close()
        finally:
            os.umask(before)
        with subtests.test(umask=oct(umask)):
            files = dict.fromkeys(("a.sqlite", "a.sqlite-wal", "a.sqlite-shm"), 0o600)
            assert modes == {"two": 0o700, **files}
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
@pytest.mark.decision("private-files")
def test_sqlite_file_with_an_open_mode_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    first = opened(path)
    add(first, "here")
    for one in tmp_path.iterdir():
        one.chmod(0o666)
    again = opened(path)
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
    assert words(again) == ["here"]
    first.close()
    again.close()


def _below_a_file(place: Path) -> Path:
    place.write_text("")
    return place / "a.sqlite"


ODD_PLACES: dict[str, Callable[[Path], object]] = {
    "a folder": lambda place: place.mkdir(),
    "a pipe": lambda place: os.mkfifo(place),
    "a socket": lambda place: socket.socket(socket.AF_UNIX).bind(str(place)),
    "a device": lambda _: Path("/dev/null"),
    "a link to a pipe": lambda place: (os.mkfifo(f"{place}-p"), place.symlink_to(f"{place}-p")),
    "a link to itself": lambda place: place.symlink_to(place),
    "below a file": _below_a_file,
    "a long name": lambda place: place.with_name("x" * 5000 + ".sqlite"),
    "a NUL": lambda place: f"{place}\0.sqlite",
    "a lone surrogate": lambda place: f"{place}\ud800.sqlite",
    "no such user": lambda _: "~nosuchuser/a.sqlite",
}


@posix
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_connect_refuses_a_cache_that_is_no_file(
    subtests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, make in ODD_PLACES.items():
        folder = tmp_path / kind
        folder.mkdir()
        monkeypatch.chdir(folder)
        place = Path("a.sqlite")  # short: a socket's name is bounded
        made = make(place)
        cache = made if isinstance(made, (str, Path)) else place
        for offline in (False, True):
            with subtests.test(kind=kind, offline=offline):
                with pytest.raises(CacheUnusable) as caught:
                    imd.connect("abc", cache=cache, offline=offline, default=False)
                message = str(caught.value)
                assert len(message) < 700
                assert message.isprintable()


def test_connect_refuses_an_impossible_home(subtests, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("~nosuchuser/x", "with\ud800surrogate"):
        monkeypatch.setattr("os.environ", {**os.environ, "IMGURDATA_HOME": folder})
        for cache in (None, "memory"):
            with (
                subtests.test(folder=ascii(folder), cache=cache),
                pytest.raises(CacheUnusable, match="IMGURDATA_HOME"),
            ):
                imd.connect("abc", cache=cache, default=False)


def test_connect_refuses_a_user_without_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMGURDATA_HOME")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("~/.cache/x"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CacheUnusable, match="HOME"):
        imd.connect("abc", default=False)
    assert list(tmp_path.iterdir()) == []


@posix
def test_sqlite_file_may_be_a_link_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real.sqlite")
    file = opened(tmp_path / "link")
    add(file, "here")
    file.close()
    assert stat.S_IMODE((tmp_path / "real.sqlite").stat().st_mode) == 0o600
    assert (tmp_path / "link").is_symlink()


# What happens to it -------------------------------------------------------------------------------


def _garbage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)


def _replaced(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"Dear Sir or Madam, " * 900)


def _renamed(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


HAPPENINGS: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "emptied": lambda path: os.truncate(path, 0),
    "cut short": lambda path: os.truncate(path, 4096 + 100),
    "garbage": _garbage,
    "replaced": _replaced,
    "renamed": _renamed,
    "folder deleted": lambda path: (
        [one.unlink() for one in path.parent.iterdir()] + [path.parent.rmdir()]
    ),
    "log cut short": lambda path: os.truncate(f"{path}-wal", 100),
    "table dropped": lambda path: _sql(path, "DROP TABLE words"),
    "column added": lambda path: _sql(path, "ALTER TABLE words ADD COLUMN x NOT NULL DEFAULT 1"),
}


def _sql(path: Path, statement: str) -> None:
    other = sqlite3.connect(path)
    other.execute(statement)
    other.commit()
    other.close()


@posix
@pytest.mark.decision("damage-set-aside")
@pytest.mark.parametrize("reads_first", [False, True])
def test_sqlite_file_goes_on_whatever_happens_to_it(
    subtests, tmp_path: Path, caplog: pytest.LogCaptureFixture, reads_first: bool
) -> None:
    for happening, happen in HAPPENINGS.items():
        path = tmp_path / happening / "a.sqlite"
        file = opened(path)
        for number in range(600):
            add(file, f"word {number} " * 20)
            if number == 300:
                file.shrink()  # half of it is in the file, half in the log beside it
        with subtests.test(happening=happening):
            caplog.clear()
            happen(path)
            if not reads_first:
                add(file, "not noticed yet")  # pages that are in memory are not read again
            words(file)
            add(file, "later")
            assert words(file)[-1] == "later"
            file.close()
            again = opened(path)
            assert words(again)[-1] == "later"
            again.close()
            for record in caplog.records:
                assert record.levelname == "WARNING"
                aside = "set aside as a.sqlite.damaged-" in record.message
                assert aside or "replaced" in record.message


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(seed=st.integers(0, 2**32), is_open=st.booleans())
@example(seed=507722988, is_open=False)  # SQLite's own message is no text then
def test_sqlite_file_of_random_bytes_raises_nothing(
    tmp_path: Path, seed: int, is_open: bool
) -> None:
    dice = random.Random(seed)
    path = tmp_path / f"{seed}{is_open}.sqlite"
    file = opened(path)
    for number in range(300):
        add(file, f"word {number}")
    if not is_open:
        file.close()
    size = path.stat().st_size
    with path.open("r+b") as damaged:
        for _ in range(dice.choice((1, 3, 30))):
            damaged.seek(dice.randrange(size))
            damaged.write(dice.randbytes(dice.choice((1, 8, 500))))
    if not is_open:
        file = opened(path)
    words(file)
    add(file, "later")
    assert "later" in words(file)
    file.close()


@pytest.mark.decision("damage-set-aside")
def test_sqlite_file_with_a_damaged_table_name_is_set_aside(
    subtests, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for read_only, own_name in product((False, True), repeat=2):
        path = tmp_path / f"{read_only} {own_name}" / "a.sqlite"
        caplog.clear()
        options = {"read_only": read_only, "own_name": own_name, "application_id": 7}
        file = opened(path, **options)
        add(file, "lost")
        file.close()
        content = bytearray(path.read_bytes())
        name = content.find(b"tablewords") + len(b"table")
        content[name] = 0xC9
        path.write_bytes(content)
        with subtests.test(read_only=read_only, own_name=own_name):
            file = opened(path, **options)
            assert file._open_read_only() is not None  # the new one
            assert words(file) == []
            file.close()
            assert path.with_name("a.sqlite.damaged-1").exists()
            assert "set aside" in caplog.text
            assert "its name" not in caplog.text


def _hold(path: Path) -> sqlite3.Connection:
    """Hold a file so that nobody else can read it."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
    holder.execute("BEGIN EXCLUSIVE")
    return holder


def test_sqlite_file_that_is_locked_is_never_opened_for_reading_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.sqlite"
    opened(path).close()
    holder = _hold(path)
    with pytest.raises(CacheUnusable, match="another process keeps it locked"):
        opened(path, read_only=True)
    # Nor where the first attempt failed because the file cannot be written.
    monkeypatch.setattr(SQLiteFile, "_open_writable", _open_without_rights)
    with pytest.raises(CacheUnusable, match="another process keeps it locked"):
        opened(path, read_only=True)
    holder.close()
    file = opened(path, read_only=True)
    assert file._uri is not None
    assert "immutable" not in file._uri
    file.close()


def _open_without_rights(file: SQLiteFile) -> sqlite3.Connection:
    file._real = file.path
    raise PermissionError(13, "Permission denied")


def test_sqlite_file_that_is_locked_when_it_is_reopened_is_opened_later(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    file = opened(path)
    opened(tmp_path / "b.sqlite").close()
    (tmp_path / "b.sqlite").replace(path)
    for side in ("-wal", "-shm"):
        Path(f"{path}{side}").unlink(missing_ok=True)
    holder = _hold(path)
    with pytest.raises(NotWritten, match="another process keeps it locked"):
        add(file, "x")
    holder.close()
    add(file, "later")
    assert words(file) == ["later"]
    file.close()


@pytest.mark.parametrize("in_memory", [False, True])
def test_sqlite_file_is_opened_later_after_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: bool
) -> None:
    path = tmp_path / "a.sqlite"
    opened(path).close()
    holder = _hold(path) if in_memory else None
    file = opened(path, memory_instead=in_memory, max_wait=5.0 if holder is None else 0.05)
    if holder is None:
        path.unlink()
        opened(path).close()
        holder = _hold(path)
    file.wait_again()
    with monkeypatch.context() as patch:
        patch.setattr("imgurdata._sqlite.time.sleep", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            add(file, "x")
    holder.close()
    file.wait_again()
    add(file, "later")
    assert words(file) == ["later"]
    file.close()


def _interrupt(_: float) -> None:
    raise KeyboardInterrupt


def test_sqlite_file_keeps_no_connection_to_the_file_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = opened(tmp_path / "a.sqlite")
    add(file, "before")
    set_aside = file._set_aside

    def read_meanwhile(error: BaseException) -> bool:
        reader = threading.Thread(target=words, args=(file,))
        reader.start()
        reader.join()
        return set_aside(error)

    monkeypatch.setattr(file, "_set_aside", read_meanwhile)
    generation = file.generation
    for _ in range(2):  # another thread may have seen the same damage
        file._renew(generation, damage=sqlite3.DatabaseError("it is damaged"))
    assert file.generation == generation + 1
    assert words(file) == []
    file.close()


def test_sqlite_file_is_not_read_without_the_log_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.sqlite"
    opened(path).close()
    Path(f"{path}-wal").write_bytes(b"x")
    monkeypatch.setattr(SQLiteFile, "_open_writable", _open_without_rights)
    prepare = SQLiteFile._prepare_reading

    def in_read_only_folder(file: SQLiteFile, connection: sqlite3.Connection) -> None:
        if file._uri is None or "immutable" not in file._uri:
            raise sqlite3.OperationalError("unable to open database file")
        prepare(file, connection)

    monkeypatch.setattr(SQLiteFile, "_prepare_reading", in_read_only_folder)
    with pytest.raises(CacheUnusable, match="newest rows are in the file -wal beside it"):
        opened(path, read_only=True)
    Path(f"{path}-wal").unlink()
    file = opened(path, read_only=True)
    assert words(file) == []
    file.close()


def test_sqlite_file_that_can_only_be_read_is_prepared_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, prepared = tmp_path / "a.sqlite", []
    opened(path).close()
    monkeypatch.setattr(SQLiteFile, "_open_writable", _open_without_rights)
    file = opened(path, read_only=True, prepare=prepared.append)
    assert words(file) == []
    assert len(prepared) == 1
    file.close()
    path.write_bytes(b"Dear Sir or Madam, " * 900)
    with pytest.raises(CacheUnusable, match="Permission denied"):
        opened(path, read_only=True)


def test_sqlite_file_that_cannot_be_looked_at_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = opened(tmp_path / "a.sqlite")
    add(file, "here")
    look = os.stat

    def refused(path: object, *arguments: Any, **options: Any) -> os.stat_result:
        if path == file._real:
            raise PermissionError(13, "Permission denied")  # of the folder, meanwhile
        return look(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", refused)
        assert words(file) == ["here"]
        assert file.generation == 1
    file.close()


@posix
def test_sqlite_file_that_others_may_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.sqlite"
    opened(path).close()
    path.chmod(0o644)

    monkeypatch.setattr(Path, "chmod", _refuse)  # as of somebody else's file
    with pytest.raises(CacheUnusable, match="others may read or write it, and its mode cannot"):
        opened(path)


def test_sqlite_file_is_not_set_aside_twice(
    subtests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aside = SQLiteFile._set_aside
    for happening, found in [("deleted", []), ("replaced", ["theirs"])]:
        path = tmp_path / happening / "a.sqlite"
        theirs = opened(path.with_name("theirs.sqlite"))
        add(theirs, "theirs")
        theirs.shrink()
        theirs.close()
        path.write_bytes(b"Dear Sir or Madam, " * 900)

        def after_another_process(
            file: SQLiteFile, error: BaseException, path: Path = path, kept: bool = bool(found)
        ) -> bool:
            path.unlink()
            if kept:
                path.with_name("theirs.sqlite").rename(path)
            return set_aside(file, error)

        with subtests.test(happening=happening), monkeypatch.context() as patch:
            patch.setattr(SQLiteFile, "_set_aside", after_another_process)
            file = opened(path)
            assert words(file) == found
            assert not list(path.parent.glob("*damaged*"))
            file.close()


def test_sqlite_file_that_cannot_be_set_aside_is_refused_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, letter = tmp_path / "a.sqlite", b"Dear Sir or Madam, " * 900
    path.write_bytes(letter)
    monkeypatch.setattr(Path, "rename", _refuse)
    with pytest.raises(CacheUnusable, match="not a database"):
        opened(path)
    monkeypatch.setattr(Path, "open", _refuse)  # as if it was deleted meanwhile
    with pytest.raises(CacheUnusable, match="not a database"):
        opened(path, own_name=False, application_id=7)
    monkeypatch.undo()
    assert path.read_bytes() == letter


def _refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


@posix
def test_sqlite_file_without_wal_works_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    connect = sqlite3.connect

    def without_wal(path: Path, **options: Any) -> sqlite3.Connection:
        """Connect as on a network folder: with a file as the lock, and no shared memory."""
        return connect(f"file:{path}?vfs=unix-dotfile", **{**options, "uri": True})

    monkeypatch.setattr(sqlite3, "connect", without_wal)
    file = opened(tmp_path / "a.sqlite")
    add(file, "here")
    assert words(file) == ["here"]
    file.close()
    assert caplog.text.count("cannot be kept in WAL mode here (a network folder?)") == 1


def test_sqlite_file_that_is_closed_while_it_is_read_keeps_no_connection(tmp_path: Path) -> None:
    file = opened(tmp_path / "a.sqlite")
    add(file, "here")

    class Closing(deque[sqlite3.Connection]):
        def append(self, connection: sqlite3.Connection) -> None:
            file.close()
            super().append(connection)

    file._idle = Closing()
    assert words(file) == ["here"]
    assert not file._connections


@pytest.mark.parametrize("met_by_another", [False, True])
def test_sqlite_file_reads_a_text_that_is_not_utf8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, met_by_another: bool
) -> None:
    file = opened(tmp_path / "a.sqlite")
    file.write(lambda to: to.execute("INSERT INTO words VALUES (CAST(x'ff' AS TEXT))"))
    read_once = file._read_once

    def read_while_another_thread_meets_it(*query: Any) -> list[Any]:
        try:
            return read_once(*query)
        except sqlite3.OperationalError:
            file._is_lenient = True
            raise

    if met_by_another:
        monkeypatch.setattr(file, "_read_once", read_while_another_thread_meets_it)
    assert words(file) == ["\ufffd"]
    assert file.generation == 1
    file.close()


def test_sqlite_file_is_set_aside_under_a_new_name_each_time(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    for number in (1, 2):
        path.write_bytes(b"Dear Sir or Madam, " * 900)
        opened(path).close()
        assert (tmp_path / f"a.sqlite.damaged-{number}").exists()
    path.write_bytes(b"Dear Sir or Madam, " * 900)
    with pytest.raises(CacheUnusable, match="not a database"):
        opened(path, own_name=False)  # and without an id nothing tells that it is ours
    assert path.read_bytes().startswith(b"Dear")
    with pytest.raises(CacheUnusable, match="characters that no file name can have"):
        opened(tmp_path / "a\0b")


def test_sqlite_file_in_memory_goes_on_after_an_error(tmp_path: Path) -> None:
    file = opened(None)
    with pytest.raises(CacheUnusable, match="no such table: nowhere"):
        file.read("SELECT 1 FROM nowhere")
    add(file, "later")
    assert words(file) == ["later"]
    file.close()


@pytest.mark.decision("bounded-waits")
def test_sqlite_file_rolls_back_what_is_interrupted(tmp_path: Path) -> None:
    file = opened(tmp_path / "a.sqlite")

    def write_and_stop(to: sqlite3.Connection) -> None:
        to.execute("INSERT INTO words VALUES ('half')")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        file.write(write_and_stop)
    add(file, "later")
    assert words(file) == ["later"]
    assert file.generation == 1  # it was not taken for damage
    file.close()


def test_sqlite_file_says_once_why_it_cannot_be_written(tmp_path: Path) -> None:
    file = opened(tmp_path / "a.sqlite")
    file._writer.execute("PRAGMA max_page_count=3").fetchall()
    with pytest.raises(NotWritten, match="the disk is full"):
        add(file, "x" * 50_000)
    other = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotWritten, match="another process keeps it locked"):
        add(file, "x")
    assert words(file) == []
    other.close()
    add(file, "x")
    assert words(file) == ["x"]
    file.close()


def test_sqlite_file_waits_its_full_time_again_after_it_was_free(tmp_path: Path) -> None:
    file = opened(tmp_path / "a.sqlite", max_wait=0.2)
    other = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    for _ in range(2):
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(NotWritten, match="another process keeps it locked"):
            add(file, "x")
        assert time.monotonic() - began >= 0.2
        other.execute("ROLLBACK")
        add(file, "x")
    other.close()
    file.close()


# Processes ----------------------------------------------------------------------------------------

FORKED = """
    import os, sys, threading, time
    from pathlib import Path
    import imgurdata as imd
    from imgurdata._sqlite import SQLiteFile
    path = Path(sys.argv[1])
    tables = "CREATE TABLE IF NOT EXISTS words (word TEXT NOT NULL)"
    def opened(): return SQLiteFile(path, tables, purpose="cache")
    def add(file): file.write(lambda to: to.execute("INSERT INTO words VALUES ('x')"))
    file = opened()
    stop = threading.Event()
    def work():
        while not stop.is_set():
            add(file); file.read("SELECT COUNT(*) FROM words"); time.sleep(0.001)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads: thread.start()
    good = 0
    for number in range(6):
        child = os.fork()
        if not child:
            bad = 0
            for use in (lambda: add(file), lambda: file.read("SELECT 1"), file.shrink,
                        lambda: file.in_memory(len)):
                try: use()
                except imd.errors.ImgurDataError as error:
                    bad += "connect() in the worker" not in str(error)
                else: bad += 1
            file.close()
            own = opened(); add(own); own.close()
            del file
            if bad or number > 1: os._exit(bad)
            threading._shutdown = lambda: None  # the parent's threads are not this process'
            sys.exit(0)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            done, status = os.waitpid(child, os.WNOHANG)
            if done: break
            time.sleep(0.01)
        else:
            os.kill(child, 9); os.waitpid(child, 0); status = "hangs"
        if status: print("child:", status)
        good += status == 0
    stop.set()
    for thread in threads: thread.join()
    add(file)
    print(good, file.read("PRAGMA integrity_check")[0][0])
    file.close()
"""


class _Forking:
    """A fork that waits for the calls of this thread."""

    def is_set(self) -> bool:
        return threading.current_thread() is not threading.main_thread()

    def wait(self, _: float) -> None:
        raise AssertionError("the fork and the call wait for each other")


@pytest.mark.decision("fork-refused")
def test_call_inside_another_one_does_not_wait_for_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    with _sqlite._running_call():
        monkeypatch.setattr(_sqlite, "_may_run", _Forking())
        with _sqlite._running_call():
            pass


@pytest.mark.decision("fork-refused")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_sqlite_file_is_refused_in_a_forked_child_and_stays_the_parents(tmp_path: Path) -> None:
    assert run(FORKED, str(tmp_path / "a.sqlite")) == "6 ok\n"


@pytest.mark.decision("fork-refused")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_is_refused_before_it_waits_for_a_lock(tmp_path: Path) -> None:
    """As if a thread of the parent had held the locks at the fork."""
    script = """
        import os, sys, threading
        from pathlib import Path
        import imgurdata as imd
        from imgurdata.http.cache import AnswerCache
        from imgurdata.http.store import Absence
        cache = AnswerCache(Path(sys.argv[1]))
        def hold(ready, go):
            with cache.responses.file.process.lock:
                ready.set(); go.wait()
        ready, go = threading.Event(), threading.Event()
        threading.Thread(target=hold, args=(ready, go)).start()
        ready.wait()
        child = os.fork()
        if not child:
            refused = 0
            table = cache.responses
            for use in (lambda: table.lookup(["k"]), lambda: table["k"], table.entries,
                        cache.clear, lambda: table.note_absence(Absence("k", 1.0, "")),
                        lambda: table.forget_absences(), lambda: len(table),
                        lambda: table.forget(["k"]), lambda: list(table)):
                try: use()
                except imd.errors.ImgurDataError: refused += 1
            cache.close()
            AnswerCache(Path(sys.argv[1])).close()
            os._exit(refused)
        _, status = os.waitpid(child, 0)
        go.set()
        print(os.waitstatus_to_exitcode(status))
        cache.close()
    """
    assert run(script, str(tmp_path / "a.sqlite")) == "9\n"


def test_closed_file_says_so(tmp_path: Path) -> None:
    file = opened(tmp_path / "a.sqlite")
    file.close()
    file.close()
    with pytest.raises(CacheUnusable, match="closed"):
        words(file)
    with pytest.raises(NotWritten, match="closed"):
        add(file, "x")
    with pytest.raises(ImgurDataError, match="closed"):
        file.in_memory(lambda to: to.execute("SELECT 1"))
