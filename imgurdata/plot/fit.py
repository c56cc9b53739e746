"""Bins and a stretch of time that fit what is to be drawn, where nobody chose them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imgurdata.plot.bins import frequency

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["fitting", "main_span"]

# Between these go twice the square root of n: a few things need few bins to show a shape.
_FEWEST_BINS, _MOST_BINS = 24, 90

# What people count in, with the length that decides. A day begins at midnight of the zone.
_STEPS = {
    "min": "1min",
    "2min": "2min",
    "5min": "5min",
    "10min": "10min",
    "15min": "15min",
    "30min": "30min",
    "h": "1h",
    "2h": "2h",
    "3h": "3h",
    "6h": "6h",
    "12h": "12h",
    "D": "1D",
    "W": "7D",
    "MS": "30D",
    "QS": "91D",
    "YS": "365D",
}

# One in so many, at either end, may be a straggler.
_ONE_IN = 40


def fitting(length: pd.Timedelta, n: int) -> pd.offsets.BaseOffset:
    """Choose the shortest usual bin that suits so many things in a stretch of time.

    The most bins are twice the square root of ``n``, but not under 24 or over 90.

    >>> lengths = [pd.Timedelta(length) for length in ("0s", "5h", "2D", "60D", "9000D")]
    >>> [fitting(length, 300).freqstr for length in lengths]
    ['min', '10min', '2h', 'W-SUN', 'YS-JAN']
    >>> fitting(pd.Timedelta("60D"), 30_000).freqstr
    'D'
    """
    most = float(np.clip(2 * np.sqrt(n), _FEWEST_BINS, _MOST_BINS))
    fit = (freq for freq, step in _STEPS.items() if length <= most * pd.Timedelta(step))
    return frequency(next(fit, "YS"))


def main_span(times: pd.DatetimeIndex, tz: dt.tzinfo) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Find the stretch of time that holds nearly all of the times, without far stragglers.

    The middle is all but a fortieth of the times at either end. What lies further from it than
    it is long is left out: the comment that comes a year after a talk of two days, but not the
    usual thinning out.

    Parameters
    ----------
    times
        At least one, without NaT, in any order.
    tz
        Zone of what is returned.

    >>> import datetime as dt
    >>> days = pd.to_timedelta([*range(99), 2000], unit="D")
    >>> first, last = main_span(pd.Timestamp("2024-01-01", tz="UTC") + days, dt.UTC)
    >>> first.date(), last.date()
    (datetime.date(2024, 1, 1), datetime.date(2024, 4, 8))
    """
    local = times.tz_convert(tz).sort_values()
    spare = len(local) // _ONE_IN
    first, last = local[spare], local[len(local) - 1 - spare]
    core = last - first
    # Where nearly all have the same time there is no length to judge others by.
    near = local[(local >= first - core) & (local <= last + core)] if core else local
    return near[0], near[-1]
