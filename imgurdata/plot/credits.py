"""Chart of credits: what is left, what was spent, and when it runs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from imgurdata._format import plural
from imgurdata.plot.bars import draw_stacks, mark_first_bars
from imgurdata.plot.bins import period_name, stack
from imgurdata.plot.chart import Chart
from imgurdata.plot.groups import MOST_GROUPS, colors_of
from imgurdata.plot.style import Style
from imgurdata.plot.ticks import format_number, set_number_axis
from imgurdata.plot.time import format_dates, format_time, set_time_axis, time_zone
from imgurdata.plot.usage import Usage, bar_width, draw_usage, forecast_text
from imgurdata.plot.validate import column_of, numbers, strings, utc_times
from imgurdata.plot.windows import forecast, split_windows

__all__ = ["credit_usage"]

_NEEDED = ("time", "identity", "cost", "user_limit", "user_remaining", "user_reset_at")
_OPTIONAL = {"app_left": "client_remaining", "app_limit": "client_limit"}


def credit_usage(
    history: pd.DataFrame,
    *,
    hue: str | None = None,
    palette: Any = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how credits were used, when they come back, and when they will run out.

    A step line shows the user's remaining credits from the limit headers, one color for each
    identity; a dashed line the limit; thin vertical lines a few resets; bars along the lower edge
    the credits spent, by the documented cost of each call. After the last answer, a dotted line
    continues at the rate of the current window to zero (a cross) or to the reset, whichever comes
    first, and the title says which (the legend, if there are several identities). A rate from less
    than a minute of answers is not extrapolated.

    Parameters
    ----------
    history : pandas.DataFrame
        One row per real answer, from ``session.credits.history()``. Answers without limit
        headers (many have none; recorded answers) have NA in ``user_remaining``: they count as
        spending, and leave the line as it is.
    hue : str or None
        Column by which the credits spent are stacked, such as ``endpoint``: the seven most
        frequent values, and all others together. None draws what is left.
    palette : list, dict, str or None
        Colors of identities or groups, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are stacked, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.
    tz : str, datetime.tzinfo or None
        Time zone of the axis and of the times in the texts; None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure.

    Raises
    ------
    InvalidArgument
        For a missing column, times without a zone, or an unknown ``tz``.

    Notes
    -----
    "Now" is the time of the frame's last row. The application's daily credits are mentioned
    if they are below a fifth of their limit, or fewer than the user's.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     for hour in range(3):
    ...         for pages in (9, 4, 7):
    ...             posts = imd.load_gallery("user", pages=pages, max_age=0)
    ...             _ = imd.load_comments(posts.head(2 * pages), max_age=0)
    ...             _ = session.sandbox.advance("20min")
    ...     history = session.credits.history()
    >>> imd.plot.credit_usage(history).get_title().split(":")[0]
    'API credits'
    >>> imd.plot.credit_usage(history, hue="endpoint").get_title()
    'API credits spent'
    """
    zone = time_zone(tz)
    chart = Chart(
        "Line chart", "history", history, _NEEDED, loader="session.credits.history()", hue=hue,
        hue_order=hue_order, palette=palette, title=title, legend=legend,
    )  # fmt: skip
    history, groups = chart.frame, chart.groups
    identity = column_of(history, "identity").astype(object).fillna("unknown")
    rows = pd.DataFrame(
        {
            "time": utc_times(history, "time"),
            "identity": strings(identity).reset_index(drop=True),
            "cost": numbers(history, "cost"),
            "left": numbers(history, "user_remaining"),
            "limit": numbers(history, "user_limit"),
            "reset": utc_times(history, "user_reset_at"),
            **{
                name: numbers(history, column) if column in history.columns else np.nan
                for name, column in _OPTIONAL.items()
            },
        }
    )
    if groups.is_split:
        rows["group"] = groups.codes(len(rows))
        rows = rows[rows["group"] >= 0]
    rows = rows[rows["time"].notna()].sort_values("time", kind="stable", ignore_index=True)
    ax = chart.start(ax)
    set_number_axis(ax, "Credits")
    set_time_axis(ax, chart.style, zone, "Time")
    if rows.empty:
        return chart.no_data("API credits", "no answer has a time")
    mark_first_bars(chart)
    if groups.is_split:
        return _draw_groups(chart, rows, zone)
    usages = _usages(rows, palette, ax, chart.style)
    handles = draw_usage(chart, rows, usages, zone)
    return chart.finish(_title(rows, usages, zone), _notes(rows, usages, zone), handles)


