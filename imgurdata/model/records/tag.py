"""Tag: of the site, of a post, or a vote on one."""

from __future__ import annotations

from imgurdata.model.records.parts import FETCHED, username
from imgurdata.model.schema import Field, Ignored, Record

__all__ = ["TAG"]

_TAG = "reference, Tag"

TAG = Record(
    name="tag",
    containers=("tags",),
    id_key="name",
    excluded=frozenset({"name_clean", "css", "images", "images_count"}),
    fields=(
        Field("name", "str", "the tag's name, words joined by _", _TAG),
        Field("display_name", "str", "the name as shown (since 2017)", _TAG),
        Field("followers", "Int64", "accounts that follow it", _TAG),
        Field("total_items", "Int64", "posts that carry it", _TAG),
        Field("following", "boolean", "whether you follow it", _TAG),
        Field("description", "str", "a line about it; NA if there is none", _TAG),
        username("author", "who tagged the post"),
        Field("author", "str", "who tagged the post", "reference, Tag Vote"),
        Field("ups", "Int64", "votes up, of a post's tag", "reference, Tag Vote"),
        Field("downs", "Int64", "votes down, of a post's tag", "reference, Tag Vote"),
        Field("is_promoted", "boolean", "paid for by a partner", _TAG),
        Field("is_whitelisted", "boolean", "shown on the front page", _TAG),
        Field("accent", "str", "colour as six hex digits, without #", _TAG),
        Field("background_hash", "str", "id of its background image", _TAG),
        Field("background_is_animated", "boolean", "whether that moves", _TAG),
        Field("thumbnail_hash", "str", "id of its thumbnail", _TAG),
        Field("thumbnail_is_animated", "boolean", "whether that moves", _TAG),
        Field("logo_hash", "str", "id of a partner's logo", _TAG),
        Field("logo_destination_url", "str", "where that logo leads", _TAG),
        Field("id", "Int64", "its number; in answers of 2017 only", "recorded 2017"),
        FETCHED,
    ),
    ignored=(
        Ignored("description_annotations", "empty in every answer recorded", "recorded 2017-2024"),
        Ignored("items", "its posts: read the same answer as record 'post'", _TAG),
    ),
)
