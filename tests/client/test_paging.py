"""The pager: nothing lost, nothing twice, in order, whatever world of pages it meets."""

from __future__ import annotations

import datetime as dt
import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.client.freshness import State
from imgurdata.client.halt import halt
from imgurdata.client.paging import Ask, answers
from imgurdata.errors import ImgurDataError, NotFound, OverCapacity

IDS = [f"post{n:03d}" for n in range(30)]


class World:
    """As much of a session as a pull uses: pages of ids, and one that may fail."""

    base_url = "https://imgur.example"
    offline = False

    def __init__(self, pages: list[list[str]], workers: int, failing: int | None = None) -> None:
        self.pages = pages
        self.workers = workers
        self.failing = failing
        self.asked: list[int] = []
        self.identity = SimpleNamespace(kind="client", key="k")
        self.credits = SimpleNamespace(remaining=lambda _: None)
        self.clock = SimpleNamespace(now=lambda: 1_772_388_000.0)
        self._lock = threading.Lock()

    def check_open(self) -> None:
        """It always is."""

    def prepare_request(self, request: Any) -> Any:
        return request.prepare()

    def state_of(self, _: Any) -> State:
        return State.MISSING

    def get(self, path: str, params: Any = None) -> Any:
        number = int(path.rsplit("/", 1)[-1])
        with self._lock:
            self.asked.append(number)
        if number == self.failing:
            raise OverCapacity("no", status=503)
        page = self.pages[number] if number < len(self.pages) else []
        body = json.dumps({"data": [{"id": i} for i in page], "success": True, "status": 200})
        headers = {"Date": "Sun, 01 Mar 2026 18:00:00 GMT"}
        return SimpleNamespace(
            content=body.encode(), status_code=200, from_cache=False, headers=headers
        )


worlds = st.lists(st.lists(st.sampled_from(IDS), unique=True, max_size=8), max_size=7)


def once(pages: list[list[str]]) -> list[str]:
    """Every id where it is met first."""
    return list(dict.fromkeys(i for page in pages for i in page))


def until_empty(pages: list[list[str]]) -> list[list[str]]:
    empty = next((n for n, page in enumerate(pages) if not page), len(pages))
    return pages[:empty]


@given(pages=worlds, workers=st.integers(1, 5), count=st.none() | st.integers(1, 9))
def test_any_world_comes_whole_once_and_in_order(pages, workers, count) -> None:
    world = World(pages, workers)
    frame = imd.Pull("gallery", pages=count).run(world, progress=False)
    there = until_empty(pages[:count])
    assert frame["id"].tolist() == once(there)
    assert frame["rank"].tolist() == list(range(len(frame)))
    story = frame.attrs["imgurdata"]
    assert story["duplicates"] == sum(map(len, there)) - len(frame)
    assert story["complete"] is True
    assert len(world.asked) == len(set(world.asked))  # nothing is paid twice
    if count is None:
        assert sorted(world.asked) == list(range(len(there) + 1))  # and nothing behind the end
    else:
        assert max(world.asked) < count


chosen = st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=6)


@given(pages=worlds, workers=st.integers(1, 5), wanted=chosen)
def test_chosen_pages_come_in_the_order_asked_for(pages, workers, wanted) -> None:
    frame = imd.Pull("gallery", pages=wanted).run(World(pages, workers), progress=False)
    answered = [pages[n] if n < len(pages) else [] for n in wanted]
    # Only where pages ascend is an empty one the end: [9, 0] has a page 0 all the same.
    there = until_empty(answered) if wanted == sorted(wanted) else answered
    assert frame["id"].tolist() == once(there)


@given(pages=worlds, workers=st.integers(1, 5), failing=st.integers(0, 6))
def test_what_breaks_keeps_what_came_before(pages, workers, failing) -> None:
    world = World(pages, workers, failing)
    pull = imd.Pull("gallery", pages=7)
    if len(until_empty(pages)) < failing:  # the list ends before
        assert pull.run(world, progress=False).attrs["imgurdata"]["complete"]
        return
    with pytest.raises(OverCapacity) as caught:
        pull.run(world, progress=False)
    partial = caught.value.partial
    assert partial["id"].tolist() == once(pages[:failing])
    assert partial.attrs["imgurdata"]["complete"] is False
    assert partial.attrs["imgurdata"]["pages"] == failing
    assert partial.dtypes.to_dict() == DTYPES


DTYPES = imd.Pull("gallery").run(World([["post000"]], 1), progress=False).dtypes.to_dict()


def asks(count: int) -> list[Ask]:
    return [Ask(str(n), f"/3/gallery/hot/viral/day/{n}") for n in range(count)]


def test_the_first_is_sent_alone_and_then_a_few_at_once() -> None:
    world = World([["post000"]] * 9, 4)
    under_way = threading.Semaphore(0)
    most, now, lock = 0, 0, threading.Lock()
    get = world.get

    def counted(path: str, params: Any = None) -> Any:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
            if now == 3:
                under_way.release(3)
        if not path.endswith("/0"):
            assert under_way.acquire(timeout=20)
            under_way.release()
        else:
            assert now == 1
        with lock:
            now -= 1
        return get(path, params)

    world.get = counted
    labels = [answer.ask.label for answer in answers(world, asks(7), ahead=3)]
    assert labels == [str(n) for n in range(7)]
    assert most == 3


def test_one_ahead_sends_nothing_that_was_not_taken() -> None:
    world = World([["post000"]] * 9, 4)
    taken = answers(world, asks(9), ahead=1)
    for number in range(3):
        next(taken)
        assert world.asked == list(range(number + 1))
    taken.close()
    assert world.asked == [0, 1, 2]


def test_dates_that_are_missing_are_the_sessions_time() -> None:
    world = World([["post000"]], 1)
    get = world.get

    def undated(path: str, params: Any = None) -> Any:
        response = get(path, params)
        response.headers.clear()
        return response

    world.get = undated
    (answer,) = answers(world, asks(1), ahead=1)
    assert answer.fetched_at == dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC)


@pytest.mark.decision("on-limit-wait")
@pytest.mark.parametrize("how", ["interrupt", "failure"])
def test_who_waits_gives_up_when_the_pull_does(how: str) -> None:
    world = World([["post000"]] * 4, 3)
    waiting = threading.Event()
    woken: list[bool] = []

    def get(path: str, params: Any = None) -> Any:
        number = int(path[-1])
        if number == 2:
            waiting.set()
            woken.append(halt().wait(20))  # as the transport does for a reset far away
            raise ImgurDataError("gave up")
        if number == 1:
            assert waiting.wait(20)
            raise KeyboardInterrupt if how == "interrupt" else NotFound("gone")
        return World.get(world, path, params)

    world.get = get
    with pytest.raises(KeyboardInterrupt if how == "interrupt" else NotFound):
        list(answers(world, asks(3), ahead=2))
    assert woken == [True]
