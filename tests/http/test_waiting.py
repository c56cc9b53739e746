"""Waiting aloud: what people see, in a terminal and in a log, and how it ends."""

from __future__ import annotations

import datetime as dt
import io
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from subprocess import PIPE

import pytest
from processes import start

import imgurdata as imd
from imgurdata._interrupts import cancel_event
from imgurdata.errors import CreditsExhausted, OverCapacity
from imgurdata.http.retry import Waiting
from imgurdata.sandbox import Sandbox

NOW = dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC)


class Clock:
    """Time goes by when somebody sleeps."""

    def __init__(self) -> None:
        self.time = NOW.timestamp()
        self.slept: list[float] = []
        self.stop_after: int | None = None

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self.slept.append(seconds)
        self.time += seconds
        if stop is not None and len(self.slept) == self.stop_after:
            stop.set()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def spent(minutes: float) -> CreditsExhausted:
    return CreditsExhausted("Spent.", reset_at=NOW + dt.timedelta(minutes=minutes))


@pytest.mark.decision("on-limit-wait")
def test_in_a_terminal_one_sees_the_time_go(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, clock = Terminal(), Clock()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("tqdm.std.tqdm.monitor_interval", 0)
    Waiting(clock, 900).for_credits(spent(10))
    shown = terminal.getvalue()
    assert "Going on at 18:10 UTC, in 10:01" in shown
    assert clock.slept == [1.0] * 601


@pytest.mark.decision("on-limit-wait")
def test_a_log_hears_of_it_now_and_then(caplog) -> None:
    clock = Clock()
    Waiting(clock, 9000).for_credits(spent(60))
    output = [record.message for record in caplog.records]
    assert output[0] == "Spent. Waiting 60 min; interrupt to stop."
    assert output[1:3] == ["Still waiting: 54 min to go.", "Still waiting: 48 min to go."]
    assert len(output) == 9
    assert sum(clock.slept) == 3601


@pytest.mark.decision("on-limit-wait")
def test_a_short_pause_is_one_line(caplog) -> None:
    clock = Clock()
    Waiting(clock, 900).before_retry(1.5, OverCapacity("Over capacity.", status=503))
    assert [record.message for record in caplog.records] == [
        "Over capacity. Trying again in 1.5 s."
    ]
    assert clock.slept == [1.5]


@pytest.mark.decision("on-limit-wait")
@pytest.mark.parametrize("error", [spent(16), CreditsExhausted("Spent.")])
def test_too_long_or_nobody_knows_how_long_is_not_waited_for(error, caplog) -> None:
    clock = Clock()
    with pytest.raises(CreditsExhausted):
        Waiting(clock, 900).for_credits(error)
    assert clock.slept == []
    assert caplog.records == []


@pytest.mark.decision("on-limit-wait")
def test_who_wakes_up_late_has_waited_enough() -> None:
    clock = Clock()
    sleep = clock.sleep

    def suspended(seconds: float, stop: threading.Event | None = None) -> None:
        sleep(seconds + 1000 * (len(clock.slept) == 3), stop)

    clock.sleep = suspended  # type: ignore[method-assign]
    Waiting(clock, 900).for_credits(spent(10))
    assert clock.slept == [1.0, 1.0, 1.0, 1001.0]


@pytest.mark.decision("on-limit-wait")
def test_of_many_threads_one_counts_and_a_given_up_pull_leaves(caplog) -> None:
    clock, stop, context = Clock(), threading.Event(), copy_context()
    context.run(cancel_event.set, stop)
    clock.stop_after = 5
    waiting = Waiting(clock, 900)
    with ThreadPoolExecutor(4) as pool:
        ends = [pool.submit(context.copy().run, waiting.for_credits, spent(10)) for _ in range(4)]
        for end in ends:
            with pytest.raises(CreditsExhausted):
                end.result(timeout=20)
    assert len(clock.slept) == 5
    assert caplog.text.count("Waiting 10 min") == 1


@pytest.mark.decision("on-limit-wait")
def test_who_waits_for_its_turn_leaves_too() -> None:
    stop, context = threading.Event(), copy_context()
    context.run(cancel_event.set, stop)
    waiting = Waiting(Clock(), 900)
    with ThreadPoolExecutor(1) as pool, waiting._turn:
        end = pool.submit(context.run, waiting.for_credits, spent(10))
        stop.set()
        with pytest.raises(CreditsExhausted):
            end.result(timeout=20)


SCRIPT = """
import sys, imgurdata as imd
session = imd.connect(sys.argv[1], base_url=sys.argv[2], on_limit="wait", max_wait="2h", workers=3)
try:
    imd.load_gallery(pages=6, session=session)
except KeyboardInterrupt as stopped:
    print("stopped")
"""


@pytest.mark.decision("on-limit-wait")
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_a_wait_of_a_real_process(own_home) -> None:
    with Sandbox(now=dt.datetime.now(dt.UTC), limits={"user": 2}) as sandbox:
        process = start(SCRIPT, sandbox.client_id, sandbox.url, stdout=PIPE, stderr=PIPE)
        assert process.stderr is not None
        first = process.stderr.readline()
        assert "Waiting 60 min; interrupt to stop." in first
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (out, process.returncode) == ("stopped\n", 0), err
        assert sandbox.spent == 2


@pytest.mark.decision("on-limit-wait")
@pytest.mark.parametrize(
    ("limits", "enough", "message"),
    [
        (
            {"user": 1},
            "1h",
            "This user's credits of the hour are used up; they come back at 19:00 UTC (in 60 min).",
        ),
        (
            {"client": 1},
            "24h",
            "The application's credits of the day are used up; they come back at 2026-03-02 18:00 UTC (in 24.0 h).",  # noqa: E501
        ),
    ],
)
def test_what_is_said_when_a_limit_is_hit(
    connect, monkeypatch: pytest.MonkeyPatch, limits, enough: str, message: str
) -> None:
    monkeypatch.setattr("imgurdata.http.retry._TICK", 60.0)  # a day has many seconds
    free = " What is cached stays free: offline=True"
    advice = f'{free}; connect(on_limit="wait", max_wait="{enough}") waits.'
    with Sandbox(limits=limits) as sandbox:
        session = connect(sandbox=sandbox)
        with pytest.raises(CreditsExhausted) as caught:
            imd.load_gallery(pages=2, session=session)
        assert str(caught.value) == message + advice
        # Who waits already reads what would be enough, before and in the midst of a pull.
        waits = connect(sandbox=sandbox, on_limit="wait", max_wait="15min")
        with pytest.raises(CreditsExhausted) as caught:
            waits.get("/3/gallery/top")
        long = "60 min" if enough == "1h" else "24.0 h"
        assert str(caught.value) == (
            f'{message} To wait {long} is more than max_wait="15min" allows; '
            f'max_wait="{enough}" would do.{free}.'
        )
        with pytest.raises(CreditsExhausted, match=f'max_wait="15min" is too .* "{enough}" would'):
            imd.load_gallery("top", session=waits)
        enough_ = connect(sandbox=sandbox, on_limit="wait", max_wait=enough)
        assert len(imd.load_gallery("top", session=enough_)) > 0


@pytest.mark.decision("on-limit-wait")
def test_what_is_said_when_the_posts_of_the_hour_are_spent(connect, caplog) -> None:
    with Sandbox(limits={"post": 0}) as sandbox:
        session = connect(sandbox=sandbox)
        said = r"POSTs of the hour are used up; they come back at 19:00 UTC \(in 60 min\)\."
        for _ in range(2):
            with pytest.raises(CreditsExhausted, match=said):
                session.post("/3/image")
        assert [row.status for row in sandbox.requests] == [429]
        assert "0 of 0 POSTs" not in repr(session.credits)
        waits = connect(sandbox=sandbox, on_limit="wait", max_wait="1h")
        with pytest.raises(CreditsExhausted):  # this sandbox never gives any
            waits.post("/3/image")
        assert caplog.text.count("Waiting 60 min") == 2
