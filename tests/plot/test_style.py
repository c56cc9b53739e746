from __future__ import annotations

import subprocess
import sys

import matplotlib.pyplot as plt
import pytest

from imgurdata.plot.style import Style
from imgurdata.plot.text import draw_literally, text_width, wrap
from imgurdata.plot.ticks import format_number


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


def test_text_width_is_that_on_the_page():
    figure = plt.figure(dpi=72)
    for text, size in (("n = 78 posts", 9), ("caf\u00e9 \u6f22", 20), ("", 9)):
        drawn = figure.text(0, 0, text.replace("\u6f22", "n"), fontsize=size)
        assert text_width(text, size) == pytest.approx(drawn.get_window_extent().width, abs=5)


def test_wrap_breaks_lines_at_a_width():
    lines = wrap("one two three four five six", 10, 60).split("\n")
    assert len(lines) > 2
    assert all(text_width(line, 10) <= 60 for line in lines)
    assert wrap("Donaudampfschifffahrt", 10, 20) == "Donaudampfschifffahrt"


def test_style_sees_a_dark_figure():
    dark, light = (plt.figure(facecolor=color).add_subplot() for color in ("black", "white"))
    dark.set_facecolor("none")
    assert Style.of(dark).paper == "#000000"
    assert Style.of(light).paper == "#ffffff"


def test_characters_of_any_font_of_the_user_are_drawn():
    figure = plt.figure()
    text = figure.text(0, 0, "\N{SNOWMAN} \N{CJK UNIFIED IDEOGRAPH-6F22}")
    text.set_fontfamily(["No Such Font", "DejaVu Sans"])
    draw_literally(text)
    assert text.get_text() == "\N{SNOWMAN} \N{REPLACEMENT CHARACTER}"


def test_style_of_a_figure_without_any_color_is_that_of_paper():
    _, ax = plt.subplots(facecolor="none")
    ax.set_facecolor("none")
    with plt.rc_context({"figure.facecolor": "none"}):
        assert Style.of(ax).paper == "#ffffff"
