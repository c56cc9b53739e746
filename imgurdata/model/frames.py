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

from imgurdata.model.arrow import to_columns
from imgurdata.model.blocks import PLACE, ROWS, Block, Recipe, narrow, recipe_of
from imgurdata.model.decode import Notes, Page, decode_page, drop_invalid_children
from imgurdata.model.schema import Record, to_pandas
from imgurdata.model.trees import flatten

__all__ = ["BlockUse", "FrameBuilder", "parts_of"]

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

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


class _AnswerRows(NamedTuple):
    """Rows of the frame that came with one answer."""

    rows: int
    fetched_at: dt.datetime | None
    listing: str | None
    first_rank: int
    owner: str | None


@dataclass(slots=True)
class _OpenBlock:
    """Block that is being filled: pending answers, and the columns of those before them."""

    counts: list[int] = field(default_factory=list)
    notes: list[Notes] = field(default_factory=list)
    keep: list[Mask] = field(default_factory=list)
    #: Answers whose rows are not columns yet, and when each was confirmed.
    pending: list[tuple[Page, dt.datetime | None]] = field(default_factory=list)
    #: Rows that are columns, and rows of pending answers.
    converted: int = 0
    waiting: int = 0
    #: Columns of some rows each, by the table they are of.
    pieces: dict[str, list[dict[str, pa.Array]]] = field(default_factory=dict)
    #: Whether nested lists have to be read from their JSON, since something about one is odd.
    is_odd: bool = False


class _Segment(NamedTuple):
    """Block whose columns go into a frame, and which of its rows: all if ``keep`` is None."""

    block: Block
    keep: Mask | None


