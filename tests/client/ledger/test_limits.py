"""Limit headers: any case, any form, or none."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from imgurdata.client.ledger.limits import Limits, answer_date, read_limits
from imgurdata.sandbox import Sandbox

NOW = 1_772_388_000.0
DATE = "Sun, 01 Mar 2026 18:00:00 GMT"
AT = dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(minutes=30)


@pytest.mark.decision("limit-headers-any-form")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Limits()),
        ({"x-ratelimit-userremaining": "7"}, Limits(user_remaining=7)),
        ({"X-RateLimit-UserRemaining": "7"}, Limits(user_remaining=7)),
        ({"X-Ratelimit-Userremaining": "7"}, Limits(user_remaining=7)),
        ({"X-RateLimit-UserReset": "1800"}, Limits(user_reset_at=LATER)),
        ({"X-RateLimit-UserReset": "1772389800"}, Limits(user_reset_at=LATER)),
        ({"X-RateLimit-UserReset": "1772389800000"}, Limits(user_reset_at=LATER)),
        ({"X-RateLimit-UserReset": "1800.0"}, Limits(user_reset_at=LATER)),
        ({"X-RateLimit-ClientReset": "1800"}, Limits(client_reset_at=LATER)),
        ({"X-Post-Rate-Limit-Reset": "1800"}, Limits(post_reset_at=LATER)),
        ({"X-Post-Rate-Limit-Reset": "-2"}, Limits()),
        ({"X-RateLimit-UserRemaining": ""}, Limits()),
        ({"X-RateLimit-UserRemaining": "many"}, Limits()),
        ({"X-RateLimit-UserRemaining": "-3"}, Limits()),
        ({"X-RateLimit-UserReset": "nan"}, Limits()),
        ({"X-RateLimit-UserReset": "inf"}, Limits()),
        ({"X-RateLimit-UserReset": "1e30"}, Limits()),
        ({"X-RateLimit-UserLimit": "500", "X-RateLimit-UserRemaining": "0"},
         Limits(user_limit=500, user_remaining=0)),
    ],
)  # fmt: skip
def test_reading_a_table_of_headers(headers: dict[str, str], expected: Limits) -> None:
    assert read_limits(CaseInsensitiveDict({"Date": DATE, **headers}), NOW) == expected


def test_without_a_date_the_session_clock_counts() -> None:
    read = read_limits(CaseInsensitiveDict({"X-RateLimit-UserReset": "1800"}), NOW)
    assert read.user_reset_at == LATER
    assert answer_date({"Date": "yesterday"}, NOW) == AT


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["Date", "X-RateLimit-UserReset", "X-RateLimit-UserLimit",
                                        "X-RateLimit-ClientRemaining"]), st.text()))  # fmt: skip
def test_no_header_breaks_the_reading(headers: dict[str, str]) -> None:
    read = read_limits(CaseInsensitiveDict(headers), NOW)
    assert read.client_remaining is None or read.client_remaining >= 0


@pytest.mark.parametrize(
    ("limits", "spent"),
    [
        (Limits(), None),
        (Limits(user_remaining=1, client_remaining=1), None),
        (Limits(user_remaining=0, client_remaining=0), "client"),
        (Limits(user_remaining=0), "user"),
        (Limits(post_remaining=0), "post"),
    ],
)
def test_which_limit_is_spent(limits: Limits, spent: str | None) -> None:
    assert limits.spent() == spent
    assert limits.told() == (limits != Limits())


@pytest.mark.decision("limit-headers-any-form")
@pytest.mark.parametrize("reset_form", ["seconds", "epoch"])
@pytest.mark.parametrize("header_case", ["lower", "title", "mixed"])
def test_the_ledger_reads_every_form(
    sandbox: Sandbox, connect, reset_form: str, header_case: str
) -> None:
    sandbox.reset_form, sandbox.header_case = reset_form, header_case
    session = connect()
    session.get("/3/credits")
    told = session.credits.now().iloc[0]
    assert (told["user_limit"], told["user_remaining"]) == (500, 499)
    assert (told["client_limit"], told["client_remaining"]) == (12_500, 12_499)
    assert told["user_reset_at"] == sandbox.now + dt.timedelta(hours=1)


@pytest.mark.decision("limit-headers-any-form")
def test_no_headers_is_not_known_rather_than_zero(sandbox: Sandbox, connect) -> None:
    sandbox.limit_headers = False
    session = connect()
    session.get("/3/credits")
    session.get("/3/credits")
    assert session.credits.remaining("user") is None
    assert session.credits.now().isna().all(axis=None)
    assert session.credits.history()["user_remaining"].isna().all()
    assert session.credits.history()["cost"].sum() == sandbox.spent == 2
