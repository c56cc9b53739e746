"""Loaders of accounts, of their posts, comments, albums and images, and of the credits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = [
    "load_account",
    "load_account_albums",
    "load_account_comments",
    "load_account_counts",
    "load_account_images",
    "load_account_submissions",
    "load_credits",
]


def load_account(
    usernames: Any = "me",
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load accounts by their names.

    Parameters
    ----------
    usernames : str, iterable, Series or DataFrame
        A name or a link to a user's page, an iterable or Series of them, or a frame with a column
        ``username`` (posts, comments); ``"me"`` is the signed-in account.
        One credit each; duplicate names are requested once.
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
        One row per account, columns as ``imd.schema("account")``. Missing
        accounts are listed in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name.
    AuthenticationRequired
        Before any request: ``"me"`` without a sign-in.
    NotFound
        The single account does not exist, or none of several does.

    Notes
    -----
    Source: API reference, Account base (U1).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery().head(3)
    ...     authors = imd.load_account(posts)
    >>> authors["reputation"].dtype.name
    'Int64'
    """
    return Pull("account", usernames=usernames).run(session, progress=progress, max_age=max_age)


def load_account_counts(
    username: str = "me",
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load how many images, albums and comments an account has in all.

    Parameters
    ----------
    username : str
        User name; ``"me"`` is the signed-in account. Two credits, three for ``"me"``.
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
        One row, columns as ``imd.schema("account_counts")``: ``username, images, albums, comments,
        account_url, fetched_at``. Imgur shows images to their owner only: NA for others. Of
        ``"me"`` the name is that of the sign-in; a session with ``token=`` does not know it, and it
        stays ``"me"``: ``imd.load_account()`` tells it for a credit.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name.
    AuthenticationRequired
        Before any request: ``"me"`` without a sign-in.
    NotFound
        There is no such account.

    Notes
    -----
    Source: API reference, Account (U5, U9, U13).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     counts = imd.load_account_counts(session.sandbox.account)
    >>> counts.shape
    (1, 6)
    """
    return Pull("account_counts", username=username).run(
        session, progress=progress, max_age=max_age
    )


def load_account_submissions(
    username: Any = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    sort: str = "newest",
    progress: bool | None = None,
    max_age: Any = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the posts that an account submitted to the gallery.

    Parameters
    ----------
    username : str, iterable, Series or DataFrame
        User name; ``"me"`` is the signed-in account. Several (an iterable or Series of names or
        links, a frame with ``username``) are loaded one after the other, each list with its own
        ranks; accounts that do not exist, or are private, are listed in
        ``attrs["imgurdata"]["missing"]``, and the others are loaded.
    pages : int, range, list of int or None
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit per page.
    sort : str or None
        ``"newest"``, ``"oldest"``, ``"best"`` or ``"worst"``.
    until_known : iterable, Series, DataFrame or None
        With ``sort="newest"`` only. Ids (or a frame with ``id``) that you already have: loads the
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
        One row per post, columns as ``imd.schema("post")``.
        ``listing`` and ``rank`` give its place in the list.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name, or a value that Imgur does not know.
    AuthenticationRequired
        Before any request: ``"me"`` without a sign-in.
    NotFound
        There is no such account.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Account submissions (U16): about 60 a page.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     rows = imd.load_account_submissions(session.sandbox.account)
    >>> bool((rows["listing"] == rows["listing"].iloc[0]).all())
    True
    """
    return Pull(
        "account_submissions",
        username=username,
        pages=pages,
        sort=sort,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_account_comments(
    username: Any = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    sort: str = "newest",
    per_page: int | None = None,
    progress: bool | None = None,
    max_age: Any = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the comments that an account wrote.

    Parameters
    ----------
    username : str, iterable, Series or DataFrame
        User name; ``"me"`` is the signed-in account. Several (an iterable or Series of names or
        links, a frame with ``username``) are loaded one after the other, each list with its own
        ranks; accounts that do not exist, or are private, are listed in
        ``attrs["imgurdata"]["missing"]``, and the others are loaded.
    pages : int, range, list of int or None
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit per page.
    sort : str or None
        ``"newest"``, ``"oldest"``, ``"best"`` or ``"worst"``.
    per_page : int or None
        Rows per page, 1 to 100; None is Imgur's default, 50. Documented, but not seen in any
        recorded answer: Imgur may return 50 all the same.
    until_known : iterable, Series, DataFrame or None
        With ``sort="newest"`` only. Ids (or a frame with ``id``) that you already have: loads the
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
        One row per comment, columns as ``imd.schema("comment")``.
        The list is flat: ``root_id, depth, position, n_children`` are NA. ``listing`` and ``rank``
        give its place in the list.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name, or a value that Imgur does not know.
    AuthenticationRequired
        Before any request: ``"me"`` without a sign-in.
    NotFound
        There is no such account.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Account comments (U10): 50 a page; recorded lists of 2016.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     rows = imd.load_account_comments(session.sandbox.account)
    >>> rows["author"].nunique()
    1
    """
    return Pull(
        "account_comments",
        username=username,
        pages=pages,
        sort=sort,
        per_page=per_page,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_account_albums(
    username: Any = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    per_page: int | None = None,
    progress: bool | None = None,
    max_age: Any = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the albums of an account that are visible to you.

    Parameters
    ----------
    username : str, iterable, Series or DataFrame
        User name; ``"me"`` is the signed-in account. Several (an iterable or Series of names or
        links, a frame with ``username``) are loaded one after the other, each list with its own
        ranks; accounts that do not exist, or are private, are listed in
        ``attrs["imgurdata"]["missing"]``, and the others are loaded.
    pages : int, range, list of int or None
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit per page.
    per_page : int or None
        Rows per page, 1 to 100; None is Imgur's default, 50. Documented, but not seen in any
        recorded answer: Imgur may return 50 all the same.
    until_known : iterable, Series, DataFrame or None
        Assumes the order newest first, but accounts may reorder albums. Ids (or a frame with
        ``id``) that you already have: loads the list from its newest row and stops at the first
        of them, which takes a page or two if little is new. All rows of the loaded pages are in
        the frame, with current values for the known ones: ``new[~new["id"].isin(old["id"])]``
        leaves those out.
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
        One row per album, columns as ``imd.schema("album")``.
        ``listing`` and ``rank`` give its place in the list.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name, or a value that Imgur does not know.
    AuthenticationRequired
        Before any request: ``"me"`` without a sign-in.
    NotFound
        There is no such account.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Account albums (U6): 50 a page; hidden and secret ones for the owner
    only.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     rows = imd.load_account_albums(session.sandbox.account)
    >>> rows["privacy"].dtype.name
    'str'
    """
    return Pull(
        "account_albums",
        username=username,
        pages=pages,
        per_page=per_page,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_account_images(
    username: str = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    per_page: int | None = None,
    progress: bool | None = None,
    max_age: Any = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the images of an account; Imgur shows them to their owner only.

    Parameters
    ----------
    username : str
        User name; ``"me"`` is the signed-in account.
    pages : int, range, list of int or None
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit per page.
    per_page : int or None
        Rows per page, 1 to 100; None is Imgur's default, 50. Documented, but not seen in any
        recorded answer: Imgur may return 50 all the same.
    until_known : iterable, Series, DataFrame or None
        Ids (or a frame with ``id``) that you already have: loads the list from its newest row and
        stops at the first of them, which takes a page or two if little is new. All rows of the
        loaded pages are in the frame, with current values for the known ones:
        ``new[~new["id"].isin(old["id"])]`` leaves those out.
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
        One row per image, columns as ``imd.schema("image")``.
        ``listing`` and ``rank`` give its place in the list.

    Raises
    ------
    InvalidArgument
        Before any request: an invalid user name, or a value that Imgur does not know.
    AuthenticationRequired
        Before any request: without a sign-in, since Imgur shows this to its owner only.
    NotFound
        There is no such account.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Account images (U2): 50 a page.

    Examples
    --------
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     with imd.connect(sandbox=sandbox, token=token):
    ...         images = imd.load_account_images()
    >>> images["type"].dtype.name
    'str'
    """
    return Pull(
        "account_images",
        username=username,
        pages=pages,
        per_page=per_page,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_credits(
    *, progress: bool | None = None, max_age: Any = None, session: ImgurSession | None = None
) -> pd.DataFrame:
    """Load the current credits from Imgur.

    Always requested, never cached. ``session.credits.now()`` returns the known values without a
    request.

    Parameters
    ----------
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Without effect here: this answer is never cached.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row: ``user_limit, user_remaining, user_reset_at, client_limit, client_remaining,
        client_reset_at, fetched_at``.

    Notes
    -----
    Source: API reference, Credits (X1). Whether the request costs a credit is not documented; the
    ledger counts one.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     int(imd.load_credits()["user_limit"].item())
    500
    """
    return Pull("credits").run(session, progress=progress, max_age=max_age)
