"""Tick locators of our own. Imports matplotlib: imported where a chart is drawn, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TicksAbove"]


class TicksAbove(MaxNLocator):
    """Round ticks in the upper part of an axis only.

    Parameters
    ----------
    share
        The part of the axis, from its lower end, that has no ticks.
    """

    def __init__(self, share: float) -> None:
        super().__init__(nbins=7, steps=[1, 2, 2.5, 5, 10])
        self.share = share

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Ticks between two values, without those in the lower part."""
        ticks = np.asarray(super().tick_values(vmin, vmax))
        low, high = sorted((vmin, vmax))
        kept: list[float] = ticks[ticks >= low + self.share * (high - low)].tolist()
        return kept
