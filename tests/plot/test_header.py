"""Title, notes and legend: they overlap nothing, follow the user's style, and can be replaced."""

from __future__ import annotations

import pickle
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgba

from imgurdata.errors import InvalidArgument
from imgurdata.plot import (
    comment_activity,
    comment_depth,
    credit_usage,
    describe,
    gallery_trend,
    score_distribution,
)
from imgurdata.plot.style import PALETTE

LAYOUTS = ("constrained", "tight", None)


def boxes(ax):
    """Rectangles of title, notes and legend of a drawn chart; notes not shown have none."""
    (header,) = ax.child_axes
    found = {"title": ax.title, "notes": header.notes, "legend": ax.get_legend()}
    return {
        name: artist.get_window_extent()
        for name, artist in found.items()
        if artist is not None and (name == "legend" or artist.get_text())
    }


def overlap(one, other):
    return (
        min(one.x1, other.x1) - max(one.x0, other.x0) > 1.5
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 1.5
    )


def assert_tidy(ax, *, layout):
    found = boxes(ax)
    for one, other in combinations(found, 2):
        assert not overlap(found[one], found[other]), (one, other)
    if layout is not None:
        for name in ("legend", "notes"):
            assert name not in found or found[name].y0 >= ax.bbox.y1 - 1.5
        assert max(box.y1 for box in found.values()) <= ax.figure.bbox.y1 + 1.5


@pytest.fixture
def charts(posts, comments, make_history):
    history = make_history([(0, 499, 60), (5, 400, 60), (10, 300, 60)])
    return [
        lambda ax: gallery_trend(posts, ax=ax),
        lambda ax: gallery_trend(posts, hue="images_count", ax=ax),
        lambda ax: score_distribution(posts, ax=ax),
        lambda ax: comment_activity(comments, ax=ax),
        lambda ax: comment_depth(comments, ax=ax),
        lambda ax: credit_usage(history, ax=ax),
    ]


def test_header_overlaps_nothing(charts, subtests):
    for layout in LAYOUTS:
        for rows, columns, size in ((2, 3, (9, 6)), (1, 1, (3.5, 2.8)), (1, 1, (6.4, 4.8))):
            with subtests.test(layout=layout, size=size):
                figure, axes = plt.subplots(
                    rows, columns, figsize=size, layout=layout, squeeze=False
                )
                for ax, chart in zip(axes.flat, charts, strict=False):
                    chart(ax)
                figure.draw_without_rendering()
                for ax in axes.flat:
                    assert_tidy(ax, layout=layout)
                plt.close(figure)


@pytest.mark.decision("title-above-a-child")
def test_header_makes_way_for_the_titles_of_the_user(posts, subtests):
    for layout in LAYOUTS:
        with subtests.test(layout=layout):
            _, ax = plt.subplots(layout=layout)
            gallery_trend(posts, ax=ax)
            ax.set_title("Mine: $x^2$", fontsize=20)
            ax.set_title("left", loc="left")
            ax.figure.draw_without_rendering()
            assert_tidy(ax, layout=layout)
            assert ax.get_title() == "Mine: $x^2$"
            assert ax.title.get_parse_math()
            assert ax.title.get_position()[0] == 0.5


def test_header_leaves_no_space_for_a_legend_that_is_replaced(posts):
    _, ax = plt.subplots(layout="constrained")
    gallery_trend(posts, ax=ax)
    ax.figure.draw_without_rendering()
    before = ax.child_axes[0].bbox.height
    ax.legend(["mine"])
    ax.figure.draw_without_rendering()
    assert ax.child_axes[0].bbox.height < before - 8


def test_header_stays_with_resizing_and_pickling(posts):
    ax = gallery_trend(posts)
    ax.figure.draw_without_rendering()
    for size in ((4, 3), (12, 5)):
        ax.figure.set_size_inches(*size)
        ax.figure.draw_without_rendering()
        assert_tidy(ax, layout="constrained")
    (again,) = pickle.loads(pickle.dumps(ax.figure)).axes
    again.figure.draw_without_rendering()
    assert describe(again) == describe(ax)
    assert_tidy(again, layout="constrained")


def test_title_and_legend_are_as_asked(charts, posts, subtests):
    ax = gallery_trend(posts, title="", legend=False)
    assert ax.get_title() == ""
    assert ax.get_legend() is None
    _, ax = plt.subplots()
    ax.set_title("Before")
    assert gallery_trend(posts, ax=ax).get_title() == "Before"
    assert gallery_trend(posts, ax=ax, title="After").get_title() == "After"
    half = gallery_trend(posts, title="half a pair: \ud83d")
    half.figure.draw_without_rendering()
    assert half.get_title() == "half a pair: ?"


