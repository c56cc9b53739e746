"""Answers read in bulk: the keys are the session's, the frames the same, nothing is sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import chain
from typing import Any
from unittest import mock

import pandas as pd
import pytest
import requests
from worlds import World

import imgurdata as imd
from imgurdata.endpoints import ENDPOINTS
from imgurdata.errors import NotCached
from imgurdata.http import transport
from imgurdata.http.cache import AnswerTable
from imgurdata.http.store import RequestSpec, Resolved, State, Stored
from imgurdata.pulls.answers import answer_check, cached_answer, new_answer
from imgurdata.sandbox import Sandbox

PULLS = [
    imd.Pull("gallery", section="user", sort="time", show_viral=False, pages=[0, 3]),
    imd.Pull("gallery", mature=False, pages=2),
    imd.Pull("gallery", mature=True),
    imd.Pull("posts", ids=["2YxRdEi", "abcde"]),
    imd.Pull("comments", ids="2YxRdEi", sort="new"),
    imd.Pull("comment", ids=1938489503),
    imd.Pull("replies", id=1938489503),
    imd.Pull("account", usernames=["some-body", "a_b"]),
    imd.Pull("account_comments", username="somebody", per_page=7),
    imd.Pull("account_submissions", username="somebody", sort="oldest", pages=2),
    imd.Pull("account_counts", username="somebody"),
    imd.Pull("albums", ids="abcde"),
    imd.Pull("album_images", ids="abcde"),
    imd.Pull("tags"),
]


@pytest.mark.decision("bulk-reads")
def test_the_key_is_the_one_the_session_would_use(connect, subtests: pytest.Subtests) -> None:
    odd = RequestSpec("x", "/3/account/%C3%A9t%C3%A9/comments/newest/0", "?perPage=7&a=%C3%A9%26")
    for session in (connect(), connect(token="made-up")):
        specs = [odd, *(spec for pull in PULLS for spec in pull.lists[0].specs())]
        for resolved in chain.from_iterable(session.resolve(specs)):
            with subtests.test(request=resolved.request):
                url = session.base_url + resolved.request.path + resolved.request.query
                request = session.prepare_request(requests.Request("GET", url))
                assert resolved.key == session.cache.create_key(request)


@pytest.mark.decision("bulk-reads")
def test_what_is_fresh_is_read_in_bulk_and_nothing_is_prepared(sandbox: Sandbox, connect) -> None:
    session = connect()
    first = imd.load_gallery("user", "time", pages=70, session=session)
    before = len(sandbox.requests)
    session.store.columns.finish()  # columns that are not written yet are decoded of bodies
    sizes: list[int] = []
    lookup = AnswerTable.lookup

    def counted(self: AnswerTable, keys: Any, **options: Any) -> Any:
        sizes.append(len(keys))
        return lookup(self, keys, **options)

    with (
        mock.patch.object(AnswerTable, "lookup", counted),
        mock.patch.object(imd.ImgurSession, "prepare_request", side_effect=AssertionError),
        mock.patch.object(imd.ImgurSession, "send", side_effect=AssertionError),
    ):
        again = imd.load_gallery("user", "time", pages=70, session=session)
    pd.testing.assert_frame_equal(again, first)
    assert again.attrs["imgurdata"]["from_cache"] == again.attrs["imgurdata"]["pages"]
    # In portions: few first, and never so many that their bodies would fill the memory.
    assert sizes == [8, 50]
    assert len(sandbox.requests) == before


def test_requests_of_a_pull_are_prepared_once_with_all_that_the_session_adds(
    sandbox: Sandbox, connect
) -> None:
    session = connect()
    session.headers["X-Study"] = "cats"
    session.params = {"album_previews": "true", "client_id": "0123456789abcde"}
    seen: list[str] = []
    session.hooks["response"].append(lambda response, **_: seen.append(response.url))
    prepare = imd.ImgurSession.prepare_request
    with mock.patch.object(imd.ImgurSession, "prepare_request", autospec=True) as prepared:
        prepared.side_effect = prepare
        imd.load_gallery(pages=3, session=session)
    assert prepared.call_count == 1
    assert [row.query for row in sandbox.requests] == [{"album_previews": "true"}] * 3
    paths = sorted(row.path for row in sandbox.requests)
    assert sorted(seen) == [f"{sandbox.url}{path}?album_previews=true" for path in paths]


@pytest.mark.decision("bulk-reads")
def test_fresh_pages_among_others_keep_their_place(sandbox: Sandbox, connect) -> None:
    session = connect(max_age="1h")
    whole = imd.load_gallery(pages=6, session=connect(cache="memory"))
    for page in (1, 2, 4):
        imd.load_gallery(pages=[page], session=session)
    posts = imd.load_gallery(pages=6, session=session)
    pd.testing.assert_frame_equal(posts, whole)
    story = posts.attrs["imgurdata"]
    assert (story["requests"], story["from_cache"]) == (3, 3)


@pytest.mark.decision("other-backends")
def test_other_backends_go_page_by_page(sandbox: Sandbox, connect) -> None:
    session = connect(cache="memory")
    first = imd.load_gallery(pages=3, session=session)
    before = len(sandbox.requests)
    pd.testing.assert_frame_equal(imd.load_gallery(pages=3, session=session), first)
    assert len(sandbox.requests) == before
    sandbox.advance("1h")
    assert imd.load_gallery(pages=3, session=session).attrs["imgurdata"]["from_cache"] == 0


@pytest.mark.decision("offline")
def test_offline_any_age_will_do(sandbox: Sandbox, connect) -> None:
    first = imd.load_gallery(pages=3, session=connect())
    sandbox.advance("9 days")
    session = connect(offline=True)
    pd.testing.assert_frame_equal(imd.load_gallery(pages=3, session=session), first)
    with pytest.raises(NotCached) as caught:
        imd.load_gallery(pages=5, session=session)
    assert len(caught.value.partial) == 180


class German(dt.datetime):
    """A time as ``strftime`` writes it after ``locale.setlocale(LC_ALL, "de_DE.UTF-8")``."""

    def strftime(self, _: str) -> str:
        return "So, 03 Mai 2026 12:00:00 GMT"


def test_rows_from_the_cache_were_fetched_when_they_were_confirmed(
    sandbox: Sandbox, connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = connect(max_age="10d")
    date = German(2026, 5, 3, 12, tzinfo=dt.UTC)
    monkeypatch.setattr(transport, "response_date", lambda *_: date)
    columns, load = session.store.columns, imd.load_gallery
    columns.smallest = 0
    first = load(session=session, progress=False)
    columns.finish()
    sandbox.advance("3h")
    for switch in ("1", "0"):
        monkeypatch.setenv("IMGURDATA_COLUMNS", switch)
        again = load(session=session, progress=False)
        assert set(again["fetched_at"]) == set(first["fetched_at"]) == {pd.Timestamp(date)}
    # A date that nobody can read, as older versions wrote it, is not the time of reading.
    ((page,),) = session.resolve(imd.Pull("gallery").lists[0].specs())
    session.store.confirm(replace(page.cached, date=date.strftime("")))
    for switch in ("1", "0"):
        monkeypatch.setenv("IMGURDATA_COLUMNS", switch)
        (when,) = set(load(session=session, progress=False)["fetched_at"])
        assert when.timestamp() == pytest.approx(page.cached.checked_at, abs=1e-3)


def test_what_cannot_be_read_is_asked_for_and_fails_in_its_turn_offline(
    sandbox, connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGURDATA_COLUMNS", "0")  # with columns, the answers are not read again
    whole = imd.load_gallery(pages=3, session=connect())
    lookup = AnswerTable.lookup
    third = next(connect().resolve(imd.Pull("gallery", pages=3).lists[0].specs()))[2].key

    def spoiled(self: AnswerTable, keys: Any, **options: Any) -> Any:
        found = lookup(self, keys, **options)
        if isinstance(found.get(third), Stored):
            found[third] = replace(found[third], body=lambda: b"<html>")
        return found

    broken = pytest.raises(imd.errors.BadResponse)
    with mock.patch.object(AnswerTable, "lookup", spoiled):
        with broken as caught:
            imd.load_gallery(pages=3, session=connect(offline=True))
        assert len(caught.value.partial) == 120
        before = len(sandbox.requests)
        again = imd.load_gallery(pages=3, session=connect())
    assert again["id"].tolist() == whole["id"].tolist()
    assert len(sandbox.requests) == before + 1


def test_resolve_tells_states_without_a_request(sandbox: Sandbox, connect) -> None:
    session = connect()
    imd.load_gallery(pages=2, session=session)
    specs = list(imd.Pull("gallery", pages=3).lists[0].specs())

    def states() -> list[State]:
        return [resolved.state for resolved in chain.from_iterable(session.resolve(specs))]

    assert states() == [State.FRESH, State.FRESH, State.MISSING]
    sandbox.advance("1h")
    assert states() == [State.STALE, State.STALE, State.MISSING]
    ((resolved,),) = session.resolve(imd.Pull("credits").lists[0].specs())
    assert resolved.state is State.MISSING
    assert len(sandbox.requests) == 2


HOLDS_NOTHING = [
    (b"[]", True), (b"{}", False), (b" [ ] ", True), (b'{"name":"cats","items":[]}', True),
    (b'[{"id":"a"}]', False), (b'{"name":"cats","items":[{"id":"a"}]}', False),
    (b"null", False), (b"7", False), (b'"gone"', False),
]  # fmt: skip


def test_a_page_that_holds_nothing(subtests: pytest.Subtests) -> None:
    check, world = answer_check(ENDPOINTS["tag"]), World([], 1)
    for data, nothing in HOLDS_NOTHING:
        body = b'{"data":%s,"success":true,"status":200}' % data
        stored = Stored("k", "/3/x", 200, {}, 1.0, None, lambda body=body: body)
        resolved = Resolved(RequestSpec("0", "/3/x"), "k", State.FRESH, stored)
        response = world.response([])
        response.content = body
        with subtests.test(data=data), mock.patch.object(world, "fetch_resolved") as fetch:
            fetch.return_value = response
            assert new_answer(world, resolved, check).is_empty is nothing
            cached = cached_answer(world, resolved, check)
            assert (cached is not None and cached.is_empty) is nothing
