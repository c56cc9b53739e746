"""The lines, bars and words of the chart of credits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from imgurdata._format import plural
from imgurdata.plot.bins import aggregate, frequency
from imgurdata.plot.foot import bar_key, foot_bars, limits, stacked_bars
from imgurdata.plot.style import number, whole_number_ticks
from imgurdata.plot.time import clock, positions, span
from imgurdata.plot.wording import label_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from imgurdata.plot.style import Look
    from imgurdata.plot.windows import Forecast, Window

__all__ = ["Usage", "bar_width", "draw_usage", "forecast_words", "usage_detail", "usage_title"]

#: More resets than this would be a grey wall, not lines.
MOST_RESETS = 60

_Dashes = tuple[float, tuple[float, ...]]
_DASHED: _Dashes = (0, (5, 3))
_DOTTED: _Dashes = (0, (1, 1.6))

# Widths of the bars of credits spent; the first that makes no more than 48 of them is taken.
_WIDTHS = {
    "1min": "minute",
    "2min": "2 minutes",
    "5min": "5 minutes",
    "10min": "10 minutes",
    "15min": "15 minutes",
    "30min": "30 minutes",
    "1h": "hour",
    "2h": "2 hours",
    "3h": "3 hours",
    "6h": "6 hours",
    "12h": "12 hours",
    "1D": "day",
    "7D": "7 days",
    "28D": "28 days",
}
_MOST_BARS = 48


@dataclass(frozen=True)
class Usage:
    """One identity's answers, in order of time, as far as they told what was left.

    Attributes
    ----------
    identity : str
        Its hash.
    color : str
        Its colour in the chart.
    times : pandas.DatetimeIndex
    remaining, limit : numpy.ndarray of float64
        Credits left and their limit at ``times``; the limit may be NaN.
    windows : list of Window
    forecast : Forecast or None
        None where no answer told anything.
    """

    identity: str
    color: str
    times: pd.DatetimeIndex
    remaining: npt.NDArray[np.float64]
    limit: npt.NDArray[np.float64]
    windows: list[Window]
    forecast: Forecast | None


def bar_width(length: pd.Timedelta) -> tuple[pd.Timedelta, str]:
    """Choose the width of bars for a history of this length, and name it.

    >>> bar_width(pd.Timedelta("3h"))
    (Timedelta('0 days 00:05:00'), '5 minutes')
    """
    for width, words in _WIDTHS.items():
        if length <= _MOST_BARS * pd.Timedelta(width):
            return pd.Timedelta(width), words
    years = int(np.ceil(length / pd.Timedelta("365D")))
    return pd.Timedelta(days=28 * years), f"{28 * years} days"


def forecast_words(found: Forecast, now: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Say a forecast in words, to follow "API credits:" or an identity's name.

    Times stand with their date where it is not that of ``now``.
    """
    reset = clock(found.reset_at, tz, now) if found.reset_at is not None else ""
    if found.kind == "spent":
        return f"spent, back at {reset}" if reset else "spent"
    if found.kind == "runs out" and found.at is not None:
        out = clock(found.at, tz, now)
        return f"run out at {out}, before the reset at {reset}" if reset else f"run out at {out}"
    if found.kind == "lasts":
        return f"enough until the reset at {reset}"
    if found.kind == "ended":
        return f"back since the reset at {reset}"
    return f"{number(found.left)} left"


