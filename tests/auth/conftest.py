"""Ports to listen on, and a flow whose timer a test fires by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ports import a_free_port


@pytest.fixture
def port() -> int:
    return a_free_port()


class Timers:
    """Stands for ``threading.Timer``: nothing counts until :meth:`fire`."""

    def __init__(self) -> None:
        self.running: list[Timers.One] = []

    class One:
        """One timer."""

        def __init__(self, timers: Timers, seconds: float, work: Callable[[], None]) -> None:
            self.timers, self.seconds, self.work = timers, seconds, work
            self.daemon = False

        def start(self) -> None:
            self.timers.running.append(self)

        def cancel(self) -> None:
            if self in self.timers.running:
                self.timers.running.remove(self)

    def __call__(self, seconds: float, work: Callable[[], None]) -> One:
        return self.One(self, seconds, work)

    def fire(self) -> None:
        """Let the time of the running one be over."""
        self.running.pop().work()


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture
def payloads() -> Path:
    folder = os.environ.get("IMGURDATA_PAYLOADS")
    if not folder:
        pytest.skip("$IMGURDATA_PAYLOADS names no folder of recorded answers")
    return Path(folder)
