"""Answers of a pull: what of them is usable, what the cache has, and where to stop.

A block is what was looked up together: the first eight requests of a list, then fifty each. Where
its first answers are all fresh and their columns are kept, these take the place of the answers, so
that they are decoded once.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import msgspec

from imgurdata.credits.headers import response_date
from imgurdata.errors import ApiError, BadResponse, ImgurDataError
from imgurdata.http.store import (
    BATCH,
    FIRST_BATCH,
    Replaced,
    RequestSpec,
    Resolved,
    State,
    Stored,
)
from imgurdata.model.blocks import Block, Recipe
from imgurdata.model.decode import Page, entries, list_bytes, read_page
from imgurdata.model.envelope import unwrap_checked
from imgurdata.model.formats import head, read_json, read_members
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import Record

if TYPE_CHECKING:
    from imgurdata.endpoints import Endpoint
    from imgurdata.http.columns import ColumnStore
    from imgurdata.http.session import ImgurSession
    from imgurdata.model.frames import FrameBuilder

__all__ = [
    "Answer", "Check", "KeptBlock", "KnownRows", "answer_check", "cached_answer", "ids_in",
    "keep_columns", "new_answer", "with_columns",
]  # fmt: skip

logger = logging.getLogger(__name__)

#: Reads an answer's ``data``; raises ImgurDataError for what is of no use.
Check = Callable[[bytes], Page | None]

#: Shorter answers may be an empty list, behind which nothing is used.
_MAYBE_EMPTY = 500


@dataclass(frozen=True, slots=True)
class KeptBlock:
    """Fresh answers in the cache whose columns are kept, in place of their data.

    Attributes
    ----------
    requests : sequence of RequestSpec
    fetched_at : sequence of datetime or None
        When Imgur last confirmed each.
    lengths : sequence of int
        Of the bodies, in bytes.
    block : Block
        Their columns.
    is_empty : bool
        Whether the last of them has no rows; those before it have.
    """

    requests: Sequence[RequestSpec]
    fetched_at: Sequence[dt.datetime | None]
    lengths: Sequence[int]
    block: Block
    is_empty: bool
    origin: str = "cache"
    data: None = None
    error: None = None


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
    is_empty : bool
        Whether it is a list without rows: a page behind the last.
    """

    request: RequestSpec
    data: bytes | None
    fetched_at: dt.datetime | None
    origin: str
    error: ImgurDataError | None = None
    key: str = ""
    digest: bytes = b""
    page: Page | None = None
    is_empty: bool = False


def answer_check(endpoint: Endpoint, *, nested: bool = False) -> Check:
    """Return the function that reads an endpoint's answers, and refuses those of no use."""
    if endpoint.paging == "counts":
        return _check_count
    of_list = endpoint.paging == "page" or endpoint.many
    return partial(read_page, record=RECORDS[endpoint.record], nested=nested, of_list=of_list)


def _check_count(data: bytes) -> None:
    if not data.strip(b'" \t\r\n').isdigit():
        raise BadResponse(f"The answer is no number: {head(data, 60)}.", body=head(data))


def cached_answer(session: ImgurSession, resolved: Resolved, check: Check) -> Answer | None:
    """Return the fresh answer in the cache, without a request; None if there is none of use.

    It has an error where Imgur did not have it lately, and where it cannot be read and the session
    is offline; else what cannot be read is forgotten.
    """
    cached, request = resolved.cached, resolved.request
    if resolved.state is not State.FRESH or cached is None:
        return None
    if not isinstance(cached, Stored):
        error: ImgurDataError = cached.error(request.path, session.clock.now())
        return Answer(request, None, None, "cache", error)
    key, digest = resolved.key, cached.digest
    try:
        data = unwrap_checked(cached.body(), status=cached.status, request=request.path)
        page = check(data)
        is_empty = page is not None and not page.rows
        time = cached.fetched_at
        return Answer(request, data, time, "cache", None, key, digest, page, is_empty)
    except Replaced:
        return None
    except ImgurDataError as useless:
        error = useless.with_traceback(None)  # its frames hold the body
    if session.offline:
        return Answer(request, None, None, "cache", error)
    logger.info("A stored answer to %s is of no use: %s", request.path, error)
    session.store.forget([key])
    return None


def new_answer(session: ImgurSession, resolved: Resolved, check: Check) -> Answer:
    """Return Imgur's answer to a request; one of no use is forgotten, and has an error."""
    request = resolved.request
    try:
        response = session.fetch_resolved(resolved)
        data = unwrap_checked(response.content, status=response.status_code, request=request.path)
    except ApiError as error:
        return Answer(request, None, None, "new", error)
    # Behind a redirect, the answer is stored under the key of its target.
    key = response.cache_key or resolved.key
    try:
        page = check(data)
    except ImgurDataError as error:
        if not session.offline:
            session.store.forget([key])
        # Its frames hold the body, in which a server may repeat a token.
        return Answer(request, None, None, "new", error.with_traceback(None))
    if response.from_cache and all(step.from_cache for step in response.history):
        origin = "revalidated" if response.revalidated else "cache"
    else:
        origin = "new" if response.cache_state is State.MISSING else "changed"
    date = response_date(response.headers, session.clock.now())
    hooks = session.hooks.get("response") or ()
    hooks = (hooks,) if callable(hooks) else hooks
    digest = getattr(response, "digest", b"")
    # Behind a redirect, nothing is known under the request's own key; a hook may change an answer.
    if key != resolved.key or not all(getattr(hook, "only_reads", False) for hook in hooks):
        digest = b""
    is_empty = page is not None and not page.rows
    return Answer(request, data, date, origin, None, key, digest, page, is_empty)


