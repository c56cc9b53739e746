"""Decoded rows to one DataFrame, by the declared schema, once, at the end.

Rows become Arrow columns some hundred at a time, which frees them, and a frame column by column
when the pull is over. Nothing here asks what the data look like: columns and dtypes come from the
record alone, so that no rows, one page and a million give the same frame.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from imgurdata.model.columns import Columns, to_array
from imgurdata.model.decode import Notes, decode_lists, decode_page
from imgurdata.model.schema import Record
from imgurdata.model.trees import Places, flatten

__all__ = ["FrameBuilder"]

#: Rows are turned into columns when so many wait: ten pages, or one tree. Fewer cost more calls;
#: with thousands of posts each column's pass over them finds none in the processor's cache.
_CHUNK = 600


class FrameBuilder:
    """Takes up pages and gives one frame.

    Parameters
    ----------
    record
        What one row is.
    owner
        Name of a ``str`` column, put first, for what each answer was asked for.
    tree
        Whether answers are trees: True, even where they don't look it (a comment without
        replies); False, only where some row holds replies; None, told by the rows.
    nested
        Keep the answer's own JSON of nested lists (``images_json``, ``tags_json`` of posts).

    Attributes
    ----------
    duplicates
        Rows left out by :meth:`add` because an earlier page had their id.
    news
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
        self.news = 0
        self.rows = 0
        self._list_start = 0
        self._notes = Notes()
        self._seen: set[Any] = set()
        self._columns = Columns(record)
        self._waiting: list[Any] = []
        self._times: list[dt.datetime | None] = []
        self._beside: dict[str, list[pa.Array]] = {}
        self._parts: dict[str, list[pa.Array]] = {}
        self._head: pd.DataFrame | None = None

    @property
    def notes(self) -> Notes:
        """Unknown fields and values that could not be read."""
        self._convert()
        return self._notes

    def add(
        self,
        data: bytes,
        *,
        fetched_at: dt.datetime | None = None,
        listing: str | None = None,
        unique: Sequence[str] = (),
        owner: str | None = None,
    ) -> int:
        """Take up one answer's ``data``.

        Parameters
        ----------
        data
            JSON bytes, as :func:`~imgurdata.model.envelope.unwrap` gives them.
        fetched_at
            When Imgur confirmed this answer.
        listing
            The list it is a page of; rows then get their ``rank``.
        unique
            Keys by which rows of earlier pages are known and left out; the first is an id, the
            others booleans. Within one page nothing is left out: recorded pages repeat no id.
        owner
            What the answer was asked for.

        Returns
        -------
        int
            How many rows the answer held, duplicates included: 0 is the end of a list.
        """
        rows, nested = decode_page(data, self.record, self._notes, nested=bool(self.extra))
        places: Places | None = None
        if self.record.children:
            rows, places = flatten(rows, self.record.children, tree=self._tree)
        held = len(rows)
        if known := self._known(rows, unique):
            fresh = [not one for one in known]
            rows = list(compress(rows, fresh))
            nested = {key: texts.filter(pa.array(fresh)) for key, texts in nested.items()}
            places = places and Places(*(list(compress(column, fresh)) for column in places))
        self._take(rows, nested, places, fetched_at, listing, owner)
        return held

    def _take(
        self,
        rows: list[Any],
        nested: Mapping[str, pa.Array] = MappingProxyType({}),
        places: Places | None = None,
        fetched_at: dt.datetime | None = None,
        listing: str | None = None,
        owner: str | None = None,
    ) -> None:
        """Let rows wait, with the columns that they do not hold themselves."""
        beside = self._beside_rows(len(rows), places, fetched_at, listing, owner)
        beside |= {self.record.nested[key]: texts for key, texts in nested.items()}
        self._waiting += rows
        for name, array in beside.items():
            self._beside.setdefault(name, []).append(array)
        if self._columns.needs_times:
            self._times += [fetched_at] * len(rows)
        self.rows += len(rows)
        if len(self._waiting) >= _CHUNK:
            self._convert()

    def begin_list(self) -> None:
        """Begin another list: its ranks count from 0, and it is told apart from those before."""
        self._list_start = self.rows
        self._seen.clear()

    def add_lists(self, texts: Sequence[str]) -> list[int] | None:
        """Take up many short lists at once: a call each costs more than what is in them.

        Parameters
        ----------
        texts
            JSON of a list of records each, none of which holds further rows.

        Returns
        -------
        list of int or None
            How many rows each held. None, and nothing taken up, where some list holds what the
            strict decoder does not know: :meth:`add` reads each by itself then.
        """
        lists = decode_lists(texts, self.record)
        if lists is None:
            return None
        self._take([row for rows in lists for row in rows])
        return [len(rows) for rows in lists]

    def _known(self, rows: Sequence[Any], unique: Sequence[str]) -> list[bool] | None:
        """Which rows an earlier page had; None where it had none of them."""
        if not unique:
            return None
        name, *more = unique
        # Rows without an id are never the same one.
        ids = [
            (row_id, *(bool(getattr(row, key)) for key in more))
            if (row_id := getattr(row, name)) not in (None, "")
            else None
            for row in rows
        ]
        named = set(ids) - {None}
        self.news += len(named - self._seen)
        known = None if self._seen.isdisjoint(named) else [one in self._seen for one in ids]
        self._seen |= named
        self.duplicates += sum(known or ())
        return known

    def _beside_rows(
        self,
        count: int,
        places: Places | None,
        fetched_at: dt.datetime | None,
        listing: str | None,
        owner: str | None,
    ) -> dict[str, pa.Array]:
        """The columns that no row holds."""
        same = {"fetched_at": fetched_at, "listing": listing}
        columns: dict[str, pa.Array] = {}
        for field in self.record.fields:
            if not field.added:
                continue
            if field.name in same:
                columns[field.name] = _repeated(same[field.name], count, field.arrow_type)
            elif field.name == "rank" and listing is not None:
                columns[field.name] = pa.array(
                    np.arange(count) + self.rows - self._list_start, pa.int64()
                )
            elif field.name == "rank" or places is None:
                columns[field.name] = pa.nulls(count, field.arrow_type)
            else:
                values = getattr(places, field.name)
                columns[field.name] = to_array(field, values, self._notes)
        if self._owner:
            columns[self._owner] = _repeated(owner, count, pa.large_string())
        return columns

    def _convert(self) -> None:
        """Turn the rows that wait into columns."""
        if not self._waiting:
            return
        columns = self._columns.of(self._waiting, self._times, self._notes)
        columns |= {name: pa.concat_arrays(parts) for name, parts in self._beside.items()}
        for name, array in columns.items():
            self._parts.setdefault(name, []).append(array)
        self._waiting, self._times, self._beside = [], [], {}

    def frame(self) -> pd.DataFrame:
        """All rows taken up so far, in order; the builder can go on afterwards."""
        self._convert()
        if self._head is None or self._parts:
            made = self._made()
            # The Arrow columns are freed here; pandas copies the frame when somebody writes to it.
            self._head = made if self._head is None else pd.concat([self._head, made])
            self._head.index = pd.RangeIndex(self.rows)
        return self._head.copy(deep=False)

    def _made(self) -> pd.DataFrame:
        """The frame of the columns so far, each let go of when its turn has come."""
        if not self._parts:
            return self.record.empty(self.extra, owner=self._owner)
        return self.record.frame(_Emptied(self._parts), self.extra, owner=self._owner)


class _Emptied(Mapping[str, pa.ChunkedArray]):
    """Columns in pieces, to be read once: each is let go of as it is read."""

    def __init__(self, parts: dict[str, list[pa.Array]]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        return pa.chunked_array(self._parts.pop(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def _repeated(value: Any, count: int, kind: pa.DataType) -> pa.Array:
    return pa.nulls(count, kind) if value is None else pa.repeat(pa.scalar(value, kind), count)
