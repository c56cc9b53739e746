"""Decoded rows to one DataFrame, by the declared schema, once, at the end.

Pages become Arrow columns as they arrive (the rows are let go of), and a frame in one step when
the pull is over. Nothing here asks what the data look like: columns and dtypes come from the
record alone, so that no rows, one page and a million give the same frame.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from imgurdata.model.decode import Notes, decode_nested, decode_rows
from imgurdata.model.schema import Field, Record
from imgurdata.model.trees import flatten

__all__ = ["FrameBuilder"]

#: Epoch seconds beyond this (year 5138) are milliseconds.
_MILLISECONDS = 100_000_000_000
#: Times below this are seconds to go, not epoch seconds (API reference, normalising UserReset).
_RELATIVE = 1_000_000_000
_LATEST = int(dt.datetime(9999, 12, 31, tzinfo=dt.UTC).timestamp())


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
    notes
        Unknown fields and values that could not be read.
    """

    def __init__(
        self, record: Record, *, nested: bool = False, owner: str = "", tree: bool | None = None
    ) -> None:
        self.record = record
        self._owner = owner
        self._owners: list[str | None] = []
        self._tree = tree
        self.extra = tuple(record.nested.values()) if nested else ()
        self.notes = Notes()
        self.duplicates = 0
        self.rows = 0
        self._seen: set[str] = set()
        self._parts: dict[str, list[pa.Array]] = {f.name: [] for f in record.fields}
        self._parts |= {name: [] for name in self.extra}

    def add(
        self,
        data: bytes,
        *,
        fetched_at: dt.datetime | None = None,
        listing: str | None = None,
        unique: str | None = None,
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
            Column by which rows of earlier pages are known and left out. Within one page nothing
            is left out: recorded pages repeat no id.
        owner
            What the answer was asked for.

        Returns
        -------
        int
            How many rows the answer held, duplicates included: 0 is the end of a list.
        """
        rows = decode_rows(data, self.record, self.notes)
        nested: Sequence[dict[str, str | None]] = ()
        if self.extra:
            nested = decode_nested(data, self.record)
        places: dict[str, list[Any]] = {}
        if self.record.children:
            rows, places = flatten(rows, self.record.children, tree=self._tree)
        held = len(rows)
        keep = self._fresh(rows, unique)
        if len(keep) < len(rows):
            rows = [rows[i] for i in keep]
            nested = [nested[i] for i in keep] if nested else ()
            places = {name: [values[i] for i in keep] for name, values in places.items()}
        self._append(
            rows, nested, {**self._moment(len(rows), fetched_at, listing), **places}, fetched_at
        )
        self._owners += [owner] * len(rows)
        return held

    def _fresh(self, rows: Sequence[Any], unique: str | None) -> list[int]:
        """Which rows no earlier page had."""
        everything = list(range(len(rows)))
        if unique is None:
            return everything
        ids = [getattr(row, unique) for row in rows]
        keep = [i for i in everything if ids[i] is None or ids[i] not in self._seen]
        self._seen.update(i for i in ids if i is not None)
        self.duplicates += len(rows) - len(keep)
        return keep

    def _moment(
        self, count: int, fetched_at: dt.datetime | None, listing: str | None
    ) -> dict[str, list[Any]]:
        """The columns that no answer holds."""
        ranks = range(self.rows, self.rows + count) if listing is not None else [None] * count
        return {
            "fetched_at": [fetched_at] * count,
            "listing": [listing] * count,
            "rank": list(ranks),
        }

    def _append(
        self,
        rows: Sequence[Any],
        nested: Sequence[dict[str, str | None]],
        added: Mapping[str, list[Any]],
        fetched_at: dt.datetime | None,
    ) -> None:
        for field in self.record.fields:
            values = (
                added[field.name] if field.added else _values(field, rows, fetched_at, self.notes)
            )
            self._parts[field.name].append(_array(field, values, self.notes))
        for key, name in zip(self.record.nested, self.extra, strict=False):
            self._parts[name].append(pa.array([row[key] for row in nested], pa.string()))
        self.rows += len(rows)

    def frame(self) -> pd.DataFrame:
        """All rows taken up so far, in order; the builder can go on afterwards."""
        if self.rows:
            columns = {name: pa.chunked_array(parts) for name, parts in self._parts.items()}
            frame = self.record.frame(columns, self.extra)
        else:
            frame = self.record.empty(self.extra)
        if self._owner:
            frame.insert(0, self._owner, pd.Series(self._owners, dtype="str"))
        return frame


def _values(
    field: Field, rows: Sequence[Any], fetched_at: dt.datetime | None, notes: Notes
) -> list[Any]:
    if field.derive is not None:
        values = field.derive(rows)
    else:
        values = list(map(operator.attrgetter(field.wire_key or field.name), rows))
        if field.dtype == "str" or field.zero_is_nothing:
            return [value or None for value in values]
    if field.dtype == "datetime64[us, UTC]":
        return [_time(value, field, fetched_at, notes) for value in values]
    return values


def _time(
    value: float | None, field: Field, fetched_at: dt.datetime | None, notes: Notes
) -> dt.datetime | None:
    """A UTC time from what Imgur calls a time; None for none, and for what cannot be one."""
    if value is None:
        return None
    if field.relative and 0 <= value < _RELATIVE:
        return fetched_at + dt.timedelta(seconds=value) if fetched_at else None
    if value == 0:
        return None
    # Compared before it is divided: a whole number may be too large for a float.
    if 0 < value <= _MILLISECONDS:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    if _MILLISECONDS < value <= _LATEST * 1000:
        return dt.datetime.fromtimestamp(value / 1000, dt.UTC)
    notes.unreadable[field.name] += 1
    return None


def _array(field: Field, values: list[Any], notes: Notes) -> pa.Array:
    try:
        return pa.array(values, field.arrow_type)
    except (pa.ArrowInvalid, OverflowError):
        # An integer that does not fit 64 bits: the one thing the decoders let through.
        limit = np.iinfo(np.int64)
        fitting = [v if v is None or limit.min <= v <= limit.max else None for v in values]
        notes.unreadable[field.name] += sum(
            a is not b for a, b in zip(values, fitting, strict=True)
        )
        return pa.array(fitting, field.arrow_type)
