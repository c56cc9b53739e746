"""Nothing secret reaches a file, a log, a repr or a traceback; no file runs code."""

from __future__ import annotations

import logging
import os
import pickle
import sqlite3
import stat
import traceback
from pathlib import Path

import pytest
import requests_cache

import imgurdata as imd
from imgurdata.auth import Secret, Token
from imgurdata.errors import ApiError, ConnectionFailed, ImgurDataError
from imgurdata.sandbox import Sandbox

TOKEN = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
SECRET = "f" * 12 + "0123456789abcdef0123456789ab"
KEY = "gatewayKEY0123456789gatewayKEY0123456789"
CLIENT_ID = "c0ffeec0ffeec0f"
HASH = "Q1w2E3r4T5y6U7i"
COOKIE = "cookiecookiecookie"
ALL = (TOKEN, SECRET, KEY, CLIENT_ID, HASH, COOKIE)


def holds(folder: Path) -> dict[str, list[str]]:
    """Which secret stands in which file of a folder."""
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files
    return {
        name: found
        for name, data in files.items()
        if (found := [s for s in (*ALL, "Bearer", "Authorization") if s.encode() in data])
    }


def say_secrets(peer) -> None:
    peer.says(
        "/3/account/me/images",
        [{"id": "abcdefg", "deletehash": HASH}, {"id": "hijklmn", "deletehash": HASH}],
        ETag='"x"',
        Set_Cookie=f"IMGURSESSION={COOKIE}; path=/",
    )
    peer.says(f"/3/image/{HASH}", {"id": "abcdefg"}, ETag='"y"')
    peer.says("/3/account/me/settings", {"email": f"{HASH}@example.org"})
    hashes = f"<deletehash>{HASH}</deletehash><deletehash><![CDATA[{HASH}]]></deletehash>"
    body = f'<data success="1" status="200"><id>a</id>{hashes}</data>'
    peer.answers["/3/image/abcdefg.xml"] = (200, {"Content-Type": "text/xml"}, body.encode())


def ask(session: imd.ImgurSession) -> None:
    """Everything that brings or carries a secret; twice, so that a 304 or a hit is among it."""
    for _ in range(2):
        session.get("/3/account/me/images", params={"client_id": CLIENT_ID, "perPage": 5})
        session.get(f"/3/image/{HASH}")
        session.get("/3/account/me/settings")
        session.get("/3/image/abcdefg.xml", headers={"Authorization": f"Bearer {TOKEN}"})
        with pytest.raises(ApiError):
            session.get(f"/3/album/{HASH}")


@pytest.mark.decision("nothing-secret-in-the-cache")
def test_no_file_holds_a_secret(
    subtests: pytest.Subtests, peer, connect, tmp_path, monkeypatch
) -> None:
    for backend in [None, requests_cache.SQLiteCache, requests_cache.FileCache]:
        with subtests.test(backend=backend):
            peer.seen.clear()
            folder = tmp_path / (backend.__name__ if backend else "ours")
            folder.mkdir()
            monkeypatch.setenv("IMGURDATA_HOME", str(folder))
            cache = folder / "answers.sqlite" if backend is None else backend(folder / "theirs")
            say_secrets(peer)
            session = connect(
                client_id=CLIENT_ID, client_secret=SECRET, token=TOKEN, gateway_key=KEY,
                base_url=peer.url, cache=cache, max_age=0,
            )  # fmt: skip
            ask(session)
            # The requests did carry them: the test would otherwise prove nothing.
            assert peer.seen[0][2]["authorization"] == f"Bearer {TOKEN}"
            assert peer.seen[0][2]["x-rapidapi-key"] == KEY
            assert holds(folder) == {}, "while it is open (-wal, -shm)"
            session.close()
            assert holds(folder) == {}, "when it is closed"


