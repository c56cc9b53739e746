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


@pytest.mark.parametrize(
    ("rows", "starts"),
    [
        pytest.param([(0, 499, 60)], [0], id="one answer"),
        pytest.param([(0, 499, 60), (30, 480, 60), (61, 499, 121)], [0, 2], id="past the reset"),
        pytest.param([(0, 499, 60), (59, 480, 60), (61, 470, 60)], [0, 2], id="past it, lower"),
        pytest.param([(0, 499, 60), (0.01, 497, 60), (0.02, 498, 60)], [0], id="overtaken"),
        pytest.param([(0, 499, 60), (0.5, 498, 60.01), (1, 497, 59.99)], [0], id="wavering reset"),
        pytest.param([(0, 499, 60), (9, 490, 69), (40, 470, 100)], [0], id="sliding reset"),
        pytest.param([(0, 20, 60), (0.1, 499, 119)], [0, 1], id="rise with a later reset"),
        pytest.param([(0, 480, None), (1.5, 490, None)], [0, 1], id="rise after a pause"),
        pytest.param([(0, 20, None), (0.1, 499, None)], [0, 1], id="rise too high for disorder"),
        pytest.param([(0, 499, None), (30, 480, 60), (70, 470, None)], [0, 2], id="told later"),
    ],
)
def test_where_windows_begin(rows, starts):
    assert [w.rows.start for w in split(rows)] == starts


def test_a_window_keeps_the_smallest_seen_and_the_reset_told_last():
    (window,) = split([(0, 499, 60), (0.01, 497, 60.5), (0.02, 498, None)])
    assert (window.start, window.left) == (499, 497)
    assert window.reset_at == at(60.5)
    assert split_windows(pd.DatetimeIndex([], tz="UTC"), np.array([]), pd.DatetimeIndex([])) == []


def window(start, left, last, reset):
    return Window(slice(0, 2), at(0), at(last), start, left, at(reset))


@pytest.mark.parametrize(
    ("start", "left", "now", "reset", "kind", "out"),
    [
        pytest.param(499, 399, 10, 60, "runs out", 49.9, id="10 a minute, 399 left"),
        pytest.param(500, 300, 20, 61, "runs out", 50, id="10 a minute, 300 left"),
        pytest.param(500, 300, 20, 50, "lasts", None, id="the reset comes first"),
        pytest.param(500, 490, 20, 60, "lasts", None, id="slow"),
        pytest.param(500, 500, 20, 60, "lasts", None, id="nothing spent"),
        pytest.param(500, 0, 20, 60, "spent", None, id="none left"),
        pytest.param(500, 0, 60, 60, "ended", None, id="none left but the reset is now"),
        pytest.param(500, 400, 70, 60, "ended", None, id="after the reset"),
        pytest.param(500, 490, 0.5, 60, "unknown", None, id="a burst is no rate"),
        pytest.param(500, 300, 20, None, "runs out", 50, id="no reset told"),
        pytest.param(500, 490, 20, None, "unknown", None, id="no reset told, an hour's worth"),
    ],
)
def test_forecast(start, left, now, reset, kind, out):
    found = forecast(window(start, left, now, reset), at(now))
    assert found.kind == kind
    assert found.left == left
    if out is None:
        assert found.at is None
    else:
        assert abs(found.at - at(out)) < pd.Timedelta("1ms")
        assert found.rate == pytest.approx((start - left) / now)
