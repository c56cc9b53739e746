"""Lines and bars of the chart of credits, and the forecast as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from imgurdata.plot.bars import (
    bar_handle,
    baseline_bars,
    set_y_limits,
    stacked_bars,
)
from imgurdata.plot.bins import aggregate, period_name, shortest_bins, stack
from imgurdata.plot.chart import Chart
from imgurdata.plot.header import EXPLAINS
from imgurdata.plot.style import Style
from imgurdata.plot.ticks import format_number, set_integer_ticks
from imgurdata.plot.time import date_numbers, format_time
from imgurdata.plot.validate import Floats
from imgurdata.plot.windows import Forecast, Window
from imgurdata.plot.wording import shorten

__all__ = ["Usage", "bar_width", "draw_usage", "forecast_text"]

#: More resets than this are not drawn: the line's gaps show where they are.
MOST_RESETS = 12

#: More windows than this are drawn as the fewest credits left in each bin.
_MOST_WINDOWS = 80

_Dashes = tuple[float, tuple[float, ...]]
_DASHED: _Dashes = (0, (5, 3))
_DOTTED: _Dashes = (0, (1, 1.6))

# There are at most so many bars of spent credits.
_MOST_BARS = 48


@dataclass(frozen=True)
class Usage:
    """One identity's answers with limit headers, in order of time, and its color in the chart.

    ``remaining`` and ``limit`` (NaN if unknown) are credits at ``times``; without any such answer
    there is no forecast.
    """

    identity: str
    color: str
    times: pd.DatetimeIndex
    remaining: Floats
    limit: Floats
    windows: list[Window]
    forecast: Forecast | None


def bar_width(length: pd.Timedelta) -> pd.offsets.BaseOffset:
    """Return the width of bars for a history of this length."""
    return shortest_bins(length, _MOST_BARS - 1)


def forecast_text(found: Forecast, now: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Return a forecast as text, to follow "API credits:" or an identity's name."""
    reset = format_time(found.reset_at, tz, now) if found.reset_at is not None else ""
    if found.kind == "spent":
        return f"spent, back at {reset}" if reset else "spent"
    if found.kind == "runs out" and found.at is not None:
        out = format_time(found.at, tz, now)
        return f"run out at {out}, before the reset at {reset}" if reset else f"run out at {out}"
    if found.kind == "lasts":
        return f"enough until the reset at {reset}"
    if found.kind == "ended":
        return f"back since the reset at {reset}"
    return f"{format_number(found.left)} left"


def draw_usage(
    chart: Chart, rows: pd.DataFrame, usages: Sequence[Usage], tz: dt.tzinfo
) -> list[Artist]:
    """Draw everything; return the legend handles."""
    ax, style = chart.ax, chart.style
    now = rows["time"].iloc[-1]
    single = len(usages) == 1 and not chart.is_second
    before = ax.get_xlim(), ax.get_ylim()
    handles: list[Artist] = []
    width = bar_width(now - rows["time"].iloc[0])
    bars = None if chart.is_second else _draw_spent(ax, style, rows, usages, tz)
    for usage in usages:
        if usage.forecast is None:
            continue
        name = f"{shorten(usage.identity[:8])}: {forecast_text(usage.forecast, now, tz)}"
        per = f"fewest left per {period_name(width)}" if len(usage.windows) > _MOST_WINDOWS else ""
        label = ", ".join(filter(None, [name, per])) if not single else per or "credits left"
        handles.append(_draw_left(ax, usage, label, now, width, tz))
        _draw_limit(ax, usage)
        _draw_forecast(ax, usage, usage.forecast, now)
    if any(u.forecast is not None and u.forecast.kind in ("runs out", "lasts") for u in usages):
        color = usages[0].color if single else style.muted
        handles.append(_explanation(color, _DOTTED, "at the current rate", width=1.6))
    resets = [(reset, usage.color) for usage in usages for reset in _resets(usage)]
    if 0 < len(resets) <= MOST_RESETS:
        for reset, color in resets:
            line_color = style.muted if len(usages) == 1 else color
            ax.axvline(_x(reset), color=line_color, alpha=0.55, linewidth=0.8, zorder=1)
        handles.append(_explanation(style.muted, "-", "reset", width=0.8))
    if bars is not None:
        handles.append(bars)
    known = [x for u in usages for x in (*u.remaining, *u.limit) if not np.isnan(x)]
    if known:
        # With space above the highest limit for its name.
        set_y_limits(ax, 0.0, 1.06 * max(*known, 1.0), baseline=True)
    ends = [now, *(_horizon(usage) for usage in usages if usage.windows)]
    first, last = _x(rows["time"].iloc[0]), _x(max(ends))
    # A single moment gets an axis of five minutes.
    pad = max(0.02 * (last - first), 2.5 / 1440)
    ax.set_xlim(first - pad, last + pad)
    if chart.is_second:  # Nothing of the chart that is there is cut off.
        (left, right), (_, high) = before
        ax.set_xlim(min(first - pad, left), max(last + pad, right))
        ax.set_ylim(ax.get_ylim()[0], max(ax.get_ylim()[1], high))
    _name_limits(ax, style, usages)
    return handles


