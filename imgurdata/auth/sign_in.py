"""Signing in and out: in a notebook with the widget, in a terminal with text."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from getpass import getpass
from typing import Any

from imgurdata._addresses import REDIRECT_URL
from imgurdata._connect import session_or_current
from imgurdata._format import printable
from imgurdata._secret import Secret, checked_secret
from imgurdata._validate import boolean, duration, refuse
from imgurdata.auth.flow import LONGEST_TIMEOUT, TIMEOUT, SignInFlow
from imgurdata.auth.token import Token
from imgurdata.errors import InvalidArgument, NoToken, SignInError
from imgurdata.http.session import ImgurSession

__all__ = ["in_kernel", "sign_in", "sign_in_with_tokens", "sign_out"]


def sign_in(
    wait: float = 300,
    session: ImgurSession | None = None,
    *,
    redirect_url: str = REDIRECT_URL,
    remember: bool = False,
    paste: bool = False,
) -> ImgurSession:
    """Sign in, and return when that is done.

    In a notebook it shows :class:`imgurdata.widgets.SignIn` and blocks the cell; in a terminal it
    prints the address to open. ``imd.widgets.SignIn()`` does the same without blocking.

    Parameters
    ----------
    wait : float
        Seconds that a person gets, at most a day.
    session : ImgurSession, optional
        Signed in, in place; the newest session by default, a new one where there is none.
    redirect_url : str
        The address registered with Imgur.
    remember : bool
        Keep the sign-in for ``imd.connect(account=...)``; needs a client secret.
    paste : bool
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
        It did not come to a token, or there is no terminal in which to ask for the address.
    InvalidToken
        It did, and Imgur refuses it.
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
    wait, paste = _wait(wait), boolean("paste", paste)
    session = session_or_current(session)
    if in_kernel():
        from imgurdata.widgets import SignIn  # brings the widgets: only where one can live

        widget = SignIn(session, redirect_url, remember, timeout=wait)
        _see_through(widget.flow, paste, lambda: _display(widget))
    else:
        flow = flow_of(session, redirect_url=redirect_url, remember=remember, timeout=wait)
        _see_through(flow, paste, lambda: _print_address(flow, paste))
        _say(printable(flow.view.text))
    return session


def _wait(wait: Any) -> float:
    seconds = duration("wait", wait, example="300", most=LONGEST_TIMEOUT)
    if seconds <= 0:
        refuse("wait", "more than 0 seconds", wait)
    return seconds


def _see_through(flow: SignInFlow, paste: bool, show: Callable[[], None]) -> None:
    """See a sign-in through.

    Raises
    ------
    ImgurDataError
        What it failed with.
    """
    try:
        # Before anything is shown: no message from the page may arrive while the cell blocks.
        flow.start()
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
        text = _ask("Paste the address (Enter: stop): ")
        if not text.reveal().strip():
            flow.cancel()
        elif not flow.submit(text) and flow.view.is_waiting:
            _say(printable(flow.view.text))


def _ask(prompt: str) -> Secret:
    """Ask in a field that shows and saves nothing.

    Raises
    ------
    SignInError
        Nobody can be asked here.
    """
    with contextlib.suppress(Exception):  # what stands for a terminal may raise anything
        return Secret(getpass(prompt))
    raise SignInError(
        "Nobody can be asked here: there is no terminal, or its input has ended. In a script, give "
        "a token: imd.connect(token=...) or $IMGUR_ACCESS_TOKEN. To sign in: imd.widgets.SignIn() "
        "in a notebook, or imgurdata sign-in in a terminal."
    )


def _display(widget: Any) -> None:
    from IPython.display import display

    display(widget)  # type: ignore[no-untyped-call]


def _print_address(flow: SignInFlow, paste: bool) -> None:
    _say(f"Open this page and allow access:\n\n  {flow.view.url}\n")
    if not paste:
        _say(printable(flow.view.text))
    if flow.view.status == "waiting" and not paste:
        _say("If nothing comes back: Ctrl-C, and paste the address of the page you were sent to.")


def _say(text: str) -> None:
    # A dialogue, not a log; in a terminal beside what may be piped on.
    print(text, file=sys.stdout if in_kernel() else sys.stderr, flush=True)


def in_kernel() -> bool:
    """Return whether this runs in a notebook's kernel, which can show widgets."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def sign_in_with_tokens(
    session: ImgurSession | None = None, *, remember: bool = False
) -> ImgurSession:
    """Sign in with tokens that you have, asked for in fields that show and save nothing.

    Parameters
    ----------
    session : ImgurSession, optional
        Signed in, in place; the newest session by default, a new one where there is none.
    remember : bool
        Keep the sign-in for ``imd.connect(account=...)``; needs a client secret and the refresh
        token.

    Returns
    -------
    ImgurSession
        The session, signed in.

    Raises
    ------
    InvalidToken
        Imgur refuses the token.
    NoToken
        None was given.
    SignInError
        There is no terminal in which to ask.
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
    remember = boolean("remember", remember)
    session = session_or_current(session)
    session.check_open()
    if session.offline:
        raise InvalidArgument("This session is offline: connect() without offline=True.")
    if remember:
        session.credentials.check_can_remember()
    access = checked_secret("The access token", _ask("Access token: "))
    renewal = checked_secret("The refresh token", _ask("Refresh token (Enter: none): "))
    if access is None and not (renewal and session.credentials.client_secret):
        raise NoToken(
            "No access token was given; a refresh token alone needs the client secret, too "
            "(connect(client_secret=...))."
        )
    name = session.sign_in(Token(access or Secret(""), refresh_token=renewal), remember=remember)
    _say(f"Signed in as {printable(name)}")
    return session


def sign_out(session: ImgurSession | None = None) -> ImgurSession:
    """Return the session to its Client-ID, and forget the sign-in where it was remembered.

    Parameters
    ----------
    session : ImgurSession, optional
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


def flow_of(
    session: ImgurSession,
    *,
    redirect_url: str = REDIRECT_URL,
    remember: bool = False,
    timeout: float = TIMEOUT,
) -> SignInFlow:
    """Return a sign-in that ends in this session.

    Raises
    ------
    MissingClientId
        The session has no client id.
    InvalidArgument
        An argument cannot be; ``remember`` without a client secret; an offline session.
    """
    if session.offline:
        raise InvalidArgument("This session is offline: connect() without offline=True.")
    remember = boolean("remember", remember)
    credentials = session.credentials
    client_id = credentials.require_client_id()
    if remember:
        credentials.check_can_remember()

    def accept(token: Token) -> str:
        return session.sign_in(token, remember=remember)

    return SignInFlow(
        client_id,
        accept,
        base_url=credentials.auth_url,
        redirect_url=redirect_url,
        timeout=timeout,
        signed_in_as=session.username,
    )
