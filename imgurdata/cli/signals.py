"""Ctrl-C and SIGTERM on the command line."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from imgurdata.cli.output import discard_unfinished
from imgurdata.cli.terminal import print_error

__all__ = ["Terminated", "orderly_end"]

#: ``timeout`` and process groups send one signal twice within moments; in seconds.
_SAME_SIGNAL = 0.05


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command like Ctrl-C."""


@contextlib.contextmanager
def orderly_end() -> Iterator[None]:
    """Handle SIGTERM like Ctrl-C inside the block, and end the process at the second signal.

    The library defers Ctrl-C where an interrupt would lose data; SIGTERM, which raises
    `Terminated`, is deferred with it. A thread waits for the second signal, so that it works
    whatever the main thread is doing. Half-written files are deleted, nothing else is cleaned up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # Shells let background processes ignore Ctrl-C.
    ignores_sigint = previous[signal.SIGINT] == signal.SIG_IGN

    def on_sigint(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            raise Terminated
        if not ignores_sigint:
            raise KeyboardInterrupt

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        # The current handler of Ctrl-C may defer it.
        handler: Any = signal.getsignal(signal.SIGINT)
        handler(number, frame)

    with _end_at_second({signal.SIGTERM} if ignores_sigint else set(previous)):
        signal.signal(signal.SIGINT, on_sigint)
        signal.signal(signal.SIGTERM, on_sigterm)
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _end_at_second(signals: set[signal.Signals]) -> Iterator[None]:
    """End the process at the second of these signals."""
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    # Python writes the number of each signal to this socket.
    previous = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_watch, args=(receiver, signals), daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        sender.close()
        thread.join()
        receiver.close()


def _watch(receiver: socket.socket, signals: set[signal.Signals]) -> None:
    first: float | None = None
    while numbers := receiver.recv(64):
        for number in numbers:
            if number not in signals:
                continue
            now = time.monotonic()
            if first is None:
                first = now
            elif now - first > _SAME_SIGNAL:
                discard_unfinished()
                print_error("imgurdata: ended at once; responses in flight are lost.")
                os._exit(128 + number)
