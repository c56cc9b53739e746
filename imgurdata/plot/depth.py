"""How deep threads go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imgurdata._format import plural
from imgurdata.errors import InvalidArgument
from imgurdata.plot.check import flags, need_columns, need_frame, numbers
from imgurdata.plot.style import PALETTE, Look, header, new_axes, no_data, number
from imgurdata.plot.wording import on_posts, repeated

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Level", "comment_depth", "levels"]

_LOADER = "imd.load_comments()"
_NEEDED = ("post_id", "depth", "points", "deleted")

_DEEPEST = 1_000_000

# Where the strip of the medians begins, as a share of the width.
_STRIP = 0.74

# A linear bar of less than one in so many of the longest could not be seen.
_LOG_FROM = 150

# On a logarithmic axis bars begin here, so that one comment has a bar.
_LOG_FLOOR = 0.6


@dataclass(frozen=True)
class Level:
    """The comments at one depth, or at several that share a row.

    Attributes
    ----------
    name : str
        ``"3"``, or ``"12+"`` for all from 12 on.
    count : int
        All comments, deleted ones too.
    deleted : int
        How many of them are deleted.
    median : float
        Median of the points of those not deleted; NaN where none has points.
    """

    name: str
    count: int
    deleted: int
    median: float


def comment_depth(comments: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many comments there are at each depth of their threads, and what they earn.

    From the top down, a bar for each depth with its number; inside it, narrow and dark, how many
    of them are deleted, with their share in brackets. Where the longest bar is over 150 times the
    shortest, the axis is logarithmic. Dots in the strip on the right mark the median points of
    the comments of that depth. Depths for which there is no room share the last row.

    Parameters
    ----------
    comments
        One row per comment, with ``post_id``, ``depth`` (0 at the top), ``points`` and
        ``deleted``. Deleted comments count at their depth but not for the median: Imgur sets
        their points to 0 (recorded answer).
    ax
        Where to draw. None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or that of the new figure. y is the depth, x the number of comments.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, and where no comment has a depth: comments of an
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
    comments = need_frame("comments", comments, loader=_LOADER)
    need_columns("comments", comments, _NEEDED, loader=_LOADER)
    depth, points = numbers(comments, "depth"), numbers(comments, "points")
    deleted, unknown = flags(comments, "deleted")
    known = ~np.isnan(depth)
    _check_depths(depth[known], len(comments))

    ax, look = new_axes(ax)
    ax.set_ylabel("Depth (0 = top-level)", fontsize=look.size, color=look.ink)
    ax.set_xlabel("Comments", fontsize=look.size, color=look.ink)
    if not known.any():
        header(ax, look, "Comments by depth")
        no_data(ax, look, "the frame has no rows")
        return ax
    whole = depth[known].astype("int64")
    rows = levels(whole, points[known], deleted[known], _room(look))
    handles = _draw(ax, look, rows)
    title = f"Comments{on_posts(comments[known])} by depth"
    n, out, dark = int(known.sum()), int((~known).sum()), int((unknown & known).sum())
    detail = f"n = {plural(n, 'comment')}, deepest {whole.max()}" + repeated(comments[known])
    detail += f"; {out:,} without depth left out" if out else ""
    detail += f"; of {dark:,} it is not known whether they are deleted" if dark else ""
    header(ax, look, title, detail, handles)
    return ax


def levels(
    depth: npt.NDArray[np.int64],
    points: npt.NDArray[np.float64],
    deleted: npt.NDArray[np.bool_],
    room: int,
) -> list[Level]:
    """Count by depth, in at most so many rows; the last one takes what goes deeper.

    Parameters
    ----------
    depth, points, deleted
        Of equal length, at least 1. Points may be NaN.
    room
        The most rows, at least 1.

    >>> none = np.zeros(3, dtype=bool)
    >>> found = levels(np.array([0, 1, 2]), np.array([4.0, 2.0, np.nan]), none, 2)
    >>> [(level.name, level.count, level.median) for level in found]
    [('0', 1, 4.0), ('1+', 2, 2.0)]
    """
    last = int(depth.max())
    row = np.minimum(depth, room - 1)
    out = []
    for i in range(int(row.max()) + 1):
        here = row == i
        earned = points[here & ~deleted & ~np.isnan(points)]
        out.append(
            Level(
                name=f"{i}+" if i == room - 1 and last > i else f"{i}",
                count=int(here.sum()),
                deleted=int((here & deleted).sum()),
                median=float(np.median(earned)) if len(earned) else np.nan,
            )
        )
    return out


def _check_depths(depth: npt.NDArray[np.float64], rows: int) -> None:
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


def _room(look: Look) -> int:
    """Tell how many rows of type fit; the header will take a part of the height."""
    return max(4, int(0.7 * look.height / (1.4 * look.size)))


def _draw(ax: Axes, look: Look, rows: list[Level]) -> list[Artist]:
    from matplotlib.patches import Patch

    counts = np.array([level.count for level in rows], dtype="float64")
    gone = np.array([level.deleted for level in rows], dtype="float64")
    y = np.arange(len(rows))
    start = _count_axis(ax, look, counts)
    ax.barh(y, counts - start, left=start, height=0.7, color=PALETTE[0], linewidth=0, zorder=2)
    handles: list[Artist] = [Patch(facecolor=PALETTE[0], label=f"comments: {int(counts.sum()):,}")]
    if gone.any():
        there = gone > 0
        ax.barh(y[there], gone[there] - start, left=start, height=0.24, color=look.ink, zorder=3)
        label = f"deleted: {int(gone.sum()):,}, share in brackets"
        handles.append(Patch(facecolor=look.ink, label=label))
    for level, at in zip(rows, y, strict=True):
        share = f" ({_percent(level.deleted / level.count)})" if level.deleted else ""
        ax.annotate(
            f"{level.count:,}{share}",
            xy=(max(level.count, start), at),
            xytext=(3, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=look.size - 0.5,
            color=look.ink,
            zorder=4,
        )
    # One more row on top for the name of the strip; few rows do not become slabs.
    spare = max(0.0, 3.0 - len(rows)) / 2
    ax.set_ylim(len(rows) - 0.4 + spare, -1.4 - spare)
    ax.set_yticks(y, [level.name for level in rows])
    ax.spines["left"].set_bounds(len(rows) - 0.4 + spare, -0.6)
    ax.tick_params(axis="y", length=0)
    _medians(ax, look, np.array([level.median for level in rows]))
    return handles


def _count_axis(ax: Axes, look: Look, counts: npt.NDArray[np.float64]) -> float:
    """Make x the axis of counts, with room for labels and strip; give where bars begin."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    most, least = counts.max(), counts[counts > 0].min()
    # What the longest bar may take, once the label at its end has its room.
    share = max(0.3, _STRIP - 0.03 - (len(f"{most:,.0f} (00%)") * 0.58 * look.size) / look.width)
    if most > _LOG_FROM * least:
        start, name = _LOG_FLOOR, "Comments (log scale)"
        ax.set_xscale("log")
        ax.set_xlim(start, start * (most / start) ** (1 / share))
        ticks = 10.0 ** np.arange(0, np.floor(np.log10(most)) + 1)
    else:
        start, name = 0.0, "Comments"
        ax.set_xlim(0, most / share)
        nbins = max(2, int(look.width * share / (5 * look.size)))
        steps = MaxNLocator(nbins=min(nbins, 6), integer=True, steps=[1, 2, 5, 10])
        ticks = np.asarray(steps.tick_values(0, most))
    ax.xaxis.set_major_locator(FixedLocator(ticks[ticks <= most].tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(number))
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=look.grid, linewidth=0.8, linestyle="-")
    ax.spines["bottom"].set_bounds(start, most)
    ax.set_xlabel(name, fontsize=look.size, color=look.ink, loc="left")
    return start


