"""Requests for which Imgur had nothing (404): asked again, each would cost a credit."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from imgurdata._format import duration_text
from imgurdata.errors import NotFound, redact
from imgurdata.http.cache import AnswerCache

__all__ = ["Absent", "remembered_error"]

#: Most requests that are remembered in memory; the oldest go first.
_MOST = 50_000
#: Longest reason that is kept, in characters.
_LONGEST = 200


class Absent:
    """Memory of what Imgur has not, by the cache key of the request.

    Kept in the file of the cache where that can hold it, else in memory as long as the session.

    Parameters
    ----------
    cache : requests_cache.BaseCache
        The session's cache.
    """

    def __init__(self, cache: Any) -> None:
        self._file = cache if isinstance(cache, AnswerCache) else None
        self._lock = threading.Lock()
        self._noted: dict[str, tuple[float, str]] = {}

    def note(self, key: str, checked_at: float, reason: str) -> None:
        """Remember that Imgur has nothing under a key.

        Parameters
        ----------
        key : str
            Cache key of the request.
        checked_at : float
            When Imgur said so, by the session's clock.
        reason : str
            What Imgur said.
        """
        reason = reason[:_LONGEST]
        if self._file is not None:
            self._file.note_missing(key, checked_at, reason)
            return
        with self._lock:
            self._noted.pop(key, None)
            self._noted[key] = (checked_at, reason)
            if len(self._noted) > _MOST:
                del self._noted[next(iter(self._noted))]

    def find(self, keys: Sequence[str]) -> dict[str, tuple[float, str]]:
        """Return time and reason of those keys for which Imgur had nothing."""
        if self._file is not None:
            return self._file.missing(keys)
        with self._lock:
            return {key: self._noted[key] for key in keys if key in self._noted}

    @property
    def in_memory(self) -> bool:
        """Whether something is remembered in memory."""
        return bool(self._noted)

    def forget(self, key: str) -> None:
        """Forget a key in memory: Imgur has answered. The file does so itself."""
        with self._lock:
            self._noted.pop(key, None)

    def clear(self) -> None:
        """Forget what is remembered in memory; the file's is forgotten with its answers."""
        with self._lock:
            self._noted.clear()


def remembered_error(path: str, noted: tuple[float, str], now: float) -> NotFound:
    """Return the error of a request for which Imgur had nothing a while ago.

    Parameters
    ----------
    path : str
        Path of the request.
    noted : tuple of float and str
        When Imgur said so, and what.
    now : float
        The session's clock.
    """
    checked_at, reason = noted
    said = f"Imgur said {reason!r}" if reason else "Imgur had nothing"
    return NotFound(
        f"{said} for {redact(path, 300)} {duration_text(abs(now - checked_at))} ago (status 404). "
        "It may have been deleted, made private, or marked mature. A session with max_age=0 asks "
        "again.",
        status=404,
        reason=reason,
        request=path,
    )