def _name_limits(ax: Axes, style: Style, usages: Sequence[Usage]) -> None:
    """Write each limit once, at the right end of its line."""
    named: dict[float, Usage] = {}
    for usage in usages:
        known = usage.limit[~np.isnan(usage.limit)]
        if len(known):
            named.setdefault(float(known[-1]), usage)
    for limit, usage in named.items():
        ax.annotate(
            f"limit {format_number(limit)}", xy=(_x(_horizon(usage)), limit), xytext=(-2, 2),
            textcoords="offset points", ha="right", va="bottom",
            fontsize=style.small, color=style.ink, zorder=5,
        )  # fmt: skip


def _x(time: pd.Timestamp) -> float:
    """Return the position of a time on the x axis."""
    return float(date_numbers(pd.DatetimeIndex([time]))[0])


def _explanation(color: str, dashes: _Dashes | Literal["-"], label: str, width: float) -> Artist:
    """Return the legend handle of what looks alike in all charts on the Axes."""
    look: dict[str, Any] = {"color": color, "linestyle": dashes, "linewidth": width}
    return Line2D([], [], label=label, gid=EXPLAINS, **look)


def _draw_left(
    ax: Axes,
    usage: Usage,
    label: str,
    now: pd.Timestamp,
    width: pd.offsets.BaseOffset,
    tz: dt.tzinfo,
) -> Artist:
    """Draw a step line with a gap after each window, held level until its reset.

    So many windows that they would be one area are a line of the fewest credits left in each bin.
    """
    x: list[float] = []
    y: list[float] = []
    windows = usage.windows
    if len(windows) > _MOST_WINDOWS:
        fewest = aggregate(usage.times, usage.remaining, width, "min", tz)
        x, y = date_numbers(fewest.left).tolist(), fewest.value.tolist()
        windows = windows[-1:]
        x, y = [*x, *[_x(windows[0].first)] * 2], [*y, y[-1], np.nan]
    for i, window in enumerate(windows):
        # Within a window the smallest number counts, since answers overtake each other.
        left = np.minimum.accumulate(usage.remaining[window.rows]).tolist()
        x += date_numbers(usage.times[window.rows]).tolist()
        y += left
        if i + 1 < len(windows):
            x += [_x(_end(window, windows[i + 1]))] * 2
            y += [left[-1], np.nan]
        else:
            end = now if window.reset_at is None else max(min(now, window.reset_at), window.last)
            x.append(_x(end))
            y.append(left[-1])
    thin = len(windows) >= 30
    # The end has a dot: the forecast starts there, and it may be the only point.
    (line,) = ax.plot(
        x, y, drawstyle="steps-post", color=usage.color, linewidth=0.9 if thin else 1.6,
        marker="o", markersize=4, markeredgewidth=0, markevery=[len(x) - 1], label=label, zorder=4,
    )  # fmt: skip
    return line


