"""Limit headers: any case, any form, or none."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from email.utils import formatdate
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from imgurdata.credits.headers import (
    LIMITS,
    MAX_CREDITS,
    Limits,
    ServerClock,
    read_limits,
    read_retry_after,
    response_date,
)
from imgurdata.errors import CreditsExhausted
from imgurdata.sandbox import Sandbox

NOW = 1_772_388_000.0
DATE = "Sun, 01 Mar 2026 18:00:00 GMT"
AT = dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(minutes=30)


HEADERS = [
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
]  # fmt: skip


@pytest.mark.decision("limit-headers-any-form")
def test_read_limits_reads_every_form(subtests) -> None:
    for headers, expected in HEADERS:
        with subtests.test(headers=headers):
            assert read_limits(CaseInsensitiveDict({"Date": DATE, **headers}), NOW) == expected


def test_read_limits_without_a_date_uses_the_session_clock() -> None:
    read = read_limits(CaseInsensitiveDict({"X-RateLimit-UserReset": "1800"}), NOW)
    assert read.user_reset_at == LATER
    assert response_date({"Date": "yesterday"}, NOW) == AT


#: A reset that is reported, in each form; none of them can be.
IMPOSSIBLE_RESETS = ("999999999", "100000", "9999999999999", "1" * 3000, "99999999999", "4300")
IMPOSSIBLE_NUMBERS = ("18446744073709551615", "1" + "0" * 30, "9" * 5000, str(MAX_CREDITS + 1))


IMPOSSIBLE = [
    *(({"X-RateLimit-UserLimit": "500", "X-RateLimit-UserRemaining": "3",
        "X-RateLimit-UserReset": reset}, Limits(), ("user",))
      for reset in IMPOSSIBLE_RESETS),
    *(({"X-RateLimit-UserLimit": number, "X-RateLimit-UserRemaining": "3"}, Limits(), ("user",))
      for number in IMPOSSIBLE_NUMBERS),
    ({"X-RateLimit-UserLimit": "5", "X-RateLimit-UserRemaining": "6"}, Limits(), ("user",)),
    # A window of a day may have that; the others stay as they are.
    ({"X-RateLimit-ClientReset": "86400", "X-RateLimit-ClientRemaining": "7",
      "X-RateLimit-UserReset": "86400", "X-RateLimit-UserRemaining": "7"},
     Limits(client_remaining=7, client_reset_at=AT + dt.timedelta(days=1)), ("user",)),
    # No numbers at all: not reported.
    *(({"X-RateLimit-UserRemaining": text, "X-RateLimit-UserReset": text}, Limits(), ())
      for text in ("²", "٣", "1e5", "nan", "inf", "-inf", "-1", "+5", "0x10", "1_0", "",
                   "-" * 99, "1.5.2", ".", "-")),
    ({"X-RateLimit-UserRemaining": " 12 "}, Limits(user_remaining=12), ()),
    ({"X-RateLimit-UserRemaining": "12.0"}, Limits(user_remaining=12), ()),
    ({"X-RateLimit-UserRemaining": "12.5"}, Limits(), ()),
    # Passed a moment ago, by clocks that differ: there is no reset to wait for.
    ({"X-RateLimit-UserRemaining": "3", "X-RateLimit-UserReset": str(int(NOW) - 600)},
     Limits(user_remaining=3), ()),
]  # fmt: skip


@pytest.mark.decision("absurd-limits")
def test_read_limits_rejects_impossible_numbers(subtests) -> None:
    for headers, expected, rejected in IMPOSSIBLE:
        with subtests.test(headers=headers):
            read = read_limits(CaseInsensitiveDict({"Date": DATE, **headers}), NOW)
            assert read == replace(expected, rejected=rejected)


SKEWS = (-2 * 3600, 2 * 3600, -37.0, 0.0, 600, -13 * 3600, 22 * 3600)


@pytest.mark.decision("server-clock")
def test_server_clock_translates_resets(subtests) -> None:
    for form, skew in product(("{to_go}", "{epoch}", "{epoch}000"), SKEWS):
        with subtests.test(form=form, skew=skew):
            clock = ServerClock()
            # Slow answers, and a reset in 30 minutes.
            for began, took in ((0, 0.2), (10, 25.0), (60, 0.0), (70, 3.0), (500, 0.4)):
                made = NOW + began + took / 2
                server = made + skew
                reported = form.format(to_go=int(NOW + 1800 - made), epoch=int(NOW + 1800 + skew))
                headers = {
                    "Date": formatdate(server, usegmt=True),
                    "X-RateLimit-UserReset": reported,
                }
                read = read_limits(headers, NOW + began + took, sent_at=NOW + began, clock=clock)
                assert read.user_reset_at is not None
                assert abs(read.user_reset_at - LATER).total_seconds() <= took + 2
            assert clock.offset == pytest.approx(-skew, abs=1.1)


#: Seconds from the sending to the Date, to the arrival, and to the moment of the response.
MOMENTS = ((12, 25, 12), (-1, 25, 0), (12, -60, -60))


@pytest.mark.decision("server-clock")
def test_read_limits_counts_a_reset_from_the_moment_of_the_response(subtests) -> None:
    for date, arrived, made in MOMENTS:
        with subtests.test(date=date, arrived=arrived):
            headers = {
                "Date": formatdate(NOW + date, usegmt=True),
                "X-RateLimit-UserReset": "1800",
            }
            read = read_limits(headers, NOW + arrived, sent_at=NOW)
            assert read.user_reset_at == LATER + dt.timedelta(seconds=made)


WRONG_DATES = (
    None, "", "yesterday", "Sun, 99 Foo 2026", "1" * 99, "٣",
    formatdate(NOW + 86_400, usegmt=True), formatdate(NOW - 86_400, usegmt=True),
    formatdate(NOW + 4e8, usegmt=True), formatdate(0, usegmt=True),
    "Fri, 31 Dec 9999 23:59:59 -2359",
)  # fmt: skip


@pytest.mark.decision("server-clock")
def test_server_clock_ignores_wrong_dates(subtests) -> None:
    for date, reported in product(WRONG_DATES, ("1800", "1772389800", "1772389800000")):
        with subtests.test(date=date, reported=reported):
            headers = {"X-RateLimit-UserReset": reported} | ({} if date is None else {"Date": date})
            clock = ServerClock()
            assert read_limits(headers, NOW, sent_at=NOW, clock=clock).user_reset_at == LATER
            sane = {"X-RateLimit-UserReset": reported, "Date": DATE}
            read = read_limits(sane, NOW, sent_at=NOW, clock=clock)
            assert abs(read.user_reset_at - LATER).total_seconds() <= 1


RETRY_AFTER = [
    ("30", 30), ("0.5", 0.5), (" 2 ", 2), ("0", None), ("0.0", None), ("-5", None),
    ("nan", None), ("inf", None), ("1e5", None), ("²", None), ("٣", None), ("", None),
    ("soon", None), ("46:00", None), ("9" * 20, 315_360_000), ("9" * 5000, 315_360_000),
    ("Sun, 01 Mar 2026 18:00:30 GMT", 30), ("Sun, 01 Mar 2026 17:00:00 GMT", None),
    ("Fri, 31 Dec 9999 23:59:59 GMT", 315_360_000), ("Mon, 99 Foo", None), ("a" * 9999, None),
]  # fmt: skip


def test_read_retry_after_reads_seconds_and_dates(subtests) -> None:
    for text, seconds in RETRY_AFTER:
        with subtests.test(text=text[:40]):
            # By the server's own clock, whatever the session's says.
            for now in (NOW, NOW + 7200):
                assert read_retry_after({"Retry-After": text, "Date": DATE}, now) == seconds


LONG_TEXTS = ["9" * 10**6, " " * 10**6, "-" * 10**6, "a 1 " * 10**6]


def test_headers_are_read_in_linear_time(subtests) -> None:
    for text in LONG_TEXTS:
        with subtests.test(text=text[:4]):
            names = ("Date", "Retry-After", "X-RateLimit-UserReset", "X-RateLimit-UserRemaining")
            headers = dict.fromkeys(names, text)
            start = time.process_time()
            read_limits(headers, NOW)
            read_retry_after(headers, NOW)
            assert time.process_time() - start < 1


NUMBERS = st.one_of(
    st.text(),
    st.integers().map(str),
    st.floats().map(str),
    st.integers(-100, 100_000).map(str),
    st.integers(int(NOW) - 10**5, int(NOW) + 10**5).map(str),
)


@pytest.mark.decision("absurd-limits")
@settings(max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from([
            template.format(part)
            for template in ("X-RateLimit-User{}", "X-RateLimit-Client{}", "X-Post-Rate-Limit-{}",
                             "X-RateLimit-Requests-{}")
            for part in ("Limit", "Remaining", "Reset")
        ]),
        NUMBERS,
    ),
    st.floats(-1e6, 1e6),
    st.floats(0, 1000),
)  # fmt: skip
def test_read_limits_believes_no_reset_beyond_its_window(
    headers: dict[str, str], skew: float, took: float
) -> None:
    given_date = {"Date": formatdate(NOW + skew, usegmt=True)}
    read = read_limits(
        CaseInsensitiveDict(given_date | headers), NOW, sent_at=NOW - took, clock=ServerClock()
    )
    for limit, length in zip(LIMITS, (3600, 86_400, 3600, 31 * 86_400), strict=True):
        reset = getattr(read, f"{limit}_reset_at")
        assert reset is None or reset.timestamp() <= NOW + 1.1 * length + 301
        remaining, total = getattr(read, f"{limit}_remaining"), getattr(read, f"{limit}_limit")
        assert remaining is None or 0 <= remaining <= (MAX_CREDITS if total is None else total)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["Date", "X-RateLimit-UserReset", "X-RateLimit-UserLimit",
                                        "X-RateLimit-ClientRemaining"]), st.text()))  # fmt: skip
def test_read_limits_accepts_any_header(headers: dict[str, str]) -> None:
    read = read_limits(CaseInsensitiveDict(headers), NOW)
    assert read.client_remaining is None or read.client_remaining >= 0


EXHAUSTED = [
    (Limits(), None),
    (Limits(user_remaining=1, client_remaining=1), None),
    (Limits(user_remaining=0, client_remaining=0), "client"),
    (Limits(user_remaining=0), "user"),
    (Limits(post_remaining=0), "post"),
]


def test_exhausted_limit_is_named(subtests) -> None:
    for limits, spent in EXHAUSTED:
        with subtests.test(spent=spent):
            assert limits.exhausted_limit() == spent
    upload = 10
    assert Limits(user_remaining=9, post_remaining=9).exhausted_limit(upload) == "user"
    assert Limits(user_remaining=10, post_remaining=9).exhausted_limit(upload) is None


@pytest.mark.decision("limit-headers-any-form")
def test_ledger_reads_headers_in_every_form(subtests, sandbox: Sandbox, connect) -> None:
    session = connect()
    for form, case in product(("seconds", "epoch"), ("lower", "title", "mixed")):
        sandbox.reset_form, sandbox.header_case = form, case
        sandbox.advance("25h")
        session.get("/3/credits")
        with subtests.test(reset_form=form, header_case=case):
            reported = session.credits.now().iloc[0]
            assert (reported["user_limit"], reported["user_remaining"]) == (500, 499)
            assert (reported["client_limit"], reported["client_remaining"]) == (12_500, 12_499)
            assert reported["user_reset_at"] == sandbox.now + dt.timedelta(hours=1)


@pytest.mark.decision("limit-headers-any-form")
def test_ledger_without_headers_knows_nothing(sandbox: Sandbox, connect) -> None:
    sandbox.limit_headers = False
    session = connect()
    session.get("/3/credits")
    session.get("/3/credits")
    assert session.credits.remaining("user") is None
    assert session.credits.now().isna().all(axis=None)
    assert session.credits.history()["user_remaining"].isna().all()
    assert session.credits.history()["cost"].sum() == sandbox.spent == 2


@pytest.mark.decision("server-clock")
def test_server_of_another_clock_lifts_no_limit(
    subtests, peer, connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = peer._server.RequestHandlerClass
    for skew, form in product((-7200.0, 7200.0, -150.0), ("epoch", "seconds")):
        monkeypatch.setattr(
            handler, "date_time_string",
            lambda *_, skew=skew: formatdate(time.time() + skew, usegmt=True), raising=False,
        )  # fmt: skip
        reported = str(int(time.time() + skew + 1800) if form == "epoch" else 1800)
        limits = {"X_RateLimit_UserLimit": "500", "X_RateLimit_UserReset": reported}
        peer.says("/3/gallery/hot", [], X_RateLimit_UserRemaining="0", **limits)
        # Another application each time, since the ledger remembers.
        options = {"client_id": f"abc{skew:.0f}{form}", "base_url": peer.url}
        session = connect(**options, cache="memory")
        session.get("/3/gallery/hot")
        with subtests.test(skew=skew, form=form):
            # Whoever reads the file later knows it as well.
            for each in (session, connect(**options, cache="memory")):
                assert each.credits.remaining() == 0
                with pytest.raises(CreditsExhausted) as caught:
                    each.get("/3/gallery/top")
                assert abs(caught.value.reset_at.timestamp() - time.time() - 1800) < 30
                assert "in 30 min" in str(caught.value)


@pytest.mark.decision("absurd-limits")
def test_impossible_numbers_are_logged_once(peer, connect, caplog) -> None:
    absurd = {"X_RateLimit_UserRemaining": "1" + "0" * 30, "X_RateLimit_ClientReset": "999999999"}
    for path in ("hot", "top", "user"):
        peer.says(f"/3/gallery/{path}", [], **absurd)
    session = connect(client_id="abc", base_url=peer.url)
    for path in ("hot", "top", "user"):
        session.get(f"/3/gallery/{path}")
    assert session.credits.remaining() is None
    assert caplog.text.count("of the user limit") == caplog.text.count("of the client limit") == 1
    assert session.credits.history()["cost"].sum() == 3
