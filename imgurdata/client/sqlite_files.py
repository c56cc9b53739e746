"""What the cache and the ledger do alike with a SQLite file that is broken."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

__all__ = ["code_of", "is_damage", "rename_with_log"]

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def code_of(error: object) -> int | None:
    """SQLite's primary code of an error; None for what is none."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def is_damage(error: object) -> bool:
    """Whether an error says that the file is no database, rather than busy, full or forbidden."""
    return code_of(error) in _DAMAGED


def rename_with_log(path: Path, aside: Path) -> None:
    """Give a file another name, and to what SQLite has beside it."""
    path.rename(aside)
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{aside}{ending}")
