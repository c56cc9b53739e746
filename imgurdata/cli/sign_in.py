"""Commands ``sign-in`` and ``sign-out``."""

from __future__ import annotations

import argparse
import os
import warnings
from getpass import GetPassWarning, getpass
from typing import TYPE_CHECKING

import imgurdata as imd
from imgurdata._addresses import REDIRECT_URL
from imgurdata._format import plural
from imgurdata._secret import Secret
from imgurdata._validate import positive_seconds
from imgurdata.cli.options import APPLICATION, Commands, Parser, add_command
from imgurdata.cli.terminal import one_line
from imgurdata.errors import AuthenticationRequired, SignInError

if TYPE_CHECKING:
    from imgurdata.auth.store import SignInKey
    from imgurdata.http.auth import Credentials

__all__ = ["add_commands", "client_secret", "secret_of_account"]

#: Number of remembered sign-ins that are listed.
_MAX_LISTED = 10


def add_commands(commands: Commands[Parser]) -> None:
    """Add the commands of this module."""
    parser = add_command(
        commands, "sign-in", "Sign in, and remember it on this machine", _sign_in, APPLICATION,
        more="Opens nothing: it prints a link and takes the answer of your browser. Other commands "
        "then ask as this account with --account NAME.",
        examples="""
            imgurdata sign-in
            imgurdata sign-in --paste --redirect-url https://example.org/callback
            imgurdata sign-in --sandbox
        """,
    )  # fmt: skip
    parser.add_argument("--redirect-url", default=REDIRECT_URL, metavar="URL",
                        help="address registered with Imgur (%(default)s)")  # fmt: skip
    text = "ask for the address instead of listening"
    parser.add_argument("--paste", action="store_true", help=text)
    parser.add_argument("--tokens", action="store_true", help="ask for tokens that you have")
    parser.add_argument("--wait", default="300", metavar="SECONDS",
                        help="how long you have (%(default)s; 10min, too)")  # fmt: skip
    text = "try it, on an invented Imgur on this machine"
    parser.add_argument("--sandbox", action="store_true", help=text)

    parser = add_command(
        commands, "sign-out", "Forget a remembered sign-in", _sign_out, APPLICATION,
        usage="NAME",
        examples="imgurdata sign-out ann",
    )  # fmt: skip
    parser.add_argument("username", metavar="NAME", help="name of the account")


def _sign_in(options: argparse.Namespace) -> None:
    """Sign in and remember it, or try it on a sandbox."""
    wait = positive_seconds("--wait", options.wait, example="300 or 5min")
    if options.sandbox:
        with (
            imd.sandbox.Sandbox(redirect_url=options.redirect_url) as sandbox,
            imd.connect(sandbox=sandbox, client_secret=sandbox.client_secret) as session,
        ):
            _sign_in_session(session, wait, options, remember=False)
            print("The sandbox ends here, and this sign-in with it.")
        return
    with imd.connect(
        options.client_id, client_secret=client_secret(), base_url=options.base_url, cache="memory"
    ) as session:
        _sign_in_session(session, wait, options, remember=True)
        name = one_line(session.username or "")
        print(f"Kept in {session.credentials.store().location}. Use it with --account {name}; "
              f"forget it with: imgurdata sign-out {name}")  # fmt: skip


def _sign_in_session(
    session: imd.ImgurSession, wait: float, options: argparse.Namespace, *, remember: bool
) -> None:
    if options.tokens:
        imd.sign_in_with_tokens(session, remember=remember)
        return
    imd.sign_in(
        wait, session,
        redirect_url=options.redirect_url, remember=remember, paste=options.paste,
    )  # fmt: skip


def client_secret() -> Secret:
    """Return the client secret from the environment, or ask for it.

    A remembered sign-in is a refresh token, which Imgur takes with the client secret only.
    """
    known = os.environ.get("IMGUR_CLIENT_SECRET")
    if known:
        return Secret(known)
    with warnings.catch_warnings():
        # Without a terminal, getpass reads the standard input and warns that it may be shown.
        warnings.simplefilter("ignore", GetPassWarning)
        try:
            return Secret(getpass("Client secret: ").strip())
        except (EOFError, OSError, AttributeError):  # AttributeError: there is no sys.stdin
            raise SignInError(
                "The application's client secret is needed, and there is no terminal to ask for "
                "it: set $IMGUR_CLIENT_SECRET."
            ) from None


def secret_of_account(options: argparse.Namespace) -> Secret | None:
    """Return the client secret for ``--account``; it is asked for only where it is of use."""
    from imgurdata.model.names import parse_username  # imports pandas

    name = parse_username(options.account)
    credentials = _credentials(options)
    # Without a client id or a sign-in, connecting says what is missing.
    found = credentials.client_id and credentials.remembered(name)
    return client_secret() if found else None


def _credentials(options: argparse.Namespace) -> Credentials:
    """Return the application of the options, and where its sign-ins are kept."""
    # Offline, so that it needs no client id: a sign-in can be found without one.
    with imd.connect(
        options.client_id, base_url=options.base_url, cache="memory", offline=True
    ) as session:
        return session.credentials


def _sign_out(options: argparse.Namespace) -> None:
    """Delete a remembered sign-in."""
    from imgurdata.model.names import parse_username  # imports pandas

    name = parse_username(options.username)
    credentials = _credentials(options)
    store = credentials.store()
    stored = store.keys()
    key = credentials.key(name)
    if stored is not None and not credentials.client_id:
        found = [k for k in stored if (k.username, k.host) == (name.lower(), key.host)]
        if len(found) > 1:
            clients = ", ".join(k.client_id for k in found[:5])
            raise AuthenticationRequired(
                f"{plural(len(found), 'sign-in')} of {name!r} are remembered on this machine, with "
                f"the client ids {clients}: choose one with --client-id."
            )
        key = found[0] if found else key
    if not store.delete(key):
        application = " with this client id" if credentials.client_id else ""
        raise AuthenticationRequired(
            f"No sign-in of {name!r}{application} is remembered on this machine."
            f"{_hint(stored, credentials.client_id)}"
        )
    print(f"The sign-in of {name} is forgotten on this machine. Imgur still knows it: to end it "
          "there, remove the application in the account's settings.")  # fmt: skip


def _hint(stored: list[SignInKey] | None, client_id: str | None) -> str:
    """Return what to say of the sign-ins that are remembered."""
    if stored is None:  # keyrings have no list of their entries
        return "" if client_id else (
            " Was there one? Then give --client-id, under which the system's keyring keeps it."
        )  # fmt: skip
    if not stored:
        return " None is."
    names = [f"{key.username} (client id {key.client_id})" for key in stored[:_MAX_LISTED]]
    more = f" and {len(stored) - _MAX_LISTED:,} more" if len(stored) > _MAX_LISTED else ""
    return f" Remembered: {', '.join(names)}{more}."
