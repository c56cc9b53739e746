"""Charts, drawn to the last pixel."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from benchmarks.trial import Case, Trial
from imgurdata import plot

__all__ = ["depth", "trend", "year"]

_START = pd.Timestamp("2026-01-01", tz="UTC").as_unit("us")


def _drawn(ax: Any) -> Any:
    ax.figure.canvas.draw()
    return ax


def _facts(ax: Any) -> dict[str, Any]:
    return {"words": plot.describe(ax)}


def trend(case: Case) -> Trial:
    """``gallery_trend`` of posts of 200 days."""
    return _trend(case, 200)


def year(case: Case) -> Trial:
    """``gallery_trend`` of posts of a year."""
    return _trend(case, 365)


def _trend(case: Case, days: int) -> Trial:
    mpl.use("Agg")
    random = np.random.default_rng(1)
    seconds = np.sort(random.integers(0, days * 86_400, case.calls))
    posts = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(case.calls)],
            "datetime": _START + pd.to_timedelta(seconds, unit="s").as_unit("us"),
            "points": pd.array(random.integers(-5, 5000, case.calls), dtype="Int64"),
        }
    )
    return Trial(lambda: _drawn(plot.gallery_trend(posts)), _facts)


def depth(case: Case) -> Trial:
    """``comment_depth`` of ten times as many comments."""
    mpl.use("Agg")
    random = np.random.default_rng(1)
    n = 10 * case.calls
    comments = pd.DataFrame(
        {
            "post_id": pd.Series(random.integers(0, 500, n)).astype("str"),
            "id": pd.array(np.arange(n), dtype="Int64"),
            "depth": pd.array(np.minimum(random.geometric(0.5, n) - 1, 12), dtype="Int64"),
            "points": pd.array(random.integers(-5, 500, n), dtype="Int64"),
            "deleted": pd.array(random.random(n) < 0.05, dtype="boolean"),
        }
    )
    return Trial(lambda: _drawn(plot.comment_depth(comments)), _facts)