def with_columns(
    batches: Iterable[list[Resolved]],
    columns: ColumnStore | None,
    recipe: Recipe,
    *,
    may_end: bool,
) -> Iterator[Resolved | KeptBlock]:
    """Yield what the cache knows, with columns in place of the answers they are of.

    Parameters
    ----------
    batches : iterable of list of Resolved
        Requests of one list, as they were looked up.
    columns : ColumnStore or None
        Columns that are kept; None if none are of use.
    recipe : Recipe
        What the columns are made by.
    may_end : bool
        Whether nothing is used behind an answer without rows.
    """
    for batch in batches:
        if columns is None:
            yield from batch
            continue
        fresh: list[Stored] = []
        for one in batch:
            stored = one.cached
            if one.state is not State.FRESH or not isinstance(stored, Stored):
                break
            if not stored.digest:
                break  # another backend's
            fresh.append(stored)
            if may_end and stored.length < _MAYBE_EMPTY:
                break
        lengths = [stored.length for stored in fresh]
        block = None
        if fresh and sum(lengths) >= columns.smallest:
            block = columns.load(recipe, [(one.key, one.digest) for one in fresh])
        if block is not None:
            requests = [one.request for one in batch[: len(fresh)]]
            times = [stored.fetched_at for stored in fresh]
            yield KeptBlock(requests, times, lengths, block, is_empty=not block.counts[-1])
        yield from batch if block is None else batch[len(fresh) :]


def keep_columns(
    answers: Iterable[Answer | KeptBlock], columns: ColumnStore | None, builder: FrameBuilder
) -> Iterator[Answer | KeptBlock]:
    """Yield the answers of one list, and keep the columns of each block when it was used.

    Parameters
    ----------
    answers : iterable of Answer or KeptBlock
        In order; the rows of each are given to the builder before the next one is wanted.
    columns : ColumnStore or None
        Where columns are kept; None if they are not.
    builder : FrameBuilder
        Builder of the frame, which joins the columns of a block.
    """
    rest = iter(answers)
    for size in chain([FIRST_BATCH], repeat(BATCH)):
        place, length, whole = 0, 0, True
        keys: list[tuple[str, bytes]] = []
        for answer in rest:
            yield answer
            if isinstance(answer, KeptBlock):
                place += len(answer.requests)
                whole = False  # what follows in its block does not begin one
            else:
                place += 1
                length += len(answer.data or b"")
                whole &= bool(answer.digest) and answer.data is not None
                keys.append((answer.key, answer.digest))
            if place >= size:
                break
        block = builder.end_block()
        if columns is not None and block is not None and whole and length >= columns.smallest:
            columns.keep(builder.recipe, keys, block)
        if place < size:
            return  # the list has ended


# until_known= ------------------------------------------------------------------------------------


class _RowId(msgspec.Struct):
    id: Any = None


_decoder = msgspec.json.Decoder(list[_RowId])


def ids_in(data: bytes, record: Record) -> list[str]:
    """Return the ids of an answer's rows, in order, without decoding the rest."""
    rows = list_bytes(data, record)
    try:
        return [str(row.id) for row in _decoder.decode(rows) if row.id is not None]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    objects = [read_members(row) for row in entries(rows, record) if row.startswith(b"{")]
    found = [read_json(msgspec.json.decode, bytes(row["id"])) for row in objects if "id" in row]
    return [str(one) for one in found if one]


class KnownRows:
    """Rows that are known already, at which a list may stop that begins with its newest row.

    A single known row is not the end: a pinned or moved row may stand before new ones. Half a page
    of known rows without a new one among them is (or half of the known ids, if these are fewer).
    Rows that a moving list shows on two pages are counted once. A page of nothing but known rows
    is always the end.

    Parameters
    ----------
    record : Record
    ids : collection of str
        Their ids; where there are none, a list does not stop here.

    Attributes
    ----------
    met : set of str
        Known ids met so far.
    reached : bool
        Whether the list stops here.
    """

    def __init__(self, record: Record, ids: Collection[str]) -> None:
        self.met: set[str] = set()
        self.reached = False
        self._record = record
        self._ids = frozenset(ids)
        self._streak: set[str] = set()
        self._longest_streak = 0
        self._fullest = 0

    def look_at(self, data: bytes | None) -> bool:
        """Look for known rows in the next page; return whether nothing behind it is wanted."""
        if not self._ids or not data:
            return False
        ids = ids_in(data, self._record)
        self._fullest = max(self._fullest, len(ids))
        only_known = bool(ids)
        for one in ids:
            if one in self._ids:
                self.met.add(one)
                self._streak.add(one)
                self._longest_streak = max(self._longest_streak, len(self._streak))
            else:
                only_known = False
                self._streak.clear()
        enough = max(1, min(self._fullest, len(self._ids)) // 2)
        self.reached = only_known or self._longest_streak >= enough
        return self.reached
