"""Who asks: the applications and tokens that the sandbox knows."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.world import World

__all__ = ["Identity", "KeyRing", "Refused"]

_AUTHORIZATION = re.compile(r"(client-id|bearer) +(\S+)", re.IGNORECASE)


class Refused(Exception):
    """An answer in which the sandbox says no.

    Parameters
    ----------
    status : int
        HTTP status.
    text : str
        What ``data.error`` says.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True)
class Identity:
    """One caller.

    Attributes
    ----------
    client_id : str
        The application.
    address : str
        Where the call comes from.
    account : Account or None
        Whose token it is; None with a Client-ID.
    """

    client_id: str
    address: str
    account: Account | None = None

    @property
    def user_key(self) -> tuple[str, str]:
        """Whose hour it counts against: the account's, else that of application and address."""
        if self.account is not None:
            return (self.client_id, f"account {self.account.id}")
        return (self.client_id, f"address {self.address}")

    @property
    def kind(self) -> str:
        """``"client"`` or ``"bearer"``."""
        return "client" if self.account is None else "bearer"

    @property
    def label(self) -> str:
        """The same for the same caller, and tells nothing about them."""
        return hashlib.sha256("\n".join(self.user_key).encode()).hexdigest()[:12]


class KeyRing:
    """Client ids and access tokens; new ones for each sandbox.

    Parameters
    ----------
    world : World
        Knows the accounts that tokens are for.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._tokens: dict[str, Account] = {}
        self.client_secret = secrets.token_hex(20)
        self.client_id = _client_id()
        self._clients = {self.client_id}

    def add_client(self) -> str:
        """Register one more application."""
        client_id = _client_id()
        with self._lock:
            self._clients.add(client_id)
        return client_id

    def issue_token(self, username: str) -> str:
        """Make an access token of an account, 40 hex characters like Imgur's."""
        account = self._world.account_by_name.get(str(username).lower())
        if account is None:
            raise InvalidArgument(f"the sandbox has no account named {username!r}")
        token = secrets.token_hex(20)
        with self._lock:
            self._tokens[token] = account
        return token

    def revoke_token(self, token: str) -> None:
        """Make a token invalid."""
        with self._lock:
            known = self._tokens.pop(token, None)
        if known is None:
            raise InvalidArgument("the sandbox never issued this token, or it is revoked already")

    def identify(self, authorization: str | None, client_id: str | None, address: str) -> Identity:
        """Tell who asks, by the Authorization header or else the ``client_id`` of the query.

        Raises
        ------
        Refused
            With Imgur's status and text for what is wrong (API reference, Auth).
        """
        if authorization is None:
            if not client_id:
                raise Refused(401, "Authentication required")
            return self._application(client_id, address)
        found = _AUTHORIZATION.fullmatch(authorization.strip())
        if found is None:
            raise Refused(403, "Malformed auth header")
        if found[1].lower() == "client-id":
            return self._application(found[2], address)
        with self._lock:
            account = self._tokens.get(found[2])
        if account is None:
            raise Refused(403, "The access token provided is invalid.")
        return Identity(self.client_id, address, account)

    def _application(self, client_id: str, address: str) -> Identity:
        with self._lock:
            known = client_id in self._clients
        if not known:
            raise Refused(403, "Invalid client_id")
        return Identity(client_id, address)


def _client_id() -> str:
    return secrets.token_hex(8)[:15]
