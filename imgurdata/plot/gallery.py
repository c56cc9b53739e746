"""Chart of posts over time."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from imgurdata._format import plural
from imgurdata._validate import one_of
from imgurdata.plot.bars import (
    bar_handle,
    baseline_bars,
    empty_space,
    mark_first_bars,
    set_y_limits,
)
from imgurdata.plot.bins import (
    Binned,
    aggregate,
    auto_bins,
    bins_text,
    parse_frequency,
    partial_bins,
    period_name,
)
from imgurdata.plot.chart import Chart
from imgurdata.plot.ends import End
from imgurdata.plot.groups import check_color, check_label, check_value
from imgurdata.plot.header import EXPLAINS
from imgurdata.plot.style import MARKERS, Style
from imgurdata.plot.ticks import format_number, set_integer_ticks, set_number_axis
from imgurdata.plot.time import (
    date_numbers,
    format_dates,
    format_start,
    set_time_axis,
    time_zone,
)
from imgurdata.plot.validate import Floats, loaded_at, numbers, utc_times
from imgurdata.plot.wording import Noun, row_noun

__all__ = ["gallery_trend"]

_AGGREGATES = ("median", "mean", "sum", "max", "min", "count")

# Up to this many bins each has a dot; with more, only bins that no line would show.
_MOST_DOTS = 80

# Numbers that still grow in a post's first day.
_GROWING = frozenset(
    {"points", "score", "views", "ups", "downs", "comment_count", "favorite_count"}
)
_DAY = pd.Timedelta(days=1)


def gallery_trend(
    posts: pd.DataFrame,
    value: str = "points",
    freq: str | pd.Timedelta | pd.offsets.BaseOffset | None = None,
    agg: str = "median",
    *,
    hue: str | None = None,
    palette: Any = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    color: Any = None,
    label: str | None = None,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw a number of posts against the time at which they were submitted.

    One line of the aggregate by bin, or one for each group. For median and mean of a single group
    a band shows the middle half of the posts (25th to 75th percentile). Except for
    ``agg="count"``, bars along the lower edge show the number of posts in each bin. A bin without
    posts is a gap, or zero for sum and count. Hollow dots are bins that the data cover in part
    only. Posts younger than a day still gain points: where they begin is marked;
    :func:`imgurdata.plot.virality` draws points by age instead.

    Parameters
    ----------
    posts : pandas.DataFrame
        One row per post, with ``datetime`` (when it was submitted to the gallery; API reference,
        Gallery Image) and the column of ``value``. Rows without either are left out; the notes
        say how many. An id that comes twice counts twice, and is mentioned as well. Comments,
        images and albums work too: the chart's words follow what the frame holds.
    value : str
        A numeric column, such as ``points``, ``score``, ``views`` or ``comment_count``.
    freq : str, pandas.Timedelta, pandas offset or None
        Width of a bin as a pandas frequency: ``"15min"``, ``"h"``, ``"D"``, ``"W"``, ``"MS"``.
        Edges are those of :meth:`pandas.DataFrame.resample` in local time: a post belongs to the
        day, week or month of its local time. None chooses one that suits the number of posts and
        their time, with at most 60 bins.
    agg : {"median", "mean", "sum", "max", "min", "count"}
        How the values of a bin become one; ``count`` counts posts that have the value.
    hue : str or None
        Column whose values are compared, such as ``tags`` (a post counts for each of its tags),
        ``media_type`` or ``listing``. The seven most frequent ones have a line, the others share
        one.
    palette : list, dict, str or None
        Colors of the groups, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are compared, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    color, label : str or None
        Color of the line, and its text in the legend, without ``hue``. Several calls on one
        ``ax`` take the next colors.
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.
    tz : str, datetime.tzinfo or None
        Time zone of the axis, and of the midnight at which days start; None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure. Points of the line are at the middle of their bins.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, times without a zone, an unknown ``freq``, ``agg`` or
        ``tz``, or a ``freq`` that makes too many bins.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("user", sort="time", pages=10)
    >>> ax = imd.plot.gallery_trend(posts)
    >>> ax.get_title(), ax.get_xlabel()
    ('Median points of posts over time', 'Time submitted (UTC)')

    Compare groups; :func:`imgurdata.plot.describe` gives the text for readers who do not see it.

    >>> ax = imd.plot.gallery_trend(posts, hue="in_most_viral", freq="D")
    >>> imd.plot.describe(ax).split(". ")[0]
    'Line chart: Median points of posts over time'
    """
    agg = one_of("agg", agg, _AGGREGATES)
    offset = None if freq is None else parse_frequency(freq)
    zone, color, label = time_zone(tz), check_color(color), check_label(label)
    name = check_value(value)
    chart = Chart(
        "Line chart", "posts", posts, ["datetime", value], loader="imd.load_gallery()", hue=hue,
        hue_order=hue_order, palette=palette, title=title, legend=legend,
    )  # fmt: skip
    posts, groups = chart.frame, chart.groups
    times, values = utc_times(posts, "datetime"), numbers(posts, value)
    known = np.asarray(times.notna()) & ~np.isnan(values)
    noun = row_noun(posts)
    subject = _subject(agg, name, noun)
    ax = chart.start(ax)
    set_time_axis(ax, chart.style, zone, noun.time)
    drawn = groups.drawn(known)
    if len(drawn) == 0:
        set_number_axis(ax, _y_label(agg, name, noun, ""))
        return chart.no_data(subject, f"no {noun.singular} has both datetime and {name}")
    first, last = times[drawn].min(), times[drawn].max()
    if offset is None:
        # Numbers per bin compare only with bins of one width.
        offset = chart.bins(pd.offsets.BaseOffset) or auto_bins(
            last - first, len(drawn) // len(groups.labels)
        )
    period = period_name(offset)
    set_number_axis(ax, _y_label(agg, name, noun, f" per {period}"))
    trend = _Trend(chart, agg, f"{noun.singular}s", offset)
    fetched = loaded_at(posts, drawn)
    handles: list[Artist] = []
    colors = groups.colors(ax, chart.style, color)
    for i, (rows, line_color) in enumerate(zip(groups.rows, colors, strict=True)):
        own = rows[known[rows]]
        if len(own) == 0:
            continue
        binned = aggregate(
            times[own], values[own], offset, agg, zone, first,
            quartiles=not groups.is_split and agg in ("median", "mean"),
        )  # fmt: skip
        partial = partial_bins(binned, times[drawn], fetched)
        partial &= (binned.left <= first) | (binned.right >= last)
        text = (
            groups.label(i, len(own), chart.style)
            if groups.is_split
            else _label(label, agg, noun, len(own))
        )
        look = _LineStyle(line_color, text, MARKERS[i % len(MARKERS)], named=groups.is_split)
        handles += trend.line(binned, partial, look)
    handles += trend.bars(aggregate(times[drawn], values[drawn], offset, "count", zone, first))
    trend.limit(ax.get_xlim())
    n, of_label = len(drawn), f"{label}: " if label else ""
    left_out = []
    if without := int((~known).sum()):
        left_out.append(f"{without:,} without {name} or date left out")
    left_out += trend.notes
    if agg != "count" and value in _GROWING and fetched is not None:
        marks, note = _mark_young(ax, chart.style, (first, last), fetched, f"{noun.singular}s")
        handles += marks
        left_out.append(note)
    notes = [f"{of_label}n = {plural(n, noun.singular)}, {format_dates(first, last, zone)}"]
    return chart.finish(
        f"{subject} over time", [*notes, bins_text(offset)], handles, drawn=drawn,
        left_out=left_out, summary=trend.summary(zone), ends=trend.ends, bins=offset,
    )  # fmt: skip


