"""Album, in the gallery or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imgurdata.model.records.parts import (
    FETCHED,
    IGNORED,
    LISTED,
    NOT_MEDIA,
    Cover,
    TagName,
    ad_fields,
    standing_fields,
    username,
)
from imgurdata.model.records.website import RESHAPED, from_website
from imgurdata.model.schema import TIME, Field, Ignored, Record

__all__ = ["ALBUM"]

_SOURCE = "reference, Album"
_POST = "of a post in the gallery: read it as record 'post'"


def _images_shown(rows: Sequence[Any]) -> list[Any]:
    return [len(row.images or ()) for row in rows]


ALBUM = Record(
    name="album",
    excluded=NOT_MEDIA | {"bandwidth", "animated", "type"},
    reshape=from_website,
    reshape_keys=RESHAPED,
    fields=(
        Field("id", "str", "the album's id", _SOURCE, aliases=("hash",)),
        Field("title", "str", "as typed; NA if there is none", _SOURCE),
        username("account_url", "user name of the owner; NA if anonymous"),
        Field("datetime", TIME, "when it was made, or put into the gallery", _SOURCE, unit="UTC",
              aliases=("timestamp",)),
        Field("views", "Int64", "views so far", _SOURCE, aliases=("view_count",)),
        Field("images_count", "Int64", "images in all", _SOURCE, aliases=("image_count",)),
        Field("images_shown", "Int64", "how many of them the answer held", "counted",
              derive=_images_shown),
        Field("privacy", "str", "as sent: public, hidden, secret", _SOURCE,
              aliases=("album_privacy",)),
        Field("link", "str", "its page", _SOURCE, aliases=("url",)),
        Field("description", "str", "as typed; NA if there is none", _SOURCE,
              aliases=("album_description",)),
        Field("nsfw", "boolean", "marked mature; NA if unknown to Imgur", _SOURCE,
              aliases=("is_mature",)),
        *standing_fields(_SOURCE),
        Field("section", "str", "the site's own category", _SOURCE),
        Field("cover", "str", "id of the cover image; NA for an empty album", _SOURCE,
              aliases=("album_cover",)),
        Field("cover_width", "Int64", "width of the cover", _SOURCE, unit="px"),
        Field("cover_height", "Int64", "height of the cover", _SOURCE, unit="px"),
        Field("cover_edited", "str", "when the cover was edited; seen only null", "recorded 2019"),
        Field("account_url", "str", "user name of the owner; NA if anonymous", _SOURCE),
        Field("account_id", "Int64", "number of that account; NA if anonymous", _SOURCE,
              zero_as_na=True),
        Field("layout", "str", "layout; deprecated", _SOURCE, aliases=("album_layout",)),
        Field("order", "Int64", "place on the owner's page; 0 where never moved", _SOURCE),
        Field("vote", "str", "your vote", _SOURCE),
        Field("favorite", "boolean", "whether you favorited it", _SOURCE),
        *ad_fields(_SOURCE),
        Field("include_album_ads", "boolean", "advertisements between its images", _SOURCE),
        *LISTED,
        FETCHED,
    ),
    ignored=(
        Ignored("images", "its images: load_album_images, or record 'image'", _SOURCE,
                list[Cover] | None),
        Ignored("tags", f"tags {_POST}", _SOURCE, list[TagName | str] | None),
        *IGNORED,
        Ignored("is_album", "always true", "recorded 2018-2025"),
        *(
            Ignored(key, f"{key} {_POST}", "reference, Gallery Album", aliases=tuple(aliases))
            for key, *aliases in (
                ("ups", "upvote_count"), ("downs", "downvote_count"), ("points", "point_count"),
                ("score",), ("comment_count",), ("favorite_count",), ("topic",), ("topic_id",),
            )
        ),
    ),
)  # fmt: skip
