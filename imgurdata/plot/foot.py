"""Bars at the foot of an Axes: a second quantity without a second y axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["bar_key", "foot_bars", "limits"]

# The share of the height that the tallest bar takes.
_STRIP = 0.12

# The share of the height below which there are no ticks and no lines.
_FLOOR = 0.17

# With more bars than this the gaps between them would be all one sees.
_GAPS = 96


def foot_bars(
    ax: Axes,
    left: npt.NDArray[np.float64],
    width: npt.NDArray[np.float64],
    heights: list[npt.NDArray[np.float64]],
    colors: list[str],
    alpha: float = 0.55,
) -> None:
    """Draw stacked bars at the foot: x in data, height as a share of the Axes.

    Parameters
    ----------
    left, width
        Of the bars, in units of the x axis.
    heights
        One array for each colour, in any unit: the tallest stack fills the strip.
    colors
        As many as ``heights``.
    """
    most = float(np.sum(heights, axis=0).max())
    if most <= 0:
        return
    gap = 0.1 if len(left) <= _GAPS else 0.0
    base = np.zeros(len(left))
    for height, color in zip(heights, colors, strict=True):
        share = _STRIP * height / most
        ax.bar(
            left + gap / 2 * width,
            share,
            width=(1 - gap) * width,
            bottom=base,
            align="edge",
            transform=ax.get_xaxis_transform(),
            color=color,
            alpha=alpha,
            linewidth=0,
            zorder=1,
        )
        base = base + share


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