class BlockUse(NamedTuple):
    """What became of a block: how many of its answers are in the frame, and why no more.

    ``end`` is ``""``, ``"empty"`` (the last one used holds no row) or ``"repeated"`` (all of
    its rows had come before).
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
        Ids that no earlier page of their list had, where the list says what they are.
    notes : Notes
        Unknown fields and values that could not be read, of the blocks that were ended.
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
        self.recipe = recipe_of(record, nested and bool(record.nested), tree)
        self.notes = Notes()
        self.duplicates = 0
        self.new_rows = 0
        self.rows = 0
        self._owner = owner
        self._in_blocks = in_blocks
        self._listing: str | None = None
        self._unique: tuple[str, ...] = ()
        self._list_start = 0
        self._seen: set[Any] = set()
        self._open = _OpenBlock()
        self._segments: list[_Segment] = []
        self._answers: list[_AnswerRows] = []
        self._frame: pd.DataFrame | None = None

    def begin_list(self, listing: str | None = None, *, unique: tuple[str, ...] = ()) -> None:
        """Begin another list: its ranks count from 0, and its ids are compared anew.

        Parameters
        ----------
        listing : str or None
            The list whose pages follow; their rows then get their ``rank``.
        unique : tuple of str
            Keys, which are columns as well, by which rows of earlier pages are recognised and left
            out; the first is an id, the others booleans. Rows of one page are never compared with
            each other.
        """
        self._listing, self._unique = listing, unique
        self._list_start = self.rows
        self._seen.clear()

    # Adding ---------------------------------------------------------------------------------------

    def add(
        self,
        data: bytes | Page,
        *,
        fetched_at: dt.datetime | None = None,
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
        owner : str or None
            Id that the answer was requested for.
        """
        record, nested, filling = self.recipe.record, self.recipe.nested, self._open
        page = data if isinstance(data, Page) else decode_page(data, record, nested=nested)
        rows, columns = page.rows, dict(page.columns)
        if record.children:
            rows, places = self._flattened(page)
            columns |= places
        count = len(rows)
        for name, kind in self.recipe.beside.items():
            if name not in columns:
                columns[name] = pa.nulls(count, kind)
        ids = _ids_of_rows(rows, self._unique) if self._unique else []
        filling.keep.append(self._note_rows(ids, count, fetched_at, owner))
        filling.counts.append(count)
        filling.notes.append(page.notes)
        filling.pending.append((Page(rows, page.notes, columns, page.parts), fetched_at))
        filling.waiting += count
        if filling.waiting >= _CHUNK:
            self._convert()
            if not self._in_blocks and filling.converted >= _JOINED:
                self.end_block()
        return count

    def _flattened(self, page: Page) -> tuple[list[Any], dict[str, pa.Array]]:
        """Return all valid rows of an answer's trees, and the columns of their places."""
        record = self.recipe.record
        rows, places = flatten(page.rows, tree=self.recipe.tree)
        if not record.all_valid(rows):
            drop_invalid_children(page.rows, record, page.notes)
            rows, places = flatten(page.rows, tree=self.recipe.tree)
        fields = [one for one in record.fields if one.name in places]
        return rows, {one.name: pa.array(places[one.name], one.arrow_type) for one in fields}

    def end_block(self) -> Block | None:
        """Join the columns of what was added since the last block; None if it was nothing."""
        filled = self._open
        if not filled.counts:
            return None
        self._convert()
        self._open = _OpenBlock()
        for notes in filled.notes:
            self.notes.merge(notes, self.recipe.record)
        tables: dict[str, dict[str, pa.Array]] = {}
        for table, types in self.recipe.tables.items():
            if table != ROWS and filled.is_odd:
                continue
            columns = tables[table] = {}
            for name, kind in types.items():  # the pieces are freed one column after the other
                pieces = [one.pop(name) for one in filled.pieces.get(table, ()) if name in one]
                columns[name] = pa.chunked_array(pieces, kind).combine_chunks()
        if sum(filled.counts) >= _LARGE:
            tables[ROWS] = {name: narrow(column) for name, column in tables[ROWS].items()}
            pa.default_memory_pool().release_unused()
        block, keep = Block(filled.counts, filled.notes, tables), np.concatenate(filled.keep)
        # Columns are taken out for the frame, but not from the block that is returned.
        own = block._replace(tables={**tables, ROWS: dict(tables[ROWS])})
        self._segments.append(_Segment(own, None if keep.all() else keep))
        return block

    def add_block(
        self,
        block: Block,
        fetched_at: Sequence[dt.datetime | None],
        *,
        owners: Sequence[str | None] = (),
        may_end: bool = False,
    ) -> BlockUse:
        """Add the columns of answers that were decoded before, as if each was added.

        ``fetched_at`` and ``owners`` have an item for each answer; for the rest see :meth:`add`.
        With ``may_end`` nothing is added behind an answer without rows, or with known ones only.
        """
        self.end_block()
        total, unique = sum(block.counts), self._unique
        ids = _ids_of_columns(block, unique) if unique and total else []
        masks: list[Mask] = []
        first, end = 0, ""
        for count, at, owner in zip(block.counts, fetched_at, owners or repeat(None)):  # noqa: B905
            before = self.new_rows
            self.notes.merge(block.notes[len(masks)], self.recipe.record)
            masks.append(self._note_rows(ids[first : first + count], count, at, owner))
            first += count
            if may_end and (not count or (unique and self.new_rows == before)):
                end = "repeated" if count else "empty"
                break
        keep = np.concatenate([*masks, np.zeros(total - first, bool)])
        self._segments.append(_Segment(block, None if keep.all() else keep))
        return BlockUse(len(masks), end)

    def _note_rows(
        self,
        ids: Sequence[Any],
        count: int,
        fetched_at: dt.datetime | None,
        owner: str | None,
    ) -> Mask:
        """Note an answer's rows, and return which of them no earlier page had.

        Those without an id are among them; without ``ids``, all are.
        """
        new, added = np.ones(count, bool), count
        if ids:
            named = set(ids) - {None}
            unseen = named - self._seen
            if len(unseen) < len(named):
                new = np.array([one not in self._seen for one in ids])
                added = int(new.sum())
            self.new_rows += len(unseen)
            self._seen |= unseen
        self.duplicates += count - added
        self._answers.append(
            _AnswerRows(added, fetched_at, self._listing, self.rows - self._list_start, owner)
        )
        self.rows += added
        return new

    # Converting -----------------------------------------------------------------------------------

    def _convert(self) -> None:
        """Convert the rows of pending answers to columns."""
        filling, record = self._open, self.recipe.record
        pages = [page for page, _ in filling.pending]
        rows = [row for page in pages for row in page.rows]
        times = [time for page, time in filling.pending for _ in page.rows]
        filling.is_odd |= any(page.parts is None for page in pages)
        notes = Notes()
        if rows:
            own = filling.pieces.setdefault(ROWS, [])
            own += [to_columns(record, rows, times, notes), *(page.columns for page in pages)]
            if not filling.is_odd:
                self._convert_parts(pages)
        if notes.unreadable:
            # Rare: once more, answer by answer, to know in which of them it is.
            for page, time in filling.pending:
                to_columns(record, page.rows, [time] * len(page.rows), page.notes)
        filling.pending = []
        filling.converted += len(rows)
        filling.waiting = 0

    def _convert_parts(self, pages: Sequence[Page]) -> None:
        """Convert the rows of nested lists, with the place of the row each belongs to."""
        for key, part in self.recipe.record.parts.items():
            lists = [one for page in pages for one in (page.parts or {})[key]]
            rows = [row for one in lists for row in one]
            columns = to_columns(part, rows, [None] * len(rows), Notes())
            places = np.arange(len(lists), dtype=np.int32) + np.int32(self._open.converted)
            columns[PLACE] = pa.array(np.repeat(places, [len(one) for one in lists]))
            self._open.pieces.setdefault(key, []).append(columns)

    # The frame ------------------------------------------------------------------------------------

    def frame(self) -> pd.DataFrame:
        """Return all rows added so far, in order; more can be added afterwards."""
        self.end_block()
        if self._frame is not None and not self._segments:
            return self._frame.copy(deep=False)
        record = self.recipe.record
        segments, self._segments = self._segments, []
        made = _pull_columns(self.recipe, self._answers, self._owner)
        self._answers = []
        for name, kind in self.recipe.tables[ROWS].items():
            pieces = []
            for block, keep in segments:
                column = block.tables[ROWS][name].cast(kind)  # it may be narrowed
                del block.tables[ROWS][name]
                pieces.append(column if keep is None else column.filter(pa.array(keep)))
            whole = pa.chunked_array(pieces, kind)
            if whole.nbytes < _SMALL:
                made[name] = to_pandas(whole.combine_chunks())
            else:
                del whole
                made[name] = _large_to_pandas(pieces, kind)
        for one in record.fields:
            if one.same_as:
                made[one.name] = made[one.same_as].copy()  # Arrow arrays are shared
        frame = pd.DataFrame({name: made.pop(name) for name in self.recipe.names}, copy=False)
        if self._owner in made:  # it is no column of the record
            frame.insert(0, self._owner, made.pop(self._owner))
        if self.recipe.nested:
            _remember_parts(frame, record, segments)
        # pandas copies on write, so frames returned earlier never change.
        self._frame = frame if self._frame is None else pd.concat([self._frame, frame])
        self._frame.index = pd.RangeIndex(self.rows)
        return self._frame.copy(deep=False)