@pytest.mark.decision("nothing-secret-in-the-cache")
def test_delete_hashes_are_blanked(peer, connect) -> None:
    say_secrets(peer)
    session = connect(client_id=CLIENT_ID, base_url=peer.url)
    rows = session.fetch("/3/account/me/images")
    assert rows == [{"id": "abcdefg", "deletehash": ""}, {"id": "hijklmn", "deletehash": ""}]
    assert session.get("/3/account/me/images").from_cache
    assert session.get("/3/account/me/images").request.headers == {}
    forms = [f'a\\"{HASH}', [HASH, HASH], {"a": HASH}, 123456789012345]
    peer.says("/3/account/me/images/1", [{"deletehash": form, "x": "y"} for form in forms])
    assert session.fetch("/3/account/me/images/1") == 4 * [{"deletehash": "", "x": "y"}]


@pytest.mark.decision("nothing-secret-in-the-cache")
def test_no_log_holds_a_secret(peer, connect, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    say_secrets(peer)
    session = connect(
        client_id=CLIENT_ID, client_secret=SECRET, token=TOKEN, gateway_key=KEY, base_url=peer.url
    )
    ask(session)
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("imgurdata"))
    assert "/3/account/me/images -> 200" in ours
    assert [secret for secret in ALL if secret in ours] == []
    # What urllib3 logs is the path as sent: a delete hash in it is the caller's own.
    assert [secret for secret in ALL if secret in caplog.text and secret != HASH] == []


@pytest.mark.decision("nothing-secret-in-the-cache")
def test_no_repr_and_no_frame_holds_a_secret(peer, connect, monkeypatch) -> None:
    session = connect(
        client_id=CLIENT_ID, client_secret=SECRET, token=TOKEN, gateway_key=KEY, base_url=peer.url
    )
    shown = [repr(session), repr(session.credits), repr(session.identity), repr(vars(session))]
    assert [s for s in ALL if s in "".join(shown) and s != CLIENT_ID] == []


@pytest.mark.decision("nothing-secret-in-the-cache")
def test_no_traceback_holds_the_token(subtests: pytest.Subtests, sandbox: Sandbox, connect) -> None:
    # A path for each fault, since those that are left over are served later.
    for fault, path in [("reset", ""), (403, "/settings"), ("html", "/images")]:
        with subtests.test(fault=fault):
            token = sandbox.issue_token(sandbox.account)
            session = connect(token=token, client_secret=SECRET)
            sandbox.fail(fault, times=3, path=f"/3/account/me{path}")
            with pytest.raises(ImgurDataError) as caught:
                session.get(f"/3/account/me{path}")
            # As IPython's verbose mode prints them: with the variables of every frame.
            text = "".join(
                traceback.TracebackException.from_exception(
                    caught.value, capture_locals=True
                ).format()
            ).replace(f"token = {token!r}", "")  # this test's own
            assert "get(" in text
            assert token not in text
            assert SECRET not in text.replace(f"SECRET = {SECRET!r}", "")


