"""Each chart as a picture, beside the one that somebody looked at.

``IMGURDATA_NEW_IMAGES=1 pytest tests/plot/test_images.py`` draws the pictures in ``images`` anew:
look at them before they are kept.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from PIL import Image

from imgurdata import plot

IMAGES = Path(__file__).parent / "images"
#: Other versions of matplotlib may set a text a pixel further.
DRAWN_BY = "3.11"
#: Blocks of so many pixels are compared by their mean color, of 255: a letter that is drawn a
#: little differently changes it less than this, a text that is missing changes it more.
BLOCK, TOLERANCE = 12, 14

Picture = npt.NDArray[np.float64]


@pytest.fixture
def frames(posts, comments, make_history) -> dict[str, pd.DataFrame]:
    rows = [(m, 499 - 6 * m, 60) for m in range(0, 40, 2)]
    rows += [(61 + m, 499 - 9 * m, 121) for m in range(0, 20, 2)]
    history = make_history(rows).assign(endpoint=["gallery", "comments", "gallery"] * 10)
    weeks = posts.assign(datetime=posts["datetime"] + pd.to_timedelta(np.arange(80) * 5, unit="h"))
    weeks["fetched_at"] = weeks["datetime"].max() + pd.Timedelta("2h")
    later = weeks["fetched_at"].max() + pd.to_timedelta(np.arange(5), unit="h")
    snapshots = pd.concat([
        weeks.iloc[:12].assign(points=weeks["points"].iloc[:12] + 40 * i * np.arange(12),
                               fetched_at=moment)
        for i, moment in enumerate(later)
    ])  # fmt: skip
    comments["platform"] = np.where(np.arange(90) % 4 == 0, "desktop", "iphone")
    return {"posts": weeks, "comments": comments, "history": history, "snapshots": snapshots}


CHARTS: list[tuple[str, str, str]] = [
    ("gallery_trend", "posts", "is_album"),
    ("posting_heatmap", "posts", "tags"),
    ("top_tags", "posts", "is_album"),
    ("score_distribution", "posts", "is_album"),
    ("virality", "posts", "is_album"),
    ("score_history", "snapshots", "is_album"),
    ("comment_activity", "comments", "platform"),
    ("comment_depth", "comments", "post_id"),
    ("credit_usage", "history", "endpoint"),
]
LOOKS: dict[str, Any] = {"light": "default", "dark": "dark_background"}


def draw(chart: Callable[..., Any], frame: pd.DataFrame, hue: str) -> plt.Figure:
    """Draw a chart without and with groups, in one figure."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained", dpi=60)
    chart(frame, ax=axes[0])
    chart(frame, ax=axes[1], hue=hue)
    return figure


def picture(figure: plt.Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def blocks(png: bytes) -> Picture:
    """Return the mean color of each block of a picture."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype="float64")
    height, width = (side // BLOCK * BLOCK for side in pixels.shape[:2])
    grid = pixels[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3)
    return np.asarray(grid.mean(axis=(1, 3)))


def difference(one: bytes, other: bytes) -> float:
    """Return the largest difference of two pictures, in any block."""
    a, b = blocks(one), blocks(other)
    return float(np.abs(a - b).max()) if a.shape == b.shape else 255.0


@pytest.mark.skipif(
    not mpl.__version__.startswith(DRAWN_BY), reason=f"pictures are of matplotlib {DRAWN_BY}"
)
@pytest.mark.parametrize(("name", "frame", "hue"), CHARTS)
def test_charts_look_as_before(frames, name, frame, hue, subtests):
    for look, style in LOOKS.items():
        if look == "dark" and name not in {"gallery_trend", "comment_depth", "posting_heatmap"}:
            continue
        with subtests.test(look=look), plt.style.context(style):
            png = picture(draw(getattr(plot, name), frames[frame], hue))
            path = IMAGES / f"{name}-{look}.png"
            if os.environ.get("IMGURDATA_NEW_IMAGES"):
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(png)
            assert difference(png, path.read_bytes()) < TOLERANCE


def lost(ax: Any) -> list[tuple[str, Callable[[], object]]]:
    """Ways in which a chart loses something, and what does it."""
    return [
        ("x label", lambda: ax.set_xlabel("")),
        ("y label", lambda: ax.set_ylabel("")),
        ("title", lambda: ax.set_title(" ")),
        ("entry of the legend", lambda: ax.get_legend().get_texts()[-1].set_text("")),
        ("notes", lambda: ax.child_axes[0].notes.set_visible(False)),
        ("tick label", lambda: ax.xaxis.get_major_ticks()[1].label1.set_visible(False)),
        ("line", lambda: ax.lines[0].set_visible(False)),
    ]


def test_a_lost_text_is_seen(frames, subtests):
    figure = draw(plot.gallery_trend, frames["posts"], "is_album")
    whole = picture(figure)
    # The layout stays, so that nothing but the lost text makes the difference.
    figure.set_layout_engine("none")
    before = picture(figure)
    assert difference(whole, before) == 0
    figure.axes[1].remove()  # each loss is drawn, but without the other chart
    before = picture(figure)
    for what, lose in lost(figure.axes[0]):
        lose()
        after = picture(figure)
        with subtests.test(what):
            assert difference(before, after) > TOLERANCE
        before = after
