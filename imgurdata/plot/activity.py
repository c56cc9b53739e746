"""Comments over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imgurdata._format import plural
from imgurdata.plot.bins import aggregate, frequency, period_words
from imgurdata.plot.check import aware_times, column_of, flags, need_columns, need_frame
from imgurdata.plot.fit import fitting, main_span
from imgurdata.plot.foot import stacked_bars
from imgurdata.plot.style import (
    PALETTE,
    Look,
    header,
    new_axes,
    no_data,
    plain_number_axis,
    whole_number_ticks,
)
from imgurdata.plot.time import day, positions, span, time_axis, zone
from imgurdata.plot.wording import on_posts, repeated

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from imgurdata.plot.bins import Binned

__all__ = ["comment_activity"]

_LOADER = "imd.load_comments()"
_NEEDED = ("post_id", "parent_id", "datetime", "deleted")

# Bars are no wider than this part of the width.
_FEWEST = 8


def comment_activity(
    comments: pd.DataFrame,
    *,
    freq: str | pd.Timedelta | pd.offsets.BaseOffset | None = None,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how many comments were written when, top-level ones and replies told apart.

    Stacked bars by bin of time: top-level comments below, replies on them, and in grey on top
    those deleted since (of either sort; the legend says how many were replies). The outline is
    the number of all comments.

    Parameters
    ----------
    comments
        One row per comment, with ``post_id``, ``parent_id`` (NA at the top), ``datetime`` and
        ``deleted``. A deleted comment keeps its time and its place in the tree (recorded answer).
        Comments of an account, from ``imd.load_account_comments()``, do as well.
    freq
        Width of a bin as a pandas frequency: ``"15min"``, ``"h"``, ``"D"``, ``"W"``. None chooses
        one that suits the number of comments, of at most about 90. It then leaves out stragglers:
        the few comments, at most one in 20, that lie further from the others than these lie
        apart. The line below the title tells how many.
    ax
        Where to draw. None makes a figure.
    tz
        Time zone of the axis, and of the midnight at which days begin. None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or that of the new figure.

    Raises
    ------
    InvalidArgument
        For a missing column, times without a zone, an unknown ``freq`` or ``tz``, or so short a
        ``freq`` that the bins are past counting.

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
    comments = need_frame("comments", comments, loader=_LOADER)
    offset = None if freq is None else frequency(freq)
    where = zone(tz)
    need_columns("comments", comments, _NEEDED, loader=_LOADER)
    times = aware_times(comments, "datetime")
    deleted, unknown = flags(comments, "deleted")
    reply = ~np.asarray(column_of(comments, "parent_id").isna(), dtype=bool)
    drawn = np.asarray(times.notna())
    if offset is None and drawn.any():
        first, last = main_span(times[drawn], where)
        offset = fitting(last - first, int(drawn.sum()))
        drawn &= np.asarray((times >= first) & (times <= last))
    bins: list[Binned] = []
    if offset is not None and drawn.any():
        # The same times in each, so that the bins are the same.
        sorts = (~reply & ~deleted, reply & ~deleted, deleted)
        bins = [
            aggregate(times[drawn], sort[drawn].astype("float64"), offset, "sum", where)
            for sort in sorts
        ]

    ax, look = new_axes(ax)
    time_axis(ax, look, where, "Time written")
    if offset is None or not bins:
        plain_number_axis(ax, look, "Comments")
        header(ax, look, "Comments over time")
        why = "no comment has a datetime" if len(comments) else "the frame has no rows"
        no_data(ax, look, why)
        return ax
    period = period_words(offset)
    single = offset.n == 1
    plain_number_axis(ax, look, f"Comments per {period}")
    title = f"Comments{on_posts(comments[drawn])}"
    title += f" by {period}" if single else f", bins of {period}"
    handles = _bars(ax, look, bins, int(np.sum(deleted & reply & drawn)))
    detail = _detail(comments, times, drawn, where)
    dark = int(np.sum(unknown & drawn))
    detail += f"; of {dark:,} it is not known whether they are deleted" if dark else ""
    header(ax, look, title, detail, handles)
    return ax


def _bars(ax: Axes, look: Look, bins: Sequence[Binned], deleted_replies: int) -> list[Artist]:
    """Stack the sorts; give the keys of those there are, with their numbers."""
    from matplotlib.patches import Patch

    left, right = positions(bins[0].left), positions(bins[0].right)
    heights, colors = [], []
    handles: list[Artist] = []
    names = ("top-level", "replies", "deleted")
    for binned, name, color in zip(bins, names, (PALETTE[0], PALETTE[1], look.muted), strict=True):
        n = int(binned.value.sum())
        if n == 0:
            continue
        label = f"{name}: {n:,}"
        if name == "deleted":
            replies = "a reply" if n == 1 else f"{deleted_replies:,} of them replies"
            label += f" ({replies})" if deleted_replies else ""
        heights.append(binned.value)
        colors.append(color)
        handles.append(Patch(facecolor=color, label=label))
    stacked_bars(ax, left, right, heights, colors, gap=0.06, zorder=2)
    ax.set_ylim(0, 1.06 * float(np.sum(heights, axis=0).max()))
    whole_number_ticks(ax)
    # A few bins do not become slabs: they stand in the middle of some empty ones.
    spare = max(0, _FEWEST - len(left)) / 2 * (right[0] - left[0])
    pad = 0.01 * (right[-1] - left[0]) + spare
    ax.set_xlim(left[0] - pad, right[-1] + pad)
    return handles


def _detail(
    comments: pd.DataFrame,
    times: pd.DatetimeIndex,
    drawn: npt.NDArray[np.bool_],
    tz: dt.tzinfo,
) -> str:
    """Say how many comments of which days are drawn, and what is left out."""
    shown = times[drawn]
    words = f"n = {plural(len(shown), 'comment')}, {span(shown.min(), shown.max(), tz)}"
    words += repeated(comments[drawn])
    known = times[times.notna()]
    before, after = known[known < shown.min()], known[known > shown.max()]
    parts = []
    if len(before):
        parts.append(f"{len(before):,} earlier (from {day(before.min(), tz)} on)")
    if len(after):
        parts.append(f"{len(after):,} later (until {day(after.max(), tz)})")
    words += f"; drawn only with a freq: {' and '.join(parts)}" if parts else ""
    undated = len(times) - len(known)
    return words + (f"; {undated:,} without date left out" if undated else "")
