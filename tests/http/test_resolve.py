"""When an answer from the cache will do, and what happens when it won't."""

from __future__ import annotations

import pytest
import requests_cache
from hypothesis import given
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.errors import CreditsExhausted, ImgurDataError, NotCached
from imgurdata.http.store import Absence, State, Stored, state_of
from imgurdata.sandbox import Sandbox


def stored(checked_at: float, etag: str = "") -> Stored:
    headers = {"ETag": etag} if etag else {}
    return Stored("key", "https://imgur.example/", 200, headers, checked_at, None, lambda: b"")


STATES = [
    (None, False, State.MISSING),
    (None, True, State.MISSING),
    (stored(1000.0, '"e"'), False, State.FRESH),
    (stored(401.0, '"e"'), False, State.FRESH),
    (stored(400.0, '"e"'), False, State.STALE),
    (stored(400.0), False, State.STALE_NO_VALIDATOR),
    (stored(400.0), True, State.FRESH),
    (stored(1599.0, '"e"'), False, State.FRESH),
    (stored(1600.0, '"e"'), False, State.STALE),
    (stored(float("-inf"), '"e"'), False, State.STALE),
    (Absence("key", 401.0, "gone"), False, State.FRESH),
    (Absence("key", 400.0, "gone"), False, State.MISSING),
    (Absence("key", 400.0, "gone"), True, State.FRESH),
]


def test_decide_depends_on_age_validator_and_network(subtests: pytest.Subtests) -> None:
    for cached, offline, state in STATES:
        with subtests.test(cached=cached, offline=offline):
            assert state_of(cached, now=1000.0, max_age=600.0, offline=offline)[0] is state


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_with_no_max_age_nothing_is_fresh(checked_at: float, now: float) -> None:
    assert state_of(stored(checked_at, '"e"'), now=now, max_age=0.0)[0] is State.STALE


def test_decide_falls_back_on_what_was_stored_before_an_absence() -> None:
    before = stored(900.0, '"e"')
    absence = Absence("key", 950.0, "gone", stored=before)
    assert state_of(absence, now=1000.0, max_age=60.0) == (State.FRESH, absence)
    assert state_of(absence, now=1000.0, max_age=50.0) == (State.STALE, before)


@pytest.mark.decision("304-counted-cache-hit-not")
def test_a_304_is_counted_and_a_hit_is_not(sandbox: Sandbox, connect) -> None:
    session = connect()
    path = f"/3/account/{sandbox.account}"
    bodies = [session.get(path).content]
    hit = session.get(path)
    sandbox.advance("11min")
    again = session.get(path)
    bodies += [hit.content, again.content, session.get(path).content]
    assert len(set(bodies)) == 1
    assert hit.from_cache
    assert not hit.revalidated
    assert again.from_cache
    assert again.revalidated
    assert again.headers["Date"] == "Sun, 01 Mar 2026 18:11:00 GMT"
    history = session.credits.history()
    assert history["status"].tolist() == [200, 304]
    assert history["status"].tolist() == [row.status for row in sandbox.requests]
    assert history["cost"].sum() == sandbox.spent == 2
    assert history["user_remaining"].tolist() == [499, 498]


def test_what_changed_replaces_what_was_kept(sandbox: Sandbox, connect) -> None:
    session = connect()
    old = session.fetch("/3/gallery/hot")
    sandbox.advance("2h")
    new = session.fetch("/3/gallery/hot")
    assert new != old
    assert session.fetch("/3/gallery/hot") == new
    assert [row.status for row in sandbox.requests] == [200, 200]


@pytest.mark.decision("max-age-of-the-reader")
def test_the_reader_decides_what_is_fresh(sandbox: Sandbox, connect) -> None:
    path = f"/3/account/{sandbox.account}"
    patient, strict = connect(max_age="1h"), connect(max_age="10min")
    patient.get(path)
    sandbox.advance("30min")
    assert patient.get(path).from_cache
    assert len(sandbox.requests) == 1
    strict.get(path)
    assert [row.status for row in sandbox.requests] == [200, 304]
    sandbox.advance("30min")
    assert not patient.get(path).revalidated  # confirmed by the other session half an hour ago
    assert len(sandbox.requests) == 2


@pytest.mark.decision("max-age-of-the-reader")
def test_what_a_strict_session_wrote_lasts_for_a_patient_one(sandbox: Sandbox, connect) -> None:
    path = f"/3/account/{sandbox.account}"
    connect(max_age="10min").get(path)
    sandbox.advance("30min")
    patient = connect(max_age="1h")
    assert not patient.get(path).revalidated
    assert len(sandbox.requests) == 1


def test_max_age_zero_asks_each_time(sandbox: Sandbox, connect) -> None:
    session = connect(max_age=0)
    for _ in range(3):
        session.get(f"/3/account/{sandbox.account}")
    assert [row.status for row in sandbox.requests] == [200, 304, 304]


