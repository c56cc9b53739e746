"""Answers of a pull: what of them is usable, and which of them the cache has."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from imgurdata.credits.headers import response_date
from imgurdata.errors import BadResponse, ImgurDataError
from imgurdata.http.resolve import RequestSpec, Resolved, State
from imgurdata.http.store import Replaced, Stored
from imgurdata.model.decode import Page, list_bytes
from imgurdata.model.envelope import data_of
from imgurdata.model.formats import head
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import Record
from imgurdata.model.usable import read_page
from imgurdata.pulls.blocks import KnownBlock

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
    "read_cached",
]

logger = logging.getLogger(__name__)

#: Reads an answer's ``data``; raises ImgurDataError for what is of no use.
Check = Callable[[bytes], Page | None]

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
    digest : bytes
        Of what is stored; empty if it is not.
    page : Page or None
        Its rows, if they were read.
    block : KnownBlock or None
        Columns of this and more answers, in place of their data.
    """

    request: RequestSpec
    data: bytes | None
    fetched_at: dt.datetime | None
    origin: str
    error: ImgurDataError | None = None
    key: str = ""
    digest: bytes = b""
    page: Page | None = None
    block: KnownBlock | None = None

    @property
    def lengths(self) -> Sequence[int]:
        """Length of the data in bytes, one for each answer of a block."""
        return (len(self.data or b""),) if self.block is None else self.block.lengths

    @classmethod
    def of_block(cls, block: KnownBlock) -> Answer:
        """Return the answers of a block, as one."""
        return cls(block.requests[0], None, None, "cache", block=block)


def cached_answer(session: ImgurSession, resolved: Resolved, check: Check | None) -> Answer | None:
    """Return the fresh answer in the cache, without a request; None if there is none of use.

    Without ``check``, somebody else calls :func:`read_cached` before it is used.

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
    if not isinstance(cached, Stored):
        raise cached.error(request.path, session.clock.now())
    try:
        data = data_of(cached.body(), status=cached.status, request=request.path)
    except Replaced:
        return None
    except ImgurDataError as error:
        _forget_useless(session, request, resolved.key, error)
        return None
    answer = Answer(
        request, data, cached.fetched_at, "cache", key=resolved.key, digest=cached.digest
    )
    return answer if check is None else read_cached(session, answer, check)


def read_cached(session: ImgurSession, answer: Answer, check: Check) -> Answer | None:
    """Return a stored answer with its rows; None, and it is forgotten, if it is of no use.

    Raises
    ------
    BadResponse
        The same, of an offline session.
    """
    if answer.data is None:
        return answer
    try:
        return replace(answer, page=check(answer.data))
    except ImgurDataError as error:
        failure = error.with_traceback(None)  # its frames hold the body
    _forget_useless(session, answer.request, answer.key, failure)
    return None


def _forget_useless(
    session: ImgurSession, request: RequestSpec, key: str, error: ImgurDataError
) -> None:
    if session.offline:
        raise error
    logger.info("A stored answer to %s is of no use: %s", request.path, error)
    forget(session, key)


def new_answer(session: ImgurSession, resolved: Resolved, check: Check) -> Answer:
    """Return Imgur's answer to a request; one of no use is forgotten, and has an error."""
    response = session.fetch_resolved(resolved)
    request = resolved.request
    # Behind a redirect, the answer is stored under the key of its target.
    key = response.cache_key or resolved.key
    data = data_of(response.content, status=response.status_code, request=request.path)
    try:
        page = check(data)
    except ImgurDataError as error:
        forget(session, key)
        # Its frames hold the body, in which a server may repeat a token.
        return Answer(request, None, None, "new", error.with_traceback(None))
    if response.from_cache and all(step.from_cache for step in response.history):
        origin = "revalidated" if response.revalidated else "cache"
    else:
        origin = "new" if response.cache_state is State.MISSING else "changed"
    date = response_date(response.headers, session.clock.now())
    digest = getattr(response, "digest", b"")
    # Behind a redirect, nothing is known under the request's own key.
    if digest and (key != resolved.key or _may_change(session.hooks.get("response") or ())):
        digest = b""
    return Answer(request, data, date, origin, key=key, digest=digest, page=page)


def _may_change(hooks: Any) -> bool:
    """Return whether a hook may have changed what was stored."""
    each = (hooks,) if callable(hooks) else hooks
    return not all(getattr(hook, "only_reads", False) for hook in each)


def forget(session: ImgurSession, key: str) -> None:
    """Forget a stored answer of no use; an offline session has no other, and keeps it."""
    if not session.offline:
        session.store.forget([key])


def log_use(session: ImgurSession, answer: Answer, most: int | None = None) -> None:
    """Note in the session's log that an answer from the cache was used; of a block so many."""
    block = answer.block
    uses = (
        zip(block.requests[:most], block.fetched_at, strict=False)
        if block is not None
        else [(answer.request, answer.fetched_at)]
    )
    scope = session.identity.scope
    text = cache(lambda time: None if time is None else format_datetime(time, usegmt=True))
    for request, fetched_at in uses:
        session.session_log.used(scope, session.base_url + request.target, text(fetched_at))


def answer_check(endpoint: Endpoint, *, nested: bool = False) -> Check:
    """Return the function that reads an endpoint's answers, and refuses those of no use."""
    record = RECORDS[endpoint.record]
    of_list = endpoint.paging == "page" or endpoint.many

    def check(data: bytes) -> Page | None:
        if endpoint.paging != "counts":
            return read_page(data, record, nested=nested, of_list=of_list)
        if not data.strip(b'" \t\r\n').isdigit():
            raise BadResponse(f"The answer is no number: {head(data, 60)}.", body=head(data))
        return None

    return check


def is_empty_list(answer: Answer, record: Record) -> bool:
    """Return whether an answer is an empty list: a page behind the last."""
    if answer.block is not None:
        return answer.block.block.counts[-1] == 0
    data = answer.data
    # A page of posts need not be read for this.
    if data is None or len(data) > _SHORT:
        return False
    try:
        return not list_bytes(data, record)[1:-1].strip()
    except BadResponse:
        return False
