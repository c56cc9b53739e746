"""Windows of a limit, and the forecast from the current one, without any drawing.

A user's credits come back each hour, an application's each day (API reference, Rate limits).
``X-RateLimit-UserReset`` was an epoch second until 2017 and is a number of seconds since 2022
(recorded answers). The ledger keeps a time in both cases. It may differ by a second between
answers, or move along with them if the header always says 3600.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from imgurdata.plot.validate import Floats

__all__ = ["Forecast", "Window", "forecast", "split_windows"]

# Two answers further apart than this did not merely arrive out of order.
_DISORDER = pd.Timedelta("60s")

# The rate of a shorter time is that of a burst, not of a working session.
_MIN_ELAPSED = pd.Timedelta("60s")


@dataclass(frozen=True)
class Window:
    """Answers to one user between two resets: a slice of the given rows, and its first and last.

    ``start`` is the number of credits left at the first answer, ``left`` the smallest number, and
    ``reset_at`` the last known reset.
    """

    rows: slice
    first: pd.Timestamp
    last: pd.Timestamp
    start: float
    left: float
    reset_at: pd.Timestamp | None


@dataclass(frozen=True)
class Forecast:
    """Result of the rate of the current window, in credits a minute (0 if unknown).

    ``ended`` means that the reset has passed and the credits are back; ``unknown``, that there is
    less than a minute of answers, or no known reset and enough credits for an hour. ``at`` is when
    they run out.
    """

    kind: Literal["spent", "runs out", "lasts", "ended", "unknown"]
    left: float
    rate: float = 0.0
    at: pd.Timestamp | None = None
    reset_at: pd.Timestamp | None = None


def split_windows(
    times: pd.DatetimeIndex, remaining: Floats, resets: pd.DatetimeIndex
) -> list[Window]:
    """Split the answers to one user, in order of time, into windows.

    A window starts with the first answer after the known reset, or where the remaining credits
    rise by more than answers out of order explain: with a later reset, after a minute, or by a
    twentieth of the maximum.
    """
    if len(times) == 0:
        return []
    # Plain numbers, since a loop over Timestamps is slow; an unknown reset is 0.
    time = times.as_unit("us").asi8.tolist()
    reset = np.where(resets.notna(), resets.as_unit("us").asi8, 0).tolist()
    tolerance = _DISORDER // pd.Timedelta("1us")
    jump = 0.05 * float(remaining.max())
    starts = [0]
    known_reset, least = reset[0], remaining[0]
    for i in range(1, len(time)):
        over = known_reset > 0 and time[i] >= known_reset
        rise = remaining[i] - least
        later = known_reset > 0 and reset[i] > known_reset + tolerance
        apart = time[i] - time[i - 1] > tolerance
        if over or (rise > 0 and (later or apart or rise > jump)):
            starts.append(i)
            known_reset, least = reset[i], remaining[i]
            continue
        least = min(least, remaining[i])
        known_reset = reset[i] or known_reset
    windows = []
    for a, b in zip(starts, [*starts[1:], len(time)], strict=True):
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
    """Return when the credits of a window run out at its rate from the first answer until now."""
    reset = window.reset_at
    if reset is not None and reset <= now:
        return Forecast("ended", window.left, reset_at=reset)
    if window.left <= 0:
        return Forecast("spent", 0.0, reset_at=reset)
    elapsed = now - window.first
    if elapsed < _MIN_ELAPSED:
        return Forecast("unknown", window.left, reset_at=reset)
    rate = (window.start - window.left) / (elapsed / pd.Timedelta("1min"))
    minutes = window.left / rate if rate > 0 else np.inf
    # Without a known reset, there is one within the hour all the same. A moment far in the future
    # means nothing, and could overflow a Timestamp.
    at = now + pd.Timedelta(minutes=minutes) if minutes < 24 * 60 else None
    if at is not None and (at < reset if reset is not None else minutes < 60):
        return Forecast("runs out", window.left, rate, at, reset)
    kind: Literal["lasts", "unknown"] = "lasts" if reset is not None else "unknown"
    return Forecast(kind, window.left, max(rate, 0.0), None, reset)
