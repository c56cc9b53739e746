"""Chart of how deep threads go."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
)

from imgurdata._format import plural
from imgurdata.errors import InvalidArgument
from imgurdata.plot.chart import Chart
from imgurdata.plot.groups import Groups
from imgurdata.plot.style import (
    MARKERS,
    Style,
    format_number,
    format_percent,
    next_color,
    set_grid,
    text_width,
)
from imgurdata.plot.validate import Floats, booleans, numbers
from imgurdata.plot.wording import on_posts, percent

__all__ = ["comment_depth", "depth_levels", "draw_medians", "set_count_axis", "set_row_axis"]

_NEEDED = ("post_id", "depth", "points", "deleted")

_DEEPEST = 1_000_000

# Where the strip of the medians starts, as a share of the width.
_STRIP = 0.74


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
    set_count_axis(
        ax, style, counts, max(text_width(label, style.small) for label in labels), "Comments"
    )
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
    for count, label, row in zip(counts.tolist(), labels, y.tolist(), strict=True):
        ax.annotate(
            label, xy=(count, row), xytext=(3, 0), textcoords="offset points",
            va="center_baseline", fontsize=style.small, color=style.ink, zorder=4,
        )  # fmt: skip
    set_row_axis(ax, style, list(levels.index), above=1.0)
    draw_medians(ax, style, levels["median"].to_numpy(dtype="float64"))
    return handles


def set_row_axis(ax: Axes, style: Style, names: list[str], *, above: float) -> None:
    """Make y an axis of named rows from the top down, with free rows above."""
    # A few rows do not become very high.
    empty = max(0.0, 3.0 - len(names)) / 2
    ax.set_ylim(len(names) - 0.4 + empty, -0.4 - above - empty)
    ax.set_yticks(np.arange(len(names)), names)
    ax.spines["left"].set_bounds(len(names) - 0.4 + empty, -0.6)
    ax.tick_params(axis="y", length=0)
    set_grid(ax, style, "x")


def set_count_axis(
    ax: Axes, style: Style, counts: Floats, label: float, name: str, *, strip: bool = True
) -> None:
    """Make x the axis of counts, with space for labels of a width in points, and the strip."""
    most = float(counts.max())
    # The share of the width that the longest bar may take beside the label at its end.
    room = _STRIP - 0.03 if strip else 0.98
    share = max(0.25, room - 1.08 * label / style.width)
    ax.set_xlim(0, most / share)
    nbins = max(2, int(style.width * share / (5 * style.size)))
    steps = MaxNLocator(nbins=min(nbins, 6), integer=True, steps=[1, 2, 5, 10])
    ticks = np.asarray(steps.tick_values(0, most))
    ax.xaxis.set_major_locator(FixedLocator(ticks[ticks <= most].tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(format_number))
    ax.spines["bottom"].set_bounds(0, most)
    ax.set_xlabel(name, loc="left" if strip else None)


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


def draw_medians(ax: Axes, style: Style, medians: Floats) -> None:
    """Draw dots on stems in the strip on the right, from a line at zero, with their numbers."""
    transform = ax.get_yaxis_transform()

    def write(text: str, x: float, row: float, color: str, offset: float, size: float) -> None:
        ax.annotate(
            text,
            xy=(x, row),
            xycoords=transform,
            xytext=(offset, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=size,
            color=color,
        )

    write("Median points", _STRIP, -1.0, style.ink, 0.0, style.size)
    offset, size = 0.55 * style.size, style.small
    known = np.flatnonzero(~np.isnan(medians))
    for row in np.flatnonzero(np.isnan(medians)).tolist():
        write("none", _STRIP, row, style.muted, offset, size)
    if len(known) == 0:
        return
    labels = [format_number(round(float(median), 1)) for median in medians[known]]
    label_width = max(len(label) for label in labels) * 0.62 * style.size + 8.0
    low, high = min(0.0, float(medians[known].min())), max(0.0, float(medians[known].max()))
    unit = max(0.04, 0.99 - _STRIP - label_width / style.width) / ((high - low) or 1.0)
    zero = _STRIP + 0.01 - low * unit
    x = zero + medians[known] * unit
    color, end = next_color(ax), len(medians) - 0.5
    ax.vlines(zero, -0.5, end, transform=transform, color=style.muted, linewidth=0.8, zorder=1)
    ax.hlines(known, zero, x, transform=transform, color=color, linewidth=1.2, zorder=2)
    ax.plot(
        x,
        known,
        transform=transform,
        linestyle="none",
        marker="o",
        markersize=0.55 * style.size,
        markeredgewidth=0,
        color=color,
        label="_median points",
        zorder=3,
    )
    for label, dot, row in zip(labels, x.tolist(), known.tolist(), strict=True):
        # Right of the zero line too, if a negative dot lies on its left.
        write(label, max(dot, zero), row, style.ink, offset, size)
