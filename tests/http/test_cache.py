"""The cache file: refused when it can't be written, never waited for without end."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import processes
import pytest

import imgurdata as imd
from imgurdata.errors import CacheUnusable
from imgurdata.http.cache import AnswerCache
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
        AnswerCache(file, max_wait=0.05)
    assert time.monotonic() - began < 5
    holder.close()
    imd.connect("abc", cache=file, default=False).close()


@pytest.mark.decision("unwritable-cache-refused")
def test_a_file_locked_later_costs_the_keeping_not_the_answer(
    sandbox: Sandbox, connect, tmp_path, caplog
) -> None:
    file = tmp_path / "answers.sqlite"
    session = connect(cache=AnswerCache(file, max_wait=0.05))
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
    session.get("/3/gallery/top")
    session.cache.delete(
        urls=[f"{sandbox.url}/3/gallery/{name}" for name in ("hot", "top", "user")]
    )
    assert len(table) == 0
    session.get("/3/gallery/hot")
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


READER = """
    import os, sys
    from pathlib import Path
    import imgurdata as imd
    if os.geteuid() == 0:
        # Root may write everything: once all modules are loaded, go on as nobody.
        with imd.connect(sandbox=True) as session:
            imd.load_gallery(session=session)
            session.credits.history(), session.cache_info()
        os.setgid(65534)
        os.setuid(65534)
    for cache in map(Path, sys.argv[1:]):
        os.environ["IMGURDATA_HOME"] = str(cache.parent)
        server = {"base_url": "http://127.0.0.1:9"}
        with imd.connect("abc", cache=cache, offline=True, **server) as session:
            print(len(imd.load_gallery(session=session)), session.cache_info().entries)
            print(len(session.credits.history()))
            try:
                session.clear_cache()
            except imd.errors.CacheUnusable:
                print("kept")
        try:
            imd.connect("abc", cache=cache)
        except imd.errors.CacheUnusable:
            print("refused")
"""


@pytest.fixture
def homes() -> Iterator[Callable[[], Path]]:
    """Homes that another user can enter: pytest's own folders are closed to others."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp()))
        return made[-1]

    yield make
    for home in made:
        home.chmod(0o700)
        shutil.rmtree(home)


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
def test_offline_session_reads_what_it_cannot_write(
    peer, connect, homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": f"a{n}", "title": "t"} for n in range(3)]
    peer.says("/3/gallery/hot/viral/day/0", rows)
    uid = 65_534 if os.geteuid() == 0 else None  # root may write everything
    caches = []
    for file_mode, folder_mode in [(0o444, 0o755), (0o444, 0o555), (0o644, 0o555), (0o600, 0o555)]:
        monkeypatch.setenv("IMGURDATA_HOME", str(home := homes()))
        with connect(client_id="abc", base_url=peer.url, cache=None) as session:
            imd.load_gallery(session=session)
        for one in home.iterdir():
            if uid is not None and file_mode == 0o600:
                os.chown(one, uid, -1)
            one.chmod(file_mode)
        home.chmod(folder_mode)
        caches.append(next(home.glob("answers-*.sqlite")))
    script = READER.replace("http://127.0.0.1:9", peer.url)
    done = processes.run(textwrap.dedent(script), *caches)
    assert done.stdout.split() == ["3", "1", "1", "kept", "refused"] * len(caches), done.stderr


def _flip(file: Path, table: str, column: str, bit: int) -> None:
    """Change one bit of a column in its newest row."""
    with sqlite3.connect(file) as other:
        other.text_factory = bytes
        select = (
            f"SELECT rowid, {column}, typeof({column}) FROM {table} ORDER BY rowid DESC LIMIT 1"
        )
        ((row, value, kind),) = other.execute(select)
        kind = kind.decode()
        if kind in {"text", "blob"}:
            place = bit % (8 * len(value))
            changed = bytearray(value)
            changed[place // 8] ^= 1 << place % 8
            new, as_is = bytes(changed), "CAST(? AS TEXT)" if kind == "text" else "?"
        elif kind == "real":
            new, as_is = struct.unpack("<d", _flipped(struct.pack("<d", value), bit))[0], "?"
        else:
            new, as_is = (
                int.from_bytes(_flipped(value.to_bytes(8, "little"), bit % 62), "little"),
                "?",
            )
        other.execute(f"UPDATE {table} SET {column} = {as_is} WHERE rowid = ?", (new, row))
    other.close()


def _flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit % 64 // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.decision("digest-beside-each-body")
@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("answers", name) for name in ("key", "url", "method", "status", "headers",
                                         "content_type", "has_validator", "created_at", "length",
                                         "digest")),
        ("bodies", "body"), ("checks", "checked_at"), ("checks", "date"), ("checks", "digest"),
    ],
)  # fmt: skip
def test_stored_answer_with_any_bit_changed_is_fetched_anew(
    peer, connect, tmp_path: Path, caplog, table: str, column: str
) -> None:
    path, data = "/3/gallery/hot/viral/day/0", [{"id": "aaaaaa1", "points": 7, "title": "t"}]
    file = tmp_path / "answers.sqlite"
    peer.says(path, data, ETag='"x"', Date="Sun, 01 Mar 2026 12:00:00 GMT")
    session = connect(client_id="abc", base_url=peer.url, cache=file, max_age="1h")
    sound = session.get(path).content
    for bit in (0, 1, 6, 11, 29, 58):
        before = len(session.credits.history())
        _flip(file, table, column, bit)
        key = session.cache.create_key(session.get(path).request)
        answers = [session.get(path), session.cache.get_response(key)]
        assert [answer.content for answer in answers] == [sound] * 2
        assert session.store.lookup([key])[key].body() == sound
        assert len(session.credits.history()) == before + 1, bit
    assert caplog.text.count("is damaged") == (table != "checks" and column != "key")


def test_answer_larger_than_the_cache_takes_is_not_stored(
    peer, connect, tmp_path: Path, caplog
) -> None:
    peer.says("/3/image/abcdefg", {"text": "x" * 50_000})
    cache = AnswerCache(tmp_path / "a.sqlite", max_bytes=40_000)
    session = connect(client_id="abc", base_url=peer.url, cache=cache)
    for _ in range(3):
        assert not session.get("/3/image/abcdefg").from_cache
    assert len(cache.responses) == 0
    assert caplog.text.count("too large to be kept") == 1
    session.close()
    cache.close()
