"""Names at the ends of lines, in place of entries of the legend, where they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import ConnectionPatch

from imgurdata.plot.style import Style
from imgurdata.plot.text import draw_literally, text_width

__all__ = ["End", "label_ends"]

# So many lines have names at their ends, which take such a share of the width at most.
_MOST, _WIDEST = 8, 0.27

# A line ends in the last part of the axis, or its name would seem to belong to another.
_FROM = 0.93

# Height of a line of text, to its size; share of the height of the Axes that is left for the data
# when the header has taken its place.
_LINE, _DATA = 1.35, 0.7

# A name stands no further above or below the end of its line than so many lines of text.
_FURTHEST = 3.0


class End(NamedTuple):
    """Last point of a line, in numbers of the axes, its color, and its name in the legend."""

    x: float
    y: float
    color: str
    label: str


def label_ends(ax: Axes, style: Style, ends: Sequence[End], title: str) -> list[str]:
    """Write names at the ends of lines, and return them; none if they do not fit all together.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With the limits that it keeps.
    style : Style
    ends : sequence of End
    title : str
        Column of the groups, which stands above the names; "" for none.
    """
    has_room = ax.figure.get_layout_engine() is not None and ax.get_subplotspec() is not None
    if not has_room or style.scale < 1 or not 1 < len(ends) <= _MOST:
        return []
    left, right = ax.get_xlim()
    low, high = ax.get_ylim()
    up = 1.0 if low <= high else -1.0  # an axis of ranks has its lowest number on top
    widest = max(text_width(text, style.small) for text in (title, *(end.label for end in ends)))
    if widest > _WIDEST * style.width or min(end.x for end in ends) < left + _FROM * (right - left):
        return []
    line = _LINE * style.small / (_DATA * style.height) * abs(high - low)
    upwards = sorted(ends, key=lambda end: up * end.y)
    wanted = np.array([end.y for end in upwards])
    placed = up * spread(up * wanted, line, up * low + line / 2, up * high)
    if np.abs(placed - wanted).max() > _FURTHEST * line:
        return []
    for end, y in zip(upwards, placed.tolist(), strict=True):
        text = ax.text(
            1.015, y, end.label, transform=ax.get_yaxis_transform(), ha="left", va="center",
            fontsize=style.small, color=style.ink,
        )  # fmt: skip
        # Not an annotation's arrow, with which a name's box would lie across those of others.
        leader = ConnectionPatch(
            (1.015, y), (end.x, end.y), ax.get_yaxis_transform(), ax.transData,
            color=end.color, linewidth=1.2, shrinkA=3, annotation_clip=False,
        )  # fmt: skip
        ax.add_artist(leader)
        draw_literally(text)
    if title:
        text = ax.annotate(
            title, xy=(1.015, placed[-1] + up * line), xycoords=ax.get_yaxis_transform(),
            ha="left", va="center", fontsize=style.small, color=style.muted, annotation_clip=False,
        )  # fmt: skip
        draw_literally(text)
    return [end.label for end in ends]


def spread(wanted: np.ndarray, least: float, low: float, high: float) -> np.ndarray:
    """Return sorted places as near to the wanted ones as a least distance allows.

    Places that are too near to one another are moved apart around their common middle.

    >>> spread(np.array([0.0, 5.0, 5.0, 9.0]), 2.0, 0.0, 10.0).tolist()
    [0.0, 4.0, 6.0, 9.0]
    >>> spread(np.array([9.0, 10.0]), 4.0, 0.0, 10.0).tolist()
    [6.0, 10.0]
    """
    # Each block is a number of places and the middle of where they want to be.
    blocks: list[tuple[int, float]] = []
    for place in wanted.tolist():
        blocks.append((1, place))
        while len(blocks) > 1:
            (n, middle), (m, other) = blocks[-2:]
            if other - middle >= least * (n + m) / 2:
                break
            blocks[-2:] = [(n + m, (n * middle + m * other) / (n + m))]
    out: list[float] = []
    for n, middle in blocks:
        length = least * (n - 1)
        start = min(max(middle - length / 2, low), max(high - length, low))
        out += [start + least * i for i in range(n)]
    # A block that was moved into the range may have come too near to the next.
    for i in range(1, len(out)):
        out[i] = max(out[i], out[i - 1] + least)
    return np.array(out)
