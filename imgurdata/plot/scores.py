"""How points are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imgurdata._format import plural
from imgurdata.errors import InvalidArgument
from imgurdata.plot.check import column_of, did_you_mean, flags, listed, need_frame, numbers
from imgurdata.plot.style import (
    PALETTE,
    Look,
    header,
    new_axes,
    no_data,
    number,
    plain_number_axis,
    whole_number_ticks,
)
from imgurdata.plot.wording import noun_of

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["kinds", "log_edges", "score_distribution"]

_LOADER = "imd.load_gallery()"

#: Kinds of post and their colours, in the order in which they are stacked.
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

    Bars of the kinds stand on each other, so that the outline is the histogram of all posts.
    Lines mark the median and the 90th percentile of all. Where points are zero or negative, the
    axis is linear between -1 and 1 and logarithmic on both sides of it.

    Parameters
    ----------
    posts
        One row per post, with ``points`` (votes for less votes against; where the frame has none
        that is known, ``score`` is drawn and named instead). ``is_album``, ``images_count`` and
        ``media_type`` tell the kind, as far as the frame has them. Comments, images and albums do
        as well: the chart's words follow what the frame holds.
    ax
        Where to draw. None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``, or that of the new figure.

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
    posts = need_frame("posts", posts, loader=_LOADER)
    column = _column(posts)
    values = numbers(posts, column)
    known, kind = ~np.isnan(values), kinds(posts)
    ax, look = new_axes(ax)
    noun = noun_of(posts).one
    title = f"Distribution of {column} over {noun}s"
    plain_number_axis(ax, look, f"{noun.capitalize()}s")
    ax.set_xlabel(column.capitalize(), fontsize=look.size, color=look.ink)
    if not known.any():
        header(ax, look, title)
        why = f"no {noun} has {column}" if len(posts) else "the frame has no rows"
        no_data(ax, look, why)
        return ax
    handles = _draw(ax, look, values[known], kind[known], column, noun)
    n, out = int(known.sum()), int((~known).sum())
    detail = f"n = {plural(n, noun)}"
    detail += f"; {out:,} without {column} left out" if out else ""
    header(ax, look, title, detail, handles)
    return ax


def kinds(posts: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Tell the kind of each post, as it stands in the legend, by the columns the frame has.

    Most posts of today are albums of one image, which is why these are told apart from albums of
    several where ``images_count`` is known.
    """
    out = np.full(len(posts), "kind unknown", dtype=object)
    if "is_album" not in posts.columns:
        return out
    is_album, unknown = flags(posts, "is_album")
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


def log_edges(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Edges of bins that are equally wide on a logarithmic axis, one bin for each sign and zero.

    Points are whole numbers, so edges lie half way between two of them: no bin can fall between
    two numbers and look empty. Their number follows Freedman and Diaconis's rule on the logarithms.

    >>> [float(e) for e in log_edges(np.array([-2.0, 0.0, 1.0]))]
    [-2.5, -1.5, -0.5, 0.5, 1.5]
    """
    sizes = np.log10(np.abs(values[values != 0]))
    width = 1 / 8
    if len(sizes):
        low, high = np.percentile(sizes, [25, 75])
        rule = 2 * (high - low) / len(sizes) ** (1 / 3)
        width = float(np.clip(rule, 1 / 10, 1 / 3)) if rule > 0 else width
    below, above = _side(-values[values < 0], width), _side(values[values > 0], width)
    zero = np.array([-0.5, 0.5]) if (values == 0).any() else np.array([])
    return np.unique(np.concatenate([-below, zero, above]))


def _side(sizes: npt.NDArray[np.float64], width: float) -> npt.NDArray[np.float64]:
    """Edges for positive numbers; no bin holds fewer whole numbers than the one before it."""
    if len(sizes) == 0:
        return np.array([])
    edges = [float(np.ceil(sizes.min() - 0.5) - 0.5)]
    edges[0] = max(edges[0], 0.0)
    whole = 1.0
    while edges[-1] <= sizes.max():
        whole = max(whole, float(np.round(edges[-1] * (10**width - 1))))
        edges.append(edges[-1] + whole)
    return np.array(edges)


def _column(posts: pd.DataFrame) -> str:
    have = [c for c in ("points", "score") if c in posts.columns]
    if not have:
        raise InvalidArgument(
            f"posts must have the column 'points' or 'score', as frames of {_LOADER} do; "
            f"got {listed(posts.columns)}.{did_you_mean('points', posts.columns)}"
        )
    return next((c for c in have if column_of(posts, c).notna().any()), have[0])


def _draw(
    ax: Axes,
    look: Look,
    values: npt.NDArray[np.float64],
    kind: npt.NDArray[np.object_],
    column: str,
    noun: str,
) -> list[Artist]:
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter, NullFormatter

    edges = log_edges(values)
    present = [k for k in _KINDS if (kind == k).any()]
    colors = [_KINDS[k] for k in present]
    groups = [values[kind == k] for k in present]
    labels = [
        f"{k}: {len(g):,}, median {number(round(float(np.median(g)), 1))}"
        for k, g in zip(present, groups, strict=True)
    ]
    if present == ["kind unknown"]:
        labels, colors = (
            [f"all {noun}s, median {number(round(float(np.median(values)), 1))}"],
            [PALETTE[0]],
        )
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
    ax.xaxis.set_major_formatter(FuncFormatter(number))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(name, fontsize=look.size, color=look.ink)
    ax.set_ylim(0, 1.25 * float(np.max(counts)))
    whole_number_ticks(ax)
    _mark(ax, look, values)
    return [
        Patch(facecolor=color, label=label) for color, label in zip(colors, labels, strict=True)
    ]


def _mark(ax: Axes, look: Look, values: npt.NDArray[np.float64]) -> None:
    """Lines at the median and the 90th percentile, their labels one above the other."""
    # The higher one is the right one, so that its label, if it stands to the left of its line,
    # passes over the other line's end.
    marks = (("median", 50, "-", 0.905, 0.25), ("90th percentile", 90, "--", 0.985, 0.7))
    for word, q, style, height, turn in marks:
        at = float(np.percentile(values, q))
        ax.axvline(at, ymax=height, color=look.ink, linewidth=1.1, linestyle=style, zorder=3)
        share = ax.transAxes.inverted().transform(ax.transData.transform((at, 0.0)))[0]
        to_left = share > turn
        ax.annotate(
            f"{word} {number(round(at, 1))}",
            xy=(at, height),
            xycoords=ax.get_xaxis_transform(),
            xytext=(-4 if to_left else 4, 0),
            textcoords="offset points",
            ha="right" if to_left else "left",
            va="top",
            fontsize=look.size,
            color=look.ink,
            zorder=4,
        )
