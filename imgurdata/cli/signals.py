"""Ctrl-C and SIGTERM on the command line."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

__all__ = ["Terminated", "orderly_end"]

#: ``timeout`` and process groups send one signal twice within moments; nobody types so fast.
_ONE_PRESS = 0.05


class Terminated(KeyboardInterrupt):
    """SIGTERM came: what was begun is brought to an end as after Ctrl-C."""


@contextlib.contextmanager
def orderly_end(last_words: Callable[[], None]) -> Iterator[None]:
    """Inside the block, SIGTERM takes the same way as Ctrl-C, and a second signal ends at once.

    The library defers Ctrl-C while an interrupt would lose something; SIGTERM, which raises
    `Terminated`, is deferred with it. A thread hears of the second one, so that it works whatever
    the main thread is doing.

    Parameters
    ----------
    last_words : callable
        Called before the process ends at once; nothing else is cleaned up then.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # A shell has the programs that it starts in the background ignore Ctrl-C.
    deaf = before[signal.SIGINT] == signal.SIG_IGN

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            raise Terminated
        if not deaf:
            raise KeyboardInterrupt

    def terminate(number: int, frame: FrameType | None) -> None:
        # Whoever handles Ctrl-C at this moment.
        handler: Any = signal.getsignal(signal.SIGINT)
        handler(number, frame)

    with _watched({signal.SIGTERM} if deaf else set(before), last_words):
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, terminate)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _watched(numbers: set[signal.Signals], last_words: Callable[[], None]) -> Iterator[None]:
    """End the process when the second of these signals comes."""
    heard, told = socket.socketpair()
    told.setblocking(False)
    # Python writes the number of each signal there.
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    watch = threading.Thread(target=_watch, args=(heard, numbers, last_words), daemon=True)
    watch.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        told.close()
        watch.join()
        heard.close()


def _watch(
    heard: socket.socket, numbers: set[signal.Signals], last_words: Callable[[], None]
) -> None:
    first: float | None = None
    while came := heard.recv(64):
        for number in came:
            if number not in numbers:
                continue
            now = time.monotonic()
            if first is None:
                first = now
            elif now - first > _ONE_PRESS:
                last_words()
                os._exit(128 + number)
