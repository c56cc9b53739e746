"""Chart of how points are distributed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter

from imgurdata._format import plural
from imgurdata.plot.style import (
    PALETTE,
    Style,
    format_number,
    new_axes,
    set_header,
    set_integer_ticks,
    set_number_axis,
    show_no_data,
)
from imgurdata.plot.validate import Floats, booleans, column_of, missing_column, numbers, validate
from imgurdata.plot.wording import row_noun

__all__ = ["log_edges", "post_kinds", "score_distribution"]

_LOADER = "imd.load_gallery()"

# Kinds of post and their colors, in the order in which they are stacked.
_KINDS = {
    "album of several": PALETTE[0],
    "album of one": PALETTE[4],
    "album": PALETTE[0],
    "still image": PALETTE[1],
    "video or GIF": PALETTE[2],
    "image": PALETTE[1],
    "kind unknown": PALETTE[6],
}


def score_distribution(posts: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the histogram of the points of posts on a logarithmic axis, by kind of post.

    Bars of the kinds are stacked, so that the outline is the histogram of all posts. Lines mark
    the median and the 90th percentile of all. If some points are zero or negative, the axis is
    linear between -1 and 1 and logarithmic on both sides of it.

    Parameters
    ----------
    posts : pandas.DataFrame
        One row per post, with ``points`` (upvotes minus downvotes; if no row has any, ``score`` is
        drawn and named instead). The kind comes from ``is_album``, ``images_count`` and
        ``media_type``, as far as the frame has them. Comments, images and albums work too: the
        chart's words follow what the frame holds.
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
    >>> import pandas as pd
    >>> from imgurdata.plot import score_distribution
    >>> posts = pd.DataFrame({"points": pd.array([-3, 0, 12, 400], dtype="Int64")})
    >>> score_distribution(posts).get_title()
    'Distribution of points over posts'
    """
    posts = validate("posts", posts, (), loader=_LOADER)
    columns = [column for column in ("points", "score") if column in posts.columns]
    if not columns:
        missing_column("posts", posts, "'points' or 'score'", "points", loader=_LOADER)
    column = next((c for c in columns if column_of(posts, c).notna().any()), columns[0])
    values = numbers(posts, column)
    known, kind = ~np.isnan(values), post_kinds(posts)
    ax, style = new_axes(ax)
    noun = row_noun(posts).singular
    title = f"Distribution of {column} over {noun}s"
    set_number_axis(ax, style, f"{noun.capitalize()}s")
    ax.set_xlabel(column.capitalize(), fontsize=style.size, color=style.ink)
    if not known.any():
        show_no_data(ax, style, title, posts, f"no {noun} has {column}")
        return ax
    handles = _draw(ax, style, values[known], kind[known], column, noun)
    n, left_out = int(known.sum()), int((~known).sum())
    detail = f"n = {plural(n, noun)}"
    detail += f"; {left_out:,} without {column} left out" if left_out else ""
    set_header(ax, style, title, detail, handles)
    return ax


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
        out[is_album & (count > 1)] = "album of several"
        out[is_album & (count == 1)] = "album of one"
    out[is_image] = "image"
    if "media_type" in posts.columns:
        media = [str(kind) for kind in column_of(posts, "media_type").astype(object).fillna("")]
        moving = np.array([m.startswith("video/") or m == "image/gif" for m in media], dtype=bool)
        still = np.array([m.startswith("image/") for m in media], dtype=bool) & ~moving
        out[is_image & moving] = "video or GIF"
        out[is_image & still] = "still image"
    return out


def log_edges(values: Floats) -> Floats:
    """Return edges of bins of equal width on a logarithmic axis, for each sign and zero.

    Points are whole numbers, so edges lie half way between two of them: no bin falls between two
    numbers and looks empty. The width follows the Freedman-Diaconis rule on the logarithms.

    >>> [float(e) for e in log_edges(np.array([-2.0, 0.0, 1.0]))]
    [-2.5, -1.5, -0.5, 0.5, 1.5]
    """
    sizes = np.log10(np.abs(values[values != 0]))
    width = 1 / 8
    if len(sizes):
        low, high = np.percentile(sizes, [25, 75])
        rule = 2 * (high - low) / len(sizes) ** (1 / 3)
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
    step = 1.0
    while edges[-1] <= sizes.max():
        step = max(step, float(np.round(edges[-1] * (10**width - 1))))
        edges.append(edges[-1] + step)
    return np.array(edges)


def _draw(
    ax: Axes,
    style: Style,
    values: Floats,
    kind: npt.NDArray[np.object_],
    column: str,
    noun: str,
) -> list[Artist]:
    """Draw the histogram and its marks, and return the legend handles."""
    edges = log_edges(values)
    present = [k for k in _KINDS if (kind == k).any()]
    colors = [_KINDS[k] for k in present]
    groups = [values[kind == k] for k in present]
    labels = [
        f"{k}: {len(g):,}, median {format_number(round(float(np.median(g)), 1))}"
        for k, g in zip(present, groups, strict=True)
    ]
    if present == ["kind unknown"]:
        labels = [f"all {noun}s, median {format_number(round(float(np.median(values)), 1))}"]
        colors = [PALETTE[0]]
    counts, _, _ = ax.hist(
        groups,
        bins=edges.tolist(),
        stacked=True,
        color=colors,
        label=labels,
        edgecolor="white",
        linewidth=0.4 if len(edges) < 60 else 0.0,
        zorder=2,
    )
    low, high = float(edges[0]), float(edges[-1])
    name = column.capitalize()
    if low > 0:
        ax.set_xscale("log")
        if high / low < 10:
            # Less than a decade would leave a logarithmic axis without a labelled tick.
            low, high = 10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high))
        ax.set_xlim(low / 1.15, high * 1.15)
        name += " (log scale)"
    else:
        ax.set_xscale("symlog", linthresh=1.0, linscale=0.4)
        ax.set_xlim(low * 1.4 if low < 0 else -0.8, max(high * 1.25, 1.5))
        name += " (log scale, linear between \N{MINUS SIGN}1 and 1)"
    ax.xaxis.set_major_formatter(FuncFormatter(format_number))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(name, fontsize=style.size, color=style.ink)
    ax.set_ylim(0, 1.25 * float(np.max(counts)))
    set_integer_ticks(ax)
    _mark(ax, style, values)
    return [
        Patch(facecolor=color, label=label) for color, label in zip(colors, labels, strict=True)
    ]


def _mark(ax: Axes, style: Style, values: Floats) -> None:
    """Draw lines at the median and the 90th percentile, with labels at different heights."""
    # The higher line is the right one, so that its label, if it is on the left of its line, passes
    # over the other line's end.
    marks = (("median", 50, "-", 0.905, 0.25), ("90th percentile", 90, "--", 0.985, 0.7))
    for name, q, linestyle, height, turn in marks:
        x = float(np.percentile(values, q))
        ax.axvline(x, ymax=height, color=style.ink, linewidth=1.1, linestyle=linestyle, zorder=3)
        share = ax.transAxes.inverted().transform(ax.transData.transform((x, 0.0)))[0]
        on_left = share > turn
        ax.annotate(
            f"{name} {format_number(round(x, 1))}",
            xy=(x, height),
            xycoords=ax.get_xaxis_transform(),
            xytext=(-4 if on_left else 4, 0),
            textcoords="offset points",
            ha="right" if on_left else "left",
            va="top",
            fontsize=style.size,
            color=style.ink,
            zorder=4,
        )
