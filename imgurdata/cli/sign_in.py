"""``imgurdata sign-in`` and ``sign-out``: the flow of the notebook, from a terminal."""

from __future__ import annotations

import argparse
import os
import warnings
from getpass import GetPassWarning, getpass

import imgurdata as imd
from imgurdata._format import plural
from imgurdata._validate import duration, refuse
from imgurdata.auth import Secret
from imgurdata.auth.store import FileStore
from imgurdata.cli.terminal import one_line, say
from imgurdata.errors import AuthenticationRequired, SignInError
from imgurdata.http.credentials import Credentials
from imgurdata.model.names import parse_username

__all__ = ["client_secret", "run_sign_in", "run_sign_out"]

#: How many remembered sign-ins are listed.
_LISTED = 10


def run_sign_in(options: argparse.Namespace) -> None:
    """Sign in and keep it; with ``--sandbox``, the whole way with nothing kept."""
    options.wait = duration("--wait", options.wait, example="300 or 5min")
    if not options.wait:
        refuse("--wait", "more than 0 seconds", options.wait)
    if options.sandbox:
        with (
            imd.sandbox.Sandbox(redirect_url=options.redirect_url) as sandbox,
            imd.connect(sandbox=sandbox, client_secret=sandbox.client_secret) as session,
        ):
            _see_in(session, options, remember=False)
            say("The sandbox ends here, and this sign-in with it.")
        return
    with imd.connect(
        options.client_id, client_secret=client_secret(), base_url=options.base_url, cache="memory"
    ) as session:
        _see_in(session, options, remember=True)
        where = session.credentials.store()
        kept = where.path if isinstance(where, FileStore) else "the system's keyring"
        name = one_line(session.username or "")
        say(f"Kept in {kept}. Use it with --account {name}; "
            f"forget it with: imgurdata sign-out {name}")  # fmt: skip


def client_secret() -> Secret:
    """Return the application's secret, of the environment or asked for.

    What is remembered is a refresh token, which Imgur takes with the secret only.

    Raises
    ------
    SignInError
        There is nobody to ask: no terminal, and nothing on the standard input.
    """
    known = os.environ.get("IMGUR_CLIENT_SECRET")
    if known:
        return Secret(known)
    with warnings.catch_warnings():
        # Without a terminal it reads the standard input, and warns that it may be seen.
        warnings.simplefilter("ignore", GetPassWarning)
        try:
            return Secret(getpass("Client secret: ").strip())
        except (EOFError, OSError, AttributeError):  # AttributeError: there is no sys.stdin
            raise SignInError(
                "The application's client secret is needed, and there is no terminal to ask for "
                "it: set $IMGUR_CLIENT_SECRET."
            ) from None


def run_sign_out(options: argparse.Namespace) -> None:
    """Forget a remembered sign-in."""
    name = parse_username(options.username)
    # Offline, so that it needs no client id: a sign-in can be found without one.
    with imd.connect(
        options.client_id, base_url=options.base_url, cache="memory", offline=True
    ) as session:
        if not _forget(name, session.credentials):
            raise AuthenticationRequired(_not_remembered(name, session.credentials))
    say(f"The sign-in of {name} is forgotten on this machine. Imgur still knows it: to end it "
        "there, remove the application in the account's settings.")  # fmt: skip


def _forget(name: str, credentials: Credentials) -> bool:
    """Forget a sign-in; whether there was one."""
    store = credentials.store()
    if credentials.client_id or not isinstance(store, FileStore):
        return credentials.forget(name)
    found = [
        one for one in store.kept()
        if one.username == name.lower() and one.host == credentials.auth_url
    ]  # fmt: skip
    if len(found) > 1:
        clients = ", ".join(one.client_id for one in found[:5])
        raise AuthenticationRequired(
            f"{plural(len(found), 'sign-in')} of {name!r} are remembered on this machine, with the "
            f"client ids {clients}: choose one with --client-id."
        )
    return bool(found) and store.delete(found[0])


def _not_remembered(name: str, credentials: Credentials) -> str:
    """Return what to tell where there is nothing to forget."""
    which = " with this client id" if credentials.client_id else ""
    text = f"No sign-in of {name!r}{which} is remembered on this machine."
    store = credentials.store()
    if not isinstance(store, FileStore):
        # A keyring gives what is asked for by its whole name, and no list.
        more = "give --client-id, under which the system's keyring keeps it"
        return text if credentials.client_id else f"{text} Was there one? Then {more}."
    kept = [f"{one.username} (client id {one.client_id})" for one in store.kept()]
    if not kept:
        return f"{text} None of anybody is."
    more = f" and {len(kept) - _LISTED:,} more" if len(kept) > _LISTED else ""
    return f"{text} Remembered: {', '.join(kept[:_LISTED])}{more}."


def _see_in(session: imd.ImgurSession, options: argparse.Namespace, *, remember: bool) -> None:
    if options.tokens:
        imd.sign_in_with_tokens(session, remember=remember)
        return
    imd.sign_in(
        options.wait, session,
        redirect_url=options.redirect_url, remember=remember, paste=options.paste,
    )  # fmt: skip
