"""Whether a stored answer may still be used: decided when reading, by this session's max_age.

Nothing is written into the store about how long an answer lives: the session that reads knows how
fresh it wants it, and its clock, not the one of the session that wrote.
"""

from __future__ import annotations

import copy
import enum
from typing import Any

from requests_cache.models.response import CachedResponse

from imgurdata.bundle.backend import BundleCache
from imgurdata.http.cache import CHECKED_AT, AnswerCache, Found

__all__ = ["State", "confirmation", "decide", "is_absent", "look_up"]


class State(enum.Enum):
    """What has to be done for an answer."""

    FRESH = "fresh"
    """It is stored and young enough: no request."""
    STALE = "stale"
    """It is stored; Imgur is asked whether it still holds (If-None-Match)."""
    STALE_NO_VALIDATOR = "stale, without a validator"
    """It is stored, but has no ETag: it can only be fetched anew."""
    MISSING = "missing"
    """It is not stored."""


def decide(
    confirmed: tuple[float, bool] | None, *, now: float, max_age: float, offline: bool = False
) -> State:
    """What has to be done for an answer.

    Parameters
    ----------
    confirmed
        When Imgur last confirmed it (epoch seconds), and whether it has an ETag; None: not stored.
    now
        The session's clock.
    max_age
        Seconds for which this session takes an answer as it is.
    offline
        Then any stored answer will do.
    """
    if confirmed is None:
        return State.MISSING
    checked_at, has_validator = confirmed
    # abs: a confirmation from the future (a clock was set back) must not stay fresh until then.
    if offline or abs(now - checked_at) < max_age:
        return State.FRESH
    return State.STALE if has_validator else State.STALE_NO_VALIDATOR


def is_absent(
    noted: tuple[float, str],
    confirmed: tuple[float, bool] | None,
    *,
    now: float,
    max_age: float,
    offline: bool = False,
) -> bool:
    """Return whether a remembered 404 still holds: young enough, and newer than what is stored.

    Parameters
    ----------
    noted : tuple of float and str
        When Imgur said so, and what.
    confirmed : tuple of float and bool, optional
        Of the stored answer, as in :func:`decide`; None: not stored.
    now, max_age, offline
        As in :func:`decide`.
    """
    state = decide((noted[0], False), now=now, max_age=max_age, offline=offline)
    return state is State.FRESH and (confirmed is None or noted[0] >= confirmed[0])


def confirmation(cache: Any, key: str) -> tuple[float, bool] | None:
    """When a stored answer was confirmed, whatever requests-cache backend holds it."""
    if isinstance(cache, (AnswerCache, BundleCache)):
        return cache.confirmation(key)
    found = look_up(cache, key)
    return found.confirmed if found is not None else None


def look_up(cache: Any, key: str) -> Found | StoredEntry | None:
    """A stored answer and when it was confirmed, whatever requests-cache backend holds it."""
    if isinstance(cache, AnswerCache):
        return cache.find(key)
    response = cache.get_response(key)
    return StoredEntry(response) if response is not None else None


class StoredEntry:
    """An answer from a backend that is not ours."""

    __slots__ = ("_response",)

    def __init__(self, response: CachedResponse) -> None:
        self._response = response

    @property
    def confirmed(self) -> tuple[float, bool]:
        """When Imgur confirmed it, and whether it has a validator."""
        headers = self._response.headers
        try:
            checked_at = float(headers[CHECKED_AT])
        except (KeyError, ValueError):
            checked_at = float("-inf")
        return checked_at, bool(headers.get("ETag") or headers.get("Last-Modified"))

    def response(self) -> CachedResponse:
        """It, or rather a copy: a backend in memory gives out the very object it keeps."""
        response = copy.copy(self._response)
        # On which requests-cache has noted an earlier 304, which is not this time's.
        response.revalidated = False
        return response
