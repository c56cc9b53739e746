"""The look of all charts: palette, type sizes, header and grid, by explicit arguments only."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata._validate import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "PALETTE",
    "Look",
    "as_written",
    "header",
    "new_axes",
    "no_data",
    "number",
    "plain_number_axis",
    "whole_number_ticks",
]

#: Okabe and Ito's colours in an order that keeps neighbours apart for every kind of colour sight.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6B6B6B")

# What TeX does not take for itself.
_TEX = frozenset("$\\%#&_{}^~")

# The mean width of a letter of DejaVu Sans (plain, bold) and the height of a line, in sizes.
_LETTER = 0.5
_BOLD = 0.57
_LINE = 1.25


@dataclass(frozen=True)
class Look:
    """Sizes and greys that suit one Axes.

    Attributes
    ----------
    size : float
        Type size of labels, in points.
    width, height : float
        Of the Axes, in points.
    ink, muted, grid : str
        Colours of text, of secondary text and guides, and of the grid.
    """

    size: float
    width: float
    height: float
    ink: str
    muted: str
    grid: str

    @classmethod
    def of(cls, ax: Axes) -> Look:
        """Measure an Axes: small ones get small type, dark figures get light ink."""
        from matplotlib.colors import to_rgba

        box = ax.get_window_extent()
        points = 72.0 / ax.figure.dpi
        width, height = box.width * points, box.height * points
        size = 7.0 if width < 240 else 8.0 if width < 360 else 9.5
        red, green, blue, alpha = to_rgba(ax.figure.get_facecolor())
        if alpha > 0 and 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.4:
            return cls(size, width, height, "#E8E8E8", "#B4B4B4", "#4A4A4A")
        return cls(size, width, height, "#222222", "#5F5F5F", "#E4E4E4")

    def wrap(self, text: str, size: float, letter: float = _LETTER) -> str:
        """Break the text into lines that fit the width of the Axes at this type size."""
        letters = max(16, int(self.width / (size * letter)))
        return "\n".join(textwrap.wrap(text, letters))


def new_axes(ax: Axes | None) -> tuple[Axes, Look]:
    """Give the Axes to draw on, a new figure's where none is given, and its look.

    Raises
    ------
    InvalidArgument
        ``ax`` is something else, such as a Figure or the array of ``plt.subplots(2)``, or Axes
        that are not rectangular.
    """
    from matplotlib.axes import Axes as AxesType
    from matplotlib.category import UnitData

    if ax is None:
        # pyplot, so that a notebook shows the figure at the end of the cell.
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(8.0, 4.5), layout="constrained", facecolor="white")
        ax.set_facecolor("white")
    elif not isinstance(ax, AxesType):
        refuse("ax", "a matplotlib Axes, such as axes[0, 1] of fig, axes = plt.subplots(2, 2)", ax)
    elif ax.name != "rectilinear":
        refuse("ax", "a rectangular Axes (no projection such as 'polar' or '3d')", ax)
    elif ax.figure is None:
        refuse("ax", "an Axes that belongs to a figure", ax)
    elif isinstance(ax.xaxis.get_units(), UnitData):  # type: ignore[no-untyped-call]
        refuse("ax", "an Axes without categories on its x axis", ax)
    elif min(ax.get_position().size) <= 0:
        refuse("ax", "an Axes with a width and a height", ax)
    look = Look.of(ax)
    # Limits are set as on a linear scale; a chart that needs another scale sets it itself.
    if ax.get_xscale() != "linear":
        ax.set_xscale("linear")
    if ax.get_yscale() != "linear":
        ax.set_yscale("linear")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(look.muted)
        ax.spines[side].set_linewidth(0.8)
    ax.tick_params(labelsize=look.size, labelcolor=look.ink, color=look.muted, width=0.8)
    ax.grid(visible=True, axis="y", color=look.grid, linewidth=0.8, linestyle="-")
    ax.grid(visible=False, axis="x")
    ax.set_axisbelow(True)
    return ax, look


def header(
    ax: Axes,
    look: Look,
    title: str,
    subtitle: str = "",
    handles: Sequence[Artist] = (),
) -> None:
    """Title, a line of detail and the legend, stacked above the Axes and flush with its left edge.

    The legend stands above the data rather than over it, so that it hides nothing however the
    data lie. A layout engine reckons with all three.
    """
    small = look.size - 0.5
    above = 4.0
    if handles:
        labels = [str(handle.get_label()) for handle in handles]
        columns = _columns(labels, look.width / small)
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
            labelcolor=look.ink,
        )
        legend.set_zorder(5)
        for entry in legend.get_texts():
            as_written(entry)
        rows = -(-len(labels) // columns)
        above += rows * small * 1.3 + 4.0
    if subtitle:
        text = look.wrap(subtitle, small)
        detail = ax.annotate(
            text,
            xy=(0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0.0, above),
            textcoords="offset points",
            ha="left",
            va="bottom",
            fontsize=small,
            color=look.muted,
            annotation_clip=False,
        )
        as_written(detail)
        above += (text.count("\n") + 1) * small * _LINE + 4.0
    # The centre title moved to the left edge: ax.get_title() finds it, unlike a left title.
    heading = ax.set_title(
        look.wrap(title, look.size + 1.5, _BOLD),
        x=0.0,
        ha="left",
        pad=above,
        fontsize=look.size + 1.5,
        fontweight="bold",
        color=look.ink,
    )
    as_written(heading)


def as_written(text: Text) -> None:
    """Let a text that may hold data be drawn letter by letter.

    A dollar sign of the data begins no formula, and a letter that the font does not have is
    replaced, since matplotlib would warn each time the figure is drawn.
    """
    words = text.get_text()
    if not words.isascii():
        words = _drawable(words, text)
        text.set_text(words)
    if "$" in words:
        text.set_parse_math(False)
    if _TEX & set(words):
        text.set_usetex(False)


def _drawable(words: str, text: Text) -> str:
    from matplotlib.font_manager import findfont, get_font

    properties = text.get_fontproperties()
    paths = []
    for family in properties.get_family():
        one = properties.copy()
        one.set_family(family)
        try:
            paths.append(findfont(one, fallback_to_default=False))
        except ValueError:
            continue
    fonts = [get_font(path) for path in paths or [findfont(properties)]]

    def has(letter: str) -> bool:
        return any(font.get_char_index(ord(letter)) for font in fonts)

    instead = "\N{REPLACEMENT CHARACTER}" if has("\N{REPLACEMENT CHARACTER}") else "?"
    known = {letter: letter for letter in set(words) if letter.isspace() or has(letter)}
    return "".join(known.get(letter, instead) for letter in words)


def _columns(labels: Sequence[str], width: float) -> int:
    """Find the most columns of a legend that fit a width, given in type sizes."""
    for columns in range(len(labels), 1, -1):
        # Matplotlib fills column by column, the first ones with one row more.
        rows, longer = divmod(len(labels), columns)
        at, total = 0, 0.0
        for column in range(columns):
            end = at + rows + (column < longer)
            total += max(len(label) for label in labels[at:end]) * _LETTER + 3.7
            at = end
        if total <= width:
            return columns
    return 1


def no_data(ax: Axes, look: Look, why: str) -> None:
    """Say in the middle of an Axes without data that there are none, and why."""
    from matplotlib.ticker import NullFormatter, NullLocator

    ax.grid(visible=False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(NullLocator())
        axis.set_major_formatter(NullFormatter())
    letters = max(16, int(0.8 * look.width / (look.size * _LETTER)))
    text = ax.text(
        0.5,
        0.5,
        "\n".join(textwrap.wrap(f"no data: {why}", letters)),
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=look.size + 1.0,
        color=look.muted,
    )
    as_written(text)


def number(value: float, _position: Any = None) -> str:
    """Write a number as people read it; also the function of a matplotlib formatter.

    >>> [number(x) for x in (0, -5, 0.25, 1234, 250000, 2500000)]
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


def plain_number_axis(ax: Axes, look: Look, label: str) -> None:
    """Label the y axis and write its ticks as whole, readable numbers."""
    from matplotlib.ticker import FuncFormatter

    ax.yaxis.set_major_formatter(FuncFormatter(number))
    as_written(ax.set_ylabel(label, fontsize=look.size, color=look.ink))


def whole_number_ticks(ax: Axes) -> None:
    """Put the ticks of y at whole numbers: there is no half post."""
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
