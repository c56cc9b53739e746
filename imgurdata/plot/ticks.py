"""Ticks of numbers: their labels, and locators that leave a part of an axis free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullFormatter

from imgurdata.plot.text import draw_literally

__all__ = [
    "TicksAbove",
    "TicksBelow",
    "format_number",
    "format_percent",
    "format_short",
    "set_integer_ticks",
    "set_log_ticks",
    "set_number_axis",
]

# Fewer ticks than this beside the data are replaced by finer ones.
_FEW_TICKS, _FEW_STEPS = 3, 4


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


class TicksBelow(Locator):
    """The ticks of another locator without those beside the header: no share is 160%.

    Once somebody else has set the limits, all ticks are shown.
    """

    def __init__(self, locator: Locator, top: float, end: float) -> None:
        self.locator: Locator = locator.locator if isinstance(locator, TicksBelow) else locator
        self.top, self.end = top, end

    def set_axis(self, axis: Any) -> None:
        """Set the axis of both locators."""
        super().set_axis(axis)
        self.locator.set_axis(axis)

    def __call__(self) -> Any:
        """Return the ticks of the present limits."""
        ticks = np.asarray(self.locator(), dtype="float64")
        low, high = self.axis.get_view_interval() if self.axis is not None else (0.0, 0.0)
        if not np.isclose(high, self.end):
            return ticks
        kept = ticks[ticks <= self.top]
        start = low + getattr(self.locator, "share", 0.0) * (high - low)
        # Finer ones are for numbers, not for powers of ten, nor between one post and the next.
        if (
            0 < len(kept) < _FEW_TICKS
            and isinstance(self.locator, MaxNLocator)
            and self.top >= _FEW_STEPS
        ):
            finder = MaxNLocator(nbins=_FEW_STEPS, steps=[1, 2, 5, 10])
            finer = np.asarray(finder.tick_values(start, self.top), dtype="float64")
            kept = finer[(finer >= start) & (finer <= self.top)]
        return kept

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return all ticks between two values."""
        return self.locator.tick_values(vmin, vmax)

    def nonsingular(self, v0: float, v1: float) -> tuple[float, float]:
        """Return limits that are apart, as the other locator has them."""
        return self.locator.nonsingular(v0, v1)

    def view_limits(self, vmin: float, vmax: float) -> tuple[float, float]:
        """Return limits at ticks, as the other locator has them."""
        return self.locator.view_limits(vmin, vmax)
