from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from imgurdata.errors import InvalidArgument
from imgurdata.plot import describe, score_distribution
from imgurdata.plot.scores import log_edges, post_kinds
from imgurdata.plot.ticks import format_number


def frame_of(values):
    return pd.DataFrame({"points": pd.array(values, dtype="Int64")})


def total(ax):
    return sum(p.get_height() for p in ax.patches)


def test_score_distribution_every_post_is_in_a_bar(posts, words):
    ax = score_distribution(posts)
    assert total(ax) == 79
    assert "n = 79 posts; 1 without points left out" in words(ax)


def test_score_distribution_draws_few_and_many_posts(subtests):
    for n in (2, 60, 60_000):
        with subtests.test(n=n):
            rng = np.random.default_rng(n)
            values = np.round(np.exp(rng.normal(5, 2, n))).astype(int) - 20
            ax = score_distribution(frame_of(values))
            assert total(ax) == n
            ax.figure.draw_without_rendering()


def test_score_distribution_axis_is_log_or_symlog(posts):
    positive = score_distribution(frame_of([1, 20, 300]))
    assert positive.get_xscale() == "log"
    assert positive.get_xlabel() == "Points (log scale)"
    mixed = score_distribution(posts)
    assert mixed.get_xscale() == "symlog"
    assert "linear between" in mixed.get_xlabel()
    low, high = mixed.get_xlim()
    assert low < -12
    assert high > posts["points"].max()


FEW_VALUES = [[0], [7], [-5], [0, 0, 0], [-3, -200], [0, 1], [2_000_000_000]]


def test_score_distribution_draws_a_few_values(subtests):
    for values in FEW_VALUES:
        with subtests.test(values=values):
            ax = score_distribution(frame_of(values))
            assert total(ax) == len(values)
            ax.figure.draw_without_rendering()


def test_score_distribution_marks_median_and_percentile(posts, words):
    ax = score_distribution(posts)
    points = posts["points"].dropna().astype(float)
    marks = [line.get_xdata()[0] for line in ax.lines]
    np.testing.assert_allclose(marks, [points.median(), points.quantile(0.9)])
    assert f"median {points.median():g}" in words(ax)
    assert "90th percentile" in words(ax)


def test_post_kinds_by_the_columns_that_exist():
    frame = pd.DataFrame(
        {
            "is_album": pd.array([True, True, True, False, False, False, None], dtype="boolean"),
            "images_count": pd.array([3, 1, None, 1, 1, 1, 1], dtype="Int64"),
            "media_type": pd.Series(
                [None, None, None, "image/png", "video/mp4", "image/gif", None], dtype="str"
            ),
        }
    )
    moving = "video or GIF"
    assert post_kinds(frame).tolist() == [
        "album with several images", "album with one image", "album", "single image",
        moving, moving, "kind unknown",
    ]  # fmt: skip
    bare = post_kinds(frame[["is_album"]]).tolist()
    assert bare == [*["album"] * 3, *["image"] * 3, "kind unknown"]
    assert set(post_kinds(frame[["media_type"]])) == {"kind unknown"}


def test_score_distribution_legend_has_number_and_median_of_each_kind(posts, words):
    known = posts[posts["points"].notna()]
    stills = known.loc[post_kinds(known) == "single image", "points"].astype(float)
    text = words(score_distribution(posts))
    assert f"single image: {len(stills)}, median {stills.median():g}" in text
    assert "kind unknown" not in text
    assert "all posts" in words(score_distribution(posts[["points"]]))


def test_score_distribution_falls_back_to_score(posts):
    ax = score_distribution(posts.assign(points=pd.array([pd.NA] * len(posts), dtype="Int64")))
    assert ax.get_title() == "Distribution of score over posts"
    assert ax.get_xlabel().startswith("Score")
    assert total(score_distribution(posts.drop(columns="points"))) == len(posts)


def test_log_edges_contain_all_values_and_lie_between_whole_numbers():
    rng = np.random.default_rng(3)
    for spread in (0.3, 1, 3):
        values = np.round(np.exp(rng.normal(3, spread, 500))) * rng.choice([-1, 1, 1], 500)
        edges = log_edges(values)
        assert edges[0] < values.min()
        assert edges[-1] > values.max()
        assert (edges % 1 == 0.5).all()
        positive = np.diff(edges[edges > 0])
        assert (np.diff(positive) >= 0).all()


