"""``sign_in`` and its kin: in a notebook with the widget, in a terminal with text."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from getpass import getpass
from typing import Any

from imgurdata.auth.flow import REDIRECT_URL, SignInFlow
from imgurdata.auth.token import Secret, Token
from imgurdata.client.session import ImgurSession
from imgurdata.client.signing import flow_of, session_or_current
from imgurdata.errors import InvalidArgument, NoToken

__all__ = ["in_kernel", "sign_in", "sign_in_with_tokens", "sign_out"]

#: What may stand in a header.
_POSSIBLE = re.compile(r"[!-~]*")


def sign_in(
    wait: float = 300,
    session: ImgurSession | None = None,
    *,
    redirect_url: str = REDIRECT_URL,
    remember: bool = False,
    paste: bool = False,
) -> ImgurSession:
    """Sign in, and come back when that is done.

    In a notebook it shows :class:`imgurdata.widgets.SignIn` and blocks the cell; in a terminal it
    prints the address to open. ``imd.widgets.SignIn()`` does the same without blocking.

    Parameters
    ----------
    wait
        Seconds that a person gets.
    session
        Signed in, in place; the newest session by default, a new one where there is none.
    redirect_url
        The address registered with Imgur.
    remember
        Keep the sign-in for ``imd.connect(account=...)``; needs a client secret.
    paste
        Don't wait for the redirect: ask for the address of the page that Imgur sends one to, in a
        field that shows and saves nothing. On a hub, Colab or over SSH, where the browser is on
        another machine.

    Returns
    -------
    ImgurSession
        The session, signed in.

    Raises
    ------
    Denied, TimedOut, StateMismatch, SignInError
        It did not come to a token.
    InvalidToken
        It did, and Imgur does not take it.
    MissingClientId, InvalidArgument
        It can't begin: no client id, no such address, ``remember`` without a client secret.

    Notes
    -----
    Costs one credit. Where the port of ``redirect_url`` is taken, the address is asked for as with
    ``paste=True``. A pasted address is no argument on purpose: it would stand in the notebook.

    Source: API reference, OAuth.

    Examples
    --------
    It waits for a person, so this is not run by the tests of the documentation:

    >>> session = imd.sign_in(wait=300)  # doctest: +SKIP
    """
    session = session_or_current(session)
    if isinstance(wait, bool) or not isinstance(wait, (int, float)) or not wait > 0:
        raise InvalidArgument(f"wait={wait!r} is not possible: seconds, more than 0.")
    if in_kernel():
        from imgurdata.widgets import SignIn  # brings the widgets: only where one can live

        widget = SignIn(session, redirect_url, remember, timeout=wait)
        _see_through(widget.flow, paste, lambda: _display(widget))
    else:
        flow = flow_of(session, redirect_url=redirect_url, remember=remember, timeout=wait)
        _see_through(flow, paste, lambda: _print_address(flow, paste))
        _say(flow.view.text)
    return session


def _see_through(flow: SignInFlow, paste: bool, show: Callable[[], None]) -> None:
    """See a sign-in through; raises what it failed with."""
    # Before anything is shown: no message from the page may arrive while the cell blocks.
    flow.start()
    try:
        show()
        if paste or flow.view.status == "pasting":
            _ask_for_address(flow)
        try:
            _until_over(flow)
        except KeyboardInterrupt:
            if in_kernel():
                raise
            # In a terminal there is no box: Ctrl-C leads to it, a second one out.
            _ask_for_address(flow)
            _until_over(flow)
    except BaseException:
        flow.cancel()
        raise
    if flow.error is not None:
        raise flow.error


def _until_over(flow: SignInFlow) -> None:
    # In short steps: one long wait can't be interrupted on every system.
    while not flow.wait(1.0):
        pass


def _ask_for_address(flow: SignInFlow) -> None:
    """Ask for the address until it fits; Enter alone stops the sign-in."""
    while flow.view.is_waiting:
        text = Secret(getpass("Paste the address (Enter: stop): "))
        if not text.reveal().strip():
            flow.cancel()
        elif not flow.submit(text) and flow.view.is_waiting:
            _say(flow.view.text)


def _display(widget: Any) -> None:
    from IPython.display import display

    display(widget)  # type: ignore[no-untyped-call]


def _print_address(flow: SignInFlow, paste: bool) -> None:
    _say(f"Open this page and allow access:\n\n  {flow.view.url}\n")
    if not paste:
        _say(flow.view.text)
    if flow.view.status == "waiting" and not paste:
        _say("If nothing comes back: Ctrl-C, and paste the address of the page you were sent to.")


def _say(text: str) -> None:
    # A dialogue, not a log; in a terminal beside what may be piped on.
    print(text, file=sys.stdout if in_kernel() else sys.stderr, flush=True)


def in_kernel() -> bool:
    """Whether this runs in a notebook's kernel, which can show widgets."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def sign_in_with_tokens(
    session: ImgurSession | None = None, *, remember: bool = False
) -> ImgurSession:
    """Sign in with tokens that one has, asked for in fields that show and save nothing.

    Parameters
    ----------
    session
        Signed in, in place; the newest session by default, a new one where there is none.
    remember
        Keep the sign-in for ``imd.connect(account=...)``; needs a client secret and the refresh
        token.

    Returns
    -------
    ImgurSession
        The session, signed in.

    Raises
    ------
    InvalidToken
        Imgur does not take the token.
    NoToken
        None was given.
    InvalidArgument
        What was given can't be a token; ``remember`` without a client secret or refresh token.

    Notes
    -----
    With a client secret and a refresh token, the access token may be left empty. Costs one credit.

    Source: API reference, State of OAuth in practice.

    Examples
    --------
    It asks a person, so this is not run by the tests of the documentation:

    >>> session = imd.sign_in_with_tokens()  # doctest: +SKIP
    """
    session = session_or_current(session)
    access = Secret(getpass("Access token: ").strip())
    renewal = Secret(getpass("Refresh token (Enter: none): ").strip())
    name = session.sign_in(_pasted(access, renewal, session), remember=remember)
    _say(f"Signed in as {name}")
    return session


def _pasted(access: Secret, renewal: Secret, session: ImgurSession) -> Token:
    """The token of what was typed; refused before anything is sent where it can't be one."""
    for name, text in (("access", access), ("refresh", renewal)):
        if not _POSSIBLE.fullmatch(text.reveal()):
            raise InvalidArgument(
                f"The {name} token is not possible: it holds a space or a letter that no token has."
            )
    if not access and not (renewal and session.credentials.client_secret):
        raise NoToken(
            "No access token was given; a refresh token alone needs the client secret, too "
            "(connect(client_secret=...))."
        )
    return Token(access, refresh_token=renewal or None)


def sign_out(session: ImgurSession | None = None) -> ImgurSession:
    """Return the session to its Client-ID, and forget the sign-in where it was remembered.

    Parameters
    ----------
    session
        The newest session by default.

    Returns
    -------
    ImgurSession
        The session, which asks as the application now.

    Raises
    ------
    MissingClientId
        The session has a token only.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     _ = session.sign_in(session.sandbox.issue_token(session.sandbox.account))
    ...     imd.sign_out().identity.kind
    'client'
    """
    session = session_or_current(session)
    session.sign_out()
    return session
