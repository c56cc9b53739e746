"""Budgets and reserves: over threads, nested, never overshot, and given back what was not spent."""

from __future__ import annotations

import datetime as dt
import pickle
from contextlib import ExitStack

import pytest
from clocks import Clock

import imgurdata as imd
from imgurdata._clock import utc
from imgurdata.auth.principal import Principal
from imgurdata.credits.headers import Limits
from imgurdata.credits.ledger import Ledger
from imgurdata.credits.limits import WAIT, Budget, Shortage, decide
from imgurdata.credits.windows import LimitState
from imgurdata.errors import BudgetExceeded, CreditsExhausted, InvalidArgument
from imgurdata.sandbox import Sandbox


def budget(total: int, spent: int = 0, held: int = 0) -> Budget:
    made = Budget(None, total)
    made.spent, made.holds = spent, {object(): held}
    return made


NOBODY = LimitState(None, None, None)


RESET = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def left(number: int | None, reset_at: dt.datetime | None = RESET) -> LimitState:
    return LimitState(500, number, reset_at)


ADMISSIONS = [
    (NOBODY, 0, 0, [], 1, None),
    (NOBODY, 0, 50, [], 1, None),
    (NOBODY, 1, 50, [], 1, WAIT),  # the answer to the first tells what there is
    (left(1), 0, 0, [], 1, None),
    (left(0), 0, 0, [], 1, Shortage("user", RESET, 0, 1)),
    (left(0, None), 0, 0, [], 1, None),  # nobody knows until when: asking tells
    (left(9), 0, 0, [], 10, Shortage("user", RESET, 9, 10)),
    # Of three left, three are under way: how it ends with these is not known yet.
    (left(3), 3, 0, [], 1, WAIT),
    (left(4), 3, 0, [], 1, None),
    (left(51), 0, 50, [], 1, None),
    (left(50), 0, 50, [], 1, Shortage("user", RESET, 50, 1, 50)),
    (left(51), 1, 50, [], 1, WAIT),
    (left(50, None), 0, 50, [], 1, Shortage("user", None, 50, 1, 50)),
    (NOBODY, 0, 0, [budget(2, 1)], 1, None),
    (NOBODY, 0, 0, [budget(2, 1, 1)], 1, WAIT),
    (NOBODY, 0, 0, [budget(9, 0)], 10, "budget 0"),
    (NOBODY, 0, 0, [budget(9, 5), budget(4, 4)], 1, "budget 1"),
    (NOBODY, 0, 0, [budget(0)], 1, "budget 0"),
]


@pytest.mark.decision("budgets")
def test_decide_admits_waits_or_refuses(subtests) -> None:
    for user, under_way, reserve, budgets, cost, expected in ADMISSIONS:
        with subtests.test(user=user, reserve=reserve, cost=cost):
            no = decide(
                {"client": cost, "user": cost}, {"client": NOBODY, "user": user},
                {"user": under_way}, reserve=reserve, budgets=budgets,
            )  # fmt: skip
            assert (
                f"budget {list(budgets).index(no)}" if isinstance(no, Budget) else no
            ) == expected


#: Left of hour and day, whether their resets are known, the reserve, budgets, and what may be sent.
IN_FLIGHT = [
    (None, None, True, 0, [], None),
    (3, 9, True, 0, [], 3),
    (9, 3, True, 5, [], 3),
    (9, 99, True, 5, [], 4),
    (3, None, True, 5, [], 0),
    (0, None, False, 0, [], None),  # nobody knows until when
    (9, None, False, 5, [], 4),
    (None, None, True, 0, [budget(9, 5), budget(3, 1)], 2),
    (1, None, True, 0, [budget(9)], 1),
]


def test_max_in_flight_is_what_can_be_paid(subtests) -> None:
    for user, client, has_reset, reserve, budgets, expected in IN_FLIGHT:
        clock = Clock()
        reset_at = utc(clock.time + 600) if has_reset else None
        ledger = Ledger(None, "host", lambda: Principal.of("abc", None), clock)
        with ledger.begin(endpoint="gallery", method="GET", cost=1) as request:
            reported = {"user_remaining": user, "client_remaining": client}
            resets = {"user_reset_at": reset_at, "client_reset_at": reset_at}
            request.settle(status=200, cost=1, limits=Limits(**reported, **resets))
        with subtests.test(user=user, client=client, reserve=reserve), ExitStack() as blocks:
            blocks.enter_context(ledger.reserve(reserve))
            for one in budgets:
                blocks.enter_context(ledger.budget(one.total)).spent = one.spent
            assert ledger.max_in_flight() == expected
        ledger.close()


