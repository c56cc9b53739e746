"""Chart of how points are distributed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, NullFormatter

from imgurdata._format import plural
from imgurdata.plot.bars import outline
from imgurdata.plot.chart import Chart
from imgurdata.plot.groups import check_color, check_label, colors_of
from imgurdata.plot.style import DASHES, Style
from imgurdata.plot.text import text_width
from imgurdata.plot.ticks import (
    format_number,
    format_percent,
    set_integer_ticks,
    set_log_ticks,
    set_number_axis,
)
from imgurdata.plot.validate import Floats, booleans, column_of, missing_column, numbers
from imgurdata.plot.wording import row_noun

__all__ = ["log_edges", "post_kinds", "score_distribution"]

_LOADER = "imd.load_gallery()"

# Kinds of post, in the order in which they are stacked.
_SEVERAL, _ONE = "album with several images", "album with one image"
_KINDS = (_SEVERAL, _ONE, "album", "single image", "video or GIF", "image", "kind unknown")

# How the label of y begins where groups are compared.
_SHARE = "Share of the group's"

# A logarithmic axis with space for fewer labels names powers of ten only.
_FEW_TICKS = 5

# On Axes of a smaller scale than this, the legend has no medians.
_TINY = 0.7

# The legend has the medians of so many groups at most: those of more would take the place of data.
_MOST_MEDIANS = 4


def score_distribution(
    posts: pd.DataFrame,
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
    """Draw the histogram of the points of posts on a logarithmic axis, by kind of post.

    Bars of the kinds are stacked, so that the outline is the histogram of all posts. Lines mark
    the median and the 90th percentile of all. If some points are zero or negative, the axis is
    linear between -1 and 1 and logarithmic on both sides of it. With ``hue``, an outline for each
    group shows which share of its posts is in each bin, so that large and small groups compare.

    Parameters
    ----------
    posts : pandas.DataFrame
        One row per post, with ``points`` (upvotes minus downvotes; if no row has any, ``score`` is
        drawn and named instead). The kind comes from ``is_album``, ``images_count`` and
        ``media_type``, as far as the frame has them. Comments, images and albums work too: the
        chart's words follow what the frame holds.
    hue : str or None
        Column whose values are compared, such as ``tags`` (a post counts for each of its tags),
        ``media_type`` or ``listing``: the seven most frequent ones, and all others together.
    palette : list, dict, str or None
        Colors of the groups or kinds, or the name of a colormap; None takes the next of the Axes.
    hue_order : list or None
        Values that are compared, in order; others are left out.
    title : str or None
        Title; ``""`` for none, None for one that says what is drawn.
    legend : bool
        Whether there is a legend.
    color, label : str or None
        Color and name of all posts as one outline, without kinds and ``hue``. A second call on
        one ``ax`` draws an outline, too, in the bins of the first.
    ax : matplotlib.axes.Axes or None
        Axes to draw on; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or the Axes of the new figure.

    Raises
    ------
    InvalidArgument
        The frame has neither ``points`` nor ``score``, or the column is not numeric.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("user", sort="time", pages=5)
    >>> imd.plot.score_distribution(posts).get_title()
    'Distribution of points over posts'
    >>> imd.plot.score_distribution(posts, hue="in_most_viral").get_ylabel()
    "Share of the group's posts"
    """
    color, label = check_color(color), check_label(label)
    chart = Chart(
        "Histogram", "posts", posts, (), loader=_LOADER, hue=hue, hue_order=hue_order,
        palette=palette, title=title, legend=legend,
    )  # fmt: skip
    posts, groups = chart.frame, chart.groups
    columns = [column for column in ("points", "score") if column in posts.columns]
    if not columns:
        missing_column("posts", posts, "'points' or 'score'", "points", loader=_LOADER)
    column = next((c for c in columns if column_of(posts, c).notna().any()), columns[0])
    values = numbers(posts, column)
    known = ~np.isnan(values)
    ax = chart.start(ax)
    as_shares = groups.is_split or chart.y_label_before.startswith(_SHARE)
    noun = row_noun(posts).singular
    own_title = f"Distribution of {column} over {noun}s"
    set_number_axis(ax, f"{_SHARE} {noun}s" if as_shares else f"{noun.capitalize()}s")
    ax.set_xlabel(column.capitalize())
    drawn = groups.drawn(known)
    if len(drawn) == 0:
        return chart.no_data(own_title, f"no {noun} has {column}")
    edges = log_edges(values[drawn], len(drawn) // len(groups.labels))
    before = chart.bins(np.ndarray)
    if before is not None:  # Numbers per bin compare only with the same bins.
        edges = np.r_[edges[edges < before[0]], before, edges[edges > before[-1]]]
    by_group = [values[rows[known[rows]]] for rows in groups.rows]
    is_single = chart.is_second or label is not None or color is not None
    if groups.is_split or is_single:
        labels = [
            groups.label(i, len(own), chart.style)
            if groups.is_split
            else f"{label or f'{noun}s'} (n = {len(own):,})"
            for i, own in enumerate(by_group)
        ]
        colors = groups.colors(ax, chart.style, color)
        handles = _draw_outlines(chart, by_group, edges, labels, colors, as_shares=as_shares)
    else:
        kind = post_kinds(posts)[drawn]
        handles = _draw_stacks(ax, chart.style, values[drawn], edges, kind, noun, palette)
    _set_score_axis(ax, chart.style, edges, column)
    if not groups.is_split and not is_single:
        _mark(ax, chart.style, values[drawn])
    median, ninetieth = np.percentile(values[drawn], [50, 90])
    summary = f"Median {format_number(round(float(median), 1))}, "
    summary += f"90th percentile {format_number(round(float(ninetieth), 1))}"
    if len(by_group) > _MOST_MEDIANS:
        medians = [
            f"{text}: {_median_text(own)}"
            for text, own in zip(groups.labels, by_group, strict=True)
            if len(own)
        ]
        summary = "; ".join([summary, *medians])
    left_out = int((~known).sum())
    return chart.finish(
        own_title, [f"n = {plural(len(drawn), noun)}"], handles, summary=summary, bins=edges,
        left_out=[f"{left_out:,} without {column} left out"] if left_out else (),
    )  # fmt: skip


def post_kinds(posts: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the kind of each post, as named in the legend, from the columns the frame has.

    Most posts today are albums of one image, so these are separate from albums of several if
    ``images_count`` is known.
    """
    out = np.full(len(posts), "kind unknown", dtype=object)
    if "is_album" not in posts.columns:
        return out
    is_album, unknown = booleans(posts, "is_album")
    is_image = ~is_album & ~unknown
    out[is_album] = "album"
    if "images_count" in posts.columns:
        count = numbers(posts, "images_count")
        out[is_album & (count > 1)] = _SEVERAL
        out[is_album & (count == 1)] = _ONE
    out[is_image] = "image"
    if "media_type" in posts.columns:
        media = [str(kind) for kind in column_of(posts, "media_type").astype(object).fillna("")]
        moving = np.array([m.startswith("video/") or m == "image/gif" for m in media], dtype=bool)
        still = np.array([m.startswith("image/") for m in media], dtype=bool) & ~moving
        out[is_image & moving] = "video or GIF"
        out[is_image & still] = "single image"
    return out


