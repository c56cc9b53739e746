from __future__ import annotations

import pandas as pd
import pytest

from imgurdata.errors import InvalidArgument
from imgurdata.plot import top_tags


def names(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def widths(ax):
    return [patch.get_width() for patch in ax.patches]


def test_top_tags_counts_posts(posts, words):
    ax = top_tags(posts)
    assert names(ax) == ["cats", "dogs", "funny"]
    assert widths(ax) == [40, 20, 20]
    text = words(ax)
    assert "n = 60 posts with tags; 3 tags; 20 without tags left out" in text
    assert "| 40 (67%) |" in text
    assert names(top_tags(posts, 1)) == ["cats"]


def test_top_tags_median_points_of_each(posts, words):
    cats = posts.loc[posts["tags"].str.contains("cats", na=False), "points"].astype("Float64")
    ax = top_tags(posts)
    (dots,) = (line for line in ax.lines if line.get_label() == "_median points")
    assert len(dots.get_xdata()) == 3
    assert f"| {cats.median():g} |" in words(ax)
    assert "Median points" not in words(top_tags(posts.drop(columns="points")))


def test_top_tags_counts_a_tag_once_per_post():
    frame = pd.DataFrame({"tags": ["cats cats", "dogs", ""]})
    ax = top_tags(frame)
    assert names(ax) == ["cats", "dogs"]
    assert widths(ax) == [1, 1]


def test_top_tags_stacks_groups(posts, words):
    ax = top_tags(posts, hue="is_album")
    by_hand = posts.assign(tag=posts["tags"].str.split()).explode("tag")
    table = by_hand.groupby(["is_album", "tag"]).size().unstack(fill_value=0)
    assert widths(ax) == [*table.loc[False], *table.loc[True]]
    assert "Median points" not in words(ax)


def test_top_tags_by_tags_has_numbers_behind_the_longer_bars(posts):
    ax = top_tags(posts, hue="tags")
    ends = {}
    for patch in ax.patches:
        row = round(patch.get_y() + patch.get_height() / 2)
        ends[row] = max(ends.get(row, 0), patch.get_x() + patch.get_width())
    # "cats funny" is in both groups: 40 posts with cats, 20 of them with funny.
    assert list(ends.values()) == [60, 20, 40]
    assert [text.get_text() for text in ax.texts] == ["40 (67%)", "20 (33%)", "20 (33%)"]
    assert [text.xy[0] for text in ax.texts] == list(ends.values())
    assert ax.get_xlim()[1] > 60
    assert ax.get_xlabel() == "Posts, in each of their groups"
    assert top_tags(posts, hue="is_album").get_xlabel() == "Posts"


def test_top_tags_draws_names_literally():
    ax = top_tags(pd.DataFrame({"tags": ["a$b$ \u6f22"]}))
    assert names(ax) == ["a\\$b\\$", "\ufffd"]
    ax.figure.draw_without_rendering()


def test_top_tags_refuses_bad_arguments(posts):
    with pytest.raises(InvalidArgument, match="n must be a whole number from 1 to 50; got 0"):
        top_tags(posts, 0)
    with pytest.raises(InvalidArgument, match=r"posts must have the column 'tags'.*load_gallery"):
        top_tags(posts.drop(columns="tags"))


def test_top_tags_says_how_many_are_drawn(posts, words):
    assert "2 of 3 tags" in words(top_tags(posts, 2))
    assert "; 3 tags" in words(top_tags(posts))
