"""A chart while it is drawn: its frame, its groups, its Axes, and how every chart ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from imgurdata.plot.ends import End, label_ends
from imgurdata.plot.groups import split
from imgurdata.plot.header import Words, header_of, refuse_second, set_header, show_no_data
from imgurdata.plot.style import draw_literally, new_axes
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
        self.words = Words(title, legend)
        self.groups = split(name, self.frame, hue, hue_order, palette)
        self.is_second = False

    def start(self, ax: Axes | None, *, alone: bool = False) -> Axes:
        """Return the Axes to draw on; ``alone`` refuses one that has a chart."""
        if alone:
            refuse_second(ax)
        self.ax, self.style = new_axes(ax)
        self.header = header_of(self.ax)
        self.is_second = self.header is not None
        self.y_label = "" if self.header is None else self.header.y_label
        return self.ax

    def bins(self, kind: type[T]) -> T | None:
        """Return the bins of the chart that is there already, if they are of this kind."""
        found = None if self.header is None else self.header.bins
        return found if isinstance(found, kind) else None

    def no_data(self, title: str, reason: str) -> Axes:
        """Say on the Axes that there is no data, and why; return it."""
        show_no_data(self.ax, self.style, self.words, title, self.frame, reason, kind=self.kind)
        self._keep_y_label()
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
        self._keep_y_label()
        repeats = "" if drawn is None else repeats_note(self.frame.iloc[drawn])
        named: list[str] = []
        if self.words.legend and not self.is_second:
            named = label_ends(self.ax, self.style, ends, self.groups.name)
        set_header(
            self.ax, self.style, self.words, title,
            [*notes, *self.groups.notes, repeats, *left_out], handles,
            kind=kind or self.kind, summary=summary, named=named,
            legend_title=self.groups.name if legend_title is None else legend_title,
        )  # fmt: skip
        header = header_of(self.ax)
        if header is not None and bins is not None:
            header.bins = bins
        return self.ax

    def _keep_y_label(self) -> None:
        """Name what both charts show, where a second one has another scale of y."""
        before, now = self.y_label, self.ax.get_ylabel()
        if before and now and now.lower() not in before.lower().split("; "):
            now = f"{before}; {now[:1].lower()}{now[1:]}"
            draw_literally(self.ax.set_ylabel(now))
        elif before:
            self.ax.set_ylabel(before)
