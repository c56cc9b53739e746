"""The check for leaked secrets looks into files that hide them, too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from leaks import found, written_in

SECRETS = {"token": "0123456789abcdef0123456789abcdef01234567"}


@pytest.fixture
def base(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "base.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE answers (body)")
        yield connection


def test_written_in_finds_compressed_answers(tmp_path: Path, base: sqlite3.Connection) -> None:
    body = pa.Codec("zstd").compress(f"words {SECRETS['token']} ".encode() * 9, asbytes=True)
    assert SECRETS["token"].encode() not in body
    with base:
        base.execute("INSERT INTO answers VALUES (?)", (body,))
    assert found(SECRETS, written_in(tmp_path)) == {f"{tmp_path.name}/base.sqlite": {"token"}}


def test_written_in_finds_the_write_ahead_log(tmp_path: Path, base: sqlite3.Connection) -> None:
    with base:
        base.execute("INSERT INTO answers VALUES (?)", (SECRETS["token"],))
    with base:
        base.execute("DELETE FROM answers")
    names = {f"{tmp_path.name}/base.sqlite-wal"}
    assert found(SECRETS, written_in(tmp_path)).keys() == names


TEXTS = ["{}", '{{"a": "{}"}}', "http://localhost/?x#access_token={}&y"]


def test_written_in_finds_texts(subtests, tmp_path: Path) -> None:
    for text in TEXTS:
        with subtests.test(text=text):
            (tmp_path / "file").write_text(text.format(SECRETS["token"]))
            assert found(SECRETS, written_in(tmp_path)) == {f"{tmp_path.name}/file": {"token"}}


def test_written_in_finds_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(SECRETS["token"][:-1])
    assert found(SECRETS, written_in(tmp_path)) == {}
