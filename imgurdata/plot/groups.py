"""Groups of rows that a chart compares: ``hue``, ``hue_order`` and ``palette``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like, to_hex

from imgurdata._validate import did_you_mean, refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.style import Style, next_color
from imgurdata.plot.validate import column_of, list_names
from imgurdata.plot.wording import in_words, shorten

__all__ = ["MOST_GROUPS", "Groups", "check_color", "check_label", "check_value", "split"]

#: More groups than this share one, called "other".
MOST_GROUPS = 7

_OTHER = "other"

_ORDER = "a list of values of the column that hue names"
_PALETTE = "a list of colors, a dict from group to color, or the name of a matplotlib colormap"


@dataclass(frozen=True)
class Groups:
    """Rows of a frame by the values of a column, in the order of the legend.

    Attributes
    ----------
    name : str
        The column in words, which is the title of the legend; "" without groups.
    labels : list of str
        One for each group.
    rows : list of numpy.ndarray
        Positions of the rows of each; a post with several tags is in several groups.
    notes : list of str
        What is left out.
    """

    name: str
    labels: list[str]
    rows: list[npt.NDArray[np.intp]]
    notes: list[str]
    palette: Any = None

    @property
    def is_split(self) -> bool:
        """Whether there are groups to compare."""
        return bool(self.name)

    def drawn(self, known: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        """Return the positions of the known rows that are in a group, each once."""
        if not self.is_split:
            return np.flatnonzero(known)
        return np.flatnonzero((self.codes(len(known)) >= 0) & known)

    def codes(self, n: int) -> npt.NDArray[np.intp]:
        """Return the number of the group of each of n rows, -1 without one, the last of several."""
        out = np.full(n, -1)
        for i, rows in enumerate(self.rows):
            out[rows] = i
        return out

    def colors(self, ax: Axes, style: Style, single: str | None = None) -> list[str]:
        """Return a color for each group: of the palette, or the next of the Axes.

        ``single`` is the color that the user chose for a chart without groups.
        """
        if single is not None and not self.is_split:
            return [single]
        return colors_of(self.labels, self.palette, ax, style)

    def label(self, index: int, n: int, style: Style) -> str:
        """Return the legend's text for a group, with the number of its rows that are drawn."""
        return f"{self.labels[index]} ({'n = ' if style.scale == 1 else ''}{n:,})"


def colors_of(labels: list[str], palette: Any, ax: Axes, style: Style) -> list[str]:
    """Return a color for each label: of a palette, or the next of the Axes; grey for "other"."""
    named = [label for label in labels if label != _OTHER]
    if palette is None:
        given = {label: next_color(ax) for label in named}
    elif isinstance(palette, Mapping):
        by_text = {shorten(key): to_hex(value) for key, value in palette.items()}
        if missing := [label for label in named if label not in by_text]:
            raise InvalidArgument(
                f"palette must have a color for each group; got none for {shown(missing[0])}."
            )
        given = by_text
    else:
        some = _list_of_colors(palette, len(named))
        given = {label: some[i % len(some)] for i, label in enumerate(named)}
    return [given.get(label, style.faint) for label in labels]


def _list_of_colors(palette: Any, n: int) -> list[str]:
    if not isinstance(palette, str):
        return [to_hex(color) for color in palette]
    colormap = mpl.colormaps[palette]
    if colormap.N < 32:  # a qualitative one: its colors as they are
        return [to_hex(colormap(i % colormap.N)) for i in range(n)]
    # The ends of a continuous one are too light or too dark on one of the backgrounds.
    return [to_hex(color) for color in colormap(np.linspace(0.1, 0.9, max(n, 1)))]


def _check_palette(palette: Any) -> Any:
    """Return a palette, or raise InvalidArgument."""
    if isinstance(palette, str):
        if palette not in mpl.colormaps:
            hint = did_you_mean(palette, list(mpl.colormaps))
            raise InvalidArgument(f"palette must be {_PALETTE}; got {shown(palette)}.{hint}")
        return palette
    values = list(palette.values()) if isinstance(palette, Mapping) else palette
    if palette is not None and not (
        isinstance(values, (list, tuple)) and values and all(map(is_color_like, values))
    ):
        refuse("palette", _PALETTE, palette)
    return palette


def check_color(color: Any) -> str | None:
    """Return a color as text, or raise InvalidArgument."""
    if color is not None and not (isinstance(color, (str, tuple)) and is_color_like(color)):
        refuse("color", "a color of matplotlib, such as 'C1', 'teal' or '#0072B2'", color)
    return None if color is None else to_hex(color)


