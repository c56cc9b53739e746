"""Decoded answers to one DataFrame, by the declared schema.

Rows become Arrow columns some hundred at a time, which frees them; these are joined for each block
of answers, and become a frame column by column when the pull is over. Columns and dtypes come from
the record alone, never from the data, so that no rows, one page and a million rows give the same
frame.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata.model.blocks import PLACE, Block, Mask, Narrowed, Parts, Recipe, Segment
from imgurdata.model.columns import to_array, to_columns
from imgurdata.model.decode import Notes, Page, decode_page, drop_invalid_children
from imgurdata.model.schema import Field, Record, to_pandas
from imgurdata.model.trees import flatten

__all__ = ["BlockUse", "FrameBuilder", "parts_of"]

#: Rows are converted to columns when so many are pending: ten pages, or one tree. Smaller chunks
#: cost more calls; with thousands of posts the rows no longer fit the processor's cache.
_CHUNK = 600
#: Columns are joined when they have so many rows, unless somebody joins them at the end of a block:
#: thousands of small pieces would leave holes in the memory that nothing else fits into.
_JOINED = 50_000
#: Blocks of so many rows are made small until they become a frame; it would slow down small ones.
_LARGE = 20_000
#: Columns of fewer bytes are joined at once, which is faster than piece by piece.
_SMALL = 4 * 2**20


class _Run(NamedTuple):
    """Rows of the frame with the same origin."""

    rows: int
    fetched_at: dt.datetime | None
    listing: str | None
    first_rank: int
    owner: str | None


@dataclass(slots=True)
class _Open:
    """Block that is being filled: pending rows, and the columns of those before them."""

    counts: list[int] = field(default_factory=list)
    notes: list[Notes] = field(default_factory=list)
    keep: list[Mask | None] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    times: list[dt.datetime | None] = field(default_factory=list)
    #: Of the pending rows: columns that they do not hold.
    beside: dict[str, list[pa.Array]] = field(default_factory=dict)
    #: Of the pending rows: nested lists by key, one for each row; None where they are odd.
    lists: dict[str, list[list[Any]]] | None = field(default_factory=dict)
    #: Rows that are columns, and answers whose notes are in the pull's.
    converted: int = 0
    merged: int = 0
    columns: dict[str, list[pa.Array]] = field(default_factory=dict)
    parts: dict[str, dict[str, list[pa.Array]]] = field(default_factory=dict)


class BlockUse(NamedTuple):
    """What became of a block: how many of its answers are in the frame, and why no more.

    ``end`` is ``""``, ``"empty"`` (the last one used holds no row) or ``"known"`` (all of its rows
    had come before).
    """

    answers: int
    end: str


class FrameBuilder:
    """Builder of one frame from pages.

    Parameters
    ----------
    record : Record
        Record of the rows.
    nested : bool
        Keep the answer's own JSON of nested lists (``images_json``, ``tags_json`` of posts).
    owner : str
        Name of a ``str`` column, put first, for the id that each answer was requested for.
    tree : bool or None
        Whether answers are trees: True, even where they don't look it (a comment without
        replies); False, only where some row holds replies; None, the rows decide.
    in_blocks : bool
        Whether :meth:`end_block` is called, by somebody who wants the columns of whole blocks.

    Attributes
    ----------
    rows : int
        Rows added so far.
    duplicates : int
        Rows left out because an earlier page had their id.
    new_rows : int
        Ids that no earlier page had, of answers added with ``unique``.
    """

    def __init__(
        self,
        record: Record,
        *,
        nested: bool = False,
        owner: str = "",
        tree: bool | None = None,
        in_blocks: bool = False,
    ) -> None:
        self.record = record
        nested = nested and bool(record.nested)
        self.recipe = Recipe(record, nested, tree)
        self.extra = tuple(record.nested.values()) if nested else ()
        self.duplicates = 0
        self.new_rows = 0
        self.rows = 0
        #: Columns that rows do not hold: those of trees, also where an answer is none, and JSON.
        in_rows = {one.name for one in record.fields if not one.from_pull}
        self._beside = {n: kind for n, kind in self.recipe.types.items() if n not in in_rows}
        self._owner = owner
        self._in_blocks = in_blocks
        self._list_start = 0
        self._notes = Notes()
        self._seen: set[Any] = set()
        self._open = _Open()
        self._segments: list[Segment] = []
        self._runs: list[_Run] = []
        self._head: pd.DataFrame | None = None

    @property
    def notes(self) -> Notes:
        """Unknown fields and values that could not be read."""
        self._convert()
        return self._notes

    def begin_list(self) -> None:
        """Begin another list: its ranks count from 0, and its ids are compared anew."""
        self._list_start = self.rows
        self._seen.clear()

    # Adding ---------------------------------------------------------------------------------------

    def add(
        self,
        data: bytes | Page,
        *,
        fetched_at: dt.datetime | None = None,
        listing: str | None = None,
        unique: Sequence[str] = (),
        owner: str | None = None,
    ) -> int:
        """Add one answer's ``data`` and return its number of rows, duplicates included.

        Parameters
        ----------
        data : bytes or Page
            JSON, as :func:`~imgurdata.model.envelope.unwrap` returns it, or what
            :func:`~imgurdata.model.decode.decode_page` makes of it.
        fetched_at : datetime or None
            When Imgur confirmed this answer.
        listing : str or None
            The list it is a page of; rows then get their ``rank``.
        unique : sequence of str
            Keys by which rows of earlier pages are recognised and left out; the first is an id,
            the others booleans. Rows of one page are never compared with each other.
        owner : str or None
            Id that the answer was requested for.
        """
        page = data if isinstance(data, Page) else self.decode(data)
        filling = self._open
        rows = page.rows
        beside = {self.record.nested[key]: texts for key, texts in page.texts.items()}
        if self.record.children:
            rows, places = flatten(page.rows, tree=self.recipe.tree)
            if not self.record.all_valid(rows):
                drop_invalid_children(page.rows, self.record, page.notes)
                rows, places = flatten(page.rows, tree=self.recipe.tree)
            for one in self.record.fields:
                if one.name in places:
                    beside[one.name] = to_array(one, places[one.name], page.notes)
        for name, kind in self._beside.items():
            array = beside[name] if name in beside else pa.nulls(len(rows), kind)
            filling.beside.setdefault(name, []).append(array)
        if page.parts is None or filling.lists is None:
            filling.lists = None
        else:
            for key, lists in page.parts.items():
                filling.lists.setdefault(key, []).extend(lists)
        count = len(rows)
        keep: Mask | None = None
        if unique and count:
            known = self._known(self._ids_of_rows(rows, unique))
            if any(known):
                keep = ~np.array(known)
        filling.counts.append(count)
        filling.notes.append(page.notes)
        filling.keep.append(keep)
        filling.rows += rows
        filling.times += [fetched_at] * count
        self._add_run(count if keep is None else int(keep.sum()), fetched_at, listing, owner)
        if len(filling.rows) >= _CHUNK:
            self._convert()
            if not self._in_blocks and filling.converted >= _JOINED:
                self.end_block()
        return count

    def decode(self, data: bytes) -> Page:
        """Return the rows of one answer's ``data``, to be added; may be called in any thread."""
        return decode_page(data, self.record, nested=self.recipe.nested)

    def add_rows(self, rows: list[Any]) -> None:
        """Add decoded rows, of no answer."""
        self.add(Page(rows))

    def end_block(self) -> Block | None:
        """Join the columns of what was added since the last block; None if it was nothing."""
        self._convert()
        filled, self._open = self._open, _Open()
        if not filled.counts:
            return None
        types = self.recipe.types
        columns = {name: _join(filled.columns.pop(name, []), types[name]) for name in types}
        parts = None
        if filled.lists is not None and self.recipe.nested:
            parts = {
                key: {
                    name: _join(filled.parts.get(key, {}).get(name, []), kind)
                    for name, kind in self.recipe.types_of_part(key).items()
                }
                for key in self.record.parts
            }
        kept: dict[str, pa.Array] | Narrowed = columns
        if sum(filled.counts) >= _LARGE:
            kept = Narrowed(columns)
            del columns
            pa.default_memory_pool().release_unused()
        keep = None
        if any(mask is not None for mask in filled.keep):
            pairs = zip(filled.keep, filled.counts, strict=True)
            keep = np.concatenate([np.ones(n, bool) if m is None else m for m, n in pairs])
        own = Block(filled.counts, filled.notes, kept.copy(), parts)
        self._segments.append(Segment(own, keep))
        return Block(filled.counts, filled.notes, kept, parts)

    def add_block(
        self,
        block: Block,
        fetched_at: Sequence[dt.datetime | None],
        *,
        listing: str | None = None,
        unique: Sequence[str] = (),
        owners: Sequence[str | None] = (),
        to_end: bool = False,
    ) -> BlockUse:
        """Add the columns of answers that were decoded before, as if each was added.

        ``fetched_at`` and ``owners`` have an item for each answer; for the rest see :meth:`add`.
        With ``to_end`` nothing is added behind an answer without rows, or with known ones only.
        """
        self.end_block()
        ids: list[Any] = []
        all_new = False
        if unique and block.rows:
            ids = self._ids_of_columns(block, unique)
            each = set(ids)
            all_new = len(each) == len(ids) and None not in each and self._seen.isdisjoint(each)
            if all_new:
                self._seen |= each
        masks: list[Mask] = []
        end = ""
        for count, at, owner in zip(block.counts, fetched_at, owners or repeat(None)):  # noqa: B905
            first, before = sum(map(len, masks)), self.new_rows
            mask = np.ones(count, bool)
            if all_new:
                self.new_rows += count
            elif unique and count:
                mask = ~np.array(self._known(ids[first : first + count]))
            masks.append(mask)
            self._add_run(int(mask.sum()), at, listing, owner)
            self._notes.merge(block.notes[len(masks) - 1], self.record)
            if to_end and (not count or (unique and self.new_rows == before)):
                end = "known" if count else "empty"
                break
        keep = np.concatenate(masks) if masks else np.ones(0, bool)
        behind = np.zeros(block.rows - len(keep), bool)
        keep = np.concatenate([keep, behind])
        self._segments.append(Segment(block, None if keep.all() else keep))
        return BlockUse(len(masks), end)

    def _add_run(
        self, rows: int, at: dt.datetime | None, listing: str | None, owner: str | None
    ) -> None:
        self._runs.append(_Run(rows, at, listing, self.rows - self._list_start, owner))
        self.rows += rows

    # Known rows -----------------------------------------------------------------------------------

    def _ids_of_rows(self, rows: Sequence[Any], unique: Sequence[str]) -> list[Any]:
        """Return what rows are recognised by; None for those without an id."""
        name, *more = unique
        ids: list[Any] = [getattr(row, name) for row in rows]
        if not all(ids) or set(map(type, ids)) != {str}:
            nobody = {None, "", 0} if self._zero_is_none(name) else {None, ""}
            # As they will be in the column.
            ids = [
                None if i in nobody or (isinstance(i, int) and not -(2**63) <= i < 2**63) else i
                for i in ids
            ]
        for key in more:  # one text, as texts cost the garbage collector nothing
            flags = ["true" if getattr(row, key) else "false" for row in rows]
            ids = [None if i is None else f"{i}/{f}" for i, f in zip(ids, flags, strict=True)]
        return ids

    def _ids_of_columns(self, block: Block, unique: Sequence[str]) -> list[Any]:
        """Return the same of columns."""
        name, *more = [self._column_of(key).name for key in unique]
        ids = block.columns[name]
        if more:
            text = pa.large_string()
            flags = [block.columns[key].fill_null(False).cast(text) for key in more]
            ids = pc.binary_join_element_wise(ids.cast(text), *flags, pa.scalar("/", text))
        found: list[Any] = ids.to_pylist()
        return found

    def _column_of(self, key: str) -> Field:
        return next(one for one in self.record.fields if one.wire_key == key)

    def _zero_is_none(self, key: str) -> bool:
        return self._column_of(key).zero_as_na

    def _known(self, ids: Sequence[Any]) -> list[bool]:
        """Return which rows an earlier page had, by what they are recognised by."""
        named = set(ids) - {None}
        known = [row_id in self._seen for row_id in ids]
        self.new_rows += len(named - self._seen)
        self._seen |= named
        self.duplicates += sum(known)
        return known

    # Converting -----------------------------------------------------------------------------------

    def _convert(self) -> None:
        """Convert the pending rows to columns."""
        filling = self._open
        record, rows, times = self.record, filling.rows, filling.times
        pending = range(filling.merged, len(filling.counts))
        if rows:
            notes = Notes()
            columns = to_columns(record, rows, times, notes)
            if notes.unreadable:
                # Rare: once more, answer by answer, to know in which of them it is.
                first = 0
                for number in pending:
                    end = first + filling.counts[number]
                    to_columns(record, rows[first:end], times[first:end], filling.notes[number])
                    first = end
            for name, array in columns.items():
                filling.columns.setdefault(name, []).append(array)
            for name, arrays in filling.beside.items():
                filling.columns.setdefault(name, []).extend(arrays)
            self._convert_parts(filling)
            filling.converted += len(rows)
            filling.rows, filling.times, filling.beside = [], [], {}
        for number in pending:
            self._notes.merge(filling.notes[number], record)
        filling.merged = len(filling.counts)

    def _convert_parts(self, filling: _Open) -> None:
        for key, lists in (filling.lists or {}).items():
            part = self.record.parts[key]
            rows = [row for one in lists for row in one]
            places = np.repeat(
                np.arange(filling.converted, filling.converted + len(lists), dtype=np.int32),
                [len(one) for one in lists],
            )
            columns = to_columns(part, rows, [None] * len(rows), Notes())
            columns[PLACE] = pa.array(places, pa.int32())
            into = filling.parts.setdefault(key, {})
            for name, array in columns.items():
                into.setdefault(name, []).append(array)
        if filling.lists is not None:
            filling.lists = {}

    # The frame ------------------------------------------------------------------------------------

    def frame(self) -> pd.DataFrame:
        """Return all rows added so far, in order; more can be added afterwards."""
        self.end_block()
        if self._head is None or self._segments:
            frame = self._frame_of_segments()
            # pandas copies on write, so frames returned earlier never change.
            self._head = frame if self._head is None else pd.concat([self._head, frame])
            self._head.index = pd.RangeIndex(self.rows)
        return self._head.copy(deep=False)

    def _frame_of_segments(self) -> pd.DataFrame:
        segments, self._segments = self._segments, []
        runs, self._runs = self._runs, []
        if not segments:
            return self.record.empty(self.extra, owner=self._owner)
        parts = Parts(self.record, segments) if self.extra else None
        made: dict[str, Any] = {}
        types = self.recipe.types
        for one in self.record.fields:
            if one.name not in types and not one.same_as:
                made[one.name] = _of_pull(one, runs)
        if self._owner:
            made[self._owner] = _texts([run.owner for run in runs], runs)
        for name, kind in types.items():
            made[name] = _joined([segment.pop(name) for segment in segments], kind)
        for one in self.record.fields:
            if one.same_as:
                made[one.name] = made[one.same_as].copy()  # Arrow arrays are shared
        names = [*self.record.names(self._owner), *self.extra]
        frame = pd.DataFrame({name: made.pop(name) for name in names}, copy=False)
        if parts is not None:
            _remember(frame, self.record, parts)
        return frame


