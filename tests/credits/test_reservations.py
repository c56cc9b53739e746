"""Reservations: settled once whatever happens, over threads, sessions and processes on one file."""

from __future__ import annotations

import gc
import random
import signal
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from contextvars import copy_context
from pathlib import Path

import pytest
from clocks import Clock

import imgurdata as imd
from imgurdata._clock import utc
from imgurdata._interrupts import cancel_event
from imgurdata.auth.principal import Principal
from imgurdata.credits import ledger as ledger_module
from imgurdata.credits import windows
from imgurdata.credits.headers import Limits
from imgurdata.credits.ledger import Ledger, Reservation
from imgurdata.credits.limits import Budget
from imgurdata.credits.store import LedgerStore
from imgurdata.errors import BudgetExceeded, CreditsExhausted, ImgurDataError
from imgurdata.sandbox import Sandbox

WHO = Principal.of("abc", None)
NOW = 1_772_388_000.0
ASK = {"endpoint": "gallery", "method": "GET", "cost": 1}


class Imgur:
    """Charges credits, and tells some answers how many are left."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.limit = max(left, 500)
        self._lock = threading.Lock()

    def charge(self, *, tells: bool = True) -> Limits:
        with self._lock:
            self.left -= 1
            reported = {
                "user_limit": self.limit,
                "user_remaining": self.left,
                "user_reset_at": utc(NOW + 600),
            }
            return Limits(**reported) if tells else Limits()


@pytest.fixture
def ledgers(tmp_path: Path):
    made: list[Ledger] = []

    def make(clock: Clock | None = None) -> Ledger:
        made.append(Ledger(tmp_path / "l.sqlite", "host", lambda: WHO, clock or Clock()))
        return made[-1]

    yield make
    for ledger in made:
        ledger.close()


def ask(ledger: Ledger, imgur: Imgur, *, tells: bool = True) -> None:
    with ledger.begin(**ASK) as reservation:
        reservation.settle(status=200, cost=1, limits=imgur.charge(tells=tells))


#: What fails, and whether it does so from the beginning, or once the request was sent.
STEPS: tuple[tuple[object, str, bool], ...] = (
    (LedgerStore, "write", True),
    (LedgerStore, "write", False),
    (LedgerStore, "version", True),
    (ledger_module, "read_limits", False),
    (windows, "fold", False),
    (windows, "current", False),
    (windows, "limit_state", True),
    (ledger_module, "decide", True),
)
ENDS = ("answered", "cancel", "abandon", "nothing", "an error")
KINDS = (MemoryError, KeyboardInterrupt, sqlite3.InterfaceError)


@pytest.mark.decision("reservations")
def test_reservation_is_settled_whatever_is_raised(
    subtests, monkeypatch: pytest.MonkeyPatch, ledgers
) -> None:
    # Each end with a failure of each step, by one of the exceptions in turn.
    for row, (module, name, at_once) in enumerate(STEPS):
        for column, end in enumerate(ENDS):
            kind = KINDS[(row + column) % 3]
            with subtests.test(step=name, at_once=at_once, end=end, kind=kind.__name__):
                _fail_and_settle(monkeypatch, ledgers(), (module, name), at_once, end, kind)


def _fail_and_settle(
    monkeypatch: pytest.MonkeyPatch, ledger: Ledger, step: tuple[object, str], at_once: bool,
    end: str, kind: type[BaseException],
) -> None:  # fmt: skip
    imgur = Imgur(10**6)
    ask(ledger, imgur)

    def fails(*_: object, **__: object) -> None:
        raise kind

    with ledger.budget(5) as budget, suppress(kind, ZeroDivisionError):
        if at_once:
            monkeypatch.setattr(*step, fails)
        with ledger.begin(**ASK) as reservation:
            monkeypatch.setattr(*step, fails)
            limits = reservation.read({"X-RateLimit-UserRemaining": "8"})
            if end == "answered":
                reservation.settle(status=200, cost=1, limits=limits)
            elif end == "an error":
                1 / 0  # noqa: B018
            elif end != "nothing":
                getattr(reservation, end)()
    monkeypatch.undo()
    gc.collect(1)
    assert budget.held == 0
    assert ledger.in_flight == 0
    assert budget.spent in {0, 1}
    # The next ones go on.
    with ledger.budget(1):
        ask(ledger, imgur)


@pytest.mark.decision("reservations")
def test_reservation_is_settled_once(ledgers) -> None:
    ledger = ledgers()
    with ledger.budget(9) as budget:
        with ledger.begin(**ASK) as one:
            one.settle(status=200, cost=1, limits=Limits())
            one.settle(status=200, cost=1, limits=Limits())
            one.abandon()
        with ledger.begin(**ASK) as two:
            two.cancel()
            two.settle(status=200, cost=1, limits=Limits())
        with suppress(OSError), ledger.begin(**ASK):
            raise OSError
    assert (budget.spent, budget.held) == (2, 0)
    history = ledger.history()
    assert history["cost"].tolist() == [1, 1]
    assert history["status"].isna().tolist() == [False, True]


def test_who_waits_for_a_reservation_ends_with_its_pull(ledgers) -> None:
    ledger, stop = ledgers(), threading.Event()
    with ledger.begin(**ASK) as first:
        first.settle(status=200, cost=1, limits=Imgur(2).charge())
    held = ledger.begin(**ASK)
    context = copy_context()
    context.run(cancel_event.set, stop)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(context.run, ledger.begin, **ASK)
        stop.set()
        with pytest.raises(ImgurDataError, match="cancelled before this request was sent"):
            second.result(30)
    held.cancel()
    ledger.begin(**ASK).cancel()


def test_own_requests_in_flight_count_once_whatever_others_write(
    ledgers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, stop = ledgers(), threading.Event()
    write = mine._store.write

    def write_while_another_does(*change: object) -> None:
        write(*change)
        with closing(sqlite3.connect(tmp_path / "l.sqlite")) as file, file:
            file.execute(
                "INSERT INTO asked (time, host, identity, application, endpoint, method, cost) "
                "VALUES (1, 'elsewhere', '', '', '', '', 1)"
            )

    monkeypatch.setattr(mine._store, "write", write_while_another_does)
    ask(mine, Imgur(3))
    context = copy_context()
    context.run(cancel_event.set, stop)
    stop.set()  # a wait would end with an error
    both = [context.run(mine.begin, **ASK) for _ in range(2)]
    for request in both:
        request.cancel()


@pytest.mark.decision("reservations")
@pytest.mark.timeout(60)
def test_reservation_of_a_dead_thread_is_abandoned(ledgers) -> None:
    ledger = ledgers()
    with ledger.budget(2) as budget:
        lost: list[Reservation] = [ledger.begin(**ASK)]
        lost.clear()  # nobody will settle it
        with ledger.begin(**ASK) as reservation:
            reservation.settle(status=200, cost=1, limits=Limits())
        with pytest.raises(BudgetExceeded):
            ledger.begin(**ASK)
    assert (budget.spent, budget.held) == (2, 0)


@pytest.mark.decision("reservations")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")
@pytest.mark.timeout(60, method="thread")  # the signal of the other one is taken here
# The interpreter itself calls weak references' callbacks, and a signal may land there.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_interrupts_at_any_moment_leave_no_lock(ledgers) -> None:
    ledger, imgur = ledgers(), Imgur(10**8)
    ask(ledger, imgur)

    came: list[object] = []  # what is raised in a callback of the interpreter's is not seen

    def interrupt(*_: object) -> None:
        came.append(None)
        raise KeyboardInterrupt

    # A function of its own: Python's jump back to the start of a loop that ends a with block
    # stands outside the block, and an interrupt there would not be suppressed.
    def ask_until_interrupted() -> None:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 2e-3))
        while not came:
            ask(ledger, imgur)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with ledger.budget(10**8) as budget, ThreadPoolExecutor(1) as pool:
            for _ in range(150):
                came.clear()
                with suppress(KeyboardInterrupt):
                    ask_until_interrupted()
                # Another thread can enter.
                assert pool.submit(ledger.remaining).result(timeout=20) is not None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    gc.collect()
    assert ledger.remaining() is not None
    assert ledger.in_flight == 0
    assert budget.held == 0


@pytest.mark.decision("reserve")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("tells", [1.0, 0.5])
def test_reserve_holds_over_sessions_and_threads(ledgers, tmp_path: Path, tells: float) -> None:
    dice = random.Random()
    for _ in range(8):
        imgur, clock = Imgur(dice.randrange(9, 15)), Clock()
        sessions = [ledgers(clock) for _ in range(3)]
        ask(sessions[0], imgur)
        keep = dice.randrange(1, 8)

        def work(number: int, *, of=sessions, imgur=imgur, keep=keep) -> None:
            with suppress(CreditsExhausted), of[number % 3].reserve(keep):
                for _ in range(6):
                    ask(of[number % 3], imgur, tells=dice.random() < tells)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))
        assert imgur.left >= keep
        assert len({session.remaining() for session in sessions}) == 1
        assert sessions[0].remaining() <= imgur.left
        # Another host would be another Imgur: begin anew.
        with closing(sqlite3.connect(tmp_path / "l.sqlite")) as file, file:
            file.execute("DELETE FROM answers")
        for session in sessions:
            session._known._windows.clear()


@pytest.mark.decision("reserve")
@pytest.mark.timeout(60)
def test_request_of_a_killed_process_is_waited_for_in_bounds(
    ledgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MAX_FLIGHT", 0.3)
    monkeypatch.setattr(ledger_module, "MAX_FLIGHT", 0.3)
    clock, imgur = Clock(), Imgur(12)
    killed, mine = ledgers(clock), ledgers(clock)
    ask(mine, imgur)
    under_way = killed.begin(**ASK)
    with mine.reserve(9):
        ask(mine, imgur)  # one is left beside the reserve, and one is under way there
        with pytest.raises(CreditsExhausted):
            mine.begin(**ASK)
    with mine.reserve(8):
        ask(mine, imgur)
    del under_way


@pytest.mark.decision("reserve")
def test_unreported_costs_are_subtracted(ledgers) -> None:
    clock, imgur = Clock(), Imgur(30)
    one, two = ledgers(clock), ledgers(clock)
    ask(one, imgur)
    for ledger in (one, two, two, one):
        ask(ledger, imgur, tells=False)
        assert one.remaining() == two.remaining() == imgur.left
    assert ledgers(clock).remaining() == imgur.left
    # What was asked for before does not tell of what was charged meanwhile.
    early = one.begin(**ASK)
    reported = imgur.charge()
    ask(two, imgur, tells=False)
    early.settle(status=200, cost=1, limits=reported)
    assert one.remaining() == two.remaining() == ledgers(clock).remaining() == imgur.left
    ask(two, imgur)
    assert one.remaining() == two.remaining() == imgur.left
    # Ten for an upload, and what it costs is of the POSTs one.
    with one.begin(endpoint="image", method="POST", cost=10) as upload:
        upload.settle(status=200, cost=10, limits=Limits(post_limit=9, post_remaining=8))
    assert one.remaining() == two.remaining() == imgur.left - 10
    assert one.remaining("post") == two.remaining("post") == 8
    # A new window begins with a call, whether its answer tells or not.
    clock.time += 601
    assert one.remaining() == 500
    ask(two, imgur, tells=False)
    assert one.remaining() == ledgers(clock).remaining() == 499
    clock.time += 3601
    assert one.remaining() == two.remaining() == 500


@pytest.mark.decision("reserve")
def test_lost_request_is_subtracted_until_an_answer_reports(ledgers) -> None:
    clock, imgur = Clock(), Imgur(10)
    one, two = ledgers(clock), ledgers(clock)
    ask(one, imgur)
    with one.begin(**ASK) as lost:
        imgur.charge()
        lost.abandon()
    assert one.remaining() == two.remaining() == imgur.left == 8
    for _ in range(2):
        clock.time += 1
        ask(two, imgur)
    assert one.remaining() == two.remaining() == imgur.left


@pytest.mark.decision("reserve")
def test_lost_request_counts_although_an_earlier_one_was_answered_later(ledgers) -> None:
    clock, imgur = Clock(), Imgur(10)
    one, two = ledgers(clock), ledgers(clock)
    ask(one, imgur)
    lost = one.begin(**ASK)
    clock.time += 1
    ask(one, imgur)  # reports what was left before the other was charged
    imgur.charge()
    lost.abandon()
    assert one.remaining() == two.remaining() == ledgers(clock).remaining() == imgur.left == 7


def test_ledger_refuses_odd_arguments(subtests, sandbox: Sandbox, connect, odd_values) -> None:
    given = connect().credits
    calls = {
        "budget": given.budget,
        "reserve": given.reserve,
        "remaining": given.remaining,
        "history": lambda odd: given.history(since=odd),
    }
    for name, call in calls.items():
        for odd in odd_values:
            with subtests.test(call=name, odd=type(odd).__name__):
                with pytest.raises(imd.errors.InvalidArgument) as caught:
                    call(odd)
                assert len(str(caught.value)) < 400


@pytest.fixture
def odd_values() -> list[object]:
    import numpy as np
    import pandas as pd

    return [
        True, np.bool_(0), float("nan"), float("inf"), -1, -(10**40), 10**400, pd.NA, pd.NaT, "",
        "x" * 10**6, "²", b"7", [], [1], {}, object(), pd.Series([1]), np.array([1, 2]), 1j,
        "200", print,
    ]  # fmt: skip


def test_budget_and_reserve_accept_numpy_integers(connect) -> None:
    import numpy as np

    with Sandbox() as sandbox:
        session = connect(sandbox=sandbox)
        with session.credits.budget(np.int64(2)) as budget, session.credits.reserve(np.uint8(3)):
            imd.load_gallery(session=session)
        assert isinstance(budget, Budget)
        assert repr(budget) == "<budget: 1 of 2 credits spent>"
        assert len(session.credits.history(since=np.int64(60))) == 1
