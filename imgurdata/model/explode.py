"""One row per image or tag of posts that were loaded with ``nested=True``."""

from __future__ import annotations

import warnings
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from imgurdata._validate import refuse
from imgurdata.errors import InvalidArgument
from imgurdata.model.formats import to_bytes
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import IMAGE, TAG
from imgurdata.model.schema import Record

__all__ = ["PreviewWarning", "explode_images", "explode_tags"]

#: Columns of a single-image post that are its picture's, by the picture's key.
_OF_POST = {
    "media_type": "type",
    **{
        name: name
        for name in [
            "id",
            "title",
            "description",
            "animated",
            "width",
            "height",
            "size",
            "views",
            "bandwidth",
            "link",
            "has_sound",
            "mp4",
            "mp4_size",
            "gifv",
            "hls",
            "looping",
            "account_url",
            "account_id",
            "vote",
            "favorite",
            "nsfw",
            "section",
            "in_gallery",
            "in_most_viral",
            "is_ad",
            "ad_type",
            "ad_url",
            "edited",
            "ups",
            "downs",
            "points",
            "score",
            "comment_count",
            "favorite_count",
        ]
    },
}

#: So many posts' lists are decoded in one go.
_GROUP = 500


class PreviewWarning(UserWarning):
    """A list showed only the first images of an album."""


def explode_images(posts: pd.DataFrame) -> pd.DataFrame:
    """One row per image that the posts' answers showed.

    Parameters
    ----------
    posts
        A frame of posts loaded with ``nested=True``.

    Returns
    -------
    pandas.DataFrame
        Shape (``posts["images_shown"].sum()``, columns of ``imd.schema("image")`` + 1):
        ``post_id`` first, then the image's columns. ``listing, rank`` and ``fetched_at`` are the
        post's. A post that is a single image gives one row made of its own columns.

    Raises
    ------
    InvalidArgument
        The frame has no ``images_json``: load it again with ``nested=True``; the cache makes that
        free. Or it is no frame of posts: ``id, is_album, images_count, images_shown`` are needed.

    Warns
    -----
    PreviewWarning
        Albums have more images than were shown (lists show at most 3): ``load_album_images``
        gives all.

    Notes
    -----
    Source: API reference, Gallery Album (``images``); recorded lists 2021-2024.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("hot", nested=True)
    >>> whole = posts[posts["images_count"] <= posts["images_shown"]]
    >>> images = imd.explode_images(whole)
    >>> images.columns[0]
    'post_id'
    """
    _require(posts, "images_json", "id", "is_album", "images_count", "images_shown")
    short = (posts["images_count"] > posts["images_shown"]).fillna(value=False).sum()
    if short:
        warnings.warn(
            f"{short} of {len(posts)} posts have more images than were shown; "
            "imd.load_album_images(posts) asks for all of them.",
            PreviewWarning,
            stacklevel=2,
        )
    return _explode(posts, IMAGE, "images_json", single=True)


def explode_tags(posts: pd.DataFrame) -> pd.DataFrame:
    """One row per tag of each post.

    Parameters
    ----------
    posts
        A frame of posts loaded with ``nested=True``.

    Returns
    -------
    pandas.DataFrame
        Columns of ``imd.schema("tag")`` with ``post_id`` first; posts without tags give no row.

    Raises
    ------
    InvalidArgument
        The frame has no ``tags_json``: load it again with ``nested=True``; the cache makes that
        free.

    Notes
    -----
    Source: API reference, Tag; recorded lists 2021-2024.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     tags = imd.explode_tags(imd.load_gallery("hot", nested=True))
    >>> list(tags.columns[:2])
    ['post_id', 'name']
    """
    _require(posts, "tags_json", "id")
    return _explode(posts, TAG, "tags_json", single=False)


def _require(posts: Any, nested: str, *columns: str) -> None:
    if not isinstance(posts, pd.DataFrame):
        refuse("posts", "a frame of posts loaded with nested=True", posts)
    if not posts.columns.is_unique or posts.columns.nlevels > 1:
        raise InvalidArgument("posts must be a frame whose columns have one name each.")
    if missing := [name for name in columns if name not in posts]:
        raise InvalidArgument(f"posts must be a frame of posts; it has no {', '.join(missing)}.")
    if nested not in posts:
        raise InvalidArgument(
            f"These posts were loaded without {nested}. Load them again with nested=True: "
            "the answers are in the cache, so it costs no credit."
        )
    for name in (nested, "id"):
        if not all(isinstance(value, str) for value in posts[name].dropna()):
            raise InvalidArgument(f"posts must hold text in its column {name!r}.")
    for name in {"images_count", "images_shown"} & set(columns):
        if not pd.api.types.is_numeric_dtype(posts[name].dtype):
            raise InvalidArgument(f"posts must hold numbers in its column {name!r}.")


def _explode(posts: pd.DataFrame, record: Record, column: str, *, single: bool) -> pd.DataFrame:
    texts = [None if value is None else str(value) for value in _plain(posts[column])]
    if single:
        texts = _with_own_pictures(posts, texts)
    places = [place for place, text in enumerate(texts) if text is not None]
    builder = FrameBuilder(record)
    counts: list[int] = []
    for start in range(0, len(places), _GROUP):
        group = [texts[place] or "" for place in places[start : start + _GROUP]]
        counts += builder.add_lists(group) or [builder.add(_as_rows(t, record)) for t in group]
    frame = builder.frame()
    owners = np.repeat(np.array(places, dtype=np.intp), counts)
    for name in ("listing", "rank", "fetched_at"):
        if name in frame and name in posts:
            frame[name] = posts[name].iloc[owners].array
    frame.insert(0, "post_id", pd.Series(posts["id"].iloc[owners].tolist(), dtype="str"))
    return frame


def _as_rows(text: str, record: Record) -> bytes:
    """Nested JSON as a list of records: uploads show their tags as bare names (recorded 2020)."""
    data = to_bytes(text)
    if record is not TAG or not data.lstrip(b"[ \n\r\t").startswith(b'"'):
        return data
    values = msgspec.json.decode(data)
    return msgspec.json.encode([{"name": v} if isinstance(v, str) else v for v in values])


def _with_own_pictures(posts: pd.DataFrame, texts: list[str | None]) -> list[str | None]:
    """The texts, with single-image posts as the image they are, in the answer's own form."""
    albums = _plain(posts["is_album"])
    singles = [
        place
        for place, text in enumerate(texts)
        if albums[place] is not None and not albums[place] and text in (None, "[]")
    ]
    alone = posts.iloc[singles]
    # By columns: a row of a frame costs as much as a page of an answer.
    told = {key: _plain(alone[name]) for name, key in _OF_POST.items() if name in alone}
    if "datetime" in alone:
        told["datetime"] = [at and at.timestamp() for at in _plain(alone["datetime"])]
    if "tags" in alone:
        told["tags"] = [None if tags is None else tags.split() for tags in _plain(alone["tags"])]
    if "processing_status" in alone:
        statuses = _plain(alone["processing_status"])
        told["processing"] = [None if one is None else {"status": one} for one in statuses]
    whole = list(texts)
    for place, *values in zip(singles, *told.values(), strict=True):
        picture = {k: v for k, v in zip(told, values, strict=True) if v is not None}
        whole[place] = msgspec.json.encode([picture], enc_hook=lambda v: v.item()).decode()
    return whole


def _plain(column: pd.Series) -> list[Any]:
    """The values of a column, None where there is none."""
    values = column.tolist()
    if not column.hasnans:
        return values
    return [None if gone else v for v, gone in zip(values, column.isna().tolist(), strict=True)]
