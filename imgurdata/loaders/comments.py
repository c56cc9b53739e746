"""What is said: comment trees, single comments, replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_comment", "load_comments", "load_replies"]


def load_comments(
    ids: Any,
    sort: str = "best",
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load all comments of posts, with their trees flattened into rows.

    Parameters
    ----------
    ids : str, iterable, Series or DataFrame
        A post's id or link, an iterable or Series of them, or a frame of posts. One credit per
        post, whole tree included; several posts are requested in parallel.
    sort : str or None
        Order of the top level and of each level of replies: ``"best"``, ``"top"``, ``"new"``.
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
        One row per comment, columns as ``imd.schema("comment")``: post by post, each tree in
        reading order (``position``), a comment before its replies. ``parent_id`` is NA at the top;
        ``root_id, depth, n_children`` come from the tree. Deleted comments stay, as ``deleted``,
        with author NA. ``points`` is as sent, which is not always ups minus downs. Missing
        posts are listed in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: an argument that holds no id, or an unknown sort.
    NotFound
        The single post does not exist, or none of several does.
    ImgurDataError
        With ``.partial``: the trees before the first that failed.

    Notes
    -----
    Source: API reference, Gallery comments (G15) and Comment; trees are never paged.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("top", window="week").head(3)
    ...     comments = imd.load_comments(posts)
    >>> comments["post_id"].nunique(), int(comments["depth"].min())
    (3, 0)
    """
    return Pull("comments", ids=ids, sort=sort).run(session, progress=progress, max_age=max_age)


def load_comment(
    ids: Any,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load single comments by their ids, without their replies.

    Parameters
    ----------
    ids : int, str, iterable, Series or DataFrame
        A comment's id (a number) or link, an iterable or Series of them, or a frame with a column
        ``id``. One credit each.
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
        One row per comment, columns as ``imd.schema("comment")``; the places in a tree
        (``root_id, depth, position, n_children``) is NA.

    Raises
    ------
    InvalidArgument
        Before any request: an argument is not the id of a comment.
    NotFound
        The single comment does not exist, or none of several does. Imgur answers with
        status 200 and a sentence.

    Notes
    -----
    Source: API reference, Comment (C1); the missing comment: a recorded answer of 2017.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     post = imd.load_gallery("top", window="week").head(1)
    ...     some = imd.load_comments(post).head(2)
    ...     again = imd.load_comment(some)
    >>> bool((again["comment"] == some["comment"]).all())
    True
    """
    return Pull("comment", ids=ids).run(session, progress=progress, max_age=max_age)


def load_replies(
    id: Any,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load a comment and all replies below it.

    Parameters
    ----------
    id : int or str
        The comment's id (a number) or link. One credit, whole tree included.
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
        One row per comment, the requested one first; columns as ``imd.schema("comment")``. Here
        ``root_id`` and ``depth`` count from that comment, wherever it stands in its thread.

    Raises
    ------
    InvalidArgument
        Before any request: the argument is not the id of a comment.
    NotFound
        There is no such comment.

    Notes
    -----
    Source: API reference, Comment replies (C2).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     comments = imd.load_comments(imd.load_gallery("top", window="week").head(1))
    ...     busiest = comments.nlargest(1, "n_children")["id"].item()
    ...     thread = imd.load_replies(busiest)
    >>> bool(thread["id"].iloc[0] == busiest), int(thread["depth"].iloc[0])
    (True, 0)
    """
    return Pull("replies", id=id).run(session, progress=progress, max_age=max_age)
