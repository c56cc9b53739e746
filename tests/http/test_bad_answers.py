"""Answers that are none: never stored, some asked for again, each try in the ledger."""

from __future__ import annotations

import pytest

import imgurdata as imd
from imgurdata.errors import (
    ApiError,
    AuthenticationRequired,
    BadResponse,
    ConnectionFailed,
    ImgurDataError,
    InvalidToken,
    NotFound,
    OverCapacity,
    RateLimited,
)
from imgurdata.http.retry import ATTEMPTS, pause_before_retry
from imgurdata.sandbox import Sandbox

FAULTS = {
    403: AuthenticationRequired,
    429: RateLimited,
    "rate_limited": RateLimited,
    "rate_limited_page": RateLimited,
    "two_documents": RateLimited,
    "error_object": RateLimited,
    "over_capacity": OverCapacity,
    "over_capacity_500": OverCapacity,
    "nginx_405": ApiError,
    "invalid_token": InvalidToken,
    "error_in_success": NotFound,
    "html": BadResponse,
    "empty": BadResponse,
    "bad_json": BadResponse,
}


@pytest.mark.decision("error-body-never-cached")
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_an_error_is_raised_and_never_cached(sandbox: Sandbox, connect, fault: int | str) -> None:
    session = connect()
    path = f"/3/account/{sandbox.account}"
    sandbox.fail(fault)
    with pytest.raises(FAULTS[fault]):
        session.get(path)
    assert len(session.cache.responses) == 0
    assert len(sandbox.requests) == 1  # none of these gets better by asking again
    if FAULTS[fault] is NotFound:  # which is remembered, though its body is not
        with pytest.raises(NotFound, match="ago"):
            session.get(path)
        assert len(sandbox.requests) == 1
        sandbox.advance("11min")
    good = session.get(path)
    assert not good.from_cache
    # A good copy stays as it is, and still has its ETag.
    sandbox.advance("1h")
    sandbox.fail(fault)
    with pytest.raises(FAULTS[fault]):
        session.get(path)
    if FAULTS[fault] is NotFound:
        sandbox.advance("11min")
    again = session.get(path)
    assert again.content == good.content
    assert [row.status for row in sandbox.requests][-1] == 304
    result = session.credits.history()["status"].tolist()
    assert result == [row.status for row in sandbox.requests]


@pytest.mark.decision("error-body-never-cached")
def test_an_error_with_status_200_is_seen_by_its_body(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url)
    for data in ({"error": "Unable to find it"}, {"error": {"code": 404, "message": "not found"}}):
        peer.says("/3/image/abcdefg", data, ETag='"x"')
        with pytest.raises(NotFound):
            session.get("/3/image/abcdefg")
    assert len(session.cache.responses) == 0


