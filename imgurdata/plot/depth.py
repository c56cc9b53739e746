"""Chart of how deep threads go."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from imgurdata._format import plural
from imgurdata.errors import InvalidArgument
from imgurdata.plot.chart import Chart
from imgurdata.plot.groups import Groups
from imgurdata.plot.rows import draw_medians, set_count_rows, set_row_axis
from imgurdata.plot.style import MARKERS, Style, next_color
from imgurdata.plot.ticks import format_percent
from imgurdata.plot.validate import Floats, booleans, numbers
from imgurdata.plot.wording import on_posts, percent

__all__ = ["comment_depth", "depth_levels"]

_NEEDED = ("post_id", "depth", "points", "deleted")

_DEEPEST = 1_000_000


def comment_depth(
    comments: pd.DataFrame,
    *,
    hue: str | None = None,
    palette: Any = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many comments there are at each depth of their threads, and their median points.

    From the top down, a bar for each depth with its number; the grey end of a bar is the part that
    is deleted, with its share in words. Dots in the strip on the right mark the median points of
    the comments of that depth. Depths for which there is no space share the last row. With
    ``hue``, a line for each group shows which share of its comments is at each depth.

    Parameters
    ----------
    comments : pandas.DataFrame
        One row per comment, with ``post_id``, ``depth`` (0 at the top), ``points`` and
        ``deleted``. Deleted comments count at their depth but not for the median: Imgur sets
        their points to 0 (recorded answer).
    hue : str or None
        Column whose values are compared, such as ``post_id`` or ``platform``: the seven most
        frequent ones, and all others together.
    palette : list, dict, str or None
        Colors of the groups, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are compared, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    ax : matplotlib.axes.Axes or None
        Axes to draw on, without another chart; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure. y is the depth, x the number of comments, or with
        ``hue`` the share of a group's comments in percent.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, and if no comment has a depth: comments of an
        account come without their threads.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     comments = imd.load_comments(imd.load_gallery("hot").nlargest(3, "comment_count"))
    >>> imd.plot.comment_depth(comments).get_title()
    'Comments on 3 posts by depth'
    >>> imd.plot.comment_depth(comments, hue="post_id").get_xlabel()
    "Share of the group's comments"
    """
    chart = Chart(
        "Bar chart", "comments", comments, _NEEDED, loader="imd.load_comments()", hue=hue,
        hue_order=hue_order, palette=palette, title=title, legend=legend,
    )  # fmt: skip
    comments, groups = chart.frame, chart.groups
    depth, points = numbers(comments, "depth"), numbers(comments, "points")
    deleted, unknown = booleans(comments, "deleted")
    known = ~np.isnan(depth)
    _check_depths(depth[known], len(comments))
    ax, style = chart.start(ax, alone=True), chart.style
    ax.set_ylabel("Depth (0 = top-level)")
    ax.set_xlabel("Comments")
    drawn = groups.drawn(known)
    if len(drawn) == 0:
        return chart.no_data("Comments by depth", "no comment has a depth")
    # As many rows of text as fit, once the header has taken its part of the height.
    most = max(4, int(0.7 * style.height / (1.4 * style.size)))
    whole = np.where(known, depth, 0).astype("int64")
    if groups.is_split:
        by_group = [whole[rows[known[rows]]] for rows in groups.rows]
        handles = _draw_shares(ax, style, by_group, groups, most)
    else:
        levels = depth_levels(whole[drawn], points[drawn], deleted[drawn], most)
        handles = _draw(ax, style, levels)
    left_out = []
    if without := int((~known).sum()):
        left_out.append(f"{without:,} without depth left out")
    if n_unknown := int(unknown[drawn].sum()):
        left_out.append(f"of {n_unknown:,} it is not known whether they are deleted")
    at_top = int((whole[drawn] == 0).sum())
    return chart.finish(
        f"Comments{on_posts(comments.iloc[drawn])} by depth",
        [f"n = {plural(len(drawn), 'comment')}, deepest {whole[drawn].max()}"], handles,
        drawn=drawn, left_out=left_out, kind="Line chart" if groups.is_split else None,
        summary=f"{percent(at_top / len(drawn))} of the comments are at the top",
    )  # fmt: skip