def usage_title(usages: Sequence[Usage], now: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Give the forecast of the only identity, or how many identities there are."""
    if len(usages) != 1:
        return f"API credits of {len(usages)} identities"
    found = usages[0].forecast
    if found is None:
        return "API credits spent"
    return f"API credits: {forecast_words(found, now, tz)}"


def usage_detail(
    rows: pd.DataFrame,
    usages: Sequence[Usage],
    notes: Sequence[str],
    now: pd.Timestamp,
    tz: dt.tzinfo,
) -> str:
    """Say what is left, the rate, what was spent, and what the chart could not draw."""
    parts = []
    found = usages[0].forecast if len(usages) == 1 else None
    if found is not None and found.kind != "ended":
        limit = usages[0].limit[~np.isnan(usages[0].limit)]
        left = f"{number(found.left)}"
        left += f" of {number(float(limit[-1]))} left" if len(limit) else " left"
        left += f" at {clock(now, tz, now)}"
        left += f", {found.rate:,.3g} spent a minute" if found.rate else ""
        parts.append(left)
    n, spent = len(rows), float(rows["cost"].sum())
    days = span(rows["time"].iloc[0], now, tz)
    parts.append(f"{plural(n, 'request')} for {number(spent)} credits, {days}")
    silent = int(rows["left"].isna().sum())
    if silent:
        parts.append(f"{plural(silent, 'answer')} did not tell what is left")
    unpriced = int(rows["cost"].isna().sum())
    if unpriced:
        parts.append(f"{unpriced:,} of unknown cost")
    more = int(rows["identity"].nunique()) - len(usages)
    if more:
        parts.append(f"{more} more identities have bars only, in grey")
    application = _application(rows)
    return "; ".join([*parts, *notes, *([application] if application else [])])


def draw_usage(
    ax: Axes, look: Look, rows: pd.DataFrame, usages: Sequence[Usage], tz: dt.tzinfo
) -> tuple[list[Artist], list[str]]:
    """Draw everything; give the handles of the legend and what to note below the title."""
    now = rows["time"].iloc[-1]
    alone = len(usages) == 1
    handles: list[Artist] = []
    notes: list[str] = []
    bars = _spent(ax, look, rows, usages, tz)
    for usage in usages:
        if not usage.windows:
            continue
        label = "left" if alone else _line_label(usage, now, tz)
        handles.append(_left(ax, usage, label, now))
        _limit(ax, usage)
        _ahead(ax, usage, now)
    resets = [(mark, u.color) for u in usages for mark in _resets(u)]
    handles.extend(_guides(look, usages, many=not alone))
    if len(resets) > MOST_RESETS:
        notes.append(f"{len(resets)} resets not drawn")
    elif resets:
        for mark, color in resets:
            ax.axvline(
                positions(pd.DatetimeIndex([mark]))[0],
                color=look.muted if alone else color,
                alpha=0.55,
                linewidth=0.8,
                zorder=1,
            )
        handles.append(_key(look.muted, "-", "reset", width=0.8))
    handles.append(bars)
    told = [x for u in usages for x in (*u.remaining, *u.limit) if not np.isnan(x)]
    if told:
        limits(ax, 0.0, max(*told, 1.0), foot=True)
    _x_limits(ax, rows, usages)
    return handles, notes


def _line_label(usage: Usage, now: pd.Timestamp, tz: dt.tzinfo) -> str:
    name = label_of(usage.identity[:8])
    return f"{name}: {forecast_words(usage.forecast, now, tz)}" if usage.forecast else name


def _left(ax: Axes, usage: Usage, label: str, now: pd.Timestamp) -> Artist:
    """Draw the step line: a saw with a tooth for each window, held level until the told reset."""
    x: list[npt.NDArray[np.float64]] = []
    y: list[npt.NDArray[np.float64]] = []
    for i, window in enumerate(usage.windows):
        times = usage.times[window.rows]
        # Within a window the smallest seen counts: answers overtake each other.
        left = np.minimum.accumulate(usage.remaining[window.rows])
        x.append(positions(times))
        y.append(left)
        if i + 1 < len(usage.windows):
            end = _end(window, usage.windows[i + 1])
            x.append(np.repeat(positions(pd.DatetimeIndex([end])), 2))
            y.append(np.array([left[-1], np.nan]))
        else:
            end = now if window.reset_at is None else max(min(now, window.reset_at), window.last)
            x.append(positions(pd.DatetimeIndex([end])))
            y.append(left[-1:])
    (line,) = ax.plot(
        np.concatenate(x),
        np.concatenate(y),
        drawstyle="steps-post",
        color=usage.color,
        linewidth=1.6 if len(usage.windows) < 30 else 0.9,
        marker="o",
        markersize=4,
        markeredgewidth=0,
        # The end has a dot: it is where the forecast begins, and may be all there is.
        markevery=[sum(map(len, x)) - 1],
        label=label,
        zorder=4,
    )
    return line


def _limit(ax: Axes, usage: Usage) -> None:
    known = ~np.isnan(usage.limit)
    if not known.any():
        return
    x, y = positions(usage.times[known]), usage.limit[known]
    end = positions(pd.DatetimeIndex([_horizon(usage)]))[0]
    ax.plot(
        [*x, max(end, x[-1])],
        [*y, y[-1]],
        drawstyle="steps-post",
        color=usage.color,
        linestyle=_DASHED,
        linewidth=1.0,
        alpha=0.9,
        zorder=2,
    )


def _ahead(ax: Axes, usage: Usage, now: pd.Timestamp) -> None:
    """Draw the dotted line of the forecast, with a cross where nothing is left."""
    found = usage.forecast
    if found is None or found.kind not in ("runs out", "lasts"):
        return
    end = found.at if found.kind == "runs out" else found.reset_at
    if end is None:
        return
    minutes = (end - now) / pd.Timedelta("1min")
    left = 0.0 if found.kind == "runs out" else found.left - found.rate * minutes
    ax.plot(
        positions(pd.DatetimeIndex([now, end])),
        [found.left, left],
        color=usage.color,
        linestyle=_DOTTED,
        linewidth=1.6,
        zorder=4,
    )
    if found.kind == "runs out":
        ax.plot(
            positions(pd.DatetimeIndex([end])),
            [0.0],
            color=usage.color,
            marker="X",
            markersize=7,
            markeredgecolor="white",
            linestyle="none",
            clip_on=False,
            zorder=6,
        )


def _spent(
    ax: Axes, look: Look, rows: pd.DataFrame, usages: Sequence[Usage], tz: dt.tzinfo
) -> Artist:
    """Draw bars of documented cost: at the foot, or up the axis where there is no line."""
    width, words = bar_width(rows["time"].iloc[-1] - rows["time"].iloc[0])
    times = pd.DatetimeIndex(rows["time"])
    cost = rows["cost"].fillna(0.0).to_numpy(dtype="float64")
    identity = rows["identity"].to_numpy(dtype=object)
    # Grey for one identity, whose line is the subject, and for those that have no line; else the
    # identities' own colours.
    known = {u.identity: u.color for u in usages} if len(usages) > 1 else {}
    parts = [identity == name for name in known]
    parts.append(~np.isin(identity, list(known)))
    colors = [*known.values(), look.muted]
    # The same times in each, so that the bins are the same.
    offset = frequency(width)
    bins = [aggregate(times, np.where(part, cost, 0.0), offset, "sum", tz) for part in parts]
    left, right = positions(bins[0].left), positions(bins[0].right)
    heights = [binned.value for binned in bins]
    most = float(np.sum(heights, axis=0).max())
    if any(u.windows for u in usages):
        foot_bars(ax, left, right, heights, colors)
        return bar_key(look.muted, f"spent per {words} (up to {number(most)})")
    stacked_bars(ax, left, right, heights, colors, gap=0.08, alpha=0.55)
    limits(ax, 0.0, most or 1.0, foot=False)
    whole_number_ticks(ax)
    return bar_key(look.muted, f"spent per {words}")


def _end(window: Window, following: Window) -> pd.Timestamp:
    """Where a window ends: its reset, or the next one's first answer where that came before."""
    if window.reset_at is None:
        return window.last
    return min(window.reset_at, following.first)


def _resets(usage: Usage) -> list[pd.Timestamp]:
    """List the told resets; where a rise came before one, the moment of the rise."""
    marks = [
        _end(window, following)
        for window, following in zip(usage.windows, usage.windows[1:], strict=False)
        if window.reset_at is not None
    ]
    last = usage.windows[-1].reset_at if usage.windows else None
    return [*marks, last] if last is not None else marks


def _horizon(usage: Usage) -> pd.Timestamp:
    """Find the last moment that this identity's part of the chart speaks of."""
    ends = [usage.times[-1]]
    if usage.forecast is not None:
        ends += [t for t in (usage.forecast.at, usage.forecast.reset_at) if t is not None]
    return max(ends)


def _guides(look: Look, usages: Sequence[Usage], *, many: bool) -> list[Artist]:
    """Keys of what needs one: the limit and the forecast, as far as they are drawn."""
    color = look.muted if many else usages[0].color
    keys = []
    if any((~np.isnan(u.limit)).any() for u in usages):
        keys.append(_key(color, _DASHED, "limit", width=1.0))
    if any(u.forecast is not None and u.forecast.kind in ("runs out", "lasts") for u in usages):
        keys.append(_key(color, _DOTTED, "at the current rate", width=1.6))
    return keys


def _key(color: str, style: _Dashes | Literal["-"], label: str, width: float) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=color, linestyle=style, linewidth=width, label=label)


def _x_limits(ax: Axes, rows: pd.DataFrame, usages: Sequence[Usage]) -> None:
    ends = [rows["time"].iloc[-1], *(_horizon(u) for u in usages if u.windows)]
    first, last = positions(pd.DatetimeIndex([rows["time"].iloc[0], max(ends)]))
    # A single moment still needs an axis: five minutes of it.
    pad = max(0.02 * (last - first), 2.5 / 1440)
    ax.set_xlim(first - pad, last + pad)


def _application(rows: pd.DataFrame) -> str:
    """Mention the application's own credits where they may end before the user's do."""
    told = rows[rows["app_left"].notna()]
    if told.empty:
        return ""
    latest = told.iloc[-1]
    if rows["time"].iloc[-1] - latest["time"] >= pd.Timedelta("1D"):
        return ""  # They have come back since.
    left, limit, user = (float(latest[c]) for c in ("app_left", "app_limit", "left"))
    if not (left < 0.2 * limit or left < user):
        return ""
    of = "" if np.isnan(limit) else f" of {number(limit)}"
    return f"the application has {number(left)}{of} left for the day"
