"""Decoded rows to Arrow columns, some hundred rows at a time.

Rows are transposed, which is faster than reading each attribute of each row. Arrow builds each
column in one call; empty texts, zeros that mean nobody, and times are converted as whole arrays.
Only columns that this cannot handle (an invalid time, a number beyond 64 bits) are converted value
by value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from imgurdata.model.decode import Notes
from imgurdata.model.schema import TIME, Derive, Field, Record

__all__ = ["to_array", "to_columns"]

#: Epoch seconds beyond this (year 5138) are milliseconds.
_MILLISECONDS = 100_000_000_000
#: Times below this are seconds to go, not epoch seconds (API reference, normalising UserReset).
_RELATIVE = 1_000_000_000
#: Rows that are transposed at once: a garbage collection begins with some 700 new tuples, and every
#: few hundred of those go through all objects of the process.
_AT_ONCE = 250
_LATEST = int(dt.datetime(9999, 12, 31, tzinfo=dt.UTC).timestamp())

_Times = Sequence[dt.datetime | None]


def to_columns(
    record: Record, rows: Sequence[Any], fetched: _Times, notes: Notes
) -> dict[str, pa.Array]:
    """Return the columns that rows hold, by name; ``fetched`` is when each was confirmed.

    Columns that repeat another are not among them.
    """
    columns = {}
    by_key = _transposed(rows)
    derived: dict[Derive, Any] = {}
    values: Any
    for field in record.fields:
        if field.from_pull or field.same_as:
            continue
        if field.derive is None:
            values = by_key.get(field.wire_key or field.name, ())
        else:
            if field.derive not in derived:
                derived[field.derive] = field.derive(rows)
            values = derived[field.derive]
            if isinstance(values, Mapping):
                values = values[field.name]
        if field.dtype == TIME:
            column = _times(field, values, fetched, notes)
        else:
            column = to_array(field, values, notes)
            if field.dtype == "str" and field.derive is None:
                column = _without_empty(column)
            elif field.zero_as_na:
                column = _without_zero(column)
        columns[field.name] = column
    return columns


def _transposed(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the values of rows by their key."""
    columns: dict[str, list[Any]] = {key: [] for key in rows[0].__struct_fields__} if rows else {}
    for first in range(0, len(rows), _AT_ONCE):
        some = map(msgspec.structs.astuple, rows[first : first + _AT_ONCE])
        for column, values in zip(columns.values(), zip(*some, strict=True), strict=True):
            column.extend(values)
    return columns


def _without_empty(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return a new column of texts, NA in place of those without a letter."""
    _, ends, letters = texts.buffers()
    ends = np.frombuffer(ends, np.int64)[: len(texts) + 1]
    filled = ends[1:] != ends[:-1]
    if np.count_nonzero(filled) == len(texts) - texts.null_count:
        return texts
    known = pa.array(filled).buffers()[1]
    return pa.LargeStringArray.from_buffers(len(texts), texts.buffers()[1], letters, known)


def _without_zero(numbers: pa.Int64Array) -> pa.Int64Array:
    """Return a column of numbers, NA in place of 0."""
    values = (numbers.fill_null(0) if numbers.null_count else numbers).to_numpy()
    zero = values == 0
    if np.count_nonzero(zero) == numbers.null_count:
        return numbers
    return pa.array(values, mask=zero)


def to_array(field: Field, values: Sequence[Any], notes: Notes) -> pa.Array:
    """Return the Arrow array of a column; numbers that do not fit become NA and are counted."""
    try:
        return pa.array(values, field.arrow_type)
    except (pa.ArrowInvalid, OverflowError):
        # Decoders refuse what does not fit, but a number may be computed that is too large.
        fitting = [v if v is None or -(2**63) <= v < 2**63 else None for v in values]
        notes.unreadable[field.name] += sum(
            a is not b for a, b in zip(values, fitting, strict=True)
        )
        return pa.array(fitting, field.arrow_type)


def _times(field: Field, values: Sequence[Any], fetched: _Times, notes: Notes) -> pa.Array:
    """Return the column of times: all at once where all are epoch seconds in whole numbers."""
    with suppress(pa.ArrowInvalid, OverflowError):
        numbers = pa.array(values)  # the type is inferred, since int64 would truncate fractions
        if numbers.type == pa.int64() and not field.relative:
            seconds = (numbers.fill_null(0) if numbers.null_count else numbers).to_numpy()
            if not len(seconds) or (seconds.min() >= 0 and seconds.max() <= _MILLISECONDS):
                return pa.array(seconds * 1_000_000, mask=seconds == 0).view(field.arrow_type)
    times = [_time(v, field, at, notes) for v, at in zip(values, fetched, strict=True)]
    return pa.array(times, field.arrow_type)


def _time(
    value: float | None, field: Field, fetched_at: dt.datetime | None, notes: Notes
) -> dt.datetime | None:
    """Return the UTC time of a value; None for 0 and null, and, counted, for invalid ones."""
    if value is None:
        return None
    if field.relative and 0 <= value < _RELATIVE:
        return fetched_at + dt.timedelta(seconds=value) if fetched_at else None
    if value == 0:
        return None
    # Compared before dividing, because a whole number may be too large for a float.
    if 0 < value <= _MILLISECONDS:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    if _MILLISECONDS < value <= _LATEST * 1000:
        return dt.datetime.fromtimestamp(value / 1000, dt.UTC)
    notes.unreadable[field.name] += 1
    return None
