"""What somebody who works with ``json_normalize`` does next: columns with types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from benchmarks.trial import sum_of

__all__ = ["posts_facts", "typed", "typed_comments", "walk"]

_POST: dict[str, str] = dict.fromkeys(
    ["id", "title", "description", "account_url", "link", "cover", "vote", "section", "topic",
     "type", "privacy", "layout", "ad_url", "mp4", "gifv", "hls"], "str",
) | dict.fromkeys(
    ["account_id", "images_count", "cover_width", "cover_height", "width", "height", "size",
     "views", "bandwidth", "ups", "downs", "points", "score", "comment_count", "favorite_count",
     "topic_id", "ad_type", "mp4_size"], "Int64",
) | dict.fromkeys(
    ["is_album", "animated", "has_sound", "favorite", "nsfw", "in_gallery", "in_most_viral",
     "is_ad", "include_album_ads", "looping"], "boolean",
)  # fmt: skip

_COMMENT: dict[str, str] = dict.fromkeys(
    ["image_id", "comment", "author", "album_cover", "vote", "platform"], "str"
) | dict.fromkeys(
    ["id", "author_id", "ups", "downs", "points", "parent_id", "depth"], "Int64",
) | dict.fromkeys(["on_album", "deleted", "has_admin_badge"], "boolean")  # fmt: skip


def typed(frame: pd.DataFrame, extra: Iterable[str] = ()) -> pd.DataFrame:
    """Posts or images with the dtypes that imgurdata gives; ``extra`` are more text columns."""
    return _typed(frame, _POST | dict.fromkeys(extra, "str"))


def typed_comments(frame: pd.DataFrame) -> pd.DataFrame:
    """Comments likewise."""
    return _typed(frame, _COMMENT)


def _typed(frame: pd.DataFrame, dtypes: dict[str, str]) -> pd.DataFrame:
    picked = frame.reindex(columns=[*dtypes, "datetime"]).astype(dtypes)
    picked["datetime"] = pd.to_datetime(picked["datetime"], unit="s", utc=True)
    return picked


def walk(comments: list[dict[str, Any]], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every comment of a tree, by recursion, without those below it."""
    for comment in comments:
        below = comment.pop("children")
        yield {**comment, "depth": depth}
        yield from walk(below, depth + 1)


def posts_facts(frame: pd.DataFrame) -> dict[str, Any]:
    """What must be the same whoever loaded the posts."""
    return {
        "rows": len(frame),
        "ids": sum_of(frame["id"]),
        "views": int(frame["views"].sum()),
        "points": int(frame["points"].sum()),
        "first": f"{frame['datetime'].min():%Y-%m-%d %H:%M:%S}",
    }
