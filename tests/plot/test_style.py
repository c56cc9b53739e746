from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgba

from imgurdata.plot import gallery_trend
from imgurdata.plot.style import Style, format_number


def test_plot_imports_no_matplotlib():
    code = "import imgurdata.plot, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


NUMBERS = [
    (0, "0"),
    (-1234, "\N{MINUS SIGN}1,234"),
    (0.5, "0.5"),
    (459.8, "459.8"),
    (999_999, "999,999"),
    (1e6, "1M"),
    (2.5e9, "2.5B"),
]


def test_format_number_is_readable(subtests):
    for value, text in NUMBERS:
        with subtests.test(value=value, text=text):
            assert format_number(value) == text


def test_style_has_light_ink_on_a_dark_figure():
    dark = plt.figure(facecolor="black").add_subplot()
    light = plt.figure(facecolor="white").add_subplot()
    assert to_rgba(Style.of(dark).ink)[0] > 0.8
    assert to_rgba(Style.of(light).ink)[0] < 0.2


def test_style_has_a_small_font_on_small_axes(posts):
    _, axes = plt.subplots(2, 3, figsize=(9, 5), layout="constrained")
    gallery_trend(posts, ax=axes[0, 0])
    own = gallery_trend(posts)
    assert axes[0, 0].title.get_fontsize() < own.title.get_fontsize()


def test_header_covers_neither_itself_nor_the_data(posts):
    for width in (4, 8):
        _, ax = plt.subplots(figsize=(width, 4), layout="constrained")
        gallery_trend(posts, ax=ax)
        ax.figure.canvas.draw()
        boxes = [ax.get_legend(), ax.texts[0], ax.title]
        extents = [ax.get_window_extent(), *(b.get_window_extent() for b in boxes)]
        for lower, upper in pairwise(extents):
            assert upper.y0 >= lower.y1 - 1.5
        assert extents[-1].y1 <= ax.figure.bbox.height


def test_new_axes_are_white_whatever_the_style_sheet(posts):
    with plt.style.context("dark_background"):
        ax = gallery_trend(posts)
    assert to_rgba(ax.figure.get_facecolor()) == (1, 1, 1, 1)
    assert to_rgba(ax.get_facecolor()) == (1, 1, 1, 1)
