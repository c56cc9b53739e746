"""Ctrl-C beside requests: what was sent is kept, nothing stays held, closing waits for it."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

import imgurdata as imd
from imgurdata._interrupts import cancel_event
from imgurdata.errors import ImgurDataError
from imgurdata.http import in_flight
from imgurdata.http.in_flight import InFlight
from imgurdata.http.store import RequestSpec
from imgurdata.http.transport import Transport
from imgurdata.sandbox import Sandbox

PATH = "/3/gallery/hot/viral/day/0"


class Gate:
    """Holds up a session's requests until somebody opens it."""

    def __init__(self, session: imd.ImgurSession, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent, self.open = threading.Event(), threading.Event()
        self.threads: list[threading.Thread] = []
        transport = session.get_adapter(session.base_url + "/")
        send = type(transport)._send_signed

        def held_up(transport, *args):
            self.threads.append(threading.current_thread())
            send(transport, *args)
            self.sent.set()
            assert self.open.wait(60)

        monkeypatch.setattr(type(transport), "_send_signed", held_up)

    def interrupt_when_sent(self) -> None:
        """Send the main thread an interrupt as soon as a request was sent."""

        def wait_and_interrupt() -> None:
            assert self.sent.wait(60)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        threading.Thread(target=wait_and_interrupt, daemon=True).start()


def until(true) -> None:
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.mark.parametrize("ask", ["get", "fetch", "credits", "post"])
def test_an_interrupted_request_comes_to_its_end(
    sandbox: Sandbox, connect, monkeypatch, ask
) -> None:
    session = connect()
    gate = Gate(session, monkeypatch)
    gate.interrupt_when_sent()
    calls = {
        "get": lambda: session.get(PATH),
        "fetch": lambda: session.fetch(PATH),
        "credits": lambda: session.fetch("/3/credits"),
        "post": lambda: session.post("/3/gallery/abcdefg/vote/up"),
    }
    with pytest.raises(KeyboardInterrupt):
        calls[ask]()
    assert gate.threads[0] is not threading.main_thread()
    assert gate.threads[0].daemon
    gate.open.set()
    until(lambda: not session._in_flight._requests)
    assert len(session.credits.history()) == len(sandbox.requests) == 1
    with session.credits.budget(1):  # nothing is held any more: it need not wait
        assert session.get("/3/gallery/top").status_code == 200
    if ask in {"get", "fetch"}:
        assert session.get(PATH).from_cache


def test_a_wait_ends_with_the_interrupt(sandbox: Sandbox, connect, monkeypatch) -> None:
    session = connect(on_limit="wait", max_wait="2h")
    waits = threading.Event()
    over: list[bool] = []

    def sleep(seconds: float, stop: threading.Event | None = None) -> None:
        assert stop is not None
        waits.set()
        over.append(stop.wait(60))

    monkeypatch.setattr(session.clock, "sleep", sleep)
    sandbox.fail(429)
    threading.Thread(target=lambda: (waits.wait(60), _thread.interrupt_main()), daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        session.get(PATH)
    until(lambda: not session._in_flight._requests)
    assert over == [True]
    assert len(sandbox.requests) == 1


def test_closing_waits_for_what_was_sent(sandbox: Sandbox, connect, monkeypatch, tmp_path) -> None:
    file = tmp_path / "kept.sqlite"
    session = connect(cache=file)
    gate = Gate(session, monkeypatch)
    gate.interrupt_when_sent()
    with pytest.raises(KeyboardInterrupt):
        session.get(PATH)
    threading.Timer(0.1, gate.open.set).start()
    session.close()
    again = connect(cache=file)
    assert again.get(PATH).from_cache
    assert len(again.credits.history()) == 1


def test_closing_sends_nothing_new(sandbox: Sandbox, connect, monkeypatch) -> None:
    session = connect()
    ((page,),) = session.resolve([RequestSpec("0", PATH)])
    close, failed = Transport.close, []

    def meanwhile(transport: Transport) -> None:
        with ThreadPoolExecutor(1) as pool:
            failed.append(pool.submit(session.fetch_resolved, page).exception(30))
        close(transport)

    monkeypatch.setattr(Transport, "close", meanwhile)
    session.close()
    assert isinstance(failed[0], ImgurDataError)
    assert "is closed" in str(failed[0])
    assert not sandbox.requests


def test_closing_waits_so_long_and_no_longer(monkeypatch) -> None:
    monkeypatch.setattr(in_flight, "_MAX_WAIT", 0.05)
    requests, never = InFlight(), threading.Event()
    threading.Thread(target=requests.run, args=(lambda: never.wait(60),), daemon=True).start()
    until(lambda: len(requests._requests) == 1)
    requests.close()
    never.set()


def test_who_waits_for_another_thread_ends_with_its_pull() -> None:
    requests: InFlight[int] = InFlight()
    sent, answered, stop = threading.Event(), threading.Event(), threading.Event()

    def send() -> int:
        sent.set()
        return answered.wait(30)

    context = copy_context()
    context.run(cancel_event.set, stop)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(requests.run, send, "k")
        assert sent.wait(30)
        second = pool.submit(context.run, requests.run, send, "k")
        stop.set()
        with pytest.raises(ImgurDataError, match="The pull was ended while it waited"):
            second.result(30)
        answered.set()
        assert first.result(30)


def test_only_the_main_thread_has_its_requests_sent_by_another(connect, monkeypatch) -> None:
    session = connect()
    gate = Gate(session, monkeypatch)
    gate.open.set()
    session.get(PATH)
    before = list(gate.threads)
    monkeypatch.setattr(threading, "Thread", None)  # a fresh answer needs none
    assert session.get(PATH).from_cache
    monkeypatch.undo()
    assert gate.threads == before
    other = connect(cache="memory")
    gate = Gate(other, monkeypatch)
    gate.open.set()
    asking = threading.Thread(target=other.get, args=(PATH,))
    asking.start()
    asking.join(60)
    assert gate.threads == [asking]


def test_errors_of_the_request_are_raised_where_it_was_asked_for() -> None:
    def fail() -> None:
        raise ValueError("mine")

    requests = InFlight()
    with pytest.raises(ValueError, match="mine"):
        requests.run(fail)
    assert not requests._requests
    assert requests.run(lambda: 7) == 7
