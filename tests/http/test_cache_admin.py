"""What the cache holds, and forgetting some of it; on backends that are not ours, too."""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests_cache
from requests_cache.backends.base import DictStorage

import imgurdata as imd
from imgurdata.errors import CacheUnusable, InvalidArgument, NotFound
from imgurdata.http import store
from imgurdata.http.cache import AnswerCache
from imgurdata.sandbox import Sandbox


def backends(tmp_path):
    return {
        "ours": lambda: tmp_path / "a.sqlite",
        "memory": lambda: "memory",
        "sqlite": lambda: requests_cache.SQLiteCache(str(tmp_path / "stock.sqlite")),
        "filesystem": lambda: requests_cache.FileCache(str(tmp_path / "files")),
        "json": lambda: requests_cache.FileCache(str(tmp_path / "json"), serializer="json"),
    }


@pytest.mark.decision("other-backends")
@pytest.mark.parametrize("kind", ["ours", "memory", "sqlite", "filesystem", "json"])
def test_it_tells_and_forgets(sandbox: Sandbox, connect, tmp_path, kind: str) -> None:
    session = connect(cache=backends(tmp_path)[kind]())
    imd.load_gallery(pages=2, session=session)
    sandbox.advance("2h")
    session.get(f"/3/account/{sandbox.account}")
    info = session.cache_info()
    assert info.entries == 3
    assert info.bytes > 0
    table = info.by_endpoint.set_index("endpoint")
    assert table["answers"].to_dict() == {"gallery": 2, "account": 1}
    assert table["fresh"].to_dict() == {"gallery": 0, "account": 1}
    assert "3 answers" in repr(info)
    assert "<table" in info._repr_html_()
    assert session.clear_cache("account", older_than="1h") == 0
    assert session.clear_cache(older_than="1h") == 2
    assert session.clear_cache() == 1
    assert session.cache_info().entries == 0
    assert list(session.cache_info().by_endpoint.dtypes) == list(info.by_endpoint.dtypes)
    assert len(sandbox.requests) == 3


def test_clear_cache_says_that_a_locked_file_kept_everything(connect, tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite"
    session = connect(cache=AnswerCache(file, max_wait=0.05))
    imd.load_gallery(session=session)
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(CacheUnusable, match="cannot be cleared now"):
            session.clear_cache()
    assert session.clear_cache() == 1


class Failing(DictStorage):
    """A backend without space, and then without its server."""

    def __setitem__(self, key: str, value: object) -> None:
        raise OSError("no space")

    def bulk_delete(self, keys: object) -> None:
        raise OSError("gone")


def test_a_backend_that_fails_costs_the_keeping_not_the_answer(
    sandbox: Sandbox, connect, caplog
) -> None:
    cache = requests_cache.BaseCache()
    cache.responses = Failing()
    session = connect(cache=cache)
    for _ in range(2):
        assert not session.get("/3/gallery/hot").from_cache
    (warning,) = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert "cannot be written (OSError: no space)" in warning
    with pytest.raises(CacheUnusable, match=r"does not answer \(OSError\)"):
        session.store.forget(["k"])


def test_any_backend_knows_what_imgur_has_not(peer, connect, monkeypatch) -> None:
    monkeypatch.setattr(store, "MOST_ABSENCES", 2)
    cache = requests_cache.BaseCache()
    session, other = (connect(client_id="abc", base_url=peer.url, cache=cache) for _ in range(2))
    for name in (*"abc", "c"):
        with pytest.raises(NotFound):
            session.get(f"/3/image/{name}")
    assert len(peer.seen) == 3
    with pytest.raises(NotFound):
        session.get("/3/image/a")  # the oldest was forgotten
    assert len(peer.seen) == 4
    peer.says("/3/image/c", {"id": "c"})
    assert not other.get("/3/image/c").from_cache
    assert session.get("/3/image/c").from_cache  # newer than the absence
    (key,) = cache.responses
    stored = cache.responses[key]
    del stored.headers[store.CHECKED_AT]
    cache.responses[key] = stored
    assert not other.get("/3/image/c").from_cache  # nobody knows how old it is
    assert len(peer.seen) == 6


def test_misspelt_arguments_forget_nothing(sandbox: Sandbox, connect) -> None:
    session = connect()
    session.get("/3/gallery/hot")
    with pytest.raises(InvalidArgument, match="gallery"):
        session.clear_cache("galery")
    with pytest.raises(InvalidArgument, match="older_than"):
        session.clear_cache(older_than="soon")
    assert session.cache_info().entries == 1


@pytest.fixture
def redis_port(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [shutil.which("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir",
         str(tmp_path), "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield port
    server.terminate()
    server.wait(10)


@pytest.mark.redis
@pytest.mark.decision("other-backends")
def test_two_sessions_share_one_redis(sandbox: Sandbox, connect, redis_port: int) -> None:
    import redis

    no_retry = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    clients = [redis.Redis(port=redis_port, retry=no_retry) for _ in range(2)]
    one, two = (
        connect(cache=requests_cache.RedisCache("imgurdata", connection=client))
        for client in clients
    )
    path = f"/3/account/{sandbox.account}"
    body = one.get(path).content
    assert two.get(path).content == body
    sandbox.advance("1h")
    assert two.get(path).revalidated
    assert not one.get(path).revalidated  # the other one was told just now
    assert [row.status for row in sandbox.requests] == [200, 304]
    assert one.cache_info().entries == 1
    clients[0].shutdown(nosave=True)
    with pytest.raises(CacheUnusable, match="RedisCache"):
        two.cache_info()
    for client in clients:
        client.close()


@pytest.mark.redis
def test_code_of_the_page_on_redis_shares_a_cache(sandbox: Sandbox, redis_port: int) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "redis.md"
    (code,) = re.findall(
        r"^```python\n(cache = .*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert "port=6379" in code
    names: dict[str, Any] = {"imd": imd, "requests_cache": requests_cache, "sandbox": sandbox}
    exec(code.replace("port=6379", f"port={redis_port}"), names)  # the page's own code
    with names["first"], names["second"]:
        assert names["posts"].attrs["imgurdata"]["credits_spent"] == 3
        assert names["again"].attrs["imgurdata"]["credits_spent"] == 0
        assert names["again"].equals(names["posts"])
