"""Windows of a limit, and the forecast from the current one: pure functions, nothing drawn.

A user's credits come back each hour, an application's each day (API reference, Rate limits).
``X-RateLimit-UserReset`` told an epoch second until 2017 and seconds to go from 2022 on (recorded
answers); either way the ledger keeps a time, which may waver by a second, or slide along with the
answers where the header always says 3600.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Forecast", "Window", "forecast", "split_windows"]

#: Two answers further apart than this did not merely arrive out of order.
_DISORDER = pd.Timedelta("60s")

#: A rate from less time than this is that of a burst, not of a working session.
MIN_ELAPSED = pd.Timedelta("60s")


@dataclass(frozen=True)
class Window:
    """The answers of one user between two resets.

    Attributes
    ----------
    rows : slice
        Of the answers given to :func:`split_windows`.
    first, last : pandas.Timestamp
        When the first and the last of them came.
    start, left : float
        Credits left at the first answer, and the fewest told by any.
    reset_at : pandas.Timestamp or None
        When credits come back, as told last.
    """

    rows: slice
    first: pd.Timestamp
    last: pd.Timestamp
    start: float
    left: float
    reset_at: pd.Timestamp | None


@dataclass(frozen=True)
class Forecast:
    """What the rate of the current window leads to.

    Attributes
    ----------
    kind : str
        ``spent`` (none left), ``runs out`` (before the reset), ``lasts`` (until the reset),
        ``ended`` (the reset has passed, credits are back), ``unknown`` (less than a minute of
        answers, or no reset told and enough for an hour).
    left : float
        Credits left now.
    rate : float
        Credits spent a minute; 0 where unknown.
    at : pandas.Timestamp or None
        When they run out, for ``runs out``.
    reset_at : pandas.Timestamp or None
        When they come back, where told.
    """

    kind: Literal["spent", "runs out", "lasts", "ended", "unknown"]
    left: float
    rate: float = 0.0
    at: pd.Timestamp | None = None
    reset_at: pd.Timestamp | None = None


def split_windows(
    times: pd.DatetimeIndex,
    remaining: npt.NDArray[np.float64],
    resets: pd.DatetimeIndex,
) -> list[Window]:
    """Cut the answers of one user, in order of time, into windows.

    A window begins with the first answer after the told reset, or where what is left rises by
    more than answers that overtook each other explain: with a later reset, after a minute, or by a
    twentieth of the most ever left.

    Parameters
    ----------
    times, remaining, resets
        Of equal length: when, how many credits were left (no NaN), when they come back (NaT where
        not told).
    """
    if len(times) == 0:
        return []
    # Plain numbers, since a loop over Timestamps is slow; a reset not told is 0.
    when = times.as_unit("us").asi8.tolist()
    back = np.where(resets.notna(), resets.as_unit("us").asi8, 0).tolist()
    wobble = _DISORDER // pd.Timedelta("1us")
    jump = 0.05 * float(remaining.max())
    starts = [0]
    told, least = back[0], remaining[0]
    for i in range(1, len(when)):
        over = told > 0 and when[i] >= told
        rise = remaining[i] - least
        later = told > 0 and back[i] > told + wobble
        apart = when[i] - when[i - 1] > wobble
        if over or (rise > 0 and (later or apart or rise > jump)):
            starts.append(i)
            told, least = back[i], remaining[i]
            continue
        least = min(least, remaining[i])
        told = back[i] or told
    windows = []
    for a, b in zip(starts, [*starts[1:], len(when)], strict=True):
        known = resets[a:b].dropna()
        windows.append(
            Window(
                rows=slice(a, b),
                first=times[a],
                last=times[b - 1],
                start=float(remaining[a]),
                left=float(remaining[a:b].min()),
                reset_at=known[-1] if len(known) else None,
            )
        )
    return windows


def forecast(window: Window, now: pd.Timestamp) -> Forecast:
    """When the credits of a window run out at the rate at which it has spent them so far.

    Parameters
    ----------
    window
        The current one.
    now
        The time up to which answers are known; the rate is that from the window's first answer
        until now.
    """
    reset = window.reset_at
    if reset is not None and reset <= now:
        return Forecast("ended", window.left, reset_at=reset)
    if window.left <= 0:
        return Forecast("spent", 0.0, reset_at=reset)
    elapsed = now - window.first
    if elapsed < MIN_ELAPSED:
        return Forecast("unknown", window.left, reset_at=reset)
    rate = (window.start - window.left) / (elapsed / pd.Timedelta("1min"))
    if rate <= 0:
        return Forecast("lasts" if reset is not None else "unknown", window.left, reset_at=reset)
    minutes = window.left / rate
    # Where no reset is told there is one within the hour all the same; a moment far off says
    # nothing, and could overflow a Timestamp.
    at = now + pd.Timedelta(minutes=minutes) if minutes < 24 * 60 else None
    if at is not None and (at < reset if reset is not None else minutes < 60):
        return Forecast("runs out", window.left, rate, at, reset)
    kind: Literal["lasts", "unknown"] = "lasts" if reset is not None else "unknown"
    return Forecast(kind, window.left, rate, None, reset)