def test_score_distribution_empty_frame_says_no_data(words, subtests):
    for rows in (0, 3):
        with subtests.test(rows=rows):
            ax = score_distribution(frame_of([pd.NA] * rows))
            assert "no data" in words(ax)
            ax.figure.draw_without_rendering()


def test_score_distribution_refuses_bad_frames(posts):
    with pytest.raises(
        InvalidArgument, match=r"'points' or 'score'.*load_gallery.*Did you mean 'pointz'"
    ):
        score_distribution(pd.DataFrame({"pointz": [1]}))
    with pytest.raises(InvalidArgument, match="'points' must hold numbers"):
        score_distribution(posts.assign(points=posts["title"]))
    with pytest.raises(InvalidArgument, match="posts must be a DataFrame"):
        score_distribution(posts["points"])


def test_score_distribution_words_follow_the_record(comments, words):
    ax = score_distribution(comments)
    assert ax.get_title() == "Distribution of points over comments"
    assert ax.get_ylabel() == "Comments"
    assert "n = 90 comments" in words(ax)
    assert "post" not in words(ax)


def test_score_distribution_compares_shares_of_groups(posts, words):
    ax = score_distribution(posts, hue="is_album")
    assert [shares(patch) for patch in ax.patches] == [100.0, 100.0]
    known = posts[posts["points"].notna()]
    albums = known.loc[known["is_album"], "points"].astype(float)
    assert f"yes (n = {len(albums)}), median {albums.median():g}" in words(ax)
    assert ax.get_ylabel() == "Share of the group's posts"


def shares(patch):
    return float(np.nansum(patch.get_data().values))


def test_a_second_score_distribution_is_an_outline_in_the_same_bins(posts):
    ax = score_distribution(posts.iloc[:40])
    before, marks = len(ax.patches), len(ax.lines)
    edges = {patch.get_x() for patch in ax.patches}
    high = ax.get_ylim()[1]
    more = posts.assign(points=posts["points"] * 7)
    score_distribution(more, ax=ax, label="all", color="red")
    assert len(ax.patches) == before + 1
    outline = ax.patches[-1]
    assert to_hex(outline.get_edgecolor()) == "#ff0000"
    assert np.nansum(outline.get_data().values) == 79
    assert edges <= set(outline.get_data().edges)
    assert len(ax.lines) == marks  # median and percentile of the first, not printed over
    assert ax.get_ylim()[1] >= high
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sum(entry.startswith("all (n = 79), median ") for entry in entries) == 1
    assert ax.get_ylabel() == "Posts"
    by_share = score_distribution(posts, hue="is_album")
    score_distribution(posts, ax=by_share)
    assert shares(by_share.patches[-1]) == pytest.approx(100)
    assert by_share.get_ylabel() == "Share of the group's posts"


def test_score_distribution_ticks_say_what_they_stand_for():
    ax = score_distribution(frame_of(range(300, 1500, 3)), hue=None)
    ax.figure.draw_without_rendering()
    texts = [text.get_text() for text in ax.get_xticklabels()]
    assert {"200", "500", "1,000"} <= set(texts)
    values = frame_of(np.geomspace(100, 10_000, 400).round().astype(int)).assign(kind="one")
    ax = score_distribution(values, hue="kind")
    ax.set_ylim(0, 19.5)
    ax.figure.draw_without_rendering()
    assert 2.5 in ax.get_yticks()
    for tick, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True):
        assert float(label.get_text().rstrip("%")) == pytest.approx(tick)


def test_score_distribution_draws_fractions():
    ax = score_distribution(pd.DataFrame({"score": [0.2, 0.7, 30.0]}))
    assert total(ax) == 3
    ax.figure.draw_without_rendering()


def test_many_groups_have_their_medians_in_the_description_only(posts):
    many = posts.assign(kind=[f"k{i % 6}" for i in range(len(posts))])
    ax = score_distribution(many, hue="kind")
    assert not any("median" in text.get_text() for text in ax.get_legend().get_texts())
    for kind, own in many.groupby("kind")["points"]:
        assert f"{kind}: median {format_number(round(own.median(), 1))}" in describe(ax)


def test_marks_stay_below_what_is_written_inside(posts):
    _, ax = plt.subplots()
    score_distribution(posts, ax=ax)
    ax.figure.draw_without_rendering()
    top = max(ax.transData.transform((1, max(line.get_ydata())))[1] for line in ax.lines)
    assert top < ax.get_legend().get_window_extent().y0
