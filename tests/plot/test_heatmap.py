from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from imgurdata.errors import InvalidArgument
from imgurdata.plot import describe, posting_heatmap
from imgurdata.plot.style import PALETTE


def cells(ax):
    return ax.collections[0].get_array().reshape(-1, 24)


def rows(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def test_posting_heatmap_is_the_mean_of_each_hour_of_the_week():
    # Four weeks and a day, with two posts each Monday at 10, and one at 11 on the first Monday.
    hours = pd.date_range("2024-03-04", "2024-04-01 23:59", freq="h", tz="UTC", unit="us")
    at_ten = [t for t in hours for _ in range(2) if t.day_of_week == 0 and t.hour == 10]
    times = [hours[0], *at_ten, pd.Timestamp("2024-03-04 11:00", tz="UTC"), hours[-1]]
    ax = posting_heatmap(pd.DataFrame({"datetime": pd.DatetimeIndex(times)}))
    found = cells(ax)
    assert found[0, 10] == 2
    assert found[0, 11] == pytest.approx(1 / 5)  # five Mondays
    assert found[0, 0] == pytest.approx(1 / 5)
    assert found[3, 10] == 0
    assert rows(ax)[0] == "Monday"
    assert ax.get_xlabel() == "Hour of the day (UTC)"


def test_posting_heatmap_leaves_hours_blank_that_are_not_covered(words):
    times = pd.date_range("2024-03-05 10:00", periods=30, freq="h", tz="UTC", unit="us")
    ax = posting_heatmap(pd.DataFrame({"datetime": times}))
    mask = np.ma.getmaskarray(cells(ax))
    assert mask.sum() == 168 - 30
    assert not mask[1, 10:].any()
    assert "not covered" in words(ax)
    week = pd.date_range("2024-03-05 10:00", periods=168, freq="h", tz="UTC", unit="us")
    assert "not covered" not in words(posting_heatmap(pd.DataFrame({"datetime": week})))


def test_posting_heatmap_hours_are_those_of_the_zone(words):
    time = pd.DatetimeIndex(["2024-03-10 20:40"], tz="UTC")  # Sunday; Monday 02:10 in Kolkata
    frame = pd.DataFrame({"datetime": time})
    for tz, cell in ((None, (6, 20)), ("Asia/Kolkata", (0, 2)), ("America/New_York", (6, 16))):
        found = cells(posting_heatmap(frame, tz=tz))
        assert [int(i) for i in np.argwhere(found.filled(0) > 0)[0]] == list(cell)
    assert "Most: 1 (posts an hour, mean), Monday, from 2:00" in words(
        posting_heatmap(frame, tz="Asia/Kolkata")
    )


def test_posting_heatmap_compares_shares_of_groups(posts):
    ax = posting_heatmap(posts, hue="tags")
    assert rows(ax) == ["cats (n = 40)", "dogs (n = 19)", "funny (n = 20)"]
    np.testing.assert_allclose(cells(ax).sum(axis=1), 100)
    assert (ax.get_title(), ax.get_ylabel()) == ("Posts by hour", "tags")


def test_posting_heatmap_color_follows_the_number():
    hours = pd.date_range("2024-03-04", periods=168, freq="h", tz="UTC", unit="us")
    many = hours.append([hours[[30]]] * 7)  # one of each hour, eight of one
    ax = posting_heatmap(pd.DataFrame({"datetime": many}))
    mesh, legend = ax.collections[0], ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["0", "2", "4", "6", "8"]
    patches = [patch.get_facecolor() for patch in legend.get_patches()]
    ax.figure.draw_without_rendering()
    found = mesh.get_facecolor()
    assert found[30] == pytest.approx(patches[4])
    assert to_hex(found[30]).upper() == PALETTE[0]
    step = np.array(patches[1]) - patches[0]
    assert found[31] == pytest.approx(patches[0] + step / 2, abs=0.01)


def test_posting_heatmap_refuses_colors(posts):
    with pytest.raises(InvalidArgument, match="palette must be the name of a matplotlib colormap"):
        posting_heatmap(posts, palette=["red"])
    with pytest.raises(InvalidArgument, match="Did you mean 'viridis'"):
        posting_heatmap(posts, palette="virdis")


def test_heatmap_says_a_small_mean():
    times = pd.date_range("2016-03-01 05:00", periods=9, freq="400D", tz="UTC")
    posts = pd.DataFrame({"datetime": times, "id": [f"p{i}" for i in range(9)]})
    assert "Most: 0.0" in describe(posting_heatmap(posts))