def _draw_limit(ax: Axes, usage: Usage) -> None:
    known = ~np.isnan(usage.limit)
    if not known.any():
        return
    x, y = date_numbers(usage.times[known]), usage.limit[known]
    ax.plot(
        [*x, max(_x(_horizon(usage)), x[-1])], [*y, y[-1]], drawstyle="steps-post",
        color=usage.color, linestyle=_DASHED, linewidth=1.0, alpha=0.9, zorder=2,
    )  # fmt: skip


def _draw_forecast(ax: Axes, usage: Usage, found: Forecast, now: pd.Timestamp) -> None:
    """Draw the dotted line of the forecast, with a cross where nothing is left."""
    end = {"runs out": found.at, "lasts": found.reset_at}.get(found.kind)
    if end is None:
        return
    minutes = (end - now) / pd.Timedelta("1min")
    left = 0.0 if found.kind == "runs out" else found.left - found.rate * minutes
    x, y, color = [_x(now), _x(end)], [found.left, left], usage.color
    ax.plot(x, y, color=color, linestyle=_DOTTED, linewidth=1.6, zorder=4)
    if found.kind == "runs out":
        ax.plot(
            [_x(end)], [0.0], color=color, marker="X", markersize=7, linestyle="none",
            markeredgecolor=ax.get_facecolor(), clip_on=False, zorder=6,
        )  # fmt: skip


def _draw_spent(
    ax: Axes, style: Style, rows: pd.DataFrame, usages: Sequence[Usage], tz: dt.tzinfo
) -> Artist:
    """Draw bars of documented cost, along the lower edge or, without any line, up the axis."""
    offset = bar_width(rows["time"].iloc[-1] - rows["time"].iloc[0])
    times = pd.DatetimeIndex(rows["time"])
    cost = rows["cost"].fillna(0.0).to_numpy(dtype="float64")
    identity = rows["identity"].to_numpy(dtype=object)
    # Several identities have their own colors. Bars are grey for a single one, since its line is
    # the subject, and for those that have no line.
    known = {usage.identity: usage.color for usage in usages} if len(usages) > 1 else {}
    parts = [identity == name for name in known]
    parts.append(~np.isin(identity, list(known)))
    colors = [*known.values(), style.muted]
    bins = stack(times, [np.where(part, cost, 0.0) for part in parts], offset, tz)
    left, right, heights = date_numbers(bins.left), date_numbers(bins.right), bins.heights
    most = float(np.sum(heights, axis=0).max())
    label = f"spent per {period_name(offset)}"
    if any(usage.windows for usage in usages):
        baseline_bars(ax, left, right, heights, colors)
        return bar_handle(style.muted, f"{label} (at most {format_number(most)})")
    stacked_bars(ax, left, right, heights, colors, gap=0.08, alpha=0.55)
    set_y_limits(ax, 0.0, most or 1.0, baseline=False)
    set_integer_ticks(ax)
    return bar_handle(style.muted, label)


def _end(window: Window, following: Window) -> pd.Timestamp:
    """Return the end of a window: its reset, or the next one's first answer if that is earlier."""
    if window.reset_at is None:
        return window.last
    return min(window.reset_at, following.first)


def _resets(usage: Usage) -> list[pd.Timestamp]:
    """Return the known resets; if the credits rose before one, the moment of the rise."""
    marks = [
        _end(window, following)
        for window, following in zip(usage.windows, usage.windows[1:], strict=False)
        if window.reset_at is not None
    ]
    last = usage.windows[-1].reset_at if usage.windows else None
    return [*marks, last] if last is not None else marks


def _horizon(usage: Usage) -> pd.Timestamp:
    """Return the last moment that this identity's part of the chart covers."""
    found = usage.forecast
    ends = (
        [] if found is None else [time for time in (found.at, found.reset_at) if time is not None]
    )
    return max([usage.times[-1], *ends])
