from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num

from imgurdata.errors import InvalidArgument
from imgurdata.plot import comment_activity, describe


def heights(ax):
    """Read the heights of the bars, lowest sort first, without the gaps between them."""
    out = []
    for patch in ax.patches:
        tops, _, floors = patch.get_data()
        bars = ~np.isnan(tops)
        out.append((tops - floors)[bars])
    return out


def starts(ax):
    """Read where the bars begin, in matplotlib's days."""
    tops, edges, _ = ax.patches[0].get_data()
    return edges[:-1][~np.isnan(tops)]


def by_hand(comments, rows, freq, tz="UTC"):
    when = pd.DatetimeIndex(comments["datetime"]).tz_convert(tz)
    return pd.Series(rows.to_numpy(dtype=float), index=when).resample(freq).sum().to_numpy()


def test_comment_activity_bars_match_pandas(comments, subtests):
    for freq in ("h", "15min", "D", "W"):
        for tz in ("UTC", "Asia/Tokyo"):
            with subtests.test(freq=freq, tz=tz):
                ax = comment_activity(comments, freq=freq, tz=tz)
                top, deleted = comments["parent_id"].isna(), comments["deleted"].astype(bool)
                sorts = (top & ~deleted, ~top & ~deleted, deleted)
                for found, rows in zip(heights(ax), sorts, strict=True):
                    np.testing.assert_array_equal(found, by_hand(comments, rows, freq, tz))


def test_comment_activity_stack_has_no_holes(comments):
    ax = comment_activity(comments, freq="h")
    floor = np.zeros(11)
    for patch, height in zip(ax.patches, heights(ax), strict=True):
        tops, _, floors = patch.get_data()
        np.testing.assert_array_equal(floors[~np.isnan(tops)], floor)
        floor = floor + height
    assert floor.sum() == 90
    assert ax.get_ylim()[1] > floor.max()


def test_comment_activity_bars_stand_on_their_hours(comments):
    ax = comment_activity(comments, freq="h")
    hours = pd.date_range("2024-03-05 10:00", periods=11, freq="h")
    late = (starts(ax) - date2num(hours)) * 24
    assert ((late >= 0) & (late < 0.05)).all()


def test_comment_activity_words(comments, words):
    ax = comment_activity(comments, freq="h")
    assert ax.get_title() == "Comments on 2 posts over time"
    assert ax.get_xlabel() == "Time written (UTC)"
    assert ax.get_ylabel() == "Comments per hour"
    text = words(ax)
    deleted = comments["deleted"].astype(bool)
    top = comments["parent_id"].isna()
    assert "n = 90 comments, 5 Mar 2024; 1 h bins" in text
    assert f"top-level: {(top & ~deleted).sum()}" in text
    assert f"replies: {(~top & ~deleted).sum()}" in text
    assert f"deleted: {deleted.sum()} ({(deleted & ~top).sum()} of them replies)" in text
    one = comments[comments["post_id"] == "kT4mZ9q"]
    assert comment_activity(one, freq="2h").get_title() == ("Comments on post kT4mZ9q over time")
    nowhere = comments.assign(post_id=pd.Series(pd.NA, index=comments.index, dtype="str"))
    assert comment_activity(nowhere, freq="D").get_title() == "Comments over time"


def test_comment_activity_missing_kind_has_no_legend_entry(comments, words):
    ax = comment_activity(comments[~comments["deleted"]])
    assert len(ax.patches) == 2
    assert "deleted" not in words(ax)


def test_comment_activity_mentions_outliers_and_a_freq_draws_them(comments, words):
    comments.loc[[3, 7], "datetime"] = pd.to_datetime(["2020-01-01", "2025-01-01"], utc=True)
    ax = comment_activity(comments)
    assert np.sum(heights(ax)) == 88
    text = words(ax)
    assert "n = 88 comments, 5 Mar 2024; 30 min bins;" in text
    assert (
        "drawn only with a freq: 1 earlier (from 1 Jan 2020 on) and 1 later (until 1 Jan 2025)"
        in text
    )
    every = comment_activity(comments, freq="MS")
    assert sum(h.sum() for h in heights(every)) == 90
    assert "drawn only" not in words(every)


def test_comment_activity_mentions_what_is_left_out_or_odd(comments, words):
    comments.loc[[1, 2], "datetime"] = pd.NaT
    comments.loc[[5, 6, 8], "deleted"] = pd.NA
    text = words(comment_activity(pd.concat([comments, comments.iloc[20:24]])))
    assert "n = 92 comments" in text
    assert "4 of them repeat an id" in text
    assert "2 without date left out" in text
    assert "of 3 it is not known whether they are deleted" in text


def test_comment_activity_draws_comments_of_an_account(comments):
    flat = comments.assign(
        depth=pd.array([pd.NA] * 90, dtype="Int64"), root_id=pd.array([pd.NA] * 90, dtype="Int64")
    )
    assert sum(h.sum() for h in heights(comment_activity(flat))) == 90


def test_comment_activity_days_at_a_change_of_the_clock(comments):
    hours = pd.date_range("2024-03-30", periods=72, freq="h", unit="us", tz="Europe/Oslo")
    frame = comments.iloc[:72].assign(datetime=hours.tz_convert("UTC"), deleted=True)
    ax = comment_activity(frame, freq="D", tz="Europe/Oslo")
    assert ax.get_xlabel() == "Time written (Europe/Oslo)"
    assert heights(ax)[0].tolist() == [24, 23, 24, 1]


