"""Charts: frames in, :class:`matplotlib.axes.Axes` out.

Every function takes the frame that a loader returns and an optional ``ax`` to draw on. Without
``ax`` it makes a figure that a notebook displays by itself. No global setting of matplotlib is
changed, and matplotlib is imported with the first chart that is used, not with this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imgurdata._validate import no_attribute

if TYPE_CHECKING:  # the names as type checkers see them
    from imgurdata.plot.activity import comment_activity
    from imgurdata.plot.ages import virality
    from imgurdata.plot.credits import credit_usage
    from imgurdata.plot.depth import comment_depth
    from imgurdata.plot.description import describe
    from imgurdata.plot.gallery import gallery_trend
    from imgurdata.plot.heatmap import posting_heatmap
    from imgurdata.plot.history import score_history
    from imgurdata.plot.scores import score_distribution
    from imgurdata.plot.tags import top_tags

#: Module of each chart; none has the name of its function, which importing it would replace.
_MODULES = {
    "comment_activity": "activity",
    "comment_depth": "depth",
    "credit_usage": "credits",
    "describe": "description",
    "gallery_trend": "gallery",
    "posting_heatmap": "heatmap",
    "score_distribution": "scores",
    "score_history": "history",
    "top_tags": "tags",
    "virality": "ages",
}
__all__ = [
    "comment_activity",
    "comment_depth",
    "credit_usage",
    "describe",
    "gallery_trend",
    "posting_heatmap",
    "score_distribution",
    "score_history",
    "top_tags",
    "virality",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise no_attribute("imgurdata.plot", name, __all__)
    return getattr(import_module(f"imgurdata.plot.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
