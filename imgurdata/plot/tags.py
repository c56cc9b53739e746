"""Chart of the most frequent tags."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from imgurdata._format import plural
from imgurdata._validate import integer
from imgurdata.plot.chart import Chart
from imgurdata.plot.rows import draw_medians, set_count_rows
from imgurdata.plot.style import next_color
from imgurdata.plot.text import literal
from imgurdata.plot.validate import Floats, column_of, numbers
from imgurdata.plot.wording import percent, row_noun, shorten

__all__ = ["top_tags"]


def top_tags(
    posts: pd.DataFrame,
    n: int = 15,
    *,
    hue: str | None = None,
    palette: Any = None,
    hue_order: Any = None,
    title: str | None = None,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw the tags with the most posts, and the median points of these.

    A bar for each tag with its number of posts and their share of all. A post counts for each of
    its tags, so that the shares add up to more than all. Dots in the strip on the right mark the
    median points, if the frame has points. With ``hue``, bars are stacked by group, without the
    strip; a post with several ``tags`` as groups is in each of these, and the label of x says so.

    Parameters
    ----------
    posts : pandas.DataFrame
        One row per post, with ``tags`` (names joined by a space) and perhaps ``points``.
    n : int
        Largest number of tags, up to 50; on small Axes there may be space for fewer.
    hue : str or None
        Column whose values are stacked, such as ``listing`` or ``is_album``: the seven most
        frequent ones, and all others together.
    palette : list, dict, str or None
        Colors of the groups, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are compared, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    ax : matplotlib.axes.Axes or None
        Axes to draw on, without another chart; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure. x is the number of posts.

    Raises
    ------
    InvalidArgument
        For a missing column, or an ``n`` that is no number.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("user", sort="time", pages=5)
    >>> imd.plot.top_tags(posts).get_title()
    'Most frequent tags of posts'
    >>> imd.plot.top_tags(posts, 8, hue="media_type").get_legend().get_title().get_text()
    'media type'
    """
    n = integer("n", n, least=1, most=50)
    chart = Chart(
        "Bar chart", "posts", posts, ["tags"], loader="imd.load_gallery()", hue=hue,
        hue_order=hue_order, palette=palette, title=title, legend=legend,
    )  # fmt: skip
    posts, groups = chart.frame, chart.groups
    column = column_of(posts, "tags").reset_index(drop=True)
    tags = column.dropna().astype(str).str.split().explode().dropna()
    has_tags = np.zeros(len(posts), dtype=bool)
    has_tags[tags.index] = True
    drawn = groups.drawn(has_tags)
    noun = row_noun(posts).singular
    points = numbers(posts, "points") if "points" in posts.columns else None
    ax, style = chart.start(ax, alone=True), chart.style
    things = f"{noun.capitalize()}s"
    ax.set_xlabel(things)
    own_title = f"Most frequent tags of {noun}s"
    if len(drawn) == 0:
        return chart.no_data(own_title, f"no {noun} has a tag")
    # A tag that is there twice counts once.
    pairs = pd.DataFrame({"row": tags.index, "tag": tags.to_numpy()}).drop_duplicates()
    pairs = pairs[pairs["row"].isin(drawn)]
    # Of equally frequent tags the first in the alphabet, whatever the order of rows.
    counts = pairs.groupby("tag").size().sort_values(ascending=False, kind="stable")
    fits = max(3, int(0.75 * style.height / (1.4 * style.size)))
    top = counts.head(min(n, fits))
    names = [literal(shorten(tag), ax.yaxis.label) for tag in top.index]
    labels = [f"{count:,} ({percent(count / len(drawn))})" for count in top]
    has_strip = points is not None and not groups.is_split
    ends, handles = _draw_bars(chart, top, pairs)
    if (ends > top).any():
        things = f"{things}, in each of their groups"
    set_count_rows(ax, style, names, ends, labels, things, strip=has_strip)
    if points is not None and has_strip:
        known = pairs.assign(points=points[pairs["row"]])
        medians = known.groupby("tag")["points"].median().reindex(top.index)
        draw_medians(ax, style, medians.to_numpy(dtype="float64"))
    without = int((~has_tags).sum())
    # Groups by tags say that themselves.
    left_out = [f"{without:,} without tags left out"] if without and hue != "tags" else ()
    first = [f"{shorten(tag)} ({count:,})" for tag, count in top.head(5).items()]
    # How many tags there are, and how many of them are drawn.
    of_all = "" if len(top) == len(counts) else f"{len(top):,} of "
    return chart.finish(
        own_title,
        [f"n = {plural(len(drawn), noun)} with tags", f"{of_all}{plural(len(counts), 'tag')}"],
        handles, drawn=drawn, left_out=left_out,
        summary=f"Most frequent: {', '.join(first)}",
    )  # fmt: skip


def _draw_bars(chart: Chart, top: pd.Series, pairs: pd.DataFrame) -> tuple[Floats, list[Artist]]:
    """Draw the bars, stacked by group; return where they end, and the legend handles."""
    ax, groups, rows = chart.ax, chart.groups, np.arange(len(top))
    look: dict[str, Any] = {"height": 0.7, "linewidth": 0, "zorder": 2}
    if not groups.is_split:
        ends = np.asarray(top, dtype="float64")
        ax.barh(rows, ends, color=next_color(ax), **look)
        return ends, []
    # Where a post is in several groups, a bar is longer than the number of its posts.
    ends = np.zeros(len(top))
    handles: list[Artist] = []
    for i, (own, color) in enumerate(zip(groups.rows, groups.colors(ax, chart.style), strict=True)):
        inside = pairs[pairs["row"].isin(own)]
        if inside.empty:
            continue
        width = inside.groupby("tag").size().reindex(top.index, fill_value=0).to_numpy()
        ax.barh(rows, width, left=ends, color=color, **look)
        ends = ends + width
        label = groups.label(i, inside["row"].nunique(), chart.style)
        handles.append(Patch(facecolor=color, label=label))
    return ends, handles
