"""Bundles: a study's answers in one file, replayed by the same calls, and nothing else in it."""

from __future__ import annotations

import logging
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests_cache
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from processes import run

import imgurdata as imd
from imgurdata.errors import (
    AuthenticationRequired,
    CacheUnusable,
    ImgurDataError,
    InvalidArgument,
    NotCached,
    NotFound,
)
from imgurdata.http import session_log
from imgurdata.sandbox import Sandbox

#: What ``attrs`` say of the way and not of the data.
WAY = {"identity", "requests", "from_cache", "revalidated", "changed", "credits_spent",
       "credits_left"}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.imgurdata"


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(limits={"user": 100_000, "client": 100_000}) as running:
        yield running


def session_on(sandbox: Sandbox, **options: Any) -> imd.ImgurSession:
    return imd.connect(**{"sandbox": sandbox, "cache": "memory", "default": False} | options)


def replay(path: Path) -> imd.ImgurSession:
    return imd.connect(bundle=path, default=False)


def assert_same(here: pd.DataFrame, there: pd.DataFrame) -> None:
    """Cell for cell, and in what is told of the data."""
    assert_frame_equal(here, there)
    mine, theirs = here.attrs["imgurdata"], there.attrs["imgurdata"]
    assert {k: mine[k] for k in mine.keys() - WAY} == {k: theirs[k] for k in theirs.keys() - WAY}
    assert (mine["requests"], mine["credits_spent"]) == (0, 0)
    assert mine["fetched_at"] is not None


def contents(path: Path) -> bytes:
    """Everything that is in a bundle, unpacked too."""
    with zipfile.ZipFile(path) as archive:
        return path.read_bytes() + b"".join(archive.read(name) for name in archive.namelist())


# The same frames elsewhere ------------------------------------------------------------------------


def test_a_study_runs_again_offline(sandbox: Sandbox, path: Path) -> None:
    def study_of(session: imd.ImgurSession) -> list[pd.DataFrame]:
        posts = imd.load_gallery("hot", pages=2, nested=True, session=session)
        busy = posts.nlargest(3, "comment_count")
        return [
            posts,
            imd.load_comments(busy, session=session),
            imd.load_album_images(posts[posts["is_album"]].head(2), session=session),
            imd.load_account(posts["account_url"].dropna().head(3), session=session),
            imd.load_posts([*posts["id"].head(2), "zzzzzzz"], session=session),
            imd.load_tags(session=session),
        ]

    with session_on(sandbox) as session:
        there = study_of(session)
        fetched = session.fetch("/3/gallery/hot/viral/5")
        result = imd.export_bundle(path, session)
    assert result.answers == 2 + 3 + 2 + 3 + 2 + 1 + 1
    assert (result.absent, result.left_out) == (1, {})
    sandbox.close()
    with replay(path) as session:
        for here, frame in zip(study_of(session), there, strict=True):
            assert_same(here, frame)
        assert here.attrs["imgurdata"]["missing"] == []
        assert session.fetch("/3/gallery/hot/viral/day/5.json") == fetched
        assert [table["load"] for table in session.bundle.tables] == [
            "gallery", "comments", "album_images", "account", "posts", "tags"]  # fmt: skip
        pull = imd.Pull.from_dict(session.bundle.tables[0])
        assert_same(pull.run(session), there[0])


@pytest.mark.parametrize("frame", ["posts", "posts with images"])
def test_an_archived_pull_of_a_moving_list(sandbox: Sandbox, path: Path, frame: str) -> None:
    """To the end, and up to what is known: the stop is found again."""
    nested = frame != "posts"
    with session_on(sandbox) as session:
        name = sandbox.account
        whole = imd.load_account_comments(name, pages=None, per_page=10, session=session)
        first = imd.load_gallery("user", "time", pages=2, nested=nested, session=session)
        sandbox.advance("20min")
        session.max_age = 0
        newer = imd.load_gallery("user", "time", pages=9, nested=nested, until_known=first,
                                 session=session)  # fmt: skip
        result = imd.export_bundle(path, session)
    assert len(whole) > 80, "so many that Imgur is asked how many there are"
    assert 0 < len(newer) < 9 * 60
    assert result.left_out["again"] >= 1
    with replay(path) as session:
        again = imd.load_account_comments(name, pages=None, per_page=10, session=session)
        assert_same(again, whole)
        again = imd.load_gallery("user", "time", pages=9, nested=nested, until_known=first,
                                 session=session)  # fmt: skip
        assert_same(again, newer)