def _draw_groups(chart: Chart, rows: pd.DataFrame, tz: dt.tzinfo) -> Axes:
    """Draw the credits spent, stacked by group."""
    ax, groups = chart.ax, chart.groups
    offset = chart.bins(pd.offsets.BaseOffset) or bar_width(
        rows["time"].iloc[-1] - rows["time"].iloc[0]
    )
    times = pd.DatetimeIndex(rows["time"])
    cost = rows["cost"].fillna(0.0).to_numpy(dtype="float64")
    group = rows["group"].to_numpy()
    parts = [np.where(group == i, cost, 0.0) for i in range(len(groups.labels))]
    bins = stack(times, parts, offset, tz)
    spent = [float(height.sum()) for height in bins.heights]
    labels = [f"{label}: {format_number(n)}" for label, n in zip(groups.labels, spent, strict=True)]
    set_number_axis(ax, f"Credits per {period_name(offset)}")
    handles: list[Artist] = []
    if sum(spent):
        colors = groups.colors(ax, chart.style)
        handles = draw_stacks(chart, bins, labels, colors, outlines=chart.is_second)
    else:
        ax.set_ylim(0, 1)
    return chart.finish(
        "API credits spent", [_spent_note(rows, tz)], handles, left_out=[_unpriced_note(rows)],
        kind="Stacked bar chart", bins=offset,
    )  # fmt: skip


def _usages(rows: pd.DataFrame, palette: Any, ax: Axes, style: Style) -> list[Usage]:
    """Return the identities with most answers, at most as many as there are colors."""
    now = rows["time"].iloc[-1]
    usages = []
    order = [str(name) for name in rows["identity"].value_counts(sort=True).index[:MOST_GROUPS]]
    for name, color in zip(order, colors_of(order, palette, ax, style), strict=True):
        own = rows[(rows["identity"] == name) & rows["left"].notna()]
        times, left = pd.DatetimeIndex(own["time"]), own["left"].to_numpy(dtype="float64")
        windows = split_windows(times, left, pd.DatetimeIndex(own["reset"]))
        limit = own["limit"].to_numpy(dtype="float64")
        found = forecast(windows[-1], now) if windows else None
        usages.append(Usage(name, color, times, left, limit, windows, found))
    return usages


def _title(rows: pd.DataFrame, usages: Sequence[Usage], tz: dt.tzinfo) -> str:
    """Return the forecast of the only identity, or how many identities there are."""
    if len(usages) != 1:
        return f"API credits of {len(usages)} identities"
    found = usages[0].forecast
    if found is None:
        return "API credits spent"
    return f"API credits: {forecast_text(found, rows['time'].iloc[-1], tz)}"


def _notes(rows: pd.DataFrame, usages: Sequence[Usage], tz: dt.tzinfo) -> list[str]:
    """Return what is left, the rate, what was spent, and what the chart could not draw."""
    now = rows["time"].iloc[-1]
    notes = []
    found = usages[0].forecast if len(usages) == 1 else None
    if found is not None and found.kind != "ended":
        limit = usages[0].limit[~np.isnan(usages[0].limit)]
        left = format_number(found.left)
        left += f" of {format_number(float(limit[-1]))} left" if len(limit) else " left"
        left += f" at {format_time(now, tz, now)}"
        left += f", {_rate_text(found.rate)}" if found.rate else ""
        notes.append(left)
    notes.append(_spent_note(rows, tz))
    if without_headers := int(rows["left"].isna().sum()):
        notes.append(f"{plural(without_headers, 'answer')} did not tell what is left")
    notes.append(_unpriced_note(rows))
    if more := int(rows["identity"].nunique()) - len(usages):
        them = "1 more identity has bars" if more == 1 else f"{more:,} more identities have bars"
        notes.append(f"{them} only, in grey")
    return [*notes, _application_note(rows)]


def _rate_text(rate: float) -> str:
    """Return credits a minute in the unit in which they are a readable number.

    >>> _rate_text(19.93), _rate_text(1.0), _rate_text(0.052)
    ('20 credits a minute', '1 credit a minute', '3.1 credits an hour')
    """
    number, unit = (rate, "a minute") if rate >= 0.95 else (60 * rate, "an hour")
    number = round(number, 0 if number >= 9.5 else 1)
    text = plural(int(number), "credit") if number.is_integer() else f"{number} credits"
    return f"{text} {unit}"


def _spent_note(rows: pd.DataFrame, tz: dt.tzinfo) -> str:
    dates = format_dates(rows["time"].iloc[0], rows["time"].iloc[-1], tz)
    spent = plural(round(rows["cost"].sum()), "credit")
    return f"{plural(len(rows), 'request')} for {spent}, {dates}"


def _unpriced_note(rows: pd.DataFrame) -> str:
    unpriced = int(rows["cost"].isna().sum())
    return f"{unpriced:,} of unknown cost" if unpriced else ""


def _application_note(rows: pd.DataFrame) -> str:
    """Return a note on the application's own credits if they may end before the user's do."""
    known = rows[rows["app_left"].notna()]
    if known.empty:
        return ""
    latest = known.iloc[-1]
    if rows["time"].iloc[-1] - latest["time"] >= pd.Timedelta("1D"):
        return ""  # They have come back since.
    left, limit, user = (float(latest[c]) for c in ("app_left", "app_limit", "left"))
    if not (left < 0.2 * limit or left < user):
        return ""
    of = "" if np.isnan(limit) else f" of {format_number(limit)}"
    return f"the application has {format_number(left)}{of} credits left for the day"
