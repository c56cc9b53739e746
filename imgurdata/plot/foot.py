"""Bars at the foot of an Axes: a second quantity without a second y axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["bar_key", "foot_bars", "limits", "stacked_bars"]

# The share of the height that the tallest bar takes.
_STRIP = 0.12

# The share of the height below which there are no ticks and no lines.
_FLOOR = 0.17

# With more bars than this the gaps between them would be all one sees.
_GAPS = 96


def stacked_bars(
    ax: Axes,
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    heights: list[npt.NDArray[np.float64]],
    colors: list[str],
    *,
    gap: float,
    **style: Any,
) -> None:
    """Draw stacked bars, each colour as one patch: 50,000 of their own would take a minute.

    Parameters
    ----------
    left, right
        Where the bars begin and end, in units of the x axis.
    heights
        One array for each colour.
    colors
        As many as ``heights``.
    gap
        The part of a bar's width that is left free, if there are few of them.
    style
        Of the patches.
    """
    shrink = gap / 2 * (right - left)
    apart = np.column_stack([left + shrink, right - shrink]).ravel()
    edges = apart if len(left) <= _GAPS else np.r_[left, right[-1]]
    base = np.zeros(len(left))
    for height, color in zip(heights, colors, strict=True):
        tops, floors = base + height, base
        if edges is apart:
            # Between two bars stands a bin of NaN, which is not drawn.
            tops, floors = np.full(len(edges) - 1, np.nan), np.zeros(len(edges) - 1)
            tops[::2], floors[::2] = base + height, base
        ax.stairs(tops, edges, baseline=floors, fill=True, color=color, linewidth=0, **style)
        base = base + height


def foot_bars(
    ax: Axes,
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    heights: list[npt.NDArray[np.float64]],
    colors: list[str],
    alpha: float = 0.55,
) -> None:
    """Draw stacked bars at the foot: x in data, height as a share of the Axes.

    Parameters
    ----------
    left, right
        Where the bars begin and end, in units of the x axis.
    heights
        One array for each colour, in any unit: the tallest stack fills the strip.
    colors
        As many as ``heights``.
    """
    most = float(np.sum(heights, axis=0).max())
    if most <= 0:
        return
    shares = [_STRIP * height / most for height in heights]
    place = ax.get_xaxis_transform()
    stacked_bars(ax, left, right, shares, colors, gap=0.1, transform=place, alpha=alpha, zorder=1)


def bar_key(color: str, label: str, alpha: float = 0.55) -> Artist:
    """Make the key of such bars for the legend."""
    from matplotlib.patches import Patch

    return Patch(facecolor=color, alpha=alpha, linewidth=0, label=label)


def limits(ax: Axes, low: float, high: float, *, foot: bool) -> None:
    """Set y limits with a little room above, and leave the foot to the bars."""
    room = 1.06 * (high - low)
    if not foot:
        ax.set_ylim(low, low + room)
        return
    from imgurdata.plot.ticks import TicksAbove

    ax.set_ylim(low - room * _FLOOR / (1 - _FLOOR), low + room)
    ax.yaxis.set_major_locator(TicksAbove(0.95 * _FLOOR))
