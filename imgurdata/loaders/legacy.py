"""Loaders of what Imgur has left behind: topics, memes, custom galleries, conversations.

They work where Imgur still answers, and warn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = [
    "load_conversations",
    "load_custom_gallery",
    "load_memes",
    "load_messages",
    "load_topic",
    "load_topics",
]


def load_topics(
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the topics of the gallery.

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
        One row per topic, columns as ``imd.schema("topic")``.

    Raises
    ------
    NotFound
        Imgur does not answer this any more.

    Warns
    -----
    DeprecationWarning
        Imgur has left this endpoint behind; the warning says what is known of it.

    Notes
    -----
    Source: API reference, Topics (T1); recorded answers of 2016.

    Examples
    --------
    >>> import warnings
    >>> import imgurdata as imd
    >>> warnings.simplefilter("ignore", DeprecationWarning)
    >>> with imd.connect(sandbox=True):
    ...     topics = imd.load_topics()
    >>> topics["name"].is_unique
    True
    """
    return Pull("topics").run(session, progress=progress, max_age=max_age)


def load_topic(
    topic: Any,
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
    """Load the posts of a topic.

    Parameters
    ----------
    topic : str or int
        Its name or number, as in :func:`load_topics`.
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
        One row per post, columns as ``imd.schema("post")``.

    Raises
    ------
    InvalidArgument
        Before any request: no topic, or a value that Imgur does not know or would ignore.
    NotFound
        There is no such topic, or Imgur does not answer this any more.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Warns
    -----
    DeprecationWarning
        Imgur has left this endpoint behind; the warning says what is known of it.

    Notes
    -----
    Source: API reference, Topics (T2); recorded answers of 2016.

    Examples
    --------
    >>> import warnings
    >>> import imgurdata as imd
    >>> warnings.simplefilter("ignore", DeprecationWarning)
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_topic(imd.load_topics()["name"].iloc[0])
    >>> posts["rank"].is_monotonic_increasing
    True
    """
    return Pull(
        "topic",
        topic=topic,
        sort=sort,
        window=window,
        pages=pages,
        nested=nested,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_memes(
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
    """Load posts of the memes gallery.

    Parameters
    ----------
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
        One row per post, columns as ``imd.schema("post")``.

    Raises
    ------
    InvalidArgument
        Before any request: a value that Imgur does not know or would ignore.
    NotFound
        Imgur does not answer this any more.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Warns
    -----
    DeprecationWarning
        Imgur has left this endpoint behind; the warning says what is known of it.

    Notes
    -----
    Source: API reference, Memes gallery (G19); a recorded answer of 2016.

    Examples
    --------
    >>> import warnings
    >>> import imgurdata as imd
    >>> warnings.simplefilter("ignore", DeprecationWarning)
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_memes()
    >>> posts["listing"].unique().tolist()
    ['g/memes/viral']
    """
    return Pull(
        "memes",
        sort=sort,
        window=window,
        pages=pages,
        nested=nested,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_custom_gallery(
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
    """Load posts of the signed-in account's own gallery, made of tags it chose.

    Parameters
    ----------
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
        One row per post, columns as ``imd.schema("post")``.

    Raises
    ------
    InvalidArgument
        Before any request: a value that Imgur does not know or would ignore.
    AuthenticationRequired
        Before any request: without a sign-in.
    NotFound
        Imgur does not answer this any more.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Warns
    -----
    DeprecationWarning
        Imgur has left this endpoint behind; the warning says what is known of it.

    Notes
    -----
    Source: API reference, Custom gallery (K1); a recorded answer of 2016.

    Examples
    --------
    >>> import warnings
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> warnings.simplefilter("ignore", DeprecationWarning)
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     with imd.connect(sandbox=sandbox, token=token):
    ...         posts = imd.load_custom_gallery()
    >>> posts["id"].dtype.name
    'str'
    """
    return Pull(
        "custom_gallery",
        sort=sort,
        window=window,
        pages=pages,
        nested=nested,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)


def load_conversations(
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the conversations of the signed-in account.

    Always requested, never cached.

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
        One row per conversation, columns as ``imd.schema("conversation")``.

    Raises
    ------
    AuthenticationRequired
        Before any request: without a sign-in.
    NotFound
        Imgur does not answer this any more.

    Warns
    -----
    DeprecationWarning
        Imgur has left this endpoint behind; the warning says what is known of it.

    Notes
    -----
    Source: API reference, Conversations (V1); recorded answers of 2014 and 2016.

    Examples
    --------
    >>> import warnings
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> warnings.simplefilter("ignore", DeprecationWarning)
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     with imd.connect(sandbox=sandbox, token=token):
    ...         conversations = imd.load_conversations()
    >>> conversations["id"].dtype.name
    'Int64'
    """
    return Pull("conversations").run(session, progress=progress, max_age=max_age)


def load_messages(
    conversation: Any,
    *,
    pages: int | range | Sequence[int] | None = 1,
    until_known: Any = None,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the messages of a conversation of the signed-in account.

    Always requested, never cached.

    Parameters
    ----------
    conversation : int or str
        Number of the conversation: ``id`` in :func:`load_conversations`.
    pages : int, range, list of int or None
        How many pages of 25 messages (an int: the first n), which (a range or list, from 0, which
        is the newest), or None for all there are. One credit per page.
    until_known : iterable, Series, DataFrame or None
        Ids (or a frame with ``id``) that you already have: loads from the newest page and stops
        where the known messages begin.
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Without effect here: this answer is never cached.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per message, columns as ``imd.schema("message")``; within a page the newest
        message comes last, as Imgur sends it.

    Raises
    ------
    InvalidArgument
        Before any request: no number of a conversation.
    AuthenticationRequired
        Before any request: without a sign-in.
    NotFound
        There is no such conversation, or Imgur does not answer this any more.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Warns
    -----
    DeprecationWarning
        Imgur has left this endpoint behind; the warning says what is known of it.

    Notes
    -----
    Source: API reference, Conversations (V2), where pages begin at 1; recorded answers of 2014 and
    2016.

    Examples
    --------
    >>> import warnings
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> warnings.simplefilter("ignore", DeprecationWarning)
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     with imd.connect(sandbox=sandbox, token=token):
    ...         newest = imd.load_conversations().head(1)
    ...         messages = imd.load_messages(newest["id"].item())
    >>> messages["body"].dtype.name
    'str'
    """
    return Pull(
        "messages",
        conversation=conversation,
        pages=pages,
        until_known=until_known,
    ).run(session, progress=progress, max_age=max_age)