@pytest.mark.parametrize("cache", ["file", "memory"])
def test_from_any_cache_fresh_or_asked_again(
    sandbox: Sandbox, path: Path, tmp_path: Path, cache: str
) -> None:
    where = tmp_path / "answers.sqlite" if cache == "file" else "memory"
    with session_on(sandbox, cache=where) as session:
        imd.load_gallery(pages=3, session=session)
        sandbox.advance("1h")
        there = imd.load_gallery(pages=2, session=session)
        imd.load_gallery(pages=2, session=session)
        result = imd.export_bundle(path, session)
    assert result.answers == 3
    assert "2 answers held as confirmed last" in str(result)
    with replay(path) as session:
        assert_same(imd.load_gallery(pages=2, session=session), there)


def test_a_cached_answer_counts_as_used(sandbox: Sandbox, path: Path, tmp_path: Path) -> None:
    cache = tmp_path / "answers.sqlite"
    with session_on(sandbox, cache=cache) as session:
        imd.load_gallery(pages=2, session=session)
        imd.load_tags(session=session)
    with session_on(sandbox, cache=cache) as session:
        there = imd.load_gallery(pages=1, session=session)
        session.get("/3/tags")
        assert imd.export_bundle(path, session).answers == 2, "not what others asked"
        assert sandbox.spent == 3
    with replay(path) as session:
        here = imd.load_gallery(pages=1, session=session)
        assert_same(here, there)


@pytest.mark.decision("bundle-is-the-study")
def test_only_what_was_used_is_in_it(sandbox: Sandbox, path: Path) -> None:
    with session_on(sandbox) as other, session_on(sandbox, cache=other.cache) as session:
        imd.load_gallery("top", window="week", session=other)
        imd.load_gallery("hot", session=session)
        imd.export_bundle(path, session)
    with replay(path) as session:
        assert len(imd.load_gallery("hot", session=session)) == 60
        with pytest.raises(NotCached, match="does not hold /3/gallery/top/viral/week/0"):
            imd.load_gallery("top", window="week", session=session)
        with pytest.raises(NotCached) as error:
            imd.load_gallery("hot", pages=3, session=session)
        assert error.value.partial is not None
        assert len(error.value.partial) == 60


def test_on_another_machine(sandbox: Sandbox, path: Path, tmp_path: Path) -> None:
    """A new process, an empty home, no keys, and nobody listening."""
    with session_on(sandbox) as session:
        there = imd.load_gallery("hot", pages=2, session=session)
        imd.export_bundle(path, session)
    sandbox.close()
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import sys, imgurdata as imd\n"
        "imd.connect(bundle=sys.argv[1])\n"
        "imd.load_gallery('hot', pages=2).to_pickle(sys.argv[2])\n"
    )
    home = tmp_path / "elsewhere"
    env = {**os.environ, "IMGURDATA_HOME": str(home)}
    done = run(code, path, tmp_path / "frame.pickle", env=env)
    assert done.returncode == 0, done.stderr
    assert_same(pd.read_pickle(tmp_path / "frame.pickle"), there)
    assert not home.exists(), "nothing is written"


PULLS = [
    imd.Pull("gallery", section="hot", pages=2),
    imd.Pull("gallery", section="user", sort="time", pages=[0, 2]),
    imd.Pull("gallery", section="top", window="week"),
    imd.Pull("tags"),
    imd.Pull("posts", ids=["zzzzzz0", "zzzzzz1"]),
]


