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
    band = next(c for c in ax.collections if "25th to 75th" in str(c.get_label()))
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
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    assert min(ax.get_yticks()) >= low + 0.15 * (high - low)


def test_gallery_trend_has_no_baseline_bars_for_count(posts):
    assert not gallery_trend(posts, agg="count").patches


def test_gallery_trend_marks_lone_bins_among_many(posts):
    two = posts.iloc[[10, 70]].assign(
        datetime=pd.to_datetime(["2024-03-01", "2024-03-09"], utc=True).as_unit("us")
    )
    line = gallery_trend(two, freq="h").lines[0]
    assert len(line.get_ydata()) == 193
    assert line.get_markevery() == [0, 192]


def test_gallery_trend_words(posts, words):
    ax = gallery_trend(posts, freq="h")
    assert ax.get_title() == "Median points of posts over time"
    assert ax.get_ylabel() == "Points (median)"
    text = words(ax)
    assert "n = 78 posts, 5 Mar 2024; 1 h bins" in text
    assert "2 without points or date left out" in text
    assert "posts per hour (" in text
    total = gallery_trend(posts, "score", "6h", "sum")
    assert total.get_title() == "Total score of posts over time"
    assert total.get_ylabel() == "Total score per 6 hours"
    assert "6 h bins" in words(total)


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
    (None, "UTC", "10:00"),
    ("Europe/Oslo", "Europe/Oslo", "11:00"),
    (dt.timezone(dt.timedelta(hours=2)), "UTC+02:00", "12:00"),
]


def test_gallery_trend_names_and_uses_the_zone(posts, subtests):
    for tz, name, clock in ZONES:
        with subtests.test(tz=tz, name=name):
            ax = gallery_trend(posts, tz=tz)
            assert ax.get_xlabel() == f"Time submitted ({name})"
            hour = ax.xaxis.get_major_formatter()(date2num(np.datetime64("2024-03-05T10:00")))
            assert hour == f"5 March 2024 {clock}"
            ax.figure.draw_without_rendering()


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
            ax.figure.draw_without_rendering()


def test_gallery_trend_draws_one_post(posts, words):
    ax = gallery_trend(posts.iloc[[10]])
    assert len(ax.lines[0].get_ydata()) == 1
    assert "n = 1 post," in words(ax)
    ax.figure.draw_without_rendering()


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


def test_gallery_trend_default_bins_suit_the_data(posts, words):
    assert "30 min bins" in words(gallery_trend(posts))
    many = pd.DataFrame(
        {
            "datetime": pd.date_range("2024-01-01", periods=30_000, freq="20min", tz="UTC"),
            "points": range(30_000),
        }
    )
    ax = gallery_trend(many)
    assert "1 week bins" in words(ax)
    assert len(ax.lines[0].get_ydata()) <= 60


def test_gallery_trend_many_bins_are_few_artists(posts):
    times = pd.date_range("2024-01-01", periods=len(posts), freq="5D", tz="UTC")
    ax = gallery_trend(posts.assign(datetime=times), freq="6h")
    assert len(ax.lines[0].get_ydata()) > 1500
    assert len(ax.patches) == 1
    ax.figure.draw_without_rendering()


def test_gallery_trend_words_follow_the_record(posts, comments, words, subtests):
    named = comments.drop(columns="parent_id")
    named.attrs["imgurdata"] = {"record": "comment"}
    for frame in (named, comments):
        with subtests.test(columns=list(frame.columns)):
            ax = gallery_trend(frame, freq="h")
            assert ax.get_title() == "Median points of comments over time"
            assert ax.get_xlabel() == "Time written (UTC)"
            assert "n = 90 comments" in words(ax)
            assert "post" not in words(ax)
            counts = gallery_trend(frame, agg="count", freq="h")
            assert counts.get_ylabel() == "Comments per hour"
    posts.attrs["imgurdata"] = {"record": "album"}
    assert gallery_trend(posts, agg="max", freq="D").get_title() == (
        "Highest points of an album over time"
    )


def test_gallery_trend_counts_from_zero(posts, subtests):
    busy = pd.concat([posts.iloc[:6]] * 5 + [posts.iloc[60:66]] * 4)
    for agg in ("count", "sum"):
        with subtests.test(agg=agg):
            low, high = gallery_trend(busy, freq="D", agg=agg).get_ylim()
            assert low <= 0 < high
    assert gallery_trend(busy, freq="D", agg="count").get_ylim()[0] == 0


