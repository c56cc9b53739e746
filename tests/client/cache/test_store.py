"""The cache file: refused when it can't be written, never waited for without end."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import imgurdata as imd
from imgurdata.client.cache.store import AnswerCache
from imgurdata.errors import CacheUnusable
from imgurdata.sandbox import Sandbox


@pytest.mark.decision("unwritable-cache-refused")
@pytest.mark.parametrize("kind", ["a folder", "no database", "below a file", "read-only"])
def test_what_cannot_be_written_is_refused_up_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file = tmp_path / "answers.sqlite"
    if kind == "a folder":
        file.mkdir()
    elif kind == "no database":
        file.write_bytes(b"This is a letter, not a database. " * 100)
    elif kind == "below a file":
        (tmp_path / "file").write_text("")
        file = tmp_path / "file" / "answers.sqlite"
    else:
        # It has its tables already: only writing shows that it can't be.
        imd.connect("abc", cache=file, default=False).close()
        # Whoever runs the tests may be root, whom no permission stops: SQLite itself says no.
        connect = sqlite3.connect

        def read_only(path: object, **options: object) -> sqlite3.Connection:
            if path == file:
                path, options = f"file:{path}?mode=ro", {**options, "uri": True}
            return connect(path, **options)

        monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(CacheUnusable, match=r"cache=.*IMGURDATA_HOME.*memory") as caught:
        imd.connect("abc", cache=file, default=False)
    assert str(file) in str(caught.value)


@pytest.mark.decision("unwritable-cache-refused")
def test_a_locked_file_is_refused_in_bounded_time(tmp_path: Path) -> None:
    file = tmp_path / "answers.sqlite"
    imd.connect("abc", cache=file, default=False).close()
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(CacheUnusable, match="locked"):
        AnswerCache(file, patience=0.05)
    assert time.monotonic() - began < 5
    holder.close()
    imd.connect("abc", cache=file, default=False).close()


@pytest.mark.decision("unwritable-cache-refused")
def test_a_file_locked_later_costs_the_keeping_not_the_answer(
    sandbox: Sandbox, connect, tmp_path, caplog
) -> None:
    file = tmp_path / "answers.sqlite"
    session = connect(cache=AnswerCache(file, patience=0.05))
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    posts = imd.load_gallery(session=session)
    assert len(posts) == 60
    assert "could not be kept" in caplog.text
    session.cache.responses.clear()  # said aloud as well, and bounded
    holder.close()
    assert len(session.cache.responses) == 0
    imd.load_gallery(session=session)
    assert len(session.cache.responses) == 1


@pytest.mark.decision("damage-set-aside")
def test_session_goes_on_when_its_cache_loses_a_table(
    sandbox: Sandbox, connect, tmp_path, caplog
) -> None:
    session = connect(cache=tmp_path / "answers.sqlite")
    session.cache.responses.file._writer.execute("DROP TABLE answers")
    assert session.get("/3/gallery/hot").status_code == 200
    assert session.get("/3/gallery/hot").from_cache
    assert "set aside as answers.sqlite.damaged-1" in caplog.text


def test_it_is_a_mapping_as_requests_cache_wants_it(sandbox: Sandbox, connect) -> None:
    session = connect()
    for name in ("hot", "top", "user"):
        session.get(f"/3/gallery/{name}")
    table = session.cache.responses
    assert len(table) == len(list(table)) == 3
    key = next(iter(table))
    assert key in table
    assert table[key].url.startswith(sandbox.url)
    del table[key]
    assert key not in table
    with pytest.raises(KeyError):
        del table[key]
    with pytest.raises(KeyError):
        table[key]
    session.cache.delete(urls=[sandbox.url + "/3/gallery/top"])
    assert len(table) <= 2
    session.cache.clear()
    assert len(table) == 0
    assert session.get("/3/gallery/hot").from_cache is False


def test_bodies_are_compressed_and_whole(peer, connect, tmp_path) -> None:
    peer.says("/3/image/abcdefg", {"text": "imgur " * 50_000}, ETag='"x"')
    session = connect(client_id="abc", base_url=peer.url, cache=tmp_path / "answers.sqlite")
    body = session.get("/3/image/abcdefg").content
    hit = session.get("/3/image/abcdefg")
    assert hit.from_cache
    assert hit.content == body
    assert (hit.status_code, hit.headers["ETag"]) == (200, '"x"')
    session.close()
    assert (tmp_path / "answers.sqlite").stat().st_size < len(body) / 3


def test_a_304_writes_no_body(sandbox: Sandbox, connect) -> None:
    session = connect(max_age=0)
    path = f"/3/account/{sandbox.account}"
    session.get(path)
    sandbox.advance(1)
    statements: list[str] = []
    session.cache.responses.file._writer.set_trace_callback(statements.append)
    assert session.get(path).revalidated
    written = [text for text in statements if text.lstrip().startswith(("INSERT", "UPDATE"))]
    assert len(written) == 1
    assert "INTO checks" in written[0]


@pytest.mark.decision("threads")
@pytest.mark.parametrize("max_age", [0, "10min"])
def test_32_threads_on_hot_keys(sandbox: Sandbox, connect, caplog, max_age) -> None:
    session = connect(max_age=max_age, workers=8)
    paths = [f"/3/account/{sandbox.account}", "/3/gallery/hot", "/3/gallery/hot/viral/1"]
    gate = threading.Barrier(32)

    def ask(number: int) -> set[tuple[int, bytes]]:
        gate.wait()
        return {
            (place, session.get(paths[place]).content)
            for place in ((number + step) % 3 for step in range(9))
        }

    with ThreadPoolExecutor(32) as pool:
        seen = set().union(*pool.map(ask, range(32)))
    assert len(seen) == len(paths)  # one body for each path, and no half ones
    assert caplog.text == ""  # no write was lost to another thread's transaction
    history = session.credits.history()
    assert len(history) == len(sandbox.requests)
    assert history["cost"].sum() == sandbox.spent
    assert session.credits.remaining("user") == 500 - sandbox.spent
    if max_age:
        assert len(sandbox.requests) <= 3 * 32
