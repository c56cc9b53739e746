"""Chart of points against the age of posts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from imgurdata._format import plural
from imgurdata.plot.chart import Chart
from imgurdata.plot.groups import check_color, check_label, check_value
from imgurdata.plot.header import EXPLAINS
from imgurdata.plot.style import MARKERS, Style
from imgurdata.plot.text import draw_literally
from imgurdata.plot.ticks import format_number, set_log_ticks, set_number_axis
from imgurdata.plot.validate import Floats, numbers, utc_times
from imgurdata.plot.wording import Noun, row_noun

__all__ = ["virality"]

# Ticks of the age, in hours.
_AGES = {
    1 / 60: "1 min", 1 / 6: "10 min", 1.0: "1 h", 6.0: "6 h", 24.0: "1 day", 168.0: "1 week",
    720.0: "1 month", 8766.0: "1 year", 87_660.0: "10 years", 876_600.0: "100 years",
}  # fmt: skip

# Ticks between these, for an axis that would have few.
_BETWEEN = {
    0.05: "3 min", 0.5: "30 min", 3.0: "3 h", 12.0: "12 h", 72.0: "3 days", 336.0: "2 weeks",
    2191.5: "3 months", 26_298.0: "3 years",
}  # fmt: skip
_FEW = 4

# An axis without logarithm counts days from so many hours on.
_DAYS_FROM = 72

# The line of medians has so many points at most, each of so many posts at least; their number grows
# with the square root of that of the posts.
_MOST_STEPS, _FEWEST_POSTS, _STEPS = 25, 5, 0.7

# The line is broken where a longer part of the axis holds no post.
_GAP = 0.1

# Group id of these lines.
_MEDIANS = "medians"

# More points than this are stored as one picture in a vector graphic.
_MOST_VECTORS = 2000

# No post is younger, for the logarithm.
_YOUNGEST = 1 / 120


class _DotStyle(NamedTuple):
    """Colors of dots and line, the marker, and the text in the legend."""

    dots: str
    line: str
    marker: str
    label: str


def virality(
    posts: pd.DataFrame,
    value: str = "points",
    *,
    hue: str | None = None,
    palette: Any = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    color: Any = None,
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the points of posts against their age when they were loaded.

    A dot for each post, and a line of the median by age, with a gap where there are no posts. Both
    axes are logarithmic; that of points is linear between -1 and 1 if some are zero or negative.
    Several snapshots of the same posts show how they grow, one dot a snapshot.

    Parameters
    ----------
    posts : pandas.DataFrame
        One row per post and snapshot, with ``datetime`` (when it was submitted to the gallery; API
        reference, Gallery Image), ``fetched_at`` and the column of ``value``.
    value : str
        A numeric column, such as ``points``, ``score``, ``views`` or ``comment_count``.
    hue : str or None
        Column whose values are compared, such as ``tags`` (a post counts for each of its tags),
        ``media_type`` or ``listing``: the seven most frequent ones, and all others together.
    palette : list, dict, str or None
        Colors of the groups, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are compared, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    color, label : str or None
        Color of dots and line, and their text in the legend, without ``hue``.
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure. x is the age in hours.

    Raises
    ------
    InvalidArgument
        For a missing or non-numeric column, or times without a zone.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("user", sort="time", pages=10)
    >>> imd.plot.virality(posts, hue="in_most_viral").get_title()
    'Points of posts by age'
    """
    name, color, label = check_value(value), check_color(color), check_label(label)
    chart = Chart(
        "Scatter plot", "posts", posts, ["datetime", "fetched_at", value],
        loader="imd.load_gallery()", hue=hue, hue_order=hue_order, palette=palette, title=title,
        legend=legend,
    )  # fmt: skip
    posts, groups = chart.frame, chart.groups
    age = _ages(posts)
    values = numbers(posts, value)
    known = ~np.isnan(age) & ~np.isnan(values)
    noun = row_noun(posts)
    drawn = groups.drawn(known)
    ax, style = chart.start(ax), chart.style
    in_words = f"{name[:1].upper()}{name[1:]}"
    own_title = f"{in_words} of {noun.singular}s by age"
    set_number_axis(ax, in_words)
    ax.set_xlabel("Age when loaded")
    if len(drawn) == 0:
        reason = f"no {noun.singular} has datetime, fetched_at and {name}"
        return chart.no_data(own_title, reason)
    _set_axes(chart, age[drawn], values[drawn], in_words)
    is_single = not groups.is_split and not chart.is_second and label is None
    handles: list[Artist] = []
    colors = groups.colors(ax, style, color)
    for i, (rows, dots) in enumerate(zip(groups.rows, colors, strict=True)):
        own = rows[known[rows]]
        if len(own) == 0:
            continue
        text = f"{noun.singular}s" if label is None else f"{label} (n = {len(own):,})"
        text = groups.label(i, len(own), style) if groups.is_split else text
        look = _DotStyle(dots, style.ink if is_single else dots, MARKERS[i % len(MARKERS)], text)
        handles += _draw(ax, style, age[own], values[own], look, total=len(drawn))
    if any(line.get_gid() == _MEDIANS for line in ax.lines):
        of_line = style.ink if is_single else style.muted
        width = 1.8 * style.scale
        handles.append(
            Line2D([], [], color=of_line, linewidth=width, label="median by age", gid=EXPLAINS)
        )
    without = int((~known).sum())
    of_label = f"{label}: " if label else ""
    return chart.finish(
        own_title, [f"{of_label}n = {plural(len(drawn), noun.singular)}"], handles, drawn=drawn,
        left_out=[f"{without:,} without {name} or age left out"] if without else (),
        summary=_summary(age[drawn], values[drawn], noun),
    )  # fmt: skip


