"""Ctrl-C is raised where the program chooses, and never lost."""

from __future__ import annotations

import signal
import threading

import pytest

from imgurdata._interrupts import defer_sigint


def test_interrupt_waits_for_the_check() -> None:
    with defer_sigint() as interrupts:
        signal.raise_signal(signal.SIGINT)
        assert interrupts.pending
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
        assert not interrupts.pending
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_is_raised_at_the_end_of_the_block_at_the_latest() -> None:
    steps = []

    def work() -> None:
        with defer_sigint():
            signal.raise_signal(signal.SIGINT)
            steps.append("after the signal")
        steps.append("after the block")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["after the signal"]


def test_inner_block_raises_interrupts_as_well() -> None:
    with defer_sigint() as outer, defer_sigint() as inner:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            inner.check()
        assert not outer.pending


def test_handler_of_somebody_else_is_called_and_restored() -> None:
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append("called"))
    handler = signal.getsignal(signal.SIGINT)
    try:
        with defer_sigint() as interrupts:
            signal.raise_signal(signal.SIGINT)
            assert came == []
            interrupts.check()
            assert came == ["called"]
        assert came == ["called"]
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_have_nothing_to_defer() -> None:
    handlers = []

    def work() -> None:
        with defer_sigint() as interrupts:
            interrupts.check()
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
