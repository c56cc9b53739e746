"""Chart of comments over time."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from imgurdata._format import plural
from imgurdata.plot.bars import draw_stacks
from imgurdata.plot.bins import (
    Stack,
    auto_bins,
    bins_text,
    main_span,
    parse_frequency,
    partial_bins,
    period_name,
    stack,
)
from imgurdata.plot.chart import Chart
from imgurdata.plot.groups import check_color, check_label, colors_of
from imgurdata.plot.header import EXPLAINS
from imgurdata.plot.style import Style
from imgurdata.plot.ticks import set_number_axis
from imgurdata.plot.time import (
    date_numbers,
    format_date,
    format_dates,
    format_start,
    set_time_axis,
    time_zone,
)
from imgurdata.plot.validate import booleans, column_of, loaded_at, utc_times
from imgurdata.plot.wording import on_posts, repeats_note

__all__ = ["comment_activity"]

_NEEDED = ("post_id", "parent_id", "datetime", "deleted")

# The x axis is at least as long as this many bars.
_FEWEST = 8


def comment_activity(
    comments: pd.DataFrame,
    *,
    freq: str | pd.Timedelta | pd.offsets.BaseOffset | None = None,
    hue: str | None = None,
    palette: Any = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    color: Any = None,
    label: str | None = None,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how many comments were written when, split into top-level ones and replies.

    Stacked bars by bin of time: top-level comments below, replies on them, and in grey on top
    those deleted since (of either kind; the legend says how many were replies). With ``hue`` the
    groups are stacked instead. The outline is the number of all comments. A hatched last bar
    was not over when the comments were loaded.

    Parameters
    ----------
    comments : pandas.DataFrame
        One row per comment, with ``post_id``, ``parent_id`` (NA at the top), ``datetime`` and
        ``deleted``. A deleted comment keeps its time and its position in the tree (recorded
        answer). Comments of an account, from ``imd.load_account_comments()``, work as well.
    freq : str, pandas.Timedelta, pandas offset or None
        Width of a bin as a pandas frequency: ``"15min"``, ``"h"``, ``"D"``, ``"W"``. None chooses
        one that suits the number of comments, with at most 60 bins, and leaves out outliers: at
        most one comment in 20, further from the others than these lie apart. The notes say how
        many.
    hue : str or None
        Column whose values are stacked, such as ``post_id`` or ``platform``: the seven most
        frequent ones, and all others together.
    palette : list, dict, str or None
        Colors of the groups or kinds, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are stacked, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    color, label : str or None
        Color and name of all comments as one outline, without kinds and ``hue``. A second call on
        one ``ax`` draws an outline, too, with the bins of the first.
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
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("hot").nlargest(3, "comment_count")
    ...     comments = imd.load_comments(posts)
    >>> ax = imd.plot.comment_activity(comments[comments["post_id"] == posts["id"].iloc[0]])
    >>> ax.get_ylabel()
    'Comments per 2 hours'
    >>> imd.plot.comment_activity(comments, hue="post_id").get_title()
    'Comments on 3 posts over time'
    """
    offset = None if freq is None else parse_frequency(freq)
    zone, color, label = time_zone(tz), check_color(color), check_label(label)
    chart = Chart(
        "Stacked bar chart", "comments", comments, _NEEDED, loader="imd.load_comments()", hue=hue,
        hue_order=hue_order, palette=palette, title=title, legend=legend,
    )  # fmt: skip
    comments, groups = chart.frame, chart.groups
    times = utc_times(comments, "datetime")
    deleted, unknown = booleans(comments, "deleted")
    drawn = np.asarray(times.notna())
    if groups.is_split:
        drawn = _mask(groups.drawn(drawn), len(times))
    ax = chart.start(ax)
    # Numbers per bin compare only with bins of one width.
    offset = offset or chart.bins(pd.offsets.BaseOffset)
    if offset is None and drawn.any():
        first, last = main_span(times[drawn], zone)
        offset = auto_bins(last - first, int(drawn.sum()))
        drawn &= np.asarray((times >= first) & (times <= last))
    set_time_axis(ax, chart.style, zone, "Time written")
    if offset is None or not drawn.any():
        set_number_axis(ax, "Comments")
        return chart.no_data("Comments over time", "no comment has a datetime")
    set_number_axis(ax, f"Comments per {period_name(offset)}")
    series = _series(chart, drawn, deleted, color, label)
    parts = [mask[drawn].astype("float64") for mask in series.masks]
    bins = stack(times[drawn], parts, offset, zone)
    handles = draw_stacks(chart, bins, series.labels, series.colors, outlines=series.outlines)
    partial = partial_bins(bins, times[drawn], loaded_at(comments, drawn))
    if partial[-1] and loaded_at(comments, drawn) is not None and not chart.is_second:
        handles.append(_mark_partial(ax, chart.style, bins))
    notes = _notes(comments, times, drawn, zone)
    notes.insert(1, bins_text(offset))
    if n_unknown := int(np.sum(unknown & drawn)):
        notes.append(f"of {n_unknown:,} it is not known whether they are deleted")
    total = np.sum(bins.heights, axis=0)
    top = int(total.argmax())
    summary = f"Most: {total[top]:,.0f}, in the {period_name(offset)} from "
    summary += format_start(bins.left[top], offset, zone)
    # Two charts may be of the same posts.
    on = "" if chart.is_second else on_posts(comments[drawn])
    return chart.finish(
        f"Comments{on} over time", notes, handles, summary=summary, bins=offset,
    )  # fmt: skip


