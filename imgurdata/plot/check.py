"""Checks of what a chart is given: the frame and its columns."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd

from imgurdata._validate import refuse, shown
from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

__all__ = [
    "aware_times",
    "column_of",
    "did_you_mean",
    "flags",
    "listed",
    "need_columns",
    "need_frame",
    "numbers",
    "texts",
]

#: How many columns a message lists, and how long a name of one may be.
_LISTED = 12
_NAME = 40

#: Longest word that is compared with those known: the comparison takes quadratic time.
_LONGEST = 100

#: Times from here to here can be drawn in every zone and in bins of any length.
_EARLIEST = pd.Timestamp("1800-01-01", tz="UTC")
_LATEST = pd.Timestamp("2200-01-01", tz="UTC")

#: Larger numbers would overflow when they are squared or summed.
_LARGEST = 1e30

# What pandas calls a column of objects that are numbers.
_NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal"})


def did_you_mean(word: object, known: Iterable[object]) -> str:
    """Ask whether the closest known word was meant; nothing if none is close.

    >>> did_you_mean("medain", ["mean", "median"])
    " Did you mean 'median'?"
    """
    names = {str(name).lower(): name for name in known if isinstance(name, str)}
    found = get_close_matches(str(word).lower()[:_LONGEST], names, n=1)
    return f" Did you mean {shown(names[found[0]], _NAME)}?" if found else ""


def need_frame(name: str, frame: object, *, loader: str) -> pd.DataFrame:
    """Return the frame if it is one; else raise InvalidArgument that names a source of them."""
    if not isinstance(frame, pd.DataFrame):
        refuse(name, f"a DataFrame such as {loader} returns", frame)
    return frame


def need_columns(name: str, frame: pd.DataFrame, columns: Iterable[str], *, loader: str) -> None:
    """Raise InvalidArgument for the first column that is missing or stands there twice."""
    for column in columns:
        if column not in frame.columns:
            raise InvalidArgument(
                f"{name} must have the column {shown(column, _NAME)}, as frames of {loader} do; "
                f"got {listed(frame.columns)}.{did_you_mean(column, frame.columns)}"
            )
        column_of(frame, column)


def column_of(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column that is known to be there.

    Raises
    ------
    InvalidArgument
        Several columns have this name.
    """
    values = frame[column]
    if not isinstance(values, pd.Series):
        _refuse_column(column, "be there once", f"{values.shape[1]:,} columns of this name")
    return values


def aware_times(frame: pd.DataFrame, column: str) -> pd.DatetimeIndex:
    """Read a column of times, in UTC.

    A column in which nothing is known may have any dtype: it becomes one of NaT.

    Raises
    ------
    InvalidArgument
        The column holds no times, or times without a zone.
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
        _refuse_column(
            column,
            "hold times",
            values.dtype,
            f"pandas.to_datetime(frame[{column!r}], utc=True) turns it into times.",
        )
    if not zone:
        _refuse_column(
            column,
            "hold times with a time zone",
            "times without one",
            f"frame[{column!r}].dt.tz_localize('UTC') gives it one.",
        )
    try:
        times = pd.DatetimeIndex(pd.to_datetime(list(values) if objects else values, utc=True))
        inside = bool(times.min() >= _EARLIEST and times.max() < _LATEST)
    except (ValueError, ArithmeticError):
        inside = False
    if not inside:
        years = f"{_EARLIEST.year} to {_LATEST.year - 1}"
        _refuse_column(column, f"hold times of the years {years}", "times outside of them")
    return times.as_unit("us")


def numbers(frame: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """Read a numeric column as float64; what is NA or infinite becomes NaN.

    Raises
    ------
    InvalidArgument
        The column holds something else; the numeric columns are named.
    """
    values = column_of(frame, column)
    if values.isna().all():
        return np.full(len(values), np.nan)
    objects = values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in _NUMBERS
    if not objects and not _is_numeric(values.dtype):
        numeric = [name for name, kind in frame.dtypes.items() if _is_numeric(kind)]
        others = f"Numeric columns of this frame: {listed(numeric)}." if numeric else ""
        _refuse_column(column, "hold numbers", values.dtype, others)
    try:
        out = values.to_numpy(dtype="float64", na_value=np.nan)
    except OverflowError:
        out = np.array([2 * _LARGEST])
    out = np.where(np.isfinite(out), out, np.nan)
    if (np.abs(out[~np.isnan(out)]) > _LARGEST).any():
        _refuse_column(column, f"hold numbers up to {_LARGEST:g}", "larger ones")
    return out


def flags(frame: pd.DataFrame, column: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Read a column of true and false: where it is true, and where it is NA.

    Raises
    ------
    InvalidArgument
        The column holds something else.
    """
    values = column_of(frame, column)
    unknown = values.isna().to_numpy(dtype=bool)
    known = values[~unknown]
    objects = values.dtype == object and pd.api.types.infer_dtype(known) == "boolean"
    if len(known) and not objects and not pd.api.types.is_bool_dtype(known.dtype):
        _refuse_column(column, "hold true and false", values.dtype)
    true = np.zeros(len(values), dtype=bool)
    true[~unknown] = known.to_numpy(dtype=bool)
    return true, unknown


def texts(values: pd.Series) -> pd.Series:
    """Return what is known of a column as texts, whatever objects it holds."""
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


def listed(columns: Iterable[object]) -> str:
    """List columns for a message: the first ones, and how many there are."""
    names = list(columns)
    if not names:
        return "no columns"
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(shown(name, _NAME) for name in names[:_LISTED]) + more
