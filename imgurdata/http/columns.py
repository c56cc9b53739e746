"""Decode once: columns of consecutive answers, kept in a file beside the answers.

It is a cache of a pure function: the key is made of everything that decides the columns (the
recipe) and of the answers' own keys and digests, so that nothing in it is ever out of date. Leaving
it out changes no frame. What is damaged is thrown away, what cannot be written is decoded again
next time, and the answers themselves are in another file, which is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata._format import path_text
from imgurdata._process import OwningProcess
from imgurdata._sqlite import NotWritten, SQLiteFile
from imgurdata.errors import CacheUnusable, ImgurDataError
from imgurdata.model.blocks import PLACE, Block, Columns, Recipe, narrow
from imgurdata.model.decode import Notes

__all__ = ["FORMAT", "SMALLEST", "ColumnStore", "file_beside"]

logger = logging.getLogger(__name__)

#: Goes up when the form of what is kept changes.
FORMAT = 2
#: Marks a file as ours ("Imgc").
_MARK = 0x496D6763
#: Columns of fewer bytes of answers are not kept: decoding them takes a few milliseconds.
SMALLEST = 300_000
#: Part of the answers' bound that the columns may take up.
_SHARE = 4
#: Columns are compressed in groups of about so many bytes, so that each is freed when it is used.
_GROUP = 2 * 2**20
#: Columns of so many rows are kept in as few bytes as they need; with fewer it takes too long.
_MANY = 20_000
#: Largest group that is unpacked, in bytes: a file of somebody else may say anything.
_LARGEST_GROUP = 2**30
#: Blocks that wait to be written at most; more are not kept.
_MOST_WAITING = 3
#: How long closing waits for what is being written, and a write for another process, in seconds.
_CLOSE_WAIT, _MAX_WAIT = 10.0, 1.0
#: Times, as they are and as they are kept if they are whole seconds.
_TIME, _SECONDS = pa.timestamp("us", tz="UTC"), pa.timestamp("s", tz="UTC")
_NO_LETTERS = memoryview(b"")
#: The size is looked at every so many blocks, and brought down to this part of the bound.
_LOOK_EVERY = 8
_TRIMMED = 0.9
_DAY = 86_400

# Two tables, joined by id: the day of use must not rewrite a row with columns.
_TABLES = """
CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, day INTEGER NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS contents (
    id INTEGER PRIMARY KEY, head BLOB NOT NULL, data BLOB NOT NULL, checksum BLOB NOT NULL
)
"""


def file_beside(answers: Path) -> Path:
    """Return the path of the columns of a file of answers."""
    return answers.with_name(f"{answers.stem}-columns.sqlite")


class _Group(msgspec.Struct, array_like=True):
    """Columns that are compressed together; ``part`` is the key of a nested list, or empty.

    They are an Arrow stream. Where there are many rows, columns of texts are lengths in it, and the
    texts stand behind it: ``letters`` has the number of bytes of each column's.
    """

    part: str
    names: list[str]
    rows: int
    size: int
    letters: list[int]
    packed: int


class _Head(msgspec.Struct, array_like=True):
    """What is kept beside the columns of a block."""

    counts: list[int]
    #: Unknown keys, and how often a value was unreadable, by the number of the answer.
    unknown: dict[int, list[str]]
    unreadable: dict[int, dict[str, int]]
    has_parts: bool
    groups: list[_Group]


_head = msgspec.json.Decoder(_Head)
_codec = pa.Codec("zstd", 3)


class ColumnStore:
    """Blocks of columns in a SQLite file; opened when it is first needed.

    Parameters
    ----------
    path : Path
    max_bytes : int
        Bound of the answers; columns take up a quarter of it at most.
    read_only : bool
        As of the answers: a file that cannot be written is read.
    own_name : bool
        Whether the file's name alone says that it is ours.

    Attributes
    ----------
    smallest : int
        Bytes of answers of which columns are kept at least.
    """

    def __init__(
        self, path: Path, *, max_bytes: int, read_only: bool = False, own_name: bool = False
    ) -> None:
        self.path = path
        self.max_bytes = max_bytes // _SHARE
        self.smallest = SMALLEST
        self._read_only = read_only
        self._own_name = own_name
        self._process = OwningProcess("This cache of columns")
        self._file: SQLiteFile | None = None
        self._refused = False
        self._closed = False
        self._writer = _Writer()
        self._written = 0
        self._touched: set[bytes] = set()

    # Reading --------------------------------------------------------------------------------------

    def load(self, recipe: Recipe, answers: Sequence[tuple[str, bytes]]) -> Block | None:
        """Return the columns of answers (the key and digest of each), if they are kept."""
        file = self._opened()
        if file is None or not answers:
            return None
        key = _key(recipe, answers)
        try:
            rows = file.read(
                "SELECT day, head, data, checksum FROM blocks JOIN contents USING (id) "
                "WHERE key = ?", (key,),
            )  # fmt: skip
        except (ImgurDataError, sqlite3.Error) as error:
            logger.info("Columns cannot be read: %s", error)
            return None
        if not rows:
            return None
        day, head, data, checksum = rows[0]
        block = None
        whole = isinstance(head, bytes) and isinstance(data, bytes)
        if whole and checksum == _checksum(key, head, data):
            block = self._block(key, recipe, len(answers), head, data)
        if block is None:
            self._throw_away(key)
        elif day != _today():
            self._touch(key)
        return block

    def _block(
        self, key: bytes, recipe: Recipe, answers: int, head: bytes, data: bytes
    ) -> Block | None:
        """Return a block as it was kept; None if it is not what the recipe makes."""
        try:
            parsed = _head.decode(head)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        types = {"": recipe.types, **(recipe.types_of_parts if parsed.has_parts else {})}
        names: dict[str, list[str]] = {part: [] for part in types}
        for group in parsed.groups:
            names.setdefault(group.part, []).extend(group.names)
        sizes = [n for group in parsed.groups for n in (group.size, group.packed)]
        if not (
            len(parsed.counts) == answers
            and min(parsed.counts) >= 0
            and all(0 <= n <= _LARGEST_GROUP for n in sizes)
            and all(0 <= n < answers for n in (*parsed.unknown, *parsed.unreadable))
            and all(g.part or g.rows == sum(parsed.counts) for g in parsed.groups)
            and sum(group.packed for group in parsed.groups) == len(data)
            and names == {part: [*expected] for part, expected in types.items()}
        ):
            return None
        refuse = partial(self._refuse_forged, key)
        packed = {part: _Packed({}, types[part], sum(parsed.counts), refuse) for part in types}
        start = 0
        for group in parsed.groups:
            own = pa.py_buffer(data[start : start + group.packed])
            packed[group.part].groups |= dict.fromkeys(group.names, (group, own))
            start += group.packed
        notes = [Notes() for _ in parsed.counts]
        for number, unknown in parsed.unknown.items():
            notes[number].unknown.update(unknown)
        for number, unreadable in parsed.unreadable.items():
            notes[number].unreadable.update(unreadable)
        columns = packed.pop("")
        return Block(parsed.counts, notes, columns, packed if parsed.has_parts else None)

    def _throw_away(self, key: bytes) -> None:
        """Forget a block that is not as it was written."""
        logger.warning(
            "Columns in %s are damaged: they are thrown away, and the answers decoded again.",
            path_text(self.path),
        )
        self._write(partial(_delete, [key]))

    def _refuse_forged(self, key: bytes, error: Exception) -> NoReturn:
        """Refuse what has a valid checksum and is no column: it is found when it is unpacked."""
        self._write(partial(_delete, [key]))
        raise CacheUnusable(
            f"Columns in {path_text(self.path)} are not those that imgurdata wrote "
            f"({type(error).__name__}): they were thrown away. Call again; if it is said again, "
            "delete the file."
        ) from None

    # Writing --------------------------------------------------------------------------------------

    def keep(self, recipe: Recipe, answers: Sequence[tuple[str, bytes]], block: Block) -> None:
        """Keep the columns of answers, written in a thread; not if too many wait already."""
        if self._opened() is not None:
            self._writer.put(partial(self._keep, recipe, list(answers), block))

    def _keep(self, recipe: Recipe, answers: list[tuple[str, bytes]], block: Block) -> None:
        key, file = _key(recipe, answers), self._opened()
        if file is None or file.read("SELECT 1 FROM blocks WHERE key = ?", (key,)):
            return  # confirmed answers, or another process was faster
        packed = [*_pack("", block.columns, [*recipe.types])]
        for part, columns in (block.parts or {}).items():
            packed += _pack(part, columns, [*recipe.types_of_parts[part]])
        head = msgspec.json.encode(
            _Head(
                counts=list(block.counts),
                unknown={n: sorted(a.unknown) for n, a in enumerate(block.notes) if a.unknown},
                unreadable={n: a.unreadable for n, a in enumerate(block.notes) if a.unreadable},
                has_parts=block.parts is not None,
                groups=[group for group, _ in packed],
            )
        )
        data = b"".join([own for _, own in packed])
        size = len(head) + len(data)
        if size > self.max_bytes or any(group.size > _LARGEST_GROUP for group, _ in packed):
            return
        checksum = _checksum(key, head, data)

        def store(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "INSERT OR IGNORE INTO blocks (key, day, size) VALUES (?, ?, ?)",
                (key, _today(), size),
            )
            if row.rowcount:  # else another process was faster
                connection.execute(
                    "INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)",
                    (row.lastrowid, head, data, checksum),
                )

        self._write(store)
        self._written += 1
        if self._written % _LOOK_EVERY == 1 % _LOOK_EVERY:
            self._trim()

    def _touch(self, key: bytes) -> None:
        """Note that a block was used today, which decides what goes first."""
        first = not self._touched
        self._touched.add(key)
        if first and not self._writer.put(self._note_touched):
            self._touched.clear()  # another time

    def _note_touched(self) -> None:
        keys, self._touched = self._touched, set()
        today = _today()
        self._write(
            lambda connection: (
                connection.executemany(
                    "UPDATE blocks SET day = ? WHERE key = ?", [(today, key) for key in list(keys)]
                ).rowcount
            )
        )

    def _trim(self) -> None:
        """Keep the file within its bound: what was not used for longest goes first."""
        file = self._opened()
        if file is None or (used := file.bytes_used()) <= self.max_bytes:
            return
        excess = used - _TRIMMED * self.max_bytes
        oldest: list[bytes] = []
        for key, size in file.read("SELECT key, size FROM blocks ORDER BY day, id"):
            if excess <= 0:
                break
            oldest.append(key)
            excess -= size
        self._write(partial(_delete, oldest))
        file.shrink()

    def _write(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        file = self._opened()
        if file is None:
            return
        try:
            file.write(work)
        except NotWritten as reason:
            file.warn_once(
                f"lost: {reason}", "Columns could not be kept in %s: %s. The answers are decoded "
                "again next time. This is said once.", path_text(self.path), reason,
            )  # fmt: skip

    # The file -------------------------------------------------------------------------------------

    def _opened(self) -> SQLiteFile | None:
        """Return the file; None where there is none, or it cannot be used."""
        if self._closed:
            return None
        if self._file is not None or self._refused:
            return self._file
        with self._process.lock:
            if self._file is None and not self._refused:
                try:
                    self._file = SQLiteFile(
                        self.path, _TABLES, purpose="cache of columns", application_id=_MARK,
                        user_version=FORMAT, own_name=self._own_name, max_wait=_MAX_WAIT,
                        read_only=self._read_only, disposable=True,
                    )  # fmt: skip
                except CacheUnusable as error:
                    self._refused = True
                    logger.info("Columns are not kept: %s", error)
        return self._file

    def bytes_used(self) -> int:
        """Return the size of what the file holds, in bytes."""
        try:
            if self._file is not None:
                return self._file.bytes_used()
            return self.path.stat().st_size
        except (OSError, CacheUnusable):
            return 0

    def clear(self) -> None:
        """Forget all, and give the disk back."""
        if self._file is None and not self.path.exists():
            return
        file = self._opened()
        self._writer.finish(_CLOSE_WAIT)
        if file is not None:
            self._write(_delete_all)
            file.shrink()

    def finish(self) -> None:
        """Wait for what is being written, for a bounded time."""
        self._writer.finish(_CLOSE_WAIT)

    def close(self) -> None:
        """Wait for what is being written, and close the file; in a forked child do nothing."""
        if not self._process.is_current:
            return
        self._writer.finish(_CLOSE_WAIT)
        self._closed = True
        if self._file is not None:
            self._file.close()


@dataclass(slots=True)
class _Packed:
    """Columns that are unpacked, a group at a time, when they are asked for.

    Attributes
    ----------
    groups : dict of str to tuple
        Group that each column is in, and its bytes, which are freed when all columns were taken.
    types : mapping of str to pyarrow.DataType
    rows : int
        Of the block.
    refuse : callable
        Called with the error where the bytes are something else.
    """

    groups: dict[str, tuple[_Group, pa.Buffer]]
    types: Mapping[str, pa.DataType]
    rows: int
    refuse: Callable[[Exception], NoReturn]
    _open: dict[str, pa.Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pa.Array:
        if name not in self._open:
            group, packed = self.groups[name]
            try:
                self._open = self._unpacked(group, packed)
            except (pa.ArrowException, OSError, ValueError, KeyError, StopIteration) as error:
                self.refuse(error)
        return self._open[name]

    def pop(self, name: str) -> pa.Array:
        """Return a column, and keep it no longer."""
        column = self[name]
        del self._open[name], self.groups[name]
        return column

    def _unpacked(self, group: _Group, packed: pa.Buffer) -> dict[str, pa.Array]:
        raw = _codec.decompress(packed, decompressed_size=group.size)
        start = raw.size - sum(group.letters)
        with pa.ipc.open_stream(raw) as stream:
            batch = stream.read_next_batch()
        batch.validate(full=True)
        if batch.schema.names != group.names or len(group.letters) != len(group.names):
            raise ValueError("other columns")
        columns = {}
        for name, column, size in zip(group.names, batch.columns, group.letters, strict=True):
            if size < 0 or start < 0:
                raise ValueError("other texts")
            columns[name] = column
            if size or column.type != self.types[name]:
                columns[name] = _restored(column, self.types[name], raw.slice(start, size))
            start += size
        if batch.num_rows != group.rows:
            raise ValueError("other rows")
        if PLACE in columns and group.rows:
            places = columns[PLACE].to_numpy()
            # In order, and each in the block.
            if (np.diff(places, prepend=0, append=self.rows - 1) < 0).any():
                raise ValueError("other rows")
        return columns


class _Writer:
    """Thread that does one thing after the other; it ends when there is nothing to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None

    def put(self, task: Callable[[], None]) -> bool:
        """Do something later, and return True; False, and it is dropped, if too much waits."""
        with self._lock:
            if len(self._waiting) >= _MOST_WAITING:
                logger.debug("Columns are not kept: too many wait to be written.")
                return False
            if self._thread is None:
                # No daemon: what is being written ends before the interpreter does.
                thread = threading.Thread(target=self._work, name="imgurdata-columns")
                try:
                    thread.start()
                except RuntimeError as error:  # there are too many, or the interpreter ends
                    logger.debug("Columns are not kept: %s", error)
                    return False
                self._thread = thread
            self._waiting.append(task)
            return True

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                task = self._waiting.popleft()
            try:
                task()
            except Exception as error:  # noqa: BLE001 - what is not kept is decoded again
                logger.warning("Columns could not be kept: %s", type(error).__name__)

    def finish(self, longest: float) -> None:
        """Wait until all is done, but no longer than so many seconds; then drop what waits."""
        with self._lock:
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        thread.join(longest)
        if thread.is_alive():
            with self._lock:
                self._waiting.clear()