@pytest.mark.decision("no-validator")
def test_without_a_validator_it_is_fetched_anew(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url, max_age=0)
    peer.says("/3/image/abcdefg", {"id": "abcdefg", "views": 1})
    assert session.fetch("/3/image/abcdefg")["views"] == 1
    peer.says("/3/image/abcdefg", {"id": "abcdefg", "views": 2})
    assert session.fetch("/3/image/abcdefg")["views"] == 2
    assert len(peer.seen) == 2
    assert not any("if-none-match" in headers for _, _, headers in peer.seen)


@pytest.mark.decision("no-validator")
def test_an_answer_that_lost_its_validator_takes_the_old_ones_place(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url, max_age=0)
    peer.says("/3/image/abcdefg", {"views": 1}, ETag='"one"')
    session.fetch("/3/image/abcdefg")
    peer.says("/3/image/abcdefg", {"views": 2})
    session.fetch("/3/image/abcdefg")
    peer.says("/3/image/abcdefg", {"views": 3})
    assert session.fetch("/3/image/abcdefg")["views"] == 3
    assert [headers.get("if-none-match") for *_, headers in peer.seen] == [None, '"one"', None]


@pytest.mark.decision("stale-is-not-an-answer")
@pytest.mark.parametrize(
    "fault", [401, 403, 429, "over_capacity_500", "over_capacity", "html", "invalid_token"]
)
def test_a_failing_revalidation_raises(sandbox: Sandbox, connect, fault: int | str) -> None:
    session = connect()
    path = f"/3/account/{sandbox.account}"
    session.get(path)
    sandbox.advance("1h")
    sandbox.fail(fault)
    with pytest.raises(ImgurDataError):
        session.get(path)
    assert session.get(path).revalidated


@pytest.mark.decision("stale-is-not-an-answer")
def test_a_broken_line_raises_although_there_is_an_old_answer(sandbox: Sandbox, connect) -> None:
    session = connect()
    path = f"/3/account/{sandbox.account}"
    session.get(path)
    sandbox.advance("1h")
    sandbox.fail("reset", times=3)
    with pytest.raises(imd.errors.ConnectionFailed):
        session.get(path)


@pytest.mark.decision("stale-is-not-an-answer")
def test_out_of_credits_raises_although_there_is_an_old_answer(connect) -> None:
    with Sandbox(limits={"user": 2}) as sandbox:
        session = connect(sandbox=sandbox, max_age="1min")
        path = f"/3/account/{sandbox.account}"
        session.get(path)
        session.get("/3/gallery/hot")
        sandbox.advance("5min")
        with pytest.raises(CreditsExhausted):
            session.get(path)
        assert connect(sandbox=sandbox, offline=True).get(path).from_cache


