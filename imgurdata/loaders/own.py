"""Loaders of what concerns one person: settings, notifications, trophies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_account_settings", "load_notifications", "load_trophies"]


def load_account_settings(
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the settings of the signed-in account.

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
        One row, columns as ``imd.schema("account_settings")``. Mail addresses are masked:
        ``email`` holds the first letter, ``active_emails`` how many there are.

    Raises
    ------
    AuthenticationRequired
        Before any request: without a sign-in.

    Notes
    -----
    Source: API reference, Account settings (U17).

    Examples
    --------
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     with imd.connect(sandbox=sandbox, token=token):
    ...         settings = imd.load_account_settings()
    >>> settings["email"].str.endswith("***@***").item()
    True
    """
    return Pull("account_settings").run(session, progress=progress, max_age=max_age)


def load_notifications(
    new: bool = True,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the notifications of the signed-in account: replies to comments, and messages.

    Always requested, never cached. Imgur does not mark them as read when they are loaded.

    Parameters
    ----------
    new : bool
        Only those that were not read yet.
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Without effect here: this answer is never cached.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per notification, columns as ``imd.schema("notification")``; ``kind`` is
        ``"reply"`` or ``"message"``.

    Raises
    ------
    InvalidArgument
        Before any request: ``new`` is neither True nor False.
    AuthenticationRequired
        Before any request: without a sign-in.

    Notes
    -----
    Source: API reference, Notifications (N1); recorded answers of 2014 and 2016.

    Examples
    --------
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     with imd.connect(sandbox=sandbox, token=token):
    ...         notifications = imd.load_notifications(new=False)
    >>> notifications["kind"].isin(["reply", "message"]).all().item()
    True
    """
    return Pull("notifications", new=new).run(session, progress=progress, max_age=max_age)


def load_trophies(
    username: str = "me",
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load the trophies of an account.

    Parameters
    ----------
    username : str
        User name; ``"me"`` is the signed-in account. One credit.
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
        One row per trophy, columns as ``imd.schema("trophy")``.

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
    Source: API reference, Gallery profile (U18); a recorded answer of 2016 holds 55 trophies.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     trophies = imd.load_trophies(session.sandbox.account)
    >>> trophies["datetime"].dt.tz.key if len(trophies) else "UTC"
    'UTC'
    """
    return Pull("trophies", username=username).run(session, progress=progress, max_age=max_age)
