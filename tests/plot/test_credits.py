from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num

from imgurdata.errors import InvalidArgument
from imgurdata.plot import credit_usage, describe
from imgurdata.plot.usage import MOST_RESETS, bar_width

FAST = [(0, 499, 60), (5, 400, 60), (10, 300, 60)]  # 19.9 a minute: out at 10:25:05


def minute(m):
    return date2num(np.datetime64("2024-03-05T10:00")) + m / 1440


def line_at(ax, x):
    """Find the lines that have a point at this minute."""
    return [ln for ln in ax.lines if np.isclose(np.asarray(ln.get_xdata()), minute(x)).any()]


def resets(ax):
    """List the x of the vertical lines."""
    return [
        ln.get_xdata()[0]
        for ln in ax.lines
        if len(ln.get_xdata()) == 2 and ln.get_transform() == ax.get_xaxis_transform()
    ]


def bars(ax):
    """Read the heights of the bars of each colour, without the gaps between them."""
    tops = (patch.get_data() for patch in ax.patches)
    return [(top - floor)[~np.isnan(top)] for top, _, floor in tops]


def test_credit_usage_step_line_is_what_answers_said(make_history):
    ax = credit_usage(make_history(FAST))
    line = next(ln for ln in ax.lines if ln.get_label() == "credits left")
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_allclose(line.get_ydata()[:3], [499, 400, 300])
    np.testing.assert_allclose(line.get_xdata()[:3], [minute(m) for m in (0, 5, 10)])


def test_credit_usage_line_has_a_gap_at_the_reset(make_history):
    ax = credit_usage(make_history([(0, 499, 60), (50, 200, 60), (70, 499, 130), (80, 498, 130)]))
    line = next(ln for ln in ax.lines if ln.get_label() == "credits left")
    np.testing.assert_array_equal(line.get_ydata(), [499, 200, 200, np.nan, 499, 498, 498])
    np.testing.assert_allclose(line.get_xdata()[2:4], minute(60))
    np.testing.assert_allclose(resets(ax), [minute(60), minute(130)])


def test_credit_usage_forecasts_that_credits_run_out(make_history, words):
    ax = credit_usage(make_history(FAST))
    assert ax.get_title() == "API credits: run out at 10:25, before the reset at 11:00"
    assert "300 of 500 left at 10:10, 20 credits a minute" in words(ax)
    assert "3 requests for 3 credits" in words(ax)
    out = minute(10 + 300 / 19.9)
    dotted = next(ln for ln in ax.lines if np.isclose(ln.get_xdata()[-1], out, rtol=0, atol=1e-6))
    np.testing.assert_allclose(dotted.get_ydata(), [300, 0])
    assert any(ln.get_marker() == "X" for ln in ax.lines)


def test_credit_usage_forecasts_that_credits_last(make_history, words):
    ax = credit_usage(make_history([(0, 499, 60), (10, 479, 60)]))
    assert ax.get_title() == "API credits: enough until the reset at 11:00"
    dotted = next(
        ln for ln in line_at(ax, 60) if len(ln.get_ydata()) == 2 and ln.get_ydata()[0] == 479
    )
    np.testing.assert_allclose(dotted.get_ydata(), [479, 379])
    assert "at the current rate" in words(ax)
    assert not any(ln.get_marker() == "X" for ln in ax.lines)


TITLES = [
    ([(0, 9, 60), (9, 0, 60)], "API credits: spent, back at 11:00"),
    ([(0, 9, 60)], "API credits: 9 left"),
    ([(0, 9, 60), (61, pd.NA, None)], "API credits: back since the reset at 11:00"),
    ([(0, 499, None), (10, 300, None)], "API credits: run out at 10:25"),
    ([(0, pd.NA, None)], "API credits spent"),
]


def test_credit_usage_titles(make_history, subtests):
    for rows, title in TITLES:
        with subtests.test(rows=rows, title=title):
            ax = credit_usage(make_history(rows))
            assert ax.get_title().replace("\n", " ") == title
            ax.figure.draw_without_rendering()


def test_credit_usage_times_are_those_of_the_zone(make_history):
    ax = credit_usage(make_history(FAST), tz="Asia/Tokyo")
    assert ax.get_xlabel() == "Time (Asia/Tokyo)"
    assert "19:25, before the reset at 20:00" in ax.get_title()
    assert credit_usage(make_history(FAST)).get_xlabel() == "Time (UTC)"


