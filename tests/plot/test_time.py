from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import dateutil.tz
import pandas as pd
import pytest
from matplotlib.dates import date2num

from imgurdata.errors import InvalidArgument
from imgurdata.plot.time import DateLabels, time_zone, zone_name

WINTER = dt.datetime(2024, 1, 5, 12, tzinfo=dt.UTC)
SUMMER = dt.datetime(2024, 7, 5, 12, tzinfo=dt.UTC)


class LikePytz(dt.tzinfo):
    """A zone that, as pytz's do, gives a local mean time unless it localized the datetime."""

    zone = "Europe/Oslo"

    def utcoffset(self, _when):
        return dt.timedelta(minutes=43)


class Fixed(dt.tzinfo):
    def utcoffset(self, _when):
        return dt.timedelta(hours=3)

    def tzname(self, _when):
        return "$x$"


class Changing(dt.tzinfo):
    def utcoffset(self, when):
        return None if when is None else dt.timedelta(hours=1 + when.month // 7)

    def dst(self, _when):
        return dt.timedelta(0)


class Broken(dt.tzinfo):
    def __repr__(self):
        raise RuntimeError

    def utcoffset(self, _when):
        raise KeyError


ZONES = [
    (None, 0, 0),
    ("utc", 0, 0),
    ("Europe/Oslo", 1, 2),
    (ZoneInfo("Europe/Oslo"), 1, 2),
    (LikePytz(), 1, 2),
    (dateutil.tz.gettz("Europe/Oslo"), 1, 2),
    (dateutil.tz.tzoffset("x", 7200), 2, 2),
    (dt.timezone(dt.timedelta(hours=-3)), -3, -3),
    (Fixed(), 3, 3),
]


def test_time_zone_takes_names_and_zones_of_every_library(subtests):
    for given, winter, summer in ZONES:
        with subtests.test(given=given, winter=winter, summer=summer):
            found = time_zone(given)
            hours = [
                when.astimezone(found).utcoffset() / dt.timedelta(hours=1)
                for when in (WINTER, SUMMER)
            ]
            assert hours == [winter, summer]


BAD_ZONES = [
        "", "Europe", "Europe/Olso", "../UTC", "/etc/localtime", "+02:00", "zone.tab", "\x00",
        "\ud800", "x" * 100_000, 0, True, b"UTC", ["UTC"], ZoneInfo, dt.date(2024, 1, 1),
        dt.timedelta(hours=1), dt.tzinfo(), Changing(), Broken(), object(),
]  # fmt: skip


def test_time_zone_refuses_anything_else(subtests):
    for given in BAD_ZONES:
        with subtests.test(given=given):
            with pytest.raises(
                InvalidArgument, match=r"^tz must be a name of the tz database"
            ) as caught:
                time_zone(given)
            assert len(str(caught.value)) < 400


def test_time_zone_suggests_the_nearest_name():
    with pytest.raises(InvalidArgument, match=r"got 'europe/olso'\. Did you mean 'Europe/Oslo'\?"):
        time_zone("europe/olso")


def test_zone_name_is_short():
    assert len(zone_name(dt.timezone(dt.timedelta(0), "x" * 5000))) <= 60


LABELS = [
    ("2024-02-10", 5, "5D", ["10\nFebruary 2024", "15", "20", "25", "1\nMarch"]),
    ("2024-01-31", 2, "D", ["31\nJan", "1\nFebruary 2024"]),
    ("2023-12-01", 3, "MS", ["Dec\n2023", "Jan\n2024", "Feb"]),
    ("2023-12-15", 2, "31D", ["15\nDec", "15\nJanuary 2024"]),
    ("2022-01-01", 2, "YS", ["2022", "2023"]),
    ("2024-02-28 18:00", 3, "3h", ["18:00\n28 February 2024", "21:00", "00:00\n29 February"]),
    ("2024-02-29 23:59:30", 2, "30s", ["23:59:30\n29 Feb", "00:00:00\n1 March 2024"]),
    ("2024-02-29", 1, "D", ["29\nFebruary 2024"]),
]


ONE_LINE = [
    ("2024-02-10", 5, "5D", ["10 Feb", "15", "20", "25", "1 Mar"]),
    ("2023-12-01", 3, "MS", ["Dec", "2024", "Feb"]),
    ("2022-01-01", 2, "YS", ["2022", "2023"]),
    ("2024-02-28 18:00", 3, "3h", ["18:00", "21:00", "29 Feb"]),
]


def test_date_labels_of_one_line_name_where_a_unit_begins(subtests):
    for start, n, freq, labels in ONE_LINE:
        with subtests.test(start=start, freq=freq):
            times = pd.date_range(start, periods=n, freq=freq)
            assert DateLabels(dt.UTC, lines=1).format_ticks(date2num(times)) == labels


def test_date_labels_name_day_month_and_year_where_they_change(subtests):
    for start, n, freq, labels in LABELS:
        with subtests.test(start=start, freq=freq):
            times = pd.date_range(start, periods=n, freq=freq)
            assert DateLabels(dt.UTC).format_ticks(date2num(times)) == labels
    tokyo = DateLabels(ZoneInfo("Asia/Tokyo"))
    assert tokyo.format_ticks(date2num([WINTER])) == ["21:00\n5 January 2024"]
    assert DateLabels(dt.UTC).format_ticks([]) == []
