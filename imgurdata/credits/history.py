"""Rows of the ledger as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata.credits.headers import COLUMNS, LIMITS
from imgurdata.credits.windows import LimitState
from imgurdata.model.schema import DType, Field, Record

__all__ = ["HISTORY", "HISTORY_COLUMNS", "history_frame", "states_frame"]

_TIME: DType = "datetime64[us, UTC]"
_FROM_HEADERS = "the response's headers; NA if they are missing"

#: Columns of ``history()``: one row is a real answer.
HISTORY = Record(
    name="credits_history",
    fields=(
        Field("time", _TIME, "when the answer came", "the session's clock", unit="UTC"),
        Field("identity", "str", "who asked, hashed", "the session"),
        Field("endpoint", "str", "what was asked", "the table of endpoints"),
        Field("method", "str", "GET, POST ...", "the request"),
        Field("status", "Int64", "HTTP status; NA: sent, but the answer never came", "the answer"),
        Field("cost", "Int64", "as documented: 1 a call, 304s too", "reference, Rate limits",
              unit="credits"),
        *(
            field
            for name in LIMITS
            for field in (
                Field(f"{name}_limit", "Int64", f"the {name} limit", _FROM_HEADERS, unit="credits"),
                Field(f"{name}_remaining", "Int64", "of these left", _FROM_HEADERS, unit="credits"),
                Field(f"{name}_reset_at", _TIME, "when they are filled up", _FROM_HEADERS,
                      unit="UTC"),
            )
        ),
    ),
)  # fmt: skip

#: The same as columns of the file, in the same order.
HISTORY_COLUMNS = ("time", "identity", "endpoint", "method", "status", "cost", *COLUMNS)


def history_frame(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return rows of :data:`HISTORY_COLUMNS` as a frame."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(HISTORY_COLUMNS)
    arrays = {}
    for field, values in zip(HISTORY.fields, columns, strict=True):
        if field.dtype == "str":
            arrays[field.name] = pa.array(values, field.arrow_type)
            continue
        scale = 1e6 if field.dtype == _TIME else 1  # times are stored in seconds
        numbers = [None if value is None else round(value * scale) for value in values]
        arrays[field.name] = pa.array(numbers, pa.int64()).cast(field.arrow_type)
    return HISTORY.frame(arrays)


def states_frame(states: Mapping[str, LimitState]) -> pd.DataFrame:
    """Return what is left of each limit as a frame of one row."""
    row = dict(zip(COLUMNS, sum(states.values(), ()), strict=True))
    record = Record("credits_now", tuple(f for f in HISTORY.fields if f.name in row))
    return record.frame({f.name: pa.array([row[f.name]], f.arrow_type) for f in record.fields})
