"""Decoded rows to Arrow columns, some hundred rows at a time.

All rows are transposed at once, which is faster than reading each attribute of each row. Arrow
builds each column in one call, and times become microseconds as whole arrays. Only columns that
this cannot handle (an invalid time, a number beyond 64 bits) are converted value by value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
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
_LATEST = int(dt.datetime(9999, 12, 31, tzinfo=dt.UTC).timestamp())

_Times = Sequence[dt.datetime | None]


def to_columns(
    record: Record, rows: Sequence[Any], fetched: _Times, notes: Notes
) -> dict[str, pa.Array]:
    """Return the columns that rows hold, by name; ``fetched`` is when each was confirmed."""
    columns = {}
    by_key: dict[str, Sequence[Any]] = {}
    if rows:
        values_by_key = zip(*map(msgspec.structs.astuple, rows), strict=True)
        by_key = dict(zip(rows[0].__struct_fields__, values_by_key, strict=True))
    derived: dict[Derive, Any] = {}
    values: Any
    for field in record.fields:
        if field.from_pull or field.same_as:
            continue
        if field.derive is None:
            values = by_key.get(field.wire_key or field.name, ())
            # Most columns hold none of these, which is soon seen.
            if (field.dtype == "str" and "" in values) or (field.zero_as_na and 0 in values):
                values = [value or None for value in values]
        else:
            if field.derive not in derived:
                derived[field.derive] = field.derive(rows)
            values = derived[field.derive]
            if isinstance(values, Mapping):
                values = values[field.name]
        is_time = field.dtype == TIME
        columns[field.name] = (
            _times(field, values, fetched, notes) if is_time else to_array(field, values, notes)
        )
    # Arrow arrays never change, so that two columns can share one.
    return columns | {f.name: columns[f.same_as] for f in record.fields if f.same_as}


def to_array(field: Field, values: Sequence[Any], notes: Notes) -> pa.Array:
    """Return the Arrow array of a column; numbers that do not fit become NA and are counted."""
    try:
        return pa.array(values, field.arrow_type)
    except (pa.ArrowInvalid, OverflowError):
        # Integers beyond 64 bits are the only values that the decoders accept and Arrow refuses.
        fitting = [v if v is None or -(2**63) <= v < 2**63 else None for v in values]
        notes.unreadable[field.name] += sum(
            a is not b for a, b in zip(values, fitting, strict=True)
        )
        return pa.array(fitting, field.arrow_type)


def _times(field: Field, values: Sequence[Any], fetched: _Times, notes: Notes) -> pa.Array:
    if not field.relative and (seconds := _epoch_seconds(values)) is not None:
        return pa.array(seconds * 1_000_000, mask=seconds == 0).view(field.arrow_type)
    times = [_time(v, field, at, notes) for v, at in zip(values, fetched, strict=True)]
    return pa.array(times, field.arrow_type)


def _epoch_seconds(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Return whole epoch seconds, 0 for none; None if some value is something else."""
    try:
        array = pa.array(values)  # the type is inferred, since int64 would truncate fractions
    except (pa.ArrowInvalid, OverflowError):
        return None
    if array.type != pa.int64():
        return None
    seconds = (array.fill_null(0) if array.null_count else array).to_numpy()
    in_range = not len(seconds) or (seconds.min() >= 0 and seconds.max() <= _MILLISECONDS)
    return seconds if in_range else None


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