def test_credit_usage_limit_is_dashed(make_history, words):
    ax = credit_usage(make_history(FAST))
    dashed = [ln for ln in ax.lines if set(ln.get_ydata()) == {500}]
    assert len(dashed) == 1
    assert dashed[0].is_dashed()
    assert "| limit 500 |" in words(ax)
    assert "limit" not in [text.get_text() for text in ax.get_legend().get_texts()]


def test_credit_usage_bars_hold_every_documented_credit(make_history, words):
    history = make_history([*FAST, (10.5, pd.NA, None)])
    history["cost"] = pd.array([1, 10, 1, pd.NA], dtype="Int64")
    ax = credit_usage(history)
    (heights,) = bars(ax)
    np.testing.assert_allclose(heights[heights > 0] / heights.max(), [0.1, 1, 0.1])
    assert "spent per minute (at most 10)" in words(ax)
    assert "1 answer did not tell what is left; 1 of unknown cost" in words(ax)


def test_credit_usage_draws_bars_alone_without_limit_headers(make_history, words):
    ax = credit_usage(make_history([(0, pd.NA, None), (0.2, pd.NA, None), (3, pd.NA, None)]))
    (heights,) = bars(ax)
    assert heights.tolist() == [2, 0, 0, 1]
    assert "3 answers did not tell what is left" in words(ax)


def test_credit_usage_each_identity_has_color_and_forecast(make_history, words):
    ax = credit_usage(
        pd.concat(
            [
                make_history(FAST),
                make_history([(1, 1999, 60), (8, 1990, 60)], identity="f00d", limit=2000),
            ]
        )
    )
    assert ax.get_title() == "API credits of 2 identities"
    assert "8c1f03aa: run out at 10:25, before the reset at 11:00" in words(ax)
    assert "f00d: enough until the reset at 11:00" in words(ax)
    lines = [ln for ln in ax.lines if ":" in str(ln.get_label())]
    assert len({ln.get_color() for ln in lines}) == 2


def test_credit_usage_mentions_identities_beyond_the_palette(make_history, words):
    many = pd.concat([make_history(FAST, identity=f"id{i}") for i in range(9)])
    assert "2 more identities have bars only" in words(credit_usage(many))


def test_a_second_credit_usage_explains_nothing_twice(make_history):
    ax = credit_usage(make_history(FAST))
    (left, right), drawn = ax.get_xlim(), len(bars(ax))
    other = make_history([(1, 1999, 30), (8, 1990, 30)], identity="f00d", limit=2000)
    credit_usage(other, ax=ax)
    entries = [text.get_text().split(" (")[0] for text in ax.get_legend().get_texts()]
    assert sorted(entries) == sorted({*entries})
    assert {"credits left", "reset", "f00d: enough until the reset at 10:30"} <= set(entries)
    assert len(bars(ax)) == drawn
    assert "spent per minute (at most 1), first only" in describe(ax)
    assert ax.get_xlim()[0] <= left
    assert ax.get_xlim()[1] >= right
    assert ax.get_ylim()[1] > 2000


def test_credit_usage_of_many_windows_is_the_fewest_left(make_history, words):
    rows = [(60 * hour + m, 500 - 3 * m, 60 * hour + 60) for hour in range(100) for m in (5, 50)]
    ax = credit_usage(make_history(rows))
    assert "fewest left per 3 hours" in words(ax)
    line = next(ln for ln in ax.lines if "fewest" in str(ln.get_label()))
    y = np.asarray(line.get_ydata())
    assert len(y) < 60
    assert set(y[~np.isnan(y)][:-3]) == {350.0}


def test_credit_usage_draws_a_few_resets_only(make_history, words):
    rows = [(61 * i, 499, 61 * i + 60) for i in range(MOST_RESETS + 5)]
    ax = credit_usage(make_history(rows))
    assert not resets(ax)
    assert "reset;" not in words(ax)
    assert len(resets(credit_usage(make_history(rows[:MOST_RESETS])))) == MOST_RESETS


def test_credit_usage_mentions_the_application_if_it_may_end_first(make_history, words, subtests):
    for left, payload in ((2000, True), (12_000, False), (250, True)):
        with subtests.test(left=left, payload=payload):
            history = make_history(FAST).assign(client_limit=12_500, client_remaining=left)
            text = words(credit_usage(history))
            assert (
                f"the application has {left:,} of 12,500 credits left for the day" in text
            ) is payload


def test_credit_usage_does_not_mention_the_application_after_a_day(make_history, words):
    history = make_history([*FAST, (10 + 1440, 499, 1500)])
    history = history.assign(client_limit=12_500, client_remaining=[9, 8, 7, np.nan])
    assert "application" not in words(credit_usage(history))


