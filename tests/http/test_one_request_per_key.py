"""One request for a key, however many threads ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from imgurdata.errors import CreditsExhausted, NotFound
from imgurdata.http.in_flight import InFlight
from imgurdata.http.retry import Waiting
from imgurdata.http.store import RequestSpec
from imgurdata.sandbox import Sandbox

pytestmark = pytest.mark.decision("one-request-per-key")


@pytest.mark.parametrize("cache", ["file", "memory"])
def test_a_stampede_of_16_is_one_request(sandbox: Sandbox, connect, cache) -> None:
    session = connect(workers=16, **({"cache": "memory"} if cache == "memory" else {}))
    gate = threading.Barrier(16)

    def ask(_: int) -> bytes:
        gate.wait()
        return session.get("/3/gallery/hot").content

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1
    assert len(sandbox.requests) == sandbox.spent == 1


def gathered(locks: InFlight, ask, count: int = 8) -> list[object]:
    """Results of threads that all ask while the first one's request is under way."""
    together = threading.Semaphore(0)

    def slow() -> int:
        while len(threads) and together._value < count:
            threading.Event().wait(0.005)
        return ask()

    results: list[object] = []

    def one() -> None:
        together.release()
        try:
            results.append(locks.run(slow, "k"))
        except BaseException as error:  # noqa: BLE001 - it is what is looked at
            results.append(error)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_those_who_waited_share_an_answer_that_is_not_in_the_cache() -> None:
    sent = []

    def send() -> int:
        sent.append(1)
        threading.Event().wait(0.2 if len(sent) == 1 else 0)
        return len(sent)

    results = gathered(InFlight(), send)
    assert len(sent) < 8
    assert len(results) == 8


def test_an_error_of_the_request_is_everybodys_each_with_an_own_copy() -> None:
    requests = []

    def fail() -> int:
        requests.append(1)
        threading.Event().wait(0.2)  # the others have begun to wait
        raise NotFound("gone", status=404, request="/3/x")

    results = gathered(InFlight(), fail)
    assert [type(result) for result in results] == [NotFound] * 8
    assert len({id(result) for result in results}) == 8
    assert len(requests) < 8


def test_an_interrupt_is_ones_own_and_another_takes_over() -> None:
    requests = []

    def ask() -> int:
        requests.append(1)
        if len(requests) == 1:
            threading.Event().wait(0.2)
            raise KeyboardInterrupt
        return 7

    results = gathered(InFlight(), ask)
    assert sum(isinstance(result, KeyboardInterrupt) for result in results) == 1
    assert results.count(7) == 7


def test_who_asks_again_within_a_request_does_not_wait_for_itself() -> None:
    locks: InFlight = InFlight()
    inner = lambda: locks.run(lambda: 1, "k")  # noqa: E731
    assert locks.run(lambda: inner() + 1, "k") == 2


def test_what_came_meanwhile_is_not_shared_with_who_wants_newer(
    sandbox: Sandbox, connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, path = connect(), "/3/gallery/hot/viral/day/0"
    ((late,),) = session.resolve([RequestSpec("0", path)])
    connect().get(path)  # another process was faster
    sandbox.advance("5min")
    looking, go, look_up = threading.Event(), threading.Event(), session._look_up

    def slowly(*what, **how):
        if not looking.is_set():
            looking.set()
            go.wait(30)
        return look_up(*what, **how)

    monkeypatch.setattr(session, "_look_up", slowly)

    def ask_now():
        with session.running(0):
            return session.get(path)

    with ThreadPoolExecutor(2) as pool:
        stored = pool.submit(session.fetch_resolved, late)
        assert looking.wait(30)
        newer = pool.submit(ask_now)
        threading.Event().wait(0.1)  # it waits for the other by now
        go.set()
        assert not getattr(stored.result(30), "revalidated", False)
        assert newer.result(30).revalidated or not newer.result(30).from_cache
    assert len(sandbox.requests) == 2


def test_who_keeps_a_reserve_holds_nobody_else_up(connect, monkeypatch) -> None:
    session = connect(sandbox=Sandbox(limits={"user": 5}), on_limit="wait", max_wait="2h")
    session.get("/3/gallery/hot/viral/day/0")
    waiting, go = threading.Event(), threading.Event()

    def wait(_: Waiting, error: CreditsExhausted) -> None:
        waiting.set()
        go.wait(30)
        raise error

    monkeypatch.setattr(Waiting, "for_credits", wait)

    def ask(reserve: int):
        with session.credits.reserve(reserve):
            return session.get("/3/gallery/hot/viral/day/1")

    with ThreadPoolExecutor(2) as pool:
        background = pool.submit(ask, 4)
        assert waiting.wait(30)
        try:
            assert pool.submit(ask, 0).result(10).ok
        finally:
            go.set()
        with pytest.raises(CreditsExhausted):
            background.result(30)
