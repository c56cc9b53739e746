"""A clock that tests move."""

from __future__ import annotations

__all__ = ["Clock"]


class Clock:
    """Stands where it is put; sleeping moves it on."""

    def __init__(self, now: float = 1_772_388_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    monotonic = now

    def sleep(self, seconds: float, stop: object = None) -> None:
        self.time += seconds
