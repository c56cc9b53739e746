"""Parts of rows and columns that several records share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from imgurdata.model.schema import TIME, Field, Ignored, Int64

__all__ = [
    "FETCHED", "IGNORED", "LISTED", "NOT_MEDIA", "WEBM", "Cover", "Processing", "TagName",
    "ad_fields", "animation_fields", "standing_fields", "tag_names", "username",
]  # fmt: skip


class Cover(msgspec.Struct, gc=False):
    """Cover image of a post."""

    id: str | None = None
    type: str | None = None
    width: Int64 | None = None
    height: Int64 | None = None
    size: Int64 | None = None
    animated: bool | None = None
    has_sound: bool | None = None


class TagName(msgspec.Struct, gc=False):
    """Tag of a post, of which the post's row holds the name."""

    name: str | None = None


class Processing(msgspec.Struct, gc=False):
    """Processing of an animation: ``{"status": "completed"}``."""

    status: str | None = None


def tag_names(posts: Sequence[Any]) -> list[Any]:
    """Return the names of each row's tags, joined by a space; None if it has no tags key."""
    column: list[str | None] = []
    for post in posts:
        tags = post.tags
        if not tags:
            column.append(None if tags is None else "")
        else:
            names = [tag if isinstance(tag, str) else tag.name for tag in tags]
            column.append(" ".join([name for name in names if name]))
    return column


def _processing_status(rows: Sequence[Any]) -> list[Any]:
    return [(row.processing and row.processing.status) or None for row in rows]


def animation_fields(source: str) -> tuple[Field, ...]:
    """Return the columns of animations, for a record documented at ``source``."""
    return (
        Field("mp4", "str", "link to the MP4 of an animation", source),
        Field("mp4_size", "Int64", "size of that MP4", source, unit="bytes"),
        Field("gifv", "str", "link to its page", source),
        Field("hls", "str", "link to its stream (since 2020)", source),
        Field("looping", "boolean", "whether the animation loops", source),
        Field(
            "processing_status",
            "str",
            "pending or completed, of animations",
            f"{source} (processing)",
            derive=_processing_status,
        ),
    )


def username(recorded: str, meaning: str, *, key: str = "") -> Field:
    """Return the column ``username``, which every record that names a person has.

    ``recorded`` is the column under Imgur's own name, ``key`` its key where that differs.
    """
    source = f"in every record that names a person ({key or recorded})"
    return Field("username", "str", meaning, source, same_as=recorded)


def standing_fields(source: str) -> tuple[Field, ...]:
    """Return the columns of where a post is shown."""
    return (
        Field("in_gallery", "boolean", "shared with the gallery (since 2016)", source),
        Field("in_most_viral", "boolean", "made it to Most Viral (since 2017)", source),
    )


def ad_fields(source: str) -> tuple[Field, ...]:
    """Return the columns of advertisements."""
    return (
        Field("is_ad", "boolean", "an advertisement", source),
        Field("ad_type", "Int64", "kind of advertisement, 0 for none", source),
        Field("ad_url", "str", "where the advertisement leads", source),
    )


#: Keys of comments, accounts and others that posts and images never have.
NOT_MEDIA = frozenset(
    {
        *("comment", "author_id", "parent_id", "reputation", "content", "name_clean"),
        # Posts of other sites and files of other programs.
        *("text", "values", "created_utc", "selftext", "embed_url", "bitly_url"),
    }
)

#: Last column of every record.
FETCHED = Field(
    "fetched_at", TIME,
    "when Imgur last confirmed this row's answer, by a 200 or a 304; NA in saved answers",
    "the answer's Date header", unit="UTC", from_pull=True,
)  # fmt: skip

#: Columns of every record that Imgur lists.
LISTED = (
    Field("listing", "str",
          "the list the row came from (gallery/hot/viral); NA where it was loaded by id",
          "added by the pull", from_pull=True),
    Field("rank", "Int64", "place in that list, counted from 0 over all pages of the pull",
          "added by the pull", from_pull=True),
)  # fmt: skip

_IMAGE = "reference, Image"

#: Keys of posts, albums and images that are no columns.
IGNORED = (
    Ignored("deletehash", "a secret: who has it can delete the picture", _IMAGE),
    Ignored("ad_config", "flags for the site's own advertising", "recorded from 2019 on"),
    Ignored("comment_preview", "removed by Imgur in 2016", "changelog 2016-04-11"),
)
#: Keys of posts and images that are no columns.
WEBM = (
    Ignored("webm", "WebM link, removed by Imgur in June 2016", "changelog 2016-06"),
    Ignored("webm_size", "its size, removed with it", "changelog 2016-06"),
)
