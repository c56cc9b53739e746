"""A chart while it is drawn: its frame, its groups, its Axes, and how every chart ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from imgurdata._validate import boolean, refuse
from imgurdata.plot.ends import End, label_ends
from imgurdata.plot.groups import split
from imgurdata.plot.header import Drawn, Header, header_of
from imgurdata.plot.style import new_axes
from imgurdata.plot.text import draw_literally, wrap
from imgurdata.plot.validate import validate
from imgurdata.plot.wording import repeats_note

__all__ = ["Chart"]

T = TypeVar("T")


class Chart:
    """A chart of a frame: arguments that all charts have are validated before anything is drawn.

    Parameters
    ----------
    kind : str
        Kind of the chart in words, for :func:`imgurdata.plot.describe`.
    name : str
        Name of the argument that is the frame.
    frame : pandas.DataFrame
    columns : iterable of str
        Columns that the frame must have.
    loader : str
        A loader of such frames, for messages.
    hue, hue_order, palette, title, legend
        Arguments of the chart.

    Attributes
    ----------
    frame : pandas.DataFrame
    groups : Groups
    ax, style : Axes, Style
        From ``start`` on.
    before : Header or None
        That of the charts which were drawn on the Axes before.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        frame: object,
        columns: Iterable[str],
        *,
        loader: str,
        hue: Any,
        hue_order: Any,
        palette: Any,
        title: Any,
        legend: Any,
    ) -> None:
        self.kind = kind
        self.frame: pd.DataFrame = validate(name, frame, columns, loader=loader)
        if title is not None and not isinstance(title, str):
            refuse("title", "a text, '' for no title, or None for the chart's own", title)
        self.title: str | None = title
        self.legend = boolean("legend", legend)
        self.groups = split(name, self.frame, hue, hue_order, palette)

    def start(self, ax: Axes | None, *, alone: bool = False) -> Axes:
        """Return the Axes to draw on; ``alone`` refuses one that has a chart."""
        self.before = header_of(ax) if isinstance(ax, Axes) else None
        if alone and self.before is not None:
            # The rows of two charts would have other names.
            refuse("ax", "an Axes without a chart (hue= compares groups in one chart)", ax)
        self.ax, self.style = new_axes(ax)
        return self.ax

    @property
    def is_second(self) -> bool:
        """Whether the Axes has a chart already."""
        return self.before is not None

    @property
    def y_label_before(self) -> str:
        """Label of y of the chart that is there already, or ""."""
        return "" if self.before is None else self.before.y_label

    def bins(self, kind: type[T]) -> T | None:
        """Return the bins of the chart that is there already, if they are of this kind."""
        found = None if self.before is None else self.before.bins
        return found if isinstance(found, kind) else None

    def no_data(self, title: str, reason: str) -> Axes:
        """Say on the Axes that there is no data, and why; return it."""
        reason = f"no data: {reason if len(self.frame) else 'the frame has no rows'}"
        self._set_header(title, [reason], self.kind, shown=self.is_second).make_room()
        if self.is_second:
            return self.ax  # The chart that is there stays as it is.
        self.ax.grid(visible=False)
        for axis in (self.ax.xaxis, self.ax.yaxis):
            axis.set_major_locator(NullLocator())
            axis.set_major_formatter(NullFormatter())
        size, width = self.style.size, self.style.width
        text = self.ax.text(
            0.5, 0.5, wrap(reason, size, 0.8 * width), transform=self.ax.transAxes,
            ha="center", va="center", fontsize=size, color=self.style.muted,
        )  # fmt: skip
        draw_literally(text)
        return self.ax

    def finish(
        self,
        title: str,
        notes: Sequence[str],
        handles: Sequence[Artist] = (),
        *,
        drawn: npt.NDArray[Any] | None = None,
        left_out: Iterable[str] = (),
        summary: str = "",
        ends: Sequence[End] = (),
        bins: Any = None,
        legend_title: str | None = None,
        kind: str | None = None,
    ) -> Axes:
        """Set title, notes and legend, and return the Axes.

        Parameters
        ----------
        title : str
            The chart's own title.
        notes : sequence of str
            What is drawn, the most important first; those on the groups follow.
        handles : sequence of Artist
            Of the legend.
        drawn : numpy.ndarray or None
            Positions or mask of the rows that are drawn, to mention those that repeat an id.
        left_out : iterable of str
            Notes on what is not drawn.
        summary : str
            What stands out, for :func:`imgurdata.plot.describe`.
        ends : sequence of End
            Ends of lines that are named there rather than in the legend, if their names fit.
        bins : object
            Bins of this chart, which a second one on the same Axes takes over.
        legend_title, kind : str or None
            Instead of the column of the groups, and of the chart's kind.
        """
        repeats = "" if drawn is None else repeats_note(self.frame.iloc[drawn])
        named: list[str] = []
        if self.legend and not self.is_second:
            named = label_ends(self.ax, self.style, ends, self.groups.name)
        notes = [*notes, *self.groups.notes, repeats, *left_out]
        header = self._set_header(title, notes, kind or self.kind, summary=summary)
        if self.legend and handles:
            name = self.groups.name if legend_title is None else legend_title
            header.set_chart_legend(handles, "" if named else name, named)
        header.make_room()
        if bins is not None:
            header.bins = bins
        return self.ax

    def _set_header(
        self, title: str, notes: Sequence[str], kind: str, *, summary: str = "", shown: bool = True
    ) -> Header:
        """Set title and notes above the chart, and return what holds them."""
        self._keep_y_label()
        header = self.before or Header(self.ax, self.style)
        notes = [*notes[:1], *header.labels_as_notes(), *notes[1:]]
        header.charts.append(Drawn(kind, [note for note in notes if note], shown, summary))
        header.set_chart_title(self.title, title)
        return header

    def _keep_y_label(self) -> None:
        """Name what both charts show, where a second one has another scale of y."""
        before, now = self.y_label_before, self.ax.get_ylabel()
        if before and now and now.lower() not in before.lower().split("; "):
            now = f"{before}; {now[:1].lower()}{now[1:]}"
            draw_literally(self.ax.set_ylabel(now))
        elif before:
            self.ax.set_ylabel(before)