def _medians(ax: Axes, look: Look, medians: npt.NDArray[np.float64]) -> None:
    """Draw dots on stems in the strip on the right, from a line at zero, with their numbers."""
    ax.annotate(
        "Median points",
        xy=(_STRIP, -1.0),
        xycoords=ax.get_yaxis_transform(),
        va="center_baseline",
        fontsize=look.size,
        color=look.ink,
    )
    known = np.flatnonzero(~np.isnan(medians))
    for at in np.flatnonzero(np.isnan(medians)).tolist():
        _write(ax, look, "none", _STRIP, at, look.muted)
    if len(known) == 0:
        return
    labels = [number(round(float(m), 1)) for m in medians[known]]
    room = max(len(label) for label in labels) * 0.62 * look.size + 8.0
    low, high = min(0.0, float(medians[known].min())), max(0.0, float(medians[known].max()))
    width = max(0.04, 0.99 - _STRIP - room / look.width) / ((high - low) or 1.0)
    zero = _STRIP + 0.01 - low * width
    x = zero + medians[known] * width
    place = ax.get_yaxis_transform()
    ax.vlines(
        zero, -0.5, len(medians) - 0.5, transform=place, color=look.muted, linewidth=0.8, zorder=1
    )
    ax.hlines(known, zero, x, transform=place, color=PALETTE[5], linewidth=1.2, zorder=2)
    ax.plot(
        x,
        known,
        transform=place,
        linestyle="none",
        marker="o",
        markersize=0.55 * look.size,
        markeredgewidth=0,
        color=PALETTE[5],
        label="median points",
        zorder=3,
    )
    for label, at, row in zip(labels, x.tolist(), known.tolist(), strict=True):
        # To the right of the zero line too, where a negative dot lies to its left.
        _write(ax, look, label, max(at, zero), row, look.ink)


def _write(ax: Axes, look: Look, text: str, x: float, row: float, color: str) -> None:
    ax.annotate(
        text,
        xy=(x, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(0.55 * look.size, 0),
        textcoords="offset points",
        va="center_baseline",
        fontsize=look.size - 0.5,
        color=color,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.01 else "<1%"