def _join(pieces: list[pa.Array], kind: pa.DataType) -> pa.Array:
    if len(pieces) == 1:
        return pieces[0]
    return pa.concat_arrays(pieces) if pieces else pa.array([], kind)


def _joined(pieces: list[pa.Array], kind: pa.DataType) -> Any:
    """Return the pandas array of a column's pieces, which are freed as they are converted."""
    whole = pa.chunked_array(pieces, kind)
    is_small = whole.nbytes < _SMALL
    if is_small:
        pieces[:] = [whole.combine_chunks()]
    del whole
    if pa.types.is_large_string(kind):
        made = to_pandas(_joined_texts(pieces))
    elif kind == pa.int64():
        made = _joined_numbers(pieces)
    else:
        made = to_pandas(pa.chunked_array(pieces, kind))
    pieces.clear()
    if not is_small:
        pa.default_memory_pool().release_unused()
    return made


# Columns of the pull ------------------------------------------------------------------------------


def _of_pull(one: Field, runs: Sequence[_Run]) -> Any:
    """Return the pandas array of a column that no answer holds."""
    lengths = [run.rows for run in runs]
    if one.name == "fetched_at":
        times = pa.array([run.fetched_at for run in runs], one.arrow_type)
        unknown = np.repeat(times.is_null().to_numpy(False), lengths) if times.null_count else None
        numbers = np.repeat(times.view(pa.int64()).fill_null(0).to_numpy(), lengths)
        return to_pandas(pa.array(numbers, mask=unknown).view(one.arrow_type))
    if one.name == "listing":
        return _texts([run.listing for run in runs], runs)
    if one.name == "rank" and any(run.listing is not None for run in runs):
        shifts = np.array([run.first_rank for run in runs]) - np.cumsum([0, *lengths[:-1]])
        ranks = np.repeat(shifts, lengths) + np.arange(sum(lengths))
        unlisted = np.repeat([run.listing is None for run in runs], lengths)
        return to_pandas(pa.array(ranks, pa.int64(), mask=unlisted))
    return to_pandas(pa.nulls(sum(lengths), one.arrow_type))


