"""Ledgers of the first version, whose hashes of accounts and applications had no key."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import tempfile
from pathlib import Path

from imgurdata.auth.principal import PrincipalKey
from imgurdata.auth.private_file import locked

__all__ = ["ledger_file"]

logger = logging.getLogger(__name__)

_FILE, _UNKEYED = "ledger-v2.sqlite", "ledger-v1.sqlite"
#: How long to wait for another process that carries the ledger over, in seconds.
_MAX_WAIT = 60.0


def ledger_file(folder: Path, key: PrincipalKey) -> Path:
    """Return the path of the ledger in a folder.

    A ledger of the first version is converted: its hashes get the key, and the old file is
    removed. With a key that is not stored nothing is converted, since the next session could not
    use the result.
    """
    path, unkeyed = folder / _FILE, folder / _UNKEYED
    try:
        if key.is_kept and unkeyed.exists() and not path.exists():
            with locked(path, _MAX_WAIT):
                if not path.exists():
                    _convert(unkeyed, path, key)
    except (OSError, ValueError, sqlite3.Error) as error:
        logger.warning(
            "The ledger %s of an earlier version could not be carried over (%s): a new one is "
            "begun. The next answer reports what is left.", unkeyed, type(error).__name__,
        )  # fmt: skip
    return path


def _convert(unkeyed: Path, path: Path, key: PrincipalKey) -> None:
    with tempfile.TemporaryDirectory(prefix=".ledger-", dir=path.parent) as folder:
        copy = Path(folder) / _FILE
        copy.touch(mode=0o600)
        with (
            contextlib.closing(sqlite3.connect(unkeyed)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            target.create_function("keyed", 1, key.hashed, deterministic=True)
            with target:
                for table in ("answers", "asked"):
                    target.execute(
                        f"UPDATE {table} SET identity = keyed(identity), "
                        "application = keyed(application) "
                        "WHERE typeof(identity) = 'text' AND typeof(application) = 'text'"
                    )
        copy.replace(path)
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            Path(f"{unkeyed}{ending}").unlink()
