"""A session's side of signing in: whose tokens it takes, renews, keeps and forgets."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgurdata.auth.exchange import refresh
from imgurdata.auth.store import FileStore, SignInOf, TokenStore, find_store
from imgurdata.auth.token import Secret, Token
from imgurdata.client.clock import Clock, utc
from imgurdata.client.home import sign_ins_path
from imgurdata.errors import InvalidArgument, MissingClientId

if TYPE_CHECKING:
    from imgurdata.client.caller import Renew

__all__ = ["Credentials"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a session needs to renew and to keep a sign-in.

    Attributes
    ----------
    client_id, client_secret
        Of the application.
    auth_url
        Where Imgur's sign-in is: never the gateway.
    clock
        The session's.
    """

    client_id: str | None
    client_secret: Secret | None
    auth_url: str
    clock: Clock

    def now(self) -> dt.datetime:
        """The session's time."""
        return utc(self.clock.now())

    def renewal(self, token: Token | None, store: TokenStore | None) -> tuple[Renew | None, str]:
        """How a token is renewed; or None, and what to tell a person whose token was refused.

        The new refresh token is in the store before anybody uses the new access token: Imgur may
        have ended the old one.
        """
        if token is None:
            return None, "Sign in again."
        if not self.client_secret:
            return None, (
                "Renewing it needs the application's client secret, which this session has not "
                "(connect(client_secret=...), $IMGUR_CLIENT_SECRET): sign in again, or give "
                "another token."
            )
        if not token.refresh_token or not self.client_id:
            return None, "It came without a refresh token: sign in again, or give another token."

        def renew(refused: Token) -> Token:
            new = refresh(
                refused,
                client_id=self.client_id,
                client_secret=self.client_secret,
                base_url=self.auth_url,
                now=self.now(),
            )
            if store is not None and new.username and new.refresh_token:
                store.save(self._who(new.username), new.refresh_token)
            return new

        return renew, ""

    def remembered(self, username: str) -> tuple[Token, TokenStore] | None:
        """A kept sign-in, by the account's name; None where none is kept."""
        store = self.store()
        kept = store.load(self._who(username))
        if kept is None:
            return None
        return Token(Secret(""), refresh_token=kept, username=username), store

    def keep(self, token: Token) -> TokenStore:
        """Keep a sign-in for later sessions.

        Raises
        ------
        InvalidArgument
            It could not be used later (:meth:`check_can_remember`).
        CacheUnusable
            Neither keyring nor file could be written.
        """
        self.check_can_remember(token)
        store = self.store()
        if token.username and token.refresh_token:
            store.save(self._who(token.username), token.refresh_token)
        return store

    def forget(self, username: str) -> bool:
        """Forget a kept sign-in; whether there was one."""
        return self.store().delete(self._who(username))

    def store(self) -> TokenStore:
        """Where sign-ins are kept: the keyring, or a file where the user moved all files to."""
        path, moved = sign_ins_path()
        return FileStore(path) if moved else find_store(path)

    def check_can_remember(self, token: Token | None = None) -> None:
        """Refuse to keep what nobody could use.

        Raises
        ------
        InvalidArgument
            There is no client secret, without which Imgur renews no token; or no refresh token.
        """
        if not self.client_secret:
            raise InvalidArgument(
                "remember=True needs the application's client secret (connect(client_secret=...), "
                "$IMGUR_CLIENT_SECRET): what is kept is the refresh token, and Imgur takes it with "
                "the secret only."
            )
        if token is not None and not token.refresh_token:
            raise InvalidArgument("remember=True needs a refresh token, which this token has not.")

    def require_client_id(self) -> str:
        """The client id, without which Imgur's page can't be opened.

        Raises
        ------
        MissingClientId
            There is none.
        """
        if not self.client_id:
            raise MissingClientId(
                "Signing in needs a client id, which this session has not: "
                "imd.connect(client_id=...). With tokens that you have: imd.sign_in_with_tokens()."
            )
        return self.client_id

    def _who(self, username: str) -> SignInOf:
        return SignInOf(username, self.client_id or "", self.auth_url)
