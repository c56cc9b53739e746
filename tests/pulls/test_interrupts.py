"""Whatever ends a pull, `.partial` is there; an interrupt is raised where it harms nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any
from unittest import mock

import processes
import pytest
from tqdm.auto import tqdm
from worlds import World, in_any_order

import imgurdata as imd
from imgurdata.errors import ConnectionFailed, NotFound
from imgurdata.model.frames import FrameBuilder
from imgurdata.pulls import run

PAGES = [[f"post{n}0", f"post{n}1"] for n in range(5)]


def ids(pages: int) -> list[str]:
    """All ids of the first pages."""
    return [one for page in PAGES[:pages] for one in page]


class Stubborn(Exception):
    """Takes no frame."""

    partial = property(lambda _: None)


@pytest.mark.decision("interrupt-keeps-what-came")
@pytest.mark.parametrize(
    "kind",
    [KeyboardInterrupt, SystemExit, asyncio.CancelledError, MemoryError, RecursionError,
     ZeroDivisionError, ConnectionFailed, NotFound, Stubborn],
)  # fmt: skip
@pytest.mark.parametrize("where", ["request", "decoding", "progress"])
def test_whatever_ends_a_pull_carries_what_came(kind: type[BaseException], where: str) -> None:
    world, calls = World(PAGES, 1, credits_left=9), 0

    def fail_third(original: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 3:
                raise kind("broken")
            return original(*args, **options)

        return call

    what = {
        "request": mock.patch.object(world, "fetch_resolved", fail_third(world.fetch_resolved)),
        "decoding": mock.patch.object(FrameBuilder, "add", fail_third(FrameBuilder.add)),
        "progress": mock.patch.object(tqdm, "update", fail_third(lambda *_: None)),
    }[where]
    with what, pytest.raises(kind) as caught:
        imd.Pull("gallery", pages=5).run(world, progress=where == "progress")
    if kind is Stubborn:
        return
    partial = caught.value.partial
    story, whole = partial.attrs["imgurdata"], 3 if where == "progress" else 2
    assert story["complete"] is False
    # An interrupt keeps what has come and was not used yet, too.
    assert story["pages"] >= whole if kind is KeyboardInterrupt else story["pages"] == whole
    assert partial["id"].tolist() == ids(story["pages"])


def test_what_keeps_a_frame_from_being_made_is_not_hidden() -> None:
    with (
        mock.patch.object(FrameBuilder, "frame", side_effect=MemoryError("full")),
        pytest.raises(MemoryError, match="full") as caught,
    ):
        imd.Pull("gallery").run(World(PAGES, 1), progress=False)
    assert caught.value.partial.empty
    assert caught.value.partial.attrs["imgurdata"]["complete"] is False


@pytest.mark.decision("interrupt-keeps-what-came")
@pytest.mark.parametrize("pages", [1, 3])
@pytest.mark.parametrize("where", ["_make_frame", "_load_list", "check_affordable", "end"])
def test_an_interrupt_at_any_moment_has_a_partial_and_says_so(pages: int, where: str) -> None:
    world = World(PAGES, 2, credits_left=9)

    def interrupting(original: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)  # an impatient person
            return original(*args, **options)

        return call

    target = {"check_affordable": run, "end": world.session_log}.get(where, run.Run)
    name = "note_pull" if where == "end" else where
    before = signal.getsignal(signal.SIGINT)
    with (
        mock.patch.object(target, name, interrupting(getattr(target, name))),
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        imd.Pull("gallery", pages=pages).run(world, progress=False)
    partial = caught.value.partial
    assert partial.attrs["imgurdata"]["complete"] is False
    assert f"{len(partial)} rows in .partial" in str(caught.value)
    assert "the same call goes on from there" in str(caught.value)
    assert signal.getsignal(signal.SIGINT) is before
    if where in ("_make_frame", "end"):
        assert partial["id"].tolist() == ids(pages)


def interrupted_while_first_is_used(world: World) -> Any:
    """Load five pages, interrupted while the first is used, when all that is in flight comes."""
    add = FrameBuilder.add

    def interrupted(self: FrameBuilder, *args: Any, **options: Any) -> int:
        if pools[0]._started and 0 in world.asked:
            signal.raise_signal(signal.SIGINT)
            pools[0].finish()
        return add(self, *args, **options)

    with in_any_order([]) as pools, mock.patch.object(FrameBuilder, "add", interrupted):
        return imd.Pull("gallery", pages=5).run(world, progress=False)


@pytest.mark.decision("interrupt-keeps-what-came")
@pytest.mark.parametrize(("failing", "kept"), [(None, 4), (2, 2)])
def test_after_an_interrupt_nothing_is_sent_and_no_failure_counts(failing, kept: int) -> None:
    world = World(PAGES, 3, failing, credits_left=9)
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted_while_first_is_used(world)
    assert caught.value.partial["id"].tolist() == ids(kept)
    assert sorted(world.asked) == [0, 1, 2, 3]


def test_a_handler_of_interrupts_that_returns_lets_a_pull_go_on() -> None:
    before, calls = signal.signal(signal.SIGINT, lambda *_: calls.append(1)), []
    try:
        frame = interrupted_while_first_is_used(World(PAGES, 1, credits_left=9))
    finally:
        signal.signal(signal.SIGINT, before)
    assert calls
    assert frame["id"].tolist() == ids(5)


@pytest.mark.parametrize("where", ["running", "check_open", "note_pull"])
def test_what_a_handler_of_another_signal_raises_has_a_partial(where: str) -> None:
    world = World(PAGES, 1, credits_left=9)

    def alarming(*_: Any, **__: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)

    def handler(*_: Any) -> None:
        raise ZeroDivisionError("alarm")

    before = signal.signal(signal.SIGTERM, handler)
    target = {"note_pull": world.session_log}.get(where, world)
    try:
        with (
            mock.patch.object(target, where, alarming),
            pytest.raises(ZeroDivisionError) as caught,
        ):
            imd.Pull("gallery", pages=3).run(world, progress=False)
    finally:
        signal.signal(signal.SIGTERM, before)
    partial = caught.value.partial
    assert partial.attrs["imgurdata"]["complete"] is False
    assert partial["id"].tolist() == (ids(3) if where == "note_pull" else [])


def test_an_interrupt_while_the_arguments_are_read_has_a_partial() -> None:
    def endless() -> Any:
        yield "abcde"
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        imd.load_album_images(endless(), session=World(PAGES, 1))
    assert caught.value.partial.columns[0] == "post_id"


_SCRIPT = """
import os, random, signal, sys, threading, time
import imgurdata as imd
from imgurdata.sandbox import Sandbox