def log_edges(values: Floats, n: int | None = None) -> Floats:
    """Return edges of bins of equal width on a logarithmic axis, for each sign and zero.

    Points are whole numbers, so edges lie half way between two of them: no bin falls between two
    numbers and looks empty. The width follows the Freedman-Diaconis rule on the logarithms, for
    groups of ``n`` values.

    >>> [float(e) for e in log_edges(np.array([-2.0, 0.0, 1.0]))]
    [-2.5, -1.5, -0.5, 0.5, 1.5]
    """
    sizes = np.log10(np.abs(values[values != 0]))
    width = 1 / 8
    if len(sizes):
        low, high = np.percentile(sizes, [25, 75])
        rule = 2 * (high - low) / min(n or len(sizes), len(sizes)) ** (1 / 3)
        width = float(np.clip(rule, 1 / 10, 1 / 3)) if rule > 0 else width
    below = -_positive_edges(-values[values < 0], width)
    above = _positive_edges(values[values > 0], width)
    zero = np.array([-0.5, 0.5]) if (values == 0).any() else np.array([])
    return np.unique(np.concatenate([below, zero, above]))


def _positive_edges(sizes: Floats, width: float) -> Floats:
    """Return edges for positive numbers; no bin holds fewer whole numbers than the one before."""
    if len(sizes) == 0:
        return np.array([])
    edges = [max(float(np.ceil(sizes.min() - 0.5) - 0.5), 0.0)]
    if sizes.min() == sizes.max():  # A single number stands in the middle of its bin.
        reach = max(float(np.round(edges[0] * (10**width - 1))) - 1.0, 0.0) // 2
        return np.array([max(edges[0] - reach, 0.0), edges[0] + 1.0 + reach])
    step = 1.0
    while edges[-1] <= sizes.max():
        step = max(step, float(np.round(edges[-1] * (10**width - 1))))
        edges.append(edges[-1] + step)
    return np.array(edges)


def _median_text(values: Floats) -> str:
    return f"median {format_number(round(float(np.median(values)), 1))}"


def _draw_stacks(
    ax: Axes,
    style: Style,
    values: Floats,
    edges: Floats,
    kind: npt.NDArray[np.object_],
    noun: str,
    palette: Any,
) -> list[Artist]:
    """Draw the stacked histogram of the kinds, and return the legend handles."""
    present = [k for k in _KINDS if (kind == k).any()]
    by_kind = [values[kind == k] for k in present]
    if present == ["kind unknown"]:
        labels = [f"all {noun}s, {_median_text(values)}"]
    else:
        labels = [
            f"{k}: {len(own):,}" + ("" if style.scale < _TINY else f", {_median_text(own)}")
            for k, own in zip(present, by_kind, strict=True)
        ]
    colors = colors_of(present, palette, ax, style)
    counts, _, _ = ax.hist(
        by_kind, bins=edges.tolist(), stacked=True, color=colors,
        edgecolor=style.paper, linewidth=0.4 if len(edges) < 60 else 0.0, zorder=2,
    )  # fmt: skip
    ax.set_ylim(0, 1.25 * float(np.max(counts)))
    set_integer_ticks(ax)
    return [
        Patch(facecolor=color, label=label) for color, label in zip(colors, labels, strict=True)
    ]


