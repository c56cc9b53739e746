from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from imgurdata.errors import InvalidArgument
from imgurdata.plot import comment_depth
from imgurdata.plot.depth import depth_levels
from imgurdata.plot.style import PALETTE


def ends(ax):
    """Read how far the bars reach, by row."""
    out = {}
    for p in ax.patches:
        row = round(p.get_y() + p.get_height() / 2)
        out[row] = max(out.get(row, 0), p.get_x() + p.get_width())
    return out


def deleted_parts(ax):
    """Read the lengths of the grey parts of bars, by row."""
    return {
        round(p.get_y() + p.get_height() / 2): p.get_width()
        for p in ax.patches
        if to_hex(p.get_facecolor()).upper() != PALETTE[0]
    }


def deep(counts):
    """Make a frame with so many comments at each depth."""
    depth = np.repeat(np.arange(len(counts)), counts)
    return pd.DataFrame(
        {
            "post_id": "kT4mZ9q",
            "depth": pd.array(depth, dtype="Int64"),
            "points": pd.array(20 - depth, dtype="Int64"),
            "deleted": pd.array([False] * len(depth), dtype="boolean"),
        }
    )


def test_comment_depth_bars_are_all_and_deleted_comments(comments):
    ax = comment_depth(comments)
    assert ends(ax) == pytest.approx({0: 15, 1: 45, 2: 15, 3: 15})
    gone = comments[comments["deleted"]].groupby("depth").size()
    assert deleted_parts(ax) == pytest.approx(gone.to_dict())


def test_comment_depth_rows_have_number_and_share(comments, words):
    text = words(comment_depth(comments))
    gone = comments[comments["deleted"]].groupby("depth").size()
    for depth, count in {0: 15, 1: 45, 2: 15, 3: 15}.items():
        share = f" ({100 * gone[depth] / count:.0f}% deleted)" if depth in gone else ""
        assert f"| {count}{share} |" in text
    assert "deleted: 10" in text
    few = deep([1000])
    few.loc[0, "deleted"] = True
    assert "1,000 (<1% deleted)" in words(comment_depth(few))


def test_comment_depth_median_leaves_out_deleted_and_na(comments, words):
    comments["points"] = comments["points"].where(~comments["deleted"], 999_999)
    comments.loc[comments["depth"] == 3, "points"] = pd.NA
    ax = comment_depth(comments)
    alive = comments[~comments["deleted"]]
    medians = alive.groupby("depth")["points"].median().dropna().astype(float)
    (dots,) = (line for line in ax.lines if line.get_label() == "_median points")
    assert dots.get_ydata().tolist() == [0, 1, 2]
    # Positions are proportional to the medians, from a common zero.
    x = np.asarray(dots.get_xdata())
    np.testing.assert_allclose(np.diff(x) * np.ptp(medians), np.diff(medians) * np.ptp(x))
    text = words(ax)
    for median in medians:
        assert f"| {median:g}" in text
    assert "| none" in text


def test_comment_depth_negative_medians_lie_left_of_zero():
    frame = deep([3, 3])
    frame["points"] = pd.array([5, 5, 5, -2, -2, -2], dtype="Int64")
    ax = comment_depth(frame)
    (dots,) = (line for line in ax.lines if line.get_label() == "_median points")
    zero = ax.collections[0].get_segments()[0][0][0]
    assert dots.get_xdata()[1] < zero < dots.get_xdata()[0]


def test_comment_depth_depth_goes_down_and_is_named(comments):
    ax = comment_depth(comments)
    low, high = ax.get_ylim()
    assert low > high
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0", "1", "2", "3"]
    assert ax.get_ylabel() == "Depth (0 = top-level)"


