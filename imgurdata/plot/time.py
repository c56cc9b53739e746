"""Time on the x axis: which zone, how it is named, how ticks are written."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import TYPE_CHECKING

import numpy as np

from imgurdata.errors import InvalidArgument
from imgurdata.plot.check import nearest

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes

    from imgurdata.plot.style import Look

__all__ = ["clock", "day", "positions", "span", "time_axis", "zone", "zone_name"]


def zone(tz: str | dt.tzinfo | None) -> dt.tzinfo:
    """Look up the time zone asked for; None is UTC.

    Raises
    ------
    InvalidArgument
        Where no zone has this name; the nearest name is given.
    """
    if tz is None:
        return dt.UTC
    if isinstance(tz, dt.tzinfo):
        return tz
    if isinstance(tz, str):
        if tz.upper() == "UTC":
            return dt.UTC
        try:
            return zoneinfo.ZoneInfo(tz)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            hint = nearest(tz, zoneinfo.available_timezones()) or "."
            raise InvalidArgument(
                f"tz={tz!r} is no time zone{hint} "
                "Names are those of the tz database, such as 'Europe/Oslo'."
            ) from None
    raise InvalidArgument(f"tz must be a name such as 'Europe/Oslo' or a tzinfo, not {tz!r}.")


def zone_name(tz: dt.tzinfo) -> str:
    """Name a zone for the axis: by its name in the tz database, or by its offset.

    >>> zone_name(zone(None)), zone_name(zone("Asia/Tokyo"))
    ('UTC', 'Asia/Tokyo')
    """
    return str(getattr(tz, "key", None) or getattr(tz, "zone", None) or tz)


def positions(times: pd.DatetimeIndex) -> npt.NDArray[np.float64]:
    """Turn times into matplotlib's days; NaT into NaN."""
    from matplotlib.dates import date2num

    naive = times.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.asarray(date2num(naive), dtype="float64")  # type: ignore[no-untyped-call]


def time_axis(ax: Axes, look: Look, tz: dt.tzinfo, label: str) -> None:
    """Make x a time axis: few ticks, each written once, in this zone, which the label names."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    ax.xaxis_date(tz)
    # From five ticks on, and with at least two, matplotlib finds a step for every span of time.
    ticks = int(np.clip(look.width / (look.size * 7.0), 5, 9))
    locator = AutoDateLocator(tz=tz, minticks=2, maxticks=ticks)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=tz)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(formatter)
    ax.xaxis.get_offset_text().set(fontsize=look.size, color=look.ink)
    ax.set_xlabel(f"{label} ({zone_name(tz)})", fontsize=look.size, color=look.ink)


def day(time: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Write the date in a zone, such as ``5 Mar 2024``."""
    local = time.tz_convert(tz)
    return f"{local.day} {local:%b %Y}"


def clock(time: pd.Timestamp, tz: dt.tzinfo, beside: pd.Timestamp | None = None) -> str:
    """Write the time of day in a zone, with the date where it is not that of ``beside``."""
    local = time.tz_convert(tz)
    if beside is not None and beside.tz_convert(tz).date() == local.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}"


def span(first: pd.Timestamp, last: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Two dates as ``5 Mar 2024`` or ``5 Mar 2024 to 7 Mar 2024``."""
    a, b = day(first, tz), day(last, tz)
    return a if a == b else f"{a} to {b}"
