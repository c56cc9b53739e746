"""The pager: nothing lost, nothing twice, in order, whatever world of pages it meets."""

from __future__ import annotations

import datetime as dt
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import World, in_any_order

import imgurdata as imd
from imgurdata._interrupts import cancel_event
from imgurdata.endpoints import ENDPOINTS
from imgurdata.errors import ImgurDataError, NotFound, OverCapacity
from imgurdata.http.store import Absence, Replaced, RequestSpec, Resolved, State, Stored
from imgurdata.model.frames import FrameBuilder
from imgurdata.pulls.answers import answer_check
from imgurdata.pulls.paging import GROWTH, Pager
from imgurdata.pulls.requests import ListEnd

IDS = [f"post{n:03d}" for n in range(30)]

worlds = st.lists(st.lists(st.sampled_from(IDS), unique=True, max_size=8), max_size=9)
orders = st.lists(st.integers(0, 7), max_size=12)
credits_left = st.none() | st.just(1000)


def once(pages: list[list[str]]) -> list[str]:
    """Every id where it is met first."""
    return list(dict.fromkeys(i for page in pages for i in page))


def until_end(pages: list[list[str]]) -> tuple[list[list[str]], bool]:
    """The pages before the end, which is an empty one, and whether it is one that repeats."""
    seen: set[str] = set()
    for n, page in enumerate(pages):
        if not page:
            return pages[:n], False
        if seen.issuperset(page):
            return pages[: n + 1], True
        seen.update(page)
    return pages, False


def run(pull: imd.Pull, world: World, order: list[int]) -> Any:
    with in_any_order(order):
        return pull.run(world, progress=False)


@pytest.mark.decision("ends-nobody-knows")
@given(pages=worlds, workers=st.integers(1, 8), count=st.none() | st.integers(1, 12),
       order=orders, left=credits_left)  # fmt: skip