def _ids_of_rows(rows: Sequence[Any], unique: Sequence[str]) -> list[Any]:
    """Return what rows are recognised by; None for those without an id."""
    name, *more = unique
    ids: list[Any] = [getattr(row, name) for row in rows]
    if not all(ids):
        ids = [None if i == "" else i for i in ids]  # as they will be in the column
    for key in more:  # one text, as texts cost the garbage collector nothing
        flags = ["true" if getattr(row, key) else "false" for row in rows]
        ids = [None if i is None else f"{i}/{f}" for i, f in zip(ids, flags, strict=True)]
    return ids


def _ids_of_columns(block: Block, unique: Sequence[str]) -> list[Any]:
    """Return what the rows of a block are recognised by; None for those without an id."""
    name, *more = unique
    columns, text = block.tables[ROWS], pa.large_string()
    ids = columns[name]
    if more:
        flags = [columns[key].fill_null(False).cast(text) for key in more]
        ids = pc.binary_join_element_wise(ids.cast(text), *flags, pa.scalar("/", text))
    found: list[Any] = ids.to_pylist()
    return found


def _large_to_pandas(pieces: list[pa.Array], kind: pa.DataType) -> Any:
    """Return the pandas array of a column's pieces, which are freed as they are converted."""
    if pa.types.is_large_string(kind):
        made = to_pandas(_joined_texts(pieces))
    elif kind == pa.int64():
        made = _joined_numbers(pieces)
    else:
        made = to_pandas(pa.chunked_array(pieces, kind))
    pieces.clear()
    pa.default_memory_pool().release_unused()
    return made


def _pull_columns(recipe: Recipe, answers: Sequence[_AnswerRows], owner: str) -> dict[str, Any]:
    """Return the pandas arrays of the columns that no answer holds."""
    lengths = np.array([one.rows for one in answers], np.int64)
    answer_of_row = pa.array(np.repeat(np.arange(len(answers)), lengths))
    # The rank of a row is its number in the frame and a shift that all of its answer have.
    shifts = [one.first_rank for one in answers] - np.cumsum(lengths) + lengths
    values: dict[str, list[Any]] = {
        "fetched_at": [one.fetched_at for one in answers],
        "listing": [one.listing for one in answers],
        "rank": [
            None if one.listing is None else n for one, n in zip(answers, shifts, strict=True)
        ],
        owner: [one.owner for one in answers],
    }
    fields = [f for f in recipe.record.fields if f.from_pull and f.name not in recipe.tables[ROWS]]
    types = {one.name: one.arrow_type for one in fields}
    if owner:
        types[owner] = pa.large_string()
    made = {}
    for name, kind in types.items():
        column = pa.array(values.get(name) or [None] * len(answers), kind).take(answer_of_row)
        if name == "rank":
            column = pc.add(column, pa.array(np.arange(len(column))))
        made[name] = to_pandas(column)
    return made


