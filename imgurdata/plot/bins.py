"""Bins in time: the pandas frequency, its name, the bins' edges, and bins chosen by the data."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from imgurdata._format import plural
from imgurdata._validate import did_you_mean, refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.validate import Floats

__all__ = [
    "MAX_BINS",
    "Binned",
    "Stack",
    "aggregate",
    "auto_bins",
    "bins_text",
    "main_span",
    "parse_frequency",
    "partial_bins",
    "period_name",
    "shortest_bins",
    "stack",
]

#: More bins than this are not readable, and would take minutes and gigabytes to draw.
MAX_BINS = 50_000

# Units whose bins have a start, an end and a name.
_UNITS = {
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

_SHORT = {"hour": "h", "minute": "min", "second": "s"}

# Of these, pandas labels a bin with its last day, not its first.
_LABELLED_AT_END = frozenset({"W", "ME", "QE", "YE"})

# Longest text that is read as a frequency, and longest bin.
_LONGEST_TEXT = 40
_LONGEST = pd.Timedelta(days=36_525)

_ALLOWED = (
    "a pandas frequency of whole seconds ('s'), minutes ('15min'), hours ('h', '6h'), days ('D', "
    "'B'), weeks ('W', 'W-MON'), months ('MS'), quarters ('QS') or years ('YS')"
)

# Automatic bins: their number, and the usual frequencies, of which the nominal length decides.
_FEWEST_BINS, _MOST_BINS = 30, 60
_USUAL = ("1min", "2min", "5min", "10min", "15min", "30min", "1h", "2h", "3h", "6h", "12h")
_USUAL_LENGTHS = {freq: pd.Timedelta(freq) for freq in _USUAL} | {
    freq: pd.Timedelta(days=days)
    for freq, days in {"D": 1, "2D": 2, "W": 7, "MS": 30, "QS": 91, "YS": 365}.items()
}

# Up to one time in so many, at either end, may be an outlier.
_OUTLIER_ONE_IN = 40

# Fewer times than this do not tell which bins they cover.
_FEWEST_TO_JUDGE = 10


@dataclass(frozen=True)
class Binned:
    """A column by bins of time: UTC instants at which each bin starts and ends, and its numbers.

    ``value`` is NaN where a bin is empty, but 0 for sum and count; ``lower`` and ``upper`` are the
    quartiles, or NaN if nobody asked for them.
    """

    left: pd.DatetimeIndex
    right: pd.DatetimeIndex
    value: Floats
    lower: Floats
    upper: Floats
    count: npt.NDArray[np.int64]

    @property
    def has_quartiles(self) -> bool:
        """Whether the quartiles are known."""
        return not np.isnan(self.upper).all()


@dataclass(frozen=True)
class Stack:
    """Sums of several parts of a column in the same bins of time."""

    left: pd.DatetimeIndex
    right: pd.DatetimeIndex
    heights: list[Floats]


def parse_frequency(freq: object) -> pd.offsets.BaseOffset:
    """Return the offset of a pandas frequency: ``"h"``, ``"6h"``, a Timedelta or an offset."""
    offset = None
    if isinstance(freq, (dt.timedelta, pd.offsets.BaseOffset)) or (
        isinstance(freq, str) and len(freq) <= _LONGEST_TEXT
    ):
        try:
            offset = pd.tseries.frequencies.to_offset(freq)
        except (ValueError, TypeError, ArithmeticError):
            offset = None
    # A DateOffset has a name that to_offset does not read, so its unit is not among the known.
    if not isinstance(offset, pd.offsets.BaseOffset) or _unit(offset) not in _UNITS:
        hint = did_you_mean(re.sub(r"^[\d.\s]+", "", freq), _UNITS) if isinstance(freq, str) else ""
        raise InvalidArgument(f"freq must be {_ALLOWED}; got {shown(freq)}.{hint}")
    if offset.n <= 0:
        refuse("freq", "a frequency that goes forward in time, such as 'h'", freq)
    if not pd.Timedelta(0) < _length(offset) <= _LONGEST:
        refuse("freq", "a frequency of at most 100 years", freq)
    return offset


def period_name(offset: pd.offsets.BaseOffset) -> str:
    """Return the name of a bin.

    >>> [period_name(parse_frequency(f)) for f in ("h", "6h", "W-MON", "MS", "90min")]
    ['hour', '6 hours', 'week', 'month', '90 minutes']
    """
    unit = _UNITS[_unit(offset)]
    return unit if offset.n == 1 else plural(offset.n, unit)


def bins_text(offset: pd.offsets.BaseOffset) -> str:
    """Return the width of bins in words.

    >>> [bins_text(parse_frequency(f)) for f in ("h", "6h", "W-MON", "MS", "15min")]
    ['1 h bins', '6 h bins', '1 week bins', '1 month bins', '15 min bins']
    """
    unit = _UNITS[_unit(offset)]
    return f"{offset.n} {_SHORT.get(unit, unit)} bins"


def partial_bins(
    binned: Binned | Stack, times: pd.DatetimeIndex, until: pd.Timestamp | None
) -> npt.NDArray[np.bool_]:
    """Return which bins the data cover in part only: the first, the last, both or none.

    The last one is cut where the data were loaded (``until``), or at the last time. A bin is
    whole if less than a tenth of it is missing, or no more than three usual distances between
    times. Of a few times nobody can say.
    """
    out = np.zeros(len(binned.left), dtype=bool)
    if len(times) < _FEWEST_TO_JUDGE:
        return out
    first, last = times.min(), times.max()
    usual = 3 * (last - first) / max(len(times) - 1, 1)
    end = last if until is None else max(until, last)
    for i, missing in ((0, first - binned.left[0]), (-1, binned.right[-1] - end)):
        least = 0.1 * (binned.right[i] - binned.left[i])
        out[i] |= missing > (least if i == -1 and until is not None else max(least, usual))
    return out


def auto_bins(length: pd.Timedelta, n: int) -> pd.offsets.BaseOffset:
    """Return the shortest usual frequency that suits ``n`` rows over a length of time.

    It makes at most twice the square root of ``n`` bins, but the limit is never under 30 or over
    60: a few rows need few bins to show a shape.

    >>> lengths = [pd.Timedelta(length) for length in ("0s", "5h", "2D", "60D", "9000D")]
    >>> [auto_bins(length, 300).freqstr for length in lengths]
    ['min', '10min', '2h', '2D', 'YS-JAN']
    >>> auto_bins(pd.Timedelta("60D"), 30_000).freqstr
    'D'
    """
    return shortest_bins(length, float(np.clip(2 * np.sqrt(n), _FEWEST_BINS, _MOST_BINS)))


def shortest_bins(length: pd.Timedelta, most: float) -> pd.offsets.BaseOffset:
    """Return the shortest usual frequency that makes at most so many bins of a length of time.

    >>> shortest_bins(pd.Timedelta("3h"), 47).freqstr
    '5min'
    """
    suitable = (freq for freq, step in _USUAL_LENGTHS.items() if length <= most * step)
    return parse_frequency(next(suitable, "YS"))


def main_span(times: pd.DatetimeIndex, tz: dt.tzinfo) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last time without far outliers, in a time zone; times hold no NaT.

    The core is all but a fortieth of the times at either end. Outliers lie further from the core
    than it is long: a comment a year after a discussion of two days is one, a usual decline is not.

    >>> import datetime as dt
    >>> days = pd.to_timedelta([*range(99), 2000], unit="D")
    >>> first, last = main_span(pd.Timestamp("2024-01-01", tz="UTC") + days, dt.UTC)
    >>> first.date(), last.date()
    (datetime.date(2024, 1, 1), datetime.date(2024, 4, 8))
    """
    local = times.tz_convert(tz).sort_values()
    outside = len(local) // _OUTLIER_ONE_IN
    first, last = local[outside], local[len(local) - 1 - outside]
    core = last - first
    # If nearly all times are equal, there is no length to compare others with.
    near = local[(local >= first - core) & (local <= last + core)] if core else local
    return near[0], near[-1]