def _draw_outlines(
    chart: Chart,
    by_group: list[Floats],
    edges: Floats,
    labels: list[str],
    colors: list[str],
    *,
    as_shares: bool,
) -> list[Artist]:
    """Draw an outline for each group: its posts in each bin, or their share in percent."""
    ax = chart.ax
    handles: list[Artist] = []
    highest = ax.get_ylim()[1] / 1.06 if chart.is_second else 0.0
    looks = zip(by_group, labels, colors, cycle(DASHES), strict=False)
    for own, label, color, dashes in looks:
        if len(own) == 0:
            continue
        height = np.histogram(own, bins=edges)[0].astype("float64")
        if as_shares:
            height *= 100 / len(own)
        highest = max(highest, float(height.max()))
        outline(ax, height, edges, color, linestyle=dashes)
        text = label
        if len(by_group) <= _MOST_MEDIANS:
            text += f", {_median_text(own)}"
        handles.append(Line2D([], [], color=color, linewidth=1.6, linestyle=dashes, label=text))
    ax.set_ylim(0, 1.06 * highest)
    if as_shares:
        ax.yaxis.set_major_formatter(FuncFormatter(format_percent))
    else:
        set_integer_ticks(ax)
    return handles


def _set_score_axis(ax: Axes, style: Style, edges: Floats, column: str) -> None:
    """Make x logarithmic, or linear around zero if some points are zero or negative."""
    low, high = float(edges[0]), float(edges[-1])
    name = column.capitalize()
    if low > 0:
        ax.set_xscale("log")
        most = int(style.width / (5 * style.size))
        if high / low < 10:
            # Less than a decade may leave a logarithmic axis without two labelled ticks.
            low, high = _round_log(low, np.floor), _round_log(high, np.ceil)
            if most < _FEW_TICKS:  # Only powers of ten have labels.
                low, high = 10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high))
        ax.set_xlim(low / 1.15, high * 1.15)
        set_log_ticks(ax.xaxis, low, high, most)
        name += " (log scale)"
    else:
        ax.set_xscale("symlog", linthresh=1.0, linscale=0.4)
        ax.set_xlim(low * 1.4 if low < 0 else -0.8, max(high * 1.25, 1.5))
        ax.xaxis.set_major_formatter(FuncFormatter(format_number))
        ax.xaxis.set_minor_formatter(NullFormatter())
        name += " (log scale, linear between \N{MINUS SIGN}1 and 1)"
    ax.set_xlabel(name)


def _round_log(value: float, rounded: Callable[[float], float]) -> float:
    """Return the next 1, 2 or 5 of a decade below or above a number.

    >>> _round_log(288.5, np.floor), _round_log(2462.5, np.ceil)
    (200.0, 5000.0)
    """
    decade = 10 ** np.floor(np.log10(value))
    steps = np.array([1.0, 2.0, 5.0, 10.0]) * decade
    return float(
        steps[steps <= value].max() if rounded is np.floor else steps[steps >= value].min()
    )


def _mark(ax: Axes, style: Style, values: Floats) -> None:
    """Draw lines at the median and the 90th percentile, with labels at different heights."""
    # In numbers of y, since the header may take a part of the Axes later.
    top = ax.get_ylim()[1]
    # The higher line is the right one, so that its label, if it is on the left of its line, passes
    # over the other line's end.
    marks = (("median", 50, "-", 0.905, 0.25), ("90th percentile", 90, "--", 0.985, 0.7))
    for name, q, linestyle, height, turn in marks:
        x = float(np.percentile(values, q))
        y = height * top
        look: dict[str, Any] = {"color": style.ink, "linewidth": 1.1, "linestyle": linestyle}
        # As an artist, since the data do not reach that high.
        line = ax.add_artist(Line2D([x, x], [0, y], zorder=3, **look))
        # With an edge of the background, or light bars would hide a light line.
        line.set_path_effects([withStroke(linewidth=2.6, foreground=style.paper)])
        share = ax.transAxes.inverted().transform(ax.transData.transform((x, 0.0)))[0]
        text = f"{name} {format_number(round(x, 1))}"
        on_left = share > turn or share + text_width(text, style.small) / style.width > 1
        ax.annotate(
            text, xy=(x, y), xytext=(-4 if on_left else 4, 0), textcoords="offset points",
            ha="right" if on_left else "left", va="top",
            fontsize=style.small, color=style.ink, zorder=4,
        )  # fmt: skip
