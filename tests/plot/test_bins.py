from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from imgurdata.plot.bins import aggregate, frequency, period_words


@pytest.mark.parametrize(
    ("freq", "left", "right"),
    [
        ("h", "2024-03-06 12:00", "2024-03-06 13:00"),
        ("D", "2024-03-06", "2024-03-07"),
        ("W", "2024-03-04", "2024-03-11"),  # pandas labels it Sunday the 10th
        ("MS", "2024-03-01", "2024-04-01"),
        ("ME", "2024-03-01", "2024-04-01"),
        ("QE", "2024-01-01", "2024-04-01"),
        ("YE", "2024-01-01", "2025-01-01"),
    ],
)
def test_edges_hold_the_post(freq, left, right):
    time = pd.DatetimeIndex(["2024-03-06 12:30"], tz="UTC")
    found = aggregate(time, np.array([5.0]), frequency(freq), "median", dt.UTC)
    assert found.left[0] == pd.Timestamp(left, tz="UTC")
    assert found.right[0] == pd.Timestamp(right, tz="UTC")
    assert found.value.tolist() == [5.0]


def test_words_for_frequencies():
    words = [period_words(frequency(f)) for f in ("h", "3D", "W-WED", pd.Timedelta("15min"), "BMS")]
    assert words == ["hour", "3 days", "week", "15 minutes", "BMS"]