def aggregate(
    times: pd.DatetimeIndex,
    values: Floats,
    offset: pd.offsets.BaseOffset,
    agg: str,
    tz: dt.tzinfo,
    start: pd.Timestamp | None = None,
    *,
    quartiles: bool = False,
) -> Binned:
    """Resample values, at least one and none NA, by local time in a time zone.

    Days, weeks and months start at the zone's midnight. If a change of the clocks skipped
    midnight, they start at the first moment after it; if midnight came twice, at the first one. A
    bin that was skipped as a whole is left out. An hour that came twice has separate bins for each
    time, if bins of this length fit into the change. Bins of several groups are the same if they
    have the same ``start``: the first time of all.
    """
    bins, tz = _resample(times, pd.Series(values), offset, tz, start)
    count = bins.count()
    value = count if agg == "count" else getattr(bins, agg)()
    left, right, exists = _bounds(count.index, offset, tz)
    empty = np.full(len(count), np.nan)
    lower = np.asarray(bins.quantile(0.25), dtype="float64") if quartiles else empty
    upper = np.asarray(bins.quantile(0.75), dtype="float64") if quartiles else empty
    return Binned(
        left=left,
        right=right,
        value=np.asarray(value, dtype="float64")[exists],
        lower=lower[exists],
        upper=upper[exists],
        count=np.asarray(count, dtype="int64")[exists],
    )


def stack(
    times: pd.DatetimeIndex,
    parts: list[Floats],
    offset: pd.offsets.BaseOffset,
    tz: dt.tzinfo,
) -> Stack:
    """Return the sums of parts, each with a number for each time, in the bins of ``aggregate``."""
    bins, tz = _resample(times, pd.DataFrame(np.column_stack(parts)), offset, tz, None)
    sums = bins.sum()
    left, right, exists = _bounds(sums.index, offset, tz)
    return Stack(left, right, [sums[part].to_numpy()[exists] for part in sums])


