"""Decoded rows to one DataFrame, by the declared schema.

Rows become Arrow columns some hundred at a time, which frees them, and a frame column by column
when the pull is over. Columns and dtypes come from the record alone, never from the data, so that
no rows, one page and a million rows give the same frame.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import compress
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata.model.columns import to_array, to_columns
from imgurdata.model.decode import Notes, decode_page
from imgurdata.model.schema import Record, to_pandas
from imgurdata.model.trees import flatten

__all__ = ["FrameBuilder"]

#: Rows are converted to columns when so many are pending: ten pages, or one tree. Smaller chunks
#: cost more calls; with thousands of posts the rows no longer fit the processor's cache.
_CHUNK = 600

_NO_COLUMNS: Mapping[str, pa.Array] = MappingProxyType({})


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

    Attributes
    ----------
    rows : int
        Rows added so far.
    duplicates : int
        Rows left out by :meth:`add` because an earlier page had their id.
    news : int
        Ids that no earlier page had, of answers added with ``unique``.
    """

    def __init__(
        self, record: Record, *, nested: bool = False, owner: str = "", tree: bool | None = None
    ) -> None:
        self.record = record
        self._owner = owner
        self._tree = tree
        self.extra = tuple(record.nested.values()) if nested else ()
        self.duplicates = 0
        self.new_rows = 0
        self.rows = 0
        self._list_start = 0
        self._notes = Notes()
        self._seen: set[Any] = set()
        # Decoded rows, with when each was fetched, and the columns that they do not hold.
        self._pending: list[Any] = []
        self._times: list[dt.datetime | None] = []
        self._beside: dict[str, list[pa.Array]] = {}
        self._chunks: dict[str, list[pa.Array]] = {}
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

    def add(
        self,
        data: bytes,
        *,
        fetched_at: dt.datetime | None = None,
        listing: str | None = None,
        unique: Sequence[str] = (),
        owner: str | None = None,
    ) -> int:
        """Add one answer's ``data`` and return its number of rows, duplicates included.

        Parameters
        ----------
        data : bytes
            JSON, as :func:`~imgurdata.model.envelope.unwrap` returns it.
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
        rows, nested = decode_page(data, self.record, self._notes, nested=bool(self.extra))
        beside = {self.record.nested[key]: texts for key, texts in nested.items()}
        if self.record.children:
            rows, places = flatten(rows, self.record.children, tree=self._tree)
            for field in self.record.fields:
                if field.name in places:
                    beside[field.name] = to_array(field, places[field.name], self._notes)
        count = len(rows)
        if unique and any(known := self._known(rows, unique)):
            new = [not is_known for is_known in known]
            rows = list(compress(rows, new))
            beside = {name: column.filter(pa.array(new)) for name, column in beside.items()}
        self.add_rows(rows, beside, fetched_at=fetched_at, listing=listing, owner=owner)
        return count

    def add_rows(
        self,
        rows: list[Any],
        beside: Mapping[str, pa.Array] = _NO_COLUMNS,
        *,
        fetched_at: dt.datetime | None = None,
        listing: str | None = None,
        owner: str | None = None,
    ) -> None:
        """Add decoded rows, and columns they do not hold; other arguments as in :meth:`add`."""
        count = len(rows)
        columns = dict(beside)
        values = {"fetched_at": fetched_at, "listing": listing}
        for field in self.record.fields:
            if field.from_pull and field.name not in columns:
                columns[field.name] = _repeat(values.get(field.name), count, field.arrow_type)
        if listing is not None and "rank" in columns:
            first = self.rows - self._list_start
            columns["rank"] = pa.array(range(first, first + count), pa.int64())
        if self._owner:
            columns[self._owner] = _repeat(owner, count, pa.large_string())
        for name, array in columns.items():
            self._beside.setdefault(name, []).append(array)
        self._pending += rows
        self._times += [fetched_at] * count
        self.rows += count
        if len(self._pending) >= _CHUNK:
            self._convert()

    def _known(self, rows: Sequence[Any], unique: Sequence[str]) -> list[bool]:
        """Return which rows an earlier page had."""
        name, *more = unique
        # Rows without an id are never duplicates.
        ids = [
            (row_id, *(bool(getattr(row, key)) for key in more))
            if (row_id := getattr(row, name)) not in (None, "")
            else None
            for row in rows
        ]
        named = set(ids) - {None}
        known = [row_id in self._seen for row_id in ids]
        self.new_rows += len(named - self._seen)
        self._seen |= named
        self.duplicates += sum(known)
        return known

    def _convert(self) -> None:
        """Convert the pending rows to columns."""
        if not self._pending:
            return
        columns = to_columns(self.record, self._pending, self._times, self._notes)
        columns |= {name: pa.concat_arrays(arrays) for name, arrays in self._beside.items()}
        for name, array in columns.items():
            self._chunks.setdefault(name, []).append(array)
        self._pending, self._times, self._beside = [], [], {}

    def frame(self) -> pd.DataFrame:
        """Return all rows added so far, in order; more can be added afterwards."""
        self._convert()
        if self._head is None or self._chunks:
            frame = self._frame_of_chunks()
            # pandas copies on write, so frames returned earlier never change.
            self._head = frame if self._head is None else pd.concat([self._head, frame])
            self._head.index = pd.RangeIndex(self.rows)
        return self._head.copy(deep=False)

    def _frame_of_chunks(self) -> pd.DataFrame:
        if not self._chunks:
            return self.record.empty(self.extra, owner=self._owner)
        columns = {}
        for name in [*filter(None, [self._owner]), *self.record.columns, *self.extra]:
            # The Arrow chunks of each column are freed as soon as they are converted.
            columns[name] = to_pandas(pa.chunked_array(self._chunks.pop(name)))
        return pd.DataFrame(columns, copy=False)


def _repeat(value: Any, count: int, kind: pa.DataType) -> pa.Array:
    return pa.nulls(count, kind) if value is None else pa.repeat(pa.scalar(value, kind), count)
