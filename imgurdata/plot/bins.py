"""Bins in time: the pandas frequency, the edges of its bins, and its words."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imgurdata._format import plural
from imgurdata._validate import refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.check import did_you_mean

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["AGGREGATES", "MAX_BINS", "Binned", "aggregate", "frequency", "period_words"]

#: How a bin's posts become one number.
AGGREGATES = ("median", "mean", "sum", "max", "min", "count")

#: More bins than this are no chart, and would take minutes and gigabytes to draw.
MAX_BINS = 50_000

# The units whose bins have a beginning, an end and a name.
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

# Of these, pandas labels a bin with its last day and not with its beginning.
_LABELLED_AT_END = frozenset({"W", "ME", "QE", "YE"})

#: Longest text that is read as a frequency, and longest bin.
_LONGEST_TEXT = 40
_LONGEST = pd.Timedelta(days=36_525)

_ALLOWED = (
    "a pandas frequency of whole seconds ('s'), minutes ('15min'), hours ('h', '6h'), days ('D', "
    "'B'), weeks ('W', 'W-MON'), months ('MS'), quarters ('QS') or years ('YS')"
)


@dataclass(frozen=True)
class Binned:
    """A column by bins of time.

    Attributes
    ----------
    left, right : pandas.DatetimeIndex
        Instants in UTC at which each bin begins and ends.
    value : numpy.ndarray of float64
        The aggregate; NaN where a bin is empty (0 for sum and count).
    lower, upper : numpy.ndarray of float64
        The quartiles for median and mean, else NaN.
    count : numpy.ndarray of int64
        Values that each bin holds.
    """

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
        It is none, or a bin would be shorter than a second or longer than a century.
    """
    offset = None
    if isinstance(freq, (dt.timedelta, pd.offsets.BaseOffset)) or (
        isinstance(freq, str) and len(freq) <= _LONGEST_TEXT
    ):
        try:
            offset = pd.tseries.frequencies.to_offset(freq)
        except (ValueError, TypeError, ArithmeticError):
            offset = None
    # A DateOffset has no code: to_offset does not read what it is called.
    if not isinstance(offset, pd.offsets.BaseOffset) or _unit(offset) not in _WORDS:
        hint = did_you_mean(re.sub(r"^[\d.\s]+", "", freq), _WORDS) if isinstance(freq, str) else ""
        raise InvalidArgument(f"freq must be {_ALLOWED}; got {shown(freq)}.{hint}")
    if offset.n <= 0:
        refuse("freq", "a frequency that goes forward in time, such as 'h'", freq)
    if not pd.Timedelta(0) < _length(offset) <= _LONGEST:
        refuse("freq", "a frequency of at most 100 years", freq)
    return offset


def period_words(offset: pd.offsets.BaseOffset) -> str:
    """Name a bin in words.

    >>> [period_words(frequency(f)) for f in ("h", "6h", "W-MON", "MS", "90min")]
    ['hour', '6 hours', 'week', 'month', '90 minutes']
    """
    word = _WORDS[_unit(offset)]
    return word if offset.n == 1 else plural(offset.n, word)