def test_style_sheet_of_the_user_holds(posts, subtests):
    with plt.style.context("dark_background"):
        ax = gallery_trend(posts)
        _, given = plt.subplots()
    gallery_trend(posts, ax=given)
    for dark in (ax, given):
        dark.figure.draw_without_rendering()
        assert to_rgba(dark.figure.get_facecolor()) == (0, 0, 0, 1)
        texts = [dark.title, dark.xaxis.label, *dark.get_legend().get_texts(), *dark.texts]
        assert all(min(to_rgba(text.get_color())[:3]) > 0.5 for text in texts)
        assert min(to_rgba(dark.child_axes[0].notes.get_color())[:3]) > 0.5
    assert ax.lines[0].get_color() == "#8dd3c7"  # the first of that style's own cycle
    with plt.style.context("ggplot"):
        ax = gallery_trend(posts)
        assert to_hex(ax.get_facecolor()) == "#e5e5e5"
        assert ax.lines[0].get_color() == "#e24a33"
        assert ax.spines["top"].get_visible()


def test_size_of_text_of_the_user_holds(posts):
    with mpl.rc_context({"font.size": 17}):
        _, axes = plt.subplots(2, 3, layout="constrained")
        gallery_trend(posts, ax=axes[0, 0])
        assert axes[0, 0].xaxis.label.get_fontsize() == 17
        assert axes[0, 0].title.get_fontsize() == pytest.approx(17 * 1.2)
    small, wide = plt.subplots(2, 3)[1][0, 0], plt.figure(figsize=(8, 4)).add_subplot()
    gallery_trend(posts, ax=small)
    gallery_trend(posts, ax=wide)
    assert wide.xaxis.label.get_fontsize() == 10
    assert small.title.get_fontsize() < wide.title.get_fontsize()
    assert small.xaxis.label.get_fontsize() < 10


def colors(ax):
    return [ln.get_color() for ln in ax.lines if str(ln.get_label()).startswith("median")]


def test_two_charts_on_one_ax_take_the_next_colors(posts):
    _, ax = plt.subplots(layout="constrained")
    gallery_trend(posts.iloc[:40], ax=ax, label="early")
    high = ax.get_ylim()[1]
    gallery_trend(posts.iloc[40:], ax=ax, label="late")
    lines = [ln for ln in ax.lines if "n = " in str(ln.get_label())]
    assert [to_hex(ln.get_color()).upper() for ln in lines] == list(PALETTE[:2])
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [entry.split()[0] for entry in entries if "n = " in entry] == ["early", "late"]
    assert sum("25th to 75th" in entry for entry in entries) == 1
    assert ax.get_ylim()[1] >= high
    early, late = posts["datetime"].min(), posts["datetime"].max()
    assert ax.get_xlim()[0] <= mpl.dates.date2num(early)
    assert ax.get_xlim()[1] >= mpl.dates.date2num(late)
    assert "early: n = " in describe(ax)
    ax.figure.draw_without_rendering()
    assert_tidy(ax, layout="constrained")


def test_colors_are_those_of_the_user_where_there_are_any(posts, subtests):
    _, ax = plt.subplots()
    ax.set_prop_cycle(color=["teal", "red"])
    assert colors(gallery_trend(posts, ax=ax)) == ["#008080"]
    _, ax = plt.subplots()
    ax.plot([19787, 19788], [1, 2])
    assert colors(gallery_trend(posts, ax=ax)) == [to_hex("C1")]
    with mpl.rc_context({"axes.prop_cycle": plt.cycler(color=["green"])}):
        assert colors(gallery_trend(posts)) == ["#008000"]


def test_describe_says_what_is_drawn(posts):
    text = describe(gallery_trend(posts, freq="h"))
    assert text.startswith("Line chart: Median points of posts over time. x axis: Time submitted")
    assert "Time submitted (UTC), 5 Mar 2024 10:00 to 5 Mar 2024 " in text
    assert ". y axis: Points (median), " in text
    for part in ("n = 78 posts", "2 without points or date left out", "Highest: ", "1 h bins"):
        assert part in text
    assert "; first " in text
    assert "no data: the frame has no rows" in describe(gallery_trend(posts.iloc[:0]))
    for ax in (plt.subplots()[1], None, posts):
        with pytest.raises(InvalidArgument, match="ax must be an Axes that a chart"):
            describe(ax)


