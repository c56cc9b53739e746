"""Principal of a session, and the key of the hashes that stand for it."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from imgurdata._secret import Secret
from imgurdata.auth.private_file import locked, read_private, write_private
from imgurdata.auth.token import Token

__all__ = ["Principal", "PrincipalKey", "identity_key"]

logger = logging.getLogger(__name__)

_FILE_NAME = "identity-key"
_HEX_KEY = re.compile(rb"[0-9a-f]{64}\n?")
#: Longest wait for another process that creates the key, in seconds.
_LOCK_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class PrincipalKey:
    """Random key of the hashes that stand for accounts and applications.

    Without a key, the name behind a hash could be found by trying names.
    """

    secret: Secret
    #: Whether later sessions have the same key; otherwise it is this process's.
    is_kept: bool = False

    def hashed(self, unkeyed: str) -> str:
        """Return the keyed hash of an unkeyed hash.

        Earlier versions stored unkeyed hashes; ledgers of theirs are converted without the names.
        """
        key = bytes.fromhex(self.secret.reveal())
        return hmac.new(key, unkeyed.encode(), hashlib.sha256).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Principal:
    """Client-ID or signed-in account, as cache and ledger know it.

    Attributes
    ----------
    kind : str
        ``"client"`` (Client-ID) or ``"account"`` (Bearer).
    key : str
        Hash that stands for it in the ledger and in ``attrs``.
    scope : str
        Part of the cache key. Client-IDs share an empty one, since Imgur answers all of them
        alike; every account has its own.
    application : str
        Hash of the client id, by which the daily limit counts.
    """

    kind: str
    key: str
    scope: str
    application: str

    @classmethod
    def of(
        cls, client_id: str | None, token: Token | None, key: PrincipalKey | None = None
    ) -> Principal:
        """Return the identity of an account's token, or of a client id if there is no token.

        The hashes use a key of this process by default.
        """
        key = key or _process_key()
        application = key.hashed(_hash(f"client:{client_id or ''}"))
        if token is None:
            return cls("client", application, "", application)
        # By name if possible: it outlives a refresh, which the token does not.
        if token.username:
            account = _hash(f"account:{token.username.lower()}")
        else:
            account = (token.access_token or token.refresh_token or Secret("")).fingerprint()
        hashed = key.hashed(account)
        return cls("account", hashed, hashed, application)

    def __str__(self) -> str:
        return f"{'Bearer' if self.kind == 'account' else 'Client-ID'} {self.key[:8]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def identity_key(folder: Path | None) -> PrincipalKey:
    """Return the key stored in the ledger's folder; create it if there is none.

    Without a folder it is a key of this process; so it is, with a warning, if the folder cannot be
    written.
    """
    if folder is None:
        return _process_key()
    path = folder / _FILE_NAME
    try:
        secret = _read(path)
        if secret is None:
            with locked(path, _LOCK_TIMEOUT):
                secret = _read(path)  # another process may have created it meanwhile
                if secret is None:
                    secret = Secret(secrets.token_hex(32))
                    write_private(path, f"{secret.reveal()}\n".encode())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such path"
        logger.warning(
            "The key %s cannot be used (%s): what is counted and cached for signed-in accounts now "
            "is not found again by later sessions.", path, reason,
        )  # fmt: skip
        return _process_key()
    return PrincipalKey(secret, is_kept=True)


def _read(path: Path) -> Secret | None:
    data = read_private(path)
    if data is None:
        return None
    if not _HEX_KEY.fullmatch(data):
        logger.warning("The key %s is damaged: a new one takes its place.", path)
        return None
    return Secret(data.decode().strip())


@cache
def _process_key() -> PrincipalKey:
    return PrincipalKey(Secret(secrets.token_hex(32)))
