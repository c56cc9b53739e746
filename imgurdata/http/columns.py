"""Decode once: columns of consecutive answers, kept in a file beside the answers.

It is a cache of a pure function: the key is made of everything that decides the columns (the
recipe) and of the answers' own keys and digests, so that nothing in it is ever out of date. Leaving
it out changes no frame. What is damaged is thrown away, what cannot be written is decoded again
next time, and the answers themselves are in another file, which is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata._format import path_text
from imgurdata._process import OwningProcess
from imgurdata._sqlite import NotWritten, SQLiteFile, run_statements
from imgurdata.errors import CacheUnusable, ImgurDataError
from imgurdata.model.blocks import PLACE, ROWS, Block, Recipe, narrow
from imgurdata.model.decode import Notes

__all__ = ["FORMAT", "SMALLEST", "TRIMMED", "ColumnStore", "file_beside"]

logger = logging.getLogger(__name__)

#: Goes up when the form of what is kept changes.
FORMAT = 3
#: Marks a file as ours ("Imgc").
_MARK = 0x496D6763
#: Columns of fewer bytes of answers are not kept: decoding them takes a few milliseconds.
SMALLEST = 300_000
#: The columns may take up one part in so many of the answers' bound.
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
_NO_TEXT = memoryview(b"")
#: The size is looked at every so many blocks, and brought down to this part of the bound.
_LOOK_EVERY, TRIMMED = 8, 0.9
#: That a block is used is noted once in so many seconds.
_DAY = 86_400

# Two tables, joined by id: the time of use must not rewrite a row with columns.
_TABLES = """
CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS contents (
    id INTEGER PRIMARY KEY, content BLOB NOT NULL, checksum BLOB NOT NULL
)
"""
# Numbered placeholders would be shorter; Python 3.12 warns of them where values are a tuple.
_ADD = (
    "INSERT OR IGNORE INTO blocks (key, used, size) VALUES (?, ?, ?)",
    "INSERT OR REPLACE INTO contents SELECT id, ?, ? FROM blocks WHERE key = ?",
)
_DELETE = (
    "DELETE FROM contents WHERE id = (SELECT id FROM blocks WHERE key = ?)",
    "DELETE FROM blocks WHERE key = ?",
)


def file_beside(answers: Path) -> Path:
    """Return the path of the columns of a file of answers."""
    return answers.with_name(f"{answers.stem}-columns.sqlite")


class _Group(msgspec.Struct, array_like=True):
    """Columns that are compressed together; ``table`` is that of the block they are in.

    They are an Arrow stream. Where there are many rows, columns of texts are lengths in it, and the
    texts stand behind it: ``text_sizes`` has the number of bytes of each column's.
    """

    table: str
    names: list[str]
    rows: int
    size: int
    text_sizes: list[int]
    packed: bytes


class _Content(msgspec.Struct, array_like=True):
    """Block as it is kept."""

    counts: list[int]
    #: Unknown keys, and how often a value was unreadable, by the number of the answer.
    unknown: dict[int, list[str]]
    unreadable: dict[int, dict[str, int]]
    groups: list[_Group]


_decoder = msgspec.msgpack.Decoder(_Content)
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
        self._unusable = False
        self._closed = False
        self._lock = threading.Lock()
        #: Each writes a block when the one before it has ended.
        self._writers: list[threading.Thread] = []
        self._written = 0

    # Reading --------------------------------------------------------------------------------------

    def load(self, recipe: Recipe, answers: Sequence[tuple[str, bytes]]) -> Block | None:
        """Return the columns of answers (the key and digest of each), if they are kept."""
        file = self._opened()
        if file is None or not answers:
            return None
        key, now = _key(recipe, answers), int(time.time())
        try:
            rows = file.read(
                "SELECT used < ?, content, checksum FROM blocks JOIN contents USING (id) "
                "WHERE key = ?", (now - _DAY, key),
            )  # fmt: skip
        except (ImgurDataError, sqlite3.Error) as error:
            logger.info("Columns cannot be read: %s", error)
            return None
        if not rows:
            return None
        long_ago, content, checksum = rows[0]
        block = None
        if isinstance(content, bytes) and checksum == hmac.digest(key, content, "sha256"):
            block = self._block(key, recipe, len(answers), content)
        if block is None:
            logger.warning(
                "Columns in %s are damaged: they are thrown away, and the answers decoded again.",
                path_text(self.path),
            )
            self._write([(one, (key,)) for one in _DELETE])
        elif long_ago:
            self._write([("UPDATE blocks SET used = ? WHERE key = ?", (now, key))])
        return block

    def _block(self, key: bytes, recipe: Recipe, answers: int, content: bytes) -> Block | None:
        """Return a block as it was kept; None if it is not what the recipe makes."""
        try:
            kept = _decoder.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        groups: dict[str, list[_Group]] = {}
        for group in kept.groups:
            groups.setdefault(group.table, []).append(group)
        # The rows in nested lists are not kept where something about them is odd.
        tables = {ROWS: recipe.tables[ROWS]} if groups.keys() == {ROWS} else recipe.tables
        names = {key: [name for one in own for name in one.names] for key, own in groups.items()}
        if not (
            len(kept.counts) == answers
            and min(kept.counts) >= 0
            and all(0 <= group.size <= _LARGEST_GROUP for group in kept.groups)
            and names == {key: [*types] for key, types in tables.items()}
            and all(group.rows == sum(kept.counts) for group in groups[ROWS])
        ):
            return None
        return Block(
            kept.counts,
            [
                Notes(set(kept.unknown.get(n, ())), Counter(kept.unreadable.get(n, {})))
                for n in range(answers)
            ],
            {
                table: _Packed(groups[table], types, sum(kept.counts), partial(self._refuse, key))
                for table, types in tables.items()
            },
        )

    def _refuse(self, key: bytes, error: Exception) -> NoReturn:
        """Refuse what has a valid checksum and is no column: it is found when it is unpacked."""
        self._write([(one, (key,)) for one in _DELETE])
        raise CacheUnusable(
            f"Columns in {path_text(self.path)} are not those that imgurdata wrote "
            f"({type(error).__name__}): they were thrown away. Call again; if it is said again, "
            "delete the file."
        ) from None

    # Writing --------------------------------------------------------------------------------------

    def keep(self, recipe: Recipe, answers: Sequence[tuple[str, bytes]], block: Block) -> None:
        """Keep the columns of answers, written in a thread; not if too many wait already."""
        if self._opened() is None:
            return
        with self._lock:
            self._writers = [one for one in self._writers if one.is_alive()]
            if len(self._writers) > _MOST_WAITING:
                logger.debug("Columns are not kept: too many wait to be written.")
                return
            # No daemon: what is being written ends before the interpreter does.
            writer = threading.Thread(
                target=self._keep,
                args=(_key(recipe, answers), block, self._writers[-1:]),
                name="imgurdata-columns",
            )
            try:
                writer.start()
            except RuntimeError as error:  # there are too many, or the interpreter ends
                logger.debug("Columns are not kept: %s", error)
                return
            self._writers.append(writer)

    def _keep(self, key: bytes, block: Block, before: Sequence[threading.Thread] = ()) -> None:
        """Write the columns of answers; what is not kept is decoded again."""
        for writer in before:
            writer.join()
        try:
            file = self._opened()
            known = "SELECT 1 FROM blocks JOIN contents USING (id) WHERE key = ?"
            if file is None or file.read(known, (key,)):
                return  # confirmed answers, or another process was faster
            content = _Content(
                counts=[*block.counts],
                unknown={n: sorted(a.unknown) for n, a in enumerate(block.notes) if a.unknown},
                unreadable={n: a.unreadable for n, a in enumerate(block.notes) if a.unreadable},
                groups=[
                    group
                    for table, columns in block.tables.items()
                    for group in _pack(table, columns)
                ],
            )
            packed = msgspec.msgpack.encode(content)
            too_large = any(group.size > _LARGEST_GROUP for group in content.groups)
            if too_large or len(packed) > self.max_bytes:
                return
            add_block, add_content = _ADD
            self._write([
                (add_block, (key, int(time.time()), len(packed))),
                (add_content, (packed, hmac.digest(key, packed, "sha256"), key)),
            ])  # fmt: skip
            self._written += 1
            if self._written % _LOOK_EVERY == 1 % _LOOK_EVERY:
                used = file.bytes_used()
                if used > self.max_bytes:
                    self._trim(file, used - TRIMMED * self.max_bytes)
        except Exception as error:  # noqa: BLE001 - the answers are decoded again
            logger.warning("Columns could not be kept: %s", type(error).__name__)

    def _trim(self, file: SQLiteFile, excess: float) -> None:
        """Forget blocks of so many bytes: what was not used for longest goes first."""
        oldest: list[bytes] = []
        for key, size in file.read("SELECT key, size FROM blocks ORDER BY used, id"):
            if excess <= 0:
                break
            oldest.append(key)
            excess -= size
        self._write([(one, (key,)) for key in oldest for one in _DELETE])
        file.shrink()

    def _write(self, statements: Sequence[tuple[str, Any]]) -> None:
        """Run statements in a transaction; where that fails, it is said once."""
        file = self._opened()
        if file is None:
            return
        try:
            file.write(partial(run_statements, statements))
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
        if self._file is not None or self._unusable:
            return self._file
        with self._process.lock:
            if self._file is None and not self._unusable:
                try:
                    self._file = SQLiteFile(
                        self.path, _TABLES, purpose="cache of columns", application_id=_MARK,
                        user_version=FORMAT, own_name=self._own_name, max_wait=_MAX_WAIT,
                        read_only=self._read_only, disposable=True,
                    )  # fmt: skip
                except CacheUnusable as error:
                    self._unusable = True
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
        self.finish()
        if file is not None:
            self._write([("DELETE FROM contents", ()), ("DELETE FROM blocks", ())])
            file.shrink()

    def finish(self) -> None:
        """Wait for what is being written, for a bounded time."""
        until = time.monotonic() + _CLOSE_WAIT
        with self._lock:
            writers = [*self._writers]
        for writer in writers:
            if writer is not threading.current_thread():
                writer.join(max(0, until - time.monotonic()))

    def close(self) -> None:
        """Wait for what is being written, and close the file; in a forked child do nothing."""
        if not self._process.is_current:
            return
        self.finish()
        self._closed = True  # what waits still is not written
        if self._file is not None:
            self._file.close()


class _Packed(dict[str, pa.Array]):
    """Columns by name, unpacked, a group at a time, when the first of the group is asked for.

    Only one group is unpacked at a time. Its bytes are freed once all its columns were deleted and
    another group is asked for.

    Parameters
    ----------
    groups : sequence of _Group
    types : mapping of str to pyarrow.DataType
    rows : int
        Of the block.
    refuse : callable
        Called with the error where the bytes are something else.
    """

    def __init__(
        self,
        groups: Sequence[_Group],
        types: Mapping[str, pa.DataType],
        rows: int,
        refuse: Callable[[Exception], NoReturn],
    ) -> None:
        super().__init__()
        self._groups = {name: group for group in groups for name in group.names}
        self._types = types
        self._rows = rows
        self._refuse = refuse
        self._open: set[str] = set()

    def __missing__(self, name: str) -> pa.Array:
        """Unpack the group of a column."""
        group = self._groups[name]
        columns = {}
        try:
            raw = _codec.decompress(group.packed, decompressed_size=group.size)
            sizes = group.text_sizes
            start = raw.size - sum(sizes)
            with pa.ipc.open_stream(raw) as stream:
                batch = stream.read_next_batch()
            batch.validate(full=True)
            if batch.schema.names != group.names or len(sizes) != len(group.names):
                raise ValueError("other columns")
            for each, column, size in zip(group.names, batch.columns, sizes, strict=True):
                if size < 0 or start < 0:
                    raise ValueError("other texts")
                columns[each] = column
                if size or column.type != self._types[each]:
                    columns[each] = _restored(column, self._types[each], raw.slice(start, size))
                start += size
            if batch.num_rows != group.rows:
                raise ValueError("other rows")
            if PLACE in columns and group.rows:
                places = columns[PLACE].to_numpy()
                # In order, and each in the block.
                if (np.diff(places, prepend=0, append=self._rows - 1) < 0).any():
                    raise ValueError("other rows")
        except (pa.ArrowException, OSError, ValueError, KeyError, StopIteration) as error:
            self._refuse(error)
        for taken in self._open - self.keys():
            del self._groups[taken]
        self._open = set(group.names)
        self.clear()
        self.update(columns)
        return columns[name]


def _key(recipe: Recipe, answers: Sequence[tuple[str, bytes]]) -> bytes:
    digest = hashlib.sha256(recipe.digest)
    for key, version in answers:
        digest.update(f"{key} {version.hex()}\n".encode())
    return digest.digest()


def _pack(table: str, columns: Mapping[str, pa.Array]) -> Iterator[_Group]:
    """Yield columns, in order, in groups of about the same size, each compressed."""
    groups: dict[int, list[str]] = {}
    before = 0
    for name, column in columns.items():
        groups.setdefault(before // _GROUP, []).append(name)
        before += max(column.nbytes, 8 * len(column))  # narrowed ones take more when unpacked
    for chosen in groups.values():
        kept = [(columns[name], _NO_TEXT) for name in chosen]
        if len(kept[0][0]) >= _MANY:
            kept = [_narrowed(column) for column, _ in kept]
        batch = pa.record_batch([column for column, _ in kept], names=chosen)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        texts = [own for _, own in kept]
        raw = sink.getvalue()
        if any(texts):
            raw = pa.py_buffer(b"".join([raw, *texts]))
        packed = _codec.compress(raw, asbytes=True)
        sizes = [len(own) for own in texts]
        yield _Group(table, chosen, len(batch), raw.size, sizes, packed)


def _narrowed(column: pa.Array) -> tuple[pa.Array, memoryview]:
    """Return a column in few bytes, texts as their lengths, and the bytes of the texts."""
    if column.null_count < len(column):
        if pa.types.is_large_string(column.type):
            ends = np.frombuffer(column.buffers()[1], np.int64)[column.offset :]
            first, last = int(ends[0]), int(ends[len(column)])
            return narrow(pc.binary_length(column)), memoryview(column.buffers()[2])[first:last]
        if column.type == _TIME:
            with contextlib.suppress(pa.ArrowInvalid):  # some are no whole seconds
                return column.cast(_SECONDS), _NO_TEXT
    return narrow(column), _NO_TEXT


def _restored(column: pa.Array, kind: pa.DataType, text: pa.Buffer) -> pa.Array:
    """Return a column as it was before :func:`_narrowed`; raise ValueError if it is another one."""
    if column.type == pa.null() or not pa.types.is_large_string(kind):
        narrower = pa.types.is_signed_integer(column.type) and kind == pa.int64()
        is_time = (column.type, kind) == (_SECONDS, _TIME)
        if text.size or not (column.type == pa.null() or narrower or is_time):
            raise ValueError("another type")
        return column.cast(kind)
    if not pa.types.is_signed_integer(column.type):
        raise ValueError("another type")
    lengths = column.cast(pa.int64()).fill_null(0).to_numpy()
    ends = np.zeros(len(column) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    if (lengths < 0).any() or ends[-1] != text.size:
        raise ValueError("other texts")
    known = column.is_valid().buffers()[1] if column.null_count else None
    texts = pa.LargeStringArray.from_buffers(len(column), pa.py_buffer(ends), text, known)
    texts.validate(full=True)
    return texts
