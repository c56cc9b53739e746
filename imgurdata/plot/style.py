"""Look of all charts: what follows the user's style, the palette, and text that shows data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import UnitData
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from imgurdata._validate import refuse

__all__ = [
    "DASHES",
    "MARKERS",
    "PALETTE",
    "Style",
    "draw_literally",
    "format_number",
    "format_percent",
    "format_short",
    "literal",
    "new_axes",
    "next_color",
    "set_grid",
    "set_integer_ticks",
    "set_log_ticks",
    "set_number_axis",
    "set_tick_names",
    "text_width",
    "wrap",
]

#: Okabe and Ito's colors without yellow and black, dark and light ones by turns: neighbours differ
#: for every kind of color vision, and in grey; each can be seen on white and on black.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")

#: Markers and dashes of groups, in their order, which tell lines apart in grey.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "o")
DASHES: tuple[Any, ...] = (
    "-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1, 1.5)), (0, (9, 2)),
    (0, (3, 1, 1, 1, 1, 1)), (0, (3, 3)), "-",
)  # fmt: skip

# Characters that TeX reads as commands.
_TEX = frozenset("$\\%#&_{}^~")

# Words that a line may end after; a number stays with its unit.
_WORDS = re.compile(r"\d+ [a-z]+ bins\S*|\S+")

# Width and height of the figure of a chart that is given no Axes, in inches.
_FIGURE = (8.0, 4.5)

# Longest cycle of colors that is gone through.
_LONGEST_CYCLE = 50

# Axes narrower than so many points get smaller text, unless the user chose the size of text.
_SCALES = ((165, 0.6), (250, 0.75), (330, 0.85))

# On Axes of a smaller scale than this, ticks are short.
_TINY = 0.7


@dataclass(frozen=True)
class Style:
    """Sizes and colors that suit one Axes, taken from the Axes itself.

    ``size`` is that of axis labels in points, ``small`` that of legend and notes; ``scale`` is 1
    except on small Axes. ``width`` and ``height`` are in points. ``ink`` is the color of text,
    ``paper`` that behind the data; ``muted``, ``faint`` and ``grid`` lie between them.
    """

    size: float
    small: float
    scale: float
    width: float
    height: float
    ink: str
    paper: str
    muted: str
    faint: str
    grid: str

    @classmethod
    def of(cls, ax: Axes) -> Style:
        """Return the style of an Axes: the size and the color of its label are the user's."""
        box = ax.get_window_extent()
        points = 72.0 / ax.figure.dpi
        width, height = box.width * points, box.height * points
        scale = 1.0
        if mpl.rcParams["font.size"] == mpl.rcParamsDefault["font.size"]:
            scale = next((scale for below, scale in _SCALES if width < below), 1.0)
        # A second chart on the same Axes finds the label as small as it was made.
        size = scale * FontProperties(size=mpl.rcParams["axes.labelsize"]).get_size_in_points()
        ink, paper = ax.xaxis.label.get_color(), _paper(ax)
        return cls(
            size=size,
            small=0.9 * size,
            scale=scale,
            width=width,
            height=height,
            ink=to_hex(ink),
            paper=paper,
            muted=_blend(ink, paper, 0.7),
            faint=_blend(ink, paper, 0.5),
            grid=_blend(ink, paper, 0.14),
        )


def _paper(ax: Axes) -> str:
    """Return the color behind the data: the first that is not transparent."""
    for color in (ax.get_facecolor(), ax.figure.get_facecolor(), mpl.rcParams["figure.facecolor"]):
        if to_rgba(color)[3] > 0.5:
            return to_hex(color)
    return "#ffffff"


def _blend(ink: Any, paper: str, share: float) -> str:
    mixed = share * np.array(to_rgb(ink)) + (1 - share) * np.array(to_rgb(paper))
    return to_hex(tuple(mixed.tolist()))


def new_axes(ax: Axes | None) -> tuple[Axes, Style]:
    """Return the Axes to draw on, by default that of a new figure, and its style."""
    if ax is None:
        size = mpl.rcParams["figure.figsize"]
        if list(size) == list(mpl.rcParamsDefault["figure.figsize"]):
            size = _FIGURE
        # A figure of pyplot is displayed by a notebook at the end of the cell.
        _, ax = plt.subplots(figsize=size, layout="constrained")
    else:
        _check_axes(ax)
    style = Style.of(ax)
    # Charts set limits for a linear scale; one that needs another scale sets it itself.
    if ax.get_xscale() != "linear":
        ax.set_xscale("linear")
    if ax.get_yscale() != "linear":
        ax.set_yscale("linear")
    if not ax.has_data():
        _set_palette(ax, style)
    if style.scale < _TINY:
        ax.tick_params(length=2, pad=1.5)
    if style.scale < 1:
        ax.tick_params(labelsize=style.scale * _points("xtick.labelsize"))
        ax.xaxis.label.set_fontsize(style.size)
        ax.yaxis.label.set_fontsize(style.size)
    if not mpl.rcParams["axes.grid"]:
        ax.spines[["top", "right"]].set_visible(False)
    set_grid(ax, style, "y")
    ax.set_axisbelow(True)
    return ax, style