def _texts(values: list[str | None], runs: Sequence[_Run]) -> Any:
    lengths = [run.rows for run in runs]
    if len(set(values)) == 1:
        return to_pandas(pa.repeat(pa.scalar(values[0], pa.large_string()), sum(lengths)))
    places = pa.array(np.repeat(np.arange(len(lengths), dtype=np.int32), lengths))
    return to_pandas(pa.array(values, pa.large_string()).take(places))


def _joined_texts(pieces: list[pa.Array]) -> pa.Array:
    """Return one column of several pieces, each of which is freed when it was copied."""
    rows = sum(map(len, pieces))
    offsets = np.zeros(rows + 1, np.int64)
    unknown = np.zeros(rows, bool)
    # Memory that is not written to yet is not in use: it grows as the pieces are freed.
    letters = np.empty(sum(_letters(piece)[1] for piece in pieces), np.uint8)
    row = end = 0
    pieces.reverse()
    while pieces:
        piece = pieces.pop()
        (first, size), count = _letters(piece), len(piece)
        if count:
            if size:
                letters[end : end + size] = np.frombuffer(piece.buffers()[2], np.uint8)[
                    first : first + size
                ]
            own = np.frombuffer(piece.buffers()[1], np.int64)[piece.offset :][1 : count + 1]
            offsets[row + 1 : row + count + 1] = own - first + end
            if piece.null_count:
                unknown[row : row + count] = piece.is_null().to_numpy(zero_copy_only=False)
        row, end = row + count, end + size
    known = None if not unknown.any() else pa.array(~unknown).buffers()[1]
    return pa.LargeStringArray.from_buffers(
        rows, pa.py_buffer(offsets), pa.py_buffer(letters), known
    )


