"""Who says it: accounts, and what is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import load

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = [
    "load_account",
    "load_account_albums",
    "load_account_comments",
    "load_account_counts",
    "load_account_images",
    "load_account_submissions",
]


def load_account(
    usernames: Any = "me",
    *,
    progress: bool | None = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Accounts by their names.

    Parameters
    ----------
    usernames
        A name or a link to a user's page, an iterable or Series of them, or a frame with a column
        ``url``, ``account_url`` or ``author`` (posts, comments); ``"me"`` is whoever is signed in.
        One credit each; a name given twice is asked once.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row an account, columns as ``imd.schema("account")``. Names that Imgur does not have
        are in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: something is not a user name.
    AuthenticationRequired
        Before any request: ``"me"`` without a sign-in.
    NotFound
        The one account asked for does not exist, or none of several does.

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
    return load("account", session, progress, usernames=usernames)


def load_account_counts(
    username: str = "me", *, session: ImgurSession | None = None
) -> pd.DataFrame:
    """How many images, albums and comments an account has in all.

    Parameters
    ----------
    username
        Whose; ``"me"`` is whoever is signed in. Two credits, three for ``"me"``.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row, columns as ``imd.schema("account_counts")``: ``account_url, images, albums,
        comments, fetched_at``. Images are told to their owner only: NA for others.

    Raises
    ------
    InvalidArgument
        Before any request: no user name.
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
    (1, 5)
    """
    return load("account_counts", session, False, username=username)


def load_account_submissions(
    username: Any = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    sort: str = "newest",
    progress: bool | None = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """What an account submitted to the gallery.

    Parameters
    ----------
    username
        Whose; ``"me"`` is whoever is signed in. Several (an iterable or Series of names or links,
        a frame with ``account_url`` or ``author``) are loaded one after the other, each list with
        ranks of its own; who is not there, or shows nothing, is in
        ``attrs["imgurdata"]["missing"]``, and the rest comes.
    pages
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit a page.
    sort
        ``"newest"``, ``"oldest"``, ``"best"`` or ``"worst"``.
    until_known
        With ``sort="newest"`` only. Ids (or a frame with ``id``) that you have already: walks the
        list from its newest row and stops where they begin, which takes a page or two where little
        is new. The rows of the pages that were loaded are all in the frame, the known ones among
        them too (they are paid, and tell today's numbers): ``new[~new["id"].isin(old["id"])]``
        leaves them out.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row a post, columns as ``imd.schema("post")``.
        ``listing`` and ``rank`` say where it stood.

    Raises
    ------
    InvalidArgument
        Before any request: no user name, or a value Imgur does not know.
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
    return load(
        "account_submissions",
        session,
        progress,
        username=username,
        pages=pages,
        sort=sort,
        until_known=until_known,
    )


def load_account_comments(
    username: Any = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    sort: str = "newest",
    per_page: int | None = None,
    progress: bool | None = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """What an account has said.

    Parameters
    ----------
    username
        Whose; ``"me"`` is whoever is signed in. Several (an iterable or Series of names or links,
        a frame with ``account_url`` or ``author``) are loaded one after the other, each list with
        ranks of its own; who is not there, or shows nothing, is in
        ``attrs["imgurdata"]["missing"]``, and the rest comes.
    pages
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit a page.
    sort
        ``"newest"``, ``"oldest"``, ``"best"`` or ``"worst"``.
    per_page
        Rows a page, 1 to 100; None is Imgur's default, 50. Documented, but no recorded answer
        shows it: Imgur may give 50 all the same.
    until_known
        With ``sort="newest"`` only. Ids (or a frame with ``id``) that you have already: walks the
        list from its newest row and stops where they begin, which takes a page or two where little
        is new. The rows of the pages that were loaded are all in the frame, the known ones among
        them too (they are paid, and tell today's numbers): ``new[~new["id"].isin(old["id"])]``
        leaves them out.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row a comment, columns as ``imd.schema("comment")``.
        The list is flat: ``root_id, depth, position, n_children`` are NA. ``listing`` and ``rank``
        say where it stood.

    Raises
    ------
    InvalidArgument
        Before any request: no user name, or a value Imgur does not know.
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
    return load(
        "account_comments",
        session,
        progress,
        username=username,
        pages=pages,
        sort=sort,
        per_page=per_page,
        until_known=until_known,
    )


def load_account_albums(
    username: Any = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    per_page: int | None = None,
    progress: bool | None = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Albums of an account, as far as one may see them.

    Parameters
    ----------
    username
        Whose; ``"me"`` is whoever is signed in. Several (an iterable or Series of names or links,
        a frame with ``account_url`` or ``author``) are loaded one after the other, each list with
        ranks of its own; who is not there, or shows nothing, is in
        ``attrs["imgurdata"]["missing"]``, and the rest comes.
    pages
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit a page.
    per_page
        Rows a page, 1 to 100; None is Imgur's default, 50. Documented, but no recorded answer
        shows it: Imgur may give 50 all the same.
    until_known
        Taken to be newest first; an account may order its albums by hand. Ids (or a frame with
        ``id``) that you have already: walks the list from its newest row and stops where they
        begin, which takes a page or two where little is new. The rows of the pages that were
        loaded are all in the frame, the known ones among them too (they are paid, and tell today's
        numbers): ``new[~new["id"].isin(old["id"])]`` leaves them out.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row an album, columns as ``imd.schema("album")``.
        ``listing`` and ``rank`` say where it stood.

    Raises
    ------
    InvalidArgument
        Before any request: no user name, or a value Imgur does not know.
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
    return load(
        "account_albums",
        session,
        progress,
        username=username,
        pages=pages,
        per_page=per_page,
        until_known=until_known,
    )


def load_account_images(
    username: str = "me",
    *,
    pages: int | range | Sequence[int] | None = 1,
    per_page: int | None = None,
    progress: bool | None = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Images of an account; Imgur shows them to their owner only.

    Parameters
    ----------
    username
        Whose; ``"me"`` is whoever is signed in.
    pages
        How many pages (an int: the first n), which (a range or list, from 0), or None for all
        there are. One credit a page.
    per_page
        Rows a page, 1 to 100; None is Imgur's default, 50. Documented, but no recorded answer
        shows it: Imgur may give 50 all the same.
    until_known
        Ids (or a frame with ``id``) that you have already: walks the list from its newest row and
        stops where they begin, which takes a page or two where little is new. The rows of the
        pages that were loaded are all in the frame, the known ones among them too (they are paid,
        and tell today's numbers): ``new[~new["id"].isin(old["id"])]`` leaves them out.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row an image, columns as ``imd.schema("image")``.
        ``listing`` and ``rank`` say where it stood.

    Raises
    ------
    InvalidArgument
        Before any request: no user name, or a value Imgur does not know.
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
    return load(
        "account_images",
        session,
        progress,
        username=username,
        pages=pages,
        per_page=per_page,
        until_known=until_known,
    )
