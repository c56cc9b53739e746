"""One request for a key, however many threads ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from imgurdata.errors import NotFound
from imgurdata.http.in_flight import InFlight
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
    asked = []

    def fail() -> int:
        asked.append(1)
        threading.Event().wait(0.2)  # the others have begun to wait
        raise NotFound("gone", status=404, request="/3/x")

    results = gathered(InFlight(), fail)
    assert [type(result) for result in results] == [NotFound] * 8
    assert len({id(result) for result in results}) == 8
    assert len(asked) < 8


def test_an_interrupt_is_ones_own_and_another_takes_over() -> None:
    asked = []

    def ask() -> int:
        asked.append(1)
        if len(asked) == 1:
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
