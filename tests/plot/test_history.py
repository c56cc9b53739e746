"""Chart of how posts grew."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

import imgurdata as imd
from imgurdata.errors import InvalidArgument
from imgurdata.plot.style import PALETTE


@pytest.fixture
def history() -> pd.DataFrame:
    """Nine posts over five hours; the n-th gains n * 10 an hour. One is seen once."""
    rows = [
        (
            f"p{n}",
            pd.Timestamp("2026-03-01 10:00", tz="UTC") + pd.Timedelta(hours=h),
            100 + n * 10 * h,
        )
        for n in range(9)
        for h in range(6 if n else 1)
    ]
    frame = pd.DataFrame(rows, columns=["id", "fetched_at", "points"])
    frame["points"] = frame["points"].astype("Int64")
    frame["kind"] = np.where(frame["id"].isin(["p1", "p2"]), "few", "many")
    return frame


def lines(ax) -> dict[str, list[np.ndarray]]:
    found: dict[str, list[np.ndarray]] = {}
    for collection in ax.collections:
        assert isinstance(collection, LineCollection)
        found[to_hex(collection.get_colors()[0]).upper()] = collection.get_segments()
    return found


def test_every_post_is_a_line_and_those_that_gained_most_have_colors(history):
    ax = imd.plot.score_history(history)
    drawn = lines(ax)
    best = drawn[PALETTE[0]][0]
    assert best[:, 1].tolist() == [100, 180, 260, 340, 420, 500]
    assert np.diff(best[:, 0]) == pytest.approx([1 / 24] * 5)
    assert [len(drawn[color]) for color in PALETTE] == [1] * 6
    (others,) = (found for color, found in drawn.items() if color not in PALETTE)
    assert len(others) == 3
    names = ["p8: 500", "p7: 450", "p6: 400", "p5: 350", "p4: 300", "p3: 250"]
    # At the ends of the lines, from the top down, and not in the legend again.
    assert [text.get_text() for text in ax.texts][::-1] == names
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["3 other posts"]
    _, small = plt.subplots(figsize=(3.5, 2.6), layout="constrained")
    imd.plot.score_history(history, ax=small)
    assert [text.get_text() for text in small.get_legend().get_texts()] == [
        *names, "3 other posts",
    ]  # fmt: skip
    assert not small.texts
    assert ax.get_title() == "Points of 9 posts over time"
    (dot,) = ax.lines
    assert dot.get_ydata().tolist() == [100]
    left, right = ax.get_xlim()
    assert left < best[0, 0] < best[-1, 0] < right


def test_hue_colors_groups(history):
    ax = imd.plot.score_history(history, hue="kind")
    drawn = lines(ax)
    assert [len(drawn[color]) for color in PALETTE[:2]] == [7, 2]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "many (n = 7)", "few (n = 2)",
    ]  # fmt: skip
    ax = imd.plot.score_history(history.assign(own=history["id"]), hue="own")
    assert ax.get_legend().get_texts()[-1].get_text() == "other (n = 2)"


def test_times_are_drawn_in_the_zone_asked_for(history):
    ax = imd.plot.score_history(history, tz="Asia/Tokyo")
    assert ax.get_xlabel() == "Time (Asia/Tokyo)"


def test_rows_without_a_value_are_left_out_and_lists_do_not_double(history):
    history.loc[history["id"] == "p8", "points"] = pd.NA
    twice = pd.concat([history.assign(listing="a"), history.assign(listing="b")])
    ax = imd.plot.score_history(twice)
    assert ax.get_title() == "Points of 8 posts over time"
    assert len(lines(ax)[PALETTE[0]][0]) == 6
    history["points"] = pd.array([pd.NA] * len(history), dtype="Int64")
    ax = imd.plot.score_history(history)
    assert "no row has both" in imd.plot.describe(ax)
    assert ax.get_title() == "Points of posts over time"


def test_wrong_columns_are_named(history):
    with pytest.raises(InvalidArgument, match="Did you mean 'points'"):
        imd.plot.score_history(history, "point")
    with pytest.raises(InvalidArgument, match=r"hue must be .* of history.*got 'kinds'"):
        imd.plot.score_history(history, hue="kinds")
    with pytest.raises(InvalidArgument, match="must hold numbers"):
        imd.plot.score_history(history, "kind")


def test_a_group_of_few_posts_is_as_clear_among_many():
    moments = pd.to_datetime(["2026-03-01 10:00", "2026-03-01 12:00"], utc=True)
    ids = [f"p{i:02d}" for i in range(40)]
    history = pd.DataFrame({"id": ids * 2, "fetched_at": moments.repeat(40), "points": range(80)})
    ax = imd.plot.score_history(history, hue="id")
    assert [lines.get_alpha() == 1.0 for lines in ax.collections] == [True] * 7 + [False]


def test_long_names_are_in_the_legend_and_few_short_ones_need_none(history):
    few = history[history["id"].isin(["p5", "p8"])]
    ax = imd.plot.score_history(few)
    assert ax.get_legend() is None
    assert [text.get_text() for text in ax.texts] == ["p5: 350", "p8: 500"]
    ax = imd.plot.score_history(few.assign(id="a rather long name of a post, " + few["id"]))
    assert not ax.texts
    assert len(ax.get_legend().get_texts()) == 2


def test_what_says_nothing_is_left_out(history, subtests):
    moved = {"velocity": 0.0, "rank": np.arange(len(history))}
    for value in ("velocity", "rank"):
        with subtests.test(value=value):
            ax = imd.plot.score_history(history.assign(**moved), value)
            assert "gained most" not in imd.plot.describe(ax)
            assert ax.yaxis_inverted() == (value == "rank")
    assert "p8 gained most: 400" in imd.plot.describe(imd.plot.score_history(history))
    # Each group is one post: its number says nothing.
    few = history[history["id"].isin(["p5", "p8"])]
    ax = imd.plot.score_history(few.assign(title="T" + few["id"]), hue="title")
    assert sorted(text.get_text() for text in ax.texts) == ["Tp5", "Tp8", "title"]


def test_names_at_the_ends_of_ranks_are_in_the_order_of_the_lines(history):
    ranked = history.assign(rank=history["id"].str[1:].astype(int) * 10)
    ax = imd.plot.score_history(ranked[ranked["id"].isin(["p1", "p4", "p8"])], "rank")
    places = {text.get_text()[:2]: text.get_position()[1] for text in ax.texts}
    assert places["p1"] < places["p4"] < places["p8"]
    assert places == {"p1": pytest.approx(10), "p4": pytest.approx(40), "p8": pytest.approx(80)}
    imd.plot.score_history(ranked, "rank", ax=ax)
    assert ax.yaxis_inverted()


def test_boxes_of_names_at_one_end_are_apart(history):
    near = history["id"].isin(["p1", "p4", "p8"])
    ends = history["points"].where(history["fetched_at"] < history["fetched_at"].max(), 500)
    ax = imd.plot.score_history(history.assign(points=ends)[near])
    ax.figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    assert len(boxes) == 3
    assert all(low.y1 <= high.y0 + 2 for low, high in itertools.pairwise(boxes))


def test_ranks_have_the_colors_of_those_that_rose_most():
    times = pd.to_datetime(["2026-03-01 10:00", "2026-03-01 12:00"], utc=True)
    before = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    after = [0, 2, 9, 8, 7, 6, 5, 4, 3, 1]
    ranks = pd.DataFrame({
        "id": [f"p{i}" for i in range(10)] * 2, "fetched_at": times.repeat(10),
        "rank": before + after,
    })  # fmt: skip
    ax = imd.plot.score_history(ranks, "rank")
    names = [text.get_text() for text in ax.texts]
    assert names == ["p6: 3", "p7: 2", "p8: 1", "p1: 2", "p9: 0", "p0: 0"]
    text = imd.plot.describe(ax)
    assert "p0 rose most: 9" in text
    assert "in color: the 2 that rose most and the 4 with the best ranks" in text


def test_posts_of_one_snapshot_did_not_gain(history):
    once = history[history["fetched_at"] == history["fetched_at"].min()]
    points, rank = (
        imd.plot.describe(imd.plot.score_history(once.assign(rank=once["points"]), value))
        for value in ("points", "rank")
    )
    assert "in color: the 6 with the highest points" in points
    assert "in color: the 6 with the best ranks" in rank
    assert "most" not in points + rank


def test_lines_of_a_second_history_look_different_and_are_named(history):
    ax = imd.plot.score_history(history)
    imd.plot.score_history(history, ax=ax)
    looks = [(to_hex(c.get_colors()[0]), str(c.get_linestyle())) for c in ax.collections]
    assert len(looks) == len(set(looks)) == 14
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    # The first ones have their names at the ends of their lines.
    assert [text.get_text() for text in ax.texts][-1] == "p8: 500"
    assert "p8: 500" in entries