def _check_axes(ax: Any) -> None:
    """Raise InvalidArgument for what no chart can be drawn on."""
    if not isinstance(ax, Axes):
        refuse("ax", "a matplotlib Axes, such as axes[0, 1] of fig, axes = plt.subplots(2, 2)", ax)
    if ax.name != "rectilinear":
        refuse("ax", "a rectangular Axes (no projection such as 'polar' or '3d')", ax)
    if ax.figure is None:
        refuse("ax", "an Axes that belongs to a figure", ax)
    if isinstance(ax.xaxis.get_units(), UnitData):  # type: ignore[no-untyped-call]
        refuse("ax", "an Axes without categories on its x axis", ax)
    if min(ax.get_position().size) <= 0:
        refuse("ax", "an Axes with a width and a height", ax)


def set_grid(ax: Axes, style: Style, which: Literal["x", "y"]) -> None:
    """Draw the grid of one axis only, unless the user's style has a grid of its own."""
    if not mpl.rcParams["axes.grid"]:
        ax.grid(visible=False)
        ax.grid(visible=True, axis=which, color=style.grid, linewidth=0.8, linestyle="-")


def _points(setting: Literal["xtick.labelsize"]) -> float:
    return float(FontProperties(size=mpl.rcParams[setting]).get_size_in_points())


def next_color(ax: Axes) -> str:
    """Return the next color of the cycle of an Axes, as a line would take it."""
    (line,) = ax.plot([], [])
    color = to_hex(line.get_color())
    line.remove()
    return color


def _set_palette(ax: Axes, style: Style) -> None:
    """Give an empty Axes our palette, unless its cycle of colors is the user's own."""
    default = mpl.rcParamsDefault["axes.prop_cycle"].by_key()["color"]
    if next_color(ax) == to_hex(default[0]):
        ax.set_prop_cycle(color=[*PALETTE, style.ink])
        return
    # Once around, so that the first color that is drawn is the cycle's first.
    seen: list[tuple[Any, ...]] = []
    while len(seen) < _LONGEST_CYCLE and (len(seen) < 2 or seen[-1] != seen[0]):
        (line,) = ax.plot([], [])
        seen.append((line.get_color(), line.get_linestyle(), line.get_marker()))
        line.remove()
    for _ in range(len(seen) - 3):
        next_color(ax)


def text_width(text: str, size: float, weight: str | int = "normal") -> float:
    """Return the width of a text in points, at a font size."""
    return size * _relative_width(text, findfont(FontProperties(weight=weight)))


@lru_cache(maxsize=4096)
def _relative_width(text: str, font: str) -> float:
    """Return the width of a text to its size: a layout asks for the same texts many times."""
    # Characters that the font may lack are measured as a letter of usual width.
    text = "".join(character if character.isascii() else "n" for character in text)
    properties = FontProperties(fname=font, size=1)
    width, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
    return float(width)


def wrap(text: str, size: float, width: float, weight: str | int = "normal") -> str:
    """Break a text into lines of at most a width in points, at a font size."""
    space = text_width("n n", size, weight) - text_width("nn", size, weight)
    lines: list[str] = []
    used = 0.0
    for word in _WORDS.findall(text):
        length = text_width(word, size, weight)
        if lines and used + space + length <= width:
            lines[-1] += f" {word}"
            used += space + length
        else:
            lines.append(word)
            used = length
    return "\n".join(lines)


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


def literal(content: str, like: Text) -> str:
    """Return content for a text that matplotlib makes itself, such as the label of a tick."""
    content = content if content.isascii() else _replace_missing(content, like)
    return content.replace("$", r"\$")


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


def format_short(value: float, _position: Any = None) -> str:
    """Return a number as short text, for Axes without space for thousands.

    >>> [format_short(x) for x in (500, 1500, 20000, -3000)]
    ['500', '1.5k', '20k', '\N{MINUS SIGN}3k']
    """
    if not 1000 <= abs(value) < 1e6:
        return format_number(value)
    return f"{format_number(value / 1000)}k"


def format_percent(value: float, _position: Any = None) -> str:
    """Return a share in percent as the label of a tick, with the digits that it has.

    >>> [format_percent(x) for x in (0, 2.5, 20)]
    ['0%', '2.5%', '20%']
    """
    return f"{format_number(round(value, 6))}%"


def set_log_ticks(axis: Axis, low: float, high: float, most: int) -> None:
    """Label a logarithmic axis from ``low`` to ``high`` at 1, or at 1, 2 and 5, of each decade.

    Few decades have ticks between their powers of ten, as long as there are at most so many.
    """
    decades = np.log10(high / low)
    subs = next(
        (subs for subs in ((1.0, 2.0, 5.0), (1.0, 3.0)) if len(subs) * decades < most), (1.0,)
    )
    axis.set_major_locator(LogLocator(subs=subs, numticks=50))
    axis.set_major_formatter(FuncFormatter(format_number))
    axis.set_minor_formatter(NullFormatter())


def set_number_axis(ax: Axes, label: str) -> None:
    """Label the y axis and format its ticks as readable numbers."""
    ax.yaxis.set_major_formatter(FuncFormatter(format_number))
    draw_literally(ax.set_ylabel(label))


def set_integer_ticks(ax: Axes) -> None:
    """Put the ticks of y at whole numbers, since there is no half post."""
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))


def set_tick_names(ax: Axes, names: list[str]) -> None:
    """Name the rows of y, each in its middle."""
    ax.set_yticks([row + 0.5 for row in range(len(names))], names)
    ax.tick_params(length=0)
