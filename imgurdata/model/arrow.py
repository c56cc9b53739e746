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

__all__ = ["to_columns"]

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
    by_key: dict[str, list[Any]] = {key: [] for key in rows[0].__struct_fields__} if rows else {}
    for first in range(0, len(rows), _AT_ONCE):
        some = map(msgspec.structs.astuple, rows[first : first + _AT_ONCE])
        for column, values in zip(by_key.values(), zip(*some, strict=True), strict=True):
            column.extend(values)
    derived: dict[Derive, Any] = {}
    columns = {}
    for field in record.fields:
        if field.wire_key is not None:
            found: Any = by_key.get(field.wire_key, ())
        elif field.derive is not None:
            if field.derive not in derived:
                derived[field.derive] = field.derive(rows)
            found = derived[field.derive]
            if isinstance(found, Mapping):
                found = found[field.name]
        else:
            continue
        columns[field.name] = _to_array(field, found, fetched, notes)
    return columns


def _to_array(field: Field, values: Sequence[Any], fetched: _Times, notes: Notes) -> pa.Array:
    """Return the Arrow array of a column; numbers that do not fit become NA and are counted."""
    if field.dtype == TIME:
        return _times(field, values, fetched, notes)
    try:
        column = pa.array(values, field.arrow_type)
    except (pa.ArrowInvalid, OverflowError):
        # Decoders refuse what does not fit, but a number may be computed that is too large.
        fitting = [v if v is None or -(2**63) <= v < 2**63 else None for v in values]
        notes.unreadable[field.name] += sum(
            a is not b for a, b in zip(values, fitting, strict=True)
        )
        column = pa.array(fitting, field.arrow_type)
    is_read_text = field.dtype == "str" and field.derive is None
    return _without_blanks(column) if is_read_text or field.zero_as_na else column


def _without_blanks(column: pa.Array) -> pa.Array:
    """Return a column with NA in place of empty texts, or of numbers that are 0."""
    if pa.types.is_large_string(column.type):
        ends = np.frombuffer(column.buffers()[1], np.int64)[: len(column) + 1]
        filled = ends[1:] != ends[:-1]
    else:
        filled = (column.fill_null(0) if column.null_count else column).to_numpy() != 0
    if np.count_nonzero(filled) == len(column) - column.null_count:
        return column
    known = pa.array(filled).buffers()[1]
    return pa.Array.from_buffers(column.type, len(column), [known, *column.buffers()[1:]])


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