def test_any_world_comes_whole_once_and_in_order(pages, workers, count, order, left) -> None:
    world = World(pages, workers, credits_left=left)
    frame = run(imd.Pull("gallery", pages=count), world, order)
    there, repeats = until_end(pages if count is None else pages[:count])
    assert frame["id"].tolist() == once(there)
    assert frame["rank"].tolist() == list(range(len(frame)))
    story = frame.attrs["imgurdata"]
    assert story["duplicates"] == sum(map(len, there)) - len(frame)
    assert story["complete"] is True
    assert len(world.asked) == len(set(world.asked))  # nothing is paid twice
    # What was asked for behind the page that told the end: each cost a credit and gave nothing.
    ended_by = len(there) - 1 if repeats else len(there)
    wasted = [n for n in world.asked if n > ended_by]
    if count is None and repeats:
        # That a page only repeats is seen when it is decoded, with the next ones under way.
        assert len(wasted) <= min(workers, 1 + (ended_by + 1) // GROWTH)
    elif count is None:
        assert len(wasted) <= min(workers - 1, ended_by // GROWTH)
    else:
        assert max(world.asked) < count
        # A page with rows that is back first speaks for those before it.
        misled = repeats or any(pages[ended_by + 1 :])
        assert len(wasted) <= (2 * workers if misled else workers - 1)
    assert len(wasted) == len(set(world.asked)) - min(ended_by + 1, count or 99)


WASTED = [
    # pages=None: none behind a short list, one for each four pages of a long one.
    (0, None, 8, 0), (1, None, 8, 0), (3, None, 8, 0), (4, None, 8, 1), (8, None, 8, 2),
    (40, None, 8, 7), (40, None, 2, 1), (40, None, 1, 0),
    # A number of pages is taken at its word.
    (1, 3, 8, 1), (2, 40, 8, 7), (10, 40, 8, 7), (10, 40, 1, 0), (40, 40, 8, 0), (10, 10, 4, 0),
]  # fmt: skip


@pytest.mark.decision("ends-nobody-knows")
def test_credits_wasted_behind_an_end(subtests: pytest.Subtests) -> None:
    for length, pages, workers, wasted in WASTED:
        with subtests.test(length=length, pages=pages, workers=workers, wasted=wasted):
            world = World([[f"id{n:05d}"] for n in range(length)], workers, credits_left=999)
            frame = run(imd.Pull("gallery", pages=pages), world, [])
            assert len(frame) == length
            needed = length if pages == length else length + 1  # and the empty page that tells it
            assert len(world.asked) - needed == wasted


@pytest.mark.decision("ends-nobody-knows")
def test_a_thin_page_calls_for_care() -> None:
    ids = [f"id{n:05d}" for n in range(1000)]
    pages = [ids[60 * n : 60 * n + 60] for n in range(15)] + [ids[900:910]]
    world = World(pages, 4, credits_left=999)
    frame = run(imd.Pull("gallery", pages=40), world, [])
    assert len(frame) == 910
    # When the thin page comes, three more are under way; no further ones are sent.
    assert len(world.asked) == 16 + 3


chosen = st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=6)


@given(pages=worlds, workers=st.integers(1, 5), wanted=chosen, order=orders)
def test_chosen_pages_come_in_the_order_asked_for(pages, workers, wanted, order) -> None:
    frame = run(imd.Pull("gallery", pages=wanted), World(pages, workers), order)
    answered = [pages[n] if n < len(pages) else [] for n in wanted]
    # Only where pages ascend is an empty one the end: [9, 0] has a page 0 all the same.
    there = until_end(answered)[0] if wanted == sorted(wanted) else answered
    assert frame["id"].tolist() == once(there)


@given(
    pages=worlds,
    workers=st.integers(1, 5),
    failing=st.integers(0, 6),
    order=orders,
    left=credits_left,
)
def test_what_breaks_keeps_what_came_before(pages, workers, failing, order, left) -> None:
    world = World(pages, workers, failing, credits_left=left)
    pull = imd.Pull("gallery", pages=7)
    there, repeats = until_end(pages)
    if len(there) < failing + repeats:  # the list ends before
        assert run(pull, world, order).attrs["imgurdata"]["complete"]
        return
    with pytest.raises(OverCapacity) as caught:
        run(pull, world, order)
    partial = caught.value.partial
    assert partial["id"].tolist() == once(pages[:failing])
    assert partial.attrs["imgurdata"]["complete"] is False
    assert partial.attrs["imgurdata"]["pages"] == failing
    assert partial.dtypes.to_dict() == DTYPES
    assert len(world.asked) == len(set(world.asked))


DTYPES = imd.Pull("gallery").run(World([["post000"]], 1), progress=False).dtypes.to_dict()


@pytest.mark.decision("interrupt-keeps-what-came")
@given(pages=worlds, workers=st.integers(1, 5), at=st.integers(1, 8), count=st.none() | st.just(9),
       order=orders, more=st.integers(0, 4))  # fmt: skip
def test_an_interrupt_keeps_what_came(pages, workers, at, count, order, more) -> None:
    world = World(pages, workers, credits_left=999)
    there, _ = until_end(pages)
    with in_any_order(order) as pools:

        def stop(number: int) -> None:
            if number == at:
                for _ in range(min(more, len(pools[0]._started))):
                    pools[0].end_one()
                signal.raise_signal(signal.SIGINT)

        original = World.fetch_resolved

        def answer(self: World, resolved: Resolved) -> Any:
            pools[0].on_wait = stop
            return original(self, resolved)

        with mock.patch.object(World, "fetch_resolved", answer):
            try:
                frame = imd.Pull("gallery", pages=count).run(world, progress=False)
            except KeyboardInterrupt as stopped:
                partial = stopped.partial
            else:
                assert frame["id"].tolist() == once(there)
                return
            pools[0].finish()
    story = partial.attrs["imgurdata"]
    assert story["complete"] is False
    # Whole pages, from the first on without a gap.
    taken = story["pages"]
    assert partial["id"].tolist() == once([*there, []][:taken])
    came = set(world.asked)
    assert set(range(taken)) <= came
    assert len(world.asked) == len(came)


@pytest.mark.decision("interrupt-keeps-what-came")
def test_an_interrupt_in_the_middle_of_a_page_waits_for_its_end() -> None:
    add, calls = FrameBuilder.add, 0

    def append(self: FrameBuilder, *args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            signal.raise_signal(signal.SIGINT)
        return add(self, *args, **more)

    world = World([["post000"], ["post001"], ["post002"]], 2)
    before = signal.getsignal(signal.SIGINT)
    with mock.patch.object(FrameBuilder, "add", append), pytest.raises(KeyboardInterrupt) as c:
        imd.Pull("gallery", pages=3).run(world, progress=False)
    assert c.value.partial["id"].tolist()[:2] == ["post000", "post001"]
    assert c.value.partial.dtypes.to_dict() == DTYPES
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.decision("interrupt-keeps-what-came")
def test_an_interrupt_waits_for_nobody() -> None:
    world = World([["post000"], ["post001"], ["post002"]], 2, credits_left=999)
    release, hanging = threading.Event(), threading.Event()
    came: list[int] = []

    def answer(resolved: Resolved) -> Any:
        number = int(resolved.request.label)
        if number:
            hanging.set()
            assert release.wait(60)
        came.append(number)
        return World.fetch_resolved(world, resolved)

    def stop(*_: Any, **__: Any) -> None:
        assert hanging.wait(20)
        signal.raise_signal(signal.SIGINT)

    world.fetch_resolved = answer
    threads = set(threading.enumerate())
    with (
        mock.patch("imgurdata.pulls.paging.wait", stop),
        pytest.raises(KeyboardInterrupt) as c,
    ):
        imd.Pull("gallery", pages=3).run(world, progress=False)
    # It came back while a request was still under way.
    left = set(threading.enumerate()) - threads
    assert not release.is_set()
    assert left
    assert c.value.partial["id"].tolist() in ([], ["post000"])
    release.set()
    for thread in left:
        thread.join(20)
        assert not thread.is_alive()
    assert {0, 1} <= set(came)  # what was under way came all the same


def missing(count: int) -> Iterator[Resolved]:
    for n in range(count):
        spec = RequestSpec(str(n), f"/3/gallery/hot/viral/day/{n}")
        yield Resolved(spec, spec.path, State.MISSING)


def answers(world: World, count: int, **options: Any) -> list[Any]:
    with Pager(world, missing(count), ListEnd.KNOWN, **options) as pager:
        return list(pager)


@pytest.mark.parametrize("alone", [True, False])
def test_the_first_is_sent_alone_where_nobody_knows_the_credits(alone: bool) -> None:
    world = World([["post000"]] * 9, 3)
    together = threading.Barrier(3)
    get = world.fetch_resolved

    def counted(resolved: Resolved) -> Any:
        number = int(resolved.request.label)
        if alone and number == 0:
            assert world.asked == []
        elif number < (4 if alone else 3):
            together.wait(20)  # three are under way at once
        return get(resolved)

    world.fetch_resolved = counted
    labels = [answer.request.label for answer in answers(world, 7, first_alone=alone)]
    assert labels == [str(n) for n in range(7)]


def test_what_was_refilled_before_a_page_is_used() -> None:
    world = World([["post000"]] * 9, 3)
    with (
        in_any_order([]),
        Pager(world, missing(9), ListEnd.KNOWN, first_alone=False) as pager,
    ):
        next(iter(pager))
        # Three slots, three under way: the caller may take its time with the first.
        assert len(pager._queue) >= 3


def known(pages: list[str | None]) -> Iterator[Resolved]:
    """Pages of a cache, None for one that is remembered as missing; behind them, stale ones."""
    for n in range(5):
        spec, state = RequestSpec(str(n), f"/3/gallery/hot/viral/day/{n}"), State.STALE
        cached: Stored | Absence | None = None
        if n < len(pages):
            data, state = pages[n], State.FRESH
            cached = Absence(spec.path, 0.0, "") if data is None else Stored(
                spec.path, spec.path, 200, {}, 1.0, None, f'{{"data":[{data}]}}'.encode,
            )  # fmt: skip
        yield Resolved(spec, spec.path, state, cached)


@pytest.mark.decision("ends-nobody-knows")
@pytest.mark.parametrize("end", [ListEnd.REQUESTED, ListEnd.UNKNOWN])
def test_nothing_is_sent_behind_a_cached_page_that_may_be_the_end(end: ListEnd) -> None:
    full = f'{{"id":"post000","title":"{"long" * 1000}"}}'
    for pages in ([full, ""], [""], [full, None], [None]):
        world = World([["post000"]] * 9, 3, credits_left=99)
        check = answer_check(ENDPOINTS["gallery"])
        pager = Pager(world, known(pages), end, check, first_alone=False)
        with in_any_order([]), suppress(NotFound), pager:
            assert len(list(pager)) == len(pages)
        assert world.asked == []


@pytest.mark.decision("ends-nobody-knows")
def test_nothing_follows_a_cached_page_before_it_is_used_where_nobody_knows_the_end() -> None:
    pages = list(known([f'{{"id":"post{n}","title":"{"long" * 1000}"}}' for n in range(3)]))
    world = World([["post000"]] * 9, 3, credits_left=99)
    with in_any_order([]), Pager(world, iter(pages), ListEnd.UNKNOWN, first_alone=False) as pager:
        answers = iter(pager)
        for used in range(3):
            # Only the next one was read, and only behind the last one used is something sent.
            assert next(answers).request.label == str(used)
            assert len(pager._queue) == (1 if used < 2 else 2)
        assert len(list(answers)) == 2


def test_a_failure_to_read_a_cached_page_waits_for_its_turn() -> None:
    world = World([["post000"]] * 9, 3, credits_left=99)
    pages = list(known([f'{{"id":"post000","title":"{"long" * 1000}"}}'] * 2))
    broken = mock.Mock(side_effect=MemoryError)
    pages[1] = replace(pages[1], cached=replace(pages[1].cached, body=broken))
    with in_any_order([]), Pager(world, iter(pages), ListEnd.REQUESTED) as pager:
        answers = iter(pager)
        assert next(answers).request.label == "0"
        assert broken.called
        with pytest.raises(MemoryError):
            next(answers)
    assert world.asked == []


@pytest.mark.parametrize("first_alone", [False, True])
def test_a_cached_page_that_was_replaced_is_sent_when_it_is_its_turn(first_alone: bool) -> None:
    def replaced() -> bytes:
        raise Replaced("It is another one now.")

    world = World([["post000"]] * 9, 3, credits_left=None if first_alone else 99)
    resolved = list(known([f'{{"id":"post000","title":"{"long" * 1000}"}}', "{}"]))
    resolved[1] = replace(resolved[1], cached=replace(resolved[1].cached, body=replaced))
    pager = Pager(world, iter(resolved), ListEnd.REQUESTED, first_alone=first_alone)
    with in_any_order([]), pager:
        answers = iter(pager)
        assert next(answers).origin == "cache"  # the error of the next one has to wait
        assert world.asked == []
        assert next(answers).request.label == "1"
        assert len(list(answers)) == 3
    assert world.asked[0] == 1
    assert sorted(world.asked) == [1, 2, 3, 4]


def test_the_first_request_is_alone_though_a_cached_page_is_of_no_use() -> None:
    world = World([["post000"]] * 9, 3)
    useless, *others = known([f"no JSON {'long' * 1000}"])
    pager = Pager(world, iter([useless, *others]), ListEnd.REQUESTED)
    with in_any_order([]), pager:
        answers = iter(pager)
        next(answers)
        assert world.asked[0] == 0


@pytest.mark.decision("ends-nobody-knows")
def test_a_damaged_page_at_the_end_of_a_list_wastes_no_more_than_another() -> None:
    world = World([["post000"]], 3, credits_left=99)
    resolved = known([f'{{"id":"post000","title":"{"long" * 1000}"}}', f'"{"damaged" * 1000}'])
    check = answer_check(ENDPOINTS["gallery"])
    pager = Pager(world, resolved, ListEnd.REQUESTED, check, first_alone=False)
    with in_any_order([]), pager:
        assert len(list(pager)) == 2
    assert sorted(world.asked) == [1, 2, 3]


def test_one_worker_sends_nothing_ahead_of_an_open_end() -> None:
    world = World([["post000"]] * 9, 1)
    with in_any_order([]), Pager(world, missing(9), ListEnd.UNKNOWN) as pager:
        answers = iter(pager)
        for number in range(3):
            next(answers)
            assert world.asked == list(range(number + 1))


def test_dates_that_are_missing_are_the_sessions_time() -> None:
    world = World([["post000"]], 1)
    get = world.fetch_resolved

    def undated(resolved: Resolved) -> Any:
        response = get(resolved)
        response.headers.clear()
        return response

    world.fetch_resolved = undated
    (answer,) = answers(world, 1)
    assert answer.fetched_at == dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC)


@pytest.mark.decision("on-limit-wait")
@pytest.mark.parametrize("how", ["interrupt", "failure"])
def test_who_waits_gives_up_when_the_pull_does(how: str) -> None:
    world = World([["post000"]] * 4, 2)
    waiting, woke = threading.Event(), threading.Event()

    def answer(resolved: Resolved) -> Any:
        number = int(resolved.request.label)
        if number == 2:
            waiting.set()
            if cancel_event.get().wait(20):  # as the transport does for a reset far away
                woke.set()
            raise ImgurDataError("gave up")
        if number == 1:
            assert waiting.wait(20)
            raise KeyboardInterrupt if how == "interrupt" else NotFound("gone")
        return World.fetch_resolved(world, resolved)

    world.fetch_resolved = answer
    with pytest.raises(KeyboardInterrupt if how == "interrupt" else NotFound):
        answers(world, 3)
    assert woke.wait(20)


def test_the_same_rows_in_another_order_are_no_new_page() -> None:
    pages = [["post000", "post001"], ["post001", "post000"], ["post002"]]
    frame = run(imd.Pull("gallery", pages=None), World(pages, 4), [])
    assert frame["id"].tolist() == ["post000", "post001"]


def test_attrs_of_a_pull_are_jsonable() -> None:
    frame = run(imd.Pull("gallery", pages=3), World([["post000"]], 2), [])
    assert json.loads(json.dumps(frame.attrs["imgurdata"])) == frame.attrs["imgurdata"]
