"""From words to a session: defaults, refusals, the default session, the end of one."""

from __future__ import annotations

import copy
import gc
import pickle
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import requests_cache
from typing_at import until

import imgurdata as imd
from imgurdata.errors import (
    AuthenticationRequired,
    CacheUnusable,
    ImgurDataError,
    InvalidArgument,
    MissingClientId,
)
from imgurdata.http.cache import AnswerCache
from imgurdata.sandbox import Sandbox


@pytest.fixture(autouse=True)
def no_default_left() -> None:
    """A test begins and ends without a default session."""
    yield
    connected = sys.modules["imgurdata._connect"]._default
    if connected is not None:
        connected.close()


def test_connect_without_client_id_says_how_to_get_one() -> None:
    for call in (imd.connect, imd.current_session, imd.load_gallery, imd.load_credits):
        with pytest.raises(MissingClientId) as caught:
            call()
        for words in ("IMGUR_CLIENT_ID", "oauth2/addclient", "sandbox=True"):
            assert words in str(caught.value)


def test_connect_uses_client_id_of_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGUR_CLIENT_ID", "fromtheenv")
    with imd.connect() as one, imd.connect("another", default=False) as two:
        assert imd.current_session() is one
        assert one.identity != two.identity
        assert one.base_url == "https://api.imgur.com"
    monkeypatch.setenv("IMGUR_CLIENT_ID", "  ")
    with pytest.raises(MissingClientId):
        imd.connect()


def test_newest_session_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    first = imd.connect(sandbox=True)
    assert imd.current_session() is first
    second = imd.connect(sandbox=first.sandbox)
    third = imd.connect(sandbox=first.sandbox, default=False)
    assert imd.current_session() is second
    assert len(imd.load_gallery()) == 60
    assert len(second.credits.history()) == 1
    assert len(first.credits.history()) == len(third.credits.history()) == 0
    second.close()
    for use in (imd.current_session, imd.load_gallery, imd.Pull("gallery").plan):
        with pytest.raises(ImgurDataError, match=r"session is closed: imgurdata\.connect\(\)"):
            use()
    for session in (first, third):
        session.close()


def test_own_sandbox_is_closed_with_session() -> None:
    with imd.connect(sandbox=True, default=False) as session:
        folder = Path(session.cache.db_path).parent
        sandbox = session.sandbox
        imd.load_gallery(session=session)
        assert (folder / "ledger-v2.sqlite").exists()
    assert sandbox.closed
    assert not folder.exists()


def test_given_sandbox_stays_open(sandbox: Sandbox, connect) -> None:
    session = connect(cache=None)
    assert session.sandbox is sandbox
    session.close()
    assert not sandbox.closed


def test_connect_puts_files_in_home_or_cache_path(own_home: Path, tmp_path: Path) -> None:
    with imd.connect("abc", default=False) as session:
        assert session.cache.db_path == own_home / "answers-v3.sqlite"
        assert (own_home / "ledger-v2.sqlite").exists()
    with imd.connect("abc", default=False, cache=str(tmp_path / "c.sqlite")) as session:
        assert session.cache.db_path == tmp_path / "c.sqlite"
    with imd.connect("abc", default=False, cache="memory") as session:
        assert type(session.cache) is requests_cache.backends.base.BaseCache


def test_connect_refuses_sandbox_with_another_server(
    subtests: pytest.Subtests, sandbox: Sandbox
) -> None:
    for other in [{"base_url": "https://imgur.example"}, {"gateway_key": "k" * 40}]:
        for own in [True, False]:
            with (
                subtests.test(own=own, other=other),
                pytest.raises(
                    InvalidArgument, match=f"sandbox= and {min(other)}= do not go together"
                ),
            ):
                imd.connect(default=False, sandbox=own or sandbox, **other)


def test_connect_accepts_address_of_given_sandbox(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox=sandbox, base_url=sandbox.url, client_secret="s" * 40)
    assert session.base_url == sandbox.url


def test_connect_refuses_invalid_arguments(subtests: pytest.Subtests, own_home: Path) -> None:
    for name, value in [
        ("max_age", "soon"),
        ("max_age", -1),
        ("max_age", None),
        ("max_age", True),
        ("max_age", pd.NaT),
        ("max_wait", "later"),
        ("on_limit", "explode"),
        ("on_limit", None),
        ("workers", 0),
        ("workers", 1.5),
        ("workers", True),
        ("timeout", 0),
        ("timeout", "x"),
        ("timeout", float("inf")),
        ("timeout", float("nan")),
        ("cache", 7),
        ("cache", b"memory"),
        ("sandbox", 1),
        ("sandbox", "yes"),
    ]:
        with subtests.test(name=name, value=value):
            with pytest.raises(InvalidArgument, match=name):
                imd.connect("abc", default=False, **{name: value})
            assert list(own_home.iterdir()) == []


def test_connect_accepts_durations_in_every_form(
    subtests: pytest.Subtests, connect, sandbox: Sandbox
) -> None:
    for value, seconds in [
        ("10min", 600),
        (0, 0),
        (90, 90),
        (pd.Timedelta("2h"), 7200),
        ("1 day", 86_400),
        (0.5, 0.5),
    ]:
        with subtests.test(value=value, seconds=seconds):
            assert connect(max_age=value).max_age == seconds


def test_connect_refuses_account_that_is_not_remembered() -> None:
    with pytest.raises(AuthenticationRequired, match="'ann'"):
        imd.connect("abc", account="ann")