def test_comment_activity_single_comment_is_a_narrow_bar(comments, words):
    ax = comment_activity(comments.iloc[[10]])
    assert "n = 1 comment," in words(ax)
    ax.figure.draw_without_rendering()
    _, edges, _ = ax.patches[0].get_data()
    low, high = ax.get_xlim()
    assert np.ptp(edges) < 0.15 * (high - low)


def test_comment_activity_many_bins_are_few_artists(comments):
    frame = pd.concat([comments] * 20, ignore_index=True)
    frame["datetime"] = pd.date_range("2024-01-01", periods=len(frame), freq="min", tz="UTC")
    ax = comment_activity(frame, freq="min")
    assert len(ax.patches) == 3
    assert len(heights(ax)[0]) == 1_800
    assert sum(h.sum() for h in heights(ax)) == 1_800
    ax.figure.draw_without_rendering()


def test_comment_activity_empty_frame_says_no_data(comments, words, subtests):
    for freq in (None, "h"):
        with subtests.test(freq=freq):
            ax = comment_activity(comments.iloc[:0], freq=freq)
            assert "no data: the frame has no rows" in words(ax)
            blank = comments.assign(datetime=pd.NaT)
            ax = comment_activity(blank, freq=freq)
            assert "no data: no comment has a datetime" in words(ax)
            assert ax.get_xlabel() == "Time written (UTC)"
            ax.figure.draw_without_rendering()


BAD_ARGUMENTS = [
    ({"freq": "H"}, "Did you mean 'h'"),
    ({"freq": "-1h"}, "forward"),
    ({"freq": "ms"}, "whole seconds"),
    ({"tz": "Europe/Olso"}, "Did you mean 'Europe/Oslo'"),
    ({"ax": np.zeros(2)}, "ax must be a matplotlib Axes"),
]


def test_comment_activity_refuses_bad_arguments(comments, subtests):
    for change, message in BAD_ARGUMENTS:
        with subtests.test(change=change, message=message):
            with pytest.raises(InvalidArgument, match=message):
                comment_activity(comments, **change)
            assert not plt.get_fignums()


def test_comment_activity_refuses_missing_columns(comments, subtests):
    for column in ("post_id", "parent_id", "datetime", "deleted"):
        with (
            subtests.test(column=column),
            pytest.raises(InvalidArgument, match=rf"'{column}'.*load_comments"),
        ):
            comment_activity(comments.drop(columns=column))


def test_comment_activity_refuses_bad_frames(comments):
    with pytest.raises(
        InvalidArgument, match=r"comments must be a DataFrame .*load_comments.*; got \[1\]"
    ):
        comment_activity([1])
    with pytest.raises(InvalidArgument, match="tz_localize"):
        comment_activity(comments.assign(datetime=comments["datetime"].dt.tz_localize(None)))
    with pytest.raises(InvalidArgument, match="'deleted' must hold true and false"):
        comment_activity(comments.assign(deleted="no"))


def test_comment_activity_takes_booleans_of_any_dtype(comments, words, subtests):
    for dtype in ("object", "bool"):
        with subtests.test(dtype=dtype):
            known = comments.assign(deleted=comments["deleted"].astype(dtype))
            assert "deleted: 10 (" in words(comment_activity(known))
            blank = comments.assign(deleted=pd.Series(None, index=comments.index, dtype="object"))
            assert "of 90 it is not known" in words(comment_activity(blank))


def test_a_second_comment_activity_cuts_nothing_off(comments):
    ax = comment_activity(comments, freq="h")
    left, right = ax.get_xlim()
    stacks = [patch.get_data().values.copy() for patch in ax.patches]
    comment_activity(comments.iloc[20:60], ax=ax, label="some")
    assert ax.get_xlim()[0] <= left
    assert ax.get_xlim()[1] >= right
    # An outline in the first one's bins, which hides nothing.
    assert len(ax.patches) == len(stacks) + 1
    assert not ax.patches[-1].get_fill()
    assert np.nansum(ax.patches[-1].get_data().values) == 40
    assert "some (n = 40)" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert ax.get_ylabel() == "Comments per hour"
    comment_activity(comments, freq="D", ax=ax)
    assert ax.get_ylabel() == "Comments per hour; comments per day"


def test_comment_activity_with_a_label_is_one_outline(comments):
    ax = comment_activity(comments, label="all of them", color="teal")
    (outline,) = ax.patches
    assert np.nansum(outline.get_data().values) == 90
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["all of them (n = 90)"]


def test_comment_activity_hatches_a_bar_that_was_not_over(comments, words):
    over = comments.assign(fetched_at=comments["datetime"].max() + pd.Timedelta("2D"))
    young = comments.assign(fetched_at=comments["datetime"].max() + pd.Timedelta("1s"))
    for frame, is_hatched in ((over, False), (young, True)):
        ax = comment_activity(frame, freq="6h")
        assert any(patch.get_hatch() for patch in ax.patches) is is_hatched
        assert ("not over when loaded" in words(ax)) is is_hatched


def test_comment_activity_takes_ids_of_any_kind(comments):
    odd = comments.assign(post_id=[["x"]] * 90, id=[[i // 2] for i in range(90)])
    ax = comment_activity(odd)
    assert ax.get_title() == "Comments on post ['x'] over time"
    assert "45 of them repeat an id" in describe(ax)
