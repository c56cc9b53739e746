from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from imgurdata.plot import describe


@pytest.fixture(autouse=True)
def _figures_closed_and_settings_kept() -> Iterator[None]:
    before = dict(mpl.rcParams)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


@pytest.fixture
def posts() -> pd.DataFrame:
    """Ten hours of posts with a gap from 13:00 to 15:00, NA, a zero and a negative score."""
    rng = np.random.default_rng(7)
    minutes = [*rng.integers(0, 180, 40), *rng.integers(300, 600, 40)]
    n = len(minutes)
    points = np.round(np.exp(rng.normal(5, 1.5, n))).astype(int)
    points[:2] = (0, -12)
    album = np.arange(n) % 2 == 0
    frame = pd.DataFrame(
        {
            "id": [f"p{i:04d}" for i in range(n)],
            "datetime": pd.Timestamp("2024-03-05 10:00", tz="UTC")
            + pd.to_timedelta(minutes, unit="min"),
            "is_album": pd.array(album, dtype="boolean"),
            "images_count": pd.array(np.where(album, 1 + np.arange(n) % 3, 1), dtype="Int64"),
            "media_type": pd.Series(
                np.where(album, None, np.where(np.arange(n) % 3 == 0, "video/mp4", "image/png")),
                dtype="str",
            ),
            "points": pd.array(points, dtype="Int64"),
            "score": pd.array(points + 1, dtype="Int64"),
            "nsfw": pd.array([False] * n, dtype="boolean"),
            "title": [f"Post {i}" for i in range(n)],
        }
    )
    frame["datetime"] = frame["datetime"].astype("datetime64[us, UTC]")
    frame["tags"] = pd.Series(["cats funny", "cats", "dogs", None] * (n // 4), dtype="str")
    frame["fetched_at"] = pd.Timestamp("2024-03-09 12:00", tz="UTC").as_unit("us")
    frame.loc[5, "points"] = pd.NA
    frame.loc[6, "datetime"] = pd.NaT
    return frame


@pytest.fixture
def comments() -> pd.DataFrame:
    """Ninety comments on two posts, in 15 threads of 6 down to depth 3; every ninth is deleted."""
    n = 90
    place = np.arange(n) % 6
    number = 1000 + np.arange(n)
    root = number - place
    parent = root + np.array([0, 0, 1, 2, 0, 0])[place]
    deleted = np.arange(n) % 9 == 4
    frame = pd.DataFrame(
        {
            "post_id": pd.Series(np.where(np.arange(n) < 48, "kT4mZ9q", "wB7xE2s"), dtype="str"),
            "id": pd.array(number, dtype="Int64"),
            "parent_id": pd.array(np.where(place == 0, 0, parent), dtype="Int64"),
            "depth": pd.array(np.array([0, 1, 2, 3, 1, 1])[place], dtype="Int64"),
            "points": pd.array(np.where(deleted, 0, 40 - np.arange(n) // 2), dtype="Int64"),
            "datetime": pd.Timestamp("2024-03-05 10:00", tz="UTC")
            + pd.to_timedelta(np.arange(n) * 7, unit="min"),
            "deleted": pd.array(deleted, dtype="boolean"),
        }
    )
    frame["datetime"] = frame["datetime"].astype("datetime64[us, UTC]")
    frame.loc[place == 0, "parent_id"] = pd.NA
    return frame


@pytest.fixture
def make_history() -> Callable[..., pd.DataFrame]:
    """Make a history from rows of (minute after 10:00, left, minute of the reset)."""

    def make(
        rows: list[tuple[float, Any, Any]], *, identity: str = "8c1f03aa99", limit: int = 500
    ) -> pd.DataFrame:
        base = pd.Timestamp("2024-03-05 10:00", tz="UTC")
        left = [r[1] for r in rows]
        return pd.DataFrame(
            {
                "time": pd.DatetimeIndex([base + pd.Timedelta(minutes=r[0]) for r in rows]).as_unit(
                    "us"
                ),
                "identity": pd.Series([identity] * len(rows), dtype="str"),
                "cost": pd.array([1] * len(rows), dtype="Int64"),
                "user_limit": pd.array(
                    [pd.NA if x is pd.NA else limit for x in left], dtype="Int64"
                ),
                "user_remaining": pd.array(left, dtype="Int64"),
                "user_reset_at": pd.DatetimeIndex(
                    [pd.NaT if r[2] is None else base + pd.Timedelta(minutes=r[2]) for r in rows],
                    tz="UTC",
                ).as_unit("us"),
            }
        )

    return make


@pytest.fixture
def words() -> Callable[[Any], str]:
    """Read every text of an Axes as one string, its lines joined; the notes as a whole."""

    def read(ax: Any) -> str:
        texts = [describe(ax), *(t.get_text() for t in ax.texts)]
        return " | ".join([*texts, ""]).replace("\n", " ")

    return read
