"""Answers read in bulk: the keys are the session's, the frames the same, nothing is sent."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pandas as pd
import pytest
import requests

import imgurdata as imd
from imgurdata.errors import NotCached
from imgurdata.http.cache import AnswerCache
from imgurdata.http.freshness import State
from imgurdata.model.records import RECORDS
from imgurdata.pulls.bulk import cache_key, holds_nothing, steps
from imgurdata.pulls.paging import Answer, Ask
from imgurdata.sandbox import Sandbox

PULLS = [
    imd.Pull("gallery", section="user", sort="time", show_viral=False, pages=[0, 3]),
    imd.Pull("gallery", mature=False, pages=2),
    imd.Pull("gallery", mature=True),
    imd.Pull("posts", ids=["2YxRdEi", "abcde"]),
    imd.Pull("comments", ids="2YxRdEi", sort="new"),
    imd.Pull("comment", ids=1938489503),
    imd.Pull("replies", ids=1938489503),
    imd.Pull("account", usernames=["some-body", "a_b"]),
    imd.Pull("account_comments", username="somebody", per_page=7),
    imd.Pull("account_submissions", username="somebody", sort="oldest", pages=2),
    imd.Pull("account_counts", username="somebody"),
    imd.Pull("albums", ids="abcde"),
    imd.Pull("album_images", ids="abcde"),
    imd.Pull("tags"),
]


@pytest.mark.decision("bulk-reads")
@pytest.mark.parametrize("pull", PULLS, ids=repr)
def test_the_key_is_the_one_the_session_would_use(connect, pull: imd.Pull) -> None:
    for session in (connect(), connect(token="made-up")):
        for ask in pull.lists[0].make():
            url = session.base_url + ask.path
            request = session.prepare_request(
                requests.Request("GET", url, params=dict(ask.query) or None)
            )
            with session.pinned():
                assert cache_key(session, ask) == session.cache.create_key(request)


def test_ids_that_nobody_has_are_keyed_alike(connect) -> None:
    session = connect()
    ask = Ask("x", "/3/account/%C3%A9t%C3%A9/comments/newest/0", {"perPage": "7", "a b": "é&="})
    request = requests.Request("GET", session.base_url + ask.path, params=dict(ask.query))
    assert cache_key(session, ask) == session.cache.create_key(session.prepare_request(request))


@pytest.mark.decision("bulk-reads")
def test_what_is_fresh_is_read_in_bulk_and_nothing_is_prepared(sandbox: Sandbox, connect) -> None:
    session = connect()
    first = imd.load_gallery("user", "time", pages=70, session=session)
    asked = len(sandbox.requests)
    sizes: list[int] = []
    read_many = AnswerCache.read_many

    def counted(self: AnswerCache, keys: Any) -> Any:
        sizes.append(len(keys))
        return read_many(self, keys)

    with (
        mock.patch.object(AnswerCache, "read_many", counted),
        mock.patch.object(imd.ImgurSession, "prepare_request", side_effect=AssertionError),
        mock.patch.object(imd.ImgurSession, "send", side_effect=AssertionError),
    ):
        again = imd.load_gallery("user", "time", pages=70, session=session)
    pd.testing.assert_frame_equal(again, first)
    assert again.attrs["imgurdata"]["from_cache"] == again.attrs["imgurdata"]["pages"]
    # In portions, so that not all bodies are in memory at once.
    assert max(sizes) <= 50
    assert len(sandbox.requests) == asked


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
    asked = len(sandbox.requests)
    pd.testing.assert_frame_equal(imd.load_gallery(pages=3, session=session), first)
    assert len(sandbox.requests) == asked
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


def test_what_is_damaged_is_asked_for_anew(sandbox: Sandbox, connect) -> None:
    session = connect()
    first = imd.load_gallery(pages=3, session=session)
    asked = len(sandbox.requests)
    read_many = AnswerCache.read_many

    def without_the_second(self: AnswerCache, keys: Any) -> Any:
        found = read_many(self, keys)
        found.pop(list(found)[1], None)
        return found

    with mock.patch.object(AnswerCache, "read_many", without_the_second):
        again = imd.load_gallery(pages=3, session=session)
    pd.testing.assert_frame_equal(again, first)
    assert len(sandbox.requests) == asked  # the session's own read was whole


def test_what_cannot_be_read_is_asked_for_and_fails_in_its_turn_offline(sandbox, connect) -> None:
    whole = imd.load_gallery(pages=3, session=connect())
    read_many = AnswerCache.read_many

    def spoiled(self: AnswerCache, keys: Any) -> Any:
        found = read_many(self, keys)
        third = list(keys)[2]
        object.__setattr__(found[third], "body", b"<html>")
        return found

    broken = pytest.raises(imd.errors.BadResponse)
    with mock.patch.object(AnswerCache, "read_many", spoiled):
        with broken as caught:
            imd.load_gallery(pages=3, session=connect(offline=True))
        assert len(caught.value.partial) == 120
        asked = len(sandbox.requests)
        again = imd.load_gallery(pages=3, session=connect())
    assert again["id"].tolist() == whole["id"].tolist()
    assert len(sandbox.requests) == asked + 1


def test_states(sandbox: Sandbox, connect) -> None:
    session = connect()
    imd.load_gallery(pages=2, session=session)
    asks = list(imd.Pull("gallery", pages=3).lists[0].make())
    found = list(steps(session, asks))
    assert [step.state for step in found] == [State.FRESH, State.FRESH, State.MISSING]
    assert isinstance(found[0].kept, Answer)
    sandbox.advance("1h")
    assert [s.state for s in steps(session, asks)] == [State.STALE, State.STALE, State.MISSING]
    (step,) = steps(session, imd.Pull("credits").lists[0].make())
    assert step.state is State.MISSING


@pytest.mark.parametrize(
    ("data", "nothing"),
    [
        (b"[]", True), (b"{}", False), (b" [ ] ", True), (b'{"name":"cats","items":[]}', True),
        (b'[{"id":"a"}]', False), (b'{"name":"cats","items":[{"id":"a"}]}', False),
        (None, False), (b"7", False), (b'"gone"', False),
    ],
)  # fmt: skip
def test_a_page_that_holds_nothing(data: bytes | None, nothing: bool) -> None:
    answer = Answer(Ask("0", "/3/x"), data, None, "cache")
    assert holds_nothing(answer, RECORDS["post"]) is nothing
