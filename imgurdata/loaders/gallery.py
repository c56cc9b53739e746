"""Loaders of the gallery: posts and their votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_gallery", "load_posts", "load_votes"]


def load_gallery(
    section: str = "hot",
    sort: str = "viral",
    window: str | None = None,
    *,
    pages: int | range | Sequence[int] | None = 1,
    show_viral: bool | None = None,
    mature: bool | None = None,
    nested: bool = False,
    progress: bool | None = None,
    max_age: Any = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load posts of the gallery, as Imgur lists them.

    Parameters
    ----------
    section : str or None
        ``"hot"`` (Most Viral now), ``"top"`` (the best of a window) or ``"user"`` (all that
        people submit).
    sort : str or None
        ``"viral"``, ``"top"``, ``"time"``; ``"rising"`` for section ``user`` only.
    window : str or None
        ``"day"``, ``"week"``, ``"month"``, ``"year"``, ``"all"``: for section ``top`` only; None
        is Imgur's default, the day.
    pages : int, range, list of int or None
        How many pages of about 60 posts (an int: the first n), which (a range or list, from 0),
        or None for all there are. One credit per page.
    show_viral : bool or None
        Section ``user`` only: whether posts that are in Most Viral stay in.
    mature : bool or None
        Whether mature posts are listed. Without a sign-in only.
    nested : bool
        Keep ``images_json`` and ``tags_json`` for :func:`~imgurdata.explode_images` and
        :func:`~imgurdata.explode_tags`.
    until_known : iterable, Series, DataFrame or None
        With ``sort="time"`` only. Ids (or a frame with ``id``) that you already have: loads the
        list from its newest row and stops at the first of them, which takes a page or two if
        little is new. All rows of the loaded pages are in the frame, with current values for the
        known ones: ``new[~new["id"].isin(old["id"])]`` leaves those out.
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
        One row per post, columns as ``imd.schema("post")``; ``listing`` and ``rank`` (from 0 over
        all pages) give its place. A post that moved to a later page is not repeated, but
        counted in ``attrs["imgurdata"]["duplicates"]``.

    Raises
    ------
    InvalidArgument
        Before any request: a value that Imgur does not know or would ignore.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Gallery (G1); page sizes and previews: recorded lists 2014-2024.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("top", window="week", pages=2)
    >>> posts.shape[0], posts["points"].dtype
    (120, Int64Dtype())
    """
    return Pull(
        "gallery",
        section=section,
        sort=sort,
        window=window,
        pages=pages,
        show_viral=show_viral,
        mature=mature,
        nested=nested,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_posts(
    ids: Any,
    *,
    nested: bool = False,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load posts of the gallery by their ids, with all of their images.

    Parameters
    ----------
    ids : str, iterable, Series or DataFrame
        An id or an Imgur link (with words before the id, too), an iterable or Series of them, or
        a frame with a column ``id``. One credit each; duplicate ids are requested once.
    nested : bool
        Keep ``images_json`` and ``tags_json`` for :func:`~imgurdata.explode_images` and
        :func:`~imgurdata.explode_tags`.
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
        One row per post, in the order of the ids, columns as ``imd.schema("post")``; ``listing``
        and ``rank`` are NA. Missing ids are listed in
        ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: an argument that holds no id.
    NotFound
        The single post does not exist, or none of several does.
    ImgurDataError
        With ``.partial``: the posts before the first that failed.

    Notes
    -----
    Source: API reference, Gallery item (G13).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     some = imd.load_gallery().head(2)
    ...     full = imd.load_posts(some)
    >>> bool((full["id"] == some["id"]).all())
    True
    """
    return Pull("posts", ids=ids, nested=nested).run(session, progress=progress, max_age=max_age)


def load_votes(
    ids: Any,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load how many votes posts have, up and down.

    Parameters
    ----------
    ids : str, iterable, Series or DataFrame
        A post's id or link, an iterable or Series of them, or a frame of posts. One credit each:
        lists and :func:`load_posts` hold ``ups`` and ``downs``, too.
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
        One row per post, columns as ``imd.schema("vote")`` (``post_id, ups, downs``). Missing posts
        are listed in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: an argument that holds no id.
    NotFound
        The single post does not exist, or none of several does.

    Notes
    -----
    Source: API reference, Votes (G14).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery().head(2)
    ...     votes = imd.load_votes(posts)
    >>> bool((votes["post_id"] == posts["id"]).all()), list(votes.columns[1:3])
    (True, ['ups', 'downs'])
    """
    return Pull("votes", ids=ids).run(session, progress=progress, max_age=max_age)
