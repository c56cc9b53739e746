"""Decoded rows to Arrow columns, some hundred rows at a time.

All rows are turned into columns at once, which takes less time than to read each attribute of each
row. Arrow takes the columns over in one call each, and times become microseconds as whole arrays.
What that cannot do (a time that is none, a number beyond 64 bits) is done value by value, and
counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from imgurdata.model.decode import Notes
from imgurdata.model.schema import TIME, Derive, Field, Record

__all__ = ["Columns"]

#: Epoch seconds beyond this (year 5138) are milliseconds.
_MILLISECONDS = 100_000_000_000
#: Times below this are seconds to go, not epoch seconds (API reference, normalising UserReset).
_RELATIVE = 1_000_000_000
_LATEST = int(dt.datetime(9999, 12, 31, tzinfo=dt.UTC).timestamp())

_Times = Sequence[dt.datetime | None]


class Columns:
    """What turns rows of a record into the columns that an answer tells.

    Parameters
    ----------
    record
        What one row is.
    """

    def __init__(self, record: Record) -> None:
        self._fields = [field for field in record.fields if not field.added]

    @cached_property
    def needs_times(self) -> bool:
        """Whether any column can only be told with the answer's own time."""
        return any(field.relative for field in self._fields)

    def of(self, rows: Sequence[Any], fetched: _Times, notes: Notes) -> dict[str, pa.Array]:
        """The columns of these rows, by name, of one length.

        Parameters
        ----------
        rows
            Structs of the record's row type.
        fetched
            When each row's answer was confirmed; may be empty unless :attr:`needs_times`.
        notes
            Counts what could not be read.
        """
        columns = {}
        by_key = _transposed(rows)
        worked_out: dict[Derive, Any] = {}
        values: Any
        for field in self._fields:
            if field.derive is None:
                values = by_key.get(field.wire_key or field.name, ())
                if field.dtype == "str" or field.zero_as_na:
                    values = [value or None for value in values]
            elif field.derive in worked_out:
                values = worked_out[field.derive][field.name]
            else:
                values = field.derive(rows)
                if isinstance(values, Mapping):
                    worked_out[field.derive] = values
                    values = values[field.name]
            columns[field.name] = (
                _times(field, values, fetched, notes)
                if field.dtype == TIME
                else to_array(field, values, notes)
            )
        return columns


def _transposed(rows: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Return the rows' values by key; nothing for no rows."""
    if not rows:
        return {}
    columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    return dict(zip(rows[0].__struct_fields__, columns, strict=True))


def to_array(field: Field, values: Sequence[Any], notes: Notes) -> pa.Array:
    """An Arrow array of a column's values; numbers that do not fit become NA and are counted."""
    try:
        return pa.array(values, field.arrow_type)
    except (pa.ArrowInvalid, OverflowError):
        # An integer that does not fit 64 bits: the one thing the decoders let through.
        fitting = [v if v is None or -(2**63) <= v < 2**63 else None for v in values]
        notes.unreadable[field.name] += sum(
            a is not b for a, b in zip(values, fitting, strict=True)
        )
        return pa.array(fitting, field.arrow_type)


def _times(field: Field, values: Sequence[Any], fetched: _Times, notes: Notes) -> pa.Array:
    if not field.relative and (quick := _epoch_seconds(values)) is not None:
        return pa.array(quick * 1_000_000, mask=quick == 0).view(field.arrow_type)
    moments = fetched or [None] * len(values)
    times = [_time(v, field, at, notes) for v, at in zip(values, moments, strict=True)]
    return pa.array(times, field.arrow_type)


def _epoch_seconds(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Whole epoch seconds, 0 for none; None where some are something else."""
    try:
        told = pa.array(values)  # with no type given, since int64 would cut fractions off
    except (pa.ArrowInvalid, OverflowError):
        return None
    if told.type != pa.int64():
        return None
    seconds = (told.fill_null(0) if told.null_count else told).to_numpy()
    plain = not len(seconds) or (seconds.min() >= 0 and seconds.max() <= _MILLISECONDS)
    return seconds if plain else None


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
