"""What a pull's requests take, and the fresh answers among them, read many at a time.

Nothing is prepared and nothing sent for an answer that is fresh in the cache: its key is worked
out from the path, and some fifty bodies are read in one go, so that memory holds no more.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from imgurdata.client.bundle.cache import BundleCache
from imgurdata.client.cache.freshness import State, confirmation, decide
from imgurdata.client.cache.store import AnswerCache
from imgurdata.client.endpoints import is_private
from imgurdata.client.ledger.limits import answer_date
from imgurdata.client.pulls.paging import Answer, Ask, Step
from imgurdata.errors import BadResponse, ImgurDataError
from imgurdata.model.decode import list_bytes
from imgurdata.model.envelope import data_of
from imgurdata.model.schema import Record

if TYPE_CHECKING:
    from imgurdata.client.session import ImgurSession

__all__ = ["cache_key", "confirmations", "holds_nothing", "state_of", "steps", "stored_answer"]

#: Answers read at once: fifty pages are some 6 MB. The first few alone, since a pull may need
#: no more of a long list.
_FIRST, _CHUNK = 8, 50
#: An empty list is short even where it is wrapped in a tag's description.
_SHORT = 4_000


def cache_key(session: ImgurSession, ask: Ask) -> str:
    """The key under which the session keeps the answer to a request; nothing is prepared."""
    request = PreparedRequest()
    request.method = "GET"
    request.url = url_of(session, ask)
    request.headers = CaseInsensitiveDict()
    return session.cache.create_key(request)


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
    if is_private(ask.path) or session.past_cache:
        return State.MISSING
    return decide(
        confirmed, now=session.clock.now(), max_age=session.max_age, offline=session.offline
    )


def steps(
    session: ImgurSession, asks: Iterable[Ask], *, last: Callable[[Answer], bool] | None = None
) -> Iterator[Step]:
    """What each request takes, in order; fresh answers are read with it.

    Parameters
    ----------
    session
        Whose cache, clock and ``max_age`` decide.
    asks
        May have no end.
    last
        Whether a fresh answer is the end of the list: then nothing behind it is looked at.
    """
    waiting = iter(asks)
    size = _FIRST
    while chunk := list(itertools.islice(waiting, size)):
        size = _CHUNK
        keys = [cache_key(session, ask) for ask in chunk]
        confirmed = confirmations(session, keys)
        found = [
            (ask, key, state_of(session, ask, confirmed[key]))
            for ask, key in zip(chunk, keys, strict=True)
        ]
        kept = _read(session, [(ask, key) for ask, key, state in found if state is State.FRESH])
        for ask, key, state in found:
            step = Step(ask, state, kept.pop(key, None))
            yield step
            if last is not None and isinstance(step.kept, Answer) and last(step.kept):
                return


def use(session: ImgurSession, answer: Answer) -> None:
    """Note that an answer from the cache was used (:mod:`~imgurdata.client.bundle.study`)."""
    date = None if answer.fetched_at is None else format_datetime(answer.fetched_at, usegmt=True)
    session.study.used(session.identity.scope, url_of(session, answer.ask), date)


def stored_answer(session: ImgurSession, ask: Ask) -> Answer | ImgurDataError | None:
    """What the cache holds for a request, however old; None: nothing."""
    key = cache_key(session, ask)
    return _read(session, [(ask, key)]).get(key)


def _read(
    session: ImgurSession, wanted: list[tuple[Ask, str]]
) -> dict[str, Answer | ImgurDataError]:
    """Stored answers by key; what is gone meanwhile is left out, and asked for."""
    now = session.clock.now()
    cache = session.cache
    kept: dict[str, Answer | ImgurDataError] = {}
    if isinstance(cache, (AnswerCache, BundleCache)):
        stored = cache.read_many([key for _, key in wanted])
        for ask, key in wanted:
            # Let go of one body as the next is unwrapped.
            if (found := stored.pop(key, None)) is not None:
                dated = {"Date": found.date} if found.date else {}
                kept[key] = _answer(ask, found.body, found.status, answer_date(dated, now))
        return kept
    for ask, key in wanted:
        if (response := cache.get_response(key)) is not None:
            date = answer_date(response.headers, now)
            kept[key] = _answer(ask, response.content or b"", response.status_code, date)
    return kept


def _answer(ask: Ask, body: bytes, status: int, date: dt.datetime) -> Answer | ImgurDataError:
    try:
        return Answer(ask, data_of(body, status=status, request=ask.path), date, "cache")
    except ImgurDataError as error:
        return error


def holds_nothing(answer: Answer, record: Record) -> bool:
    """Whether an answer is an empty list: a page behind the last."""
    data = answer.data
    # A page of posts need not be read for this.
    if data is None or len(data) > _SHORT:
        return False
    try:
        return not list_bytes(data, record).strip(b"[] \t\r\n")
    except BadResponse:
        return False