def aggregate(
    times: pd.DatetimeIndex,
    values: npt.NDArray[np.float64],
    offset: pd.offsets.BaseOffset,
    agg: str,
    tz: dt.tzinfo,
) -> Binned:
    """Resample values by the time that clocks of a zone showed.

    A time belongs to the bin that its local time lies in. Days, weeks and months begin at the
    zone's midnight; where the clocks skipped midnight, at the first moment after it, and where
    they showed it twice, at the first of them. A bin that the clocks skipped as a whole is left
    out. An hour that they showed twice has bins of its own for each time, if bins of this length
    fit into the change.

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
        The times span more than :data:`MAX_BINS` bins.
    """
    tz = _clock(times, offset, tz)
    # Without a zone, since pandas cannot resample over midnights that a zone does not have.
    local = times.tz_convert(tz).tz_localize(None).as_unit("us")
    first, last = local.min(), local.max()
    if (last - first) / _length(offset) >= MAX_BINS:
        raise InvalidArgument(
            f"freq must be longer for the time from {first:%Y-%m-%d} to {last:%Y-%m-%d}, of which "
            f"it makes more than {MAX_BINS:,} bins; got {offset.freqstr!r}."
        )
    bins = pd.Series(values, index=local).sort_index().resample(offset)
    count = bins.count()
    # Without a minimum pandas gives 0 for the sum of nothing, which is what is meant here.
    value = count if agg == "count" else getattr(bins, agg)()
    starts, ends = _edges(pd.DatetimeIndex(count.index), offset)
    left, right = _instants(starts, tz), _instants(ends, tz)
    real = np.asarray(left < right)
    empty = np.full(len(count), np.nan)
    quartiles = agg in ("median", "mean")
    lower = np.asarray(bins.quantile(0.25), dtype="float64") if quartiles else empty
    upper = np.asarray(bins.quantile(0.75), dtype="float64") if quartiles else empty
    return Binned(
        left=left[real],
        right=right[real],
        value=np.asarray(value, dtype="float64")[real],
        lower=lower[real],
        upper=upper[real],
        count=np.asarray(count, dtype="int64")[real],
    )


def _unit(offset: pd.offsets.BaseOffset) -> str:
    """Take number and anchor off a frequency: ``W`` of ``2W-MON``."""
    return re.sub(r"^-?\d+", "", offset.freqstr).split("-")[0]


def _length(offset: pd.offsets.BaseOffset) -> pd.Timedelta:
    """Return the length of one of its bins; zero if it leads out of the calendar."""
    try:
        start = pd.Timestamp("2000-01-03") + offset
        return (start + offset) - start
    except (ValueError, ArithmeticError):
        return pd.Timedelta(0)


def _clock(times: pd.DatetimeIndex, offset: pd.offsets.BaseOffset, tz: dt.tzinfo) -> dt.tzinfo:
    """Return the clock by which bins begin: the zone's own, or one that is never changed.

    If every change of the zone's clock is a multiple of a bin, bins begin at the same moments by
    either clock, and the one without changes shows no hour twice.
    """
    if not isinstance(offset, pd.offsets.Tick):
        return tz
    ahead = times.tz_convert(tz).tz_localize(None) - times.tz_localize(None)
    changes = (ahead.unique() - ahead[0]) % _length(offset)
    if (changes != pd.Timedelta(0)).any():
        return tz
    return dt.timezone(ahead[0].to_pytimedelta())


def _edges(
    index: pd.DatetimeIndex, offset: pd.offsets.BaseOffset
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return where the bins with these labels begin and end, as the clock shows it."""
    if _unit(offset) in _LABELLED_AT_END:
        day = pd.Timedelta(days=1)
        return pd.DatetimeIndex([index[0] - offset, *index[:-1]]) + day, index + day
    return index, pd.DatetimeIndex([*index[1:], index[-1] + offset])


def _instants(local: pd.DatetimeIndex, tz: dt.tzinfo) -> pd.DatetimeIndex:
    """Return the first moments at which a zone's clocks showed these times, or later ones."""
    found = [_instant(time, tz) for time in local.to_pydatetime()]
    return pd.DatetimeIndex(found, dtype="datetime64[us, UTC]")


def _instant(local: dt.datetime, tz: dt.tzinfo) -> dt.datetime:
    def shows(moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(tz).replace(tzinfo=None)

    moment = local.replace(tzinfo=tz).astimezone(dt.UTC)
    if shows(moment) == local:
        return moment
    # The clocks skipped this time. pandas would shift it to the next full hour, which is wrong
    # where half an hour or a whole day was skipped: search for the moment of the change.
    early, late = local.replace(tzinfo=tz, fold=1).astimezone(dt.UTC), moment
    while late - early > dt.timedelta(seconds=1):
        middle = early + dt.timedelta(seconds=(late - early) // dt.timedelta(seconds=2))
        early, late = (early, middle) if shows(middle) > local else (middle, late)
    return late