draw = random.Random(int(sys.argv[1]))
with Sandbox(limits={"user": 100_000, "client": 100_000}) as sandbox:
    session = imd.connect(sandbox=sandbox, default=False)
    done = 0
    while done < 12:
        pages, delay = draw.choice([1, 4, 4]), draw.random() * 0.03
        if draw.random() < 0.5:
            session.clear_cache()
        shooter = threading.Thread(
            target=lambda: (time.sleep(delay), os.kill(os.getpid(), signal.SIGINT))
        )
        try:
            shooter.start()
            imd.load_gallery(pages=pages, session=session, progress=False)
            shooter.join()
        except KeyboardInterrupt as stopped:
            inside, trace = False, stopped.__traceback__
            while trace is not None:
                inside |= "imgurdata" in trace.tb_frame.f_code.co_filename
                trace = trace.tb_next
            if inside:
                assert stopped.partial.attrs["imgurdata"]["complete"] is False
                assert len(stopped.partial) % 60 == 0
        shooter.join()
        while any(thread.name.startswith("imgurdata_") for thread in threading.enumerate()):
            time.sleep(0.005)
        assert not session.credits.in_flight, "a reservation is left"
        done += 1
    assert len(imd.load_gallery(pages=4, session=session, progress=False)) == 240
    session.close()
print("held")
"""


@pytest.mark.decision("interrupt-keeps-what-came")
def test_real_interrupts_leave_nothing_behind() -> None:
    seed = int.from_bytes(os.urandom(3), "big")
    ended = processes.run(_SCRIPT, seed, timeout=300)
    assert ended.stdout.strip() == "held", (seed, ended.stderr[-2000:])
