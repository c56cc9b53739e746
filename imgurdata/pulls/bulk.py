"""What a pull's requests take, and the fresh answers among them, read many at a time.

Nothing is prepared and nothing sent for an answer that is fresh in the cache: its key is worked
out from the path, and some fifty bodies are read in one go, so that memory holds no more.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from imgurdata.bundle.backend import BundleCache
from imgurdata.credits.limits import answer_date
from imgurdata.endpoints import canonical, is_private
from imgurdata.errors import BadResponse, ImgurDataError, NotFound
from imgurdata.http.absent import remembered_error
from imgurdata.http.auth import key_of
from imgurdata.http.cache import AnswerCache
from imgurdata.http.freshness import State, confirmation, decide, is_absent
from imgurdata.model.decode import list_bytes
from imgurdata.model.envelope import data_of
from imgurdata.model.formats import head
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import Record
from imgurdata.model.usable import count_rows, require_list
from imgurdata.pulls.paging import Answer, Ask, Check, Step

if TYPE_CHECKING:
    from imgurdata.endpoints import Endpoint
    from imgurdata.http.session import ImgurSession

__all__ = [
    "answer_check",
    "cache_key",
    "confirmations",
    "forget",
    "holds_nothing",
    "state_of",
    "steps",
    "stored_answer",
    "use",
]

logger = logging.getLogger(__name__)

#: Answers read at once: fifty pages are some 6 MB. The first few alone, since a pull may need
#: no more of a long list.
_FIRST, _CHUNK = 8, 50
#: An empty list is short even where it is wrapped in a tag's description.
_SHORT = 4_000


def cache_key(session: ImgurSession, ask: Ask) -> str:
    """The key under which the session keeps the answer to a request; nothing is prepared."""
    return _keys(session, [ask])[0]


def _keys(session: ImgurSession, asks: Iterable[Ask]) -> list[str]:
    host, scope = urlsplit(session.base_url).netloc, session.identity.scope
    # A pull's paths are built by their endpoint, and so have their canonical form already.
    return [
        key_of("GET", host, canonical(a.path, urlencode(a.query)) if a.query else a.path, scope)
        for a in asks
    ]


def url_of(session: ImgurSession, ask: Ask) -> str:
    """Where a request goes."""
    query = f"?{urlencode(ask.query)}" if ask.query else ""
    return f"{session.base_url}{ask.path}{query}"


def confirmations(session: ImgurSession, keys: list[str]) -> dict[str, tuple[float, bool] | None]:
    """When stored answers were confirmed, and whether they have a validator; None: not stored."""
    cache = session.cache
    if isinstance(cache, (AnswerCache, BundleCache)):
        return dict.fromkeys(keys) | cache.confirmations(keys)
    return {key: confirmation(cache, key) for key in keys}


def state_of(session: ImgurSession, ask: Ask, confirmed: tuple[float, bool] | None) -> State:
    """What has to be done for a request."""
    if confirmed is None or is_private(ask.path) or session.past_cache:
        return State.MISSING
    return decide(
        confirmed, now=session.clock.now(), max_age=session.max_age, offline=session.offline
    )


def steps(
    session: ImgurSession,
    asks: Iterable[Ask],
    *,
    last: Callable[[Answer], bool] | None = None,
    check: Check | None = None,
    bodies: bool = True,
) -> Iterator[Step]:
    """What each request takes, in order; fresh answers are read with it.

    A remembered 404 is fresh, too; a stored answer that is of no use is forgotten.

    Parameters
    ----------
    session
        Whose cache, clock and ``max_age`` decide.
    asks
        May have no end.
    last
        Whether a fresh answer is the end of the list: then nothing behind it is looked at.
    check
        Gives the error of an answer's data from which no record can be read.
    bodies
        Whether fresh answers are read. Without, only states are told.
    """
    waiting = iter(asks)
    size = _FIRST
    while chunk := list(itertools.islice(waiting, size)):
        size = _CHUNK
        keys = _keys(session, chunk)
        confirmed = confirmations(session, keys)
        gone = _remembered(session, chunk, keys, confirmed)
        found = [
            (ask, key, State.FRESH if key in gone else state_of(session, ask, confirmed[key]))
            for ask, key in zip(chunk, keys, strict=True)
        ]
        fresh = [(ask, key) for ask, key, state in found if state is State.FRESH]
        stored = [(ask, key) for ask, key in fresh if key not in gone]
        kept: dict[str, Answer | ImgurDataError] = {**gone}
        if bodies:
            kept |= _read(session, stored, check)
        for ask, key, state in found:
            told = kept.pop(key, None)
            # Gone or useless after all: it is asked for.
            lost = bodies and state is State.FRESH and told is None
            step = Step(ask, State.MISSING if lost else state, told)
            yield step
            if last is not None and isinstance(step.kept, Answer) and last(step.kept):
                return


def _remembered(
    session: ImgurSession,
    asks: list[Ask],
    keys: list[str],
    confirmed: Mapping[str, tuple[float, bool] | None],
) -> dict[str, NotFound]:
    """The errors of those requests for which Imgur had nothing lately."""
    noted = {} if session.past_cache else session.absent.find(keys)
    if not noted:
        return {}
    now = session.clock.now()
    return {
        key: remembered_error(ask.path, noted[key], now)
        for ask, key in zip(asks, keys, strict=True)
        if key in noted
        and is_absent(
            noted[key],
            confirmed[key],
            now=now,
            max_age=session.max_age,
            offline=session.offline,
        )
    }


def use(session: ImgurSession, answer: Answer) -> None:
    """Note that an answer from the cache was used (:mod:`~imgurdata.http.session_log`)."""
    date = None if answer.fetched_at is None else format_datetime(answer.fetched_at, usegmt=True)
    session.session_log.used(session.identity.scope, url_of(session, answer.ask), date)


def stored_answer(session: ImgurSession, ask: Ask) -> Answer | ImgurDataError | None:
    """What the cache holds for a request, however old; None: nothing."""
    key = cache_key(session, ask)
    return _read(session, [(ask, key)], None).get(key)


def forget(session: ImgurSession, key: str) -> None:
    """Forget a stored answer of no use; an offline session has no other, and keeps it."""
    if session.offline:
        return
    with suppress(KeyError):  # somebody else was faster
        del session.cache.responses[key]


def _read(
    session: ImgurSession, wanted: list[tuple[Ask, str]], check: Check | None
) -> dict[str, Answer | ImgurDataError]:
    """Stored answers by key; what is gone meanwhile or of no use is left out, and asked for."""
    kept: dict[str, Answer | ImgurDataError] = {}
    for ask, key, body, status, date in _stored(session, wanted):
        try:
            data = data_of(body, status=status, request=ask.path)
            error = check(data) if check is not None else None
        except ImgurDataError as broken:
            error = broken
        if error is None:
            kept[key] = Answer(ask, data, date, "cache")
        elif session.offline:
            kept[key] = error
        else:
            logger.info("A stored answer to %s is of no use: %s", ask.path, error)
            forget(session, key)
    return kept


def _stored(
    session: ImgurSession, wanted: list[tuple[Ask, str]]
) -> Iterator[tuple[Ask, str, bytes, int, dt.datetime]]:
    now = session.clock.now()
    cache = session.cache
    if isinstance(cache, (AnswerCache, BundleCache)):
        stored = cache.read_many([key for _, key in wanted])
        for ask, key in wanted:
            # Let go of one body as the next is unwrapped.
            if (found := stored.pop(key, None)) is not None:
                dated = {"Date": found.date} if found.date else {}
                yield ask, key, found.body, found.status, answer_date(dated, now)
        return
    for ask, key in wanted:
        if (response := cache.get_response(key)) is not None:
            date = answer_date(response.headers, now)
            yield ask, key, response.content or b"", response.status_code, date


def answer_check(endpoint: Endpoint) -> Check:
    """Return the function that tells whether anything can be read from an endpoint's answer."""
    record = RECORDS[endpoint.record]

    def check(data: bytes) -> ImgurDataError | None:
        try:
            if endpoint.paging == "counts":
                if not data.strip(b'" \t\r\n').isdigit():
                    return BadResponse(
                        f"The answer is no number: {head(data, 60)}.", body=head(data)
                    )
            elif endpoint.paging == "page" or endpoint.many:
                require_list(data, record)
            elif not count_rows(data, record):
                return BadResponse(
                    f"The answer holds no {record.name}: {head(data, 60)}.", body=head(data)
                )
        except BadResponse as error:
            return error
        return None

    return check


def holds_nothing(answer: Answer, record: Record) -> bool:
    """Whether an answer is an empty list: a page behind the last."""
    data = answer.data
    # A page of posts need not be read for this.
    if data is None or len(data) > _SHORT:
        return False
    try:
        return not list_bytes(data, record)[1:-1].strip()
    except BadResponse:
        return False
