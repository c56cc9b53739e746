from __future__ import annotations

import datetime as dt

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num, num2date

from imgurdata.errors import InvalidArgument
from imgurdata.plot import gallery_trend


def by_hand(posts, agg, freq="h", value="points", tz="UTC"):
    known = posts.dropna(subset=["datetime", value])
    series = known.set_index("datetime")[value].astype("float64").tz_convert(tz).sort_index()
    return getattr(series.resample(freq), agg)()


def test_gallery_trend_line_matches_pandas(posts, subtests):
    for freq in ("h", "30min", "D"):
        for agg in ("median", "mean", "sum", "max", "min", "count"):
            with subtests.test(freq=freq, agg=agg):
                ax = gallery_trend(posts, freq=freq, agg=agg)
                np.testing.assert_allclose(
                    ax.lines[0].get_ydata(), by_hand(posts, agg, freq).to_numpy(), equal_nan=True
                )


def test_gallery_trend_points_are_at_the_middle_of_bins(posts):
    ax = gallery_trend(posts, freq="h")
    middles = by_hand(posts, "median").index + pd.Timedelta("30min")
    np.testing.assert_allclose(ax.lines[0].get_xdata(), date2num(middles.tz_localize(None)))


def test_gallery_trend_empty_bin_is_a_gap_for_median_and_zero_for_sum(posts):
    gap = slice(3, 5)  # 13:00 to 15:00
    assert np.isnan(gallery_trend(posts, freq="h").lines[0].get_ydata()[gap]).all()
    for agg in ("sum", "count"):
        assert (gallery_trend(posts, freq="h", agg=agg).lines[0].get_ydata()[gap] == 0).all()


def test_gallery_trend_band_spans_the_quartiles(posts):
    ax = gallery_trend(posts, freq="h")
    band = next(c for c in ax.collections if "middle half" in str(c.get_label()))
    known = posts.dropna(subset=["datetime", "points"])
    first = known[known["datetime"] < "2024-03-05 11:00+00:00"]["points"].astype(float)
    ys = np.concatenate([p.vertices[:, 1] for p in band.get_paths()])
    assert np.isclose(ys, first.quantile(0.25)).any()
    assert np.isclose(ys, first.quantile(0.75)).any()


def test_gallery_trend_has_no_band_for_other_aggregates(posts, subtests):
    for agg in ("sum", "max", "min", "count"):
        with subtests.test(agg=agg):
            assert not gallery_trend(posts, agg=agg).collections


def test_gallery_trend_baseline_bars_are_proportional_to_posts(posts):
    ax = gallery_trend(posts, freq="h")
    count = by_hand(posts, "count")
    (bars,) = ax.patches
    tops, _, floors = bars.get_data()
    heights = (tops - floors)[~np.isnan(tops)]
    np.testing.assert_allclose(heights / heights.max(), count / count.max())
    assert bars.get_window_extent().height == pytest.approx(0.12 * ax.get_window_extent().height)
    assert ax.figure.axes == [ax]


def test_gallery_trend_has_no_tick_beside_baseline_bars(posts):
    ax = gallery_trend(posts)
    ax.figure.canvas.draw()
    low, high = ax.get_ylim()
    assert min(ax.get_yticks()) >= low + 0.15 * (high - low)


def test_gallery_trend_has_no_baseline_bars_for_count(posts):
    assert not gallery_trend(posts, agg="count").patches


def test_gallery_trend_marks_lone_bins_among_many(posts):
    two = posts.iloc[[10, 70]].assign(
        datetime=pd.to_datetime(["2024-03-01", "2024-03-09"], utc=True).as_unit("us")
    )
    (line,) = gallery_trend(two, freq="h").lines
    assert len(line.get_ydata()) == 193
    assert line.get_markevery() == [0, 192]


def test_gallery_trend_words(posts, words):
    ax = gallery_trend(posts, freq="h")
    assert ax.get_title() == "Median points of posts by hour of submission"
    assert ax.get_ylabel() == "Points (median)"
    text = words(ax)
    assert "n = 78 posts, 5 Mar 2024" in text
    assert "2 without points or date left out" in text
    assert "posts per hour (" in text
    assert gallery_trend(posts, "score", "6h", "sum").get_title() == (
        "Total score of posts, bins of 6 hours"
    )


def test_gallery_trend_mentions_repeated_ids(posts, words):
    twice = pd.concat([posts, posts.iloc[10:20]])
    ax = gallery_trend(twice, agg="count")
    assert ax.lines[0].get_ydata().sum() == 88
    assert "10 of them repeat an id" in words(ax)


def test_gallery_trend_mentions_a_cut_band(posts, words):
    n = 400
    frame = pd.DataFrame(
        {
            "datetime": pd.date_range("2024-03-05", periods=n, freq="30min", unit="us", tz="UTC"),
            "points": pd.array([10, 20] * (n // 2), dtype="Int64"),
        }
    )
    frame.loc[100:101, "points"] = [0, 10_000]
    ax = gallery_trend(frame, freq="h")
    assert "band leaves the chart at the top in 1 of its bins" in words(ax)
    assert ax.get_ylim()[1] > ax.lines[0].get_ydata().max()
    assert "leaves" not in words(gallery_trend(posts, agg="max"))


ZONES = [
    (None, "UTC"),
    ("Europe/Oslo", "Europe/Oslo"),
    (dt.timezone(dt.timedelta(hours=2)), "UTC+02:00"),
]


def test_gallery_trend_names_and_uses_the_zone(posts, subtests):
    for tz, name in ZONES:
        with subtests.test(tz=tz, name=name):
            ax = gallery_trend(posts, tz=tz)
            assert ax.get_xlabel() == f"Time submitted ({name})"
            assert ax.xaxis.get_major_formatter()._tz is not None
            ax.figure.canvas.draw()


def test_gallery_trend_days_start_at_midnight_of_the_zone(posts):
    ax = gallery_trend(posts, freq="D", agg="count", tz="Asia/Tokyo")
    days = by_hand(posts, "count", "D", tz="Asia/Tokyo")
    assert len(days) == 2
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), days)
    noon = num2date(ax.lines[0].get_xdata()[0])
    assert noon == dt.datetime(2024, 3, 5, 3, tzinfo=dt.UTC)


