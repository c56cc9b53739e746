"""Who a session asks as."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from imgurdata.auth.token import Secret, Token

__all__ = ["Identity"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Client-ID or a signed-in account, as cache and ledger know them.

    Attributes
    ----------
    kind
        ``"client"`` (Client-ID) or ``"account"`` (Bearer).
    key
        Hash that stands for it in the ledger and in ``attrs``; nothing can be read back from it.
    scope
        What keeps cached answers apart. Client-IDs share theirs: Imgur shows all of them the
        same. Every account has its own.
    application
        Hash of the client id, by which the day's limit counts.
    """

    kind: str
    key: str
    scope: str
    application: str

    @classmethod
    def of(cls, client_id: str | None, token: Token | None) -> Identity:
        """The identity of a client id, or of the account behind a token."""
        application = _hash(f"client:{client_id or ''}")
        if token is None:
            return cls("client", application, "", application)
        # The account's name outlives a refresh, which the token does not.
        if token.username:
            key = _hash(f"account:{token.username.lower()}")
        else:
            key = (token.access_token or token.refresh_token or Secret("")).fingerprint()
        return cls("account", key, key, application)

    def __str__(self) -> str:
        return f"{'Bearer' if self.kind == 'account' else 'Client-ID'} {self.key[:8]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
