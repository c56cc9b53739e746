"""A session's side of signing in: whose tokens it takes, renews, keeps and forgets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgurdata._clock import Clock, utc
from imgurdata._home import sign_ins_path
from imgurdata.auth.oauth import refresh
from imgurdata.auth.store import FileStore, SignInOf, TokenStore, find_store
from imgurdata.auth.token import Secret, Token
from imgurdata.errors import CacheUnusable, InvalidArgument, InvalidToken, MissingClientId

if TYPE_CHECKING:
    from imgurdata.http.authenticator import Renew

__all__ = ["Credentials"]

logger = logging.getLogger(__name__)


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
        """Return the session's time."""
        return utc(self.clock.now())

    def renewal(self, token: Token | None, store: TokenStore | None) -> tuple[Renew | None, str]:
        """Return how a token is renewed; or None, and what to tell a person if it is refused."""
        if token is None:
            return None, "Sign in again."
        if not self.client_secret:
            return None, (
                "Renewing it needs the application's client secret (connect(client_secret=...)), "
                "and this session has none: sign in again, or give another token."
            )
        if not token.refresh_token or not self.client_id:
            return None, ("It came without a refresh token: sign in again, or give another token.")
        if store is None or not token.username:
            return self._renew_unkept, ""
        return _KeptRenewal(self._renew, store, self._who(token.username)), ""

    def _renew_unkept(self, refused: Token, *, just_renewed: bool) -> Token:
        if just_renewed:
            raise _refused_again()
        return self._renew(refused)

    def _renew(self, refused: Token) -> Token:
        return refresh(
            refused,
            client_id=self.client_id,
            client_secret=self.client_secret,
            base_url=self.auth_url,
            now=self.now(),
        )

    def remembered(self, username: str) -> tuple[Token, TokenStore] | None:
        """Return a kept sign-in by the account's name, or None where none is kept."""
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
        """Forget a kept sign-in; return whether there was one."""
        return self.store().delete(self._who(username))

    def store(self) -> TokenStore:
        """Return where sign-ins are kept: the keyring, or a file in ``$IMGURDATA_HOME``."""
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
                "$IMGUR_CLIENT_SECRET): what is kept is the refresh token, and Imgur accepts it "
                "only with the secret."
            )
        if token is not None and not token.refresh_token:
            raise InvalidArgument(
                "remember=True needs a refresh token, and this token came without one."
            )

    def require_client_id(self) -> str:
        """Return the client id, without which Imgur's page cannot be opened.

        Raises
        ------
        MissingClientId
            There is none.
        """
        if not self.client_id:
            raise MissingClientId(
                "Signing in needs a client id, and this session has none: "
                "imd.connect(client_id=...). With tokens that you have: imd.sign_in_with_tokens()."
            )
        return self.client_id

    def _who(self, username: str) -> SignInOf:
        return SignInOf(username, self.client_id or "", self.auth_url)


@dataclass(frozen=True, slots=True)
class _KeptRenewal:
    """Renewal of a sign-in that is kept for all sessions of this machine, one at a time.

    Imgur may end a refresh token when it is used. So what another session has kept meanwhile comes
    first, and the new one is kept before anybody uses the new access token.
    """

    renew: Callable[[Token], Token]
    store: TokenStore
    who: SignInOf

    def __call__(self, refused: Token, *, just_renewed: bool) -> Token:
        renewed: list[Token] = []

        def change(kept: Secret | None) -> Secret | None:
            own = refused.refresh_token
            if just_renewed and kept in (None, own):
                raise _refused_again()
            try:
                new = self.renew(dataclasses.replace(refused, refresh_token=kept or own))
            except InvalidToken:
                if kept is None or kept == own:
                    raise
                new = self.renew(refused)  # what is kept is older: a newer one could not be kept
            renewed.append(new)
            # Signed out in another session: it stays forgotten.
            return new.refresh_token if kept is not None else None

        try:
            self.store.change(self.who, change)
        except CacheUnusable as error:
            if not renewed:
                raise
            logger.warning("The renewed sign-in could not be kept. %s", error.message)
        return renewed[0]


def _refused_again() -> InvalidToken:
    return InvalidToken(
        "Imgur refuses the access token although it was just renewed: sign in again."
    )