def _ages(posts: pd.DataFrame) -> Floats:
    """Return the age of each post in hours when it was loaded, NaN if it is not known."""
    age = utc_times(posts, "fetched_at") - utc_times(posts, "datetime")
    hours = np.asarray(age / pd.Timedelta("1h"), dtype="float64")
    # Two clocks may differ by seconds.
    return np.where(hours < -1, np.nan, np.maximum(hours, _YOUNGEST))


def _set_axes(chart: Chart, age: Floats, values: Floats, name: str) -> None:
    """Set scales, limits and ticks; those of a chart that is there already are extended."""
    ax, style = chart.ax, chart.style
    low, high = float(age.min()), float(age.max())
    least, most = float(values.min()), float(values.max())
    if chart.is_second:
        (low, least), (high, most) = (
            np.minimum((low, least), ax.dataLim.min),
            np.maximum((high, most), ax.dataLim.max),
        )
    ax.set_xscale("log")
    pad = max((high / low) ** 0.03, 1.3 if high / low < 3 else 1.05)
    ax.set_xlim(low / pad, high * pad)
    inside = {age: text for age, text in _AGES.items() if low / pad <= age <= high * pad}
    between = {age: text for age, text in _BETWEEN.items() if low / pad <= age <= high * pad}
    if len(inside) < _FEW and len(inside) + len(between) > 1:
        inside = dict(sorted((inside | between).items()))
    if len(inside) > 1:
        fewer = 2 if style.scale < 1 and len(inside) > 4 else 1
        names = dict(list(inside.items())[::fewer])
        ax.xaxis.set_major_locator(FixedLocator(list(names)))
        ax.xaxis.set_major_formatter(FuncFormatter(_age_text))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xlabel("Age when loaded (log scale)")
    else:
        ax.set_xscale("linear")
        pad = 0.05 * (high - low) or 0.5 * high
        ax.set_xlim(low - pad, high + pad)
        in_days = high > _DAYS_FROM
        ax.xaxis.set_major_formatter(FuncFormatter(_days_text if in_days else format_number))
        ax.set_xlabel(f"Age when loaded ({'days' if in_days else 'hours'})")
    if least > 0:
        ax.set_yscale("log")
        low_y, high_y = least / 1.4, most * 1.4
        if high_y / low_y < 10:
            # Less than a decade would leave a logarithmic axis without a labelled tick.
            low_y, high_y = 10 ** np.floor(np.log10(low_y)), 10 ** np.ceil(np.log10(high_y))
        ax.set_ylim(low_y, high_y)
        set_log_ticks(ax.yaxis, low_y, high_y, int(style.height / (3 * style.size)))
    else:
        ax.set_yscale("symlog", linthresh=1.0, linscale=0.4)
        ax.set_ylim(least * 1.4 if least < 0 else -0.5, max(most, 1.0) * 1.4)
        ax.yaxis.set_major_formatter(FuncFormatter(format_number))
        ax.yaxis.set_minor_formatter(NullFormatter())
    draw_literally(ax.set_ylabel(f"{name} (log scale)"))