def _key(recipe: Recipe, answers: Sequence[tuple[str, bytes]]) -> bytes:
    digest = hashlib.sha256(recipe.digest)
    for key, version in answers:
        digest.update(f"{key} {version.hex()}\n".encode())
    return digest.digest()


def _checksum(key: bytes, head: bytes, data: bytes) -> bytes:
    digest = hashlib.sha256(key)
    digest.update(b"%d " % len(head) + head)
    digest.update(data)
    return digest.digest()[:16]


def _today() -> int:
    return int(time.time() // _DAY)


def _pack(part: str, columns: Columns, names: Sequence[str]) -> Iterator[tuple[_Group, bytes]]:
    """Yield columns, in order, in groups of about the same size, each compressed."""
    groups: dict[int, list[str]] = {}
    before = 0
    for name in names:
        column = columns[name]
        groups.setdefault(before // _GROUP, []).append(name)
        before += max(column.nbytes, 8 * len(column))  # narrowed ones take more when unpacked
    for chosen in groups.values():
        kept = [(columns[name], _NO_LETTERS) for name in chosen]
        if len(kept[0][0]) >= _MANY:
            kept = [_narrowed(column) for column, _ in kept]
        batch = pa.record_batch([column for column, _ in kept], names=chosen)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        letters = [own for _, own in kept]
        raw = sink.getvalue()
        if any(letters):
            raw = pa.py_buffer(b"".join([raw, *letters]))
        packed = _codec.compress(raw, asbytes=True)
        sizes = [len(own) for own in letters]
        yield _Group(part, chosen, len(batch), raw.size, sizes, len(packed)), packed


def _narrowed(column: pa.Array) -> tuple[pa.Array, memoryview]:
    """Return a column in few bytes, texts as their lengths, and the bytes of the texts."""
    if column.null_count < len(column):
        if pa.types.is_large_string(column.type):
            ends = np.frombuffer(column.buffers()[1], np.int64)[column.offset :]
            first, last = int(ends[0]), int(ends[len(column)])
            return narrow(pc.binary_length(column)), memoryview(column.buffers()[2])[first:last]
        if column.type == _TIME:
            with contextlib.suppress(pa.ArrowInvalid):  # some are no whole seconds
                return column.cast(_SECONDS), _NO_LETTERS
    return narrow(column), _NO_LETTERS


def _restored(column: pa.Array, kind: pa.DataType, letters: pa.Buffer) -> pa.Array:
    """Return a column as it was before :func:`_narrowed`; raise ValueError if it is another one."""
    if column.type == pa.null() or not pa.types.is_large_string(kind):
        narrower = pa.types.is_signed_integer(column.type) and kind == pa.int64()
        is_time = (column.type, kind) == (_SECONDS, _TIME)
        if letters.size or not (column.type == pa.null() or narrower or is_time):
            raise ValueError("another type")
        return column.cast(kind)
    if not pa.types.is_signed_integer(column.type):
        raise ValueError("another type")
    lengths = column.cast(pa.int64()).fill_null(0).to_numpy()
    ends = np.zeros(len(column) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    if (lengths < 0).any() or ends[-1] != letters.size:
        raise ValueError("other texts")
    known = column.is_valid().buffers()[1] if column.null_count else None
    texts = pa.LargeStringArray.from_buffers(len(column), pa.py_buffer(ends), letters, known)
    texts.validate(full=True)
    return texts


def _delete(keys: Sequence[bytes], connection: sqlite3.Connection) -> None:
    for key in keys:
        connection.execute(
            "DELETE FROM contents WHERE id IN (SELECT id FROM blocks WHERE key = ?)", (key,)
        )
        connection.execute("DELETE FROM blocks WHERE key = ?", (key,))


def _delete_all(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM contents")
    connection.execute("DELETE FROM blocks")
