"""Post of the gallery (an album or a single image), and its votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imgurdata.model.records.image import IMAGE
from imgurdata.model.records.parts import (
    FETCHED,
    IGNORED,
    LISTED,
    NOT_MEDIA,
    WEBM,
    Cover,
    Processing,
    TagName,
    ad_fields,
    animation_fields,
    standing_fields,
    tag_names,
    username,
)
from imgurdata.model.records.tag import TAG
from imgurdata.model.records.website import RESHAPED, from_website
from imgurdata.model.schema import TIME, Field, Ignored, Int64, Record

__all__ = ["POST", "VOTE", "cover_of"]

_GALLERY = "reference, Gallery Image and Gallery Album"

_NO_COVER = Cover()


def cover_of(post: Any) -> Cover:
    """Return the cover among the images of a post; an empty one if none is shown.

    The cover is the image that ``cover`` names, or the first one if ``cover`` is empty.
    """
    images = post.images
    if not images:
        return _NO_COVER
    if not post.cover or images[0].id == post.cover:
        return images[0]  # type: ignore[no-any-return]
    return next((image for image in images if image.id == post.cover), _NO_COVER)


def _of_post_or_cover(posts: Sequence[Any]) -> dict[str, list[Any]]:
    """Return columns from the post itself, else from its cover image, else from album keys.

    In lists of favorites an album has type ``""`` and size 0 (recorded 2021), which mean nothing.
    """
    # All columns are computed together, so that each cover is looked up once.
    both = [(post, cover_of(post)) for post in posts]
    columns: dict[str, list[Any]] = {
        "media_type": [p.type or c.type or None for p, c in both],
        "animated": [c.animated if p.animated is None else p.animated for p, c in both],
        "has_sound": [c.has_sound if p.has_sound is None else p.has_sound for p, c in both],
        # A single-image post counts as one image, as in explode_images().
        "images_shown": [len(p.images) if p.images else int(p.is_album is False) for p in posts],
    }
    for name, album_key in (("width", "cover_width"), ("height", "cover_height"), ("size", "")):
        columns[name] = values = []
        for post, cover in both:
            value = getattr(post, name)
            if not value and (value is None or post.is_album):
                of_cover = getattr(cover, name)
                other = of_cover or (album_key and getattr(post, album_key)) or of_cover
                value = value if other is None else other
            values.append(value)
    return columns


POST = Record(
    name="post",
    containers=("items",),
    excluded=NOT_MEDIA,
    reshape=from_website,
    reshape_keys=RESHAPED,
    nested={"images": "images_json", "tags": "tags_json"},
    parts={"images": IMAGE, "tags": TAG},
    fields=(
        Field("id", "str", "the post's id", _GALLERY, aliases=("hash",)),
        Field("title", "str", "as typed; may hold HTML entities and newlines", _GALLERY),
        username("account_url", "user name of the author; NA if anonymous"),
        Field("datetime", TIME, "when it was put into the gallery", _GALLERY, unit="UTC",
              aliases=("timestamp",)),
        Field("points", "Int64", "ups minus downs", _GALLERY, aliases=("point_count",)),
        Field("views", "Int64", "views so far", _GALLERY, aliases=("view_count",)),
        Field("comment_count", "Int64", "comments; the tree may hold more or fewer", _GALLERY),
        Field("tags", "str",
              "names of its tags, joined by a space; empty for none, NA if there is no list",
              f"{_GALLERY}, since 2017", derive=tag_names),
        Field("ups", "Int64", "votes up", _GALLERY, aliases=("upvote_count",)),
        Field("downs", "Int64", "votes down", _GALLERY, aliases=("downvote_count",)),
        Field("score", "Int64", "Imgur's popularity score: not the same as points", _GALLERY),
        Field("favorite_count", "Int64", "how often it was favorited (since 2015)", _GALLERY),
        Field("is_album", "boolean", "True for an album, also one of one picture", _GALLERY),
        Field("images_count", "Int64", "how many images the album has in all", _GALLERY,
              aliases=("image_count",)),
        Field("images_shown", "Int64", "how many of them this answer showed (lists show at most 3)",
              "counted; recorded lists 2021-2024", derive=_of_post_or_cover),
        Field("link", "str", "the page of an album, the file of a single image", _GALLERY,
              aliases=("url",)),
        Field("description", "str", "as typed; NA if there is none", _GALLERY,
              aliases=("album_description",)),
        Field("nsfw", "boolean", "marked mature; NA if unknown to Imgur", _GALLERY,
              aliases=("is_mature",)),
        *standing_fields(_GALLERY),
        Field("section", "str", "the site's own category, or a subreddit", _GALLERY),
        Field("media_type", "str", "MIME type of the post or of its cover image",
              f"{_GALLERY} (type)", derive=_of_post_or_cover),
        Field("width", "Int64", "width of the post or of its cover image", _GALLERY, unit="px",
              derive=_of_post_or_cover),
        Field("height", "Int64", "height of the post or of its cover image", _GALLERY, unit="px",
              derive=_of_post_or_cover),
        Field("size", "Int64", "size of the post's file or of its cover image's", _GALLERY,
              unit="bytes", derive=_of_post_or_cover),
        Field("animated", "boolean", "whether the post or its cover image moves", _GALLERY,
              derive=_of_post_or_cover),
        Field("has_sound", "boolean", "whether the post or its cover image has sound (since 2017)",
              _GALLERY, derive=_of_post_or_cover),
        Field("cover", "str", "id of the album's cover image", _GALLERY, aliases=("album_cover",)),
        Field("cover_width", "Int64", "width of that cover", _GALLERY, unit="px",
              aliases=("album_cover_width",)),
        Field("cover_height", "Int64", "height of that cover", _GALLERY, unit="px",
              aliases=("album_cover_height",)),
        Field("cover_edited", "str", "when the cover was edited; seen only null", "recorded 2019"),
        Field("bandwidth", "Int64", "bytes served so far", _GALLERY, unit="bytes"),
        Field("account_url", "str", "user name of the author; NA if anonymous", _GALLERY),
        Field("account_id", "Int64", "number of that account; NA if anonymous (0 or null)",
              _GALLERY, zero_as_na=True),
        Field("vote", "str", "your vote: up, down, veto; NA without a sign-in", _GALLERY),
        Field("favorite", "boolean", "whether you favorited it", _GALLERY, aliases=("favorited",)),
        *animation_fields(_GALLERY),
        Field("edited", "Int64", "0 in every answer recorded (since 2019)", "recorded 2019-2024"),
        Field("topic", "str", "topic; NA since 2021", _GALLERY),
        Field("topic_id", "Int64", "its number; NA since 2021", _GALLERY, zero_as_na=True),
        Field("privacy", "str", "as sent: public, hidden, secret, or a digit (2021)", _GALLERY,
              aliases=("album_privacy",)),
        Field("layout", "str", "layout of the album; deprecated", _GALLERY,
              aliases=("album_layout",)),
        Field("reddit_comments", "str", "path of the thread on Reddit", "reference, Subreddit",
              aliases=("reddit",)),
        *ad_fields(_GALLERY),
        Field("include_album_ads", "boolean", "advertisements between its images", _GALLERY),
        *LISTED,
        FETCHED,
    ),
    ignored=(
        Ignored("images", "the images shown: ask with nested=True", _GALLERY, list[Cover] | None),
        Ignored("tags", "names go into tags", _GALLERY, list[TagName | str] | None),
        Ignored("processing", "goes into processing_status", _GALLERY, Processing | None),
        Ignored("type", "goes into media_type", _GALLERY, str | None, aliases=("mimetype",)),
        Ignored("width", "width", _GALLERY, Int64 | None),
        Ignored("height", "height", _GALLERY, Int64 | None),
        Ignored("size", "size", _GALLERY, Int64 | None),
        Ignored("animated", "animated", _GALLERY, bool | None),
        Ignored("has_sound", "has_sound", _GALLERY, bool | None),
        *IGNORED,
        *WEBM,
        Ignored("name", "file name on the owner's disk", "reference, Image"),
        Ignored("meme_metadata", "name and texts of a meme (legacy)", "reference, Memes"),
        Ignored("order", "place among the owner's albums", "reference, Album"),
    ),
)  # fmt: skip

VOTE = Record(
    name="vote",
    id_key="",
    any_of=("ups", "downs"),
    fields=(
        Field(
            "post_id",
            "str",
            "the post that was asked for; NA in saved answers",
            "added by the pull",
            from_pull=True,
        ),
        Field("ups", "Int64", "votes up", "reference, Vote"),
        Field("downs", "Int64", "votes down", "reference, Vote"),
        FETCHED,
    ),
)