def _mask(rows: npt.NDArray[np.intp], n: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(n, dtype=bool)
    mask[rows] = True
    return mask


class _Series(NamedTuple):
    """What is stacked: which rows, the texts of the legend, and colors; or drawn as outlines."""

    masks: list[npt.NDArray[np.bool_]]
    labels: list[str]
    colors: list[str]
    outlines: bool


def _series(
    chart: Chart,
    drawn: npt.NDArray[np.bool_],
    deleted: npt.NDArray[np.bool_],
    color: str | None,
    label: str | None,
) -> _Series:
    """Return the groups, all comments as one, or the kinds of comments."""
    ax, groups, style = chart.ax, chart.groups, chart.style
    # Stacks would hide one another: a single series, and any second one, is an outline.
    if groups.is_split:
        masks = [_mask(rows, len(drawn)) & drawn for rows in groups.rows]
        labels = [groups.label(i, int(m.sum()), style) for i, m in enumerate(masks)]
        return _Series(masks, labels, groups.colors(ax, style), chart.is_second)
    if chart.is_second or label is not None or color is not None:
        labels = [f"{label or 'comments'} (n = {int(drawn.sum()):,})"]
        return _Series([drawn], labels, groups.colors(ax, style, color), outlines=True)
    is_reply = ~np.asarray(column_of(chart.frame, "parent_id").isna(), dtype=bool)
    masks = [kind & drawn for kind in (~is_reply & ~deleted, is_reply & ~deleted, deleted)]
    labels = _kind_labels(masks, int(np.sum(deleted & is_reply & drawn)))
    colors = colors_of(["top-level", "replies"], groups.palette, ax, style)
    return _Series(masks, labels, [*colors, style.muted], outlines=False)


def _kind_labels(masks: list[npt.NDArray[np.bool_]], deleted_replies: int) -> list[str]:
    labels = []
    for name, mask in zip(("top-level", "replies", "deleted"), masks, strict=True):
        n = int(mask.sum())
        label = f"{name}: {n:,}"
        if name == "deleted" and deleted_replies:
            what = "a reply" if deleted_replies == 1 else "replies"
            label += f" ({what if n == 1 else f'{deleted_replies:,} of them {what}'})"
        labels.append(label)
    return labels


def _mark_partial(ax: Axes, style: Style, bins: Stack) -> Artist:
    """Hatch the last bar."""
    left, right = date_numbers(bins.left[-1:]), date_numbers(bins.right[-1:])
    height = sum(float(part[-1]) for part in bins.heights)
    look: dict[str, Any] = {"hatch": "////", "edgecolor": style.paper, "linewidth": 0}
    ax.bar(left, height, right - left, align="edge", facecolor="none", zorder=2.5, **look)
    return Patch(facecolor=style.muted, label="not over when loaded", gid=EXPLAINS, **look)


def _notes(
    comments: pd.DataFrame, times: pd.DatetimeIndex, drawn: npt.NDArray[np.bool_], tz: dt.tzinfo
) -> list[str]:
    """Return how many comments of which dates are drawn, and what is left out."""
    inside = times[drawn]
    notes = [
        f"n = {plural(len(inside), 'comment')}, {format_dates(inside.min(), inside.max(), tz)}",
        repeats_note(comments[drawn]),
    ]
    known = times[times.notna()]
    before, after = known[known < inside.min()], known[known > inside.max()]
    parts = []
    if len(before):
        parts.append(f"{len(before):,} earlier (from {format_date(before.min(), tz)} on)")
    if len(after):
        parts.append(f"{len(after):,} later (until {format_date(after.max(), tz)})")
    if parts:
        notes.append(f"drawn only with a freq: {' and '.join(parts)}")
    if undated := len(times) - len(known):
        notes.append(f"{undated:,} without date left out")
    return notes
