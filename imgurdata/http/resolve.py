"""Decide whether a stored answer may still be used: when reading, by the session's ``max_age``.

Nothing is written into the store about how long an answer lives: the session that reads knows how
fresh it wants it, and its clock, not the one of the session that wrote.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from requests import PreparedRequest

from imgurdata.endpoints import canonical
from imgurdata.http.arguments import CacheMode
from imgurdata.http.store import Absence, Stored

__all__ = ["RequestSpec", "Resolved", "State", "decide"]


class State(enum.Enum):
    """State of an answer in the cache."""

    FRESH = "fresh"
    """It is stored and young enough: no request."""
    STALE = "stale"
    """It is stored, and has to be revalidated (If-None-Match)."""
    STALE_NO_VALIDATOR = "stale, without a validator"
    """It is stored, but has no ETag: it can only be fetched anew."""
    MISSING = "missing"
    """It is not stored."""


def decide(
    cached: Stored | Absence | None, *, now: float, max_age: float, offline: bool = False
) -> tuple[State, Stored | Absence | None]:
    """Return what has to be done for an answer, and what of the cache counts for it.

    Parameters
    ----------
    cached : Stored, Absence or None
        What the cache knows of it.
    now : float
        The session's clock, in epoch seconds.
    max_age : float
        Seconds for which this session uses an answer without asking.
    offline : bool
        Then any stored answer will do.
    """
    if cached is None:
        return State.MISSING, None
    # A confirmation from the future (a clock was set back) must not stay fresh until then.
    if offline or abs(now - cached.checked_at) < max_age:
        return State.FRESH, cached
    if isinstance(cached, Absence):
        # An absence is newer than the answer before it, which is therefore stale.
        return decide(cached.stored, now=now, max_age=0.0)
    return State.STALE if cached.has_validator else State.STALE_NO_VALIDATOR, cached


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """GET request of a pull: a page of a list, or an item by its id.

    Attributes
    ----------
    label : str
        Number of the page, id of the item, name of the account or of the endpoint: whatever tells
        the requests of a pull apart.
    path : str
        In its canonical form, as its endpoint builds it.
    query : Mapping of str to str
    """

    label: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query, as they are sent."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def canonical(self) -> str:
        """Path and query in the one form that all requests for the same answer share."""
        return canonical(self.path, urlencode(self.query)) if self.query else self.path


@dataclass(frozen=True, slots=True)
class Resolved:
    """Request of a pull, and what the cache knows of its answer.

    Attributes
    ----------
    request : RequestSpec
    key : str
        Under which its answer is stored.
    state : State
    cached : Stored, Absence or None
        What the cache has of it.
    template : callable or None
        Returns a request with the headers of the session, the same for all that the pull has to
        send, and how these use the cache.
    """

    request: RequestSpec
    key: str
    state: State
    cached: Stored | Absence | None = None
    template: Callable[[], tuple[PreparedRequest, CacheMode]] | None = None