@settings(max_examples=12)
@given(
    chosen=st.lists(st.sampled_from(range(len(PULLS))), min_size=1, unique=True),
    moves=st.booleans(),
)
def test_any_of_the_pulls_replay_and_no_others(
    world: Sandbox, tmp_path_factory: pytest.TempPathFactory, chosen: list[int], moves: bool
) -> None:
    path = tmp_path_factory.mktemp("bundles") / "study"
    frames: dict[int, pd.DataFrame | None] = {}
    with session_on(world) as session:
        for number in chosen:
            try:
                frames[number] = PULLS[number].run(session)
            except NotFound:
                frames[number] = None
            if moves:
                world.advance("7min")
        imd.export_bundle(path, session)
    with replay(path) as session:
        for number, pull in reversed(list(enumerate(PULLS))):
            if number not in frames:
                with pytest.raises(NotCached):
                    pull.run(session)
            elif frames[number] is None:
                with pytest.raises(NotFound, match="zzzzzz0"):
                    pull.run(session)
            else:
                assert_same(pull.run(session), frames[number])


def test_the_same_content_makes_the_same_bytes(sandbox: Sandbox, path: Path) -> None:
    with session_on(sandbox) as session:
        imd.load_gallery(pages=2, session=session)
        imd.export_bundle(path, session)
        first = path.read_bytes()
        imd.export_bundle(path, session)
        assert path.read_bytes() == first
    with replay(path) as session:
        imd.load_gallery(pages=2, session=session)
        imd.export_bundle(path, session)
    assert path.read_bytes() == first, "also out of a bundle, and over it"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_missing_one_that_came(sandbox: Sandbox, path: Path) -> None:
    """404s are the study's too; what was found later counts as found."""
    with session_on(sandbox) as session:
        there = imd.load_posts(["zzzzzzz", imd.load_gallery(session=session)["id"][0]],
                               session=session)  # fmt: skip
        url = f"{sandbox.url}/3/gallery/hot/viral/day/0"
        session.session_log.note_missing("", url, NotFound("gone", status=404))
        session.get("/3/gallery/hot/viral/day/0")
        result = imd.export_bundle(path, session)
    assert (result.answers, result.absent) == (2, 1)
    assert there.attrs["imgurdata"]["missing"] == ["zzzzzzz"]
    with replay(path) as session:
        assert_same(imd.load_posts(["zzzzzzz", there["id"][0]], session=session), there)


# Nobody's secrets ---------------------------------------------------------------------------------


