"""Chart of how posts grew."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from imgurdata._format import plural
from imgurdata._validate import did_you_mean, refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.style import (
    PALETTE,
    format_number,
    new_axes,
    set_header,
    set_number_axis,
    show_no_data,
)
from imgurdata.plot.time import date_numbers, format_dates, set_time_axis, time_zone
from imgurdata.plot.validate import Floats, column_of, numbers, utc_times, validate
from imgurdata.plot.wording import shorten

__all__ = ["score_history"]

_LOADER = "archive.history()"
#: Posts that are drawn in a color of their own.
_NAMED = len(PALETTE) - 1
_OTHERS = PALETTE[-1]


class _Line(NamedTuple):
    """Line of one post."""

    post: str
    points: Floats  # x and y
    group: str | None

    @property
    def top(self) -> float:
        """Largest value."""
        return float(self.points[:, 1].max())

    @property
    def gained(self) -> float:
        """Largest value less the first."""
        return self.top - float(self.points[0, 1])


def score_history(
    history: pd.DataFrame,
    value: str = "points",
    *,
    hue: str | None = None,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how posts grew: one line a post, from snapshot to snapshot.

    The six posts that gained most have colors and are named in the legend with their highest value,
    the others are grey. With ``hue``, colors are those of groups. Dots mark posts seen once.

    Parameters
    ----------
    history : pandas.DataFrame
        Rows of :meth:`imgurdata.Archive.history`, with ``id``, ``fetched_at`` and the column of
        ``value``.
    value : str, default "points"
        A numeric column, such as ``points``, ``score`` or ``views``.
    hue : str or None
        A column with one value a post: one color a group, at most six and the others together.
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
    >>> import pandas as pd
    >>> from imgurdata.plot import score_history
    >>> history = pd.DataFrame({
    ...     "id": ["abcde", "abcde"],
    ...     "fetched_at": pd.to_datetime(["2026-03-01 10:00", "2026-03-01 12:00"], utc=True),
    ...     "points": pd.array([10, 40], dtype="Int64"),
    ... })
    >>> score_history(history).get_title()
    'Points of 1 post over time'
    """
    if not isinstance(value, str):
        refuse("value", "the name of a numeric column, such as 'points'", value)
    zone = time_zone(tz)
    history = validate("history", history, ["id", "fetched_at"], loader=_LOADER)
    for argument, name in (("value", value), ("hue", hue)):
        if name is not None and (not isinstance(name, str) or name not in history.columns):
            raise InvalidArgument(
                f"{argument} must be a column of history; got {shown(name, 40)}."
                f"{did_you_mean(name, history.columns)}"
            )
    lines = _lines_of(history, value, hue)
    label = shorten(value.replace("_", " ")).capitalize()
    title = f"{label} of {plural(len(lines), 'post')} over time"
    ax, style = new_axes(ax)
    set_time_axis(ax, style, zone, "Time")
    set_number_axis(ax, style, label)
    if not lines:
        show_no_data(ax, style, title, history, f"no row has both fetched_at and {value}")
        return ax
    colors = _group_colors(lines) if hue is not None else _post_colors(lines)
    _draw(ax, lines, colors, grouped=hue is not None)
    _set_limits(ax, lines)
    times = utc_times(history, "fetched_at")
    days = format_dates(times.min(), times.max(), zone)
    snapshots = plural(int(times.nunique()), "snapshot")
    detail = f"{snapshots}, {days}"
    if hue is not None:
        detail = f"{shorten(hue.replace('_', ' '))}; {detail}"
    set_header(ax, style, title, detail, _handles(lines, colors, grouped=hue is not None))
    return ax


def _lines_of(history: pd.DataFrame, value: str, hue: str | None) -> list[_Line]:
    """Return the lines of all posts, those that gained most first."""
    times, values = utc_times(history, "fetched_at"), numbers(history, value)
    rows = pd.DataFrame({
        "id": column_of(history, "id").astype(object).to_numpy(),
        "x": date_numbers(times),
        "y": values,
        "group": None if hue is None else _texts(column_of(history, hue)),
    })  # fmt: skip
    rows = rows.dropna(subset=["id", "x", "y"])
    rows["id"] = rows["id"].map(str)
    # Of two lists in which a post was at one time either row will do.
    rows = rows.sort_values(["id", "x", "y"], kind="stable").drop_duplicates(["id", "x"])
    lines = [
        _Line(str(post), part[["x", "y"]].to_numpy(dtype="float64"), part["group"].min())
        for post, part in rows.groupby("id", sort=True)
    ]
    return sorted(lines, key=lambda line: (-line.gained, -line.top, line.post))


def _texts(column: pd.Series) -> list[str]:
    values = zip(column.astype(object), column.isna(), strict=True)
    return ["unknown" if missing else shorten(text) for text, missing in values]


def _post_colors(lines: list[_Line]) -> dict[str, str]:
    return {line.post: color for line, color in zip(lines, PALETTE[:_NAMED], strict=False)}


def _group_colors(lines: list[_Line]) -> dict[str, str]:
    """Return the color of each of the largest groups."""
    sizes = pd.Series([line.group for line in lines]).value_counts()
    order = sorted(sizes.index, key=lambda group: (-sizes[group], str(group)))
    return dict(zip(order, PALETTE[:_NAMED], strict=False))


def _draw(ax: Axes, lines: list[_Line], colors: dict[str, str], *, grouped: bool) -> None:
    """Draw all lines, those without a color of their own beneath."""
    many = len(lines) > 4 * _NAMED
    for color in [None, *reversed(list(dict.fromkeys(colors.values())))]:
        part = [line for line in lines if colors.get(_key(line, grouped)) == color]
        if not part:
            continue
        thin = color is None or (grouped and many)
        ax.add_collection(
            LineCollection(
                [line.points for line in part],
                colors=_OTHERS if color is None else color,
                linewidths=0.7 if thin else 1.6,
                alpha=0.35 if thin else 1.0,
                zorder=2 if color is None else 3,
            )
        )
        single = [line.points[0] for line in part if len(line.points) == 1]
        if single:
            x, y = np.array(single).T
            ax.plot(x, y, linestyle="none", marker="o", markersize=2.5,
                    color=_OTHERS if color is None else color, zorder=3)  # fmt: skip


def _key(line: _Line, grouped: bool) -> str:
    return str(line.group) if grouped else line.post


def _set_limits(ax: Axes, lines: list[_Line]) -> None:
    points = np.concatenate([line.points for line in lines])
    left, bottom = points.min(axis=0)
    right, top = points.max(axis=0)
    aside = (right - left) * 0.02 or 0.02
    ax.set_xlim(left - aside, right + aside)
    bottom = min(bottom, 0.0)
    ax.set_ylim(bottom * 1.05, (top + (top - bottom) * 0.06) or 1.0)


def _handles(lines: list[_Line], colors: dict[str, str], *, grouped: bool) -> list[Line2D]:
    """Return the entries of the legend."""
    handles = []
    for name, color in colors.items():
        part = [line for line in lines if _key(line, grouped) == name]
        text = f"{name} (n = {len(part):,})" if grouped else (
            f"{shorten(name)}: {format_number(part[0].top)}"
        )  # fmt: skip
        handles.append(Line2D([], [], color=color, linewidth=1.6, label=text))
    others = sum(_key(line, grouped) not in colors for line in lines)
    if others:
        label = f"other (n = {others:,})" if grouped else plural(others, "other post")
        handles.append(Line2D([], [], color=_OTHERS, linewidth=1.0, label=label))
    return handles
