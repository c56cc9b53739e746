"""Confirmations that wait to be written together: a write for each would cost 4 kB on disk.

They are shared by all sessions of this process that use one file, so that none asks again what
another was just told. Other processes see them after half a second at most; kill -9 loses what
waits, which costs one more 304 for each, and never an answer.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["Checked", "PendingChecks"]

#: When a confirmation was: in the session's clock, and in Imgur's words (its ``Date``).
Checked = tuple[float | None, str | None]

#: They are written after so many, or so many seconds.
MOST = 256
SECONDS = 0.5

_by_file: weakref.WeakValueDictionary[str, PendingChecks] = weakref.WeakValueDictionary()
_by_file_lock = threading.Lock()


class PendingChecks:
    """Those of one file; by key, the newest of each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Checked] = {}
        self._timer: threading.Timer | None = None
        self._written_at = float("-inf")

    @staticmethod
    def of(path: Path) -> PendingChecks:
        """The one that everybody in this process shares who uses this file."""
        name = str(path.resolve())
        with _by_file_lock:
            found = _by_file.get(name)
            if found is None:
                found = _by_file[name] = PendingChecks()
            return found

    def add(self, key: str, checked: Checked, flush: Callable[[], None]) -> None:
        """Take one up; ``flush`` (a bound method) is called now or soon.

        Now where none was written for a while, so that a single one is seen by other processes at
        once; or where many wait.
        """
        with self._lock:
            self._waiting[key] = checked
            now = time.monotonic() - self._written_at > SECONDS or len(self._waiting) >= MOST
            if not now and self._timer is None:
                # Weak: a timer must not keep open a cache that nobody uses any more.
                self._timer = threading.Timer(SECONDS, _call, (weakref.WeakMethod(flush),))
                self._timer.daemon = True
                self._timer.start()
        if now:
            flush()

    def get(self, key: str) -> Checked | None:
        """The one of an answer, if it waits.

        To be asked before the file is read: it is taken away after it was written.
        """
        return self._waiting.get(key)

    def all(self) -> dict[str, Checked]:
        """What waits now."""
        with self._lock:
            return dict(self._waiting)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop what was told of answers that are replaced or gone."""
        with self._lock:
            for key in keys:
                self._waiting.pop(key, None)

    def flushing(self) -> bool:
        """Stop the clock; whether there is anything to write."""
        with self._lock:
            timer, self._timer = self._timer, None
            self._written_at = time.monotonic()
        if timer is not None:
            timer.cancel()
        return bool(self._waiting)

    def written(self, done: dict[str, Checked]) -> None:
        """These are on disk."""
        with self._lock:
            for key, checked in done.items():
                if self._waiting.get(key) is checked:
                    del self._waiting[key]


def _after_fork_in_child() -> None:
    """Begin anew: what waits is the parent's, and so may be whoever holds a lock."""
    global _by_file, _by_file_lock
    _by_file = weakref.WeakValueDictionary()
    _by_file_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _call(flush: weakref.WeakMethod[Callable[[], None]]) -> None:
    if (alive := flush()) is not None:
        alive()