def _label(label: str | None, agg: str, noun: Noun, n: int) -> str:
    if label is not None:
        return f"{label} (n = {n:,})"
    return agg if agg != "count" else f"{noun.singular}s"


def _mark_young(
    ax: Axes,
    style: Style,
    span: tuple[pd.Timestamp, pd.Timestamp],
    fetched: pd.Timestamp,
    things: str,
) -> tuple[list[Artist], str]:
    """Mark from where on posts were younger than a day when loaded; return handles and a note."""
    first, last = span
    start = fetched - _DAY
    if start >= last or fetched < last:
        return [], ""
    if start <= first:
        return [], f"all {things} were younger than a day when loaded"
    x = float(date_numbers(pd.DatetimeIndex([start]))[0])
    label = "younger than a day \N{RIGHTWARDS ARROW}"
    line = ax.axvline(x, color=style.muted, linewidth=1.2, linestyle=(0, (1, 2)), label=label)
    line.set_gid(EXPLAINS)
    return [line], ""


def _subject(agg: str, name: str, noun: Noun) -> str:
    return {
        "median": f"Median {name} of {noun.singular}s",
        "mean": f"Mean {name} of {noun.singular}s",
        "sum": f"Total {name} of {noun.singular}s",
        "max": f"Highest {name} of {noun.with_article}",
        "min": f"Lowest {name} of {noun.with_article}",
        "count": f"Number of {noun.singular}s with {name}",
    }[agg]


