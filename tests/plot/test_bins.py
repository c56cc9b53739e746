from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata.errors import InvalidArgument
from imgurdata.plot.bins import (
    MAX_BINS,
    aggregate,
    auto_bins,
    main_span,
    parse_frequency,
    period_name,
)

# A day before each change of the clock, or of the zone itself.
CHANGES = {
    "America/Santiago": "2024-09-07",  # no midnight
    "America/Sao_Paulo": "2018-11-03",  # no midnight
    "Africa/Cairo": "2024-04-25",  # no midnight
    "Asia/Beirut": "2024-03-30",  # no midnight
    "America/Asuncion": "2023-09-30",  # no midnight
    "America/Havana": "2023-11-04",  # midnight twice
    "America/St_Johns": "2005-10-29",  # one minute of the next day, then an hour of this one
    "Australia/Lord_Howe": "2024-10-05",  # half an hour
    "Pacific/Apia": "2011-12-29",  # no 30 December
    "Pacific/Kwajalein": "1993-08-20",  # no 21 August
    "Asia/Kathmandu": "1985-12-31",  # a quarter of an hour
    "Europe/Oslo": "2024-10-26",
    "UTC": "2024-03-05",
}
FREQUENCIES = [
    "min", "7min", "15min", "h", "90min", "6h", "24h", "D", "2D", "B", "W", "W-MON", "2W", "MS",
    "2MS", "ME", "QS", "QE-NOV", "YS", "YE", "YE-JUN",
]  # fmt: skip
PERIODS = {
    "D": "D",
    "24h": "D",
    "W": "W-SUN",
    "W-MON": "W-MON",
    "MS": "M",
    "ME": "M",
    "QS": "Q-DEC",
    "QE-NOV": "Q-NOV",
    "YS": "Y-DEC",
    "YE": "Y-DEC",
    "YE-JUN": "Y-JUN",
}


def count(times, freq, tz):
    return aggregate(times, np.ones(len(times)), parse_frequency(freq), "count", tz)


def shown(times, tz):
    """Read the clock with Python's own zones."""
    return [time.astimezone(tz).replace(tzinfo=None) for time in times.to_pydatetime()]


def check(times, freq, tz):
    found = count(times, freq, tz)
    assert found.count.sum() == len(times)
    assert (found.left < found.right).all()
    assert (found.left[1:] == found.right[:-1]).all()
    assert found.left[0] <= times.min()
    # A clock that is put back shows the end of a bin before its last posts.
    assert times.max() < found.right[-1] + pd.Timedelta("2h")
    if freq in PERIODS:
        # Periods know nothing of zones: they take the local time as it stands.
        of_local_time = Counter(pd.Period(time, freq=PERIODS[freq]) for time in shown(times, tz))
        expected = [n for _, n in sorted(of_local_time.items())]
        assert found.count[found.count > 0].tolist() == expected
    return found


ZONES_AND_FREQUENCIES = [
    (name, freq)
    for row, name in enumerate(CHANGES)
    for column, freq in enumerate(FREQUENCIES)
    if (row + column) % 3 == 0
]


def test_aggregate_puts_every_post_in_the_bin_of_its_local_time(subtests):
    for name, freq in ZONES_AND_FREQUENCIES:
        with subtests.test(name=name, freq=freq):
            start = pd.Timestamp(CHANGES[name], tz="UTC")
            times = pd.date_range(start, periods=300, freq="17min", unit="us")
            check(times, freq, ZoneInfo(name))


@given(
    zone=st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
    start=st.integers(-2_000_000_000, 4_000_000_000),
    steps=st.lists(st.integers(0, 200_000), min_size=1, max_size=40),
    freq=st.sampled_from(FREQUENCIES[2:]),
)
def test_aggregate_keeps_every_post_in_any_zone(zone, start, steps, freq):
    seconds = start + np.cumsum(steps)
    times = pd.DatetimeIndex(pd.to_datetime(seconds, unit="s", utc=True)).as_unit("us")
    check(times, freq, ZoneInfo(zone))


def test_aggregate_days_start_at_the_first_moment_of_their_date(subtests):
    for name in CHANGES:
        with subtests.test(name=name):
            tz = ZoneInfo(name)
            start = pd.Timestamp(CHANGES[name], tz="UTC")
            minutes = pd.date_range(start, periods=4 * 1440, freq="min", unit="us")
            dates = [time.date() for time in shown(minutes, tz)]
            first = dict(zip(dates[::-1], minutes[::-1], strict=True))
            found = count(minutes, "D", tz)
            # The first date is cut: its midnight lies before these minutes.
            assert list(found.left[1:]) == [first[date] for date in sorted(first)][1:]


def test_aggregate_has_no_bin_for_a_skipped_date():
    times = pd.date_range("2011-12-29", periods=96, freq="h", tz="UTC", unit="us")
    found = count(times, "D", ZoneInfo("Pacific/Apia"))
    days = [time.day for time in found.left.tz_convert("Pacific/Apia")]
    assert days == [28, 29, 31, 1, 2]
    assert found.left[2] == pd.Timestamp("2011-12-30 10:00", tz="UTC")


def test_aggregate_has_two_bins_for_an_hour_that_comes_twice():
    times = pd.date_range("2024-10-26 23:00", periods=16, freq="15min", tz="UTC", unit="us")
    found = count(times, "h", ZoneInfo("Europe/Oslo"))
    assert found.count.tolist() == [4, 4, 4, 4]
    assert [t.hour for t in found.left.tz_convert("Europe/Oslo")] == [1, 2, 2, 3]


