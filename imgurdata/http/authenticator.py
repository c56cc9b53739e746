"""Who a session asks as: the headers that say so, and the renewal of a token that was refused."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol
from urllib.parse import urlsplit

from imgurdata._secret import Secret
from imgurdata.auth.identity import Identity, IdentityKey
from imgurdata.auth.token import Token
from imgurdata.endpoints import canonical
from imgurdata.errors import ImgurDataError, InvalidToken, keep_secret

__all__ = ["AuthState", "Authenticator", "Renew", "key_of"]

logger = logging.getLogger(__name__)


class Renew(Protocol):
    """Gives a new token for a refused one, and keeps it where the old one was kept."""

    def __call__(self, refused: Token, *, just_renewed: bool) -> Token:
        """Renew a token.

        Parameters
        ----------
        refused : Token
            The token that Imgur refused.
        just_renewed : bool
            Whether Imgur has accepted nothing since it was renewed. Then it is renewed again only
            if another session did so meanwhile, which may have ended this one.
        """


class Authenticator:
    """One identity that asks. Its token may be renewed; who it is stays.

    Parameters
    ----------
    client_id, token
        At least one of them.
    identity_key
        Key of the hashes that stand for it.
    gateway_key, host
        Of the commercial gateway, and the host asked.
    renew
        Renews a token; None where that can't be done, then ``why_not`` says why.
    why_not
        A sentence for people.
    """

    def __init__(
        self,
        client_id: str | None,
        token: Token | None,
        *,
        identity_key: IdentityKey,
        gateway_key: Secret | None,
        host: str,
        renew: Renew | None = None,
        why_not: str = "",
    ) -> None:
        self.client_id = client_id
        # Of the first token: the name of an account outlives its tokens.
        self.identity = Identity.of(client_id, token, identity_key)
        self._token = token
        self._gateway_key = gateway_key
        self._host = host
        self._renew = renew
        self._why_not = why_not
        self._lock = threading.Lock()
        self._tries = 0
        self._proven = True
        self._failed: ImgurDataError | None = None
        known = [client_id, gateway_key.reveal() if gateway_key is not None else None]
        keep_secret(self, [text for text in known if text])
        self._keep_secret(token)

    def _keep_secret(self, token: Token | None) -> None:
        known = (token.access_token, token.refresh_token) if token is not None else ()
        keep_secret(self, [secret.reveal() for secret in known if secret])

    @property
    def token(self) -> Token | None:
        """The token as it is now; None asks with the Client-ID."""
        return self._token

    def sign(self, headers: MutableMapping[str, str]) -> Token | None:
        """Put into a request's headers who asks; returns the token that was used.

        Raises
        ------
        InvalidToken, ConnectionFailed, OverCapacity
            There is only a refresh token so far (a remembered sign-in), and it could not be used.
        """
        token = self._token
        if token is not None and not token.access_token:
            self.renew(token)
            token = self._token
        if token is not None:
            headers["Authorization"] = f"Bearer {token.access_token.reveal()}"
        else:
            headers["Authorization"] = f"Client-ID {self.client_id}"
        if self._gateway_key is not None:
            headers["X-RapidAPI-Key"] = self._gateway_key.reveal()
            headers["X-RapidAPI-Host"] = self._host
            # The gateway's older name, which Imgur still documents.
            headers["X-Mashape-Key"] = self._gateway_key.reveal()
        return token

    def accepted(self, token: Token | None) -> None:
        """Imgur has taken this token: should it be refused later, it is worth renewing again."""
        if token is self._token:
            self._proven = True

    def renew(self, refused: Token) -> None:
        """Have another token than the refused one: renewed by the first thread that asks.

        Raises
        ------
        InvalidToken
            It can't be renewed; the message says what to do.
        ConnectionFailed, OverCapacity, InvalidClient, BadResponse
            Imgur was asked, and did not do it.
        """
        tries = self._tries
        with self._lock:
            if self._token is not refused:
                return  # another thread was faster
            if self._failed is not None and self._tries != tries:
                raise _again(self._failed)  # what this thread waited for has failed
            if self._renew is None:
                why = "it has expired or was revoked"
                raise InvalidToken(f"Imgur refuses the access token: {why}. {self._why_not}")
            self._tries += 1
            try:
                self._token = self._renew(refused, just_renewed=not self._proven)
            except ImgurDataError as error:
                self._failed = error
                raise
            self._keep_secret(self._token)
            self._failed = None
            self._proven = False
            logger.info("the access token was renewed")

    def revoke(self) -> None:
        """Signed out: what is under way may end, but nothing is renewed or kept any more."""
        with self._lock:
            self._renew = None
            self._why_not = "The session was signed out."

    def __repr__(self) -> str:
        return f"<Authenticator {self.identity}>"


def _again(error: ImgurDataError) -> ImgurDataError:
    """The same error for another thread: raised twice, one object would mix their tracebacks."""
    copy = type(error).__new__(type(error))
    Exception.__init__(copy, *error.args)
    copy.__dict__.update(error.__dict__)
    return copy


#: Whose request the running code belongs to, by session.
_pinned: ContextVar[tuple[AuthState, Authenticator] | None] = ContextVar(
    "imgurdata_pinned", default=None
)


class AuthState:
    """Who a session asks as; its own object, so that nothing keeps the session.

    Somebody may sign in or out while requests are under way. Each request belongs to whoever asked
    when it began, from the key of its answer in the cache to its row in the ledger.
    """

    def __init__(self, caller: Authenticator) -> None:
        self._newest = caller

    @property
    def current(self) -> Authenticator:
        """Whoever asks: of a request under way, the one it began with."""
        pinned = _pinned.get()
        return pinned[1] if pinned is not None and pinned[0] is self else self._newest

    @property
    def identity(self) -> Identity:
        """Of whoever asks."""
        return self.current.identity

    def change(self, caller: Authenticator) -> Authenticator:
        """Ask as somebody else from now on; returns who it was."""
        before, self._newest = self._newest, caller
        return before

    @contextmanager
    def pinned(self, caller: Authenticator | None = None) -> Iterator[Authenticator]:
        """What is asked inside is asked as this caller, the current one by default."""
        caller = caller or self.current
        token = _pinned.set((self, caller))
        try:
            yield caller
        finally:
            _pinned.reset(token)

    def cache_key(self, request: Any, **_: Any) -> str:
        """Method, canonical URL and account: what makes two requests the same one."""
        parts = urlsplit(request.url or "")
        asked = canonical(parts.path, parts.query)
        return key_of(request.method or "GET", parts.netloc, asked, self.identity.scope)


def key_of(method: str, host: str, asked: str, scope: str) -> str:
    """The key of an answer: how, where, what (:func:`~.endpoints.canonical`), and as whom."""
    text = "\n".join((method, host.lower(), asked, scope))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()
