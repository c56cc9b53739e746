"""Chart of credits: what is left, what was spent, and when it runs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from imgurdata._format import plural
from imgurdata.plot.style import (
    PALETTE,
    format_number,
    new_axes,
    set_header,
    set_number_axis,
    show_no_data,
)
from imgurdata.plot.time import format_dates, format_time, set_time_axis, time_zone
from imgurdata.plot.usage import Usage, draw_usage, forecast_text
from imgurdata.plot.validate import column_of, numbers, strings, utc_times, validate
from imgurdata.plot.windows import forecast, split_windows

__all__ = ["credit_usage"]

_NEEDED = ("time", "identity", "cost", "user_limit", "user_remaining", "user_reset_at")
_OPTIONAL = {"app_left": "client_remaining", "app_limit": "client_limit"}


def credit_usage(
    history: pd.DataFrame,
    *,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how credits were used, when they come back, and when they will run out.

    A step line shows the user's remaining credits from the limit headers, one color for each
    identity; a dashed line the limit; thin vertical lines the resets; bars along the lower edge the
    credits spent, by the documented cost of each call. After the last answer, a dotted line
    continues at the rate of the current window to zero (a cross) or to the reset, whichever comes
    first, and the title says which (the legend, if there are several identities). A rate from less
    than a minute of answers is not extrapolated.

    Parameters
    ----------
    history : pandas.DataFrame
        One row per real answer, from ``session.credits.history()``. Answers without limit
        headers (many have none; recorded answers) have NA in ``user_remaining``: they count as
        spending, and leave the line as it is.
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
    >>> import pandas as pd
    >>> from imgurdata.plot import credit_usage
    >>> time = pd.date_range("2024-03-05 10:00", periods=3, freq="5min", unit="us", tz="UTC")
    >>> history = pd.DataFrame(
    ...     {
    ...         "time": time,
    ...         "identity": "8c1f",
    ...         "cost": pd.array([1, 1, 1], dtype="Int64"),
    ...         "user_limit": pd.array([500, 500, 500], dtype="Int64"),
    ...         "user_remaining": pd.array([499, 400, 300], dtype="Int64"),
    ...         "user_reset_at": pd.Timestamp("2024-03-05 11:00", tz="UTC"),
    ...     }
    ... )
    >>> credit_usage(history).get_title()
    'API credits: run out at 10:25, before the reset at 11:00'
    """
    history = validate("history", history, _NEEDED, loader="session.credits.history()")
    zone = time_zone(tz)
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
    rows = rows[rows["time"].notna()].sort_values("time", kind="stable", ignore_index=True)

    ax, style = new_axes(ax)
    set_number_axis(ax, style, "Credits")
    set_time_axis(ax, style, zone, "Time")
    if rows.empty:
        show_no_data(ax, style, "API credits", history, "no answer has a time")
        return ax
    usages = _usages(rows)
    handles, notes = draw_usage(ax, style, rows, usages, zone)
    title, detail = _title(rows, usages, zone), _detail(rows, usages, notes, zone)
    set_header(ax, style, title, detail, handles)
    return ax


def _usages(rows: pd.DataFrame) -> list[Usage]:
    """Return the identities with most answers, at most as many as there are colors."""
    now = rows["time"].iloc[-1]
    usages = []
    order = rows["identity"].value_counts(sort=True).index[: len(PALETTE)]
    for name, color in zip(order, PALETTE, strict=False):
        own = rows[(rows["identity"] == name) & rows["left"].notna()]
        times, left = pd.DatetimeIndex(own["time"]), own["left"].to_numpy(dtype="float64")
        windows = split_windows(times, left, pd.DatetimeIndex(own["reset"]))
        limit = own["limit"].to_numpy(dtype="float64")
        found = forecast(windows[-1], now) if windows else None
        usages.append(Usage(str(name), color, times, left, limit, windows, found))
    return usages


def _title(rows: pd.DataFrame, usages: Sequence[Usage], tz: dt.tzinfo) -> str:
    """Return the forecast of the only identity, or how many identities there are."""
    if len(usages) != 1:
        return f"API credits of {len(usages)} identities"
    found = usages[0].forecast
    if found is None:
        return "API credits spent"
    return f"API credits: {forecast_text(found, rows['time'].iloc[-1], tz)}"


def _detail(
    rows: pd.DataFrame, usages: Sequence[Usage], notes: Sequence[str], tz: dt.tzinfo
) -> str:
    """Return what is left, the rate, what was spent, and what the chart could not draw."""
    now = rows["time"].iloc[-1]
    parts = []
    found = usages[0].forecast if len(usages) == 1 else None
    if found is not None and found.kind != "ended":
        limit = usages[0].limit[~np.isnan(usages[0].limit)]
        left = format_number(found.left)
        left += f" of {format_number(float(limit[-1]))} left" if len(limit) else " left"
        left += f" at {format_time(now, tz, now)}"
        left += f", {found.rate:,.3g} spent a minute" if found.rate else ""
        parts.append(left)
    spent = format_number(float(rows["cost"].sum()))
    dates = format_dates(rows["time"].iloc[0], now, tz)
    parts.append(f"{plural(len(rows), 'request')} for {spent} credits, {dates}")
    without_headers = int(rows["left"].isna().sum())
    if without_headers:
        parts.append(f"{plural(without_headers, 'answer')} did not tell what is left")
    unpriced = int(rows["cost"].isna().sum())
    if unpriced:
        parts.append(f"{unpriced:,} of unknown cost")
    more = int(rows["identity"].nunique()) - len(usages)
    if more:
        parts.append(f"{more} more identities have bars only, in grey")
    application = _application_note(rows)
    return "; ".join([*parts, *notes, *([application] if application else [])])


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
    return f"the application has {format_number(left)}{of} left for the day"
