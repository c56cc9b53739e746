"""Time on the x axis: the time zone, its name, the ticks, and times as text."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from imgurdata._validate import refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.style import Style, draw_literally
from imgurdata.plot.validate import Floats, did_you_mean
from imgurdata.plot.wording import shorten

__all__ = [
    "date_numbers",
    "format_date",
    "format_dates",
    "format_time",
    "set_time_axis",
    "time_zone",
    "zone_name",
]

_ALLOWED = "a name of the tz database such as 'Europe/Oslo', a ZoneInfo or a datetime.timezone"


def time_zone(tz: str | dt.tzinfo | None) -> dt.tzinfo:
    """Return a time zone that Python and pandas read alike; None is UTC."""
    if tz is None:
        return dt.UTC
    if isinstance(tz, str):
        return _named_zone(tz, tz)
    if not isinstance(tz, dt.tzinfo):
        refuse("tz", _ALLOWED, tz)
    if isinstance(tz, (zoneinfo.ZoneInfo, dt.timezone)):
        return tz
    name = getattr(tz, "zone", None)
    if isinstance(name, str):
        # A zone of pytz gives wrong offsets to a datetime that it did not localize itself.
        return _named_zone(name, tz)
    try:
        fixed = tz.utcoffset(None)
        usable = dt.timezone(fixed) if fixed is not None else tz
        # pandas takes zones that it does not know for fixed ones.
        times = pd.date_range("1980-01-15", "2036-01-15", freq="61D", tz="UTC")
        by_pandas = times.tz_convert(usable).tz_localize(None).to_pydatetime().tolist()
        by_python = [t.astimezone(usable).replace(tzinfo=None) for t in times.to_pydatetime()]
        supported = by_pandas == by_python
    except Exception:  # noqa: BLE001 - a foreign object may raise anything
        supported = False
    if not supported:
        refuse("tz", _ALLOWED, tz)
    return usable


def _named_zone(name: str, tz: Any) -> dt.tzinfo:
    if name.upper() == "UTC":
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, zoneinfo.available_timezones())
        raise InvalidArgument(f"tz must be {_ALLOWED}; got {shown(tz)}.{hint}") from None


def zone_name(tz: dt.tzinfo) -> str:
    """Return the name of a zone in the tz database, or its offset.

    >>> zone_name(time_zone(None)), zone_name(time_zone("Asia/Tokyo"))
    ('UTC', 'Asia/Tokyo')
    """
    return shorten(getattr(tz, "key", None) or tz)


def date_numbers(times: pd.DatetimeIndex) -> Floats:
    """Return times as matplotlib's days, NaT as NaN."""
    naive = times.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.asarray(date2num(naive), dtype="float64")  # type: ignore[no-untyped-call]


def set_time_axis(ax: Axes, style: Style, tz: dt.tzinfo, label: str) -> None:
    """Make x a time axis with few ticks, in a zone that the label names."""
    ax.xaxis_date(tz)
    # With 5 or more ticks, and at least 2, matplotlib finds a step for every length of time.
    ticks = int(np.clip(style.width / (style.size * 7.0), 5, 9))
    locator = AutoDateLocator(tz=tz, minticks=2, maxticks=ticks)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=tz)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(formatter)
    ax.xaxis.get_offset_text().set(fontsize=style.size, color=style.ink)
    name = f"{label} ({zone_name(tz)})"
    draw_literally(ax.set_xlabel(name, fontsize=style.size, color=style.ink))


def format_date(time: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Return the date in a zone, such as ``5 Mar 2024``."""
    local = time.tz_convert(tz)
    return f"{local.day} {local:%b %Y}"


def format_dates(first: pd.Timestamp, last: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Return a range of dates, such as ``5 Mar 2024 to 7 Mar 2024``, or the only date of it."""
    start, end = format_date(first, tz), format_date(last, tz)
    return start if start == end else f"{start} to {end}"


def format_time(time: pd.Timestamp, tz: dt.tzinfo, now: pd.Timestamp) -> str:
    """Return the time of day in a zone, with its date if it is not today's."""
    local = time.tz_convert(tz)
    if now.tz_convert(tz).date() == local.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}"
