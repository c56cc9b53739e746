"""Blocks of a pull: consecutive answers whose columns are kept, so that they are decoded once.

A block is what was looked up together: the first eight requests of a list, then fifty each. Where
its first answers are all fresh and their columns are kept, these take the place of the answers.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgurdata.http.columns import is_on
from imgurdata.http.resolve import RequestSpec, Resolved, State
from imgurdata.http.store import Stored
from imgurdata.model.blocks import Block, Recipe

if TYPE_CHECKING:
    from imgurdata.http.columns import ColumnStore
    from imgurdata.http.session import ImgurSession
    from imgurdata.model.frames import FrameBuilder
    from imgurdata.pulls.answers import Answer

__all__ = ["Blocks", "KnownBlock"]

#: Answers of the first block of a list, and of the others: fifty pages are some 6 MB.
_FIRST, _MORE = 8, 50
#: Shorter answers may be an empty list, behind which nothing is used.
_SHORT = 500


@dataclass(frozen=True, slots=True)
class KnownBlock:
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
        self._next_end = _FIRST
        self._whole = True
        self._answers: list[tuple[str, bytes]] = []
        self._length = 0

    def known(self, resolved: Iterator[Resolved]) -> Iterator[Resolved | KnownBlock]:
        """Yield what the cache knows, with columns in place of the answers they are of."""
        size = _FIRST
        while batch := list(itertools.islice(resolved, size)):
            size = _MORE
            block = self._load(batch)
            if block is not None:
                yield block
            yield from batch if block is None else batch[len(block.requests) :]

    def _load(self, batch: Sequence[Resolved]) -> KnownBlock | None:
        if self._columns is None:
            return None
        fresh: list[Stored] = []
        for one in batch:
            if one.state is not State.FRESH or not isinstance(one.cached, Stored):
                break
            if not one.cached.digest:
                break
            fresh.append(one.cached)
            if self._ends_empty and one.cached.length < _SHORT:
                break
        if sum(stored.length for stored in fresh) < self._columns.smallest:
            return None
        block = self._columns.load(self._recipe, [(one.key, one.digest) for one in fresh])
        if block is None:
            return None
        return KnownBlock(
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
            self._next_end += _MORE

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
