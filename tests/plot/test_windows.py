from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from imgurdata.plot.windows import Window, forecast, split_windows

BASE = pd.Timestamp("2024-03-05 10:00", tz="UTC")


def at(minute):
    return None if minute is None else BASE + pd.Timedelta(minutes=minute)


def split(rows):
    times, left, resets = zip(*rows, strict=True)
    return split_windows(
        pd.DatetimeIndex([at(t) for t in times]),
        np.array(left, dtype="float64"),
        pd.DatetimeIndex([pd.NaT if r is None else at(r) for r in resets], tz="UTC"),
    )


STARTS = [
    ("one answer", [(0, 499, 60)], [0]),
    ("past the reset", [(0, 499, 60), (30, 480, 60), (61, 499, 121)], [0, 2]),
    ("past it, lower", [(0, 499, 60), (59, 480, 60), (61, 470, 60)], [0, 2]),
    ("overtaken", [(0, 499, 60), (0.01, 497, 60), (0.02, 498, 60)], [0]),
    ("wavering reset", [(0, 499, 60), (0.5, 498, 60.01), (1, 497, 59.99)], [0]),
    ("sliding reset", [(0, 499, 60), (9, 490, 69), (40, 470, 100)], [0]),
    ("rise with a later reset", [(0, 20, 60), (0.1, 499, 119)], [0, 1]),
    ("rise after a pause", [(0, 480, None), (1.5, 490, None)], [0, 1]),
    ("rise too high for disorder", [(0, 20, None), (0.1, 499, None)], [0, 1]),
    ("told later", [(0, 499, None), (30, 480, 60), (70, 470, None)], [0, 2]),
]


def test_split_windows_starts(subtests):
    for case, rows, starts in STARTS:
        with subtests.test(case):
            assert [w.rows.start for w in split(rows)] == starts


def test_split_windows_keeps_the_smallest_number_and_the_last_reset():
    (window,) = split([(0, 499, 60), (0.01, 497, 60.5), (0.02, 498, None)])
    assert (window.start, window.left) == (499, 497)
    assert window.reset_at == at(60.5)
    assert split_windows(pd.DatetimeIndex([], tz="UTC"), np.array([]), pd.DatetimeIndex([])) == []


def window(start, left, last, reset):
    return Window(slice(0, 2), at(0), at(last), start, left, at(reset))


FORECASTS = [
    ("10 a minute, 399 left", 499, 399, 10, 60, "runs out", 49.9),
    ("10 a minute, 300 left", 500, 300, 20, 61, "runs out", 50),
    ("the reset comes first", 500, 300, 20, 50, "lasts", None),
    ("slow", 500, 490, 20, 60, "lasts", None),
    ("nothing spent", 500, 500, 20, 60, "lasts", None),
    ("none left", 500, 0, 20, 60, "spent", None),
    ("none left but the reset is now", 500, 0, 60, 60, "ended", None),
    ("after the reset", 500, 400, 70, 60, "ended", None),
    ("a burst is no rate", 500, 490, 0.5, 60, "unknown", None),
    ("no reset told", 500, 300, 20, None, "runs out", 50),
    ("no reset told, an hour's worth", 500, 490, 20, None, "unknown", None),
]


def test_forecast_kinds(subtests):
    for case, start, left, now, reset, kind, out in FORECASTS:
        with subtests.test(case):
            found = forecast(window(start, left, now, reset), at(now))
            assert found.kind == kind
            assert found.left == left
            if out is None:
                assert found.at is None
            else:
                assert abs(found.at - at(out)) < pd.Timedelta("1ms")
                assert found.rate == pytest.approx((start - left) / now)
