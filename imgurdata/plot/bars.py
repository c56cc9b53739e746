"""Bars in time, stacked, and along the lower edge of an Axes as a second quantity."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, StepPatch

from imgurdata.plot.bins import Stack
from imgurdata.plot.chart import Chart
from imgurdata.plot.ticks import TicksAbove, set_integer_ticks
from imgurdata.plot.time import date_numbers
from imgurdata.plot.validate import Floats

__all__ = [
    "bar_handle",
    "baseline_bars",
    "draw_stacks",
    "empty_space",
    "mark_first_bars",
    "outline",
    "set_y_limits",
    "stacked_bars",
]

# Opacity of baseline bars.
_ALPHA = 0.55

# What the legend adds to them once a second chart is drawn over the first.
_FIRST_ONLY = ", first only"

# The tallest baseline bar takes this share of the height, and no tick stands below the floor.
_TALLEST = 0.12
_FLOOR = 0.17

# The x axis is at least as long as this many bins.
_FEWEST = 8

# With more bars than this the gaps between them would be all one sees.
_MOST_WITH_GAPS = 96


def empty_space(bins: int, width: float) -> float:
    """Return the space on both sides of a few bins, which would be very wide without."""
    return max(0, _FEWEST - bins) / 2 * width


def draw_stacks(
    chart: Chart, bins: Stack, labels: list[str], colors: list[str], *, outlines: bool
) -> list[Artist]:
    """Draw the groups that occur as stacked bars, or an outline each; return the legend handles."""
    ax = chart.ax
    left, right = date_numbers(bins.left), date_numbers(bins.right)
    heights, used = [], []
    handles: list[Artist] = []
    for height, label, color in zip(bins.heights, labels, colors, strict=True):
        if height.sum() == 0:
            continue
        heights.append(height)
        used.append(color)
        handles.append(
            Line2D([], [], color=color, linewidth=1.6, label=label)
            if outlines
            else Patch(facecolor=color, label=label)
        )
    (old_left, old_right), before = ax.get_xlim(), ax.get_ylim()[1] if chart.is_second else 0.0
    if outlines:
        for height, color in zip(heights, used, strict=True):
            outline(ax, height, np.r_[left, right[-1]], color)
        highest = float(np.max(heights))
    else:
        stacked_bars(ax, left, right, heights, used, gap=0.06, zorder=2)
        highest = float(np.sum(heights, axis=0).max())
    ax.set_ylim(0, max(1.06 * highest, before))
    set_integer_ticks(ax)
    pad = 0.01 * (right[-1] - left[0]) + empty_space(len(left), float(right[0] - left[0]))
    low, high = left[0] - pad, right[-1] + pad
    if chart.is_second:  # Nothing of the chart that is there is cut off.
        low, high = min(low, old_left), max(high, old_right)
    ax.set_xlim(low, high)
    return handles


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
        tops: Any = base + height
        bottoms: Any = base
        if has_gaps:
            # The step between two bars is NaN, which is not drawn.
            tops, bottoms = np.full(len(edges) - 1, np.nan), np.zeros(len(edges) - 1)
            tops[::2], bottoms[::2] = base + height, base
        bars = StepPatch(tops, edges, baseline=bottoms, facecolor=color, linewidth=0, **style)
        _add_steps(ax, bars)
        base = base + height
    reach = [(left[0], 0.0), (right[-1], float(base.max()))]
    ax.update_datalim(reach, updatey="transform" not in style)


def outline(ax: Axes, height: Floats, edges: Floats, color: str, **look: Any) -> None:
    """Draw bars as one outline, without a line at zero where there are none."""
    drawn = np.where(height == 0, np.nan, height)
    steps = StepPatch(drawn, edges, edgecolor=color, linewidth=1.6, zorder=3, fill=False, **look)
    _add_steps(ax, steps)
    ax.update_datalim([(edges[0], 0.0), (edges[-1], height.max())])


def _add_steps(ax: Axes, steps: StepPatch) -> None:
    """Add a patch without its limits, which ``Axes.stairs`` computes for each of its lines."""
    steps.sticky_edges.y.append(0.0)
    ax.add_artist(steps)


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


def mark_first_bars(chart: Chart) -> None:
    """Say in the legend that baseline bars are of the first chart, if this is a second one."""
    for handle in chart.before.handles if chart.before is not None else ():
        label = str(handle.get_label())
        # Other patches in a legend are groups, and opaque.
        is_bar = isinstance(handle, Patch) and handle.get_alpha() == _ALPHA
        if is_bar and not label.endswith(_FIRST_ONLY):
            handle.set_label(f"{label}{_FIRST_ONLY}")


def set_y_limits(ax: Axes, low: float, high: float, *, baseline: bool) -> None:
    """Set the limits of y with a margin above and, if asked, free space for baseline bars."""
    height = 1.06 * (high - low)
    if not baseline:
        ax.set_ylim(low, low + height)
        return
    ax.set_ylim(low - height * _FLOOR / (1 - _FLOOR), low + height)
    ax.yaxis.set_major_locator(TicksAbove(0.95 * _FLOOR))
