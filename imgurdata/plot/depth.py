"""Chart of how deep threads go."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from imgurdata._format import plural
from imgurdata.errors import InvalidArgument
from imgurdata.plot.style import PALETTE, Style, format_number, new_axes, set_header, show_no_data
from imgurdata.plot.validate import Floats, booleans, numbers, validate
from imgurdata.plot.wording import on_posts, repeats_note

__all__ = ["comment_depth", "depth_levels"]

_NEEDED = ("post_id", "depth", "points", "deleted")

_DEEPEST = 1_000_000

# Where the strip of the medians starts, as a share of the width.
_STRIP = 0.74

# A linear bar of less than one in so many of the longest would be invisible.
_LOG_FROM = 150

# On a logarithmic axis bars start here, so that a single comment has a bar.
_LOG_FLOOR = 0.6


def comment_depth(comments: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many comments there are at each depth of their threads, and their median points.

    From the top down, a bar for each depth with its number; inside it, narrow and dark, how many
    of them are deleted, with their share in brackets. If the longest bar is over 150 times the
    shortest, the axis is logarithmic. Dots in the strip on the right mark the median points of
    the comments of that depth. Depths for which there is no space share the last row.

    Parameters
    ----------
    comments : pandas.DataFrame
        One row per comment, with ``post_id``, ``depth`` (0 at the top), ``points`` and
        ``deleted``. Deleted comments count at their depth but not for the median: Imgur sets
        their points to 0 (recorded answer).
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure. y is the depth, x the number of comments.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, and if no comment has a depth: comments of an
        account come without their threads.

    Examples
    --------
    >>> import pandas as pd
    >>> from imgurdata.plot import comment_depth
    >>> comments = pd.DataFrame(
    ...     {
    ...         "post_id": "kT4mZ9q",
    ...         "depth": pd.array([0, 1, 1], dtype="Int64"),
    ...         "points": pd.array([40, 12, 0], dtype="Int64"),
    ...         "deleted": pd.array([False, False, True], dtype="boolean"),
    ...     }
    ... )
    >>> comment_depth(comments).get_title()
    'Comments on post kT4mZ9q by depth'
    """
    comments = validate("comments", comments, _NEEDED, loader="imd.load_comments()")
    depth, points = numbers(comments, "depth"), numbers(comments, "points")
    deleted, unknown = booleans(comments, "deleted")
    known = ~np.isnan(depth)
    _check_depths(depth[known], len(comments))
    ax, style = new_axes(ax)
    ax.set_ylabel("Depth (0 = top-level)", fontsize=style.size, color=style.ink)
    ax.set_xlabel("Comments", fontsize=style.size, color=style.ink)
    if not known.any():
        show_no_data(ax, style, "Comments by depth", comments, "no comment has a depth")
        return ax
    # As many rows of text as fit, once the header has taken its part of the height.
    most = max(4, int(0.7 * style.height / (1.4 * style.size)))
    whole = depth[known].astype("int64")
    levels = depth_levels(whole, points[known], deleted[known], most)
    handles = _draw(ax, style, levels)
    title = f"Comments{on_posts(comments[known])} by depth"
    n, left_out = int(known.sum()), int((~known).sum())
    n_unknown = int((unknown & known).sum())
    detail = f"n = {plural(n, 'comment')}, deepest {whole.max()}" + repeats_note(comments[known])
    detail += f"; {left_out:,} without depth left out" if left_out else ""
    detail += f"; of {n_unknown:,} it is not known whether they are deleted" if n_unknown else ""
    set_header(ax, style, title, detail, handles)
    return ax


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
    start = _set_count_axis(ax, style, counts)
    ax.barh(y, counts - start, left=start, height=0.7, color=PALETTE[0], linewidth=0, zorder=2)
    handles: list[Artist] = [Patch(facecolor=PALETTE[0], label=f"comments: {int(counts.sum()):,}")]
    if deleted.any():
        some = deleted > 0
        ax.barh(y[some], deleted[some] - start, left=start, height=0.24, color=style.ink, zorder=3)
        label = f"deleted: {int(deleted.sum()):,}, share in brackets"
        handles.append(Patch(facecolor=style.ink, label=label))
    for count, gone, row in zip(counts.tolist(), deleted.tolist(), y.tolist(), strict=True):
        share = f" ({_percent(gone / count)})" if gone else ""
        ax.annotate(
            f"{count:,.0f}{share}",
            xy=(max(count, start), row),
            xytext=(3, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=style.size - 0.5,
            color=style.ink,
            zorder=4,
        )
    # One more row on top for the name of the strip; a few rows do not become very high.
    empty = max(0.0, 3.0 - len(levels)) / 2
    ax.set_ylim(len(levels) - 0.4 + empty, -1.4 - empty)
    ax.set_yticks(y, list(levels.index))
    ax.spines["left"].set_bounds(len(levels) - 0.4 + empty, -0.6)
    ax.tick_params(axis="y", length=0)
    _draw_medians(ax, style, levels["median"].to_numpy(dtype="float64"))
    return handles


def _set_count_axis(ax: Axes, style: Style, counts: Floats) -> float:
    """Make x the axis of counts, with space for labels and strip; return where bars start."""
    most, least = counts.max(), counts[counts > 0].min()
    # The share of the width that the longest bar may take beside the label at its end.
    share = max(0.3, _STRIP - 0.03 - (len(f"{most:,.0f} (00%)") * 0.58 * style.size) / style.width)
    if most > _LOG_FROM * least:
        start, name = _LOG_FLOOR, "Comments (log scale)"
        ax.set_xscale("log")
        ax.set_xlim(start, start * (most / start) ** (1 / share))
        ticks = 10.0 ** np.arange(0, np.floor(np.log10(most)) + 1)
    else:
        start, name = 0.0, "Comments"
        ax.set_xlim(0, most / share)
        nbins = max(2, int(style.width * share / (5 * style.size)))
        steps = MaxNLocator(nbins=min(nbins, 6), integer=True, steps=[1, 2, 5, 10])
        ticks = np.asarray(steps.tick_values(0, most))
    ax.xaxis.set_major_locator(FixedLocator(ticks[ticks <= most].tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(format_number))
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=style.grid, linewidth=0.8, linestyle="-")
    ax.spines["bottom"].set_bounds(start, most)
    ax.set_xlabel(name, fontsize=style.size, color=style.ink, loc="left")
    return start


def _draw_medians(ax: Axes, style: Style, medians: Floats) -> None:
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
    offset, size = 0.55 * style.size, style.size - 0.5
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
    color, end = PALETTE[5], len(medians) - 0.5
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
        label="median points",
        zorder=3,
    )
    for label, dot, row in zip(labels, x.tolist(), known.tolist(), strict=True):
        # Right of the zero line too, if a negative dot lies on its left.
        write(label, max(dot, zero), row, style.ink, offset, size)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.01 else "<1%"
