"""The ledger's rows as a frame, and the days on which an application's credits were spent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata._clock import utc
from imgurdata.credits.file import TOLD
from imgurdata.credits.limits import LIMITS
from imgurdata.credits.windows import TOLERANCE
from imgurdata.model.schema import DType, Field, Record

__all__ = ["COLUMNS", "HISTORY", "history_frame", "spent_days"]

_TIME: DType = "datetime64[us, UTC]"
_TOLD = "the answer's headers; NA where they did not tell"

#: What ``history()`` gives: one row a real answer.
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
                Field(f"{name}_limit", "Int64", f"the {name} limit", _TOLD, unit="credits"),
                Field(f"{name}_remaining", "Int64", "of these left", _TOLD, unit="credits"),
                Field(f"{name}_reset_at", _TIME, "when they are filled up", _TOLD, unit="UTC"),
            )
        ),
    ),
)  # fmt: skip

#: Larger numbers are no times of pandas, and no credits: the year 6429 in microseconds.
_FAR = 2.0**47 * 1e3

#: The same as columns of the file, in the same order.
COLUMNS = ("time", "identity", "endpoint", "method", "status", "cost", *TOLD)


def history_frame(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return rows of :data:`COLUMNS` as a frame; numbers that cannot be (a damaged file) are NA."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    arrays = {}
    for field, values in zip(HISTORY.fields, columns, strict=True):
        if field.dtype == _TIME:
            micros = [_whole(v, 1e6) for v in values]
            arrays[field.name] = pa.array(micros, pa.int64()).cast(field.arrow_type)
        elif field.dtype == "Int64":
            arrays[field.name] = pa.array([_whole(v, 1) for v in values], field.arrow_type)
        else:
            texts = [value if isinstance(value, str) else None for value in values]
            arrays[field.name] = pa.array(texts, field.arrow_type)
    return HISTORY.frame(arrays)


def _whole(value: Any, factor: float) -> int | None:
    if not isinstance(value, (int, float)) or not abs(value * factor) < _FAR:
        return None
    return round(value * factor)


def spent_days(rows: Iterable[tuple[float, float | None]]) -> list[dt.date]:
    """Return the days on which an application's credits were used up.

    Parameters
    ----------
    rows
        Time and reset of the answers that told that none are left, oldest first.

    Returns
    -------
    list of datetime.date
        In UTC, when it was first told: one for each of the application's days, which last 24
        hours from their first call.
    """
    days: list[dt.date] = []
    resets: list[float] = []
    for time, reset_at in rows:
        if _whole(time, 1e6) is None:
            continue
        day = utc(time).date()
        if reset_at is None:
            if day not in days:
                days.append(day)
        elif not any(abs(reset_at - known) <= TOLERANCE for known in resets):
            resets.append(reset_at)
            days.append(day)
    return days
