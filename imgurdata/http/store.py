"""What a session needs of a cache: look up many answers at once, keep one, confirm one.

Whether a stored answer may still be used is decided when reading (:func:`state_of`). Nothing is
written into the store about how long it lives: the session that reads knows how fresh it wants it,
and its clock, not the one of the session that wrote.

:class:`AnswerStore` is that interface. Our own SQLite cache and bundles implement it;
:class:`BackendStore` does so for every other backend of requests-cache.
"""

from __future__ import annotations

import enum
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from requests import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict
from requests_cache import DO_NOT_CACHE, CacheSettings
from requests_cache.backends.base import BaseCache
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse

from imgurdata._format import duration_text
from imgurdata._validate import refuse
from imgurdata.credits.headers import response_date
from imgurdata.endpoints import is_private
from imgurdata.errors import CacheUnusable, ImgurDataError, NotCached, NotFound, redact
from imgurdata.http.arguments import CACHE_SWITCHES, check_expire_after, check_settings

if TYPE_CHECKING:
    from imgurdata.http.columns import ColumnStore

logger = logging.getLogger(__name__)

__all__ = [
    "BATCH", "CHECKED_AT", "CONFIRMATION", "FIRST_BATCH", "LONGEST_REASON", "MOST_ABSENCES",
    "UNKNOWN", "VALIDATORS", "Absence", "AnswerStore", "BackendStore", "CacheMode", "Entry",
    "Replaced", "RequestSpec", "Resolved", "State", "Stored", "cache_mode", "confirmation", "newer",
    "state_of", "store_of",
]  # fmt: skip

#: Answers looked up at once, and decoded as one block: fifty pages are some 6 MB. The first few
#: alone, since a pull may need no more of a long list.
FIRST_BATCH, BATCH = 8, 50
#: Header under which the transport says when an answer was confirmed (by the session's clock).
CHECKED_AT = "X-Imgurdata-Checked-At"
#: Time of a confirmation that nobody knows.
UNKNOWN = float("-inf")
#: Headers that a request for confirmation sends back.
VALIDATORS = ("ETag", "Last-Modified")
#: Headers that every confirmation brings anew.
CONFIRMATION = (CHECKED_AT, "Date")
#: Directives of a request's ``Cache-Control``.
_DIRECTIVES = frozenset(
    {"max-age=0", "must-revalidate", "no-cache", "no-store", "no-transform", "only-if-cached"}
)
#: Absences that are remembered; the oldest go first.
MOST_ABSENCES = 50_000
#: Longest reason of an absence that is kept, in characters.
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Stored:
    """Answer in a cache.

    Attributes
    ----------
    key, url : str
        Key of the request, and its URL without secrets.
    status : int
        HTTP status.
    headers : Mapping of str to str
        Headers that are kept, without those of the confirmation.
    checked_at : float
        When Imgur last confirmed it, by the session's clock; minus infinity if unknown.
    date : str or None
        Imgur's own ``Date`` of that confirmation.
    body : callable
        Returns the body, bytes as Imgur sent them (delete hashes blanked).
    created_at : float
        When it was stored, in epoch seconds.
    digest : bytes
        Stands for this version of the answer; empty where the backend has none.
    length : int
        Of the body, in bytes; 0 where it is not known.
    """

    key: str
    url: str
    status: int
    headers: Mapping[str, str]
    checked_at: float
    date: str | None
    body: Callable[[], bytes]
    created_at: float = 0.0
    digest: bytes = b""
    length: int = 0

    @property
    def has_validator(self) -> bool:
        """Whether it can be revalidated."""
        return any(self.headers.get(name) for name in VALIDATORS)

    @property
    def fetched_at(self) -> datetime | None:
        """When Imgur last confirmed it, as near as is known: never the time of reading."""
        times = (self.checked_at, self.created_at)
        known = next((time for time in times if time > 0), None)
        if known is None:
            return None
        return response_date({"Date": self.date} if self.date else {}, known)

    def confirmed(self, headers: Mapping[str, str]) -> Stored:
        """Return the answer as a 304 with these headers confirms it."""
        checked_at, date = confirmation(headers)
        return replace(self, checked_at=checked_at, date=date)

    def is_version_of(self, other: Stored) -> bool:
        """Return whether both are the same version of an answer."""
        validators = [self.headers.get(name) == other.headers.get(name) for name in VALIDATORS]
        return all(validators) and self.body() == other.body()

    def response(self) -> CachedResponse:
        """Return the answer as requests-cache gives it."""
        headers = CaseInsensitiveDict(self.headers)
        if self.checked_at != UNKNOWN:
            headers[CHECKED_AT] = repr(self.checked_at)
        if self.date is not None:
            headers["Date"] = self.date
        response = CachedResponse(
            content=self.body(),
            headers=headers,
            encoding="utf-8",
            reason="OK",
            request=CachedRequest(method="GET", url=self.url),
            status_code=self.status,
            url=self.url,
            created_at=datetime.fromtimestamp(self.created_at, UTC),
            elapsed=timedelta(0),
        )
        response.cache_key = self.key
        response.digest = self.digest  # type: ignore[attr-defined]
        return response


