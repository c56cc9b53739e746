"""Chart of how posts grew."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from imgurdata._format import plural
from imgurdata.plot.chart import Chart
from imgurdata.plot.ends import End
from imgurdata.plot.groups import check_value, colors_of
from imgurdata.plot.style import DASHES, PALETTE
from imgurdata.plot.ticks import format_number, set_number_axis
from imgurdata.plot.time import date_numbers, format_dates, set_time_axis, time_zone
from imgurdata.plot.validate import Floats, column_of, numbers, utc_times
from imgurdata.plot.wording import shorten

__all__ = ["score_history"]

_LOADER = "archive.history()"
#: Posts that are drawn in a color of their own.
_NAMED = len(PALETTE)
#: A group of more lines than this has finer ones.
_MOST_THICK = 24
#: What posts did whose value became better, by column: one that counts what a post was given.
_VERBS = dict.fromkeys(
    ("points", "score", "ups", "downs", "views", "comment_count", "favorite_count"), "gained"
) | {"rank": "rose"}
#: Width, opacity and order of lines.
_THICK, _FINE, _FAINT = (1.6, 1.0, 3), (1.0, 0.6, 2), (0.7, 0.4, 2)


class _Line(NamedTuple):
    """Line of one post: its best value, and by how much that is better than its first one."""

    post: str
    points: Floats  # x and y
    group: int
    best: float
    gained: float

    def end(self, color: str, text: str) -> End:
        """Return the last point, and what may stand beside it."""
        x, y = self.points[-1].tolist()
        return End(x, y, color, text)


def score_history(
    history: pd.DataFrame,
    value: str = "points",
    *,
    hue: str | None = None,
    palette: Any = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how posts grew: one line a post, from snapshot to snapshot.

    The six posts that gained most have colors and are named with their highest value, at the ends
    of their lines if all names fit there, else in the legend; the others are grey. If none gained
    anything, as in a single snapshot, it is the six with the highest values. For ``"rank"``, whose
    first place is on top, it is the six that rose most, with their best rank. With ``hue``, colors
    are those of groups. Dots mark posts seen once. The lines of a second call on one ``ax`` are
    dashed.

    Parameters
    ----------
    history : pandas.DataFrame
        Rows of :meth:`imgurdata.Archive.history`, with ``id``, ``fetched_at`` and the column of
        ``value``.
    value : str
        A numeric column, such as ``points``, ``score`` or ``views``.
    hue : str or None
        A column with one value a post, such as ``listing``: the seven most frequent ones have a
        color, all others are grey.
    palette : list, dict, str or None
        Colors of the groups or posts, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are compared, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.
    tz : str, datetime.tzinfo or None
        Time zone of the axis; None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, times without a zone, or an unknown ``hue`` or ``tz``.

    Examples
    --------
    >>> import imgurdata as imd
    >>> archive = imd.Archive("memory://snapshots")
    >>> with imd.connect(sandbox=True) as session:
    ...     for _ in range(9):
    ...         _ = archive.append(imd.load_gallery("user", sort="time", max_age=0))
    ...         _ = session.sandbox.advance("90min")
    >>> ax = imd.plot.score_history(archive.history())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Time (UTC)', 'Points')
    """
    zone, name = time_zone(tz), check_value(value)
    chart = Chart(
        "Line chart", "history", history, ["id", "fetched_at", value], loader=_LOADER, hue=hue,
        hue_order=hue_order, palette=palette, title=title, legend=legend,
    )  # fmt: skip
    history, groups = chart.frame, chart.groups
    lines = _lines_of(history, value, groups.codes(len(history)))
    label = name.capitalize()
    ax, style = chart.start(ax), chart.style
    set_time_axis(ax, style, zone, "Time")
    set_number_axis(ax, label)
    if not lines:
        reason = f"no row has both fetched_at and {value}"
        return chart.no_data(f"{label} of posts over time", reason)
    limits = ax.get_xlim(), ax.get_ylim()
    dashes = DASHES[len(chart.before.charts) % len(DASHES)] if chart.before is not None else "-"
    handles: list[Artist] = []
    ends: list[End] = []
    if groups.is_split:
        parts = [[line for line in lines if line.group == i] for i in range(len(groups.rows))]
        counted = any(len(part) > 1 for part in parts)
        for i, color in enumerate(groups.colors(ax, style)):
            if part := parts[i]:
                text = groups.label(i, len(part), style) if counted else groups.labels[i]
                look = _FINE if len(part) > _MOST_THICK else _THICK
                handles.append(_draw(ax, part, color, text, look, dashes))
                ends += [line.end(color, text) for line in part]
        # Only lines that stand for their whole group can bear its name.
        ends = ends if len(ends) == len(handles) else []
    else:
        named, others = lines[:_NAMED], lines[_NAMED:]
        if others:
            text = plural(len(others), "other post")
            handles.append(_draw(ax, others, style.muted, text, _FAINT, dashes))
        colors = colors_of([line.post for line in named], palette, ax, style)
        own = []
        for line, color in zip(named, colors, strict=True):
            text = f"{shorten(line.post)}: {format_number(line.best)}"
            own.append(_draw(ax, [line], color, text, _THICK, dashes))
            ends.append(line.end(color, text))
        handles = [*own, *handles]
    _set_limits(chart, lines, *limits)
    low, high = limits[1]
    if (low > high) if chart.is_second else (value == "rank"):
        ax.invert_yaxis()  # the first place is on top
    times = utc_times(history, "fetched_at")
    snapshots = plural(int(times.nunique()), "snapshot")
    notes = [f"{snapshots}, {format_dates(times.min(), times.max(), zone)}"]
    in_color, summary = _gains(lines, value, name)
    if len(lines) > _NAMED and not groups.is_split:
        notes.append(in_color)
    return chart.finish(
        # The lines of two charts may be those of the same posts.
        f"{label} of {'posts' if chart.is_second else plural(len(lines), 'post')} over time",
        notes, handles, ends=ends, summary=summary,
    )  # fmt: skip


