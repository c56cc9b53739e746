"""A chart in words."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.axis import Axis

from imgurdata._validate import refuse
from imgurdata.plot.header import header_of
from imgurdata.plot.time import DateLabels

__all__ = ["describe"]


def describe(ax: Axes) -> str:
    """Return a chart in words, for the alternative text of a picture.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes that a chart of this package was drawn on.

    Returns
    -------
    str
        Kind and title, both axes with how far the data reach on them, what stands out, the legend,
        and all notes, including those for which the chart has no space.

    Raises
    ------
    InvalidArgument
        No chart of this package was drawn there.

    Examples
    --------
    >>> import pandas as pd
    >>> from imgurdata.plot import describe, score_distribution
    >>> posts = pd.DataFrame({"points": pd.array([3, 12, 400], dtype="Int64")})
    >>> describe(score_distribution(posts)).split(". ")[0]
    'Histogram: Distribution of points over posts'
    """
    header = header_of(ax) if isinstance(ax, Axes) else None
    if header is None:
        refuse("ax", "an Axes that a chart of imgurdata.plot was drawn on", ax)
    kinds = " and ".join(dict.fromkeys(drawn.kind for drawn in header.charts))
    title = ax.get_title() or header.own_title
    parts = [f"{kinds}: {' '.join(title.split())}"]
    for axis in (ax.xaxis, ax.yaxis):
        label = axis.get_label_text()
        parts += [f"{axis.axis_name} axis: {label}{_range_text(axis)}"] if label else []
    parts += [drawn.summary for drawn in header.charts if drawn.summary]
    legend = ax.get_legend()
    if header.named:
        parts.append(f"Lines: {'; '.join(str(line.get_label()) for line in header.named)}")
    if legend is not None:
        entries = "; ".join(text.get_text() for text in legend.get_texts())
        name = legend.get_title().get_text()
        parts.append(f"Legend{f' ({name})' if name else ''}: {entries}")
    parts += ["; ".join(drawn.notes) for drawn in header.charts if drawn.notes]
    return ". ".join(parts) + "."


def _range_text(axis: Axis) -> str:
    """Return how far the data reach on an axis, as far as it is shown, to follow its name."""
    (least, most), (low, high) = axis.get_data_interval(), sorted(axis.get_view_interval())
    if least > most:
        return ""  # no data
    texts = _texts(axis, [max(low, float(least)), min(high, float(most))])
    if not all(texts):  # Rows have names, and nothing in between has one.
        ticks = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
        texts = [text for text in _texts(axis, ticks) if text]
    if not texts:
        return ""
    first, last = (" ".join(text.split()) for text in (texts[0], texts[-1]))
    return f", {first}" if first == last else f", {first} to {last}"


def _texts(axis: Axis, values: list[float]) -> list[str]:
    """Return values as the axis labels them."""
    formatter = axis.get_major_formatter()
    if isinstance(formatter, DateLabels):  # A label alone may lack the date.
        return formatter.format_in_full(values)
    return formatter.format_ticks(values)
