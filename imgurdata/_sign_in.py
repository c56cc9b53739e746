"""Sign in and out: in a notebook with the widget, in a terminal with text."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from getpass import getpass

from imgurdata._addresses import REDIRECT_URL
from imgurdata._connect import session_or_current
from imgurdata._format import printable
from imgurdata._secret import Secret, checked_secret
from imgurdata._validate import boolean, positive_seconds
from imgurdata.auth.flow import MAX_TIMEOUT, SignInFlow
from imgurdata.auth.token import Token
from imgurdata.errors import NoToken, SignInError
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
    wait : float, default 300
        Seconds that a person has to sign in, at most a day.
    session : ImgurSession, optional
        Session to sign in, in place; by default the newest, or a new one.
    redirect_url : str, default "http://localhost:28080/callback"
        Address that is registered with Imgur.
    remember : bool, default False
        Store the sign-in for ``imd.connect(account=...)``; needs a client secret.
    paste : bool, default False
        Ask for the address of the page that Imgur redirects to, in a field that shows and saves
        nothing, instead of waiting for the redirect. For a hub, Colab or SSH, where the browser
        is on another machine.

    Returns
    -------
    ImgurSession
        The session, signed in.

    Raises
    ------
    Denied, TimedOut, StateMismatch, SignInError
        There was no token, or there is no terminal in which to ask for the address.
    InvalidToken
        Imgur refuses the token.
    MissingClientId, InvalidArgument
        There is no client id, an argument is invalid, or ``remember`` without a client secret.

    Notes
    -----
    Costs one credit. If the port of ``redirect_url`` is taken, it asks for the address as with
    ``paste=True``. There is no argument for the address: it would be saved in the notebook.

    Source: API reference, OAuth.

    Examples
    --------
    It waits for a person, so this is not run by the tests of the documentation:

    >>> session = imd.sign_in(wait=300)  # doctest: +SKIP
    """
    wait = positive_seconds("wait", wait, example="300", most=MAX_TIMEOUT)
    paste = boolean("paste", paste)
    session = session_or_current(session)
    if in_kernel():
        from IPython.display import display

        from imgurdata.widgets import SignIn

        widget = SignIn(session, redirect_url, remember, timeout=wait)
        _run(widget.flow, paste, lambda: display(widget))  # type: ignore[no-untyped-call]
    else:
        flow = session.sign_in_flow(redirect_url=redirect_url, remember=remember, timeout=wait)
        _run(flow, paste, lambda: _print_address(flow, paste))
        _print(printable(flow.view.text))
    return session


def _run(flow: SignInFlow, paste: bool, show: Callable[[], None]) -> None:
    """Run a sign-in to its end; raise its error if it failed."""
    try:
        # Before anything is displayed: no message of the page may arrive while the cell blocks.
        flow.start()
        show()
        if paste or flow.view.status == "pasting":
            _prompt_for_address(flow)
        try:
            flow.wait()
        except KeyboardInterrupt:
            if in_kernel():
                raise
            # A terminal has no paste box: the first Ctrl-C asks for the address, a second one ends.
            _prompt_for_address(flow)
            flow.wait()
    except BaseException:
        flow.cancel()
        raise
    if flow.error is not None:
        raise flow.error


def _prompt_for_address(flow: SignInFlow) -> None:
    """Ask for the address until it is valid; an empty one stops the sign-in."""
    while flow.view.is_waiting:
        text = _prompt("Paste the address (Enter: stop): ")
        if not text.reveal().strip():
            flow.cancel()
        elif not flow.submit(text) and flow.view.is_waiting:
            _print(printable(flow.view.text))


def _prompt(prompt: str) -> Secret:
    """Ask for a secret in a field that shows and saves nothing."""
    with contextlib.suppress(Exception):  # substitutes of a terminal may raise anything
        return Secret(getpass(prompt))
    raise SignInError(
        "There is no terminal to ask in, or its input has ended. In a script, give a token: "
        "imd.connect(token=...) or $IMGUR_ACCESS_TOKEN. To sign in: imd.widgets.SignIn() "
        "in a notebook, or imgurdata sign-in in a terminal."
    )


def _print_address(flow: SignInFlow, paste: bool) -> None:
    _print(f"Open this page and allow access:\n\n  {flow.view.url}\n")
    if not paste:
        _print(printable(flow.view.text))
    if flow.view.status == "waiting" and not paste:
        _print("If nothing comes back: Ctrl-C, and paste the address of the page you were sent to.")


def _print(text: str) -> None:
    # In a terminal to stderr: stdout may be piped to another program.
    print(text, file=sys.stdout if in_kernel() else sys.stderr, flush=True)


def in_kernel() -> bool:
    """Return whether this process is a notebook's kernel, which can display widgets."""
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
        Session to sign in, in place; by default the newest, or a new one.
    remember : bool, default False
        Store the sign-in for ``imd.connect(account=...)``; needs a client secret and the refresh
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
        No token was entered.
    SignInError
        There is no terminal in which to ask.
    InvalidArgument
        A token is malformed, or ``remember`` without a client secret or refresh token.

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
    session.check_can_sign_in(remember)
    access = checked_secret("The access token", _prompt("Access token: "))
    renewal = checked_secret("The refresh token", _prompt("Refresh token (Enter: none): "))
    if access is None and not (renewal and session.credentials.client_secret):
        raise NoToken(
            "No access token was given; a refresh token alone needs the client secret, too "
            "(connect(client_secret=...))."
        )
    name = session.sign_in(Token(access or Secret(""), refresh_token=renewal), remember=remember)
    _print(f"Signed in as {printable(name)}")
    return session


def sign_out(session: ImgurSession | None = None) -> ImgurSession:
    """Return the session to its Client-ID, and delete the sign-in if it was remembered.

    Parameters
    ----------
    session : ImgurSession, optional
        The newest session by default.

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