@pytest.mark.decision("retries")
@pytest.mark.parametrize("fault", ["truncated", "reset", "varnish", 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(sandbox: Sandbox, connect, caplog, fault) -> None:
    session = connect()
    before = sandbox.now
    sandbox.fail(fault, times=ATTEMPTS - 1)
    posts = imd.load_gallery(session=session)
    assert len(posts) == 60
    assert len(sandbox.requests) == ATTEMPTS
    # What was reset had no answer to write down.
    answered = [(row.status, row.cost) for row in sandbox.requests if row.status]
    history = session.credits.history()
    assert list(zip(history["status"], history["cost"], strict=True)) == answered
    assert caplog.text.count("Trying again") == ATTEMPTS - 1
    assert 0 < (sandbox.now - before).total_seconds() < 5  # the sandbox's time, not ours
    assert posts.attrs["imgurdata"]["requests"] == len(answered)
    assert posts.attrs["imgurdata"]["credits_spent"] == sandbox.spent


@pytest.mark.decision("retries")
@pytest.mark.parametrize(("fault", "error"), [("reset", ConnectionFailed), (503, OverCapacity)])
def test_trying_ends(sandbox: Sandbox, connect, fault, error) -> None:
    sandbox.fail(fault, times=ATTEMPTS)
    advice = r"status\.imgur\.com" if error is OverCapacity else "127.0.0.1.*server running"
    with pytest.raises(error, match=advice):
        connect().get("/3/gallery/hot")
    assert len(sandbox.requests) == ATTEMPTS


@pytest.mark.decision("retries")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_changes_something_is_sent_once(sandbox: Sandbox, connect, method: str) -> None:
    sandbox.fail("reset", times=2)
    with pytest.raises(ConnectionFailed):
        connect().request(method, "/3/image")
    assert len(sandbox.requests) == 1


@pytest.mark.decision("retries")
@pytest.mark.parametrize("fault", [401, 403, 404, 429, "over_capacity", "over_capacity_500"])
def test_a_refusal_is_not_tried_again(sandbox: Sandbox, connect, fault) -> None:
    sandbox.fail(fault)
    with pytest.raises(ApiError):
        connect().get("/3/gallery/hot")
    assert len(sandbox.requests) == 1


def asking(error: ApiError, seconds: float) -> ApiError:
    """An answer that says how long to wait."""
    error.retry_after = seconds
    return error


SECOND_TRIES = [
    (ConnectionFailed("x"), "GET", 1, False, 0.5),
    (ConnectionFailed("x"), "HEAD", 2, True, 1.0),
    (ConnectionFailed("x"), "GET", ATTEMPTS, True, None),
    (ConnectionFailed("x"), "POST", 1, True, None),
    (OverCapacity("x", status=503), "GET", 1, False, 0.5),
    (OverCapacity("x", status=403), "GET", 1, True, None),
    (OverCapacity("x", status=500), "GET", 1, True, None),
    (ApiError("x", status=500), "GET", 1, False, 0.5),
    (ApiError("x", status=408), "GET", 1, False, 0.5),
    (ApiError("x", status=400), "GET", 1, True, None),
    (RateLimited("x", status=429), "GET", 1, False, None),
    (RateLimited("x", status=429), "GET", 1, True, 60.0),
    (RateLimited("x", status=429), "GET", 2, True, 120.0),
    (RateLimited("x", status=429), "POST", 1, True, None),
    (RateLimited("x", status=400), "GET", 1, True, None),
    (BadResponse("x"), "GET", 1, True, None),
    (NotFound("x", status=404), "GET", 1, True, None),
    # Retry-After is believed, as far as one may wait.
    (asking(OverCapacity("x", status=503), 20), "GET", 1, False, 20.5),
    (asking(OverCapacity("x", status=503), 900), "GET", 1, False, None),
    (asking(RateLimited("x", status=429), 30), "GET", 1, True, 30.5),
    (asking(RateLimited("x", status=429), 30), "GET", 1, False, None),
    (asking(RateLimited("x", status=429), 900), "GET", 1, True, None),
]


@pytest.mark.decision("retries")
def test_a_table_of_second_tries(subtests: pytest.Subtests) -> None:
    for error, method, attempt, wait, pause in SECOND_TRIES:
        with subtests.test(error=error, method=method, attempt=attempt, wait=wait, pause=pause):
            result = pause_before_retry(
                error, method, attempt, jitter=0.5, max_pause=900, wait=wait
            )
            assert result == pause


@pytest.mark.decision("retries")
@pytest.mark.parametrize("error", [ConnectionFailed("x"), OverCapacity("x", status=503)])
def test_many_do_not_come_back_at_one_moment(error: ImgurDataError) -> None:
    pauses = [
        pause_before_retry(error, "GET", 1, jitter=jitter, max_pause=900, wait=False)
        for jitter in (0.0, 0.5, 1.0)
    ]
    assert pauses == [0.25, 0.5, 0.75]


@pytest.mark.decision("retries")
def test_pauses_are_bounded_in_all(sandbox: Sandbox, connect) -> None:
    session = connect(on_limit="wait", max_wait=100)
    session.get_adapter(sandbox.url)._jitter = lambda: 0.5
    before = sandbox.now
    sandbox.fail("rate_limited", times=ATTEMPTS)
    with pytest.raises(RateLimited):
        session.get("/3/gallery/hot")
    # A minute was waited; two more would be more than 100 s.
    assert (sandbox.now - before).total_seconds() == 60
    assert [row.status for row in sandbox.requests] == [429, 429]


@pytest.mark.decision("retries")
def test_retry_after_is_obeyed_within_max_wait(peer, connect, no_waiting) -> None:
    path, page = "/3/gallery/hot", b"<html><title>503 Service Unavailable</title></html>"
    session = connect(client_id="abc", base_url=peer.url, max_wait="1min")
    session.get_adapter(peer.url)._jitter = lambda: 0.5
    peer.answers[path] = (503, {"Content-Type": "text/html", "Retry-After": "3"}, page)
    with pytest.raises(OverCapacity) as caught:
        session.get(path)
    assert no_waiting == [3.5, 4.0]
    assert caught.value.retry_after == 3
    peer.answers[path] = (503, {"Content-Type": "text/html", "Retry-After": "61"}, page)
    with pytest.raises(OverCapacity):
        session.get(path)
    assert len(peer.seen) == ATTEMPTS + 1  # not tried before that
    peer.answers[path] = (503, {"Content-Type": "text/html", "Retry-After": "40"}, page)
    with pytest.raises(OverCapacity):
        session.get(path)
    assert len(peer.seen) == ATTEMPTS + 3  # a minute in all, not for each


def test_a_head_has_no_body_and_is_no_error(sandbox: Sandbox, connect) -> None:
    session = connect()
    assert session.head("/3/gallery/hot").status_code == 200
    assert session.options("/3/gallery/hot").status_code == 200
    with pytest.raises(NotFound):
        session.head("/3/no/such/thing")
    assert len(session.cache.responses) == 0


@pytest.mark.parametrize("path", ["/3/account/me", "/3/account/nobody_at_all", "/3/nothing"])
def test_errors_say_what_was_asked(sandbox: Sandbox, connect, path: str) -> None:
    with pytest.raises(ApiError) as caught:
        connect().get(path)
    assert caught.value.request == path
    assert caught.value.status in {403, 404}


def test_a_dying_server_is_no_answer(sandbox: Sandbox, connect) -> None:
    session = connect()
    sandbox.close()
    with pytest.raises(ConnectionFailed, match="No answer for /3/gallery/hot"):
        session.get("/3/gallery/hot")


def test_jsonp_is_unwrapped(sandbox: Sandbox, connect) -> None:
    session = connect()
    path = f"/3/account/{sandbox.account}"
    assert session.fetch(path, callback="show") == session.fetch(path)
    assert session.get(path, params={"callback": "show"}).text.startswith("show(")
