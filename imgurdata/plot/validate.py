"""Validation of the frame that a chart is given, and of its columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from imgurdata._validate import did_you_mean, refuse, shown
from imgurdata.errors import InvalidArgument

__all__ = [
    "Floats",
    "booleans",
    "column_of",
    "list_names",
    "loaded_at",
    "missing_column",
    "numbers",
    "strings",
    "utc_times",
    "validate",
]

#: One number a row or a bin.
Floats = npt.NDArray[np.float64]

# How many columns a message lists, and how many characters of a name it quotes.
_LISTED = 12
_NAME = 40

# Times in this range can be drawn in every time zone and in bins of any length.
_EARLIEST = pd.Timestamp("1800-01-01", tz="UTC")
_LATEST = pd.Timestamp("2200-01-01", tz="UTC")

# Larger numbers would overflow when they are squared or summed.
_LARGEST = 1e30

# What pandas calls a column of objects that are numbers.
_NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal"})


def validate(name: str, frame: object, columns: Iterable[str], *, loader: str) -> pd.DataFrame:
    """Return a frame that has these columns, each once; the message names a loader of such."""
    if not isinstance(frame, pd.DataFrame):
        refuse(name, f"a DataFrame such as {loader} returns", frame)
    for column in columns:
        if column not in frame.columns:
            missing_column(name, frame, shown(column, _NAME), column, loader=loader)
        column_of(frame, column)
    return frame


def missing_column(
    name: str, frame: pd.DataFrame, needed: str, column: str, *, loader: str
) -> NoReturn:
    """Raise InvalidArgument for a missing column; the nearest name to ``column`` is suggested."""
    raise InvalidArgument(
        f"{name} must have the column {needed}, as frames of {loader} do; "
        f"got {list_names(frame.columns)}.{did_you_mean(column, frame.columns)}"
    )


def column_of(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return an existing column; several of the same name are refused."""
    values = frame[column]
    if not isinstance(values, pd.Series):
        _refuse_column(column, "be there once", f"{values.shape[1]:,} columns of this name")
    return values


def utc_times(frame: pd.DataFrame, column: str) -> pd.DatetimeIndex:
    """Return a column of times with a time zone, converted to UTC.

    A column without any known value may have any dtype; it becomes NaT.
    """
    values = column_of(frame, column)
    known = values.dropna()
    if known.empty:
        return pd.DatetimeIndex([pd.NaT] * len(values), dtype="datetime64[us, UTC]")
    objects = values.dtype == object and all(isinstance(time, dt.datetime) for time in known)
    zone: object = getattr(values.dtype, "tz", None)
    if isinstance(values.dtype, pd.ArrowDtype):
        zone = getattr(values.dtype.pyarrow_dtype, "tz", None)
    elif objects:
        zone = all(time.tzinfo is not None for time in known)
    if not objects and not pd.api.types.is_datetime64_any_dtype(values.dtype):
        advice = f"pandas.to_datetime(frame[{column!r}], utc=True) turns it into times."
        _refuse_column(column, "hold times", values.dtype, advice)
    if not zone:
        advice = f"frame[{column!r}].dt.tz_localize('UTC') gives it one."
        _refuse_column(column, "hold times with a time zone", "times without one", advice)
    try:
        times = pd.DatetimeIndex(pd.to_datetime(list(values) if objects else values, utc=True))
        inside = bool(times.min() >= _EARLIEST and times.max() < _LATEST)
    except (ValueError, ArithmeticError):
        inside = False
    if not inside:
        years = f"{_EARLIEST.year} to {_LATEST.year - 1}"
        _refuse_column(column, f"hold times of the years {years}", "times outside of them")
    return times.as_unit("us")


def loaded_at(frame: pd.DataFrame, rows: Any) -> pd.Timestamp | None:
    """Return when the newest of some rows were loaded, if the frame says so."""
    if "fetched_at" not in frame.columns:
        return None
    newest = utc_times(frame, "fetched_at")[rows].max()
    return None if pd.isna(newest) else newest


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """Return a numeric column as float64; NA and infinite values become NaN."""
    values = column_of(frame, column)
    if values.isna().all():
        return np.full(len(values), np.nan)
    objects = values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in _NUMBERS
    if not objects and not _is_numeric(values.dtype):
        numeric = [name for name, dtype in frame.dtypes.items() if _is_numeric(dtype)]
        advice = f"Numeric columns of this frame: {list_names(numeric)}." if numeric else ""
        _refuse_column(column, "hold numbers", values.dtype, advice)
    try:
        out = values.to_numpy(dtype="float64", na_value=np.nan)
    except OverflowError:
        out = np.array([2 * _LARGEST])
    out = np.where(np.isfinite(out), out, np.nan)
    if (np.abs(out[~np.isnan(out)]) > _LARGEST).any():
        _refuse_column(column, f"hold numbers up to {_LARGEST:g}", "larger ones")
    return out


def booleans(
    frame: pd.DataFrame, column: str
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return where a boolean column is true, and where it is NA."""
    values = column_of(frame, column)
    unknown = values.isna().to_numpy(dtype=bool)
    known = values[~unknown]
    objects = values.dtype == object and pd.api.types.infer_dtype(known) == "boolean"
    if len(known) and not objects and not pd.api.types.is_bool_dtype(known.dtype):
        _refuse_column(column, "hold true and false", values.dtype)
    true = np.zeros(len(values), dtype=bool)
    true[~unknown] = known.to_numpy(dtype=bool)
    return true, unknown


def strings(values: pd.Series) -> pd.Series:
    """Return the known values of a column as strings, whatever objects it holds."""
    known = values.dropna()
    return pd.Series([str(value) for value in known], index=known.index, dtype=object)


def _is_numeric(dtype: Any) -> bool:
    return (
        pd.api.types.is_numeric_dtype(dtype)
        and not pd.api.types.is_bool_dtype(dtype)
        and not pd.api.types.is_complex_dtype(dtype)
    )


def _refuse_column(column: str, must: str, got: object, advice: str = "") -> NoReturn:
    advice = f" {advice}" if advice else ""
    raise InvalidArgument(
        f"The column {shown(column, _NAME)} must {must}; got {str(got)[: 2 * _NAME]}.{advice}"
    )


def list_names(columns: Iterable[object]) -> str:
    """Return the first columns as text for a message, and how many more there are."""
    names = list(columns)
    if not names:
        return "no columns"
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(shown(name, _NAME) for name in names[:_LISTED]) + more
