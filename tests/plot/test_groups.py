from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from imgurdata.errors import InvalidArgument
from imgurdata.plot import describe, score_distribution, top_tags
from imgurdata.plot.groups import MOST_GROUPS, split
from imgurdata.plot.style import PALETTE, new_axes


def groups_of(values, dtype=None, **arguments):
    frame = pd.DataFrame({"x": pd.Series(values, dtype=dtype)})
    return split("posts", frame, "x", **arguments)


ORDERS = [
    (["b", "a", "b", None], "str", ["b", "a"], [[0, 2], [1]]),
    ([3, 1, 3, 2], "Int64", ["1", "2", "3"], [[1], [3], [0, 2]]),
    ([True, False, True, None], "boolean", ["no", "yes"], [[1], [0, 2]]),
    (pd.to_datetime(["2024-03-06 00:00", "2024-03-05 10:30"], utc=True), None,
     ["5 Mar 2024 10:30", "6 Mar 2024"], [[1], [0]]),
    (["b", "a"], "string[pyarrow]", ["a", "b"], [[1], [0]]),
    ([None, None], "str", [], []),
]  # fmt: skip


def test_split_orders_groups(subtests):
    for values, dtype, labels, rows in ORDERS:
        with subtests.test(values=values, dtype=dtype):
            found = groups_of(values, dtype)
            assert found.labels == labels
            assert [list(own) for own in found.rows] == rows


def test_split_has_at_most_seven_groups_and_other():
    found = groups_of([name for i, name in enumerate("abcdefghij") for _ in range(10 - i)])
    assert found.labels == [*"abcdefg", "other"]
    assert len(found.labels) == MOST_GROUPS + 1
    assert len(found.rows[-1]) == 3 + 2 + 1
    assert sorted(np.concatenate(found.rows)) == list(range(55))
    ax, style = new_axes(plt.subplots()[1])
    colors = found.colors(ax, style)
    assert [color.upper() for color in colors[:6]] == list(PALETTE)
    assert colors[-1] == style.faint
    assert len(set(colors)) == len(colors)


def test_split_takes_the_wanted_values_in_their_order():
    found = groups_of([1, 2, 2, 3], hue_order=[3, 1, 9])
    assert found.labels == ["3", "1"]
    assert found.notes == ["2 of other x left out", "no row of 9"]


def test_notes_count_each_row_once(subtests):
    tags = ["cats dogs", "funny", "dogs owls", "", None, "owls", "cats funny owls"]
    cases = [
        ("tags", tags, ["cats", "funny"], ["2 of other tags, 2 without tags left out"], 3),
        ("tags", tags, ["owls", "cats", "dogs", "funny"], ["2 without tags left out"], 5),
        ("tags", tags, None, ["2 without tags left out"], 5),
        ("kind", ["a", "b", None, "b"], ["a"], ["2 of other kind, 1 without kind left out"], 1),
        ("kind", ["a", "b", "b"], ["a", "b", "z"], ["no row of z"], 3),
    ]
    for hue, values, order, notes, drawn in cases:
        with subtests.test(hue=hue, order=order):
            frame = pd.DataFrame({hue: pd.Series(values, dtype="str"), "points": 1})
            found = split("posts", frame, hue, order)
            assert found.notes == notes
            assert len(found.drawn(np.ones(len(frame), dtype=bool))) == drawn
            text = describe(score_distribution(frame, hue=hue, hue_order=order))
            assert "; ".join([f"n = {drawn} post{'' if drawn == 1 else 's'}", *notes]) in text
            if hue == "tags":
                text = describe(top_tags(frame, hue=hue, hue_order=order))
                assert text.count("without tags") == 1


PALETTES = [
    (["red", "#00ff00"], ["#ff0000", "#00ff00"]),
    (["red"], ["#ff0000", "#ff0000"]),
    ({"a": "red", "b": "blue"}, ["#ff0000", "#0000ff"]),
    ("tab10", [to_hex("tab:blue"), to_hex("tab:orange")]),
]


def test_colors_are_those_of_the_palette(subtests):
    for palette, expected in PALETTES:
        with subtests.test(palette=palette):
            ax, style = new_axes(plt.subplots()[1])
            assert groups_of(["a", "b"], palette=palette).colors(ax, style) == expected
    ax, style = new_axes(plt.subplots()[1])
    assert len(set(groups_of(list("abc"), palette="viridis").colors(ax, style))) == 3
    with pytest.raises(InvalidArgument, match=r"palette must have .*; got none for 'b'"):
        groups_of(["a", "b"], palette={"a": "red"}).colors(ax, style)


BAD = [
    ({"hue": "y"}, r"hue must be the name of a column of posts \('x', 'nested'\); got 'y'\."),
    ({"hue": "xx"}, "Did you mean 'x'"),
    ({"hue_order": ["a"]}, "hue_order must be None without hue"),
    ({"hue": "x", "hue_order": []}, "hue_order must be a list of values"),
    ({"hue": "x", "hue_order": ["z"]}, r"hue_order must be a list of values .*; got \['z'\]\.$"),
    ({"hue": "x", "hue_order": ["cast"]}, r"got \['cast'\]\. Did you mean 'cats'\?"),
    ({"hue": "x", "palette": "virdis"}, "Did you mean 'viridis'"),
    ({"hue": "x", "palette": ["nope"]}, "palette must be a list of colors"),
    ({"hue": "nested"}, "hue must be a column of texts"),
]


def test_split_refuses_bad_arguments(subtests):
    frame = pd.DataFrame({"x": ["cats", "dogs"], "nested": [[1], [2]]})
    for arguments, message in BAD:
        with subtests.test(arguments=arguments), pytest.raises(InvalidArgument, match=message):
            split("posts", frame, **{"hue": None, **arguments})
