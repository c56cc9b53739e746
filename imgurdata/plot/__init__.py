"""Charts: frames in, :class:`matplotlib.axes.Axes` out.

Every function takes the frame that a loader gives and an optional ``ax`` to draw on. Without one
it makes a figure that a notebook shows by itself. No global setting of matplotlib is changed, and
matplotlib is imported when the first chart is drawn, not with this package.
"""

from __future__ import annotations

from imgurdata.plot.activity import comment_activity
from imgurdata.plot.credits import credit_usage
from imgurdata.plot.depth import comment_depth
from imgurdata.plot.gallery import gallery_trend
from imgurdata.plot.scores import score_distribution

__all__ = [
    "comment_activity",
    "comment_depth",
    "credit_usage",
    "gallery_trend",
    "score_distribution",
]