@pytest.mark.decision("offline")
def test_offline_gives_what_is_cached_whatever_its_age(
    sandbox: Sandbox, connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/3/account/{sandbox.account}"
    online = connect()
    kept = online.fetch(path)
    posts = imd.load_gallery(session=online)
    sandbox.advance("40 days")
    before = len(sandbox.requests)
    sandbox.close()

    def no_socket(*_: object, **__: object) -> None:
        pytest.fail("offline, and a socket is opened")

    monkeypatch.setattr("socket.socket.connect", no_socket)
    # The sandbox is gone, and no client id is there: its cache is enough.
    offline = connect(base_url=sandbox.url, offline=True)
    assert offline.fetch(path) == kept
    again = imd.load_gallery(session=offline)
    assert again["id"].tolist() == posts["id"].tolist()
    assert again.attrs["imgurdata"]["requests"] == 0
    for missing in ("/3/gallery/top", "/3/credits", "https://example.org/"):
        with pytest.raises(NotCached, match="offline"):
            offline.get(missing)
    with pytest.raises(NotCached):
        offline.post("/3/image", data={"image": "x"})
    assert len(sandbox.requests) == before
    assert offline.credits.history().empty


@pytest.mark.decision("offline")
def test_an_offline_plan_needs_nothing(sandbox: Sandbox, connect) -> None:
    imd.load_gallery(session=connect())
    plan = imd.Pull("gallery", pages=2).plan(connect(offline=True))
    assert (plan.requests, plan.cached_fresh, plan.to_fetch) == (0, 1, 1)


def backends(tmp_path):
    yield "memory"
    yield requests_cache.SQLiteCache(tmp_path / "theirs.sqlite")
    yield requests_cache.FileCache(tmp_path / "files")
    yield tmp_path / "ours.sqlite"


@pytest.mark.decision("other-backends")
@pytest.mark.parametrize("which", range(4), ids=["memory", "SQLiteCache", "FileCache", "ours"])
def test_other_backends_are_as_fresh_as_ours(sandbox: Sandbox, connect, tmp_path, which) -> None:
    backend = list(backends(tmp_path))[which]
    session = connect(cache=backend)
    path = f"/3/account/{sandbox.account}"
    body = session.fetch(path)  # FileCache writes JSON its own way
    assert session.get(path).from_cache
    sandbox.advance("9min")
    assert session.fetch(path) == body
    assert [row.status for row in sandbox.requests] == [200]
    sandbox.advance("2min")
    confirmed = session.get(path)
    assert (confirmed.json()["data"], confirmed.revalidated) == (body, True)
    sandbox.advance("9min")
    hit = session.get(path)
    assert (hit.from_cache, hit.revalidated) == (True, False)
    assert hit.headers["Date"] == confirmed.headers["Date"]
    assert [row.status for row in sandbox.requests] == [200, 304]
    sandbox.advance("1h")
    sandbox.fail(403)
    with pytest.raises(imd.errors.AuthenticationRequired):
        session.get(path)
    assert session.get(path).revalidated
    session.get("/3/credits")
    assert session.get("/3/credits").from_cache is False
    assert len(session.cache.responses) == 1


@pytest.mark.decision("other-backends")
def test_a_loader_says_the_same_of_every_backend(sandbox: Sandbox, connect, tmp_path) -> None:
    stories = []
    for backend in backends(tmp_path):
        session = connect(cache=backend)
        imd.load_gallery(session=session)
        again = imd.load_gallery(session=session).attrs["imgurdata"]
        stories.append([again[key] for key in ("requests", "from_cache", "revalidated")])
    assert stories == [[0, 1, 0]] * 4


@pytest.mark.decision("private-answers-never-stored")
def test_private_answers_are_asked_each_time_and_never_kept(sandbox: Sandbox, connect) -> None:
    session = connect(max_age="30 days")
    for _ in range(2):
        session.fetch("/3/credits")
        imd.load_credits(session=session)
    assert len(sandbox.requests) == 4
    assert len(session.cache.responses) == 0


def test_a_cache_in_memory_forgets_that_it_was_revalidated(sandbox: Sandbox, connect) -> None:
    session = connect(cache="memory", max_age=0)
    first = imd.load_gallery(session=session).attrs["imgurdata"]
    second = imd.load_gallery(session=session).attrs["imgurdata"]
    session.max_age = 60
    third = imd.load_gallery(session=session).attrs["imgurdata"]
    result = [(t["requests"], t["revalidated"], t["from_cache"]) for t in (first, second, third)]
    assert result == [(1, 0, 0), (1, 1, 0), (0, 0, 1)]


@pytest.mark.parametrize("cache", ["memory", None])
def test_a_caller_may_ask_for_a_refresh_of_what_is_fresh(sandbox: Sandbox, connect, cache) -> None:
    session = connect(cache=cache)
    path = "/3/gallery/top/viral/week/0"
    session.get(path)
    refreshed = session.get(path, refresh=True)
    assert (refreshed.from_cache, refreshed.revalidated) == (True, True)
    again = session.get(path)
    assert (again.from_cache, again.revalidated) == (True, False)
    assert [row.status for row in sandbox.requests[-2:]] == [200, 304]


@pytest.mark.decision("other-backends")
@pytest.mark.parametrize("which", range(4), ids=["memory", "SQLiteCache", "FileCache", "ours"])
def test_a_late_confirmation_does_not_bring_back_an_older_version(
    peer, connect, tmp_path, which
) -> None:
    """One session waits for its 304 while Imgur changes and another one stores the new version."""
    backend = list(backends(tmp_path))[which]
    if backend == "memory":
        backend = requests_cache.backends.base.BaseCache()
    path = "/3/image/abcdefg"
    options = {"client_id": "abc", "base_url": peer.url, "cache": backend, "max_age": 0}
    late, other = connect(**options), connect(**options | {"max_age": "1h"})
    peer.says(path, {"views": 1}, ETag='"one"')
    late.get(path)
    ((state, stored),) = late._look_up([late.cache.create_key(late.get(path).request)])
    peer.says(path, {"views": 2}, ETag='"two"')
    other.get(path, force_refresh=True)
    late.store.confirm(stored.confirmed({"X-Imgurdata-Checked-At": repr(late.clock.now() + 1)}))
    assert state is State.STALE
    assert other.fetch(path) == {"views": 2}


@pytest.mark.decision("other-backends")
def test_a_backend_that_cannot_be_read_costs_a_request_and_recovers(
    sandbox: Sandbox, connect, tmp_path, caplog
) -> None:
    session = connect(cache=requests_cache.FileCache(tmp_path / "files"))
    first = imd.load_gallery(pages=2, session=session)
    for file in (tmp_path / "files").rglob("*.json"):
        file.write_bytes(b"\xff\x00 not json")
    again = imd.load_gallery(pages=2, session=session)
    assert again["id"].tolist() == first["id"].tolist()
    assert imd.load_gallery(pages=2, session=session).attrs["imgurdata"]["requests"] == 0
    assert caplog.text.count("cannot be read") == 1
    assert session.clear_cache() == 2