def _y_label(agg: str, name: str, noun: Noun, per_period: str) -> str:
    if agg == "count":
        return f"{noun.singular.capitalize()}s{per_period}"
    if agg == "sum":
        return f"Total {name}{per_period}"
    return f"{name[:1].upper()}{name[1:]} ({agg})"


class _LineStyle(NamedTuple):
    """How a line is drawn."""

    color: str
    label: str
    marker: str
    named: bool


class _Trend:
    """Lines, band and bars of the chart, and the limits that they need."""

    def __init__(self, chart: Chart, agg: str, things: str, offset: pd.offsets.BaseOffset) -> None:
        self.chart, self.ax, self.style = chart, chart.ax, chart.style
        self.agg, self.things, self.offset = agg, things, offset
        self.low, self.high = np.inf, -np.inf
        self.left, self.right = np.inf, -np.inf
        self.notes: list[str] = []
        self.ends: list[End] = []
        self.courses: list[str] = []
        self.best: tuple[float, Any] = (-np.inf, None)
        if chart.is_second:  # Nothing of the chart that is there is cut off.
            self.low, self.high = self.ax.dataLim.intervaly
        self.has_bars = False
        self.width = 1.0
        self._has_partial = False

    def line(
        self, binned: Binned, partial: npt.NDArray[np.bool_], look: _LineStyle
    ) -> list[Artist]:
        """Draw the line of one group; return its legend handles."""
        color = look.color
        left, right = date_numbers(binned.left), date_numbers(binned.right)
        middle, value = (left + right) / 2, binned.value
        missing = np.isnan(value)
        # A bin alone between gaps has no line, so a dot shows it.
        alone = ~missing & np.r_[True, missing[:-1]] & np.r_[missing[1:], True]
        few = len(middle) <= _MOST_DOTS
        (line,) = self.ax.plot(
            middle, value, color=color, linewidth=self.style.scale * (1.6 if few else 1.1),
            marker=look.marker, markersize=(4 if few else 3.5) * self.style.scale,
            markeredgewidth=0, markevery=None if few else np.flatnonzero(alone).tolist(),
            label=look.label, zorder=3,
        )  # fmt: skip
        handles: list[Artist] = [line]
        end = int(np.flatnonzero(~missing)[-1])
        start = float(value[np.flatnonzero(~missing)[0]])
        course = f"first {format_number(round(start, 1))}, last "
        course += format_number(round(value[end], 1))
        self.courses.append(f"{look.label}: {course}" if look.named else course)
        self.ends.append(End(float(middle[end]), float(value[end]), color, look.label))
        best = int(np.nanargmax(value))
        if value[best] > self.best[0]:
            self.best = (float(value[best]), binned.left[best])
        self._extend(float(np.nanmin(value)), float(np.nanmax(value)))
        self.left, self.right = min(self.left, left[0]), max(self.right, right[-1])
        self.width = float(right[0] - left[0])
        if binned.has_quartiles:
            band = self._band(middle, binned, alone, color)
            if (binned.upper > binned.lower).any():
                handles.append(band)
        if partial.any():
            (hollow,) = self.ax.plot(
                middle[partial], value[partial], color=color, linestyle="none", marker=look.marker,
                markersize=5 * self.style.scale,
                markerfacecolor=self.style.paper, markeredgecolor=color, markeredgewidth=1.2,
                label="bin covered in part", zorder=3.5,
            )  # fmt: skip
            hollow.set_gid(EXPLAINS)
            if not self._has_partial:
                handles.append(hollow)
            self._has_partial = True
        return handles

    def _extend(self, low: float, high: float) -> None:
        self.low, self.high = min(self.low, low), max(self.high, high)

    def _band(self, x: Floats, binned: Binned, alone: npt.NDArray[np.bool_], color: str) -> Artist:
        # A few bins with a very wide spread would flatten the line.
        usual = float(np.nanpercentile(binned.upper, 95))
        high = max(self.high, usual + 0.5 * abs(usual))
        cut = int(np.sum(binned.upper > high + 0.06 * abs(high)))
        if cut:
            self.notes.append(f"the band leaves the chart at the top in {cut} of its bins")
        highest = float(np.nanmax([*binned.upper, *binned.value]))
        self._extend(float(np.nanmin(binned.lower)), min(high, highest))
        band = self.ax.fill_between(
            x, binned.lower, binned.upper, color=color, alpha=0.22, linewidth=0, zorder=2,
            label="25th to 75th percentile",
        )  # fmt: skip
        band.set_gid(EXPLAINS)
        lower, upper = binned.lower[alone], binned.upper[alone]
        self.ax.vlines(x[alone], lower, upper, color=color, alpha=0.35, linewidth=1.6, zorder=2)
        return band

    def bars(self, counted: Binned) -> list[Artist]:
        """Draw the number of posts by bin along the lower edge; return the legend handle."""
        mark_first_bars(self.chart)
        if self.agg == "count" or self.chart.is_second:
            return []
        self.has_bars = True
        left, right = date_numbers(counted.left), date_numbers(counted.right)
        color = self.style.muted
        baseline_bars(self.ax, left, right, [counted.count.astype("float64")], [color])
        filled = counted.count[counted.count > 0]
        fewest, most = int(filled.min()), int(filled.max())
        counts = f"{fewest:,} to {most:,}" if fewest != most else f"{most:,}"
        handle = bar_handle(color, f"{self.things} per {period_name(self.offset)} ({counts})")
        if self.style.scale < 1:
            handle.set_label(f"{self.things}: {counts}")
        handle.set_gid(EXPLAINS)
        return [handle]

    def limit(self, before: tuple[float, float]) -> None:
        """Set the limits of both axes."""
        low, high = self.low, self.high
        if self.agg in ("count", "sum"):
            low = min(low, 0.0)
        if low == high:
            low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
        elif 0 <= low < 0.6 * high:
            low = 0.0
        set_y_limits(self.ax, low, high, baseline=self.has_bars or self.chart.is_second)
        if self.agg == "count":
            set_y_limits(self.ax, low, high, baseline=False)
            set_integer_ticks(self.ax)
        left, right = self.left, self.right
        # The line ends in the middle of the last bin, whose posts reach further.
        self.ax.update_datalim([(left, 0.0), (right, 0.0)], updatey=False)
        if self.chart.is_second:
            left, right = min(left, before[0]), max(right, before[1])
        bins = max(round((right - left) / self.width), 1)
        pad = 0.0 if self.chart.is_second else 0.01 * (right - left)
        pad += empty_space(bins, self.width)
        self.ax.set_xlim(left - pad, right + pad)

    def summary(self, tz: dt.tzinfo) -> str:
        """Return the highest point in words, and where each line begins and ends."""
        value, start = self.best
        when = format_start(start, self.offset, tz)
        period = period_name(self.offset)
        highest = f"Highest: {format_number(round(value, 1))}, in the {period} from {when}"
        return "; ".join([highest, *self.courses])