@dataclass(frozen=True, slots=True)
class Absence:
    """Answer that Imgur did not have (404): requested again, it would cost a credit.

    Attributes
    ----------
    key : str
        Key of the request.
    checked_at : float
        When Imgur said so, by the session's clock.
    reason : str
        What Imgur said.
    message : str
        Message of the error, where it is kept as a whole (in a bundle).
    stored : Stored or None
        Answer that was stored before.
    """

    key: str
    checked_at: float
    reason: str
    message: str = ""
    stored: Stored | None = None

    def error(self, path: str, now: float) -> NotFound:
        """Return the error of a request for it."""
        reason = f"Imgur said {self.reason!r}" if self.reason else "Imgur had nothing"
        age = duration_text(abs(now - self.checked_at)) if not self.message else ""
        message = self.message or (
            f"{reason} for {redact(path, 300)} {age} ago (status 404). It may have been deleted, "
            "made private, or marked mature. A session with max_age=0 asks again."
        )
        return NotFound(message, status=404, reason=self.reason, request=path)


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


def state_of(
    cached: Stored | Absence | None, *, now: float, max_age: float, offline: bool = False
) -> tuple[State, Stored | Absence | None]:
    """Return the state of an answer in the cache, and what of the cache counts for it.

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
        return state_of(cached.stored, now=now, max_age=0.0)
    return State.STALE if cached.has_validator else State.STALE_NO_VALIDATOR, cached


class CacheMode(enum.Enum):
    """Use of the cache for one request."""

    NORMAL = "answer from the cache where that is fresh, else send the request"
    REFRESH = "revalidate what is stored"
    FORCE_REFRESH = "fetch anew"
    ONLY_IF_CACHED = "answer from the cache, send nothing"
    BYPASS = "neither read the cache nor write to it"


def cache_mode(
    settings: CacheSettings,
    usual: CacheSettings,
    headers: MutableMapping[str, Any],
    kwargs: dict[str, Any],
) -> CacheMode:
    """Return how a request uses the cache; what says so is taken from headers and arguments.

    Parameters
    ----------
    settings, usual : CacheSettings
        Of the session, as they are and as they were when it was opened.
    headers : MutableMapping
        Of the request.
    kwargs : dict
        Arguments of ``Session.send``.

    Raises
    ------
    InvalidArgument
        A switch of requests-cache was set that has no meaning here.
    """
    if settings != usual:
        check_settings(settings, usual)
    given = {name: kwargs.pop(name, None) for name in CACHE_SWITCHES}
    if given["expire_after"] is not None:
        check_expire_after(given["expire_after"], "expire_after")
    directives = set()
    if "Cache-Control" in headers:
        text = headers.pop("Cache-Control")
        directives = {word.strip().lower() for word in str(text).split(",")} - {""}
        if unknown := directives - _DIRECTIVES:
            refuse("Cache-Control", f"of {', '.join(sorted(_DIRECTIVES))}", min(unknown))
    no_cache = headers.pop("X-ACTUAL-NO-CACHE", None) or given["expire_after"] == DO_NOT_CACHE
    disabled = settings.disabled or settings.expire_after == DO_NOT_CACHE
    if disabled or no_cache or "no-store" in directives:
        return CacheMode.BYPASS
    if settings.only_if_cached or given["only_if_cached"] or "only-if-cached" in directives:
        return CacheMode.ONLY_IF_CACHED
    if given["force_refresh"] or "no-cache" in directives:
        return CacheMode.FORCE_REFRESH
    if given["refresh"] or directives & {"must-revalidate", "max-age=0"}:
        return CacheMode.REFRESH
    return CacheMode.NORMAL


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
    query : str
        As it is sent, with its question mark; empty if there is none.
    """

    label: str
    path: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Request of a pull, and what the cache knows of its answer.

    Attributes
    ----------
    request : RequestSpec
    key : str
        Under which its answer is stored; empty if it is not.
    state : State
    cached : Stored, Absence or None
        What the cache has of it.
    mode : CacheMode
        How the request uses the cache.
    template : callable
        Returns a request with the headers of the session, the same for all that the pull has to
        send.
    """

    request: RequestSpec
    key: str
    state: State
    cached: Stored | Absence | None = None
    mode: CacheMode = CacheMode.NORMAL
    template: Callable[[], PreparedRequest] = PreparedRequest


@dataclass(frozen=True, slots=True)
class Entry:
    """Line of the list of what is stored: time by the session's clock, size in bytes as stored."""

    key: str
    url: str
    checked_at: float
    size: int


