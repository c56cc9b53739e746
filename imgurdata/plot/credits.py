"""Credits: what is left, what was spent, and when it runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imgurdata.plot.check import aware_times, column_of, need_columns, need_frame, numbers, texts
from imgurdata.plot.style import PALETTE, header, new_axes, no_data, plain_number_axis
from imgurdata.plot.time import time_axis, zone
from imgurdata.plot.usage import Usage, draw_usage, usage_detail, usage_title
from imgurdata.plot.windows import forecast, split_windows

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt
    from matplotlib.axes import Axes

__all__ = ["credit_usage"]

_LOADER = "session.credits.history()"
_NEEDED = ("time", "identity", "cost", "user_limit", "user_remaining", "user_reset_at")


def credit_usage(
    history: pd.DataFrame,
    *,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how credits were used, when they come back, and when they will run out.

    A step line shows the user's credits left as the answers told them, one colour for each
    identity; dashed, the limit; thin vertical lines, the resets; bars at the foot, the credits
    spent by what each call is documented to cost. From the last answer on, a dotted line goes on
    at the rate of the current window: to zero (a cross) or to the reset, whichever comes first,
    and the title says which (the legend, where there are several identities). A rate from less
    than a minute of answers is not extrapolated.

    Parameters
    ----------
    history
        One row per real answer, from ``session.credits.history()``. Answers without limit
        headers (many have none; recorded answers) have NA in ``user_remaining``: they count as
        spending, and leave the line as it is.
    ax
        Where to draw. None makes a figure.
    tz
        Time zone of the axis and of the times in the words. None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or that of the new figure.

    Raises
    ------
    InvalidArgument
        For a missing column, times without a zone, or an unknown ``tz``.

    Notes
    -----
    "Now" is the time of the frame's last row. The application's daily credits are mentioned
    where they are below a fifth of their limit, or fewer than the user has left.

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
    history = need_frame("history", history, loader=_LOADER)
    where = zone(tz)
    need_columns("history", history, _NEEDED, loader=_LOADER)
    times = aware_times(history, "time")
    identity = column_of(history, "identity").astype(object).fillna("unknown")
    rows = pd.DataFrame(
        {
            "time": times,
            "identity": texts(identity).reset_index(drop=True),
            "cost": numbers(history, "cost"),
            "left": numbers(history, "user_remaining"),
            "limit": numbers(history, "user_limit"),
            "reset": aware_times(history, "user_reset_at"),
            "app_left": _numbers_if_any(history, "client_remaining"),
            "app_limit": _numbers_if_any(history, "client_limit"),
        }
    )
    rows = rows[rows["time"].notna()].sort_values("time", kind="stable", ignore_index=True)

    ax, look = new_axes(ax)
    plain_number_axis(ax, look, "Credits")
    time_axis(ax, look, where, "Time")
    if rows.empty:
        header(ax, look, "API credits")
        no_data(ax, look, "no answer has a time" if len(history) else "the frame has no rows")
        return ax
    usages = _usages(rows)
    handles, notes = draw_usage(ax, look, rows, usages, where)
    now = rows["time"].iloc[-1]
    title = usage_title(usages, now, where)
    header(ax, look, title, usage_detail(rows, usages, notes, now, where), handles)
    return ax


def _numbers_if_any(history: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    if column in history.columns:
        return numbers(history, column)
    return np.full(len(history), np.nan)


def _usages(rows: pd.DataFrame) -> list[Usage]:
    """Those with most answers first, at most as many as there are colours."""
    now = rows["time"].iloc[-1]
    out = []
    order = rows["identity"].value_counts(sort=True).index[: len(PALETTE)]
    for name, color in zip(order, PALETTE, strict=False):
        own = rows[(rows["identity"] == name) & rows["left"].notna()]
        times, left = pd.DatetimeIndex(own["time"]), own["left"].to_numpy(dtype="float64")
        windows = split_windows(times, left, pd.DatetimeIndex(own["reset"]))
        out.append(
            Usage(
                identity=str(name),
                color=color,
                times=times,
                remaining=left,
                limit=own["limit"].to_numpy(dtype="float64"),
                windows=windows,
                forecast=forecast(windows[-1], now) if windows else None,
            )
        )
    return out
