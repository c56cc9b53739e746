"""Loaders of posts found by words or by subreddit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_subreddit", "search_gallery"]


def search_gallery(
    query: str | None = None,
    *,
    q_all: str | None = None,
    q_any: str | None = None,
    q_exactly: str | None = None,
    q_not: str | None = None,
    q_type: str | None = None,
    q_size_px: str | None = None,
    sort: str = "time",
    window: str | None = None,
    pages: int | range | Sequence[int] | None = 1,
    nested: bool = False,
    until_known: Any = None,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Search the gallery for posts.

    Parameters
    ----------
    query : str or None
        Words, with ``AND``, ``OR``, ``NOT`` and the indices ``tag:``, ``user:``, ``title:``,
        ``ext:``, ``subreddit:``, ``album:``, ``meme:``, such as ``"title: cats AND ext: gif"``.
        Imgur would ignore it beside the others, so that both are refused.
    q_all, q_any, q_exactly, q_not : str or None
        All of these words, any of them, exactly this phrase, none of these words.
    q_type : str or None
        ``"jpg"``, ``"png"``, ``"gif"``, ``"anigif"`` (animated) or ``"album"``.
    q_size_px : str or None
        Longest side: ``"small"`` (to 500 px), ``"med"`` (to 2,000), ``"big"`` (to 5,000),
        ``"lrg"`` (to 10,000), ``"huge"`` (above).
    sort : str or None
        ``"time"``, ``"viral"`` or ``"top"``.
    window : str or None
        ``"day"``, ``"week"``, ``"month"``, ``"year"``, ``"all"``: for ``sort="top"`` only; None
        is Imgur's default, all.
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
        One row per post, columns as ``imd.schema("post")``; none if nothing is found.
        ``listing`` holds what was searched for (``gallery/search/time?q=cats``), ``rank`` the
        place in the list.

    Raises
    ------
    InvalidArgument
        Before any request: nothing to search for, ``query`` beside a ``q_...``, or a value that
        Imgur does not know or would ignore.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Gallery search (G9); recorded pages held 57 and 59 posts.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.search_gallery("cat")
    ...     pictures = imd.search_gallery(q_any="cat dog", q_type="jpg", sort="top", window="all")
    >>> posts["listing"].unique().tolist()
    ['gallery/search/time?q=cat']
    """
    return Pull(
        "search_gallery",
        query=query,
        q_all=q_all,
        q_any=q_any,
        q_exactly=q_exactly,
        q_not=q_not,
        q_type=q_type,
        q_size_px=q_size_px,
        sort=sort,
        window=window,
        pages=pages,
        nested=nested,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_subreddit(
    subreddit: str,
    sort: str = "time",
    window: str | None = None,
    *,
    pages: int | range | Sequence[int] | None = 1,
    nested: bool = False,
    until_known: Any = None,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the pictures that were shared on a subreddit.

    Parameters
    ----------
    subreddit : str
        Its name (``"aww"`` or ``"r/aww"``) or a link to its page on Imgur.
    sort : str or None
        ``"time"`` or ``"top"``.
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
        One row per post, columns as ``imd.schema("post")``. ``section`` is the subreddit; author,
        votes, points and comments are Reddit's, and NA here. People reported lists without rows
        (2023): no row does not mean that there is no such subreddit.

    Raises
    ------
    InvalidArgument
        Before any request: no name of a subreddit, or a value that Imgur does not know or would
        ignore.
    NotFound
        There is no such subreddit.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Subreddit gallery (G2); recorded lists of 2016 and 2017.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_subreddit("CatsInBoxes")
    >>> posts["listing"].unique().tolist()
    ['gallery/r/CatsInBoxes/time']
    """
    return Pull(
        "subreddit",
        subreddit=subreddit,
        sort=sort,
        window=window,
        pages=pages,
        nested=nested,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)
