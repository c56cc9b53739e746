"""Checks of what a chart is given: the frame, its columns, a word among those allowed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

__all__ = [
    "aware_times",
    "closest",
    "flags",
    "listed",
    "nearest",
    "need_columns",
    "need_frame",
    "numbers",
    "one_of",
]


def closest(word: object, known: Iterable[object]) -> str | None:
    """Find the known word that this one is most like, if any is like it at all.

    >>> closest("medain", ["mean", "median"])
    'median'
    >>> closest("H", ["h", "D"])
    'h'
    """
    names = {str(name).lower(): str(name) for name in known}
    found = get_close_matches(str(word).lower(), names, n=1)
    return names[found[0]] if found else None


def nearest(word: object, known: Iterable[object]) -> str:
    """Ask whether the closest word was meant; nothing where none is close.

    >>> nearest("medain", ["mean", "median"])
    ", did you mean 'median'?"
    """
    found = closest(word, known)
    return f", did you mean {found!r}?" if found else ""


def listed(words: Iterable[object]) -> str:
    """Words for a message, in quotes and with commas.

    >>> listed(["a", "b"])
    "'a', 'b'"
    """
    return ", ".join(repr(str(word)) for word in words)


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    """Give the value back if it is allowed; else raise InvalidArgument naming those that are."""
    if isinstance(value, str) and value in allowed:
        return value
    hint = nearest(value, allowed) or "."
    raise InvalidArgument(f"{name}={value!r} is not known{hint} Allowed: {listed(allowed)}.")


def need_frame(frame: object, *, chart: str, loader: str) -> pd.DataFrame:
    """Give the frame back if it is one; else raise InvalidArgument naming what gives such."""
    if isinstance(frame, pd.DataFrame):
        return frame
    raise InvalidArgument(
        f"{chart} takes a DataFrame such as {loader} gives, not {type(frame).__name__}."
    )


def need_columns(frame: pd.DataFrame, columns: Iterable[str], *, chart: str, loader: str) -> None:
    """Raise InvalidArgument for the first column that is missing, with its nearest neighbour."""
    for column in columns:
        if column not in frame.columns:
            found = closest(column, frame.columns)
            hint = f" (the nearest is {found!r})" if found else ""
            raise InvalidArgument(
                f"{chart} needs the column {column!r}, and this frame has none{hint}. "
                f"{loader} gives frames with it."
            )


def aware_times(frame: pd.DataFrame, column: str) -> pd.DatetimeIndex:
    """Read a column of times, in UTC.

    A column in which nothing is known may have any dtype: it becomes one of NaT.

    Raises
    ------
    InvalidArgument
        Where the column holds no times, or times without a zone.
    """
    times = frame[column]
    if isinstance(times.dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(times).tz_convert("UTC")
    if times.isna().all():
        return pd.DatetimeIndex([pd.NaT] * len(times), dtype="datetime64[us, UTC]")
    if pd.api.types.is_datetime64_any_dtype(times.dtype):
        raise InvalidArgument(
            f"The column {column!r} has no time zone; "
            f"frame[{column!r}].dt.tz_localize('UTC') gives it one."
        )
    raise InvalidArgument(
        f"The column {column!r} holds {times.dtype}, not times; "
        f"pandas.to_datetime(frame[{column!r}], utc=True) turns it into times."
    )


def numbers(frame: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """Read a numeric column as float64; what is NA or infinite becomes NaN.

    Raises
    ------
    InvalidArgument
        Where the column holds something else; the numeric columns are named.
    """
    values = frame[column]
    if _is_numeric(values):
        out = values.to_numpy(dtype="float64", na_value=np.nan)
        return np.where(np.isfinite(out), out, np.nan)
    if values.isna().all():
        return np.full(len(values), np.nan)
    numeric = [str(name) for name in frame.columns if _is_numeric(frame[name])]
    raise InvalidArgument(
        f"The column {column!r} holds {values.dtype}, not numbers. "
        f"Numeric columns of this frame: {listed(numeric) or 'none'}."
    )


def flags(frame: pd.DataFrame, column: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Read a column of true and false: where it is true, and where it is NA.

    Raises
    ------
    InvalidArgument
        Where the column holds something else.
    """
    values = frame[column]
    unknown = values.isna().to_numpy(dtype=bool)
    if not unknown.all() and not pd.api.types.is_bool_dtype(values.dropna().infer_objects().dtype):
        raise InvalidArgument(f"The column {column!r} holds {values.dtype}, not true and false.")
    true = values.astype("boolean").fillna(False) if not unknown.all() else ~values.isna()
    return true.to_numpy(dtype=bool), unknown


def _is_numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(
        values.dtype
    )