class Replaced(ImgurDataError):
    """An answer is no longer what it was when it was looked up: look it up again."""


class AnswerStore(ABC):
    """Answers by the key of their request."""

    #: Largest size of the store, in bytes; None if there is no bound.
    max_bytes: int | None = None
    #: Columns that were decoded of its answers; None where none are kept.
    columns: ColumnStore | None = None
    #: Writes that could not be done.
    lost_writes = 0

    @abstractmethod
    def lookup(self, keys: Sequence[str], *, bodies: bool = True) -> Mapping[str, Stored | Absence]:
        """Return what is known under each key, the newer of an answer and an absence.

        Without ``bodies`` they are read when they are asked for, which raises :class:`Replaced` if
        the answer is another one by then.
        """

    @abstractmethod
    def save(self, key: str, response: Response) -> None:
        """Keep an answer; the response then has the ``digest`` of what was kept, if any."""

    @abstractmethod
    def confirm(self, confirmed: Stored) -> None:
        """Keep the time at which Imgur confirmed an answer."""

    @abstractmethod
    def note_absence(self, absence: Absence) -> None:
        """Remember an absence until an answer is kept under its key."""

    @abstractmethod
    def forget(self, keys: Sequence[str]) -> int:
        """Forget answers; return how many there were."""

    @abstractmethod
    def shrink(self) -> None:
        """Give the disk of forgotten answers back, if the store has a file of its own."""

    @abstractmethod
    def forget_absences(self, before: float = float("inf")) -> None:
        """Forget the absences that were noted before a time."""

    @abstractmethod
    def entries(self) -> Iterable[Entry]:
        """Return all answers, without bodies."""

    @abstractmethod
    def location(self) -> str:
        """Return the path of the file, or the kind of backend."""

    def bytes_used(self) -> int:
        """Return the size of all answers, in bytes."""
        return sum(entry.size for entry in self.entries())

    def not_cached(self, path: str) -> ImgurDataError:
        """Return the error of an offline session for an answer that is not stored."""
        if is_private(path):
            return NotCached(f"{redact(path)} is in no cache, and this session is offline.")
        return NotCached(
            f"{redact(path)} is not in the cache, and this session is offline. "
            "Ask once with offline=False to have it."
        )


