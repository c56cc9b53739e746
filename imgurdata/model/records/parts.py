"""What several records are made of: parts of rows, and columns they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from imgurdata.model.schema import TIME, Dropped, Field

__all__ = [
    "AD_CONFIG",
    "COMMENT_PREVIEW",
    "DELETE_HASH",
    "FETCHED",
    "LISTED",
    "WEBM",
    "WEBM_SIZE",
    "Cover",
    "Processing",
    "TagName",
    "processing_status",
    "tag_names",
]


class Cover(msgspec.Struct, gc=False):
    """What a post's frame takes from the picture that stands for it."""

    id: str | None = None
    type: str | None = None
    width: int | None = None
    height: int | None = None
    size: int | None = None
    animated: bool | None = None
    has_sound: bool | None = None


class TagName(msgspec.Struct, gc=False):
    """A tag as a post shows it; only its name goes into the post's row."""

    name: str | None = None


class Processing(msgspec.Struct, gc=False):
    """``{"status": "completed"}`` on animated pictures."""

    status: str | None = None


def tag_names(posts: Sequence[Any]) -> list[Any]:
    """The names of each row's tags, joined by a space; None where it tells of none."""
    column: list[str | None] = []
    for post in posts:
        tags = post.tags
        if tags is None:
            column.append(None)
        else:
            names = (tag if isinstance(tag, str) else tag.name for tag in tags)
            column.append(" ".join(name for name in names if name))
    return column


def processing_status(rows: Sequence[Any]) -> list[Any]:
    """The status inside ``processing``."""
    return [(row.processing and row.processing.status) or None for row in rows]


#: When an answer was confirmed; of every record.
FETCHED = Field(
    "fetched_at",
    TIME,
    "when Imgur last confirmed this row's answer, by a 200 or a 304; NA in saved answers",
    "the answer's Date header",
    unit="UTC",
    added=True,
)

#: Where a row stood; of every record that comes in lists.
LISTED = (
    Field(
        "listing",
        "str",
        "the list the row came from (gallery/hot/viral); NA where it was asked for by id",
        "added by the pull",
        added=True,
    ),
    Field(
        "rank",
        "Int64",
        "place in that list, counted from 0 over all pages of the pull",
        "added by the pull",
        added=True,
    ),
)

_IMAGE = "reference, Image"

DELETE_HASH = Dropped("deletehash", "a secret: who has it can delete the picture", _IMAGE)
AD_CONFIG = Dropped("ad_config", "flags for the site's own advertising", "recorded from 2019 on")
COMMENT_PREVIEW = Dropped(
    "comment_preview", "removed by Imgur in April 2016", "changelog 2016-04-11"
)
WEBM = Dropped("webm", "WebM link, removed by Imgur in June 2016", "changelog 2016-06")
WEBM_SIZE = Dropped("webm_size", "its size, removed with it", "changelog 2016-06")
