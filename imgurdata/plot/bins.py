"""Bins in time: the pandas frequency, the edges of its bins, and its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imgurdata.errors import InvalidArgument
from imgurdata.plot.check import nearest

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

__all__ = ["AGGREGATES", "MAX_BINS", "Binned", "aggregate", "frequency", "period_words"]

#: How a bin's posts become one number.
AGGREGATES = ("median", "mean", "sum", "max", "min", "count")

#: More bins than this are no chart, and would take minutes and gigabytes to draw.
MAX_BINS = 50_000

_WORDS = {
    "s": "second",
    "min": "minute",
    "h": "hour",
    "D": "day",
    "B": "working day",
    "W": "week",
    "MS": "month",
    "ME": "month",
    "QS": "quarter",
    "QE": "quarter",
    "YS": "year",
    "YE": "year",
}
_KNOWN = ("15min", *_WORDS)

# Of these, pandas labels a bin with its last day and not with its beginning.
_LABELLED_AT_END = frozenset({"W", "ME", "QE", "YE", "BME", "BQE", "BYE"})


@dataclass(frozen=True)
class Binned:
    """A column by bins of time.

    Attributes
    ----------
    index : pandas.DatetimeIndex
        Labels of the bins, as :meth:`pandas.Series.resample` gives them.
    left, right : pandas.DatetimeIndex
        Where each bin begins and ends.
    value, lower, upper : numpy.ndarray of float64
        The aggregate and the quartiles; NaN where a bin is empty (0 for sum and count).
    count : numpy.ndarray of int64
        Values that each bin holds.
    """

    index: pd.DatetimeIndex
    left: pd.DatetimeIndex
    right: pd.DatetimeIndex
    value: npt.NDArray[np.float64]
    lower: npt.NDArray[np.float64]
    upper: npt.NDArray[np.float64]
    count: npt.NDArray[np.int64]


def frequency(freq: object) -> pd.offsets.BaseOffset:
    """Read a pandas frequency: ``"h"``, ``"6h"``, ``"D"``, a Timedelta or an offset.

    Raises
    ------
    InvalidArgument
        Where it is none, or does not go forward.
    """
    try:
        offset = pd.tseries.frequencies.to_offset(freq)  # type: ignore[call-overload]
    except (ValueError, TypeError):
        offset = None
    if offset is None:
        unit = re.sub(r"^[\d.\s]+", "", str(freq))
        raise InvalidArgument(
            f"freq={freq!r} is no pandas frequency{nearest(unit, _KNOWN) or '.'} "
            "Usual ones: 'min', '15min', 'h', '6h', 'D', 'W', 'MS'."
        )
    if offset.n <= 0:
        raise InvalidArgument(f"freq={freq!r} must go forward in time.")
    return offset  # type: ignore[no-any-return]


def period_words(offset: pd.offsets.BaseOffset) -> str:
    """Name a bin in words.

    >>> [period_words(frequency(f)) for f in ("h", "6h", "W-MON", "MS", "90min")]
    ['hour', '6 hours', 'week', 'month', '90 minutes']
    """
    unit = _unit(offset)
    word = _WORDS.get(unit)
    if word is None:
        return offset.freqstr
    return word if offset.n == 1 else f"{offset.n} {word}s"


def aggregate(
    times: pd.DatetimeIndex,
    values: npt.NDArray[np.float64],
    offset: pd.offsets.BaseOffset,
    agg: str,
    tz: dt.tzinfo,
) -> Binned:
    """Resample values by time, in a zone, exactly as pandas does.

    Parameters
    ----------
    times, values
        Of equal length (at least 1) and without NA.
    offset
        From :func:`frequency`.
    agg
        One of :data:`AGGREGATES`.
    tz
        Zone in which days, weeks and months begin.

    Raises
    ------
    InvalidArgument
        Where the times span more than :data:`MAX_BINS` bins.
    """
    local = times.tz_convert(tz)
    first, last = local.min(), local.max()
    # A date far ahead is cheaper to compare than to count bins up to.
    if first + offset * MAX_BINS < last:
        raise InvalidArgument(
            f"freq={offset.freqstr!r} makes more than {MAX_BINS:,} bins of the time from "
            f"{first:%Y-%m-%d} to {last:%Y-%m-%d}; take a longer one."
        )
    bins = pd.Series(values, index=local).sort_index().resample(offset)
    count = bins.count()
    # Without a minimum pandas gives 0 for the sum of nothing, which is what is meant here.
    value = count if agg == "count" else getattr(bins, agg)()
    index = pd.DatetimeIndex(count.index)
    left, right = _edges(index, offset)
    return Binned(
        index=index,
        left=left,
        right=right,
        value=np.asarray(value, dtype="float64"),
        lower=np.asarray(bins.quantile(0.25), dtype="float64"),
        upper=np.asarray(bins.quantile(0.75), dtype="float64"),
        count=np.asarray(count, dtype="int64"),
    )


def _unit(offset: pd.offsets.BaseOffset) -> str:
    """Take number and anchor off a frequency: ``W`` of ``2W-MON``."""
    return re.sub(r"^\d+", "", offset.freqstr).split("-")[0]


def _edges(
    index: pd.DatetimeIndex, offset: pd.offsets.BaseOffset
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    if _unit(offset) in _LABELLED_AT_END:
        one = pd.DateOffset(days=1)
        return pd.DatetimeIndex([t - offset + one for t in index]), index + one
    # Not index + offset: where a bin is a day, its end is the next midnight of the zone.
    ends = [*index[1:], index[-1] + offset]
    return index, pd.DatetimeIndex(ends)