def test_describe_says_how_far_the_data_reach(posts):
    text = describe(gallery_trend(posts, freq="h", agg="max"))
    assert "Time submitted (UTC), 5 Mar 2024 10:00 to 5 Mar 2024 20:00" in text
    known = posts.dropna(subset=["points", "datetime"])
    by_hour = known.groupby(known["datetime"].dt.floor("h"))["points"].max()
    assert f"y axis: Points (max), {by_hour.min():,} to {by_hour.max():,}. " in text
    ax = score_distribution(posts)
    highest = max(patch.get_y() + patch.get_height() for patch in ax.patches)
    assert f"y axis: Posts, 0 to {highest:.0f}. " in describe(ax)
    ax.set_ylim(0, 2)
    assert "y axis: Posts, 0 to 2. " in describe(ax)


def test_no_tick_stands_beside_a_header_inside(posts):
    _, ax = plt.subplots(figsize=(3.5, 2.6))
    score_distribution(posts, hue="is_album", ax=ax)
    ax.figure.draw_without_rendering()
    ticks = ax.get_yticks()
    assert len(ticks) > 2
    assert max(ticks) < 0.8 * ax.get_ylim()[1]
    pickle.loads(pickle.dumps(ax.figure))
    ax.set_ylim(0, 200)
    assert max(ax.get_yticks()) > 100


def test_second_chart_does_not_speak_for_the_first(posts):
    ax = gallery_trend(posts.iloc[::2], label="a")
    gallery_trend(posts.iloc[1::2], label="b", ax=ax)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [text for text in texts if "first only" in text]


def test_notes_are_cut_on_small_axes_but_not_in_words(posts):
    many = pd.concat([posts, posts.iloc[:9]])
    _, ax = plt.subplots(figsize=(2.2, 2), layout="constrained")
    gallery_trend(many, ax=ax)
    ax.figure.draw_without_rendering()
    notes = ax.child_axes[0].notes.get_text()
    assert notes.count("\n") <= 1
    assert notes.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert "of them repeat an id" in describe(ax)


def test_label_of_x_is_a_note_where_the_next_title_would_be(posts):
    _, axes = plt.subplots(2, 2, figsize=(9, 7))
    for ax in axes.flat:
        gallery_trend(posts, ax=ax)
    assert axes[0, 0].get_xlabel() == ""
    assert axes[1, 0].get_xlabel() == "Time submitted (UTC)"
    assert "x: time submitted (UTC)" in describe(axes[0, 0])
    axes[0, 0].figure.draw_without_rendering()
    assert "x: time submitted (UTC)" in axes[0, 0].child_axes[0].notes.get_text().replace("\n", " ")
    for column in (0, 1):
        below = axes[1, column].title.get_window_extent()
        ticks = [label.get_window_extent() for label in axes[0, column].get_xticklabels()]
        assert not any(overlap(below, tick) for tick in ticks)


def test_nothing_overlaps_in_many_axes_without_a_layout(posts, subtests):
    figure, axes = plt.subplots(2, 3)
    for ax in axes.flat:
        gallery_trend(posts, ax=ax)
    figure.draw_without_rendering()
    assert axes[0, 0].get_ylabel() == "Points (median)"
    assert "y: points (median)" in describe(axes[1, 1])
    for row, column in ((0, 1), (0, 2), (1, 0), (1, 1), (1, 2)):
        with subtests.test(row=row, column=column):
            ax = axes[row, column]
            names = [ax.yaxis.label, *ax.get_yticklabels()]
            left = axes[row, column - 1].bbox if column else None
            shown = [name.get_window_extent() for name in names if name.get_text()]
            assert left is None or not any(overlap(left, name) for name in shown)
            if row:
                above = [t.get_window_extent() for t in axes[0, column].get_xticklabels()]
                assert not any(overlap(ax.title.get_window_extent(), name) for name in above)
    gallery_trend(posts, "score", ax=axes[1, 1])
    assert axes[1, 1].get_ylabel() == ""
    assert "y: points (median); score (median)" in describe(axes[1, 1])


def test_header_inside_covers_no_data(posts, comments, subtests):
    for name, chart in {
        "line": lambda ax: gallery_trend(posts, freq="h", ax=ax),
        "bars": lambda ax: comment_activity(comments, ax=ax),
        "rows": lambda ax: comment_depth(comments, ax=ax),
    }.items():
        with subtests.test(name):
            _, ax = plt.subplots()
            chart(ax)
            ax.figure.draw_without_rendering()
            header = min(box.y0 for what, box in boxes(ax).items() if what != "title")
            heights = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) > 2]
            data = [ax.transData.transform((0, np.nanmax(y)))[1] for y in heights]
            data += [patch.get_window_extent().y1 for patch in ax.patches]
            assert header >= max(data) - 1
            assert header < ax.bbox.y1