def _days_text(hours: float, _position: Any = None) -> str:
    return f"{hours / 24:.4g}"


def _age_text(hours: float, _position: Any = None) -> str:
    names = _AGES | _BETWEEN
    nearest = min(names, key=lambda age: abs(age - hours))
    if np.isclose(nearest, hours):
        return names[nearest]
    if hours < 1:
        return f"{60 * hours:.2g} min"
    if hours < _DAYS_FROM:
        return f"{hours:.3g} h"
    return f"{format_number(float(f'{hours / 24:.3g}'))} days"


def _draw(
    ax: Axes, style: Style, age: Floats, values: Floats, look: _DotStyle, *, total: int
) -> list[Artist]:
    """Draw dots, as large in each group, and the line of medians; return the legend handle."""
    n = len(age)
    # Drawn in the same order, whatever the order of rows.
    order = np.lexsort((values, age))
    age, values = age[order], values[order]
    ax.plot(
        age, values, linestyle="none", marker=look.marker, color=look.dots, markeredgewidth=0,
        markersize=style.scale * (5 if total < 300 else 3.5 if total < 5000 else 2), zorder=2,
        alpha=float(np.clip(300 / n**0.75, 0.04, 0.6)), rasterized=n > _MOST_VECTORS,
    )  # fmt: skip
    x, medians = _medians(age, values, logarithmic=ax.get_xscale() == "log")
    if len(x) > 1:
        width = 1.8 * style.scale
        (line,) = ax.plot(x, medians, color=look.line, linewidth=width, zorder=4, gid=_MEDIANS)
        # With an edge of the background, or dots would hide a line of their color.
        line.set_path_effects([withStroke(linewidth=2 * width, foreground=style.paper)])
    size = 5 * style.scale
    dots: dict[str, Any] = {"linestyle": "none", "marker": look.marker, "markersize": size}
    return [Line2D([], [], color=look.dots, label=look.label, **dots)]


def _medians(age: Floats, values: Floats, *, logarithmic: bool) -> tuple[Floats, Floats]:
    """Return medians of posts, sorted by age, in parts of as many posts each.

    Between two parts with a stretch of ages without any post there is NaN.
    """
    steps = min(_MOST_STEPS, len(age) // _FEWEST_POSTS, max(2, round(_STEPS * np.sqrt(len(age)))))
    if steps < 2:
        return np.array([]), np.array([])
    x = np.array([np.median(part) for part in np.array_split(age, steps)])
    y = np.array([np.median(part) for part in np.array_split(values, steps)])
    place = np.log(age) if logarithmic else age
    empty = np.flatnonzero(np.diff(place) > _GAP * (place[-1] - place[0]))
    # A gap lies before the first median that is older than its middle.
    middles = np.array([(age[i] + age[i + 1]) / 2 for i in empty])
    gaps = np.unique(np.searchsorted(x, middles))
    gaps = gaps[(gaps > 0) & (gaps < steps)]
    return np.insert(x, gaps, x[gaps]), np.insert(y, gaps, np.nan)


def _summary(age: Floats, values: Floats, noun: Noun) -> str:
    young = age < 24
    texts = [
        f"median of {noun.singular}s {text}: {format_number(round(float(np.median(own)), 1))}"
        for text, own in (
            ("younger than a day", values[young]),
            ("older than a day", values[~young]),
        )
        if len(own)
    ]
    return "; ".join(texts).capitalize()