@pytest.mark.decision("sessions-do-not-pickle")
def test_session_does_not_pickle_or_copy(
    subtests: pytest.Subtests, sandbox: Sandbox, connect
) -> None:
    session = connect()
    for copying in [pickle.dumps, copy.copy, copy.deepcopy]:
        with (
            subtests.test(copying=copying),
            pytest.raises(ImgurDataError, match=r"connect\(\) in the worker"),
        ):
            copying(session)


def test_closed_session_refuses_requests(sandbox: Sandbox, connect) -> None:
    session = connect()
    assert "Client-ID" in repr(session)
    session.close()
    session.close()
    assert session.closed
    assert repr(session) == f"<ImgurSession {sandbox.url}, closed>"
    for use in (
        lambda: session.get("/3/gallery/hot"),
        lambda: session.fetch("/3/credits"),
        lambda: imd.load_gallery(session=session),
        lambda: imd.Pull("gallery").plan(session),
    ):
        with pytest.raises(ImgurDataError, match="closed"):
            use()
    assert sandbox.requests == []


@pytest.mark.decision("close-leaves-nothing")
def test_no_session_leaves_a_resource_open(own_home: Path) -> None:
    use = "imd.load_gallery(pages=3, session=s)\nimd.load_gallery(session=s)\n"
    script = (
        "import gc, imgurdata as imd\n"
        "with imd.connect(sandbox=True) as s:\n    imd.load_gallery(pages=3)\n"
        f"s = imd.connect(sandbox=True)\n{use}s.close()\ns.close()\n"
        f"s = imd.connect(sandbox=True, default=False)\n{use}del s\ngc.collect()\n"
        f"s = imd.connect(sandbox=True)\n{use}"  # left open until the end
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script],
        check=False, capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.decision("close-leaves-nothing")
def test_dropped_session_is_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    session = imd.connect(sandbox=sandbox, default=False, cache=tmp_path / "x.sqlite")
    session.get("/3/gallery/hot")
    # SQLite deletes these files when the last connection is closed.
    assert len(list(tmp_path.glob("*-wal"))) == 2, "of the cache and of the ledger"
    del session

    def is_closed() -> bool:
        gc.collect()  # does nothing while another thread collects
        return not list(tmp_path.glob("*-wal"))

    until(is_closed)


def test_failing_connect_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: dict[str, sqlite3.Connection] = {}
    connect = sqlite3.connect

    def remembered(path: object, *args: object, **options: object) -> sqlite3.Connection:
        connection = opened[str(path)] = connect(path, *args, **options)
        return connection

    monkeypatch.setattr(sqlite3, "connect", remembered)
    monkeypatch.setattr("imgurdata.http.session.Transport", None)
    with pytest.raises(TypeError):
        imd.connect("abc", cache=tmp_path / "x.sqlite", default=False)
    # The ledger is closed when it is collected.
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[str(tmp_path / "x.sqlite")].execute("SELECT 1")


@pytest.mark.decision("bare-words-are-no-paths")
def test_connect_refuses_the_name_of_a_backend(
    subtests: pytest.Subtests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for cache in [
        "redis",
        "mongodb",
        "sqlite",
        "filesystem",
        "Memory",
        "",
        "~",
        ".",
        "redis://localhost",
        b"a.sqlite",
        5,
        object,
    ]:
        with subtests.test(cache=cache):
            with pytest.raises(InvalidArgument, match=r"RedisCache") as caught:
                imd.connect("abc", cache=cache, default=False)
            assert ".sqlite'" in str(caught.value)
            assert list(tmp_path.iterdir()) == []


@pytest.mark.decision("close-leaves-nothing")
def test_session_closes_only_the_backend_it_opened(
    subtests: pytest.Subtests, sandbox: Sandbox, tmp_path: Path
) -> None:
    for kind in ["ours", "of requests-cache", "in memory"]:
        with subtests.test(kind=kind):
            backend = {
                "ours": lambda: AnswerCache(tmp_path / "a.sqlite"),
                "of requests-cache": lambda: requests_cache.SQLiteCache(tmp_path / "b.sqlite"),
                "in memory": requests_cache.backends.BaseCache,
            }[kind]()
            first = imd.connect(sandbox=sandbox, cache=backend, default=False)
            second = imd.connect(sandbox=sandbox, cache=backend, default=False)
            posts = imd.load_gallery(session=first)
            first.close()
            again = imd.load_gallery(session=second)
            assert again.attrs["imgurdata"]["from_cache"] == 1
            assert list(again["id"]) == list(posts["id"])
            second.close()
            assert len(backend.responses) == 1
            backend.close()
            own = imd.connect(sandbox=sandbox, cache=tmp_path / "c.sqlite", default=False)
            opened = own.cache
            own.close()
            with pytest.raises(CacheUnusable, match="closed"):
                len(opened.responses)


def test_session_shows_the_name_of_its_user():
    with Sandbox() as sandbox:
        access = sandbox.issue_token(sandbox.account)
        token = imd.auth.Token(imd.auth.Secret(access), username=sandbox.account)
        with imd.connect(sandbox=sandbox, token=token) as session:
            imd.load_account(session=session)
            assert f" as {sandbox.account}; credits: " in repr(session)
            assert access not in repr(session)
        with imd.connect(sandbox=sandbox) as session:
            assert f" as {session.identity}; " in repr(session)


def test_tab_key_offers_public_names_that_exist():
    with imd.connect(sandbox=True) as session:
        for offered in (session, session.credits, imd.plot, imd.widgets, imd):
            names = dir(offered)
            assert not [name for name in names if name.startswith("_") and name != "__version__"]
            assert all(hasattr(offered, name) for name in names)
        assert {"get", "fetch", "credits", "close"} <= set(dir(session))
        assert dir(session.credits) == [
            "budget", "daily_limit_hits", "history", "now", "remaining", "reserve",
        ]  # fmt: skip
