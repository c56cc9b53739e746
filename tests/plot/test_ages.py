from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from imgurdata.errors import InvalidArgument
from imgurdata.plot import describe, virality


def dots(ax):
    return [line for line in ax.lines if line.get_linestyle() == "None"]


def medians(ax):
    return [line for line in ax.lines if line.get_linewidth() == 1.8]


def test_virality_is_points_against_age(posts, words):
    ax = virality(posts)
    known = posts.dropna(subset=["points", "datetime"])
    (found,) = dots(ax)
    age = (known["fetched_at"] - known["datetime"]) / pd.Timedelta("1h")
    expected = sorted(zip(age, known["points"].astype(float), strict=True))
    np.testing.assert_allclose(np.transpose([found.get_xdata(), found.get_ydata()]), expected)
    assert "n = 78 posts; 2 without points or age left out" in words(ax)
    assert ax.get_title() == "Points of posts by age"


def test_virality_median_line_has_as_many_posts_in_each_step(posts):
    (line,) = medians(virality(posts))
    known = posts.dropna(subset=["points", "datetime"])
    age = ((known["fetched_at"] - known["datetime"]) / pd.Timedelta("1h")).to_numpy()
    order = np.lexsort((known["points"].astype(float), age))
    parts = np.array_split(order, 6)
    expected = [np.median(known["points"].astype(float).to_numpy()[part]) for part in parts]
    found = np.asarray(line.get_ydata())
    np.testing.assert_allclose(found[~np.isnan(found)], expected)
    assert not medians(virality(posts.iloc[10:18]))


SCALES = [
    ("1h", "100h", "log", "1 h to 4.17 days", ["1 h", "3 h", "6 h", "12 h", "1 day", "3 days"]),
    ("100h", "110h", "linear", "", None),
    ("36s", "3650D", "log", "0.6 min to 3,650 days",
     ["1 min", "10 min", "1 h", "6 h", "1 day", "1 week", "1 month", "1 year", "10 years"]),
]  # fmt: skip


def test_virality_ages_are_named(subtests):
    fetched = pd.Timestamp("2024-03-05", tz="UTC")
    for youngest, oldest, scale, reach, names in SCALES:
        with subtests.test(youngest=youngest, oldest=oldest):
            times = [fetched - pd.Timedelta(oldest), fetched - pd.Timedelta(youngest)]
            frame = pd.DataFrame({"datetime": times, "fetched_at": fetched, "points": [5, 7]})
            ax = virality(frame)
            ax.figure.draw_without_rendering()
            assert ax.get_xscale() == scale
            if scale == "log":  # How far the data reach, in words.
                assert f"{reach}. y axis" in describe(ax)
            if names:
                assert [text.get_text() for text in ax.get_xticklabels()] == names
            else:
                assert ax.get_xlabel() == "Age when loaded (days)"


def test_virality_compares_groups(posts, words):
    ax = virality(posts, "score", hue="tags", hue_order=["dogs", "cats"], palette=["red", "blue"])
    assert [to_hex(line.get_color()) for line in dots(ax)] == ["#ff0000", "#0000ff"]
    assert [line.get_color() for line in medians(ax)] == ["#ff0000", "#0000ff"]
    assert "dogs (n = 19); cats (n = 40)" in words(ax)


def test_virality_takes_clocks_that_differ_for_young_posts(posts, words):
    frame = posts.assign(fetched_at=posts["datetime"] - pd.Timedelta("3s"))
    ax = virality(frame)
    assert set(dots(ax)[0].get_xdata()) == {1 / 120}
    assert "no data" in words(virality(posts.assign(fetched_at=pd.Timestamp("2020", tz="UTC"))))


def test_virality_refuses_frames_without_age(posts):
    with pytest.raises(InvalidArgument, match="must have the column 'fetched_at'"):
        virality(posts.drop(columns="fetched_at"))
    with pytest.raises(InvalidArgument, match="label must be a text"):
        virality(posts, label=3)


def test_virality_dots_are_as_large_in_each_group(posts):
    many = pd.concat([posts] * 5).assign(kind=["rare"] * 10 + ["common"] * 390)
    ax = virality(many, hue="kind")
    assert len(dots(ax)) == 2
    assert len({line.get_markersize() for line in dots(ax)}) == 1
    # Groups differ in grey, too.
    assert len({line.get_marker() for line in dots(ax)}) == 2


def test_virality_median_line_has_a_gap_where_there_are_no_posts():
    fetched = pd.Timestamp("2024-03-05", tz="UTC")
    hours = np.r_[np.linspace(1, 2, 40), np.linspace(200, 400, 40)]
    posts = pd.DataFrame({
        "datetime": fetched - pd.to_timedelta(hours, unit="h"),
        "fetched_at": fetched,
        "points": np.arange(1, 81),
    })  # fmt: skip
    (line,) = medians(virality(posts))
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    (gap,) = np.flatnonzero(np.isnan(y))
    assert x[gap - 1] < 2
    assert x[gap + 1] > 200
    closed = posts.assign(datetime=fetched - pd.to_timedelta(np.geomspace(1, 400, 80), unit="h"))
    (line,) = medians(virality(closed))
    assert not np.isnan(line.get_ydata()).any()