@pytest.mark.decision("budgets")
@pytest.mark.parametrize("workers", [1, 8])
def test_budget_holds_over_threads(sandbox: Sandbox, connect, workers: int) -> None:
    session = connect(workers=workers)
    sandbox.latency = 0.005
    with pytest.raises(BudgetExceeded, match="budget of 5 credits is used up: 5 spent") as caught:  # noqa: SIM117
        with session.credits.budget(5) as given:
            imd.load_gallery(pages=12, session=session)
    assert sandbox.spent == len(sandbox.requests) == given.spent == 5
    assert (given.left, caught.value.budget, caught.value.spent) == (0, 5, 5)
    partial = caught.value.partial
    assert len(partial) + partial.attrs["imgurdata"]["duplicates"] == 300
    assert partial.attrs["imgurdata"]["complete"] is False
    # Outside of the block the same call goes on, and pays for nothing twice.
    whole = imd.load_gallery(pages=8, session=session)
    assert whole.attrs["imgurdata"]["credits_spent"] == 3
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.budget, again.spent, len(again.partial)) == (5, 5, len(partial))


@pytest.mark.decision("budgets")
def test_budgets_nest_and_are_one_sessions(sandbox: Sandbox, connect, tmp_path) -> None:
    session, other = connect(), connect(cache=tmp_path / "other" / "x.sqlite")
    with session.credits.budget(5) as outer:
        with session.credits.budget(100) as inner:
            imd.load_gallery(pages=2, session=session)
            imd.load_gallery(pages=7, session=other)
            imd.load_gallery(pages=2, session=session)  # from the cache
        assert (outer.spent, inner.spent) == (2, 2)
        with session.credits.budget(1), pytest.raises(BudgetExceeded, match="of 1 credit is used"):
            imd.load_gallery("top", pages=2, session=session)
        assert outer.spent == 3
        with session.credits.budget(100), pytest.raises(BudgetExceeded, match="of 5 credits"):
            imd.load_gallery("user", pages=4, session=session)
        assert outer.spent == 5
    assert repr(outer) == "<budget: 5 of 5 credits spent>"
    session.get("/3/gallery/user/time")
    assert outer.spent == 5


@pytest.mark.decision("budgets")
def test_budget_gets_back_what_was_not_charged(sandbox: Sandbox, connect) -> None:
    session = connect()
    sandbox.fail("reset")
    sandbox.fail(503)
    with session.credits.budget(1) as given:
        assert len(imd.load_gallery(session=session)) == 60
    assert (given.spent, given.held) == (1, 0)
    sandbox.fail("truncated")  # its head came: Imgur has counted it
    with session.credits.budget(1), pytest.raises(BudgetExceeded):
        imd.load_gallery("top", session=session)
    assert sandbox.spent == 2


@pytest.mark.decision("budgets")
def test_budget_counts_requests_that_time_out(sandbox: Sandbox, connect) -> None:
    session = connect(timeout=0.1)
    sandbox.latency = 0.4
    with session.credits.budget(2) as given, pytest.raises(BudgetExceeded):
        session.get("/3/gallery/hot")
    assert given.spent == 2
    history = session.credits.history()
    assert history["status"].isna().tolist() == [True, True]
    assert history["cost"].sum() == 2


def test_budget_counts_ten_credits_for_an_upload(sandbox: Sandbox, connect) -> None:
    session = connect()
    with session.credits.budget(9), pytest.raises(BudgetExceeded, match=r"\(image\) costs 10"):
        session.post("/3/image")
    assert sandbox.requests == []


@pytest.mark.decision("reserve")
@pytest.mark.parametrize("workers", [1, 8])
def test_reserve_is_left_alone(connect, workers: int) -> None:
    with Sandbox(limits={"user": 12}) as sandbox:
        session = connect(sandbox=sandbox, workers=workers)
        with (
            pytest.raises(CreditsExhausted, match="and 8 are kept in reserve; all come") as caught,
            session.credits.reserve(8),
            session.credits.reserve(2),
        ):
            imd.load_gallery(pages=9, session=session)
        assert sandbox.spent == caught.value.partial.attrs["imgurdata"]["pages"] == 4
        assert session.credits.remaining() == 8
        assert len(imd.load_gallery("top", session=session)) > 0  # interactive work goes on
        assert session.credits.remaining() == 7


@pytest.mark.decision("reserve")
def test_reserve_is_waited_for(connect) -> None:
    with Sandbox(limits={"user": 4}) as sandbox:
        before = sandbox.now
        session = connect(sandbox=sandbox, on_limit="wait", max_wait="2h", max_age="1 day")
        with session.credits.reserve(2):
            imd.load_gallery(pages=4, session=session)
        assert (sandbox.now - before).total_seconds() == 3601
        with pytest.raises(CreditsExhausted), session.credits.reserve(4):
            session.get("/3/gallery/top")  # a reserve of all there is: no wait would help
        with pytest.raises(
            InvalidArgument, match=r"credits must be a whole number from 0 .* got -1"
        ):
            session.credits.reserve(-1)
        with pytest.raises(InvalidArgument, match=r"credits must be .* got 'many'"):
            session.credits.budget("many")
