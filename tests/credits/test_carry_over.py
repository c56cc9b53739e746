"""Ledgers of earlier versions are carried over, once."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import imgurdata as imd
from imgurdata.credits.headers import COLUMNS
from imgurdata.sandbox import Sandbox

_COLUMNS = (
    "time",
    "host",
    "identity",
    "application",
    "endpoint",
    "method",
    "status",
    "cost",
    *COLUMNS,
)


def unkeyed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def old_ledger(path: Path, sandbox: Sandbox, client_id: str) -> None:
    """Write a ledger as it was before hashes had a key: 7 of 500 credits left."""
    host, who, now = sandbox.url.partition("//")[2], unkeyed(f"client:{client_id}"), sandbox.clock()
    reported = {"user_limit": 500, "user_remaining": 7, "user_reset_at": now + 1800}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        columns = ", ".join(f"{name} REAL" for name in COLUMNS)
        connection.executescript(
            "CREATE TABLE answers (number INTEGER PRIMARY KEY, time REAL NOT NULL, host TEXT NOT "
            "NULL, identity TEXT NOT NULL, application TEXT NOT NULL, endpoint TEXT NOT NULL, "
            f"method TEXT NOT NULL, status INTEGER NOT NULL, cost INTEGER NOT NULL, {columns});"
            "CREATE TABLE asked (number INTEGER PRIMARY KEY, time REAL NOT NULL, host TEXT NOT "
            "NULL, identity TEXT NOT NULL, application TEXT NOT NULL, endpoint TEXT NOT NULL, "
            "method TEXT NOT NULL, cost INTEGER NOT NULL, lost INTEGER NOT NULL DEFAULT 0)"
        )
        for identity in (who, unkeyed("account:ann")):
            row = (now - 60, host, identity, who, "gallery", "GET", 200, 1,
                   *(reported.get(name) for name in COLUMNS))  # fmt: skip
            connection.execute(
                f"INSERT INTO answers ({', '.join(_COLUMNS)}) "
                f"VALUES ({', '.join('?' * len(_COLUMNS))})", row,
            )  # fmt: skip


def test_ledger_of_an_earlier_version_is_carried_over_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    old_ledger(tmp_path / "ledger-v1.sqlite", sandbox, sandbox.client_id)
    for _ in range(2):
        with imd.connect(sandbox=sandbox, cache=tmp_path / "a.sqlite", default=False) as session:
            history = session.credits.history()
            assert len(history) == 2
            assert session.identity.key in set(history["identity"])
            assert session.credits.remaining("user") == 7
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("ledger*"))
    for text in (f"client:{sandbox.client_id}", "account:ann"):
        assert unkeyed(text).encode() not in kept
    assert not (tmp_path / "ledger-v1.sqlite").exists()


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\x00" + b"x" * 5000])
def test_damaged_ledger_of_an_earlier_version_is_left_alone(
    sandbox: Sandbox, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ledger-v1.sqlite").write_bytes(damage)
    with imd.connect(sandbox=sandbox, cache=tmp_path / "a.sqlite", default=False) as session:
        session.get("/3/credits")
        assert len(session.credits.history()) == 1
    assert (tmp_path / "ledger-v1.sqlite").read_bytes() == damage
    assert "could not be carried over" in caplog.text
