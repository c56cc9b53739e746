"""Posts over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imgurdata.plot.bins import AGGREGATES, Binned, aggregate, frequency, period_words
from imgurdata.plot.check import aware_times, need_columns, need_frame, numbers, one_of
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

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["gallery_trend"]

_LOADER = "imd.load_gallery()"

#: Up to this many bins each has a dot; beyond it only those that no line would show.
_DOTS = 80


def gallery_trend(
    posts: pd.DataFrame,
    value: str = "points",
    freq: str | pd.Timedelta | pd.offsets.BaseOffset = "h",
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
    value
        A numeric column, such as ``points``, ``score``, ``views`` or ``comment_count``.
    freq
        Width of a bin as a pandas frequency: ``"15min"``, ``"h"``, ``"D"``, ``"W"``, ``"MS"``.
        Labels and edges are those of :meth:`pandas.DataFrame.resample`.
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
    posts = need_frame(posts, chart="gallery_trend", loader=_LOADER)
    agg = one_of("agg", agg, AGGREGATES)
    offset = frequency(freq)
    where = zone(tz)
    need_columns(posts, ["datetime", value], chart="gallery_trend", loader=_LOADER)
    times, values = aware_times(posts, "datetime"), numbers(posts, value)
    known = times.notna() & ~np.isnan(values)
    name = value.replace("_", " ")
    period = period_words(offset)
    binned = None
    if known.any():
        binned = aggregate(times[known], values[known], offset, agg, where)

    ax, look = new_axes(ax)
    title = f"{_subject(agg, name)} by {period} of submission"
    if offset.n > 1:
        title = f"{_subject(agg, name)}, bins of {period}"
    plain_number_axis(ax, look, _y_label(agg, name, period))
    time_axis(ax, look, where, "Time submitted")
    if binned is None:
        header(ax, look, title)
        why = f"no post has both datetime and {name}" if len(posts) else "the frame has no rows"
        no_data(ax, look, why)
        return ax
    handles, note = _draw(ax, look, binned, agg, period)
    header(ax, look, title, _detail(posts, times, known, name, where) + note, handles)
    return ax


def _subject(agg: str, name: str) -> str:
    return {
        "median": f"Median {name} of posts",
        "mean": f"Mean {name} of posts",
        "sum": f"Total {name} of posts",
        "max": f"Highest {name} of a post",
        "min": f"Lowest {name} of a post",
        "count": f"Number of posts with {name}",
    }[agg]


def _y_label(agg: str, name: str, period: str) -> str:
    if agg == "count":
        return f"Posts per {period}"
    if agg == "sum":
        return f"Total {name} per {period}"
    return f"{name[:1].upper()}{name[1:]} ({agg})"


def _detail(
    posts: pd.DataFrame,
    times: pd.DatetimeIndex,
    known: npt.NDArray[np.bool_],
    name: str,
    tz: dt.tzinfo,
) -> str:
    """Say how many posts of which days, and what is left out."""
    n = int(known.sum())
    words = f"n = {n:,} post{'s' if n != 1 else ''}, "
    words += span(times[known].min(), times[known].max(), tz)
    if "id" in posts.columns:
        twice = n - posts.loc[known, "id"].nunique(dropna=False)
        words += f"; {twice:,} of them repeat an id" if twice else ""
    out = len(posts) - n
    return words + (f"; {out:,} without {name} or date left out" if out else "")


def _draw(ax: Axes, look: Look, binned: Binned, agg: str, period: str) -> tuple[list[Artist], str]:
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
        label=agg if agg != "count" else "posts",
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
        handles.append(_posts_bars(ax, look, binned, left, right, period))
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


def _posts_bars(
    ax: Axes,
    look: Look,
    binned: Binned,
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    period: str,
) -> Artist:
    filled = binned.count > 0
    low, most = int(binned.count[filled].min()), int(binned.count.max())
    foot_bars(ax, left, right - left, [binned.count.astype("float64")], [look.muted])
    many = f"{low:,} to {most:,}" if low != most else f"{most:,}"
    return bar_key(look.muted, f"posts per {period} ({many})")
