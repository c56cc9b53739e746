"""Pages and items of one pull, in order, a few at once.

Decides which request is under way and when to stop; knows nothing of records. What arrived stays
in the session's cache whatever happens, so a pull that breaks goes on from there next time.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from requests import PreparedRequest, Request

from imgurdata.client.freshness import State
from imgurdata.client.halt import halted_by
from imgurdata.client.limits import answer_date
from imgurdata.errors import NotFound
from imgurdata.model.envelope import unwrap

if TYPE_CHECKING:
    from imgurdata.client.session import ImgurSession

__all__ = ["Answer", "Ask", "answers", "prepare"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a pull: a page of a list, or an item by its id."""

    label: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came for it.

    Attributes
    ----------
    data
        JSON bytes of the answer's ``data``; None where there is no such item.
    fetched_at
        When Imgur last confirmed it.
    origin
        ``"cache"`` (no request), ``"revalidated"`` (304), ``"changed"`` (200 for a stale one) or
        ``"new"``.
    """

    ask: Ask
    data: bytes | None
    fetched_at: dt.datetime | None
    origin: str


def prepare(session: ImgurSession, ask: Ask) -> PreparedRequest:
    """The request as the session would send it; for looking at the cache."""
    url = session.base_url + ask.path
    return session.prepare_request(Request("GET", url, params=dict(ask.query) or None))


def answers(
    session: ImgurSession, asks: Iterable[Ask], *, ahead: int, tolerate_missing: bool = False
) -> Iterator[Answer]:
    """Answers in the order of what was asked, whatever arrives first.

    Parameters
    ----------
    session
        Who asks.
    asks
        What to ask; may have no end, then the caller stops taking.
    ahead
        Requests under way at once. 1: the next is sent when the last was taken, so that none is
        wasted past an end nobody knows. The first is always sent alone: it tells the credits.
    tolerate_missing
        Give an answer without data for a 404 instead of raising.

    Raises
    ------
    ImgurDataError
        The first failure in order, after all answers before it were given. What was under way
        behind it is waited for: it is paid, and goes into the cache. What only waits (for credits,
        for another try) gives up.
    """
    waiting = iter(asks)
    under_way: deque[Future[Answer]] = deque()
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=ahead, thread_name_prefix="imgurdata") as pool:

        def send_next() -> bool:
            ask = next(waiting, None)
            if ask is None:
                return False
            # A copy of the context each, so that meters opened around the pull count here too.
            context = copy_context()
            halted_by(context, stop)
            under_way.append(pool.submit(context.run, _answer, session, ask, tolerate_missing))
            return True

        try:
            send_next()
            while under_way:
                answer = under_way.popleft().result()
                yield answer
                while len(under_way) < ahead and send_next():
                    pass
        finally:
            stop.set()
            for future in under_way:
                future.cancel()


def _answer(session: ImgurSession, ask: Ask, tolerate_missing: bool) -> Answer:
    try:
        response = session.get(ask.path, params=dict(ask.query) or None)
    except NotFound:
        if tolerate_missing:
            return Answer(ask, None, None, "new")
        raise
    data = unwrap(response.content, status=response.status_code, request=ask.path)
    if response.from_cache:
        origin = "revalidated" if response.revalidated else "cache"
    else:
        was = getattr(response, "cache_state", State.MISSING)
        origin = "new" if was is State.MISSING else "changed"
    return Answer(ask, data, answer_date(response.headers, session.clock.now()), origin)