def depth_levels(
    depth: npt.NDArray[np.int64], points: Floats, deleted: npt.NDArray[np.bool_], most: int
) -> pd.DataFrame:
    """Return count, deleted ones and median points by depth, in at most so many rows.

    The last row holds all that is deeper. Deleted comments do not count for the median.

    >>> none = np.zeros(3, dtype=bool)
    >>> depth_levels(np.array([0, 1, 2]), np.array([4.0, 2.0, np.nan]), none, 2)
        count  deleted  median
    0       1        0     4.0
    1+      2        0     2.0
    """
    by_row = pd.DataFrame(
        {"deleted": deleted, "points": np.where(deleted, np.nan, points)}
    ).groupby(np.minimum(depth, most - 1))
    levels = by_row.agg(
        count=("deleted", "size"), deleted=("deleted", "sum"), median=("points", "median")
    )
    levels = levels.reindex(range(int(levels.index.max()) + 1))
    levels = levels.fillna({"count": 0, "deleted": 0}).astype({"count": int, "deleted": int})
    names = [f"{row}" for row in levels.index]
    if int(depth.max()) >= most:
        names[-1] += "+"
    return levels.set_axis(names)


def _check_depths(depth: Floats, rows: int) -> None:
    if rows and len(depth) == 0:
        raise InvalidArgument(
            "comments must have a 'depth' in at least one row; got none. Those of an account "
            "(imd.load_account_comments()) come without their threads: "
            "imd.load_comments(frame['post_id'].dropna().unique()) loads the threads of the posts."
        )
    if ((depth < 0) | (depth > _DEEPEST) | (depth % 1 != 0)).any():
        raise InvalidArgument(
            f"The column 'depth' must hold whole numbers from 0 to {_DEEPEST:,}; got other numbers."
        )


def _draw(ax: Axes, style: Style, levels: pd.DataFrame) -> list[Artist]:
    """Draw a row for each level and return the legend handles."""
    counts = levels["count"].to_numpy(dtype="float64")
    deleted = levels["deleted"].to_numpy(dtype="float64")
    y = np.arange(len(levels))
    labels = [
        f"{count:,.0f}" + (f" ({percent(gone / count)} deleted)" if gone else "")
        for count, gone in zip(counts.tolist(), deleted.tolist(), strict=True)
    ]
    color = next_color(ax)
    kept = counts - deleted
    ax.barh(y, kept, height=0.7, color=color, linewidth=0, zorder=2)
    handles: list[Artist] = [Patch(facecolor=color, label=f"comments: {int(kept.sum()):,}")]
    if deleted.any():
        some = deleted > 0
        ax.barh(
            y[some], deleted[some], left=kept[some], height=0.7, color=style.muted, linewidth=0,
            zorder=2,
        )  # fmt: skip
        handles.append(Patch(facecolor=style.muted, label=f"deleted: {int(deleted.sum()):,}"))
    set_count_rows(ax, style, list(levels.index), counts, labels, "Comments", strip=True)
    draw_medians(ax, style, levels["median"].to_numpy(dtype="float64"))
    return handles


def _draw_shares(
    ax: Axes,
    style: Style,
    by_group: list[npt.NDArray[np.int64]],
    groups: Groups,
    most: int,
) -> list[Artist]:
    """Draw a line for each group: the share of its comments at each depth."""
    deepest = max(int(depth.max()) for depth in by_group if len(depth))
    rows = min(deepest + 1, most)
    names = [f"{row}" for row in range(rows)]
    if deepest >= most:
        names[-1] += "+"
    handles: list[Artist] = []
    highest = 0.0
    for i, (depth, color) in enumerate(zip(by_group, groups.colors(ax, style), strict=True)):
        if len(depth) == 0:
            continue
        share = 100 * np.bincount(np.minimum(depth, rows - 1), minlength=rows) / len(depth)
        highest = max(highest, float(share.max()))
        share[min(int(depth.max()), rows - 1) + 1 :] = np.nan  # no thread of the group is as deep
        (line,) = ax.plot(
            share, np.arange(rows), color=color, marker=MARKERS[i % len(MARKERS)],
            markersize=4.5 * style.scale, linewidth=1.6 * style.scale,
            label=groups.label(i, len(depth), style), zorder=3,
        )  # fmt: skip
        handles.append(line)
    set_row_axis(ax, style, names, above=0.0)
    ax.set_xlim(0, 1.05 * highest)
    ax.xaxis.set_major_formatter(FuncFormatter(format_percent))
    ax.set_xlabel("Share of the group's comments")
    return handles
