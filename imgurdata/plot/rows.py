"""Bars in named rows from the top down: both axes, the numbers, and a strip of medians."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from imgurdata.plot.style import Style, next_color, set_grid
from imgurdata.plot.text import text_width
from imgurdata.plot.ticks import format_number
from imgurdata.plot.validate import Floats

__all__ = ["draw_medians", "set_count_rows", "set_row_axis"]

# Where the strip of the medians starts, as a share of the width.
_STRIP = 0.74


def set_row_axis(ax: Axes, style: Style, names: list[str], *, above: float) -> None:
    """Make y an axis of named rows from the top down, with free rows above."""
    # A few rows do not become very high.
    empty = max(0.0, 3.0 - len(names)) / 2
    ax.set_ylim(len(names) - 0.4 + empty, -0.4 - above - empty)
    ax.set_yticks(np.arange(len(names)), names)
    ax.spines["left"].set_bounds(len(names) - 0.4 + empty, -0.6)
    ax.tick_params(axis="y", length=0)
    set_grid(ax, style, "x")


def set_count_rows(
    ax: Axes,
    style: Style,
    names: list[str],
    counts: Floats,
    labels: list[str],
    name: str,
    *,
    strip: bool,
) -> None:
    """Set the axes of a bar chart of named rows, and write a label at the end of each bar.

    ``name`` is that of the counts; ``strip`` leaves the space for medians.
    """
    widest = max(text_width(label, style.small) for label in labels)
    _set_count_axis(ax, style, float(counts.max()), widest, strip=strip)
    ax.set_xlabel(name, loc="left" if strip else None)
    for row, (count, label) in enumerate(zip(counts.tolist(), labels, strict=True)):
        ax.annotate(
            label, xy=(count, row), xytext=(3, 0), textcoords="offset points",
            va="center_baseline", fontsize=style.small, color=style.ink, zorder=4,
        )  # fmt: skip
    set_row_axis(ax, style, names, above=1.0 if strip else 0.2)


def _set_count_axis(ax: Axes, style: Style, most: float, label: float, *, strip: bool) -> None:
    """Make x the axis of counts, with space for labels of a width in points, and the strip."""
    # The share of the width that the longest bar may take beside the label at its end.
    room = _STRIP - 0.03 if strip else 0.98
    share = max(0.25, room - 1.08 * label / style.width)
    ax.set_xlim(0, most / share)
    nbins = max(2, int(style.width * share / (5 * style.size)))
    steps = MaxNLocator(nbins=min(nbins, 6), integer=True, steps=[1, 2, 5, 10])
    ticks = np.asarray(steps.tick_values(0, most))
    ax.xaxis.set_major_locator(FixedLocator(ticks[ticks <= most].tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(format_number))
    ax.spines["bottom"].set_bounds(0, most)


def draw_medians(ax: Axes, style: Style, medians: Floats) -> None:
    """Draw dots on stems in the strip on the right, from a line at zero, with their numbers."""
    transform = ax.get_yaxis_transform()

    def write(text: str, x: float, row: float, color: str, offset: float, size: float) -> None:
        ax.annotate(
            text, xy=(x, row), xycoords=transform, xytext=(offset, 0), textcoords="offset points",
            va="center_baseline", fontsize=size, color=color,
        )  # fmt: skip

    write("Median points", _STRIP, -1.0, style.ink, 0.0, style.size)
    offset, size = 0.55 * style.size, style.small
    known = np.flatnonzero(~np.isnan(medians))
    for row in np.flatnonzero(np.isnan(medians)).tolist():
        write("none", _STRIP, row, style.muted, offset, size)
    if len(known) == 0:
        return
    labels = [format_number(round(float(median), 1)) for median in medians[known]]
    label_width = max(len(label) for label in labels) * 0.62 * style.size + 8.0
    low, high = min(0.0, float(medians[known].min())), max(0.0, float(medians[known].max()))
    unit = max(0.04, 0.99 - _STRIP - label_width / style.width) / ((high - low) or 1.0)
    zero = _STRIP + 0.01 - low * unit
    x = zero + medians[known] * unit
    color, end = next_color(ax), len(medians) - 0.5
    ax.vlines(zero, -0.5, end, transform=transform, color=style.muted, linewidth=0.8, zorder=1)
    ax.hlines(known, zero, x, transform=transform, color=color, linewidth=1.2, zorder=2)
    ax.plot(
        x, known, transform=transform, linestyle="none", marker="o", markersize=0.55 * style.size,
        markeredgewidth=0, color=color, label="_median points", zorder=3,
    )  # fmt: skip
    for label, dot, row in zip(labels, x.tolist(), known.tolist(), strict=True):
        # Right of the zero line too, if a negative dot lies on its left.
        write(label, max(dot, zero), row, style.ink, offset, size)
