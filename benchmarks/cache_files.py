"""Cache files as seen from outside: size, bytes written, pages with bodies written."""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

__all__ = ["Watched", "bytes_of"]

#: Bytes of the head of a write-ahead log, and of each page in it.
_LOG_HEAD, _PAGE_HEAD = 32, 24


def bytes_of(folder: Path) -> int:
    """Return the size of the cache files in a folder, write-ahead logs included."""
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if ".sqlite" in path.name or path.suffix == ".db"]


class Watched:
    """Changes of the SQLite files in a folder from now on.

    A connection of our own stays open to each, so that what the session writes stays in the
    write-ahead log when it closes, where its size and its pages can be read. Nothing is added to
    the files: imgurdata takes one with other tables or triggers than its own for damaged.

    Parameters
    ----------
    folder
        Where the cache files lie.
    bodies
        Name of the table of bodies.
    """

    def __init__(self, folder: Path, bodies: str = "bodies") -> None:
        self._folder = folder
        self._bodies = bodies
        self._open = {path: sqlite3.connect(path) for path in _files(folder) if _is_sqlite(path)}
        for connection in self._open.values():
            # The log starts again.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            # A reader keeps the shared memory of the log, which the last connection removes.
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
        self._before = bytes_of(folder)

    def growth(self) -> dict[str, float]:
        """Return the bytes written since, and the pages of the files that hold bodies."""
        written = bytes_of(self._folder) - self._before
        pages = sum(self._body_pages(path) for path in self._open)
        for connection in self._open.values():
            connection.close()
        return {"written": written, "body_pages_written": pages}

    def _body_pages(self, path: Path) -> float:
        """Return how many pages of bodies the log holds; NaN where SQLite does not tell pages."""
        query = "SELECT pageno FROM dbstat WHERE name = ?"
        try:
            with closing(sqlite3.connect(path)) as connection:
                of_bodies = {page for (page,) in connection.execute(query, (self._bodies,))}
        except sqlite3.OperationalError:
            return math.nan
        return sum(page in of_bodies for page in _pages_in_log(path.with_name(f"{path.name}-wal")))


def _pages_in_log(log: Path) -> Iterator[int]:
    """Yield the numbers of the pages in a write-ahead log (SQLite's file format, section 4)."""
    data = log.read_bytes() if log.exists() else b""
    if len(data) >= _LOG_HEAD:
        (size,) = struct.unpack_from(">I", data, 8)
        for start in range(_LOG_HEAD, len(data) - _PAGE_HEAD - size + 1, _PAGE_HEAD + size):
            yield struct.unpack_from(">I", data, start)[0]


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(15) == b"SQLite format 3"
