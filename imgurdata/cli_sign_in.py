"""``imgurdata sign-in`` and ``sign-out``: the flow of the notebook, from a terminal."""

from __future__ import annotations

import argparse
import os
from getpass import getpass

import imgurdata as imd
from imgurdata.auth import Secret
from imgurdata.auth.flow import REDIRECT_URL
from imgurdata.auth.store import FileStore
from imgurdata.errors import AuthenticationRequired
from imgurdata.model.names import parse_username
from imgurdata.network import IMGUR

__all__ = [
    "base_url_option",
    "client_secret",
    "run_sign_in",
    "run_sign_out",
    "sign_in_options",
    "sign_out_options",
]


def sign_in_options(parser: argparse.ArgumentParser) -> None:
    """What ``sign-in`` takes."""
    parser.add_argument("--redirect-url", default=REDIRECT_URL, metavar="URL",
                        help="the address registered with Imgur (%(default)s)")  # fmt: skip
    parser.add_argument("--paste", action="store_true", help="ask for the address, don't listen")
    parser.add_argument("--tokens", action="store_true", help="ask for tokens that you have")
    parser.add_argument("--wait", type=float, default=300, metavar="SECONDS",
                        help="how long you have (%(default)s)")  # fmt: skip
    group = _application(parser)
    group.add_argument("--sandbox", action="store_true", help="try it, on an Imgur on this machine")


def sign_out_options(parser: argparse.ArgumentParser) -> None:
    """What ``sign-out`` takes."""
    parser.add_argument("username", metavar="NAME", help="the account's name")
    _application(parser)


def _application(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    group = parser.add_argument_group("application")
    group.add_argument("--client-id", metavar="ID", help="else $IMGUR_CLIENT_ID; its secret is "
                       "$IMGUR_CLIENT_SECRET, or is asked for")  # fmt: skip
    base_url_option(group)
    return group


def base_url_option(group: argparse._ArgumentGroup) -> None:
    """``--base-url``, the same for all commands."""
    group.add_argument("--base-url", default=IMGUR, metavar="URL", help="where Imgur is: that of "
                       "'imgurdata sandbox', say (%(default)s)")  # fmt: skip


def run_sign_in(options: argparse.Namespace) -> None:
    """Sign in and keep it; with ``--sandbox``, the whole way with nothing kept."""
    if options.sandbox:
        with (
            imd.sandbox.Sandbox(redirect_url=options.redirect_url) as sandbox,
            imd.connect(sandbox=sandbox, client_secret=sandbox.client_secret) as session,
        ):
            _see_in(session, options, remember=False)
            print("The sandbox ends here, and this sign-in with it.")
        return
    with imd.connect(
        options.client_id, client_secret=client_secret(), base_url=options.base_url, cache="memory"
    ) as session:
        _see_in(session, options, remember=True)
        where = session.credentials.store()
        kept = where.path if isinstance(where, FileStore) else "the system's keyring"
        print(f"Kept in {kept}. Use it with --account {session.username}; "
              f"forget it with: imgurdata sign-out {session.username}")  # fmt: skip


def client_secret() -> Secret:
    """The application's, of the environment or asked for.

    What is remembered is a refresh token, which Imgur takes with the secret only.
    """
    return Secret(os.environ.get("IMGUR_CLIENT_SECRET") or getpass("Client secret: ").strip())


def run_sign_out(options: argparse.Namespace) -> None:
    """Forget a remembered sign-in."""
    name = parse_username(options.username)
    with imd.connect(options.client_id, base_url=options.base_url, cache="memory") as session:
        if not session.credentials.forget(name):
            raise AuthenticationRequired(
                f"No sign-in of {name!r} with this client id is remembered on this machine."
            )
    print(f"The sign-in of {name} is forgotten on this machine. Imgur still knows it: to end it "
          "there, remove the application in the account's settings.")  # fmt: skip


def _see_in(session: imd.ImgurSession, options: argparse.Namespace, *, remember: bool) -> None:
    if options.tokens:
        imd.sign_in_with_tokens(session, remember=remember)
        return
    imd.sign_in(
        options.wait, session,
        redirect_url=options.redirect_url, remember=remember, paste=options.paste,
    )  # fmt: skip
