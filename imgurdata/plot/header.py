"""Title, notes and legend of a chart.

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
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from imgurdata.plot.style import Style
from imgurdata.plot.text import draw_literally, text_width, wrap
from imgurdata.plot.ticks import TicksBelow, format_number, format_short

__all__ = ["EXPLAINS", "Drawn", "Header", "header_of"]

#: Group id of handles that explain more than one series.
EXPLAINS = "explains"

# Space between legend, notes and data, in points.
_PAD = 3.0

# Names of rows up to so many times the size of text have their space beside the Axes.
_USUAL_NAME = 5.0

# Smallest size of a title that has space for one line only.
_SMALLEST = 5.0

# The notes take so many lines at most, and the header such a share of a chart that has no room
# above it.
_MOST_LINES, _MOST_SHARE = 3, 0.45


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
    named : list of Artist
        Those of lines with their names at their ends, which the legend leaves out.
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
        self.named: list[Artist] = []
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

    def labels_as_notes(self) -> list[str]:
        """Return the labels of the axes as notes, where they would cover the Axes below or beside.

        They are taken from the axes.
        """
        ax, style, place = self.chart, self.style, self.chart.get_subplotspec()
        x, y = ax.get_xlabel(), ax.get_ylabel()
        self.y_label = y
        if self.above or place is None:
            return []
        notes = []
        if x and not place.is_last_row():
            ax.set_xlabel("")
            notes.append(f"x: {x[:1].lower()}{x[1:]}")
        space = _space_beside(ax)
        is_number = getattr(ax.yaxis.get_major_formatter(), "func", None) is format_number
        if is_number and _longest_name(ax, style) + 1.2 * style.size > space:
            ax.yaxis.set_major_formatter(FuncFormatter(format_short))
        if y and _longest_name(ax, style) + 2.4 * style.size + 6.0 > space:
            ax.set_ylabel("")
            notes.append(f"y: {y[:1].lower()}{y[1:]}")
        return notes

    def set_chart_title(self, title: str | None, own_title: str) -> None:
        """Set the title of the user, or the chart's own one if there is none."""
        ax, style = self.chart, self.style
        if title is not None:
            # Half a surrogate pair cannot be drawn.
            heading = ax.set_title(title.encode(errors="replace").decode())
            heading.set_fontsize(style.scale * float(heading.get_fontsize()))
            return
        if ax.get_title() not in ("", self.own_title):
            return  # The user has set another one in the meantime.
        heading, pad = ax.set_title(""), None
        size, weight = style.scale * float(heading.get_fontsize()), heading.get_fontweight()
        place = ax.get_subplotspec()
        if not self.above and place is not None and not place.is_first_row():
            # A second line would cover the ticks of the Axes above.
            fitting = style.width / max(text_width(own_title, 1.0, weight), 1.0)
            size, pad = min(size, max(0.97 * fitting, _SMALLEST)), _PAD
        lines = wrap(own_title, size, max(0.98 * style.width, 60.0), weight)
        heading = ax.set_title(lines, pad=pad)
        heading.set_fontsize(size)
        draw_literally(heading)
        self.own_title = ax.get_title()

    def set_chart_legend(
        self, handles: Sequence[Artist], title: str, named: Sequence[str] = ()
    ) -> None:
        """Add handles to the legend, but for those that are named at the ends of their lines."""
        ax, style = self.chart, self.style
        # What explains all charts alike (a band, bars) has one entry.
        known = {handle.get_label() for handle in self.handles if handle.get_gid() == EXPLAINS}
        new = [handle for handle in handles if handle.get_label() not in known]
        self.handles += new
        self.named += [handle for handle in new if handle.get_label() in named]
        # The user's ax.legend() looks for labels among the containers, too, which are not drawn.
        ax.containers += [handle for handle in new if handle.axes is None]  # type: ignore[misc]
        # Groups stand side by side, and what explains them follows.
        handles = sorted(
            (handle for handle in self.handles if handle not in self.named),
            key=lambda handle: handle.get_gid() == EXPLAINS,
        )
        if not handles:
            return
        labels = [str(handle.get_label()) for handle in handles]
        x, where = self.align
        small, is_small = style.small, style.scale < 1
        look: dict[str, Any] = {
            "loc": f"{'lower' if self.above else 'upper'} {where}",
            "frameon": not self.above,
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
            handles=handles, labels=labels, title=title or None, fontsize=small,
            title_fontsize=small, bbox_to_anchor=(x, 1.0),
            ncols=_columns(labels, _legend_width(ax, style), style), **look,
        )  # fmt: skip
        legend.set_zorder(5)
        # The header keeps its space. In a figure that was made smaller, a legend that is too wide
        # would otherwise leave no width for the data.
        legend.set_in_layout(not self.above)
        legend.get_title().set_color(style.ink)
        for entry in (*legend.get_texts(), legend.get_title()):
            draw_literally(entry)
        self.own_legend = legend

    def make_room(self) -> None:
        """Raise the upper end of y, so that a header inside covers no data."""
        ax = self.chart
        share = 0.0 if self.above else min(self.arrange() / max(ax.bbox.height, 1.0), 0.8)
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
                ax.yaxis.set_major_locator(TicksBelow(major, top, float(end)))
                ax.yaxis.set_minor_locator(TicksBelow(minor, top, float(end)))

    def arrange(self) -> float:
        """Set the notes for the present width of the chart; return the height in pixels."""
        pixels = self.figure.dpi / 72.0
        lines = self._note_lines(self.chart.bbox.width / pixels)
        text = "\n".join(lines)
        line = 1.3 * self.style.small * pixels
        legend = self._legend_height()
        height = legend + len(lines) * line + (_PAD * pixels if lines or legend else 0.0)
        most = self.style.height * pixels if self.above else self.chart.bbox.height
        if height > _MOST_SHARE * most:
            text, height = "", legend
        if text != self.notes.get_text():
            self.notes.set_text(text)
            draw_literally(self.notes)
        return height if self.above or not height else height + _PAD * pixels

    def _note_lines(self, width: float) -> list[str]:
        """Return the notes in lines of a width in points; what does not fit is left out."""
        parts = [note for drawn in self.charts if drawn.shown for note in drawn.notes]
        most = _MOST_LINES if self.style.scale == 1 else _MOST_LINES - 1
        lines: list[str] = []
        for n in range(len(parts), 0, -1):
            text = "; ".join(parts[:n]) + ("; \N{HORIZONTAL ELLIPSIS}" if n < len(parts) else "")
            lines = wrap(text, self.style.small, 0.9 * width).split("\n")
            if len(lines) <= most:
                break
        return lines

    def _legend_height(self) -> float:
        """Return the height of our legend in pixels; 0 if the user has replaced it."""
        legend = self.chart.get_legend()
        if legend is None or legend is not self.own_legend or not legend.get_visible():
            return 0.0
        return float(legend.get_window_extent().height)


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
