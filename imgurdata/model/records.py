"""The records: what a post, an image, a tag and the credits hold, column by column.

Sources in brackets: *reference* = the API reference (models and endpoints), *recorded* = seen in
recorded answers, *changelog* = Imgur's own changelog.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from imgurdata.errors import InvalidArgument
from imgurdata.model.schema import Dropped, DType, Field, Record

__all__ = ["CREDITS", "IMAGE", "POST", "RECORDS", "TAG", "find_record"]

_TIME: DType = "datetime64[us, UTC]"
_GALLERY = "reference, Gallery Image and Gallery Album"
_IMAGE = "reference, Image"
_TAG = "reference, Tag"


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


_NO_COVER = Cover()


def cover_of(post: Any) -> Cover:
    """The shown image that stands for a post; an empty one where the answer doesn't show it.

    Examples
    --------
    A post without ``images`` has none; of an album it is the one that ``cover`` names, and where
    ``cover`` names nobody, the first.
    """
    images = post.images
    if not images:
        return _NO_COVER
    if not post.cover or images[0].id == post.cover:
        return images[0]  # type: ignore[no-any-return]
    return next((image for image in images if image.id == post.cover), _NO_COVER)


def _own_or_cover(key: str, of_album: str = "") -> Any:
    """A column from the post itself, else from its cover image, else from the album's own key.

    Favorites write an album's type as ``""`` and its size as 0 (recorded 2021): an album has
    neither, so 0 there says as little as ``""``.
    """

    def derive(posts: Sequence[Any]) -> list[Any]:
        column = []
        for post in posts:
            own = getattr(post, key)
            value = None if own == "" else own
            if value is None or (value == 0 and value is not False and post.is_album):
                value = getattr(cover_of(post), key)
                if not value and value is not False and of_album:
                    value = getattr(post, of_album) or value
                value = own if value is None else value
            column.append(None if value == "" else value)
        return column

    return derive


def _tag_names(posts: Sequence[Any]) -> list[Any]:
    column: list[str | None] = []
    for post in posts:
        tags = post.tags
        if tags is None:
            column.append(None)
        else:
            names = (tag if isinstance(tag, str) else tag.name for tag in tags)
            column.append(" ".join(name for name in names if name))
    return column


def _images_shown(posts: Sequence[Any]) -> list[Any]:
    # A single-image post shows one picture: itself. explode_images() gives this many rows.
    return [len(p.images) if p.images else int(p.is_album is False) for p in posts]


def _processing_status(rows: Sequence[Any]) -> list[Any]:
    return [(row.processing and row.processing.status) or None for row in rows]


def _fetched(source: str = "the answer's Date header") -> Field:
    return Field(
        "fetched_at",
        _TIME,
        "when Imgur last confirmed this row's answer, by a 200 or a 304; NA in saved answers",
        source,
        unit="UTC",
        added=True,
    )


_LISTED = (
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

_SECRET = Dropped("deletehash", "a secret: who has it can delete the picture", _IMAGE)
_AD_CONFIG = Dropped("ad_config", "flags for the site's own advertising", "recorded from 2019 on")
_PREVIEW = Dropped("comment_preview", "removed by Imgur in April 2016", "changelog 2016-04-11")
_WEBM = Dropped("webm", "WebM link, removed by Imgur in June 2016", "changelog 2016-06")
_WEBM_SIZE = Dropped("webm_size", "its size, removed with it", "changelog 2016-06")

POST = Record(
    name="post",
    containers=("items",),
    nested={"images": "images_json", "tags": "tags_json"},
    fields=(
        Field("id", "str", "the post's id", _GALLERY),
        Field("title", "str", "as typed; may hold HTML entities and newlines", _GALLERY),
        Field("description", "str", "as typed; NA where there is none", _GALLERY),
        Field("datetime", _TIME, "when it was put into the gallery", _GALLERY, unit="UTC"),
        Field("account_url", "str", "name of who posted it; NA for nobody", _GALLERY),
        Field(
            "account_id",
            "Int64",
            "number of that account; NA for nobody (Imgur writes 0 or null)",
            _GALLERY,
            zero_is_nothing=True,
        ),
        Field("is_album", "boolean", "True for an album, also one of one picture", _GALLERY),
        Field("link", "str", "the page of an album, the file of a single image", _GALLERY),
        Field("images_count", "Int64", "how many images the album has in all", _GALLERY),
        Field(
            "images_shown",
            "Int64",
            "how many of them this answer showed (lists show at most 3)",
            "counted; recorded lists 2021-2024",
            derive=_images_shown,
        ),
        Field("cover", "str", "id of the album's cover image", _GALLERY),
        Field("cover_width", "Int64", "width of that cover", _GALLERY, unit="px"),
        Field("cover_height", "Int64", "height of that cover", _GALLERY, unit="px"),
        Field("cover_edited", "str", "when the cover was edited; seen only null", "recorded 2019"),
        Field(
            "media_type",
            "str",
            "MIME type of the post or of its cover image",
            f"{_GALLERY} (type)",
            derive=_own_or_cover("type"),
        ),
        Field(
            "width",
            "Int64",
            "width of the post or of its cover image",
            _GALLERY,
            unit="px",
            derive=_own_or_cover("width", of_album="cover_width"),
        ),
        Field(
            "height",
            "Int64",
            "height of the post or of its cover image",
            _GALLERY,
            unit="px",
            derive=_own_or_cover("height", of_album="cover_height"),
        ),
        Field(
            "size",
            "Int64",
            "size of the post's file or of its cover image's",
            _GALLERY,
            unit="bytes",
            derive=_own_or_cover("size"),
        ),
        Field(
            "animated",
            "boolean",
            "whether the post or its cover image moves",
            _GALLERY,
            derive=_own_or_cover("animated"),
        ),
        Field(
            "has_sound",
            "boolean",
            "whether the post or its cover image has sound (since 2017)",
            _GALLERY,
            derive=_own_or_cover("has_sound"),
        ),
        Field(
            "tags",
            "str",
            "names of its tags, joined by a space; empty for none, NA where not told",
            f"{_GALLERY}, since 2017",
            derive=_tag_names,
        ),
        Field("views", "Int64", "views so far", _GALLERY),
        Field("bandwidth", "Int64", "bytes served so far", _GALLERY, unit="bytes"),
        Field("ups", "Int64", "votes up", _GALLERY),
        Field("downs", "Int64", "votes down", _GALLERY),
        Field("points", "Int64", "ups minus downs", _GALLERY),
        Field("score", "Int64", "Imgur's popularity score: not the same as points", _GALLERY),
        Field("comment_count", "Int64", "comments; the tree may hold more or fewer", _GALLERY),
        Field("favorite_count", "Int64", "how often it was favorited (since 2015)", _GALLERY),
        Field("vote", "str", "one's own vote: up, down, veto; NA without a sign-in", _GALLERY),
        Field("favorite", "boolean", "whether one favorited it oneself", _GALLERY),
        Field("nsfw", "boolean", "marked mature; NA where Imgur does not know", _GALLERY),
        Field("section", "str", "the site's own category, or a subreddit", _GALLERY),
        Field("topic", "str", "topic; NA since 2021", _GALLERY),
        Field("topic_id", "Int64", "its number; NA since 2021", _GALLERY, zero_is_nothing=True),
        Field("in_gallery", "boolean", "shared with the gallery (since 2016)", _GALLERY),
        Field("in_most_viral", "boolean", "made it to Most Viral (since 2017)", _GALLERY),
        Field("is_ad", "boolean", "an advertisement", _GALLERY),
        Field("ad_type", "Int64", "kind of advertisement, 0 for none", _GALLERY),
        Field("ad_url", "str", "where the advertisement leads", _GALLERY),
        Field("include_album_ads", "boolean", "advertisements between its images", _GALLERY),
        Field("privacy", "str", "as sent: public, hidden, secret, or a digit (2021)", _GALLERY),
        Field("layout", "str", "layout of the album; deprecated", _GALLERY),
        Field("mp4", "str", "link to the MP4 of an animation", _GALLERY),
        Field("mp4_size", "Int64", "size of that MP4", _GALLERY, unit="bytes"),
        Field("gifv", "str", "link to its page", _GALLERY),
        Field("hls", "str", "link to its stream (since 2020)", _GALLERY),
        Field("looping", "boolean", "whether the animation loops", _GALLERY),
        Field(
            "processing_status",
            "str",
            "pending or completed, of animations",
            f"{_GALLERY} (processing)",
            derive=_processing_status,
        ),
        Field("edited", "Int64", "0 in every answer recorded (since 2019)", "recorded 2019-2024"),
        Field("reddit_comments", "str", "path of the thread on Reddit", "reference, Subreddit"),
        *_LISTED,
        _fetched(),
    ),
    dropped=(
        Dropped("images", "the images shown: ask with nested=True", _GALLERY, list[Cover] | None),
        Dropped("tags", "names go into tags", _GALLERY, list[TagName | str] | None),
        Dropped("processing", "goes into processing_status", _GALLERY, Processing | None),
        Dropped("type", "goes into media_type", _GALLERY, str | None),
        Dropped("width", "width", _GALLERY, int | None),
        Dropped("height", "height", _GALLERY, int | None),
        Dropped("size", "size", _GALLERY, int | None),
        Dropped("animated", "animated", _GALLERY, bool | None),
        Dropped("has_sound", "has_sound", _GALLERY, bool | None),
        _AD_CONFIG,
        _PREVIEW,
        _WEBM,
        _WEBM_SIZE,
        _SECRET,
        Dropped("name", "file name on the owner's disk", "reference, Image"),
        Dropped("meme_metadata", "texts of a meme; the memes gallery is gone", "reference, Memes"),
        Dropped("order", "place among the owner's albums", "reference, Album"),
    ),
)

IMAGE = Record(
    name="image",
    containers=("images",),
    fields=(
        Field("id", "str", "the image's id", _IMAGE),
        Field("title", "str", "as typed; NA where there is none", _IMAGE),
        Field("description", "str", "as typed; NA where there is none", _IMAGE),
        Field("datetime", _TIME, "when it was uploaded", _IMAGE, unit="UTC"),
        Field("type", "str", "MIME type", _IMAGE),
        Field("animated", "boolean", "whether it moves", _IMAGE),
        Field("width", "Int64", "width", _IMAGE, unit="px"),
        Field("height", "Int64", "height", _IMAGE, unit="px"),
        Field("size", "Int64", "size of the file", _IMAGE, unit="bytes"),
        Field("views", "Int64", "views so far; 0 on members of some albums", _IMAGE),
        Field("bandwidth", "Int64", "bytes served so far", _IMAGE, unit="bytes"),
        Field("link", "str", "the file itself", _IMAGE),
        Field("has_sound", "boolean", "whether it has sound (since 2017)", _IMAGE),
        Field("mp4", "str", "link to the MP4 of an animation", _IMAGE),
        Field("mp4_size", "Int64", "size of that MP4", _IMAGE, unit="bytes"),
        Field("gifv", "str", "link to its page", _IMAGE),
        Field("hls", "str", "link to its stream (since 2020)", _IMAGE),
        Field("looping", "boolean", "whether the animation loops", _IMAGE),
        Field(
            "processing_status",
            "str",
            "pending or completed, of animations",
            f"{_IMAGE} (processing)",
            derive=_processing_status,
        ),
        Field("account_url", "str", "NA by design since August 2015", "changelog 2015-08-21"),
        Field(
            "account_id",
            "Int64",
            "filled on one's own uploads; NA for nobody",
            _IMAGE,
            zero_is_nothing=True,
        ),
        Field("vote", "str", "one's own vote", _IMAGE),
        Field("favorite", "boolean", "whether one favorited it oneself", _IMAGE),
        Field("nsfw", "boolean", "marked mature; NA where Imgur does not know", _IMAGE),
        Field("section", "str", "the site's own category, or a subreddit", _IMAGE),
        Field(
            "tags",
            "str",
            "names of its tags, joined by a space; empty for none, NA where not told",
            _IMAGE,
            derive=_tag_names,
        ),
        Field("in_gallery", "boolean", "shared with the gallery (since 2016)", _IMAGE),
        Field("in_most_viral", "boolean", "made it to Most Viral (since 2017)", _IMAGE),
        Field("is_ad", "boolean", "an advertisement", _IMAGE),
        Field("ad_type", "Int64", "kind of advertisement, 0 for none", _IMAGE),
        Field("ad_url", "str", "where the advertisement leads", _IMAGE),
        Field("edited", "Int64", "0 in nearly every answer recorded", "recorded 2019-2024"),
        Field("name", "str", "file name on the owner's disk; the owner alone sees it", _IMAGE),
        Field("ups", "Int64", "votes up; NA inside an album", _IMAGE),
        Field("downs", "Int64", "votes down; NA inside an album", _IMAGE),
        Field("points", "Int64", "ups minus downs; NA inside an album", _IMAGE),
        Field("score", "Int64", "popularity score; NA inside an album", _IMAGE),
        Field("comment_count", "Int64", "comments; NA inside an album", _IMAGE),
        Field("favorite_count", "Int64", "favorites; NA inside an album", _IMAGE),
        *_LISTED,
        _fetched(),
    ),
    dropped=(
        Dropped("tags", "names go into tags", _IMAGE, list[TagName | str] | None),
        Dropped("processing", "goes into processing_status", _IMAGE, Processing | None),
        _AD_CONFIG,
        _PREVIEW,
        _WEBM,
        _WEBM_SIZE,
        _SECRET,
        Dropped("is_album", "always false for an image", "recorded 2018-2025"),
        Dropped("topic", "topic of a gallery image: see the post", _GALLERY),
        Dropped("topic_id", "its number: see the post", _GALLERY),
        Dropped("reddit_comments", "path of a Reddit thread: see the post", "reference, Subreddit"),
    ),
)

TAG = Record(
    name="tag",
    containers=("tags",),
    fields=(
        Field("name", "str", "the tag's name, words joined by _", _TAG),
        Field("id", "Int64", "its number, told in 2017 only", "recorded 2017"),
        Field("display_name", "str", "the name as shown (since 2017)", _TAG),
        Field("followers", "Int64", "accounts that follow it", _TAG),
        Field("total_items", "Int64", "posts that carry it", _TAG),
        Field("following", "boolean", "whether one follows it oneself", _TAG),
        Field("is_whitelisted", "boolean", "shown on the front page", _TAG),
        Field("is_promoted", "boolean", "paid for by a partner", _TAG),
        Field("background_hash", "str", "id of its background image", _TAG),
        Field("background_is_animated", "boolean", "whether that moves", _TAG),
        Field("thumbnail_hash", "str", "id of its thumbnail", _TAG),
        Field("thumbnail_is_animated", "boolean", "whether that moves", _TAG),
        Field("accent", "str", "colour as six hex digits, without #", _TAG),
        Field("description", "str", "a line about it; NA where there is none", _TAG),
        Field("logo_hash", "str", "id of a partner's logo", _TAG),
        Field("logo_destination_url", "str", "where that logo leads", _TAG),
        Field("ups", "Int64", "votes up, of a post's tag", "reference, Tag Vote"),
        Field("downs", "Int64", "votes down, of a post's tag", "reference, Tag Vote"),
        Field("author", "str", "who tagged the post", "reference, Tag Vote"),
        _fetched(),
    ),
    dropped=(
        Dropped("description_annotations", "empty in every answer recorded", "recorded 2017-2024"),
        Dropped("items", "its posts: read the same answer as record 'post'", _TAG),
    ),
)

CREDITS = Record(
    name="credits",
    fields=(
        Field("user_limit", "Int64", "credits of this user an hour", "reference, Credits",
              unit="credits", key="UserLimit"),
        Field("user_remaining", "Int64", "of these left", "reference, Credits",
              unit="credits", key="UserRemaining"),
        Field("user_reset_at", _TIME, "when they are filled up again", "reference, Credits",
              unit="UTC", key="UserReset", relative=True),
        Field("client_limit", "Int64", "credits of the application a day", "reference, Credits",
              unit="credits", key="ClientLimit"),
        Field("client_remaining", "Int64", "of these left", "reference, Credits",
              unit="credits", key="ClientRemaining"),
        Field("client_reset_at", _TIME, "when they are filled up again; headers alone tell it",
              "recorded headers 2019-2025", unit="UTC", key="ClientReset", relative=True),
        _fetched(),
    ),
)  # fmt: skip

#: Every record by its name.
RECORDS: dict[str, Record] = {record.name: record for record in (POST, IMAGE, TAG, CREDITS)}


def find_record(name: str) -> Record:
    """The record of that name.

    Raises
    ------
    InvalidArgument
        There is none; the message names all and the nearest.
    """
    if isinstance(name, str) and name in RECORDS:
        return RECORDS[name]
    import difflib  # for the message only

    near = difflib.get_close_matches(str(name), RECORDS, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InvalidArgument(
        f"There is no record {name!r}; there are {', '.join(map(repr, RECORDS))}.{hint}"
    )
