"""Posts over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imgurdata._format import plural
from imgurdata._validate import one_of, refuse
from imgurdata.plot.bins import AGGREGATES, Binned, aggregate, frequency, period_words
from imgurdata.plot.check import aware_times, need_columns, need_frame, numbers
from imgurdata.plot.fit import fitting
from imgurdata.plot.foot import bar_key, foot_bars, limits
from imgurdata.plot.style import (
    PALETTE,
    Look,
    header,
    new_axes,
    no_data,
    plain_number_axis,
    whole_number_ticks,
)
from imgurdata.plot.time import positions, span, time_axis, zone
from imgurdata.plot.wording import label_of, noun_of, repeated

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from imgurdata.plot.wording import Noun

__all__ = ["gallery_trend"]

_LOADER = "imd.load_gallery()"

#: Up to this many bins each has a dot; beyond it only those that no line would show.
_DOTS = 80


def gallery_trend(
    posts: pd.DataFrame,
    value: str = "points",
    freq: str | pd.Timedelta | pd.offsets.BaseOffset | None = None,
    agg: str = "median",
    *,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how a number of posts goes with the time at which they were submitted.

    One line of the aggregate by bin. For median and mean a band shows the middle half of the
    posts (25th to 75th percentile), and but for ``agg="count"`` bars at the foot show how many
    posts stand behind each bin. A bin without posts is a gap, or zero for sum and count.

    Parameters
    ----------
    posts
        One row per post, with ``datetime`` (when it was submitted to the gallery; API reference,
        Gallery Image) and the column of ``value``. Rows without either are left out, and their
        number is told. Rows count as they stand: an id that comes twice counts twice, and is told.
        Comments, images and albums do as well: the chart's words follow what the frame holds.
    value
        A numeric column, such as ``points``, ``score``, ``views`` or ``comment_count``.
    freq
        Width of a bin as a pandas frequency: ``"15min"``, ``"h"``, ``"D"``, ``"W"``, ``"MS"``.
        Edges are those of :meth:`pandas.DataFrame.resample` by the clocks of the zone: a post lies
        in the day, week or month of its local time. None chooses one that suits the number of
        posts and their time, of at most about 90 bins.
    agg
        ``median``, ``mean``, ``sum``, ``max``, ``min``, or ``count`` (posts that have the value).
    ax
        Where to draw. None makes a figure.
    tz
        Time zone of the axis, and of the midnight at which days begin. None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or that of the new figure. Points of the line are at the middle of their bins.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, times without a zone, an unknown ``freq``, ``agg`` or
        ``tz``, or so short a ``freq`` that the bins are past counting.

    Examples
    --------
    >>> import pandas as pd
    >>> from imgurdata.plot import gallery_trend
    >>> posts = pd.DataFrame(
    ...     {
    ...         "datetime": pd.to_datetime(["2024-03-05 10:10", "2024-03-05 11:40"], utc=True),
    ...         "points": pd.array([120, 80], dtype="Int64"),
    ...     }
    ... )
    >>> gallery_trend(posts).get_xlabel()
    'Time submitted (UTC)'
    """
    posts = need_frame("posts", posts, loader=_LOADER)
    if not isinstance(value, str):
        refuse("value", "the name of a numeric column, such as 'points'", value)
    agg = one_of("agg", agg, AGGREGATES)
    offset = None if freq is None else frequency(freq)
    where = zone(tz)
    need_columns("posts", posts, ["datetime", value], loader=_LOADER)
    times, values = aware_times(posts, "datetime"), numbers(posts, value)
    known = np.asarray(times.notna()) & ~np.isnan(values)
    name, noun = label_of(value.replace("_", " ")), noun_of(posts)
    subject = _subject(agg, name, noun)
    if offset is None and known.any():
        shown = times[known]
        offset = fitting(shown.max() - shown.min(), len(shown))
    binned = None
    if offset is not None and known.any():
        binned = aggregate(times[known], values[known], offset, agg, where)

    ax, look = new_axes(ax)
    time_axis(ax, look, where, noun.time)
    if offset is None or binned is None:
        plain_number_axis(ax, look, _y_label(agg, name, noun, ""))
        header(ax, look, subject)
        why = f"no {noun.one} has both datetime and {name}"
        no_data(ax, look, why if len(posts) else "the frame has no rows")
        return ax
    period = period_words(offset)
    plain_number_axis(ax, look, _y_label(agg, name, noun, f" per {period}"))
    handles, note = _draw(ax, look, binned, agg, f"{noun.one}s", period)
    title = f"{subject} by {period}{noun.by}" if offset.n == 1 else f"{subject}, bins of {period}"
    header(ax, look, title, _detail(posts, times, known, name, noun, where) + note, handles)
    return ax