@pytest.mark.decision("bundle-public-only")
def test_what_an_account_asked_is_left_out_and_said(
    sandbox: Sandbox, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = sandbox.account
    access, refresh = sandbox.issue_tokens(name)
    with session_on(sandbox, client_secret=sandbox.client_secret) as session:
        imd.load_gallery("top", window="year", session=session)
        session.sign_in(access)
        mine = imd.load_account_images("me", session=session)
        imd.load_account("me", session=session)
        imd.load_gallery(session=session)
        session.get("/3/account/me/settings")
        result = imd.export_bundle(path, session)
        session.sign_out()
        again = imd.export_bundle(path, session)
    assert (result.answers, result.left_out) == (1, {"signed_in": 3})
    assert "left out: 3 answers asked as a signed-in account" in str(result)
    assert "does not hold all that the study used" in caplog.text
    assert again.answers == 1
    assert [table["load"] for table in result.tables] == ["gallery"]
    held = contents(path)
    for secret in (sandbox.client_id, sandbox.client_secret, access, refresh, mine["id"][0],
                   "/account/me", 'deletehash":"', str(path.parent)):  # fmt: skip
        assert secret.encode() not in held
    with replay(path) as session:
        with pytest.raises(AuthenticationRequired):
            imd.load_account_images("me", session=session)
        with pytest.raises(NotCached, match="one person"):
            session.get("/3/account/me/settings")
        with pytest.raises(NotCached, match="does not hold"):
            imd.load_gallery(session=session)
        with pytest.raises(InvalidArgument, match="offline"):
            session.sign_in(access)


def test_a_study_of_an_account_alone_is_no_bundle(sandbox: Sandbox, path: Path) -> None:
    token = sandbox.issue_token(sandbox.account)
    with session_on(sandbox, token=token) as session:
        imd.load_gallery(session=session)
        with pytest.raises(InvalidArgument, match="left out: 1 answer asked as a signed-in"):
            imd.export_bundle(path, session)
    assert not path.exists()


def test_an_answer_that_holds_a_key_is_left_out(
    sandbox: Sandbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_on(sandbox) as session:
        imd.load_gallery(session=session)
        echoed = session.get("/3/tags")
        monkeypatch.setattr(
            echoed, "_content", b'{"data":"Client-ID ' + sandbox.client_id.encode() + b'"}'
        )
        session.cache.save_response(echoed, echoed.cache_key)
        result = imd.export_bundle(path, session)
    assert (result.answers, result.left_out) == (1, {"secret": 1})
    assert sandbox.client_id.encode() not in contents(path)


def test_keys_in_an_address_do_not_get_in(sandbox: Sandbox, path: Path) -> None:
    with session_on(sandbox) as session:
        session.get(f"/3/gallery/hot?client_id={sandbox.client_id}&client_secret=abcdefghij")
        assert imd.export_bundle(path, session).answers == 1
    assert sandbox.client_id.encode() not in contents(path)
    assert b"abcdefghij" not in contents(path)


def test_keys_in_a_path_and_what_is_of_one_moment_are_left_out(connect, peer, path: Path) -> None:
    session = connect(client_id="cl1entid-cl1entid", base_url=peer.url)
    with pytest.raises(NotFound):
        session.get("/3/credits")  # of one moment: it is not even counted
    with pytest.raises(InvalidArgument, match="nothing to export"):
        imd.export_bundle(path, session)
    for name in ("cl1entid-cl1entid", "abcde"):
        peer.says(f"/3/gallery/{name}", {"id": "abcde"})
        session.get(f"/3/gallery/{name}")
    result = imd.export_bundle(path, session)
    assert (result.answers, result.left_out) == (1, {"secret": 1})
    assert b"cl1entid" not in contents(path)


# What is asked wrongly ----------------------------------------------------------------------------


def test_nothing_to_export(sandbox: Sandbox, path: Path) -> None:
    with session_on(sandbox) as session:
        with pytest.raises(InvalidArgument, match="run the study with this session first"):
            imd.export_bundle(path, session)
        imd.Pull("gallery").plan(session)
        session.get("/3/credits")
        with pytest.raises(InvalidArgument, match="nothing to export"):
            imd.export_bundle(path, session)
    with pytest.raises(ImgurDataError, match="closed"):
        imd.export_bundle(path, session)
    assert not path.exists()


def test_other_files_are_not_replaced(sandbox: Sandbox, path: Path, tmp_path: Path) -> None:
    path.write_text("a notebook")
    with session_on(sandbox) as session:
        imd.load_gallery(session=session)
        with pytest.raises(InvalidArgument, match="a bundle to replace"):
            imd.export_bundle(path, session)
        assert path.read_text() == "a notebook"
        with pytest.raises(InvalidArgument, match="must be the path of a file"):
            imd.export_bundle(5, session)  # type: ignore[arg-type]
        with pytest.raises(CacheUnusable, match="cannot be written"):
            imd.export_bundle(tmp_path / "no" / "such" / "folder", session)
        with pytest.raises(InvalidArgument, match="a bundle to replace"):
            imd.export_bundle(tmp_path, session)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_what_was_forgotten_is_said(
    sandbox: Sandbox, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(session_log, "MOST", 3)
    with session_on(sandbox) as session:
        imd.load_gallery(pages=4, session=session)
        imd.load_tags(session=session)
        session.cache.delete(requests=[session.prepare_request(_get(f"{sandbox.url}/3/tags"))])
        with caplog.at_level(logging.WARNING):
            result = imd.export_bundle(path, session)
    assert (result.answers, result.left_out) == (2, {"forgotten": 1, "dropped": 2})
    assert "run those pulls again" in caplog.text


def test_a_cache_that_does_not_answer_spoils_no_bundle(
    sandbox: Sandbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = requests_cache.BaseCache()
    storage = type(cache.responses)
    with session_on(sandbox, cache=cache) as session:
        imd.load_gallery("hot", pages=2, session=session)
        imd.export_bundle(path, session)
        before = path.read_bytes()

        def unreachable(*_: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr(storage, "__getitem__", unreachable)
        monkeypatch.setattr(storage, "keys", unreachable)
        with pytest.raises(CacheUnusable, match="does not answer"):
            imd.export_bundle(path, session)
    assert path.read_bytes() == before


def _get(url: str) -> Any:
    import requests

    return requests.Request("GET", url)


@pytest.mark.parametrize(
    "beside",
    [{"sandbox": True}, {"token": "x" * 40}, {"account": "ann"}, {"cache": "memory"},
     {"gateway_key": "k" * 20}, {"base_url": "https://example.com"}],
)  # fmt: skip
def test_a_bundle_stands_alone(path: Path, beside: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="do not go together"):
        imd.connect(bundle=path, **beside)


@pytest.mark.decision("bundle-needs-nobody")
def test_no_key_no_network_no_ledger(
    sandbox: Sandbox, path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_on(sandbox) as session:
        imd.load_gallery(session=session)
        imd.export_bundle(path, session)
    before = len(sandbox.requests)
    # What the environment says of Imgur is not for a bundle.
    monkeypatch.setenv("IMGUR_ACCESS_TOKEN", "x" * 40)
    monkeypatch.setenv("IMGUR_CLIENT_ID", "y" * 15)
    with imd.connect(bundle=path) as session:
        assert imd.current_session() is session
        assert session.offline
        assert repr(session) == f"<ImgurSession bundle {path.name}; offline>"
        assert session.identity.kind == "client"
        assert session.secrets() == []
        assert len(imd.load_gallery()) == 60
        for path_of in ("/3/credits", "/3/gallery/hot/viral/day/7", "/3/tags"):
            with pytest.raises(NotCached, match=r"The bundle .* does not hold"):
                session.get(path_of)
        with pytest.raises(NotCached):
            session.post("/3/album", data={"title": "x"})
        with pytest.raises(NotCached):
            session.get("https://example.com/")
        assert session.credits.history().empty
        with pytest.raises(CacheUnusable, match="read-only"):
            session.cache.clear()
        with pytest.raises(CacheUnusable, match="read-only"):
            session.clear_cache()
        assert session.cache_info().entries == 1
        assert imd.Pull("gallery").plan().credits_needed == 0
    assert len(sandbox.requests) == before
    assert not list(own_home.iterdir())


def test_a_bundle_of_other_columns_is_told(
    sandbox: Sandbox, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with session_on(sandbox) as session:
        imd.load_gallery(session=session)
        monkeypatch.setattr("imgurdata.bundle.export.SCHEMA_VERSION", 99)
        imd.export_bundle(path, session)
    replay(path).close()
    assert "version 99 of the columns" in caplog.text


def test_closing_lets_go_of_the_file(sandbox: Sandbox, path: Path) -> None:
    with session_on(sandbox) as session:
        imd.load_gallery(session=session)
        imd.export_bundle(path, session)
    with replay(path) as session:
        file = session.cache.responses.file._file  # type: ignore[attr-defined]
        assert not file.closed
    assert file.closed


def test_it_reads_as_text(sandbox: Sandbox, path: Path) -> None:
    with session_on(sandbox) as session:
        imd.load_gallery(pages=2, session=session)
        result = imd.export_bundle(path, session)
    assert repr(result) == f"{path}: 2 answers, of 1 pulls, {result.size / 1000:.1f} kB"


@pytest.mark.parametrize(
    "odd", [5, "session", object(), True, pd.DataFrame({"id": ["a"]}), imd.ImgurSession]
)
def test_export_refuses_what_is_no_session(odd: Any, path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"^session must be a session of"):
        imd.export_bundle(path, odd)


@pytest.mark.parametrize("name", ["", "no/such/folder", "x" * 5000, "other.txt"])
def test_export_to_a_path_that_cannot_be_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("somebody's")
    with imd.connect(sandbox=True, default=False) as session:
        imd.load_gallery(session=session)
        with pytest.raises((InvalidArgument, CacheUnusable)) as refused:
            imd.export_bundle(tmp_path / name, session)
    assert len(refused.value.message) < 600 + len(str(tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["other.txt"]
    assert (tmp_path / "other.txt").read_text() == "somebody's"