def test_failing_connect_shows_no_secret(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    try:
        imd.connect("abc", token=TOKEN, client_secret=SECRET, gateway_key=KEY,
                    cache=tmp_path / "file" / "below", default=False)  # fmt: skip
    except imd.errors.CacheUnusable as error:
        frames = traceback.walk_tb(error.__traceback__)
        variables = [
            repr(frame.f_locals) for frame, _ in frames if "connect" in frame.f_code.co_name
        ]
    assert variables
    assert [s for s in (TOKEN, SECRET, KEY) if s in "".join(variables)] == []


def test_error_messages_hold_no_delete_hash(peer, connect, no_waiting) -> None:
    session = connect(client_id=CLIENT_ID, base_url=peer.url)
    peer.close()
    with pytest.raises(ConnectionFailed) as caught:
        session.get(f"/3/image/{HASH}")
    assert HASH not in str(caught.value)
    with pytest.raises(imd.errors.NotCached) as missing:
        connect(base_url=peer.url, offline=True).get(f"/3/image/{HASH}")
    assert HASH not in str(missing.value)


def test_secret_may_end_in_line_break(subtests: pytest.Subtests, sandbox: Sandbox, connect) -> None:
    for what in ["token", "client_secret", "gateway_key", "client_id"]:
        with subtests.test(what=what):
            given = sandbox.issue_token(sandbox.account) if what == "token" else sandbox.client_id
            # A gateway's key does not go with sandbox=, but with the address of one.
            where = {"base_url": sandbox.url, "client_id": sandbox.client_id}
            session = connect(**(where if what == "gateway_key" else {}) | {what: given + "\r\n"})
            assert session.get("/3/credits").status_code == 200


def test_malformed_secret_is_refused_unseen(
    subtests: pytest.Subtests, sandbox: Sandbox, connect
) -> None:
    for value in ["a b", "a\nb", "a\x00b", "añb", 7, b"abc"]:
        for what in ["token", "client_secret", "gateway_key", "client_id"]:
            with subtests.test(what=what, value=value):
                with pytest.raises(imd.errors.InvalidArgument) as caught:
                    connect(**{what: value})
                assert what in str(caught.value)
                if isinstance(value, str):
                    assert value not in str(caught.value)
                assert sandbox.requests == []


def test_connect_accepts_token_in_any_form(subtests: pytest.Subtests, peer, connect) -> None:
    for value in [Secret(TOKEN), Token.of(TOKEN), TOKEN]:
        with subtests.test(value=value):
            peer.seen.clear()
            peer.says("/3/account/me", {})
            connect(token=value, base_url=peer.url, cache="memory").get("/3/account/me")
            assert peer.seen[0][2]["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.decision("cookies-refused")
def test_cookies_are_neither_kept_nor_sent(sandbox: Sandbox, connect, peer) -> None:
    session = connect()
    answer = session.get("/3/gallery/hot")
    session.get("/3/gallery/top")
    assert not session.cookies
    assert not answer.cookies
    assert "Set-Cookie" not in answer.headers
    assert [row.cookie for row in sandbox.requests] == [False, False]
    # Nor those of other hosts.
    peer.answers["/x"] = (200, {"Set-Cookie": "a=b; path=/"}, b"{}")
    session.get(peer.url + "/x")
    session.get(peer.url + "/x")
    assert [headers.get("cookie") for *_, headers in peer.seen] == [None, None]


def test_files_are_private(sandbox: Sandbox, connect, tmp_path) -> None:
    session = connect(cache=tmp_path / "new" / "answers.sqlite")
    session.get("/3/gallery/hot")
    files = [path for path in (tmp_path / "new").iterdir() if path.is_file()]
    assert {"answers.sqlite", "ledger-v2.sqlite"} <= {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (os.system, ("touch poisoned",))


@pytest.mark.decision("no-pickle")
def test_poisoned_file_runs_no_code(
    subtests: pytest.Subtests, sandbox: Sandbox, connect, tmp_path, monkeypatch, caplog
) -> None:
    monkeypatch.chdir(tmp_path)
    path = f"/3/account/{sandbox.account}"
    for column in ["url", "headers", "length", "body", "status"]:
        with subtests.test(column=column):
            before = len(sandbox.requests)
            file = tmp_path / column / "answers.sqlite"
            first = connect(cache=file)
            good = first.fetch(path)
            first.close()
            with sqlite3.connect(file) as database:
                table = "bodies" if column == "body" else "answers"
                database.execute(f"UPDATE {table} SET {column} = ?", (pickle.dumps(Trap()),))
            database.close()
            session = connect(cache=file)
            assert session.fetch(path) == good
            assert not (tmp_path / "poisoned").exists()
            assert len(sandbox.requests) <= before + 2


@pytest.mark.decision("no-pickle")
def test_package_never_unpickles(sandbox: Sandbox, connect, monkeypatch) -> None:
    for name in ("loads", "load", "Unpickler"):
        monkeypatch.setattr(pickle, name, lambda *_, **__: pytest.fail("it unpickles"))
    path = f"/3/account/{sandbox.account}"
    connect().get(path)
    assert connect().get(path).from_cache
