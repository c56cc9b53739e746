"""One row per image or tag of posts that were loaded with ``nested=True``."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from imgurdata._validate import refuse
from imgurdata.errors import InvalidArgument
from imgurdata.model.decode import Page, decode_page, rows_of_parts
from imgurdata.model.formats import BROKEN, to_bytes
from imgurdata.model.frames import FrameBuilder, parts_of
from imgurdata.model.records import IMAGE, TAG
from imgurdata.model.schema import Record

__all__ = ["PreviewWarning", "explode_images", "explode_tags"]

#: A text among the entries of a list: the keys of an object are followed by a colon.
_BARE_NAME = re.compile(rb'(?:^\s*\[|[}\]]\s*,)\s*"(?:[^"\\]|\\.)*"\s*[,\]]')

_Places = np.ndarray[Any, np.dtype[np.int64]]

#: Texts that are decoded at once: their rows fit the processor's cache.
_CHUNK = 300


class PreviewWarning(UserWarning):
    """Warning that lists showed only the first images of albums."""


def explode_images(posts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per image that the posts' answers showed.

    Parameters
    ----------
    posts : pandas.DataFrame
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
            "imd.load_album_images(posts) loads all of them.",
            PreviewWarning,
            stacklevel=2,
        )
    places, images = _decode_nested(posts, IMAGE, "images_json")
    texts = posts["images_json"]
    bare = posts["is_album"].eq(other=False) & (texts.isna() | texts.eq("[]"))
    singles = np.flatnonzero(bare.fillna(value=False).to_numpy(bool))
    if len(singles):
        own = _as_images(posts.iloc[singles])
        places = np.concatenate([places, singles])
        order = np.argsort(places, kind="stable")
        images = pd.concat([images, own]).iloc[order].reset_index(drop=True)
        places = places[order]
    return _with_posts(images, posts, places)


def explode_tags(posts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per tag of each post.

    Parameters
    ----------
    posts : pandas.DataFrame
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
    places, tags = _decode_nested(posts, TAG, "tags_json")
    return _with_posts(tags, posts, places)


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
        is_text = isinstance(posts[name].dtype, pd.StringDtype)
        if not is_text and not all(isinstance(value, str) for value in posts[name].dropna()):
            raise InvalidArgument(f"posts must hold text in its column {name!r}.")
    for name in {"images_count", "images_shown"} & set(columns):
        if not pd.api.types.is_numeric_dtype(posts[name].dtype):
            raise InvalidArgument(f"posts must hold numbers in its column {name!r}.")


def _decode_nested(
    posts: pd.DataFrame, record: Record, column: str
) -> tuple[_Places, pd.DataFrame]:
    """Return the records in a column of JSON, and the place of each one's post."""
    if (known := parts_of(posts[column], record)) is not None:
        places, columns = known
        for one in record.fields:
            if one.same_as:
                columns[one.name] = columns[one.same_as]
            elif one.name not in columns:
                columns[one.name] = pa.nulls(len(places), one.arrow_type)
        return places, record.frame(columns)
    values = posts[column].tolist()
    counts = np.zeros(len(values), np.int64)
    builder = FrameBuilder(record)
    for first in range(0, len(values), _CHUNK):
        chunk = values[first : first + _CHUNK]
        rows: list[Any] = []
        for place, found in enumerate(_lists_of(chunk, record), first):
            counts[place] = len(found)
            rows += found
        builder.add(Page(rows))
    return np.repeat(np.arange(len(values)), counts), builder.frame()


def _lists_of(values: list[Any], record: Record) -> list[list[Any]]:
    """Return the rows in each text of a column; none for what is no text."""
    texts = [value if isinstance(value, str) else "null" for value in values]
    lines = "\n".join(texts)
    if lines.count("\n") == len(texts) - 1 and "" not in texts:
        # All at once, where all are as they should be.
        with suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            found = rows_of_parts(record.lines_decoder.decode_lines(lines), record)
            if found is not None and len(found) == len(texts):
                return found
    return [
        decode_page(_as_list(value, record), record).rows if isinstance(value, str) else []
        for value in values
    ]


def _as_list(text: str, record: Record) -> bytes:
    """Return nested JSON as a list of objects: uploads show tags as bare names (recorded 2020)."""
    data = to_bytes(text)
    if record is TAG and _BARE_NAME.search(data):
        with suppress(*BROKEN):
            values = msgspec.json.decode(data)
            if isinstance(values, list):
                named = [{"name": v} if isinstance(v, str) else v for v in values]
                return msgspec.json.encode(named)
    return data


def _as_images(posts: pd.DataFrame) -> pd.DataFrame:
    """Return single-image posts as the image that each is."""
    columns = {}
    for name, dtype in IMAGE.empty().dtypes.items():
        source = "media_type" if name == "type" else name
        if name == "username" and name not in posts:
            source = "account_url"  # a frame saved with version 1 of the columns
        values = posts[source] if source in posts else pd.Series([None] * len(posts), posts.index)
        try:
            columns[name] = values.astype(dtype)
        except (TypeError, ValueError):
            allowed = f"a frame of posts with values of dtype {dtype} in its column {source!r}"
            refuse("posts", allowed, posts)
    return pd.DataFrame(columns)


def _with_posts(frame: pd.DataFrame, posts: pd.DataFrame, places: _Places) -> pd.DataFrame:
    """Add the columns of the post that each row belongs to."""
    for name in ("listing", "rank", "fetched_at"):
        if name in frame and name in posts:
            frame[name] = posts[name].array.take(places)
    owners = posts["id"].astype("str").array.take(places)
    frame.insert(0, "post_id", pd.Series(owners, dtype="str"))
    return frame
