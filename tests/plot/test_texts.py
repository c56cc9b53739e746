from __future__ import annotations

import datetime as dt

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

from imgurdata.plot import comment_activity, comment_depth, credit_usage, gallery_trend
from imgurdata.plot.text import draw_literally

#: No formula, though it looks like one; what no font has, and controls; a long one.
TEXTS = ["$\\frac$ 50%_{x} \\$", "\x00\x1b]0;x\x07 \U0001f600 \u6f22\u5b57", "x" * 5000]


def test_charts_draw_texts_of_the_data_literally(posts, comments, make_history, subtests):
    for text in TEXTS:
        with subtests.test(text=text):
            two = pd.concat([make_history([(0, 9, 60)], identity=text), make_history([(0, 9, 60)])])
            named = posts.rename(columns={"points": text})
            charts = [
                (gallery_trend, named, {"value": text}),
                (gallery_trend, named.iloc[:0], {"value": text}),
                (gallery_trend, posts, {"tz": dt.timezone(dt.timedelta(hours=1), text)}),
                (comment_activity, comments.assign(post_id=text), {}),
                (comment_depth, comments.assign(post_id=text), {}),
                (credit_usage, two, {}),
            ]
            for chart, frame, arguments in charts:
                ax = plt.figure(figsize=(5, 3)).add_subplot()
                chart(frame, ax=ax, **arguments).figure.draw_without_rendering()
            plt.close("all")


def test_title_keeps_dollar_signs(posts, comments):
    ax = gallery_trend(posts.rename(columns={"points": "a_$x$"}), "a_$x$", freq="h")
    assert ax.get_title() == "Median a $x$ of posts over time"
    assert not ax.title.get_parse_math()
    assert not ax.yaxis.label.get_parse_math()
    assert "post $x$ by" in comment_depth(comments.assign(post_id="$x$")).get_title()


def test_title_of_the_user_may_be_a_formula(posts):
    ax = gallery_trend(posts)
    ax.set_title("Mine: $x^2$")
    assert ax.title.get_parse_math()


def test_draw_literally_replaces_missing_characters():
    with mpl.rc_context({"font.family": ["DejaVu Sans"]}):
        text = plt.figure().text(0, 0, "caf\u00e9 \u6f22\u5b57")
        draw_literally(text)
    assert text.get_text() == "caf\u00e9 \ufffd\ufffd"


def test_draw_literally_keeps_commands_from_tex():
    with mpl.rc_context({"text.usetex": True}):
        plain, odd = (plt.figure().text(0, 0, words) for words in ("50 posts", "50% of a_b"))
        draw_literally(plain)
        draw_literally(odd)
    assert plain.get_usetex()
    assert not odd.get_usetex()


def test_charts_draw_half_a_surrogate_pair(make_history, comments):
    history = make_history([(0, 9, 60), (5, 8, 60)])
    odd = pd.Series(["\ud800", "x"], dtype=object)
    credit_usage(history.assign(identity=odd)).figure.draw_without_rendering()
    ids = pd.Series(["\ud800"] * len(comments), dtype=object)
    comment_depth(comments.assign(post_id=ids, id=ids)).figure.draw_without_rendering()
