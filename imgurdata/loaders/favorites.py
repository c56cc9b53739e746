"""Loaders of the posts that people favorited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_account_favorites", "load_account_gallery_favorites"]


def load_account_favorites(
    username: str = "me",
    *,
    folder: Any = None,
    pages: int | range | Sequence[int] | None = 1,
    sort: str = "newest",
    until_known: Any = None,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load everything that you favorited, or a folder of somebody's favorites.

    Parameters
    ----------
    username : str
        User name; ``"me"`` is the signed-in account. Without ``folder``, Imgur shows this to the
        owner only: of others, :func:`load_account_gallery_favorites`.
    folder : int, str or None
        Number of a folder of favorites, or a link to it, which says whose it is; public folders
        need no sign-in.
    pages : int, range, list of int or None
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit per page.
    sort : str or None
        ``"newest"`` or ``"oldest"``, by the time of the favorite.
    until_known : iterable, Series, DataFrame or None
        With ``sort="newest"`` only. Ids (or a frame with ``id``) that you already have: loads the
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
        One row per post or image, columns as ``imd.schema("post")``. Votes and points are NA for
        what is not in the gallery.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name or folder, or a value that Imgur does not know.
    AuthenticationRequired
        Before any request: without a sign-in, except for a folder of another account.
    NotFound
        There is no such account or folder.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Account favorites (U14); folders (U24) as gallery-dl asks for them:
    Imgur does not document them.

    Examples
    --------
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     with imd.connect(sandbox=sandbox, token=token):
    ...         favorites = imd.load_account_favorites()
    >>> favorites["points"].dtype.name
    'Int64'
    """
    return Pull(
        "account_favorites",
        username=username,
        folder=folder,
        pages=pages,
        sort=sort,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_account_gallery_favorites(
    username: str = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    sort: str = "newest",
    until_known: Any = None,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the posts of the gallery that an account favorited.

    Parameters
    ----------
    username : str
        User name; ``"me"`` is the signed-in account.
    pages : int, range, list of int or None
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit per page.
    sort : str or None
        ``"newest"`` or ``"oldest"``, by the time of the favorite.
    until_known : iterable, Series, DataFrame or None
        With ``sort="newest"`` only. Ids (or a frame with ``id``) that you already have: loads the
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
        place in the list.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name, or a value that Imgur does not know.
    AuthenticationRequired
        Before any request: ``"me"`` without a sign-in. Later: the account hides its favorites.
    NotFound
        There is no such account.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Account gallery favorites (U15).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     favorites = imd.load_account_gallery_favorites(session.sandbox.account)
    >>> favorites["id"].dtype.name
    'str'
    """
    return Pull(
        "account_gallery_favorites",
        username=username,
        pages=pages,
        sort=sort,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)