class BackendStore(AnswerStore):
    """Answers in a backend of requests-cache that is not ours: Redis, memory, files, SQLite.

    Absences are kept in memory, as long as the session.

    Parameters
    ----------
    cache : requests_cache.BaseCache
    """

    def __init__(self, cache: BaseCache) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._absences: dict[str, Absence] = {}
        self._warned: set[str] = set()

    def lookup(self, keys: Sequence[str], *, bodies: bool = True) -> Mapping[str, Stored | Absence]:  # noqa: ARG002
        """Return what is known under each key, one read each, always with its body."""
        found: dict[str, Stored | Absence] = {}
        for key in keys:
            stored = self._read(key)
            if stored is not None:
                found[key] = stored
            if (absence := self._absences.get(key)) is not None:
                found[key] = newer(stored, absence)
        return found

    def _read(self, key: str) -> Stored | None:
        """Return an answer; one that cannot be read is forgotten, and fetched anew."""
        try:
            response = self._cache.get_response(key)
            return None if response is None else _stored(key, response)
        except Exception as error:  # noqa: BLE001 - any backend's own
            self._warn_once("read", "Answers are fetched anew", error)
        with suppress(Exception):
            del self._cache.responses[key]
        return None

    def save(self, key: str, response: Response) -> None:
        """Keep an answer in the backend; one that it cannot keep is used all the same."""
        try:
            self._cache.save_response(response, key)
        except Exception as error:  # noqa: BLE001 - any backend's own
            self._warn_once("written", "Answers are used, and fetched again next time", error)
        if self._absences:
            with self._lock:
                self._absences.pop(key, None)

    def _warn_once(self, what: str, effect: str, error: Exception) -> None:
        if what not in self._warned:
            self._warned.add(what)
            logger.warning(
                "The cache backend %s cannot be %s (%s: %s). %s. This is said once.",
                self.location(), what, type(error).__name__, redact(str(error), 200), effect,
            )  # fmt: skip

    def confirm(self, confirmed: Stored) -> None:
        """Keep the answer anew, unless another version took its place meanwhile.

        The backend knows no other way. It could still be replaced between the two steps.
        """
        current = self._read(confirmed.key)
        if current is not None and current.is_version_of(confirmed):
            self.save(confirmed.key, confirmed.response())

    def note_absence(self, absence: Absence) -> None:
        """Remember an absence in memory."""
        with self._lock:
            self._absences.pop(absence.key, None)
            self._absences[absence.key] = absence
            if len(self._absences) > MOST_ABSENCES:
                del self._absences[next(iter(self._absences))]

    def forget(self, keys: Sequence[str]) -> int:
        """Forget answers; the backend does not say how many there were."""
        try:
            self._cache.responses.bulk_delete(keys)
        except Exception as error:  # any backend's own
            raise self._unusable(error) from error
        return len(keys)

    def shrink(self) -> None:
        """Do nothing: the disk is the backend's."""

    def forget_absences(self, before: float = float("inf")) -> None:
        """Forget the absences that were noted before a time."""
        with self._lock:
            kept = {k: a for k, a in self._absences.items() if a.checked_at >= before}
            self._absences = kept

    def entries(self) -> Iterable[Entry]:
        """Return all answers, read one by one: no backend can list them without their bodies."""
        try:
            for key in list(self._cache.responses.keys()):
                if (stored := self._read(key)) is not None:
                    yield Entry(key, stored.url, stored.checked_at, len(stored.body()))
        except Exception as error:  # any backend's own
            raise self._unusable(error) from error

    def location(self) -> str:
        """Return the kind of backend."""
        return type(self._cache).__name__

    def _unusable(self, error: Exception) -> CacheUnusable:
        return CacheUnusable(
            f"The cache backend {self.location()} does not answer ({type(error).__name__}): is its "
            "server running?"
        )


def store_of(cache: BaseCache) -> AnswerStore:
    """Return the store of a cache, whichever backend it is."""
    table: Any = cache.responses
    return table if isinstance(table, AnswerStore) else BackendStore(cache)


def newer(stored: Stored | None, absence: Absence) -> Stored | Absence:
    """Return what counts of two under one key: of the same time, the absence."""
    if stored is not None and stored.checked_at > absence.checked_at:
        return stored
    return replace(absence, stored=stored)


def confirmation(headers: Mapping[str, str]) -> tuple[float, str | None]:
    """Return when an answer was confirmed: by the session's clock, and in Imgur's words."""
    try:
        checked_at = float(headers[CHECKED_AT])
    except (KeyError, ValueError):
        checked_at = UNKNOWN
    return checked_at, headers.get("Date")


def _stored(key: str, response: CachedResponse) -> Stored:
    checked_at, date = confirmation(response.headers)
    headers = CaseInsensitiveDict(response.headers)
    for name in CONFIRMATION:
        headers.pop(name, None)
    return Stored(
        key=key,
        url=response.url,
        status=response.status_code,
        headers=headers,
        checked_at=checked_at,
        date=date,
        body=lambda: response.content or b"",
        created_at=response.created_at.timestamp(),
    )