def test_credit_usage_empty_frame_says_no_data(make_history, words):
    history = make_history(FAST)
    assert "no data" in words(credit_usage(history.iloc[:0]))
    blank = history.assign(time=pd.Series(pd.NaT, index=history.index, dtype="datetime64[us, UTC]"))
    ax = credit_usage(blank)
    assert "no data: no answer has a time" in words(ax)
    ax.figure.draw_without_rendering()


def test_credit_usage_bars_are_never_too_many(subtests):
    for length in ("0s", "10min", "1h", "7h", "2D", "30D", "400D", "4000D"):
        with subtests.test(length=length):
            start = pd.Timestamp("2024-01-01")
            assert start + 48 * bar_width(pd.Timedelta(length)) >= start + pd.Timedelta(length)


def test_credit_usage_stacks_what_was_spent_by_group(make_history, words):
    history = make_history(FAST).assign(endpoint=["gallery", "gallery", "comments"])
    history["cost"] = pd.array([1, 10, 2], dtype="Int64")
    ax = credit_usage(history, hue="endpoint")
    assert "gallery: 11; comments: 2" in words(ax)
    assert [float(np.nansum(height)) for height in bars(ax)] == [11, 2]
    assert ax.get_ylabel() == "Credits per minute"


def test_credit_usage_has_ticks_for_every_length_of_time(make_history, subtests):
    for hours in (0, 0.5, 2.2, 47, 59 * 24, 23 * 730, 9000 * 24):
        with subtests.test(hours=hours):
            ax = credit_usage(make_history([(0, 499, 60), (hours * 60, 400, hours * 60 + 30)]))
            ax.figure.draw_without_rendering()
            assert len(ax.get_xticks()) >= 1


def test_credit_usage_refuses_bad_frames(make_history):
    history = make_history(FAST)
    with pytest.raises(InvalidArgument, match=r"'user_remaining'.*history"):
        credit_usage(history.drop(columns="user_remaining"))
    with pytest.raises(InvalidArgument, match="with a time zone; got times without one"):
        credit_usage(history.assign(time=history["time"].dt.tz_localize(None)))
    with pytest.raises(InvalidArgument, match="tz must be a name"):
        credit_usage(history, tz="Mars/Base")
    with pytest.raises(InvalidArgument, match=r"tz must be a name .*got 2"):
        credit_usage(history, tz=2)
    with pytest.raises(InvalidArgument, match="history must be a DataFrame"):
        credit_usage({})


def test_credit_usage_day_bars_start_at_midnight_of_the_zone(make_history):
    # 30 days, so that a bar is a day; 15:30 UTC is half past midnight in Tokyo.
    rows = [(330 + 1440 * day, 499, None) for day in range(30)]
    ax = credit_usage(make_history(rows), tz="Asia/Tokyo")
    _, edges, _ = ax.patches[-1].get_data()
    hours = (np.asarray(edges[::2]) - minute(0)) * 24
    np.testing.assert_allclose((hours + 10 + 9) % 24, 0.05 * 24, atol=1e-6)


def test_credit_usage_many_identities_are_few_artists(make_history):
    many = pd.concat([make_history(FAST, identity=f"id{i}") for i in range(200)])
    assert len(credit_usage(many).patches) == 8


def test_credit_usage_draws_what_cost_nothing(make_history, words):
    free = make_history(FAST).assign(cost=0, endpoint="oauth")
    assert credit_usage(free, hue="endpoint").get_ylim() == (0, 1)
    assert "for 0 credits" in words(credit_usage(free))


def test_credit_usage_draws_windows_without_limit_and_reset(make_history):
    history = make_history([(0, 100, None), (1, 50, None), (90, 480, None), (91, 470, None)])
    ax = credit_usage(history.assign(user_limit=pd.array([pd.NA] * 4, dtype="Int64")))
    left = next(line for line in ax.lines if line.get_label() == "credits left")
    y = np.asarray(left.get_ydata())
    assert np.isnan(y).sum() == 1
    assert not any("limit" in text.get_text() for text in ax.texts)


def test_credit_usage_names_the_day_of_a_reset_tomorrow(make_history):
    late = make_history([(13 * 60 + 20, 499, 14 * 60 + 20), (13 * 60 + 40, 490, 14 * 60 + 20)])
    assert credit_usage(late).get_title() == "API credits: enough until the reset at 6 Mar 00:20"