def _gains(lines: list[_Line], value: str, name: str) -> tuple[str, str]:
    """Return why posts have colors, and which one gained most, or ""."""
    first, verb = lines[0], _VERBS.get(value, "")
    gained = sum(line.gained > 0 for line in lines[:_NAMED])
    texts = (
        (gained, f"that {verb} most" if verb else f"whose {name} grew most"),
        (_NAMED - gained, f"with the {'best ranks' if value == 'rank' else f'highest {name}'}"),
    )
    in_color = " and ".join(f"the {n} {text}" for n, text in texts if n)
    summary = f"{shorten(first.post)} {verb} most: {format_number(first.gained)}"
    return f"in color: {in_color}", summary if verb and gained else ""


def _lines_of(history: pd.DataFrame, value: str, group: np.ndarray[Any, Any]) -> list[_Line]:
    """Return the lines of all posts in a group, those that gained most first."""
    rows = pd.DataFrame({
        "id": column_of(history, "id").astype(object).to_numpy(),
        "x": date_numbers(utc_times(history, "fetched_at")),
        "y": numbers(history, value),
        "group": group,
    })  # fmt: skip
    rows = rows[rows["group"] >= 0].dropna(subset=["id", "x", "y"])
    rows["id"] = rows["id"].map(str)
    # Of two lists in which a post was at one time either row will do.
    rows = rows.sort_values(["id", "x", "y"], kind="stable").drop_duplicates(["id", "x"])
    starts = np.flatnonzero(~rows["id"].duplicated().to_numpy())
    names, least = rows["id"].to_numpy()[starts], rows["group"].to_numpy()
    points = np.split(rows[["x", "y"]].to_numpy(dtype="float64"), starts[1:])
    parts = np.split(least, starts[1:])
    sign = -1.0 if value == "rank" else 1.0  # the smallest rank is the best
    lines = []
    for post, xy, own in zip(names, points, parts, strict=False):
        if len(xy):
            best = sign * float((sign * xy[:, 1]).max())
            gained = sign * (best - float(xy[0, 1]))
            lines.append(_Line(str(post), xy, int(own.min()), best, gained))
    return sorted(lines, key=lambda line: (-line.gained, -sign * line.best, line.post))


def _draw(
    ax: Axes, part: list[_Line], color: str, label: str, look: tuple[float, float, int], dashes: Any
) -> Artist:
    """Draw lines of one color, and dots where a post was seen once; return the legend handle."""
    width, alpha, zorder = look
    ax.add_collection(
        LineCollection(
            [line.points for line in part],
            colors=color, linewidths=width, alpha=alpha, zorder=zorder, linestyles=[dashes],
        )
    )  # fmt: skip
    single = [line.points[0] for line in part if len(line.points) == 1]
    if single:
        x, y = np.array(single).T
        ax.plot(x, y, linestyle="none", marker="o", markersize=3, color=color, zorder=zorder)
    alpha = max(alpha, 0.6)
    return Line2D([], [], color=color, linewidth=1.6, alpha=alpha, linestyle=dashes, label=label)


def _set_limits(
    chart: Chart,
    lines: list[_Line],
    old_x: tuple[float, float],
    old_y: tuple[float, float],
) -> None:
    """Set the limits; those of a chart that is there already are extended."""
    points = np.concatenate([line.points for line in lines])
    left, bottom = points.min(axis=0)
    right, top = points.max(axis=0)
    aside = (right - left) * 0.02 or 0.02
    bottom = 1.05 * min(bottom, 0.0)
    x, y = (left - aside, right + aside), (bottom, (top + (top - bottom) * 0.06) or 1.0)
    if chart.is_second:
        x = (min(x[0], *old_x), max(x[1], *old_x))
        y = (min(y[0], *old_y), max(y[1], *old_y))
    chart.ax.set_xlim(*x)
    chart.ax.set_ylim(*y)
