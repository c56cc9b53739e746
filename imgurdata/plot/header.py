"""Title, notes and legend of a chart, and the chart in words.

The title is the Axes' own, so that ``ax.set_title`` replaces it. The legend is the Axes' own as
well. The notes ("n = 60 posts, ...") are the text of an invisible child Axes that covers the space
between the data and the title: matplotlib puts a title above the child Axes, whoever sets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import Bbox

from imgurdata._validate import boolean, refuse
from imgurdata.plot.style import (
    Style,
    draw_literally,
    format_number,
    format_short,
    text_width,
    wrap,
)
from imgurdata.plot.time import DateLabels

__all__ = ["EXPLAINS", "Header", "Words", "describe", "refuse_second", "set_header", "show_no_data"]

#: Group id of handles that explain more than one series.
EXPLAINS = "explains"

# Space between legend, notes and data, in points.
_PAD = 3.0

# Names of rows up to so many times the size of text have their space beside the Axes.
_USUAL_NAME = 5.0

# Fewer ticks than this beside the data are replaced by finer ones.
_FEW_TICKS, _FEW_STEPS = 3, 4

# Smallest size of a title that has space for one line only.
_SMALLEST = 5.0

# The notes take so many lines at most, and the header such a share of a chart that has no room
# above it.
_MOST_LINES, _MOST_SHARE = 3, 0.45


class Words:
    """Title and legend as the user wants them.

    Parameters
    ----------
    title : str or None
        The user's title, "" for none, or None for the chart's own.
    legend : bool
        Whether there is a legend.
    """

    def __init__(self, title: Any, legend: Any) -> None:
        if title is not None and not isinstance(title, str):
            refuse("title", "a text, '' for no title, or None for the chart's own", title)
        self.title: str | None = title
        self.legend = boolean("legend", legend)


@dataclass(frozen=True)
class Drawn:
    """A chart in words: its kind, its notes, whether they are shown, and what stands out."""

    kind: str
    notes: list[str]
    shown: bool
    summary: str


class Header(Axes):
    """Invisible Axes that hold the notes of a chart and keep the space between title and data.

    Attributes
    ----------
    chart : Axes
        The chart's Axes.
    charts : list of Drawn
        Each chart that was drawn there.
    own_title, own_legend : str, Legend or None
        Those that were drawn last; the user may have replaced them.
    handles : list of Artist
        Of the legend, of all charts.
    named : list of str
        Lines that have their names at their ends.
    y_label : str
        Label of y, which may have become a note.
    bins : object
        Bins that a second chart takes over; None if there are none.
    """

    def __init__(self, chart: Axes, style: Style) -> None:
        self.chart = chart
        self.style = style
        self.charts: list[Drawn] = []
        self.own_legend: Legend | None = None
        self.own_title = ""
        self.handles: list[Artist] = []
        self.named: list[str] = []
        self.y_label = ""
        self.bins: Any = None
        # Without a layout that makes room, everything but the title goes inside.
        figure = chart.figure
        self.above = figure.get_layout_engine() is not None and chart.get_subplotspec() is not None
        super().__init__(figure, (0.0, 0.0, 0.1, 0.1), zorder=4)
        self.set_axis_off()
        self.set_in_layout(self.above)
        self.set_navigate(False)
        self.set_axes_locator(_Place(self))
        where = mpl.rcParams["axes.titlelocation"]
        x = {"left": 0.0, "center": 0.5, "right": 1.0}[where]
        self.align = (x, where)
        self.notes = self.text(
            x, 1.0 if self.above else 0.0, "", transform=self.transAxes,
            ha=where, va="top" if self.above else "bottom",
            fontsize=style.small, color=style.muted,
        )  # fmt: skip
        if not self.above:
            self.notes.set_bbox({"facecolor": style.paper, "edgecolor": "none", "pad": 0.5})
        chart.add_child_axes(self)

    def note_lines(self, width: float) -> list[str]:
        """Return the notes in lines of a width in points; what does not fit is left out."""
        parts = [note for drawn in self.charts if drawn.shown for note in drawn.notes]
        most = _MOST_LINES if self.style.scale == 1 else _MOST_LINES - 1
        lines: list[str] = []
        for n in range(len(parts), 0, -1):
            text = "; ".join(parts[:n]) + ("; \N{HORIZONTAL ELLIPSIS}" if n < len(parts) else "")
            lines = wrap(text, self.style.small, 0.9 * width).split("\n")
            if len(lines) <= most:
                break
        return lines if parts else []

    def legend_height(self) -> float:
        """Return the height of our legend in pixels; 0 if the user has replaced it."""
        legend = self.chart.get_legend()
        if legend is None or legend is not self.own_legend or not legend.get_visible():
            return 0.0
        return float(legend.get_window_extent().height)

    def arrange(self) -> float:
        """Set the notes for the present width of the chart; return the height in pixels."""
        pixels = self.figure.dpi / 72.0
        lines = self.note_lines(self.chart.bbox.width / pixels)
        text = "\n".join(lines)
        line = 1.3 * self.style.small * pixels
        legend = self.legend_height()
        height = legend + len(lines) * line + (_PAD * pixels if lines or legend else 0.0)
        most = self.style.height * pixels if self.above else self.chart.bbox.height
        if height > _MOST_SHARE * most:
            text, height = "", legend
        if text != self.notes.get_text():
            self.notes.set_text(text)
            draw_literally(self.notes)
        return height if self.above or not height else height + _PAD * pixels


class _Place:
    """Locator of a header: above the data, or along the upper edge inside."""

    def __init__(self, header: Header) -> None:
        self.header = header

    def __call__(self, _ax: Any, _renderer: Any) -> Bbox:
        header = self.header
        box, height = header.chart.bbox, max(header.arrange(), 0.01)
        low, high = (box.y1, box.y1 + height) if header.above else (box.y1 - height, box.y1)
        pixels = Bbox.from_extents(box.x0, low, box.x1, high)
        return pixels.transformed(header.figure.transSubfigure.inverted())


def header_of(ax: Axes) -> Header | None:
    """Return the header of a chart that was drawn on an Axes before, or None."""
    return next((child for child in ax.child_axes if isinstance(child, Header)), None)


def refuse_second(ax: Axes | None) -> None:
    """Raise InvalidArgument where a chart is already: the rows of two would have other names."""
    if isinstance(ax, Axes) and header_of(ax) is not None:
        refuse("ax", "an Axes without a chart (hue= compares groups in one chart)", ax)


def set_header(
    ax: Axes,
    style: Style,
    words: Words,
    title: str,
    notes: Sequence[str],
    handles: Sequence[Artist] = (),
    *,
    kind: str,
    legend_title: str = "",
    summary: str = "",
    shown: bool = True,
    named: Sequence[str] = (),
) -> None:
    """Set title, notes and legend, and make room for them.

    Parameters
    ----------
    title : str
        The chart's own title, if the user has none.
    notes : sequence of str
        What the chart shows and leaves out, the most important first.
    handles : sequence of Artist
        Of the legend; those of an earlier chart on the same Axes are kept.
    kind, summary : str
        Kind of the chart, and what stands out in it, for :func:`describe`.
    legend_title : str
        Title of the legend: the column of the groups.
    shown : bool
        Whether the notes are written above the chart.
    named : sequence of str
        Labels of handles that the legend leaves out, since they stand at the ends of lines.
    """
    header = header_of(ax) or Header(ax, style)
    notes = [*notes[:1], *_labels_as_notes(ax, style, header), *notes[1:]]
    header.charts.append(Drawn(kind, [note for note in notes if note], shown, summary))
    _set_title(ax, style, header, words, title)
    header.named += named
    if words.legend and handles:
        _set_legend(ax, style, header, handles, "" if named else legend_title)
    if not header.above:
        _make_room(ax, header)


def _labels_as_notes(ax: Axes, style: Style, header: Header) -> list[str]:
    """Return the labels of the axes as notes, where they would cover the Axes below or beside."""
    header.y_label = ax.get_ylabel()
    place = ax.get_subplotspec()
    if header.above or place is None:
        return []
    notes = []
    x, y = ax.get_xlabel(), ax.get_ylabel()
    if x and not place.is_last_row():
        ax.set_xlabel("")
        notes.append(f"x: {x[:1].lower()}{x[1:]}")
    formatter = ax.yaxis.get_major_formatter()
    if getattr(formatter, "func", None) is format_number and _longest_name(
        ax, style
    ) + 1.2 * style.size > _space_beside(ax):
        ax.yaxis.set_major_formatter(FuncFormatter(format_short))
    if y and _longest_name(ax, style) + 2.4 * style.size + 6.0 > _space_beside(ax):
        ax.set_ylabel("")
        notes.append(f"y: {y[:1].lower()}{y[1:]}")
    return notes


def _longest_name(ax: Axes, style: Style) -> float:
    """Return the width of the longest label of a tick of y, in points."""
    low, high = sorted(ax.get_ylim())
    ticks = [tick for tick in ax.yaxis.get_majorticklocs() if low <= tick <= high]
    names = ax.yaxis.get_major_formatter().format_ticks(ticks)
    return max((text_width(name, style.size) for name in names), default=0.0)


def _space_beside(ax: Axes) -> float:
    """Return the space between an Axes and the one on its left, in points."""
    place, figure = ax.get_subplotspec(), ax.figure
    if place is None or place.is_first_col():
        return np.inf
    _, _, lefts, rights = place.get_gridspec().get_grid_positions(figure)  # type: ignore[arg-type]
    column = place.colspan.start
    return float((lefts[column] - rights[column - 1]) * figure.bbox.width * 72.0 / figure.dpi)


def _set_title(ax: Axes, style: Style, header: Header, words: Words, title: str) -> None:
    if words.title is not None:
        title = words.title
    elif ax.get_title() not in ("", header.own_title):
        return  # The user has set another one in the meantime.
    heading, pad = ax.set_title(""), None
    size = style.scale * float(heading.get_fontsize())
    if words.title is None:
        weight = heading.get_fontweight()
        place = ax.get_subplotspec()
        if not header.above and place is not None and not place.is_first_row():
            # A second line would cover the ticks of the Axes above.
            fitting = style.width / max(text_width(title, 1.0, weight), 1.0)
            size, pad = min(size, max(0.97 * fitting, _SMALLEST)), _PAD
        title = wrap(title, size, max(0.98 * style.width, 60.0), weight)
    heading = ax.set_title(title, pad=pad)
    if size != heading.get_fontsize():
        heading.set_fontsize(size)
    if words.title is None:
        draw_literally(heading)
        header.own_title = ax.get_title()


def _set_legend(
    ax: Axes, style: Style, header: Header, handles: Sequence[Artist], legend_title: str
) -> None:
    # What explains all charts alike (a band, bars) has one entry.
    known = {handle.get_label() for handle in header.handles if handle.get_gid() == EXPLAINS}
    new = [handle for handle in handles if handle.get_label() not in known]
    header.handles += new
    # The user's ax.legend() looks for labels among the containers, too, which are not drawn.
    ax.containers += [handle for handle in new if handle.axes is None]  # type: ignore[misc]
    # Groups stand side by side, and what explains them follows.
    handles = sorted(
        (handle for handle in header.handles if handle.get_label() not in header.named),
        key=lambda handle: handle.get_gid() == EXPLAINS,
    )
    if not handles:
        return
    labels = [str(handle.get_label()) for handle in handles]
    x, where = header.align
    small, is_small = style.small, style.scale < 1
    look: dict[str, Any] = {
        "loc": f"{'lower' if header.above else 'upper'} {where}",
        "frameon": not header.above,
        "framealpha": 1.0,
        "edgecolor": "none",
        "borderaxespad": 0.15,
        "borderpad": 0.1,
        "handlelength": 1.0 if is_small else 1.6,
        "handletextpad": 0.6,
        "columnspacing": 1.0 if is_small else 1.4,
        "labelspacing": 0.25,
        "labelcolor": style.ink,
    }
    legend = ax.legend(
        handles=handles, labels=labels, title=legend_title or None, fontsize=small,
        title_fontsize=small, bbox_to_anchor=(x, 1.0),
        ncols=_columns(labels, _legend_width(ax, style), style), **look,
    )  # fmt: skip
    legend.set_zorder(5)
    # The header keeps its space. In a figure that was made smaller, a legend that is too wide
    # would otherwise leave no width for the data.
    legend.set_in_layout(not header.above)
    legend.get_title().set_color(style.ink)
    for entry in (*legend.get_texts(), legend.get_title()):
        draw_literally(entry)
    header.own_legend = legend


def _legend_width(ax: Axes, style: Style) -> float:
    """Return the width that a legend may take, in points.

    The layout makes an Axes that has no neighbours wider than matplotlib's default, by this much,
    and one with long names of rows narrower.
    """
    place = ax.get_subplotspec()
    if place is None or ax.figure.get_layout_engine() is None:
        return style.width
    longest = _longest_name(ax, style)
    wider = 1.12 if place.get_gridspec().ncols == 1 else 1.0
    return wider * style.width - max(0.0, longest - _USUAL_NAME * style.size)


def _columns(labels: Sequence[str], width: float, style: Style) -> int:
    """Return the largest number of legend columns that fits a width in points."""
    beside = (3.7 if style.scale == 1 else 2.7) * style.small  # handle and gaps
    for columns in range(len(labels), 1, -1):
        # Matplotlib fills column by column, the first ones with one row more.
        filled = np.array_split(np.array(labels, dtype=object), columns)
        widths = (max(text_width(label, style.small) for label in column) for column in filled)
        if sum(widths) + columns * beside <= width:
            rows = -(-len(labels) // columns)
            return -(-len(labels) // rows)  # no more than the rows need
    return 1


def _make_room(ax: Axes, header: Header) -> None:
    """Raise the upper end of y, so that the header inside covers no data."""
    share = min(header.arrange() / max(ax.bbox.height, 1.0), 0.8)
    if share <= 0:
        return
    scale = ax.yaxis.get_transform()
    low, high = scale.transform(np.asarray(ax.get_ylim()))
    end = scale.inverted().transform(np.asarray([low + (high - low) / (1.0 - share)]))[0]
    if np.isfinite(end):
        bottom, top = ax.get_ylim()
        ax.set_ylim(bottom, float(end))
        if bottom < top:
            major, minor = ax.yaxis.get_major_locator(), ax.yaxis.get_minor_locator()
            ax.yaxis.set_major_locator(_TicksBelow(major, top, float(end)))
            ax.yaxis.set_minor_locator(_TicksBelow(minor, top, float(end)))


class _TicksBelow(Locator):
    """The ticks of another locator without those beside the header: no share is 160%.

    Once somebody else has set the limits, all ticks are shown.
    """

    def __init__(self, locator: Locator, top: float, end: float) -> None:
        self.locator: Locator = locator.locator if isinstance(locator, _TicksBelow) else locator
        self.top, self.end = top, end

    def set_axis(self, axis: Any) -> None:
        super().set_axis(axis)
        self.locator.set_axis(axis)

    def __call__(self) -> Any:
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
        return self.locator.tick_values(vmin, vmax)

    def nonsingular(self, v0: float, v1: float) -> tuple[float, float]:
        return self.locator.nonsingular(v0, v1)

    def view_limits(self, vmin: float, vmax: float) -> tuple[float, float]:
        return self.locator.view_limits(vmin, vmax)


def show_no_data(
    ax: Axes, style: Style, words: Words, title: str, frame: pd.DataFrame, reason: str, *, kind: str
) -> None:
    """Set the title, and write in the middle of an empty Axes that there is no data, and why."""
    reason = f"no data: {reason if len(frame) else 'the frame has no rows'}"
    is_empty = header_of(ax) is None
    set_header(ax, style, words, title, [reason], kind=kind, shown=not is_empty)
    if not is_empty:
        return  # The chart that is there stays as it is.
    ax.grid(visible=False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(NullLocator())
        axis.set_major_formatter(NullFormatter())
    text = ax.text(
        0.5, 0.5, wrap(reason, style.size, 0.8 * style.width), transform=ax.transAxes,
        ha="center", va="center", fontsize=style.size, color=style.muted,
    )  # fmt: skip
    draw_literally(text)


def _range_text(axis: Axis) -> str:
    """Return the first and the last label of an axis, to follow its name."""
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
    formatter = axis.get_major_formatter()
    if isinstance(formatter, DateLabels):  # A label alone may lack the date.
        texts = formatter.format_in_full(ticks)
    else:
        texts = [text for text in formatter.format_ticks(ticks) if text]
    if not texts:
        return ""
    first, last = (" ".join(text.split()) for text in (texts[0], texts[-1]))
    return f", {first}" if first == last else f", {first} to {last}"


def describe(ax: Axes) -> str:
    """Return a chart in words, for the alternative text of a picture.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes that a chart of this package was drawn on.

    Returns
    -------
    str
        Kind and title, both axes with their first and last label, what stands out, the legend,
        and all notes, including those for which the chart has no space.

    Raises
    ------
    InvalidArgument
        No chart of this package was drawn there.

    Examples
    --------
    >>> import pandas as pd
    >>> from imgurdata.plot import describe, score_distribution
    >>> posts = pd.DataFrame({"points": pd.array([3, 12, 400], dtype="Int64")})
    >>> describe(score_distribution(posts)).split(". ")[0]
    'Histogram: Distribution of points over posts'
    """
    header = header_of(ax) if isinstance(ax, Axes) else None
    if header is None:
        refuse("ax", "an Axes that a chart of imgurdata.plot was drawn on", ax)
    kinds = " and ".join(dict.fromkeys(drawn.kind for drawn in header.charts))
    title = ax.get_title() or header.own_title
    parts = [f"{kinds}: {' '.join(title.split())}"]
    for axis in (ax.xaxis, ax.yaxis):
        label = axis.get_label_text()
        parts += [f"{axis.axis_name} axis: {label}{_range_text(axis)}"] if label else []
    parts += [drawn.summary for drawn in header.charts if drawn.summary]
    legend = ax.get_legend()
    if header.named:
        parts.append(f"Lines: {'; '.join(header.named)}")
    if legend is not None:
        entries = "; ".join(text.get_text() for text in legend.get_texts())
        name = legend.get_title().get_text()
        parts.append(f"Legend{f' ({name})' if name else ''}: {entries}")
    parts += ["; ".join(drawn.notes) for drawn in header.charts if drawn.notes]
    return ". ".join(parts) + "."