def _subject(agg: str, name: str, noun: Noun) -> str:
    return {
        "median": f"Median {name} of {noun.one}s",
        "mean": f"Mean {name} of {noun.one}s",
        "sum": f"Total {name} of {noun.one}s",
        "max": f"Highest {name} of {noun.a}",
        "min": f"Lowest {name} of {noun.a}",
        "count": f"Number of {noun.one}s with {name}",
    }[agg]


def _y_label(agg: str, name: str, noun: Noun, per_period: str) -> str:
    if agg == "count":
        return f"{noun.one.capitalize()}s{per_period}"
    if agg == "sum":
        return f"Total {name}{per_period}"
    return f"{name[:1].upper()}{name[1:]} ({agg})"


def _detail(
    posts: pd.DataFrame,
    times: pd.DatetimeIndex,
    known: npt.NDArray[np.bool_],
    name: str,
    noun: Noun,
    tz: dt.tzinfo,
) -> str:
    """Say how many posts of which days, and what is left out."""
    n = int(known.sum())
    words = f"n = {plural(n, noun.one)}, {span(times[known].min(), times[known].max(), tz)}"
    words += repeated(posts[known])
    out = len(posts) - n
    return words + (f"; {out:,} without {name} or date left out" if out else "")


def _draw(
    ax: Axes, look: Look, binned: Binned, agg: str, things: str, period: str
) -> tuple[list[Artist], str]:
    """Draw line, band and bars; give the keys of the legend, and a note if the band is cut."""
    left, right = positions(binned.left), positions(binned.right)
    middle = (left + right) / 2
    missing = np.isnan(binned.value)
    # What stands alone between gaps has no line: a dot shows it.
    alone = ~missing & np.r_[True, missing[:-1]] & np.r_[missing[1:], True]
    few = len(middle) <= _DOTS
    (line,) = ax.plot(
        middle,
        binned.value,
        color=PALETTE[0],
        linewidth=1.6 if few else 1.1,
        marker="o",
        markersize=3.5,
        markeredgewidth=0,
        markevery=None if few else np.flatnonzero(alone).tolist(),
        label=agg if agg != "count" else things,
        zorder=3,
    )
    handles: list[Artist] = [line]
    low, high = float(np.nanmin(binned.value)), float(np.nanmax(binned.value))
    note = ""
    if agg in ("median", "mean"):
        # A few bins with a huge spread would flatten the line that the chart is about.
        low = min(low, float(np.nanmin(binned.lower)))
        high = max(high, 1.5 * float(np.nanpercentile(binned.upper, 95)))
        cut = int(np.sum(binned.upper > 1.06 * high))
        high = min(high, float(np.nanmax([*binned.upper, *binned.value])))
        note = f"; the band leaves the chart at the top in {cut} of its bins" if cut else ""
        band = ax.fill_between(
            middle,
            binned.lower,
            binned.upper,
            color=PALETTE[0],
            alpha=0.18,
            linewidth=0,
            label="middle half (25th to 75th percentile)",
            zorder=2,
        )
        ax.vlines(
            middle[alone],
            binned.lower[alone],
            binned.upper[alone],
            color=PALETTE[0],
            alpha=0.35,
            linewidth=1.6,
            zorder=2,
        )
        handles.append(band)
    if agg != "count":
        handles.append(_count_bars(ax, look, binned, left, right, f"{things} per {period}"))
    if low == high:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    elif 0 <= low < 0.6 * high:
        low = 0.0
    limits(ax, low, high, foot=agg != "count")
    if agg == "count":
        whole_number_ticks(ax)
    pad = 0.01 * (right[-1] - left[0])
    ax.set_xlim(left[0] - pad, right[-1] + pad)
    return handles, note


def _count_bars(
    ax: Axes,
    look: Look,
    binned: Binned,
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    label: str,
) -> Artist:
    filled = binned.count > 0
    low, most = int(binned.count[filled].min()), int(binned.count.max())
    foot_bars(ax, left, right, [binned.count.astype("float64")], [look.muted])
    many = f"{low:,} to {most:,}" if low != most else f"{most:,}"
    return bar_key(look.muted, f"{label} ({many})")
