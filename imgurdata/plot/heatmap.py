"""Chart of the hours at which posts are submitted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from imgurdata._format import plural
from imgurdata._validate import refuse
from imgurdata.plot.chart import Chart
from imgurdata.plot.style import Style, next_color
from imgurdata.plot.text import draw_literally, literal
from imgurdata.plot.ticks import format_number
from imgurdata.plot.time import format_dates, time_zone, zone_name
from imgurdata.plot.validate import Floats, loaded_at, utc_times
from imgurdata.plot.wording import row_noun

__all__ = ["posting_heatmap"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# Steps from the lowest to the highest number in the legend.
_STEPS = 6


def posting_heatmap(
    posts: pd.DataFrame,
    *,
    hue: str | None = None,
    palette: str | None = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    ax: Axes | None = None,
    tz: str | dt.tzinfo | None = None,
) -> Axes:
    """Draw how many posts are submitted in each hour of the week.

    A row for each weekday, a column for each hour of the day. The color is the mean number of
    posts in such an hour, so that days which the data cover more often do not look busier. Hours
    that the data do not cover at all are left blank. With ``hue``, a row for each group: which
    share of its posts is submitted in each hour of the day.

    Parameters
    ----------
    posts : pandas.DataFrame
        One row per post, with ``datetime`` (when it was submitted to the gallery; API reference,
        Gallery Image). Comments, images and albums work too.
    hue : str or None
        Column whose values are compared, such as ``tags`` (a post counts for each of its tags) or
        ``listing``: the seven most frequent ones, and all others together.
    palette : str or None
        Name of a colormap; None is one from the background to the next color of the Axes.
    hue_order : list or None
        Values that are compared, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    ax : matplotlib.axes.Axes or None
        Axes to draw on, without another chart; None makes a figure.
    tz : str, datetime.tzinfo or None
        Time zone of hours and weekdays; None is UTC.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure. x is the hour, y the row.

    Raises
    ------
    InvalidArgument
        For a missing column, times without a zone, an unknown ``tz`` or colormap.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("user", sort="time", pages=10)
    >>> imd.plot.posting_heatmap(posts, tz="America/New_York").get_title()
    'Posts by weekday and hour'
    >>> imd.plot.posting_heatmap(posts, hue="media_type").get_title()
    'Posts by hour'
    """
    zone = time_zone(tz)
    if palette is not None and not isinstance(palette, str):
        refuse("palette", "the name of a matplotlib colormap, such as 'viridis'", palette)
    chart = Chart(
        "Heat map", "posts", posts, ["datetime"], loader="imd.load_gallery()", hue=hue,
        hue_order=hue_order, palette=palette, title=title, legend=legend,
    )  # fmt: skip
    posts, groups = chart.frame, chart.groups
    times, noun = utc_times(posts, "datetime"), row_noun(posts).singular
    known = np.asarray(times.notna())
    drawn = groups.drawn(known)
    ax = chart.start(ax, alone=True)
    draw_literally(ax.set_xlabel(f"Hour of the day ({zone_name(zone)})"))
    own_title = f"{noun.capitalize()}s by {'' if groups.is_split else 'weekday and '}hour"
    draw_literally(ax.set_ylabel(groups.name))
    if len(drawn) == 0:
        return chart.no_data(own_title, f"no {noun} has a datetime")
    local = times.tz_convert(zone)
    if groups.is_split:
        kept = [(i, rows[known[rows]]) for i, rows in enumerate(groups.rows)]
        kept = [(i, rows) for i, rows in kept if len(rows)]
        values = np.array(
            [100 * np.bincount(local[rows].hour, minlength=24) / len(rows) for _, rows in kept]
        )
        names = [groups.label(i, len(rows), chart.style) for i, rows in kept]
        unit = f"% of the row's {noun}s"
    else:
        values = _means(times[drawn], loaded_at(posts, drawn), zone)
        names = list(_DAYS) if chart.style.scale == 1 else [day[:3] for day in _DAYS]
        unit = f"{noun}s an hour, mean"
    handles = _draw(ax, chart.style, values, names, palette)
    row, hour = np.unravel_index(int(np.nanargmax(values)), values.shape)
    highest = format_number(float(f"{values[row, hour]:.3g}"))
    dates = format_dates(times[drawn].min(), times[drawn].max(), zone)
    undated = int((~known).sum())
    return chart.finish(
        own_title, [f"n = {plural(len(drawn), noun)}, {dates}"], handles, drawn=drawn,
        left_out=[f"{undated:,} without date left out"] if undated else (), legend_title=unit,
        summary=f"Most: {highest} ({unit}), {names[row]}, from {hour}:00",
    )  # fmt: skip


def _means(times: pd.DatetimeIndex, end: pd.Timestamp | None, tz: dt.tzinfo) -> Floats:
    """Return the mean number of times in each hour of the week, NaN if it is not covered."""
    last = times.max() if end is None else max(end, times.max())
    # In UTC, where an hour has the same length all year.
    hours = pd.date_range(times.min().floor("h"), last, freq="h").tz_convert(tz)
    covered = _by_hour(hours)
    found = _by_hour(times.tz_convert(tz))
    # Where the clock stands at half hours, a time lies in an hour that begins before the first.
    covered = np.maximum(covered, (found > 0).astype(int))
    return np.where(covered > 0, found / np.maximum(covered, 1), np.nan)


def _by_hour(local: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    cell = 24 * local.day_of_week.to_numpy() + local.hour.to_numpy()
    return np.bincount(cell, minlength=168).reshape(7, 24)


def _draw(
    ax: Axes, style: Style, values: Floats, names: list[str], palette: str | None
) -> list[Artist]:
    """Draw the cells, and return legend handles of a few round numbers."""
    top = float(np.nanmax(values)) or 1.0
    ticks = np.asarray(MaxNLocator(nbins=_STEPS, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top))
    colormap, norm = _colormap(ax, style, palette), Normalize(0, top)
    ax.pcolormesh(
        np.arange(25), np.arange(len(values) + 1), np.ma.masked_invalid(values),
        cmap=colormap, norm=norm, edgecolors=style.paper, linewidth=0.5, zorder=2,
    )  # fmt: skip
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_xlim(0, 24)
    ax.set_ylim(len(values), 0)
    ax.set_xticks(range(0, 25, 3))
    rows = [literal(name, ax.yaxis.label) for name in names]
    ax.set_yticks([row + 0.5 for row in range(len(rows))], rows)
    ax.tick_params(length=0)
    handles: list[Artist] = [
        Patch(facecolor=colormap(norm(tick)), label=format_number(tick))
        for tick in ticks[ticks <= top].tolist()
    ]
    if np.isnan(values).any():
        handles.append(Patch(facecolor="none", edgecolor=style.grid, label="not covered"))
    return handles


def _colormap(ax: Axes, style: Style, palette: str | None) -> Colormap:
    if palette is not None:
        return mpl.colormaps[palette]
    # Not quite the background, so that an hour without posts is not like one without data.
    return LinearSegmentedColormap.from_list("imgurdata", [style.grid, next_color(ax)])
