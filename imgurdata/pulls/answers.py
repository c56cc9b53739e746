"""Answers of a pull: what of them is usable, what the cache has, and where to stop.

A block is what was looked up together: the first eight requests of a list, then fifty each. Where
its first answers are all fresh and their columns are kept, these take the place of the answers, so
that they are decoded once.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from imgurdata.credits.headers import response_date
from imgurdata.errors import BadResponse, ImgurDataError
from imgurdata.http.columns import is_on
from imgurdata.http.store import BATCH, FIRST_BATCH, Replaced, RequestSpec, Resolved, State, Stored
from imgurdata.model.blocks import Block, Recipe
from imgurdata.model.decode import Page, entries, list_bytes, read_page
from imgurdata.model.envelope import data_of
from imgurdata.model.formats import head, read_json, read_members
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import Record

if TYPE_CHECKING:
    from imgurdata.endpoints import Endpoint
    from imgurdata.http.columns import ColumnStore
    from imgurdata.http.session import ImgurSession
    from imgurdata.model.frames import FrameBuilder

__all__ = [
    "Answer",
    "Blocks",
    "Check",
    "KeptBlock",
    "Watch",
    "answer_check",
    "cached_answer",
    "forget",
    "ids_in",
    "is_empty_list",
    "log_use",
    "new_answer",
    "read_cached",
]

logger = logging.getLogger(__name__)

#: Reads an answer's ``data``; raises ImgurDataError for what is of no use.
Check = Callable[[bytes], Page | None]

#: Shorter answers may be an empty list, behind which nothing is used.
_MAYBE_EMPTY = 500
#: An empty list is short even where it is wrapped in a tag's description.
_SHORT = 4_000


@dataclass(frozen=True, slots=True)
class KeptBlock:
    """Fresh answers in the cache whose columns are kept.

    Attributes
    ----------
    requests : sequence of RequestSpec
    fetched_at : sequence of datetime or None
        When Imgur last confirmed each.
    lengths : sequence of int
        Of the bodies, in bytes.
    block : Block
        Their columns.
    """

    requests: Sequence[RequestSpec]
    fetched_at: Sequence[dt.datetime | None]
    lengths: Sequence[int]
    block: Block
    state: State = State.FRESH


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
    block : KeptBlock or None
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
    block: KeptBlock | None = None

    @property
    def lengths(self) -> Sequence[int]:
        """Length of the data in bytes, one for each answer of a block."""
        return (len(self.data or b""),) if self.block is None else self.block.lengths


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


class Blocks:
    """Blocks of one list of a pull.

    Parameters
    ----------
    session : ImgurSession
    builder : FrameBuilder
        Of the pull.
    wanted : bool
        Whether every answer is used as a whole: not where a pull may stop at known rows.
    ends_empty : bool
        Whether nothing is used behind an answer without rows.
    """

    def __init__(
        self, session: ImgurSession, builder: FrameBuilder, *, wanted: bool, ends_empty: bool
    ) -> None:
        self._builder = builder
        self._recipe: Recipe = builder.recipe
        wanted = wanted and self._recipe.is_pure and is_on()
        self._columns: ColumnStore | None = session.store.columns if wanted else None
        self._ends_empty = ends_empty
        self._place = 0
        self._next_end = FIRST_BATCH
        self._whole = True
        self._answers: list[tuple[str, bytes]] = []
        self._length = 0

    def known(self, resolved: Iterator[Resolved]) -> Iterator[Resolved | KeptBlock]:
        """Yield what the cache knows, with columns in place of the answers they are of."""
        size = FIRST_BATCH
        while batch := list(itertools.islice(resolved, size)):
            size = BATCH
            block = self._load(batch)
            if block is not None:
                yield block
            yield from batch if block is None else batch[len(block.requests) :]

    def _load(self, batch: Sequence[Resolved]) -> KeptBlock | None:
        if self._columns is None:
            return None
        fresh: list[Stored] = []
        for one in batch:
            if one.state is not State.FRESH or not isinstance(one.cached, Stored):
                break
            if not one.cached.digest:
                break
            fresh.append(one.cached)
            if self._ends_empty and one.cached.length < _MAYBE_EMPTY:
                break
        if sum(stored.length for stored in fresh) < self._columns.smallest:
            return None
        block = self._columns.load(self._recipe, [(one.key, one.digest) for one in fresh])
        if block is None:
            return None
        return KeptBlock(
            [one.request for one in batch[: len(fresh)]],
            [stored.fetched_at for stored in fresh],
            [stored.length for stored in fresh],
            block,
        )

    def took(self, answer: Answer) -> None:
        """Note that an answer was used; at the end of its block, the columns are kept."""
        if answer.block is not None:
            self._place += len(answer.block.requests)
            self._whole = False  # what follows in its block does not begin one
        else:
            self._place += 1
            self._whole &= bool(answer.digest) and answer.data is not None
            self._answers.append((answer.key, answer.digest))
            self._length += len(answer.data or b"")
        if self._place >= self._next_end:
            self.end()
            self._next_end += BATCH

    def end(self) -> None:
        """End the block, here or because the list has ended: its columns are kept."""
        block = self._builder.end_block()
        if (
            self._columns is not None
            and block is not None
            and self._whole
            and self._length >= self._columns.smallest
        ):
            self._columns.keep(self._recipe, self._answers, block)
        self._whole, self._answers, self._length = True, [], 0


# Rows that are known already ----------------------------------------------------------------------


class _Row(msgspec.Struct):
    id: Any = None


_decoder = msgspec.json.Decoder(list[_Row])


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


class Watch:
    """Watch over the pages of a list for rows that are already known.

    A single known row is not the end: a pinned or moved row may stand before new ones. Half a page
    of known rows without a new one among them is (or half of the known ids, if these are fewer).
    Rows that a moving list shows on two pages are counted once. A page of nothing but known rows
    is always the end.

    Attributes
    ----------
    met : int
        Number of known ids met so far.
    """

    def __init__(self, known: Collection[str], record: Record) -> None:
        self._known: Mapping[str, None] = dict.fromkeys(known)
        self._record = record
        self._run: set[str] = set()
        self._longest = 0
        self._fullest = 0
        self._met: set[str] = set()

    @property
    def met(self) -> int:
        """How many known ids the pages held."""
        return len(self._met)

    def ends_with(self, data: bytes) -> bool:
        """Return whether this page, the next one, reaches rows that are already known."""
        if not self._known:
            return False
        ids = ids_in(data, self._record)
        self._fullest = max(self._fullest, len(ids))
        only_known = bool(ids)
        for one in ids:
            if one in self._known:
                self._met.add(one)
                self._run.add(one)
                self._longest = max(self._longest, len(self._run))
            else:
                only_known = False
                self._run.clear()
        enough = max(1, min(self._fullest, len(self._known)) // 2)
        return only_known or self._longest >= enough
