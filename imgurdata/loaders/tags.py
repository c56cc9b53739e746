"""Loaders of tags, and of the posts that carry one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_tag", "load_tag_info", "load_tags"]


def load_tag(
    tag: str,
    sort: str = "viral",
    window: str | None = None,
    *,
    pages: int | range | Sequence[int] | None = 1,
    nested: bool = False,
    until_known: Any = None,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the posts that carry a tag.

    Parameters
    ----------
    tag : str
        Its name (a ``#`` may stand before it; spaces become ``_``) or a link to its page.
    sort : str or None
        ``"viral"``, ``"top"`` or ``"time"``.
    window : str or None
        ``"day"``, ``"week"``, ``"month"``, ``"year"``, ``"all"``: for ``sort="top"`` only; None
        is Imgur's default, the week.
    pages : int, range, list of int or None
        How many pages of about 60 posts (an int: the first n), which (a range or list, from 0),
        or None for all there are. One credit per page.
    nested : bool
        Keep ``images_json`` and ``tags_json`` for :func:`~imgurdata.explode_images` and
        :func:`~imgurdata.explode_tags`.
    until_known : iterable, Series, DataFrame or None
        With ``sort="time"`` only. Ids (or a frame with ``id``) that you already have: loads the
        list from its newest row and stops at the first of them.
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Time for which a cached answer counts as fresh, for this pull only; 0 asks again with the
        ETag, None is the session's own.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per post, columns as ``imd.schema("post")``; ``listing`` and ``rank`` give its
        place. What Imgur says of the tag itself: :func:`load_tag_info`.

    Raises
    ------
    InvalidArgument
        Before any request: no name of a tag, or a value that Imgur does not know or would ignore.
    NotFound
        There is no such tag.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Tag gallery (G4); recorded lists of 2014, 2016 and 2024.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     name = imd.load_tags()["name"].iloc[0]
    ...     posts = imd.load_tag(name, "top", window="all")
    >>> bool(posts["tags"].str.split().map(lambda tags: name in tags).all())
    True
    """
    return Pull(
        "tag",
        tag=tag,
        sort=sort,
        window=window,
        pages=pages,
        nested=nested,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_tag_info(
    tags: Any,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load what Imgur says of tags: followers, number of posts, description.

    Parameters
    ----------
    tags : str, iterable, Series or DataFrame
        A tag's name or a link to its page, an iterable or Series of them, or a frame of tags
        (column ``name``). One credit each; duplicates are requested once.
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Time for which a cached answer counts as fresh, for this pull only; 0 asks again with the
        ETag, None is the session's own.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per tag, columns as ``imd.schema("tag")``. Missing tags are listed in
        ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: no name of a tag.
    NotFound
        The single tag does not exist, or none of several does.

    Notes
    -----
    Source: API reference, Tag info (G7). The answer has no rate limit headers (recorded 2017).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     some = imd.load_tags().head(2)
    ...     info = imd.load_tag_info(some)
    >>> bool((info["name"] == some["name"]).all())
    True
    """
    return Pull("tag_info", tags=tags).run(session, progress=progress, max_age=max_age)


def load_tags(
    *, progress: bool | None = None, max_age: Any = None, session: ImgurSession | None = None
) -> pd.DataFrame:
    """Load the tags that Imgur shows on its front page.

    Parameters
    ----------
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Time for which a cached answer counts as fresh, for this pull only; 0 asks again with the
        ETag, None is the session's own.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per tag, columns as ``imd.schema("tag")``. One credit; the answer has no rate
        limit headers.

    Notes
    -----
    Source: API reference, Default tags (G6); recorded answers 2017 and 2021.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     tags = imd.load_tags()
    >>> bool(tags["name"].is_unique)
    True
    """
    return Pull("tags").run(session, progress=progress, max_age=max_age)
