"""Bars in time, stacked, and along the lower edge of an Axes as a second quantity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from imgurdata.plot.validate import Floats

__all__ = ["TicksAbove", "bar_handle", "baseline_bars", "outline", "set_y_limits", "stacked_bars"]

# Opacity of baseline bars.
_ALPHA = 0.55

# The tallest baseline bar takes this share of the height, and no tick stands below the floor.
_TALLEST = 0.12
_FLOOR = 0.17

# With more bars than this the gaps between them would be all one sees.
_MOST_WITH_GAPS = 96


class TicksAbove(MaxNLocator):
    """Round ticks in the upper part of an axis only; ``share`` of it, at the bottom, has none."""

    def __init__(self, share: float) -> None:
        super().__init__(nbins=7, steps=[1, 2, 2.5, 5, 10])
        self.share = share

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return ticks between two values, without those in the lower part."""
        ticks = np.asarray(super().tick_values(vmin, vmax))
        low, high = sorted((vmin, vmax))
        above: list[float] = ticks[ticks >= low + self.share * (high - low)].tolist()
        return above


def stacked_bars(
    ax: Axes,
    left: Floats,
    right: Floats,
    heights: list[Floats],
    colors: list[str],
    *,
    gap: float,
    **style: Any,
) -> None:
    """Draw stacked bars, one array of heights and one patch a color.

    A patch for each bar would take a minute with 50,000 bars. ``gap`` is the share of a bar's
    width that stays free between bars, if they are few.
    """
    shrink = gap / 2 * (right - left)
    edges = np.column_stack([left + shrink, right - shrink]).ravel()
    has_gaps = len(left) <= _MOST_WITH_GAPS
    if not has_gaps:
        edges = np.r_[left, right[-1]]
    base = np.zeros(len(left))
    for height, color in zip(heights, colors, strict=True):
        tops, bottoms = base + height, base
        if has_gaps:
            # The step between two bars is NaN, which is not drawn.
            tops, bottoms = np.full(len(edges) - 1, np.nan), np.zeros(len(edges) - 1)
            tops[::2], bottoms[::2] = base + height, base
        ax.stairs(tops, edges, baseline=bottoms, fill=True, color=color, linewidth=0, **style)
        base = base + height


def outline(ax: Axes, height: Floats, edges: Floats, color: str, **look: Any) -> None:
    """Draw bars as one outline, without a line at zero where there are none."""
    drawn = np.where(height == 0, np.nan, height)
    ax.stairs(drawn, edges, color=color, linewidth=1.6, zorder=3, **look)


def baseline_bars(
    ax: Axes, left: Floats, right: Floats, heights: list[Floats], colors: list[str]
) -> None:
    """Draw stacked bars along the lower edge: x in data units, height as a share of the Axes."""
    highest = float(np.sum(heights, axis=0).max())
    if highest <= 0:
        return
    shares = [_TALLEST * height / highest for height in heights]
    transform = ax.get_xaxis_transform()
    style: dict[str, Any] = {"transform": transform, "alpha": _ALPHA, "zorder": 1}
    stacked_bars(ax, left, right, shares, colors, gap=0.1, **style)


def bar_handle(color: str, label: str) -> Patch:
    """Return the legend handle of baseline bars."""
    return Patch(facecolor=color, alpha=_ALPHA, linewidth=0, label=label)


def set_y_limits(ax: Axes, low: float, high: float, *, baseline: bool) -> None:
    """Set the limits of y with a margin above and, if asked, free space for baseline bars."""
    height = 1.06 * (high - low)
    if not baseline:
        ax.set_ylim(low, low + height)
        return
    ax.set_ylim(low - height * _FLOOR / (1 - _FLOOR), low + height)
    ax.yaxis.set_major_locator(TicksAbove(0.95 * _FLOOR))