def _resample(
    times: pd.DatetimeIndex,
    values: Any,
    offset: pd.offsets.BaseOffset,
    tz: dt.tzinfo,
    start: pd.Timestamp | None,
) -> tuple[Any, dt.tzinfo]:
    """Return a Series or a frame in bins of local time, and the zone that decided these."""
    tz = _clock(times, offset, tz)
    # Without a zone, since pandas cannot resample over midnights that a zone does not have.
    local = times.tz_convert(tz).tz_localize(None).as_unit("us")
    first, last = local.min(), local.max()
    if (last - first) / _length(offset) >= MAX_BINS:
        raise InvalidArgument(
            f"freq must be longer for the time from {first:%Y-%m-%d} to {last:%Y-%m-%d}, of which "
            f"it makes more than {MAX_BINS:,} bins; got {offset.freqstr!r}."
        )
    origin = (start or times.min()).tz_convert(tz).tz_localize(None).normalize()
    # Bins of several days begin on the same day for all groups, as hours of local time.
    step = pd.Timedelta(days=offset.n) if _unit(offset) == "D" else offset
    is_tick = isinstance(step, (pd.Timedelta, pd.offsets.Tick))
    by_time = values.set_axis(local).sort_index()
    return by_time.resample(step, origin=origin if is_tick else "start_day"), tz


def _bounds(
    labels: pd.Index, offset: pd.offsets.BaseOffset, tz: dt.tzinfo
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex, npt.NDArray[np.bool_]]:
    """Return when bins start and end, without those that were skipped, and which were not."""
    starts, ends = _edges(pd.DatetimeIndex(labels), offset)
    left, right = _instants(starts, tz), _instants(ends, tz)
    exists = np.asarray(left < right)
    return left[exists], right[exists], exists


def _unit(offset: pd.offsets.BaseOffset) -> str:
    """Return a frequency without number and anchor: ``W`` of ``2W-MON``."""
    return re.sub(r"^-?\d+", "", offset.freqstr).split("-")[0]


def _length(offset: pd.offsets.BaseOffset) -> pd.Timedelta:
    """Return the length of one bin, or zero if it exceeds the calendar."""
    try:
        start = pd.Timestamp("2000-01-03") + offset
        return (start + offset) - start
    except (ValueError, ArithmeticError):
        return pd.Timedelta(0)


def _clock(times: pd.DatetimeIndex, offset: pd.offsets.BaseOffset, tz: dt.tzinfo) -> dt.tzinfo:
    """Return the zone by which bins start: the given one, or a fixed offset if that is equal.

    If every change of the zone's clocks is a multiple of a bin, bins start at the same moments by
    either, and with the fixed offset no hour comes twice.
    """
    if not isinstance(offset, pd.offsets.Tick):
        return tz
    utc_offsets = times.tz_convert(tz).tz_localize(None) - times.tz_localize(None)
    changes = (utc_offsets.unique() - utc_offsets[0]) % _length(offset)
    if (changes != pd.Timedelta(0)).any():
        return tz
    return dt.timezone(utc_offsets[0].to_pytimedelta())


def _edges(
    labels: pd.DatetimeIndex, offset: pd.offsets.BaseOffset
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return the local times at which the bins with these labels start and end."""
    if _unit(offset) in _LABELLED_AT_END:
        day = pd.Timedelta(days=1)
        return pd.DatetimeIndex([labels[0] - offset, *labels[:-1]]) + day, labels + day
    return labels, pd.DatetimeIndex([*labels[1:], labels[-1] + offset])


def _instants(local: pd.DatetimeIndex, tz: dt.tzinfo) -> pd.DatetimeIndex:
    """Return the first moments at which a zone's clocks showed these times, or later ones."""
    found = [_instant(time, tz) for time in local.to_pydatetime()]
    return pd.DatetimeIndex(found, dtype="datetime64[us, UTC]")


def _instant(local: dt.datetime, tz: dt.tzinfo) -> dt.datetime:
    def local_time(moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(tz).replace(tzinfo=None)

    moment = local.replace(tzinfo=tz).astimezone(dt.UTC)
    if local_time(moment) == local:
        return moment
    # The clocks skipped this time. pandas would shift it to the next full hour, which is wrong
    # where half an hour or a whole day was skipped, so search for the moment of the change.
    early, late = local.replace(tzinfo=tz, fold=1).astimezone(dt.UTC), moment
    while late - early > dt.timedelta(seconds=1):
        middle = early + dt.timedelta(seconds=(late - early) // dt.timedelta(seconds=2))
        early, late = (early, middle) if local_time(middle) > local else (middle, late)
    return late
