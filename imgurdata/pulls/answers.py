"""Answers of a pull: what of them is usable, and which of them the cache has."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from imgurdata.credits.headers import response_date
from imgurdata.errors import BadResponse, ImgurDataError
from imgurdata.http.resolve import RequestSpec, Resolved, State
from imgurdata.http.store import Stored
from imgurdata.model.decode import list_bytes
from imgurdata.model.envelope import data_of
from imgurdata.model.formats import head
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import Record
from imgurdata.model.usable import count_rows, require_list

if TYPE_CHECKING:
    from imgurdata.endpoints import Endpoint
    from imgurdata.http.session import ImgurSession

__all__ = [
    "Answer",
    "Check",
    "answer_check",
    "cached_answer",
    "forget",
    "is_empty_list",
    "log_use",
    "new_answer",
]

logger = logging.getLogger(__name__)

#: Gives the error of an answer's ``data`` that is of no use; None for a good one.
Check = Callable[[bytes], ImgurDataError | None]

#: An empty list is short even where it is wrapped in a tag's description.
_SHORT = 4_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to one request of a pull.

    Attributes
    ----------
    request : RequestSpec
    data : bytes or None
        JSON of the answer's ``data``; None where there is no such item.
    fetched_at : datetime.datetime or None
        When Imgur last confirmed it.
    origin : str
        ``"cache"`` (no request), ``"revalidated"`` (304), ``"changed"`` (200 for a stale one) or
        ``"new"``.
    error : ImgurDataError or None
        Why there is no data.
    key : str
        Under which the session has stored it, if it has.
    """

    request: RequestSpec
    data: bytes | None
    fetched_at: dt.datetime | None
    origin: str
    error: ImgurDataError | None = None
    key: str = ""


def cached_answer(session: ImgurSession, resolved: Resolved, check: Check) -> Answer | None:
    """Return the fresh answer in the cache, without a request; None if there is none of use.

    Raises
    ------
    NotFound
        Imgur did not have it lately.
    BadResponse
        It cannot be read, and the session is offline; else it is forgotten.
    """
    cached, request = resolved.cached, resolved.request
    if resolved.state is not State.FRESH or cached is None:
        return None
    now = session.clock.now()
    if not isinstance(cached, Stored):
        raise cached.error(request.path, now)
    try:
        data = data_of(cached.body(), status=cached.status, request=request.path)
        error = check(data)
    except ImgurDataError as broken:
        error = broken
    if error is None:
        date = response_date({"Date": cached.date} if cached.date else {}, now)
        return Answer(request, data, date, "cache", key=resolved.key)
    if session.offline:
        raise error
    logger.info("A stored answer to %s is of no use: %s", request.path, error)
    forget(session, resolved.key)
    return None


def new_answer(session: ImgurSession, resolved: Resolved, check: Check) -> Answer:
    """Return Imgur's answer to a request; one of no use is forgotten, and has an error."""
    response = session.fetch_resolved(resolved)
    request = resolved.request
    # Behind a redirect, the answer is stored under the key of its target.
    key = response.cache_key or resolved.key
    data = data_of(response.content, status=response.status_code, request=request.path)
    error = check(data)
    if error is not None:
        forget(session, key)
        return Answer(request, None, None, "new", error)
    if response.from_cache and all(step.from_cache for step in response.history):
        origin = "revalidated" if response.revalidated else "cache"
    else:
        origin = "new" if response.cache_state is State.MISSING else "changed"
    date = response_date(response.headers, session.clock.now())
    return Answer(request, data, date, origin, key=key)


def forget(session: ImgurSession, key: str) -> None:
    """Forget a stored answer of no use; an offline session has no other, and keeps it."""
    if not session.offline:
        session.store.forget([key])


def log_use(session: ImgurSession, answer: Answer) -> None:
    """Note in the session's log that an answer from the cache was used."""
    date = None if answer.fetched_at is None else format_datetime(answer.fetched_at, usegmt=True)
    url = session.base_url + answer.request.target
    session.session_log.used(session.identity.scope, url, date)


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
            # Its frames hold the body, in which a server may repeat a token.
            return error.with_traceback(None)
        return None

    return check


def is_empty_list(answer: Answer, record: Record) -> bool:
    """Return whether an answer is an empty list: a page behind the last."""
    data = answer.data
    # A page of posts need not be read for this.
    if data is None or len(data) > _SHORT:
        return False
    try:
        return not list_bytes(data, record)[1:-1].strip()
    except BadResponse:
        return False
