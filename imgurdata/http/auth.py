"""Authentication of a session's requests: headers, renewal of tokens, remembered sign-ins."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from requests import Response

from imgurdata._addresses import MASHAPE
from imgurdata._clock import Clock, utc
from imgurdata._format import printable
from imgurdata._home import sign_ins_path
from imgurdata._secret import Secret
from imgurdata.auth.oauth import refresh
from imgurdata.auth.principal import Principal, PrincipalKey
from imgurdata.auth.store import FileStore, SignInKey, TokenStore, find_store
from imgurdata.auth.token import Token, account_name
from imgurdata.endpoints import canonical
from imgurdata.errors import (
    AuthenticationRequired,
    BadResponse,
    CacheUnusable,
    ConnectionFailed,
    CreditsExhausted,
    ImgurDataError,
    InvalidArgument,
    InvalidToken,
    MissingClientId,
    OverCapacity,
    RateLimited,
    keep_secret,
)
from imgurdata.model.envelope import unwrap

__all__ = [
    "AuthState",
    "Authenticator",
    "Credentials",
    "Current",
    "key_of",
    "pinned",
    "verify_account",
]

logger = logging.getLogger(__name__)

_ME = "/3/account/me"
#: Part of a response that an error shows, in bytes.
_MAX_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Credentials:
    """Application of a session, and the store of its remembered sign-ins.

    ``auth_url`` is the address of Imgur's OAuth endpoints, never the gateway's.
    """

    client_id: str | None
    client_secret: Secret | None
    auth_url: str
    clock: Clock

    def refresh(self, token: Token) -> Token:
        """Return a new token for one whose access token was refused."""
        return refresh(
            token,
            client_id=self.client_id,
            client_secret=self.client_secret,
            base_url=self.auth_url,
            now=utc(self.clock.now()),
        )

    def store(self) -> TokenStore:
        """Return the store of sign-ins: the keyring, or a file in ``$IMGURDATA_HOME``."""
        path, moved = sign_ins_path()
        return FileStore(path) if moved else find_store(path)

    def remembered(self, username: str) -> tuple[Token, TokenStore] | None:
        """Return the remembered sign-in of an account, or None."""
        store = self.store()
        refresh_token = store.load(self.key(username))
        if refresh_token is None:
            return None
        return Token(Secret(""), refresh_token=refresh_token, username=username), store

    def keep(self, token: Token) -> TokenStore:
        """Store a sign-in for later sessions."""
        store = self.store()
        if token.username and token.refresh_token:
            store.save(self.key(token.username), token.refresh_token)
        return store

    def forget(self, username: str) -> bool:
        """Delete a remembered sign-in; return whether there was one."""
        return self.store().delete(self.key(username))

    def key(self, username: str) -> SignInKey:
        """Return the key of an account's sign-in in the store."""
        return SignInKey(username, self.client_id or "", self.auth_url)

    def check_can_remember(self, token: Token | None = None) -> None:
        """Raise InvalidArgument if a sign-in without client secret or refresh token is stored."""
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
        """Return the client id; raise MissingClientId if there is none."""
        if not self.client_id:
            raise MissingClientId(
                "Signing in needs a client id, and this session has none: "
                "imd.connect(client_id=...). With tokens that you have: imd.sign_in_with_tokens()."
            )
        return self.client_id