def test_comment_depth_bars_are_proportional(subtests):
    for counts in ([300, 40, 2], [30_000, 900, 1], [1]):
        with subtests.test(counts=counts):
            frame = deep(counts)
            frame.loc[frame.index[: counts[0] // 10], "deleted"] = True
            ax = comment_depth(frame)
            assert ax.get_xscale() == "linear"
            assert list(ends(ax).values()) == pytest.approx(counts)
            assert sum(deleted_parts(ax).values()) == counts[0] // 10
            ax.figure.draw_without_rendering()
            assert all(t <= max(counts) for t in ax.get_xticks())


def test_comment_depth_compares_shares_of_groups(comments, words):
    ax = comment_depth(comments, hue="post_id")
    for post, group in comments.groupby("post_id"):
        (line,) = (ln for ln in ax.lines if str(ln.get_label()).startswith(post))
        expected = 100 * group.groupby("depth").size() / len(group)
        np.testing.assert_allclose(line.get_xdata(), expected)
        assert f"{post} (n = {len(group)})" in words(ax)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_comment_depth_text_stays_inside_the_axes():
    for counts, width in (([14_000, 900, 120, 20], 8), ([7, 4], 8), ([14_000, 9000, 900, 300], 4)):
        frame = deep(counts)
        frame.loc[::2, "deleted"] = True
        _, ax = plt.subplots(figsize=(width, 4), layout="constrained")
        comment_depth(frame, ax=ax)
        ax.figure.draw_without_rendering()
        box = ax.get_window_extent()
        strip = min(t.get_window_extent().x0 for t in ax.texts if t.get_text() == "Median points")
        inside = [t for t in ax.texts if t.get_window_extent().y1 <= box.y1]
        assert len(inside) == 2 * len(counts) + 1
        for text in inside:
            extent = text.get_window_extent()
            assert extent.x1 <= box.x1 + 1
            if "%" in text.get_text():
                assert extent.x1 <= strip


def test_comment_depth_deepest_levels_share_the_last_row(words):
    frame = deep([5] * 60)
    ax = comment_depth(frame)
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert names[-1] == f"{len(names) - 1}+"
    assert len(names) < 30
    assert sum(ends(ax).values()) == pytest.approx(300)
    assert "deepest 59" in words(ax)
    _, axes = plt.subplots(3, 1, figsize=(3, 5), layout="constrained")
    assert len(comment_depth(frame, ax=axes[0]).get_yticks()) < len(names)


def test_comment_depth_depth_without_comments_is_an_empty_row(words):
    frame = deep([4, 3, 2])
    ax = comment_depth(frame[frame["depth"] != 1])
    assert ends(ax) == pytest.approx({0: 4, 1: 0, 2: 2})
    assert "| none" in words(ax)
    ax.figure.draw_without_rendering()


def test_depth_levels_have_no_plus_if_all_fit():
    none = np.zeros(3, dtype=bool)
    found = depth_levels(np.array([0, 1, 2]), np.array([1.0, 2.0, 3.0]), none, 3)
    assert list(found.index) == ["0", "1", "2"]


def test_comment_depth_words(comments, words):
    ax = comment_depth(comments)
    assert ax.get_title() == "Comments on 2 posts by depth"
    assert "n = 90 comments, deepest 3" in words(ax)
    comments.loc[[1, 2], "depth"] = pd.NA
    comments.loc[[5, 6, 8], "deleted"] = pd.NA
    text = words(comment_depth(pd.concat([comments, comments.iloc[20:24]])))
    assert "n = 92 comments" in text
    assert "4 of them repeat an id" in text
    assert "2 without depth left out" in text
    assert "of 3 it is not known whether they are deleted" in text


def test_comment_depth_has_no_median_if_all_are_deleted(comments, words):
    ax = comment_depth(comments.assign(deleted=True))
    assert not any(line.get_label() == "_median points" for line in ax.lines)
    assert words(ax).count("| none") == 4
    assert "15 (100% deleted)" in words(ax)
    ax.figure.draw_without_rendering()


def test_comment_depth_draws_one_comment(comments, words):
    ax = comment_depth(comments.iloc[[0]])
    assert ends(ax) == pytest.approx({0: 1})
    assert "n = 1 comment, deepest 0" in words(ax)
    ax.figure.draw_without_rendering()


def test_comment_depth_empty_frame_says_no_data(comments, words):
    ax = comment_depth(comments.iloc[:0])
    assert "no data: the frame has no rows" in words(ax)
    ax.figure.draw_without_rendering()


def test_comment_depth_refuses_comments_of_an_account(comments):
    flat = comments.assign(depth=pd.array([pd.NA] * 90, dtype="Int64"))
    with pytest.raises(InvalidArgument, match=r"load_account_comments.*imd\.load_comments\("):
        comment_depth(flat)
    assert not plt.get_fignums()


def test_comment_depth_refuses_missing_columns(comments, subtests):
    for column in ("post_id", "depth", "points", "deleted"):
        with (
            subtests.test(column=column),
            pytest.raises(InvalidArgument, match=rf"'{column}'.*load_comments"),
        ):
            comment_depth(comments.drop(columns=column))


def test_comment_depth_refuses_bad_frames(comments):
    with pytest.raises(InvalidArgument, match="comments must be a DataFrame"):
        comment_depth({})
    with pytest.raises(InvalidArgument, match="whole numbers from 0"):
        comment_depth(comments.assign(depth=comments["depth"] - 1))
    with pytest.raises(InvalidArgument, match="'points' must hold numbers"):
        comment_depth(comments.assign(points="many"))
    with pytest.raises(InvalidArgument, match="ax must be"):
        comment_depth(comments, ax=np.zeros(2))


def test_the_line_of_a_group_ends_at_its_deepest_comment(comments):
    shallow = comments[(comments["post_id"] == "kT4mZ9q") | (comments["depth"] < 2)]
    ax = comment_depth(shallow, hue="post_id")
    ends = {
        str(ln.get_label())[:7]: np.flatnonzero(~np.isnan(ln.get_xdata())).max() for ln in ax.lines
    }
    assert ends == {"kT4mZ9q": 3, "wB7xE2s": 1}


def test_comment_depth_groups_share_a_last_row_too():
    n = 60
    deep = pd.DataFrame({
        "post_id": ["kT4mZ9q", "wB7xE2s"] * (n // 2),
        "depth": pd.array(range(n), dtype="Int64"),
        "points": pd.array([1] * n, dtype="Int64"),
        "deleted": pd.array([False] * n, dtype="boolean"),
    })  # fmt: skip
    ax = comment_depth(deep, hue="post_id")
    assert ax.get_yticklabels()[-1].get_text().endswith("+")
    for line in ax.lines:
        assert np.nansum(line.get_xdata()) == pytest.approx(100)
