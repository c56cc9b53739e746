"""Chart of comments over time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from imgurdata._format import plural
from imgurdata.plot.bars import stacked_bars
from imgurdata.plot.bins import (
    Binned,
    aggregate,
    auto_bins,
    main_span,
    parse_frequency,
    period_name,
)
from imgurdata.plot.style import (
    PALETTE,
    Style,
    new_axes,
    set_header,
    set_integer_ticks,
    set_number_axis,
    show_no_data,
)
from imgurdata.plot.time import date_numbers, format_date, format_dates, set_time_axis, time_zone
from imgurdata.plot.validate import booleans, column_of, utc_times, validate
from imgurdata.plot.wording import on_posts, repeats_note

__all__ = ["comment_activity"]

_NEEDED = ("post_id", "parent_id", "datetime", "deleted")

# The x axis is at least as long as this many bars.
_FEWEST = 8


def comment_activity(
    comments: pd.DataFrame,
    *,
    freq: str | pd.Timedelta | pd.offsets.BaseOffset | None = None,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how many comments were written when, split into top-level ones and replies.

    Stacked bars by bin of time: top-level comments below, replies on them, and in grey on top
    those deleted since (of either kind; the legend says how many were replies). The outline is
    the number of all comments.

    Parameters
    ----------
    comments : pandas.DataFrame
        One row per comment, with ``post_id``, ``parent_id`` (NA at the top), ``datetime`` and
        ``deleted``. A deleted comment keeps its time and its position in the tree (recorded
        answer). Comments of an account, from ``imd.load_account_comments()``, work as well.
    freq : str, pandas.Timedelta, pandas offset or None
        Width of a bin as a pandas frequency: ``"15min"``, ``"h"``, ``"D"``, ``"W"``. None chooses
        one that suits the number of comments, with at most about 90 bins, and leaves out
        outliers: at most one comment in 20, further from the others than these lie apart. The
        subtitle says how many.
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.
    tz : str, datetime.tzinfo or None
        Time zone of the axis, and of the midnight at which days start; None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure.

    Raises
    ------
    InvalidArgument
        For a missing column, times without a zone, an unknown ``freq`` or ``tz``, or a ``freq``
        that makes too many bins.

    Examples
    --------
    >>> import pandas as pd
    >>> from imgurdata.plot import comment_activity
    >>> comments = pd.DataFrame(
    ...     {
    ...         "post_id": "kT4mZ9q",
    ...         "parent_id": pd.array([pd.NA, 71], dtype="Int64"),
    ...         "datetime": pd.to_datetime(["2024-03-05 10:10", "2024-03-05 11:40"], utc=True),
    ...         "deleted": pd.array([False, False], dtype="boolean"),
    ...     }
    ... )
    >>> comment_activity(comments, freq="h").get_title()
    'Comments on post kT4mZ9q by hour'
    """
    comments = validate("comments", comments, _NEEDED, loader="imd.load_comments()")
    offset = None if freq is None else parse_frequency(freq)
    zone = time_zone(tz)
    times = utc_times(comments, "datetime")
    deleted, unknown = booleans(comments, "deleted")
    is_reply = ~np.asarray(column_of(comments, "parent_id").isna(), dtype=bool)
    drawn = np.asarray(times.notna())
    if offset is None and drawn.any():
        first, last = main_span(times[drawn], zone)
        offset = auto_bins(last - first, int(drawn.sum()))
        drawn &= np.asarray((times >= first) & (times <= last))
    bins: list[Binned] = []
    if offset is not None and drawn.any():
        # The same times for each kind, so that the bins are the same.
        kinds = (~is_reply & ~deleted, is_reply & ~deleted, deleted)
        bins = [
            aggregate(times[drawn], kind[drawn].astype("float64"), offset, "sum", zone)
            for kind in kinds
        ]

    ax, style = new_axes(ax)
    set_time_axis(ax, style, zone, "Time written")
    if offset is None or not bins:
        set_number_axis(ax, style, "Comments")
        show_no_data(ax, style, "Comments over time", comments, "no comment has a datetime")
        return ax
    period = period_name(offset)
    set_number_axis(ax, style, f"Comments per {period}")
    title = f"Comments{on_posts(comments[drawn])}"
    title += f" by {period}" if offset.n == 1 else f", bins of {period}"
    handles = _draw(ax, style, bins, int(np.sum(deleted & is_reply & drawn)))
    detail = _detail(comments, times, drawn, zone)
    n_unknown = int(np.sum(unknown & drawn))
    detail += f"; of {n_unknown:,} it is not known whether they are deleted" if n_unknown else ""
    set_header(ax, style, title, detail, handles)
    return ax


def _draw(ax: Axes, style: Style, bins: list[Binned], deleted_replies: int) -> list[Artist]:
    """Draw the kinds that occur and return their legend handles."""
    left, right = date_numbers(bins[0].left), date_numbers(bins[0].right)
    heights, colors = [], []
    handles: list[Artist] = []
    kinds = (("top-level", PALETTE[0]), ("replies", PALETTE[1]), ("deleted", style.muted))
    for binned, (name, color) in zip(bins, kinds, strict=True):
        n = int(binned.value.sum())
        if n == 0:
            continue
        label = f"{name}: {n:,}"
        if name == "deleted" and deleted_replies:
            replies = "a reply" if n == 1 else f"{deleted_replies:,} of them replies"
            label += f" ({replies})"
        heights.append(binned.value)
        colors.append(color)
        handles.append(Patch(facecolor=color, label=label))
    stacked_bars(ax, left, right, heights, colors, gap=0.06, zorder=2)
    ax.set_ylim(0, 1.06 * float(np.sum(heights, axis=0).max()))
    set_integer_ticks(ax)
    # A few bins stand in the middle of some empty ones, or they would be very wide.
    empty = max(0, _FEWEST - len(left)) / 2 * (right[0] - left[0])
    pad = 0.01 * (right[-1] - left[0]) + empty
    ax.set_xlim(left[0] - pad, right[-1] + pad)
    return handles


def _detail(
    comments: pd.DataFrame, times: pd.DatetimeIndex, drawn: npt.NDArray[np.bool_], tz: dt.tzinfo
) -> str:
    """Return how many comments of which dates are drawn, and what is left out."""
    inside = times[drawn]
    text = f"n = {plural(len(inside), 'comment')}, {format_dates(inside.min(), inside.max(), tz)}"
    text += repeats_note(comments[drawn])
    known = times[times.notna()]
    before, after = known[known < inside.min()], known[known > inside.max()]
    parts = []
    if len(before):
        parts.append(f"{len(before):,} earlier (from {format_date(before.min(), tz)} on)")
    if len(after):
        parts.append(f"{len(after):,} later (until {format_date(after.max(), tz)})")
    text += f"; drawn only with a freq: {' and '.join(parts)}" if parts else ""
    undated = len(times) - len(known)
    return text + (f"; {undated:,} without date left out" if undated else "")