class Authenticator:
    """One identity that sends requests. Its token may be renewed; the identity stays.

    Without a ``token`` it authenticates with the Client-ID. The store is the one that has the
    token's sign-in, if it is remembered.
    """

    def __init__(
        self,
        credentials: Credentials,
        token: Token | None,
        store: TokenStore | None = None,
        *,
        identity_key: PrincipalKey,
        gateway_key: Secret | None,
        host: str,
    ) -> None:
        # Of the first token: the name of an account outlives its tokens.
        self.identity = Principal.of(credentials.client_id, token, identity_key)
        self._credentials = credentials
        self.token = token
        self._store = store
        self._gateway_key = gateway_key
        self._host = host
        self._revoked = False
        self._lock = threading.Lock()
        self._attempts = 0
        self._accepted = True
        self._failure: ImgurDataError | None = None
        known = [credentials.client_id, gateway_key.reveal() if gateway_key is not None else None]
        keep_secret(self, [text for text in known if text])
        self._keep_secret(token)

    def _keep_secret(self, token: Token | None) -> None:
        known = (token.access_token, token.refresh_token) if token is not None else ()
        keep_secret(self, [secret.reveal() for secret in known if secret])

    def sign(self, headers: MutableMapping[str, str]) -> Token | None:
        """Add the authentication headers; return the token that was used.

        Raises as :meth:`renew` if there was only a refresh token (a remembered sign-in).
        """
        token = self.token
        if token is not None and not token.access_token:
            self.renew(token)
            token = self.token
        if token is not None:
            headers["Authorization"] = f"Bearer {token.access_token.reveal()}"
        else:
            headers["Authorization"] = f"Client-ID {self._credentials.client_id}"
        if self._gateway_key is not None:
            # The gateway's older name, which Imgur still documents.
            headers["X-Mashape-Key"] = self._gateway_key.reveal()
            if self._host != MASHAPE:
                headers["X-RapidAPI-Key"] = self._gateway_key.reveal()
                headers["X-RapidAPI-Host"] = self._host
        return token

    def accepted(self, token: Token | None) -> None:
        """Note that Imgur has accepted a token: if it is refused later, it is renewed again."""
        if token is self.token:
            self._accepted = True

    def renew(self, refused: Token) -> None:
        """Replace a refused token. Of several threads with the same token, the first renews it.

        Raise InvalidToken, which says what to do, if it cannot be renewed, or the error of
        :func:`refresh`.
        """
        attempts = self._attempts
        with self._lock:
            if self.token is not refused:
                return  # another thread has renewed it
            if self._failure is not None and self._attempts != attempts:
                # The attempt that this thread waited for. A copy: one object raised in two threads
                # would mix their tracebacks.
                raise copy(self._failure)
            if reason := self._not_renewable(refused):
                raise InvalidToken(
                    f"Imgur refuses the access token: it has expired or was revoked. {reason}"
                )
            self._attempts += 1
            try:
                self.token = self._renewed(refused)
            except ImgurDataError as error:
                self._failure = error
                raise
            self._keep_secret(self.token)
            self._failure = None
            self._accepted = False
            logger.info("The access token was renewed")

    def _not_renewable(self, token: Token) -> str:
        """Return why a token cannot be renewed, or an empty string."""
        if self._revoked:
            return "The session was signed out."
        if not self._credentials.client_secret:
            return (
                "Renewing it needs the application's client secret (connect(client_secret=...)), "
                "and this session has none: sign in again, or give another token."
            )
        if not token.refresh_token or not self._credentials.client_id:
            return "It came without a refresh token: sign in again, or give another token."
        return ""

    def _renewed(self, refused: Token) -> Token:
        """Return a new token, and store it before it is used.

        Imgur may end a refresh token with its use, so a newer one that another session has stored
        is used first.
        """
        if self._store is None or not refused.username:
            self._check_accepted()
            return self._credentials.refresh(refused)
        renewed: list[Token] = []
        own = refused.refresh_token

        def change(stored: Secret | None) -> Secret | None:
            if stored in (None, own):
                self._check_accepted()
            try:
                new = self._credentials.refresh(replace(refused, refresh_token=stored or own))
            except InvalidToken:
                if stored in (None, own):
                    raise
                # The stored one is older: storing the newer one has failed.
                new = self._credentials.refresh(refused)
            renewed.append(new)
            # Another session may have signed out: then nothing is stored again.
            return new.refresh_token if stored is not None else None

        try:
            self._store.update(self._credentials.key(refused.username), change)
        except CacheUnusable as error:
            if not renewed:
                raise
            logger.warning("The renewed sign-in could not be kept. %s", error.message)
        return renewed[0]

    def _check_accepted(self) -> None:
        """Refuse to renew a token of which Imgur has not accepted a single request."""
        if not self._accepted:
            raise InvalidToken(
                "Imgur refuses the access token although it was just renewed: sign in again."
            )

    def revoke(self) -> None:
        """Stop renewing: requests in flight may end, but nothing is renewed or stored any more."""
        with self._lock:
            self._revoked = True

    def __repr__(self) -> str:
        return f"<Authenticator {self.identity}>"


class Current(NamedTuple):
    """Authenticator and ``max_age`` of requests that are made now; None is the session's own."""

    authenticator: Authenticator
    max_age: float | None = None


#: What counts in the running block, and the session (by its state) for which it does.
pinned: ContextVar[tuple[AuthState, Current] | None] = ContextVar("imgurdata_pinned", default=None)


class AuthState:
    """Current authenticator of a session; an object of its own that does not refer to the session.

    Somebody may sign in or out while requests are in flight. Each request keeps the authenticator
    with which it began, from its cache key to its row in the ledger.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._newest = Current(authenticator)

    @property
    def current(self) -> Current:
        """What counts in the running block, or else the newest authenticator."""
        block = pinned.get()
        return block[1] if block is not None and block[0] is self else self._newest

    def change(self, authenticator: Authenticator) -> Authenticator:
        """Use another authenticator from now on; return the previous one."""
        before, self._newest = self._newest, Current(authenticator)
        return before.authenticator

    def cache_key(self, request: Any, **_: Any) -> str:
        """Return the cache key of a request, which is its identity's if that is an account."""
        parts, identity = urlsplit(request.url or ""), self.current.authenticator.identity
        path = canonical(parts.path, parts.query)
        return key_of(request.method or "GET", parts.netloc, path, identity.scope)


def key_of(method: str, host: str, path: str, scope: str) -> str:
    """Return the cache key of a method, host, canonical path and identity's scope."""
    text = "\n".join((method, host.lower(), path, scope))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


class _Me(msgspec.Struct):
    url: str | None = None


def verify_account(authenticator: Authenticator, get: Callable[[str], Response]) -> Token:
    """Return the authenticator's token, with the name of its account as Imgur gives it.

    ``get`` sends a GET request with the authenticator, without the cache. Costs one credit. While
    Imgur cannot be reached, a token with a user name passes unverified. Raise InvalidToken if Imgur
    refuses the token, and BadResponse if the response has no account name.
    """
    try:
        response = get(_ME)
    except AuthenticationRequired as error:
        raise InvalidToken(
            "Imgur does not accept this token for a sign-in.",
            status=error.status, reason=error.reason, request=_ME,
        ) from None  # fmt: skip
    except (ConnectionFailed, OverCapacity, RateLimited, CreditsExhausted) as error:
        token = authenticator.token
        if token is None or not token.username:
            raise
        logger.warning("The new token could not be verified. %s", printable(error.message))
        return token
    try:
        me = msgspec.json.decode(unwrap(response.content, request=_ME), type=_Me)
        name = account_name(me.url)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        name = None
    if name is None:
        raise BadResponse(
            "Imgur's answer does not name the account, so the session is not signed in. Try again.",
            body=response.content[:_MAX_SHOWN].decode("utf-8", "replace"),
        )
    # The authenticator's current token: the new one may have been renewed by this request.
    return replace(authenticator.token or Token(Secret("")), username=name)
