from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from imgurdata.plot.bins import auto_bins, main_span

BASE = pd.Timestamp("2024-03-05 10:00", tz="UTC")


@pytest.mark.parametrize(
    ("length", "n", "freq"),
    [
        ("0s", 1, "min"),
        ("24min", 1, "min"),
        ("25min", 1, "2min"),
        ("35h", 326, "h"),
        ("61D", 30_000, "D"),
        ("61D", 100, "W-SUN"),
        ("3000D", 3000, "QS-JAN"),
        ("40000D", 100, "YS-JAN"),
    ],
)
def test_bins_fit_the_time_and_the_number(length, n, freq):
    assert auto_bins(pd.Timedelta(length), n).freqstr == freq


def test_no_time_under_twenty_years_has_more_than_ninety_bins_or_fewer_than_three():
    for hours in np.geomspace(0.5, 24 * 7300, 200):
        for n in (1, 500, 50_000):
            first = pd.Timestamp("2004-01-01")
            last = first + pd.Timedelta(hours=hours)
            edges = pd.date_range(first, last, freq=auto_bins(last - first, n))
            assert 3 <= len(edges) <= 93


def span_in_hours(hours):
    times = pd.DatetimeIndex(BASE + pd.to_timedelta(hours, unit="h"))
    return [(t - BASE) / pd.Timedelta("1h") for t in main_span(times, dt.UTC)]


@pytest.mark.parametrize(
    ("hours", "kept"),
    [
        pytest.param([5], [5, 5], id="one"),
        pytest.param([0, 1, 9000], [0, 9000], id="one of three is no straggler"),
        pytest.param([*range(100), 9000], [0, 99], id="one late"),
        pytest.param([-9000, *range(100)], [0, 99], id="one early"),
        pytest.param([9000, *range(100), -9000], [0, 99], id="any order"),
        pytest.param([*range(100), 120], [0, 120], id="late but near"),
        pytest.param([*range(100), *range(9000, 9010)], [0, 9009], id="a second wave"),
        pytest.param([3.0] * 99 + [9000.0], [3, 9000], id="no length to judge by"),
    ],
)
def test_the_stretch_without_stragglers(hours, kept):
    assert span_in_hours(hours) == pytest.approx(kept)


def test_thinning_out_is_kept():
    hours = np.random.default_rng(4).exponential(6, 400)
    assert span_in_hours(hours) == pytest.approx([hours.min(), hours.max()])
