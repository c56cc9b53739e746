"""Who asks: the applications and tokens that the sandbox knows."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgurdata._validate import refuse
from imgurdata.errors import InvalidArgument
from imgurdata.sandbox.applications import Application, Applications
from imgurdata.sandbox.tokens import Grant, TokenBook

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.settings import Settings
    from imgurdata.sandbox.world import World

__all__ = ["Identity", "KeyRing", "Refused"]

_AUTHORIZATION = re.compile(r"(client-id|bearer) +(\S+)", re.IGNORECASE)
# 403 is recorded from 2014 to 2018; of the other two only the status is known (PyImgur 2025).
_TOKEN_REFUSALS = {
    403: "The access token provided is invalid.",
    401: "Authentication required",
    429: "Too Many Requests",
}


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
    """Applications, and the tokens that accounts gave them; new ones for each sandbox.

    Parameters
    ----------
    world : World
        Knows the accounts that tokens are for.
    clock : callable
        Epoch seconds of the sandbox.
    settings : Settings
        How long tokens live, and how those that are not valid are refused.
    client_id : str, optional
        Of the application that is there from the start.

    Attributes
    ----------
    applications : Applications
    tokens : TokenBook
    """

    def __init__(
        self,
        world: World,
        clock: Callable[[], float],
        settings: Settings,
        client_id: str | None = None,
    ) -> None:
        self._world = world
        self._clock = clock
        self._settings = settings
        self.applications = Applications(client_id)
        self.tokens = TokenBook()

    def application(self, client_id: str | None) -> Application:
        """Find an application; None is the one that each sandbox has from the start."""
        if client_id is None:
            return self.applications.first
        known = self.applications.get(client_id) if isinstance(client_id, str) else None
        if known is None:
            # A client id is somebody's key: it is not quoted.
            raise InvalidArgument(
                "client_id must be that of an application of this sandbox (sandbox.client_id, or "
                "sandbox.add_client())."
            )
        return known

    @property
    def usual(self) -> Account:
        """Who signs in unless another is named."""
        return self._world.usual

    def account(self, username: str) -> Account:
        """Find an account by its name, upper or lower case."""
        known = self._world.account_by_name
        account = known.get(username.lower()) if isinstance(username, str) else None
        if account is None:
            refuse("username", "an account of the sandbox, such as sandbox.account", username)
        return account

    def issue(self, username: str, client_id: str | None = None) -> Grant:
        """Make a pair of tokens of an account; others stay as they are."""
        return self._give(self.application(client_id), self.account(username))

    def sign_in(self, application: Application, account: Account) -> Grant:
        """Make a pair of tokens as the authorize page does.

        It ends the access tokens that the account gave the application before
        (ShareX/ShareX#1240): whoever holds one must refresh.
        """
        return self._give(application, account, alone=True)

    def _give(self, application: Application, account: Account, *, alone: bool = False) -> Grant:
        lifetime = self._settings.token_lifetime
        now = self._clock()
        return self.tokens.give(application.client_id, account, now, lifetime, alone=alone)

    def renew(self, old: Grant) -> Grant | None:
        """Swap a pair for a new one; None if somebody else did so just before."""
        settings = self._settings
        rotates = settings.refresh_rotates
        return self.tokens.renew(old, self._clock(), settings.token_lifetime, rotates=rotates)

    def revoke(self, token: str) -> None:
        """End an access or a refresh token."""
        if not isinstance(token, str) or not self.tokens.revoke(token):
            raise InvalidArgument("token must be one of this sandbox, and not revoked yet.")

    def revoke_all(self, username: str, client_id: str | None = None) -> None:
        """End all tokens that an account gave an application."""
        application, account = self.application(client_id), self.account(username)
        self.tokens.revoke_all(application.client_id, account)

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
        grant = self.tokens.of_access(found[2], self._clock())
        if grant is None:
            status = self._settings.token_refusal
            raise Refused(status, _TOKEN_REFUSALS[status])
        return Identity(grant.client_id, address, grant.account)

    def _application(self, client_id: str, address: str) -> Identity:
        if self.applications.get(client_id) is None:
            raise Refused(403, "Invalid client_id")
        return Identity(client_id, address)
