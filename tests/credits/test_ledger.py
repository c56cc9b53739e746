"""The ledger: what was spent and is left, whoever on this machine spent it."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from clocks import Clock
from processes import run

import imgurdata as imd
from imgurdata._clock import SystemClock, utc
from imgurdata.auth import Token
from imgurdata.auth.principal import Principal
from imgurdata.credits.headers import Limits
from imgurdata.credits.ledger import HISTORY, Ledger
from imgurdata.endpoints import cost_of
from imgurdata.errors import CacheUnusable, CreditsExhausted, InvalidArgument
from imgurdata.sandbox import Sandbox

WHO = Principal.of("abc", None)


def write(ledger: Ledger, **reported: object) -> None:
    with ledger.begin(endpoint="gallery", method="GET", cost=1) as reservation:
        reservation.settle(status=200, cost=1, limits=Limits(**reported))


@pytest.mark.decision("ledger-smallest-in-window")
def test_remaining_is_the_smallest_of_a_window_and_all_after_it() -> None:
    clock = Clock()
    ledger = Ledger(None, "host", lambda: WHO, clock)
    assert ledger.remaining() is None
    reset = utc(clock.time + 600)
    for left in (10, 7, 9):  # answers of several threads arrive in any order
        write(ledger, user_limit=500, user_remaining=left, user_reset_at=reset)
    assert ledger.state("user") == (500, 7, reset)
    clock.time += 599
    assert ledger.remaining() == 7
    clock.time += 1
    assert ledger.remaining() == 500
    write(ledger, user_limit=500, user_remaining=499, user_reset_at=utc(clock.time + 3600))
    assert ledger.remaining() == 499
    ledger.close()


def test_remaining_without_a_reset_is_the_last_number() -> None:
    ledger = Ledger(None, "host", lambda: WHO, Clock())
    write(ledger, user_remaining=0)
    assert ledger.remaining() == 0
    assert (
        ledger.state("user").reset_at is None
    )  # nobody knows until when: asking is the only way to learn
    write(ledger, user_remaining=12)
    assert ledger.remaining() == 12
    write(ledger)  # it has cost a credit, and reported nothing
    assert ledger.remaining() == 11
    write(ledger, user_remaining=12)  # as it turns out, it has not
    assert ledger.remaining() == 12
    ledger.close()


def test_users_have_hours_and_the_application_has_a_day() -> None:
    clock = Clock()
    asks = [Principal.of("app", None)]
    ledger = Ledger(None, "host", lambda: asks[-1], clock)
    reset = utc(clock.time + 600)
    write(ledger, user_limit=5, user_remaining=0, user_reset_at=reset,
          client_limit=9, client_remaining=8, client_reset_at=reset)  # fmt: skip
    assert ledger.state("user") == (5, 0, reset)
    asks.append(Principal.of("app", Token.of("t" * 40)))
    assert ledger.remaining("user") is None
    assert ledger.remaining("client") == 8
    assert ledger.state("client") == (9, 8, reset)
    ledger.close()


COSTS = [
    ("GET", "/3/gallery/hot", 200, 1), ("GET", "/3/gallery/hot", 304, 1),
    ("GET", "/3/image/x", 404, 1), ("GET", "/3/image/x", 429, 0), ("GET", "/3/image/x", 403, 0),
    ("GET", "/3/image/x", 401, 0), ("GET", "/3/image/x", 503, 0), ("POST", "/3/image", 200, 10),
    ("POST", "/3/upload", 200, 10), ("POST", "/3/image/x", 200, 1),
    ("POST", "/oauth2/token", 200, 0),
]  # fmt: skip


def test_cost_of_answers_is_as_documented(subtests) -> None:
    for method, path, status, cost in COSTS:
        with subtests.test(method=method, path=path, status=status):
            assert cost_of(method, path, status) == cost


def test_history_is_a_frame_of_every_answer(sandbox: Sandbox, connect) -> None:
    session = connect()
    assert session.credits.history().dtypes.to_dict() == HISTORY.empty().dtypes.to_dict()
    imd.load_gallery(pages=2, session=session)
    sandbox.advance("2h")
    imd.load_posts([imd.load_gallery(session=session)["id"][0]], session=session)
    history = session.credits.history()
    assert history.dtypes.to_dict() == HISTORY.empty().dtypes.to_dict()
    assert history["endpoint"].tolist() == ["gallery", "gallery", "gallery", "posts"]
    assert history["time"].is_monotonic_increasing
    assert history["identity"].unique().tolist() == [session.identity.key]
    assert len(session.credits.history(since="1h")) == 2
    assert len(session.credits.history(since=sandbox.now - dt.timedelta(hours=1))) == 2
    assert len(session.credits.history(since="2026-03-01")) == 4
    assert len(session.credits.history(since=pd.Timestamp("2027-01-01"))) == 0
    with pytest.raises(InvalidArgument, match="since must be"):
        session.credits.history(since="whenever")
    with pytest.raises(InvalidArgument, match="limit must be one of"):
        session.credits.remaining("hour")


def test_ledger_shows_what_is_left(connect) -> None:
    session = connect()
    assert "nothing known yet" in session.credits._repr_html_()
    session.get("/3/gallery/hot")
    (line, *_) = repr(session.credits).removeprefix("<credits: ").split(";")
    assert "499" in line
    assert f"<li>{line}</li>" in session.credits._repr_html_()
    assert all(hasattr(session.credits, name) for name in dir(session.credits))


def test_closed_ledger_says_so(sandbox: Sandbox, connect) -> None:
    session = connect()
    session.close()
    session.credits.close()
    assert repr(session.credits) == "<credits: closed>"
    assert session.credits._repr_html_() == "<div>Credits: closed</div>"
    with pytest.raises(CacheUnusable, match="closed"):
        session.credits.history()


def test_ledger_that_cannot_be_stored_is_kept_in_memory(
    sandbox: Sandbox, tmp_path, connect, caplog
) -> None:
    (tmp_path / "ledger-v2.sqlite").mkdir()
    session = connect(cache=tmp_path / "answers.sqlite")
    assert "kept in memory" in caplog.text
    session.get("/3/gallery/hot")
    assert session.credits.remaining() == 499


@pytest.mark.decision("ledger-shared")
def test_sessions_share_the_ledger(sandbox: Sandbox, connect) -> None:
    one, two = connect(), connect()
    one.get("/3/gallery/hot")
    two.get("/3/gallery/top")
    assert one.credits.remaining() == two.credits.remaining() == 498
    assert len(one.credits.history()) == 2
    # Another sandbox is another Imgur, though its rows are in the same file.
    with Sandbox() as other:
        assert connect(sandbox=other).credits.remaining() is None


@pytest.mark.decision("ledger-shared")
def test_processes_share_the_ledger(connect) -> None:
    # Far ahead, so that by the machine's clock its windows are open.
    with Sandbox(now="2999-01-01") as sandbox:
        script = (
            "import sys, imgurdata as imd\n"
            "with imd.connect(sys.argv[1], base_url=sys.argv[2], cache='memory') as session:\n"
            "    for sort in ('viral', 'top', 'time'):\n"
            "        session.get('/3/gallery/hot/' + sort)\n"
        )
        mine = connect(client_id=sandbox.client_id, base_url=sandbox.url, cache="memory")
        assert mine.credits.remaining() is None
        assert run(script, sandbox.client_id, sandbox.url).returncode == 0
        assert mine.credits.remaining() == 500 - sandbox.spent == 497
        assert len(mine.credits.history()) == 3
        assert mine.credits.history()["identity"].unique().tolist() == [mine.identity.key]


@pytest.mark.decision("on-limit-raise")
@pytest.mark.parametrize("limit", ["user", "client"])
def test_spent_credits_refuse_before_any_request(connect, limit: str) -> None:
    with Sandbox(limits={limit: 2}) as sandbox:
        session = connect(sandbox=sandbox)
        imd.load_gallery(pages=2, session=session)
        with pytest.raises(CreditsExhausted) as caught:
            imd.load_gallery("top", session=session)
        error = caught.value
        assert (error.limit, len(error.partial)) == (limit, 0)
        assert error.reset_at == sandbox.now + dt.timedelta(hours=1 if limit == "user" else 24)
        assert f"{error.reset_at:%H:%M} UTC" in str(error)
        assert len(sandbox.requests) == 2
        # Every session of this machine knows; what is cached stays free.
        with pytest.raises(CreditsExhausted):
            connect(sandbox=sandbox).get("/3/gallery/top")
        assert len(imd.load_gallery(pages=2, session=session)) == 120
        assert len(sandbox.requests) == 2
        sandbox.advance("25h")
        assert len(imd.load_gallery("top", session=session)) > 0


@pytest.mark.decision("on-limit-raise")
@pytest.mark.parametrize("reset_form", ["seconds", "epoch"])
def test_answered_429_names_the_limit(connect, tmp_path, reset_form: str) -> None:
    with Sandbox(limits={"user": 1}, reset_form=reset_form) as sandbox:
        connect(sandbox=sandbox, cache=tmp_path / "a" / "answers.sqlite").get("/3/gallery/hot")
        stranger = connect(sandbox=sandbox, cache=tmp_path / "b" / "answers.sqlite")
        with pytest.raises(CreditsExhausted) as caught:
            stranger.get("/3/gallery/hot")
        assert sandbox.requests[-1].status == 429
        assert caught.value.limit == "user"
        assert caught.value.reset_at == sandbox.now + dt.timedelta(hours=1)
        with pytest.raises(CreditsExhausted):
            stranger.get("/3/gallery/hot")
        assert len(sandbox.requests) == 2


def test_posts_have_a_limit_of_their_own(connect) -> None:
    with Sandbox(limits={"post": 0}) as sandbox:
        session = connect(sandbox=sandbox)
        with pytest.raises(CreditsExhausted) as caught:
            session.post("/3/image")
        assert caught.value.limit == "post"
        with pytest.raises(CreditsExhausted):
            session.post("/3/image")
        assert len(sandbox.requests) == 1
        assert session.get("/3/gallery/hot").status_code == 200


@pytest.mark.decision("on-limit-wait")
def test_wait_is_announced_and_goes_on(connect, caplog) -> None:
    caplog.set_level(logging.WARNING)
    with Sandbox(limits={"user": 2}) as sandbox:
        before = sandbox.now
        session = connect(sandbox=sandbox, on_limit="wait", max_wait="2h", max_age="1 day")
        posts = imd.load_gallery(pages=4, session=session)
        # Page by page in order; two hours' worth of credits, so one wait, however many threads.
        assert len(posts) + posts.attrs["imgurdata"]["duplicates"] == 240
        assert caplog.text.count("Waiting") == 1
        assert (
            "come back at 19:00 UTC (in 60 min). Waiting 60 min; interrupt to stop." in caplog.text
        )
        assert (sandbox.now - before).total_seconds() == 3601
        assert {row.status for row in sandbox.requests} <= {200, 429}


@pytest.mark.decision("on-limit-wait")
def test_wait_follows_an_answered_429(connect, tmp_path, caplog) -> None:
    with Sandbox(limits={"user": 1}) as sandbox:
        connect(sandbox=sandbox, cache=tmp_path / "a" / "x.sqlite").get("/3/gallery/hot")
        session = connect(
            sandbox=sandbox, cache=tmp_path / "b" / "x.sqlite", on_limit="wait", max_wait="1h"
        )
        assert session.get("/3/gallery/hot").status_code == 200
        assert [row.status for row in sandbox.requests] == [200, 429, 200]
        assert caplog.text.count("Waiting") == 1


@pytest.mark.decision("on-limit-wait")
def test_wait_is_done_by_one_thread(sandbox: Sandbox, connect, monkeypatch, caplog) -> None:
    session = connect(on_limit="wait", max_wait="1h")
    before, gate, begin = sandbox.now, threading.Barrier(3), session.credits.begin
    refused: set[int] = set()

    def refuse_once(**request: object) -> object:
        if threading.get_ident() in refused:
            return begin(**request)
        refused.add(threading.get_ident())
        gate.wait()  # all three are reported before anyone waits
        raise CreditsExhausted("Spent.", reset_at=before + dt.timedelta(minutes=30))

    monkeypatch.setattr(session.credits, "begin", refuse_once)
    with ThreadPoolExecutor(3) as pool:
        paths = [f"/3/gallery/hot/viral/{number}" for number in range(3)]
        assert {answer.status_code for answer in pool.map(session.get, paths)} == {200}
    assert caplog.text.count("Waiting 30 min") == caplog.text.count("Waiting") == 1
    assert sandbox.now - before == dt.timedelta(seconds=1801)


@pytest.mark.decision("on-limit-wait")
def test_wait_is_bounded(connect, caplog) -> None:
    with Sandbox(limits={"user": 1}) as sandbox:
        before = sandbox.now
        session = connect(sandbox=sandbox, on_limit="wait", max_wait="15min", max_age="1 day")
        with pytest.raises(CreditsExhausted) as caught:
            imd.load_gallery(pages=2, session=session)
        assert len(caught.value.partial) == 60
        assert sandbox.now == before
        assert "Waiting" not in caplog.text
        sandbox.advance("50min")
        assert imd.load_gallery(pages=2, session=session).attrs["imgurdata"]["pages"] == 2
        assert caplog.text.count("Waiting 10 min") == 1


@pytest.mark.decision("on-limit-wait")
def test_wait_in_other_threads_ends_with_an_interrupt() -> None:
    # Ctrl-C reaches the main thread only; the pager's threads must not sit out their wait.
    clock = SystemClock()
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(clock.sleep, 3600, stop)
        stop.set()
        assert waiting.result(timeout=10) is None
