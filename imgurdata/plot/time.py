"""Time on the x axis: the time zone, its name, the ticks, and times as text."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import Formatter

from imgurdata._validate import did_you_mean, refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.style import Style
from imgurdata.plot.text import draw_literally
from imgurdata.plot.validate import Floats
from imgurdata.plot.wording import shorten

__all__ = [
    "DateLabels",
    "date_numbers",
    "format_date",
    "format_dates",
    "format_moment",
    "format_start",
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
    ticks = int(np.clip(style.width / (style.size * 6.5), 5, 9))
    locator = AutoDateLocator(tz=tz, minticks=2, maxticks=ticks)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    # Where no layout makes room, the label of the axis below a second line would be cut off.
    has_room = ax.figure.get_layout_engine() is not None
    ax.xaxis.set_major_formatter(DateLabels(tz, lines=2 if has_room else 1))
    draw_literally(ax.set_xlabel(f"{label} ({zone_name(tz)})"))


class DateLabels(Formatter):
    r"""Labels of dates in two lines: what changes from tick to tick above, the rest below.

    The second line stands at the first tick, and wherever it changes, so that an axis of February
    says February. With ``lines=1`` the date stands in place of midnight, and the notes name the
    year.

    >>> labels = DateLabels(dt.UTC)
    >>> days = pd.date_range("2024-02-27", periods=4, tz="UTC")
    >>> labels.format_ticks(date_numbers(days))
    ['27\nFebruary 2024', '28', '29', '1\nMarch']
    >>> half_days = pd.date_range("2024-02-28 12:00", periods=3, freq="12h", tz="UTC")
    >>> labels.format_ticks(date_numbers(half_days))
    ['12:00\n28 Feb', '00:00\n29 February 2024', '12:00']
    """

    def __init__(self, tz: dt.tzinfo, *, lines: int = 2) -> None:
        self.tz = tz
        self.lines = lines

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """Return the label of one moment, also where a cursor is."""
        (time,) = self._times([x])
        return f"{time.day} {time:%B %Y %H:%M}"

    def format_in_full(self, values: Sequence[float]) -> list[str]:
        """Return each moment in full, such as ``5 Mar 2024 10:00``; dates if all are days."""
        times = self._times(values)
        has_clock = any(time.hour or time.minute or time.second for time in times)
        form = format_moment if has_clock else format_date
        return [form(pd.Timestamp(time), self.tz) for time in times]

    def _times(self, values: Sequence[float]) -> list[dt.datetime]:
        return [num2date(value, self.tz) for value in values]  # type: ignore[no-untyped-call]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the labels of all ticks."""
        times = self._times(values)
        above, below = _formats(times)
        if self.lines == 1:
            return _one_line(times, above)
        out: list[str] = []
        last_key, last_year = "", 0
        for i, time in enumerate(times):
            top, key = _text(time, above), _text(time, below)
            if not below or (key == last_key and time.year == last_year):
                out.append(top)
                continue
            following = _text(times[i + 1], below) if i + 1 < len(times) else key
            if i == 0 and following != key and "%B" in below:
                # The next tick has a second line, too: a short one here leaves it the space.
                out.append(f"{top}\n{_text(time, below.replace('%B', '%b'))}")
                last_key = key
                continue
            year = "" if time.year == last_year or "%Y" in below else f" {time.year}"
            out.append(f"{top}\n{key}{year}")
            last_key, last_year = key, time.year
        return out


def _one_line(times: Sequence[dt.datetime], form: str) -> list[str]:
    """Return labels of one line, where a tick at the beginning of a longer unit names it."""
    out = []
    for i, time in enumerate(times):
        if "%H" in form:
            label = "%-d %b" if time.hour == time.minute == time.second == 0 else form
        elif form == "%-d":
            label = "%-d %b" if i == 0 or time.month != times[i - 1].month else form
        elif form == "%b":
            label = "%Y" if time.month == 1 else form
        else:
            label = form
        out.append(_text(time, label))
    return out


def _formats(times: Sequence[dt.datetime]) -> tuple[str, str]:
    """Return the formats of the first line and, without the year, of the second."""
    if any(time.second or time.microsecond for time in times):
        return "%H:%M:%S", "%-d %B"
    if any(time.hour or time.minute for time in times):
        return "%H:%M", "%-d %B"
    if any(time.day != 1 for time in times) or len(times) == 1:
        return "%-d", "%B"
    if any(time.month != 1 for time in times):
        return "%b", "%Y"
    return "%Y", ""


def _text(time: dt.datetime, form: str) -> str:
    # Not every system's strftime can leave out the zero of a day.
    return time.strftime(form.replace("%-d", str(time.day)))


def format_date(time: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Return the date in a zone, such as ``5 Mar 2024``."""
    local = time.tz_convert(tz)
    return f"{local.day} {local:%b %Y}"


def format_dates(first: pd.Timestamp, last: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Return a range of dates, such as ``5 Mar 2024 to 7 Mar 2024``, or the only date of it."""
    start, end = format_date(first, tz), format_date(last, tz)
    return start if start == end else f"{start} to {end}"


def format_moment(time: pd.Timestamp, tz: dt.tzinfo) -> str:
    """Return date and time of day in a zone, such as ``5 Mar 2024 10:00``."""
    return f"{format_date(time, tz)} {time.tz_convert(tz):%H:%M}"


def format_start(time: pd.Timestamp, offset: pd.offsets.BaseOffset, tz: dt.tzinfo) -> str:
    """Return the start of a bin in a zone: only its date if bins are whole days or longer."""
    is_short = isinstance(offset, pd.offsets.Tick) and not isinstance(offset, pd.offsets.Day)
    return (format_moment if is_short else format_date)(time, tz)


def format_time(time: pd.Timestamp, tz: dt.tzinfo, now: pd.Timestamp) -> str:
    """Return the time of day in a zone, with its date if it is not today's."""
    local = time.tz_convert(tz)
    if now.tz_convert(tz).date() == local.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}"