def check_label(label: Any) -> str | None:
    """Return a text for the legend, or raise InvalidArgument."""
    if label is not None and not isinstance(label, str):
        refuse("label", "a text for the legend", label)
    return label


def check_value(value: Any) -> str:
    """Return the name of a numeric column in words, or raise InvalidArgument if it is no text."""
    if not isinstance(value, str):
        refuse("value", "the name of a numeric column, such as 'points'", value)
    return in_words(value)


def split(
    name: str, frame: pd.DataFrame, hue: Any, hue_order: Any = None, palette: Any = None
) -> Groups:
    """Return the groups of a frame, or all its rows as one.

    Parameters
    ----------
    name : str
        Name of the argument that is the frame.
    frame : pandas.DataFrame
    hue : str or None
        A column. A post is in the group of each of its ``tags``.
    hue_order : list or None
        Values that are groups, in order; None takes the most frequent ones.
    palette : str, list, dict or None
        Colors of the groups.

    Raises
    ------
    InvalidArgument
        There is no such column, or ``hue_order`` or ``palette`` is none.
    """
    if hue_order is not None and not (
        isinstance(hue_order, (list, tuple, pd.Index, pd.Series)) and len(hue_order)
    ):
        refuse("hue_order", _ORDER, hue_order)
    palette = _check_palette(palette)
    if hue is None:
        if hue_order is not None:
            refuse("hue_order", "None without hue, which names the column of the groups", hue_order)
        return Groups("", [""], [np.arange(len(frame))], [], palette)
    if not isinstance(hue, str) or hue not in frame.columns:
        hint = did_you_mean(hue, frame.columns)
        raise InvalidArgument(
            f"hue must be the name of a column of {name} ({list_names(frame.columns)}); "
            f"got {shown(hue)}.{hint}"
        )
    return _grouped(frame, hue, hue_order, palette)


def _grouped(frame: pd.DataFrame, hue: str, hue_order: Any, palette: Any) -> Groups:
    values = column_of(frame, hue).reset_index(drop=True)
    known = values[values.notna()]
    name = in_words(hue)
    if hue == "tags":
        known = known.astype(str).str.split().explode().dropna()
    without = len(values) - known.index.nunique()
    try:
        chosen = _chosen(known.value_counts(), hue_order)
    except TypeError:  # values that cannot be compared, such as lists
        refuse("hue", "a column of texts, numbers, booleans or times", hue)
    texts = [_group_text(value) for value in chosen]
    codes = pd.Index(chosen, dtype=object).get_indexer(pd.Index(known.astype(object)))
    positions = known.index.to_numpy()
    rows = [positions[codes == i] for i in range(len(chosen))]
    rest = np.unique(positions[codes < 0])
    left_out = []
    if len(rest) and hue_order is None:
        texts.append(_OTHER)
        rows.append(rest)
    # A post with one of the wanted tags is drawn, whatever other tags it has.
    elif others := len(np.setdiff1d(rest, positions[codes >= 0])):
        left_out.append(f"{others:,} of other {name}")
    if without:
        left_out.append(f"{without:,} without {name}")
    notes = [f"{', '.join(left_out)} left out"] if left_out else []
    wanted = () if hue_order is None else dict.fromkeys(map(_group_text, hue_order))
    if absent := [text for text in wanted if text not in texts]:
        notes.append(f"no row of {' or '.join(absent)}")
    return Groups(name, texts, rows, notes, palette)


def _chosen(counts: pd.Series, hue_order: Any) -> list[Any]:
    """Return the values that are groups: the most frequent ones, numbers and times in order."""
    if hue_order is not None:
        by_text = {_group_text(value): value for value in counts.index}
        wanted = list(dict.fromkeys(map(_group_text, hue_order)))
        found = [by_text[text] for text in wanted if text in by_text]
        if not found:
            hint = did_you_mean(wanted[0], by_text)
            raise InvalidArgument(f"hue_order must be {_ORDER}; got {shown(hue_order)}.{hint}")
        return found
    # Of equally frequent values the first in the alphabet, whatever the order of rows.
    order = sorted(counts.index, key=lambda value: (-counts[value], _group_text(value)))
    chosen = order[:MOST_GROUPS]
    if all(isinstance(v, (int, float, np.number, np.bool_, dt.datetime)) for v in chosen):
        chosen.sort()
    return chosen


def _group_text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        midnight = value.hour == value.minute == 0
        return f"{value.day} {value:%b %Y}" + ("" if midnight else f" {value:%H:%M}")
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return shorten(value)
