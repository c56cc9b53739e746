"""Style of all charts: palette, font sizes, header and grid, set by explicit arguments only."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.category import UnitData
from matplotlib.colors import to_rgba
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from imgurdata._validate import refuse

__all__ = [
    "PALETTE",
    "Style",
    "draw_literally",
    "format_number",
    "new_axes",
    "set_header",
    "set_integer_ticks",
    "set_number_axis",
    "show_no_data",
]

#: Okabe and Ito's colors, ordered so that neighbours differ for every kind of color vision.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6B6B6B")

# Characters that TeX reads as commands.
_TEX = frozenset("$\\%#&_{}^~")

# Mean width of a character of DejaVu Sans (regular, bold) and line height, in font sizes.
_WIDTH = 0.5
_BOLD_WIDTH = 0.57
_LINE_HEIGHT = 1.25


@dataclass(frozen=True)
class Style:
    """Font size and greys that suit one Axes, whose width and height are in points."""

    size: float
    width: float
    height: float
    ink: str  # text
    muted: str  # secondary text and guides
    grid: str

    @classmethod
    def of(cls, ax: Axes) -> Style:
        """Return the style of an Axes: a small font on small ones, light ink on dark figures."""
        box = ax.get_window_extent()
        points = 72.0 / ax.figure.dpi
        width, height = box.width * points, box.height * points
        size = 7.0 if width < 240 else 8.0 if width < 360 else 9.5
        red, green, blue, alpha = to_rgba(ax.figure.get_facecolor())
        if alpha > 0 and 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.4:
            return cls(size, width, height, "#E8E8E8", "#B4B4B4", "#4A4A4A")
        return cls(size, width, height, "#222222", "#5F5F5F", "#E4E4E4")

    def wrap(self, text: str, size: float, character: float = _WIDTH, share: float = 1.0) -> str:
        """Break text into lines that fit a share of the width of the Axes at a font size."""
        return "\n".join(textwrap.wrap(text, max(16, int(share * self.width / (size * character)))))


def new_axes(ax: Axes | None) -> tuple[Axes, Style]:
    """Return the Axes to draw on, by default that of a new figure, and its style."""
    if ax is None:
        # A figure of pyplot is displayed by a notebook at the end of the cell.
        _, ax = plt.subplots(figsize=(8.0, 4.5), layout="constrained", facecolor="white")
        ax.set_facecolor("white")
    elif not isinstance(ax, Axes):
        refuse("ax", "a matplotlib Axes, such as axes[0, 1] of fig, axes = plt.subplots(2, 2)", ax)
    elif ax.name != "rectilinear":
        refuse("ax", "a rectangular Axes (no projection such as 'polar' or '3d')", ax)
    elif ax.figure is None:
        refuse("ax", "an Axes that belongs to a figure", ax)
    elif isinstance(ax.xaxis.get_units(), UnitData):  # type: ignore[no-untyped-call]
        refuse("ax", "an Axes without categories on its x axis", ax)
    elif min(ax.get_position().size) <= 0:
        refuse("ax", "an Axes with a width and a height", ax)
    style = Style.of(ax)
    # Charts set limits for a linear scale; one that needs another scale sets it itself.
    if ax.get_xscale() != "linear":
        ax.set_xscale("linear")
    if ax.get_yscale() != "linear":
        ax.set_yscale("linear")
    ax.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(style.muted)
        ax.spines[side].set_linewidth(0.8)
    ax.tick_params(labelsize=style.size, labelcolor=style.ink, color=style.muted, width=0.8)
    ax.grid(visible=True, axis="y", color=style.grid, linewidth=0.8, linestyle="-")
    ax.grid(visible=False, axis="x")
    ax.set_axisbelow(True)
    return ax, style


def set_header(
    ax: Axes, style: Style, title: str, subtitle: str = "", handles: Sequence[Artist] = ()
) -> None:
    """Set title, subtitle and legend, stacked above the Axes and flush with its left edge.

    The legend stands above the data, so that it covers none. A layout engine makes room for all.
    """
    small = style.size - 0.5
    above = 4.0
    if handles:
        labels = [str(handle.get_label()) for handle in handles]
        columns = _legend_columns(labels, style.width / small)
        legend = ax.legend(
            handles=handles,
            labels=labels,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=columns,
            frameon=False,
            borderaxespad=0.15,
            borderpad=0.1,
            handlelength=1.6,
            handletextpad=0.6,
            columnspacing=1.4,
            labelspacing=0.25,
            fontsize=small,
            labelcolor=style.ink,
        )
        legend.set_zorder(5)
        for entry in legend.get_texts():
            draw_literally(entry)
        rows = -(-len(labels) // columns)
        above += rows * small * 1.3 + 4.0
    if subtitle:
        text = style.wrap(subtitle, small)
        detail = ax.annotate(
            text,
            xy=(0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0.0, above),
            textcoords="offset points",
            ha="left",
            va="bottom",
            fontsize=small,
            color=style.muted,
            annotation_clip=False,
        )
        draw_literally(detail)
        above += (text.count("\n") + 1) * small * _LINE_HEIGHT + 4.0
    # The centre title moved to the left edge: ax.get_title() does not return a left title.
    heading = ax.set_title(
        style.wrap(title, style.size + 1.5, _BOLD_WIDTH),
        x=0.0,
        ha="left",
        pad=above,
        fontsize=style.size + 1.5,
        fontweight="bold",
        color=style.ink,
    )
    draw_literally(heading)


def draw_literally(text: Text) -> None:
    """Make a text that may contain data appear character by character.

    A dollar sign in the data starts no formula, and a character that the font lacks is replaced,
    since matplotlib would warn each time the figure is drawn.
    """
    content = text.get_text()
    if not content.isascii():
        content = _replace_missing(content, text)
        text.set_text(content)
    if "$" in content:
        text.set_parse_math(False)
    if _TEX & set(content):
        text.set_usetex(False)


def _replace_missing(content: str, text: Text) -> str:
    """Return the content with a replacement for each character that no font of the text has."""
    properties = text.get_fontproperties()
    paths = []
    for family in properties.get_family():
        single = properties.copy()
        single.set_family(family)
        try:
            paths.append(findfont(single, fallback_to_default=False))
        except ValueError:
            continue
    fonts = [get_font(path) for path in paths or [findfont(properties)]]

    def drawable(character: str) -> bool:
        return character.isspace() or any(font.get_char_index(ord(character)) for font in fonts)

    replacement = "\N{REPLACEMENT CHARACTER}" if drawable("\N{REPLACEMENT CHARACTER}") else "?"
    return content.translate({ord(c): replacement for c in set(content) if not drawable(c)})


def _legend_columns(labels: Sequence[str], width: float) -> int:
    """Return the largest number of legend columns that fits a width, given in font sizes."""
    for columns in range(len(labels), 1, -1):
        # Matplotlib fills column by column, the first ones with one row more.
        filled = np.array_split(labels, columns)
        if sum(max(map(len, column)) * _WIDTH + 3.7 for column in filled) <= width:
            return columns
    return 1


def show_no_data(ax: Axes, style: Style, title: str, frame: pd.DataFrame, reason: str) -> None:
    """Set the title, and write in the middle of an empty Axes that there is no data, and why."""
    set_header(ax, style, title)
    reason = reason if len(frame) else "the frame has no rows"
    ax.grid(visible=False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(NullLocator())
        axis.set_major_formatter(NullFormatter())
    text = ax.text(
        0.5,
        0.5,
        style.wrap(f"no data: {reason}", style.size, share=0.8),
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=style.size + 1.0,
        color=style.muted,
    )
    draw_literally(text)


def format_number(value: float, _position: Any = None) -> str:
    """Return a number in readable form; also usable as a matplotlib tick formatter.

    >>> [format_number(x) for x in (0, -5, 0.25, 1234, 250000, 2500000)]
    ['0', '\N{MINUS SIGN}5', '0.25', '1,234', '250,000', '2.5M']
    """
    size = abs(value)
    if size >= 1e9:
        text = f"{size / 1e9:,.4g}B"
    elif size >= 1e6:
        text = f"{size / 1e6:.4g}M"
    elif size >= 1000 or float(size).is_integer():
        text = f"{size:,.0f}"
    else:
        text = f"{size:.4g}"
    return f"\N{MINUS SIGN}{text}" if value < 0 else text


def set_number_axis(ax: Axes, style: Style, label: str) -> None:
    """Label the y axis and format its ticks as readable numbers."""
    ax.yaxis.set_major_formatter(FuncFormatter(format_number))
    draw_literally(ax.set_ylabel(label, fontsize=style.size, color=style.ink))


def set_integer_ticks(ax: Axes) -> None:
    """Put the ticks of y at whole numbers, since there is no half post."""
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