def _joined_numbers(pieces: list[pa.Array]) -> Any:
    """Return the pandas array of several pieces, each of which is freed when it was copied."""
    rows = sum(map(len, pieces))
    numbers, unknown = np.empty(rows, np.int64), np.zeros(rows, bool)
    row = 0
    pieces.reverse()
    while pieces:
        piece = pieces.pop()
        end = row + len(piece)
        if piece.null_count:
            unknown[row:end] = piece.is_null().to_numpy(zero_copy_only=False)
        numbers[row:end] = (piece.fill_null(0) if piece.null_count else piece).to_numpy()
        row = end
    return pd.arrays.IntegerArray(numbers, unknown)


def _letters(piece: pa.Array) -> tuple[int, int]:
    """Return where the bytes of a piece of texts begin in its buffer, and how many they are."""
    if not len(piece):
        return 0, 0
    ends = np.frombuffer(piece.buffers()[1], np.int64)[piece.offset :]
    return int(ends[0]), int(ends[len(piece)] - ends[0])


# Nested lists of a frame --------------------------------------------------------------------------

#: Rows of the nested lists by the identity of the Arrow array that holds their JSON. Arrow arrays
#: never change: whoever filters, sorts or changes the column gets another one, which is not here.
_parts: dict[int, tuple[weakref.ref[Any], str, Parts]] = {}


def _remember(frame: pd.DataFrame, record: Record, parts: Parts) -> None:
    for key, name in record.nested.items():
        texts: Any = frame[name].array
        texts = texts.__arrow_array__()
        _parts[id(texts)] = (weakref.ref(texts, partial(_forget, id(texts))), key, parts)


def _forget(number: int, _: object) -> None:
    _parts.pop(number, None)


def parts_of(column: pd.Series, part: Record) -> tuple[Any, dict[str, pa.ChunkedArray]] | None:
    """Return the rows of a record in a column of JSON: places and columns; None if not known.

    Known are those of a column as a builder made it; not of one that was filtered or changed.
    """
    if not hasattr(column.array, "__arrow_array__"):
        return None
    texts = column.array.__arrow_array__()
    known = _parts.get(id(texts))
    if known is None or known[0]() is not texts:
        return None
    _, key, parts = known
    return parts.rows_of(key) if parts.record.parts[key] is part else None
