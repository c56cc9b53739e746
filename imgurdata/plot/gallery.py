"""Chart of posts over time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from imgurdata._format import plural
from imgurdata._validate import one_of, refuse
from imgurdata.plot.bars import bar_handle, baseline_bars, set_y_limits
from imgurdata.plot.bins import Binned, aggregate, auto_bins, parse_frequency, period_name
from imgurdata.plot.style import (
    PALETTE,
    Style,
    new_axes,
    set_header,
    set_integer_ticks,
    set_number_axis,
    show_no_data,
)
from imgurdata.plot.time import date_numbers, format_dates, set_time_axis, time_zone
from imgurdata.plot.validate import numbers, utc_times, validate
from imgurdata.plot.wording import Noun, repeats_note, row_noun, shorten

__all__ = ["gallery_trend"]

_AGGREGATES = ("median", "mean", "sum", "max", "min", "count")

# Up to this many bins each has a dot; with more, only bins that no line would show.
_MOST_DOTS = 80


def gallery_trend(
    posts: pd.DataFrame,
    value: str = "points",
    freq: str | pd.Timedelta | pd.offsets.BaseOffset | None = None,
    agg: str = "median",
    *,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw a number of posts against the time at which they were submitted.

    One line of the aggregate by bin. For median and mean a band shows the middle half of the
    posts (25th to 75th percentile). Except for ``agg="count"``, bars along the lower edge show the
    number of posts in each bin. A bin without posts is a gap, or zero for sum and count.

    Parameters
    ----------
    posts : pandas.DataFrame
        One row per post, with ``datetime`` (when it was submitted to the gallery; API reference,
        Gallery Image) and the column of ``value``. Rows without either are left out; the subtitle
        says how many. An id that comes twice counts twice, and is mentioned as well. Comments,
        images and albums work too: the chart's words follow what the frame holds.
    value : str
        A numeric column, such as ``points``, ``score``, ``views`` or ``comment_count``.
    freq : str, pandas.Timedelta, pandas offset or None
        Width of a bin as a pandas frequency: ``"15min"``, ``"h"``, ``"D"``, ``"W"``, ``"MS"``.
        Edges are those of :meth:`pandas.DataFrame.resample` in local time: a post belongs to the
        day, week or month of its local time. None chooses one that suits the number of posts and
        their time, with at most about 90 bins.
    agg : {"median", "mean", "sum", "max", "min", "count"}
        How the values of a bin become one; ``count`` counts posts that have the value.
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.
    tz : str, datetime.tzinfo or None
        Time zone of the axis, and of the midnight at which days start; None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure. Points of the line are at the middle of their bins.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, times without a zone, an unknown ``freq``, ``agg`` or
        ``tz``, or a ``freq`` that makes too many bins.

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
    if not isinstance(value, str):
        refuse("value", "the name of a numeric column, such as 'points'", value)
    agg = one_of("agg", agg, _AGGREGATES)
    offset = None if freq is None else parse_frequency(freq)
    zone = time_zone(tz)
    posts = validate("posts", posts, ["datetime", value], loader="imd.load_gallery()")
    times, values = utc_times(posts, "datetime"), numbers(posts, value)
    known = np.asarray(times.notna()) & ~np.isnan(values)
    name, noun = shorten(value.replace("_", " ")), row_noun(posts)
    subject = _subject(agg, name, noun)
    if offset is None and known.any():
        drawn = times[known]
        offset = auto_bins(drawn.max() - drawn.min(), len(drawn))
    binned = None
    if offset is not None and known.any():
        binned = aggregate(times[known], values[known], offset, agg, zone)

    ax, style = new_axes(ax)
    set_time_axis(ax, style, zone, noun.time)
    if offset is None or binned is None:
        set_number_axis(ax, style, _y_label(agg, name, noun, ""))
        reason = f"no {noun.singular} has both datetime and {name}"
        show_no_data(ax, style, subject, posts, reason)
        return ax
    period = period_name(offset)
    set_number_axis(ax, style, _y_label(agg, name, noun, f" per {period}"))
    handles, note = _draw(ax, style, binned, agg, f"{noun.singular}s", period)
    title = f"{subject} by {period}{noun.by}" if offset.n == 1 else f"{subject}, bins of {period}"
    set_header(ax, style, title, _detail(posts, times, known, name, noun, zone) + note, handles)
    return ax


def _subject(agg: str, name: str, noun: Noun) -> str:
    return {
        "median": f"Median {name} of {noun.singular}s",
        "mean": f"Mean {name} of {noun.singular}s",
        "sum": f"Total {name} of {noun.singular}s",
        "max": f"Highest {name} of {noun.with_article}",
        "min": f"Lowest {name} of {noun.with_article}",
        "count": f"Number of {noun.singular}s with {name}",
    }[agg]


def _y_label(agg: str, name: str, noun: Noun, per_period: str) -> str:
    if agg == "count":
        return f"{noun.singular.capitalize()}s{per_period}"
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
    """Return how many posts of which dates are drawn, and what is left out."""
    n, drawn = int(known.sum()), times[known]
    text = f"n = {plural(n, noun.singular)}, {format_dates(drawn.min(), drawn.max(), tz)}"
    text += repeats_note(posts[known])
    left_out = len(posts) - n
    return text + (f"; {left_out:,} without {name} or date left out" if left_out else "")


def _draw(
    ax: Axes, style: Style, binned: Binned, agg: str, things: str, period: str
) -> tuple[list[Artist], str]:
    """Draw line, band and bars; return the legend handles, and a note if the band is cut."""
    left, right = date_numbers(binned.left), date_numbers(binned.right)
    middle = (left + right) / 2
    missing = np.isnan(binned.value)
    # A bin alone between gaps has no line, so a dot shows it.
    alone = ~missing & np.r_[True, missing[:-1]] & np.r_[missing[1:], True]
    few = len(middle) <= _MOST_DOTS
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
        # A few bins with a very wide spread would flatten the line.
        low = min(low, float(np.nanmin(binned.lower)))
        high = max(high, 1.5 * float(np.nanpercentile(binned.upper, 95)))
        cut = int(np.sum(binned.upper > 1.06 * high))
        high = min(high, float(np.nanmax([*binned.upper, *binned.value])))
        note = f"; the band leaves the chart at the top in {cut} of its bins" if cut else ""
        color, label = PALETTE[0], "middle half (25th to 75th percentile)"
        x, lower, upper = middle, binned.lower, binned.upper
        band = ax.fill_between(
            x, lower, upper, color=color, alpha=0.18, linewidth=0, label=label, zorder=2
        )
        x, lower, upper = middle[alone], lower[alone], upper[alone]
        ax.vlines(x, lower, upper, color=color, alpha=0.35, linewidth=1.6, zorder=2)
        handles.append(band)
    if agg != "count":
        baseline_bars(ax, left, right, [binned.count.astype("float64")], [style.muted])
        filled = binned.count[binned.count > 0]
        fewest, most = int(filled.min()), int(filled.max())
        counts = f"{fewest:,} to {most:,}" if fewest != most else f"{most:,}"
        handles.append(bar_handle(style.muted, f"{things} per {period} ({counts})"))
    if low == high:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    elif 0 <= low < 0.6 * high:
        low = 0.0
    set_y_limits(ax, low, high, baseline=agg != "count")
    if agg == "count":
        set_integer_ticks(ax)
    pad = 0.01 * (right[-1] - left[0])
    ax.set_xlim(left[0] - pad, right[-1] + pad)
    return handles, note