def _joined_texts(pieces: list[pa.Array]) -> pa.Array:
    """Return one column of several pieces, each of which is freed when it was copied."""
    rows = sum(map(len, pieces))
    offsets = np.zeros(rows + 1, np.int64)
    unknown = np.zeros(rows, bool)
    # Memory that is not written to yet is not in use: it grows as the pieces are freed.
    text = np.empty(sum(_text_bytes(piece)[1] for piece in pieces), np.uint8)
    row = end = 0
    pieces.reverse()
    while pieces:
        piece = pieces.pop()
        (first, size), count = _text_bytes(piece), len(piece)
        if count:
            if size:
                text[end : end + size] = np.frombuffer(piece.buffers()[2], np.uint8, size, first)
            ends = np.frombuffer(piece.buffers()[1], np.int64)[piece.offset :][1 : count + 1]
            offsets[row + 1 : row + count + 1] = ends - first + end
            if piece.null_count:
                unknown[row : row + count] = piece.is_null().to_numpy(zero_copy_only=False)
        row, end = row + count, end + size
    known = None if not unknown.any() else pa.array(~unknown).buffers()[1]
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text), known)


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


def _text_bytes(piece: pa.Array) -> tuple[int, int]:
    """Return where the bytes of a piece of texts begin in its buffer, and how many they are."""
    if not len(piece):
        return 0, 0
    ends = np.frombuffer(piece.buffers()[1], np.int64)[piece.offset :]
    return int(ends[0]), int(ends[len(piece)] - ends[0])


# Nested lists of a frame --------------------------------------------------------------------------

#: Of a piece of a frame: its rows before any were left out, which were kept, and the nested rows.
_Nested = tuple[int, Mask | None, dict[str, pa.Array]]

#: Rows of nested lists, and their record, by the identity of the Arrow array that holds their JSON.
#: Arrow arrays never change: whoever filters, sorts or changes the column gets another one, which
#: is not here.
_parts: dict[int, tuple[weakref.ref[Any], Record, list[_Nested]]] = {}


def _remember_parts(frame: pd.DataFrame, record: Record, segments: Sequence[_Segment]) -> None:
    for key, part in record.parts.items():
        if all(key in block.tables for block, _ in segments):
            texts: Any = frame[record.nested[key]].array
            texts = texts.__arrow_array__()
            nested = [(sum(block.counts), keep, block.tables[key]) for block, keep in segments]
            _parts[id(texts)] = (weakref.ref(texts, partial(_forget, id(texts))), part, nested)


def _forget(number: int, _: object) -> None:
    _parts.pop(number, None)


def parts_of(column: pd.Series, part: Record) -> tuple[Numbers, dict[str, pa.ChunkedArray]] | None:
    """Return the rows of a record in a column of JSON: places and columns; None if not known.

    Known are those of a column as a builder made it; not of one that was filtered or changed.
    """
    if not hasattr(column.array, "__arrow_array__"):
        return None
    texts = column.array.__arrow_array__()
    known = _parts.get(id(texts))
    if known is None or known[0]() is not texts or known[1] is not part:
        return None
    types = recipe_of(part).tables[ROWS]
    columns: dict[str, list[pa.Array]] = {name: [] for name in types}
    places: list[Numbers] = [np.zeros(0, np.int64)]
    first = 0
    for rows, keep, table in known[2]:
        of_row = table[PLACE].to_numpy().astype(np.int64)
        chosen = None
        if keep is not None:
            kept = keep[of_row]
            chosen = None if kept.all() else pa.array(kept)
            of_row = (np.cumsum(keep) - 1)[of_row[kept]]
        for name, pieces in columns.items():
            pieces.append(table[name] if chosen is None else table[name].filter(chosen))
        places.append(first + of_row)
        first += rows if keep is None else int(keep.sum())
    joined = {name: pa.chunked_array(columns[name], kind) for name, kind in types.items()}
    return np.concatenate(places), joined
