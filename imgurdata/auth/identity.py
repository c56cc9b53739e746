"""Who a session asks as, and the key that its hashes are made with."""

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

__all__ = ["Identity", "IdentityKey", "identity_key"]

logger = logging.getLogger(__name__)

_FILE = "identity-key"
_HEX_KEY = re.compile(rb"[0-9a-f]{64}\n?")
#: How long to wait for another process that makes the key, in seconds.
_WAIT = 5.0


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """Random key of the hashes that stand for accounts and applications.

    Without a key, anybody could find the name behind a hash by trying names.

    Attributes
    ----------
    secret : Secret
        The key, in hex.
    is_kept : bool
        Whether later sessions will have the same; otherwise it is this process's.
    """

    secret: Secret
    is_kept: bool = False

    def hashed(self, unkeyed: str) -> str:
        """Return the hash that stands for somebody, from the hash that had no key.

        The key is applied to the hash of earlier versions, so that ledgers from before can be
        carried over without the names.
        """
        key = bytes.fromhex(self.secret.reveal())
        return hmac.new(key, unkeyed.encode(), hashlib.sha256).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Identity:
    """Client-ID or a signed-in account, as cache and ledger know them.

    Attributes
    ----------
    kind : str
        ``"client"`` (Client-ID) or ``"account"`` (Bearer).
    key : str
        Hash that stands for it in the ledger and in ``attrs``; nothing can be read back from it.
    scope : str
        What keeps cached answers apart. Client-IDs share theirs: Imgur shows all of them the
        same. Every account has its own.
    application : str
        Hash of the client id, by which the day's limit counts.
    """

    kind: str
    key: str
    scope: str
    application: str

    @classmethod
    def of(
        cls, client_id: str | None, token: Token | None, key: IdentityKey | None = None
    ) -> Identity:
        """Return the identity of a client id, or of the account behind a token.

        Parameters
        ----------
        client_id : str or None
            Of the application.
        token : Token or None
            None asks with the Client-ID.
        key : IdentityKey, optional
            Key of the hashes; one of this process by default.
        """
        key = key or _of_process()
        application = key.hashed(_hash(f"client:{client_id or ''}"))
        if token is None:
            return cls("client", application, "", application)
        # The account's name outlives a refresh, which the token does not.
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


def identity_key(folder: Path | None) -> IdentityKey:
    """Return the key that is kept beside a ledger; made there once.

    Parameters
    ----------
    folder : Path or None
        Folder of the ledger. None, or a folder that cannot be written, gives a key of this
        process, with a warning in the latter case.
    """
    if folder is None:
        return _of_process()
    path = folder / _FILE
    try:
        kept = _read(path) or _made(path)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no such path"
        logger.warning(
            "The key %s cannot be used (%s): what is counted and cached for signed-in accounts now "
            "is not found again by later sessions.", path, why,
        )  # fmt: skip
        return _of_process()
    return IdentityKey(kept, is_kept=True)


def _read(path: Path) -> Secret | None:
    data = read_private(path)
    if data is None:
        return None
    if not _HEX_KEY.fullmatch(data):
        logger.warning("The key %s is damaged: a new one takes its place.", path)
        return None
    return Secret(data.decode().strip())


def _made(path: Path) -> Secret:
    """Make the key, unless another process was faster."""
    with locked(path, _WAIT):
        key = _read(path)
        if key is None:
            key = Secret(secrets.token_hex(32))
            write_private(path, f"{key.reveal()}\n".encode())
        return key


@cache
def _of_process() -> IdentityKey:
    return IdentityKey(Secret(secrets.token_hex(32)))
