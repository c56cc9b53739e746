"""Cache files as seen from outside: size, bytes written, bodies rewritten."""

from __future__ import annotations

import sqlite3
from pathlib import Path

__all__ = ["Watched", "bytes_of"]

_COUNTER = "bodies_written_while_watched"


def bytes_of(folder: Path) -> int:
    """Return the size of the cache files in a folder, write-ahead logs included."""
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if ".sqlite" in path.name or path.suffix == ".db"]


class Watched:
    """Changes of the SQLite files in a folder from now on.

    A connection of our own stays open to each, so that what the session writes stays in the
    write-ahead log when it closes, where its size can be read. Triggers on every table with a
    column of blobs count the bodies that are written; they write nothing unless that happens.

    Parameters
    ----------
    folder
        Where the cache files lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = [sqlite3.connect(path) for path in _files(folder) if _is_sqlite(path)]
        for connection in self._open:
            _count_bodies(connection)
            # Our changes are in the file now, and the log starts again.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            # A reader keeps the shared memory of the log, which the last connection removes.
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
        self._before = bytes_of(folder)

    def growth(self) -> dict[str, int]:
        """Return the bytes and the bodies written since."""
        growth = {
            "written": bytes_of(self._folder) - self._before,
            "bodies_written": sum(_counted(connection) for connection in self._open),
        }
        for connection in self._open:
            connection.close()
        return growth


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(15) == b"SQLite format 3"


def _count_bodies(connection: sqlite3.Connection) -> None:
    connection.execute(f"CREATE TABLE {_COUNTER} (one INTEGER)")
    tables = connection.execute(
        "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND c.type = 'BLOB' GROUP BY m.name"
    ).fetchall()
    for (table,) in tables:
        for event in ("INSERT", "UPDATE"):
            connection.execute(
                f'CREATE TRIGGER "count_{event}_{table}" AFTER {event} ON "{table}" '
                f"BEGIN INSERT INTO {_COUNTER} VALUES (1); END"
            )
    connection.commit()


def _counted(connection: sqlite3.Connection) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM {_COUNTER}").fetchone()[0])
