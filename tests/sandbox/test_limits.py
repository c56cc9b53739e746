"""Credits: limits, their headers, and when they are full again."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.limits import Ledger, Limits

HOT = "/3/gallery/hot/viral/day/0"
GET_NAMES = {
    f"x-ratelimit-{who}{what}"
    for who in ("user", "client")
    for what in ("limit", "remaining", "reset")
}
POST_NAMES = {f"x-post-rate-limit-{what}" for what in ("limit", "remaining", "reset")}


def limits_of(answer):
    return {
        name.lower(): int(value)
        for name, value in answer.headers.items()
        if name.lower() in GET_NAMES | POST_NAMES
    }


def test_get_has_limit_headers(sandbox, client):
    assert limits_of(client(HOT)) == {
        "x-ratelimit-userlimit": 500,
        "x-ratelimit-userremaining": 499,
        "x-ratelimit-userreset": 3600,
        "x-ratelimit-clientlimit": 12_500,
        "x-ratelimit-clientremaining": 12_499,
        "x-ratelimit-clientreset": 86_400,
    }
    sandbox.advance(100)
    later = limits_of(client(HOT))
    assert later["x-ratelimit-userremaining"] == 498
    assert later["x-ratelimit-userreset"] == 3500
    assert later["x-ratelimit-clientreset"] == 86_300


def test_the_hour_is_a_fixed_window_from_the_first_call(sandbox, client):
    client(HOT)
    sandbox.advance("59min")
    assert limits_of(client(HOT))["x-ratelimit-userremaining"] == 498
    sandbox.advance("1min")
    fresh = limits_of(client(HOT))
    assert fresh["x-ratelimit-userremaining"] == 499
    assert fresh["x-ratelimit-userreset"] == 3600
    assert fresh["x-ratelimit-clientremaining"] == 12_497
    sandbox.advance("23h")
    assert limits_of(client(HOT))["x-ratelimit-clientremaining"] == 12_499


def test_answer_has_one_time_while_the_clock_moves(sandbox, client, monkeypatch):
    client(HOT)
    end = sandbox.now + dt.timedelta(hours=1)
    charge = Ledger.charge

    def moving(*args, **options):
        allowance = charge(*args, **options)
        sandbox.advance(90)  # by another thread, while the answer is made
        return allowance

    monkeypatch.setattr(Ledger, "charge", moving)
    for _ in range(3):
        answer = client(HOT)
        date = parsedate_to_datetime(answer.headers["Date"])
        reset = limits_of(answer)["x-ratelimit-userreset"]
        assert date + dt.timedelta(seconds=reset) == end
        assert sandbox.requests[-1].time == date


def test_answers_cost_a_credit(sandbox, client):
    etag = client(HOT).headers["ETag"]
    assert client(HOT, headers={"If-None-Match": etag}).status_code == 304
    assert client("/3/image/nosuch").status_code == 404
    assert client("/3/credits").status_code == 200
    assert client(HOT, "HEAD").status_code == 200
    assert sandbox.spent == 5
    assert [row.cost for row in sandbox.requests] == [1] * 5
    assert limits_of(client(HOT))["x-ratelimit-userremaining"] == 494


def test_spent_hour_of_a_user_is_429(new_client):
    with Sandbox(limits={"user": 2}) as sandbox:
        client = new_client(sandbox)
        assert [client(HOT).status_code for _ in range(4)] == [200, 200, 429, 429]
        answer = client(HOT)
        assert answer.headers["Content-Type"] == "application/vnd.imgur.v1+json"
        (error,) = answer.json()["errors"]
        assert error["id"].startswith("legacy-api-")
        assert (error["code"], error["status"]) == ("429", "Too Many Requests")
        limits = limits_of(answer)
        assert limits["x-ratelimit-userremaining"] == 0
        assert limits["x-ratelimit-clientremaining"] == 12_498
        assert sandbox.spent == 2
        # Another hour of another user is not touched by it.
        signed_in = new_client(sandbox, f"Bearer {sandbox.issue_token(sandbox.account)}")
        assert signed_in(HOT).status_code == 200
        assert new_client(sandbox, f"Client-ID {sandbox.add_client()}")(HOT).status_code == 200
        sandbox.advance("1h")
        assert client(HOT).status_code == 200


def test_spent_day_of_an_application_is_429(new_client):
    with Sandbox(limits={"client": 2}) as sandbox:
        client = new_client(sandbox)
        signed_in = new_client(sandbox, f"Bearer {sandbox.issue_token(sandbox.account)}")
        assert [client(HOT).status_code, signed_in(HOT).status_code] == [200, 200]
        for one in (client, signed_in):
            answer = one(HOT)
            assert answer.status_code == 429
            assert limits_of(answer)["x-ratelimit-clientremaining"] == 0
            assert limits_of(answer)["x-ratelimit-userremaining"] > 0
        sandbox.advance("23h")
        assert client(HOT).status_code == 429
        sandbox.advance("1h")
        assert client(HOT).status_code == 200


def test_five_spent_days_of_a_month_block_the_application(new_client):
    with Sandbox(now="2026-03-02T12:00", limits={"client": 2}) as sandbox:
        client = new_client(sandbox)
        for day in range(5):
            statuses = [client(HOT).status_code for _ in range(3)]
            assert statuses == [200, 200, 429], day
            sandbox.advance("1 day")
        # The sixth day: nothing, until the month ends; another application is not touched.
        blocked = client(HOT)
        assert blocked.status_code == 429
        assert limits_of(blocked)["x-ratelimit-clientremaining"] == 0
        assert new_client(sandbox, f"Client-ID {sandbox.add_client()}")(HOT).status_code == 200
        sandbox.advance("24 days 11h")
        assert sandbox.now.isoformat() == "2026-03-31T23:00:00+00:00"
        assert limits_of(client(HOT))["x-ratelimit-clientreset"] == 3600
        sandbox.advance("1h")
        assert client(HOT).status_code == 200


def test_posts_have_their_own_limit(new_client):
    with Sandbox(limits={"post": 1}) as sandbox:
        client = new_client(sandbox)
        first = client(HOT, "POST")
        assert first.status_code == 405
        assert set(limits_of(first)) == GET_NAMES | POST_NAMES
        posts = {name: value for name, value in limits_of(first).items() if name in POST_NAMES}
        assert posts == {
            "x-post-rate-limit-limit": 1,
            "x-post-rate-limit-remaining": 0,
            "x-post-rate-limit-reset": 3600,
        }
        second = client(HOT, "POST")
        assert second.status_code == 429
        assert set(limits_of(second)) == GET_NAMES | POST_NAMES
        assert client(HOT).status_code == 200


def test_only_gallery_404s_have_limit_headers(client):
    assert limits_of(client("/3/gallery/nosuch"))
    assert limits_of(client("/3/g/memes/nosuch1"))
    assert not limits_of(client("/3/image/nosuch"))
    assert not limits_of(client("/3/album/nosuch"))
    assert not limits_of(client("/3/account/no_such_person"))


def test_credits_endpoint_resets_at_an_epoch_second(sandbox, client):
    client(HOT)
    sandbox.advance(60)
    assert client.data("/3/credits") == {
        "UserLimit": 500,
        "UserRemaining": 498,
        "UserReset": int(sandbox.clock()) - 60 + 3600,
        "ClientLimit": 12_500,
        "ClientRemaining": 12_498,
    }


def test_limit_headers_change_on_a_running_sandbox(sandbox, client):
    names = {
        "lower": "x-ratelimit-clientlimit",
        "title": "X-RateLimit-ClientLimit",
        "mixed": "X-Ratelimit-Clientlimit",
    }
    for case, name in names.items():
        sandbox.header_case = case
        assert name in list(client(HOT).headers)
    sandbox.reset_form = "epoch"
    limits = limits_of(client(HOT))
    assert limits["x-ratelimit-userreset"] == int(sandbox.clock()) + 3600
    assert limits["x-ratelimit-clientreset"] == 86_400
    sandbox.limit_headers = False
    assert not limits_of(client(HOT))
    with pytest.raises(InvalidArgument):
        sandbox.header_case = "UPPER"
    with pytest.raises(InvalidArgument):
        sandbox.reset_form = "minutes"


def test_many_threads_spend_exactly_the_limit(new_client):
    with Sandbox(limits={"user": 50}) as sandbox:
        askers = [new_client(sandbox) for _ in range(8)]

        def spend(client):
            return [client("/3/credits").status_code for _ in range(10)]

        with ThreadPoolExecutor(8) as pool:
            statuses = [status for some in pool.map(spend, askers) for status in some]
        assert statuses.count(200) == 50
        assert statuses.count(429) == 30
        assert sandbox.spent == 50
        assert len(sandbox.requests) == 80


def test_invalid_limits_are_refused(subtests):
    for limits in [{"users": 1}, {"user": -1}, {"user": True}, {"post": 1.5}]:
        with subtests.test(limits=limits), pytest.raises(InvalidArgument):
            Sandbox(limits=limits)


def test_user_limit_holds_for_both_kinds_of_users():
    assert Limits.of({"user": 7}) == Limits(anonymous=7, signed_in=7)
    assert Limits.of(None) == Limits(500, 2000, 12_500, 1250)


def test_log_has_rows_without_secrets(sandbox, client):
    client("/3/gallery/user/time/0?mature=true&access_token=hush&q=caf%C3%A9")
    (row,) = sandbox.requests
    assert (row.method, row.path, row.status, row.cost) == (
        "GET",
        "/3/gallery/user/time/0",
        200,
        1,
    )
    assert row.query == {"mature": "true", "access_token": "***", "q": "caf\u00e9"}
    assert row.time == sandbox.now == dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC)
    assert row.kind == "client"
    assert row.bytes > 1000
    assert row.cookie is False
    client("/3/credits")
    assert sandbox.requests[1].cookie is True
    assert sandbox.requests[1].identity == row.identity
    sandbox.requests.clear()
    assert len(sandbox.requests) == 2
