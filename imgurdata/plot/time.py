"""Time on the x axis: which zone, how it is named, how ticks are written."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imgurdata._validate import refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.check import did_you_mean
from imgurdata.plot.style import as_written
from imgurdata.plot.wording import label_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

    from imgurdata.plot.style import Look

__all__ = ["clock", "day", "positions", "span", "time_axis", "zone", "zone_name"]

_ALLOWED = "a name of the tz database such as 'Europe/Oslo', a ZoneInfo or a datetime.timezone"


def zone(tz: str | dt.tzinfo | None) -> dt.tzinfo:
    """Return a time zone; None is UTC.

    Raises
    ------
    InvalidArgument
        No zone has this name (the nearest name is given), or it is none that pandas can use.
    """
    if tz is None:
        return dt.UTC
    if isinstance(tz, str):
        return _named(tz, tz)
    if not isinstance(tz, dt.tzinfo):
        refuse("tz", _ALLOWED, tz)
    if isinstance(tz, (zoneinfo.ZoneInfo, dt.timezone)):
        return tz
    name = getattr(tz, "zone", None)
    if isinstance(name, str):
        # A zone of pytz gives wrong offsets to a datetime that it did not localize itself.
        return _named(name, tz)
    try:
        fixed = tz.utcoffset(None)
        usable = dt.timezone(fixed) if fixed is not None else tz
        sure = _same_in_pandas(usable)
    except Exception:  # noqa: BLE001 - a foreign object may raise anything
        sure = False
    if not sure:
        refuse("tz", _ALLOWED, tz)
    return usable


def _named(name: str, given: Any) -> dt.tzinfo:
    if name.upper() == "UTC":
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, zoneinfo.available_timezones())
        raise InvalidArgument(f"tz must be {_ALLOWED}; got {shown(given)}.{hint}") from None


def _same_in_pandas(tz: dt.tzinfo) -> bool:
    """Return whether pandas reads this zone as Python does: it takes unknown ones for fixed."""
    times = pd.date_range("1980-01-15", "2036-01-15", freq="61D", tz="UTC")
    return [t.astimezone(tz).replace(tzinfo=None) for t in times.to_pydatetime()] == list(
        times.tz_convert(tz).tz_localize(None).to_pydatetime()
    )


def zone_name(tz: dt.tzinfo) -> str:
    """Name a zone for the axis: by its name in the tz database, or by its offset.

    >>> zone_name(zone(None)), zone_name(zone("Asia/Tokyo"))
    ('UTC', 'Asia/Tokyo')
    """
    return label_of(getattr(tz, "key", None) or tz)


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
    name = f"{label} ({zone_name(tz)})"
    as_written(ax.set_xlabel(name, fontsize=look.size, color=look.ink))


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