def labelled(ax, text):
    return [line for line in ax.lines if str(line.get_label()).startswith(text)]


def test_gallery_trend_marks_bins_covered_in_part(words):
    times = pd.date_range("2024-03-05 10:40", "2024-03-05 15:20", freq="min", tz="UTC", unit="us")
    frame = pd.DataFrame({"datetime": times, "points": range(len(times))})
    ax = gallery_trend(frame, freq="h")
    (hollow,) = labelled(ax, "bin covered in part")
    np.testing.assert_array_equal(hollow.get_xdata(), ax.lines[0].get_xdata()[[0, -1]])
    whole = frame[(times >= "2024-03-05 11:00Z") & (times < "2024-03-05 15:00Z")]
    assert not labelled(gallery_trend(whole, freq="h"), "bin covered in part")
    # The last hour was not over when the posts were loaded, though there is a post a minute later.
    loaded = whole.assign(fetched_at=pd.Timestamp("2024-03-05 15:00", tz="UTC"))
    assert not labelled(gallery_trend(loaded, freq="h"), "bin covered in part")
    early = loaded[loaded["datetime"] < "2024-03-05 14:30Z"]
    early = early.assign(fetched_at=pd.Timestamp("2024-03-05 14:30", tz="UTC"))
    assert labelled(gallery_trend(early, freq="h"), "bin covered in part")


def test_gallery_trend_marks_where_posts_are_younger_than_a_day(posts, words):
    last = posts["datetime"].max()
    long = posts.assign(datetime=posts["datetime"] - pd.to_timedelta(range(80), unit="h"))
    for fetched, marked in (("1h", True), ("30h", False)):
        frame = long.assign(fetched_at=last + pd.Timedelta(fetched))
        marks = labelled(gallery_trend(frame), "younger than a day")
        assert bool(marks) is marked
        if marked:
            assert marks[0].get_xdata()[0] == date2num(last + pd.Timedelta(fetched)) - 1
    assert not labelled(gallery_trend(long.assign(fetched_at=last), agg="count"), "younger")
    young = posts.assign(fetched_at=last)
    assert "all posts were younger than a day when loaded" in words(gallery_trend(young))


def test_gallery_trend_compares_groups(posts, words):
    ax = gallery_trend(posts, freq="h", hue="is_album")
    for name, group in posts.groupby("is_album"):
        (line,) = labelled(ax, "yes" if name else "no")
        expected = by_hand(group, "median").dropna()
        found = np.asarray(line.get_ydata(), dtype=float)
        np.testing.assert_allclose(found[~np.isnan(found)], expected)
        assert f"(n = {group.dropna(subset=['points', 'datetime']).shape[0]})" in line.get_label()
    named = {text.get_text() for text in ax.texts}
    assert {"is album", "no (n = 39)", "yes (n = 39)"} <= named
    entries = {text.get_text() for text in ax.get_legend().get_texts()}
    assert not entries & named
    assert "Lines: no (n = 39); yes (n = 39)" in words(ax)
    assert not ax.collections


def test_gallery_trend_counts_a_post_for_each_of_its_tags(posts, words):
    tagged = posts.assign(tags=["cats funny", "cats"] * 39 + [None, "dogs"])
    text = words(gallery_trend(tagged, hue="tags", agg="count", freq="D"))
    assert "cats (n = 76)" in text
    assert "funny (n = 38)" in text
    assert "dogs (n = 1)" in text
    assert "1 without tags left out" in text
    one = gallery_trend(tagged, hue="tags", hue_order=["dogs"], palette=["red"], freq="D")
    assert [line.get_color() for line in labelled(one, "dogs")] == ["#ff0000"]
    assert "n = 1 post, " in words(one)


def test_gallery_trend_draws_a_single_series_as_asked(posts):
    ax = gallery_trend(posts, color="teal", label="my posts", title="Mine", legend=False)
    assert ax.get_title() == "Mine"
    assert ax.get_legend() is None
    assert ax.lines[0].get_label() == "my posts (n = 78)"
    assert ax.lines[0].get_color() == "#008080"