def test_gallery_trend_days_at_a_change_of_the_clock(posts):
    times = pd.date_range("2024-03-30", periods=72, freq="h", unit="us", tz="Europe/Oslo")
    frame = pd.DataFrame({"datetime": times.tz_convert("UTC"), "points": 1})
    ax = gallery_trend(frame, freq="D", agg="sum", tz="Europe/Oslo")
    assert ax.lines[0].get_ydata().tolist() == [24, 23, 24, 1]


def test_gallery_trend_empty_frame_says_no_data(posts, words, subtests):
    for pick in (slice(0, 0), slice(5, 7)):
        with subtests.test(pick=pick):
            ax = gallery_trend(posts.iloc[pick])
            assert "no data" in words(ax)
            assert ax.get_xlabel() == "Time submitted (UTC)"
            ax.figure.canvas.draw()


def test_gallery_trend_draws_one_post(posts, words):
    ax = gallery_trend(posts.iloc[[10]])
    assert len(ax.lines[0].get_ydata()) == 1
    assert "n = 1 post," in words(ax)
    ax.figure.canvas.draw()


BAD_ARGUMENTS = [
    ({"agg": "medain"}, "Did you mean 'median'"),
    (
        {"agg": "std"},
        "agg must be one of 'median', 'mean', 'sum', 'max', 'min', 'count'; got 'std'",
    ),
    ({"freq": "H"}, "Did you mean 'h'"),
    ({"freq": "fortnight"}, "freq must be a pandas frequency .* got 'fortnight'"),
    ({"freq": "-1h"}, "forward"),
    ({"freq": "ms"}, "whole seconds"),
    ({"value": "pionts"}, "load_gallery.*Did you mean 'points'"),
    ({"value": "title"}, "must hold numbers; got str.*'images_count', 'points', 'score'"),
    ({"value": "nsfw"}, "must hold numbers; got boolean"),
    ({"tz": "Europe/Olso"}, "Did you mean 'Europe/Oslo'"),
    ({"ax": np.zeros(2)}, "ax must be a matplotlib Axes"),
]


def test_gallery_trend_refuses_bad_arguments(posts, subtests):
    for change, message in BAD_ARGUMENTS:
        with subtests.test(change=change, message=message):
            with pytest.raises(InvalidArgument, match=message):
                gallery_trend(posts, **change)
            assert not plt.get_fignums()


def test_gallery_trend_refuses_bad_frames(posts):
    with pytest.raises(
        InvalidArgument, match=r"posts must be a DataFrame .*load_gallery.*; got \[1\]"
    ):
        gallery_trend([1])
    with pytest.raises(InvalidArgument, match=r"'datetime'.*Did you mean 'date_time'"):
        gallery_trend(posts.rename(columns={"datetime": "date_time"}))
    with pytest.raises(InvalidArgument, match="tz_localize"):
        gallery_trend(posts.assign(datetime=posts["datetime"].dt.tz_localize(None)))
    with pytest.raises(InvalidArgument, match="to_datetime"):
        gallery_trend(posts.assign(datetime=posts["title"]))


def test_gallery_trend_default_bins_suit_the_data(posts):
    assert "bins of 30 minutes" in gallery_trend(posts).get_title()
    many = pd.DataFrame(
        {
            "datetime": pd.date_range("2024-01-01", periods=30_000, freq="20min", tz="UTC"),
            "points": range(30_000),
        }
    )
    ax = gallery_trend(many)
    assert ax.get_title() == "Median points of posts by week of submission"
    assert len(ax.lines[0].get_ydata()) <= 90


def test_gallery_trend_many_bins_are_few_artists(posts):
    times = pd.date_range("2024-01-01", periods=len(posts), freq="5D", tz="UTC")
    ax = gallery_trend(posts.assign(datetime=times), freq="h")
    assert len(ax.lines[0].get_ydata()) > 9000
    assert len(ax.patches) == 1
    ax.figure.canvas.draw()


def test_gallery_trend_words_follow_the_record(posts, comments, words, subtests):
    named = comments.drop(columns="parent_id")
    named.attrs["imgurdata"] = {"record": "comment"}
    for frame in (named, comments):
        with subtests.test(columns=list(frame.columns)):
            ax = gallery_trend(frame, freq="h")
            assert ax.get_title() == "Median points of comments by hour of writing"
            assert ax.get_xlabel() == "Time written (UTC)"
            assert "n = 90 comments" in words(ax)
            assert "post" not in words(ax)
            counts = gallery_trend(frame, agg="count", freq="h")
            assert counts.get_ylabel() == "Comments per hour"
    posts.attrs["imgurdata"] = {"record": "album"}
    assert gallery_trend(posts, agg="max", freq="D").get_title() == (
        "Highest points of an album by day of creation"
    )