def test_aggregate_long_bins_keep_their_hours_when_the_clock_changes():
    times = pd.date_range("2024-03-30", periods=72, freq="h", tz="UTC", unit="us")
    found = count(times, "6h", ZoneInfo("Europe/Oslo"))
    assert {t.hour for t in found.left.tz_convert("Europe/Oslo")} == {0, 6, 12, 18}
    assert 5 in found.count


EDGES = [
    ("h", "2024-03-06 12:00", "2024-03-06 13:00"),
    ("D", "2024-03-06", "2024-03-07"),
    ("W", "2024-03-04", "2024-03-11"),  # pandas labels it Sunday the 10th
    ("MS", "2024-03-01", "2024-04-01"),
    ("ME", "2024-03-01", "2024-04-01"),
    ("QE", "2024-01-01", "2024-04-01"),
    ("YE", "2024-01-01", "2025-01-01"),
]


def test_aggregate_edges_contain_the_post(subtests):
    for freq, left, right in EDGES:
        with subtests.test(freq=freq, left=left, right=right):
            time = pd.DatetimeIndex(["2024-03-06 12:30"], tz="UTC")
            found = aggregate(time, np.array([5.0]), parse_frequency(freq), "median", dt.UTC)
            assert found.left[0] == pd.Timestamp(left, tz="UTC")
            assert found.right[0] == pd.Timestamp(right, tz="UTC")
            assert found.value.tolist() == [5.0]


def test_period_name_in_words():
    frequencies = ("h", "3D", "W-WED", pd.Timedelta("15min"), "2B")
    assert [period_name(parse_frequency(freq)) for freq in frequencies] == [
        "hour",
        "3 days",
        "week",
        "15 minutes",
        "2 working days",
    ]


BAD_FREQUENCIES = [
        0, 5, True, "", "0h", "-1D", "1ns", "ms", "1.5s", "H", "M", "BMS", "bh", "WOM-2TUE",
        "W-XXX", "101YS", "1000000YS", "99999999999999999999h", "9" * 5000 + "h", "x" * 100_000,
        "\x00", pd.NaT, np.nan, b"h", ["h"], {}, np.timedelta64(1, "h"), pd.Timedelta(0),
        pd.DateOffset(months=1), pd.offsets.Hour(0), pd.offsets.BusinessHour(), object(),
]  # fmt: skip


def test_parse_frequency_refuses_what_makes_no_bins(subtests):
    for freq in BAD_FREQUENCIES:
        with subtests.test(freq=freq):
            with pytest.raises(InvalidArgument, match=r"^freq must be .*; got ") as caught:
                parse_frequency(freq)
            assert len(str(caught.value)) < 500


def test_aggregate_refuses_more_bins_than_can_be_drawn():
    times = pd.DatetimeIndex(["2024-03-05", "2024-03-09"], tz="UTC")
    with pytest.raises(InvalidArgument, match=rf"^freq must be longer .* {MAX_BINS:,} bins; got"):
        count(times, "s", dt.UTC)
    far = pd.DatetimeIndex(["1800-01-01", "2199-12-31"], tz="UTC")
    assert count(far, "YS", ZoneInfo("Europe/Oslo")).count.sum() == 2


BASE = pd.Timestamp("2024-03-05 10:00", tz="UTC")


AUTO_BINS = [
    ("0s", 1, "min"),
    ("30min", 1, "min"),
    ("31min", 1, "2min"),
    ("35h", 326, "h"),
    ("60D", 30_000, "D"),
    ("61D", 100, "W-SUN"),
    ("3000D", 3000, "QS-JAN"),
    ("40000D", 100, "YS-JAN"),
]


def test_auto_bins_suit_length_and_number(subtests):
    for length, n, freq in AUTO_BINS:
        with subtests.test(length=length, n=n, freq=freq):
            assert auto_bins(pd.Timedelta(length), n).freqstr == freq


def test_auto_bins_are_3_to_90():
    for hours in np.geomspace(0.5, 24 * 7300, 200):
        for n in (1, 500, 50_000):
            first = pd.Timestamp("2004-01-01")
            last = first + pd.Timedelta(hours=hours)
            edges = pd.date_range(first, last, freq=auto_bins(last - first, n))
            assert 3 <= len(edges) <= 93


def span_in_hours(hours):
    times = pd.DatetimeIndex(BASE + pd.to_timedelta(hours, unit="h"))
    return [(t - BASE) / pd.Timedelta("1h") for t in main_span(times, dt.UTC)]


SPANS = [
    ("one", [5], [5, 5]),
    ("one of three is no straggler", [0, 1, 9000], [0, 9000]),
    ("one late", [*range(100), 9000], [0, 99]),
    ("one early", [-9000, *range(100)], [0, 99]),
    ("any order", [9000, *range(100), -9000], [0, 99]),
    ("late but near", [*range(100), 120], [0, 120]),
    ("a second wave", [*range(100), *range(9000, 9010)], [0, 9009]),
    ("no length to judge by", [3.0] * 99 + [9000.0], [3, 9000]),
]


def test_main_span_leaves_out_outliers(subtests):
    for case, hours, kept in SPANS:
        with subtests.test(case):
            assert span_in_hours(hours) == pytest.approx(kept)


def test_main_span_keeps_a_decline():
    hours = np.random.default_rng(4).exponential(6, 400)
    assert span_in_hours(hours) == pytest.approx([hours.min(), hours.max()])
