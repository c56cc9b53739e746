"""Image, in an album or alone."""

from __future__ import annotations

from imgurdata.model.records.parts import (
    FETCHED,
    IGNORED,
    LISTED,
    NOT_MEDIA,
    WEBM,
    Processing,
    TagName,
    ad_fields,
    animation_fields,
    standing_fields,
    tag_names,
    username,
)
from imgurdata.model.records.website import RESHAPED, from_website
from imgurdata.model.schema import TIME, Field, Ignored, Record

__all__ = ["IMAGE"]

_IMAGE = "reference, Image"
_GALLERY = "reference, Gallery Image"

IMAGE = Record(
    name="image",
    containers=("images", "media"),
    excluded=NOT_MEDIA | {"images_count", "layout"},
    reshape=from_website,
    reshape_keys=RESHAPED,
    fields=(
        Field("id", "str", "the image's id", _IMAGE, aliases=("hash",)),
        Field("title", "str", "as typed; NA if there is none", _IMAGE),
        Field("datetime", TIME, "when it was uploaded", _IMAGE, unit="UTC", aliases=("timestamp",)),
        Field("views", "Int64", "views so far; 0 on members of some albums", _IMAGE,
              aliases=("view_count",)),
        Field("type", "str", "MIME type", _IMAGE, aliases=("mimetype",)),
        Field("width", "Int64", "width", _IMAGE, unit="px"),
        Field("height", "Int64", "height", _IMAGE, unit="px"),
        Field("size", "Int64", "size of the file", _IMAGE, unit="bytes"),
        Field("animated", "boolean", "whether it moves", _IMAGE),
        Field("has_sound", "boolean", "whether it has sound (since 2017)", _IMAGE),
        Field("link", "str", "the file itself", _IMAGE, aliases=("url",)),
        Field("description", "str", "as typed; NA if there is none", _IMAGE),
        Field("tags", "str",
              "names of its tags, joined by a space; empty for none, NA if there is no list",
              _IMAGE, derive=tag_names),
        username("account_url", "NA by design since August 2015"),
        Field("account_url", "str", "NA by design since August 2015", "changelog 2015-08-21"),
        Field("account_id", "Int64", "set on your own uploads; NA if anonymous", _IMAGE,
              zero_as_na=True),
        Field("bandwidth", "Int64", "bytes served so far", _IMAGE, unit="bytes"),
        Field("nsfw", "boolean", "marked mature; NA if unknown to Imgur", _IMAGE,
              aliases=("is_mature",)),
        *standing_fields(_IMAGE),
        Field("section", "str", "the site's own category, or a subreddit", _IMAGE),
        Field("vote", "str", "your vote", _IMAGE),
        Field("favorite", "boolean", "whether you favorited it", _IMAGE),
        *animation_fields(_IMAGE),
        Field("name", "str", "file name on the owner's disk; the owner alone sees it", _IMAGE),
        Field("edited", "Int64", "0 in nearly every answer recorded", "recorded 2019-2024"),
        Field("points", "Int64", "ups minus downs; NA inside an album", _IMAGE,
              aliases=("point_count",)),
        Field("ups", "Int64", "votes up; NA inside an album", _IMAGE, aliases=("upvote_count",)),
        Field("downs", "Int64", "votes down; NA inside an album", _IMAGE,
              aliases=("downvote_count",)),
        Field("score", "Int64", "popularity score; NA inside an album", _IMAGE),
        Field("comment_count", "Int64", "comments; NA inside an album", _IMAGE),
        Field("favorite_count", "Int64", "favorites; NA inside an album", _IMAGE),
        *ad_fields(_IMAGE),
        *LISTED,
        FETCHED,
    ),
    ignored=(
        Ignored("tags", "names go into tags", _IMAGE, list[TagName | str] | None),
        Ignored("processing", "goes into processing_status", _IMAGE, Processing | None),
        *IGNORED,
        *WEBM,
        Ignored("is_album", "always false for an image", "recorded 2018-2025"),
        Ignored("topic", "topic of a gallery image: see the post", _GALLERY),
        Ignored("topic_id", "its number: see the post", _GALLERY),
        Ignored("reddit_comments", "path of a Reddit thread: see the post", "reference, Subreddit"),
    ),
)  # fmt: skip
