"""Look of all charts: what follows the user's style, the palette, and the Axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.category import UnitData
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.font_manager import FontProperties

from imgurdata._validate import refuse

__all__ = ["DASHES", "MARKERS", "PALETTE", "Style", "new_axes", "next_color", "set_grid"]

#: Okabe and Ito's colors without yellow and black, dark and light ones by turns: neighbours differ
#: for every kind of color vision, and in grey; each can be seen on white and on black.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")

#: Markers and dashes of groups, in their order, which tell lines apart in grey.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "o")
DASHES: tuple[Any, ...] = (
    "-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1, 1.5)), (0, (9, 2)),
    (0, (3, 1, 1, 1, 1, 1)), (0, (3, 3)), "-",
)  # fmt: skip

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
        size = scale * _points("axes.labelsize")
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


def _points(setting: Literal["axes.labelsize", "xtick.labelsize"]) -> float:
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
