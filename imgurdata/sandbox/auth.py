"""Authentication: the applications and tokens of a sandbox."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from imgurdata._addresses import REDIRECT_URL
from imgurdata._validate import refuse
from imgurdata.errors import InvalidArgument
from imgurdata.sandbox.redirects import check_redirect_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.settings import Settings
    from imgurdata.sandbox.world import Account, World

__all__ = [
    "ApiError", "Application", "AuthServer", "Principal", "SuccessfulError", "TokenPair",
]  # fmt: skip

#: ``expires_in`` of real answers since 2019 at the latest: ten years.
_TEN_YEARS = 315_360_000
_LONGEST_NAME = 100
_CODE_LIFE = 600.0
# The text about pins is recorded, the other one is the library's.
_WRONG_CODE = {
    "pin": "Invalid Pin",
    "code": "Authorization code doesn't exist or is invalid for the client",
}
_AUTHORIZATION = re.compile(r"(client-id|bearer) +(\S+)", re.IGNORECASE)
# 403 is recorded from 2014 to 2018; of the other two only the status is known (PyImgur 2025).
_TOKEN_REFUSALS = {
    403: "The access token provided is invalid.",
    401: "Authentication required",
    429: "Too Many Requests",
}


class ApiError(Exception):
    """An error answer: HTTP status and ``data.error``, which is an object where it has a code."""

    def __init__(self, status: int, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code

    @property
    def error(self) -> str | dict[str, object]:
        """What ``data.error`` is."""
        if self.code is None:
            return self.text
        return {
            "code": self.code,
            "message": self.text,
            "type": "ImgurException",
            "exception": [],
        }


class SuccessfulError(ApiError):
    """An error in an answer that calls itself a success: 200, and ``success`` true."""

    def __init__(self, text: str) -> None:
        super().__init__(200, text)


@dataclass(frozen=True)
class Principal:
    """The client of a request.

    Attributes
    ----------
    client_id : str
        The application.
    address : str
        IP address of the client.
    account : Account or None
        The account of the token; None with a Client-ID.
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
        """A hash that is the same for the same client."""
        return hashlib.sha256("\n".join(self.user_key).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Application:
    """A registered application, with the id and secret of Imgur's lengths (15 and 40)."""

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_url: str

    def has_secret(self, secret: str) -> bool:
        """Return whether this is its secret, in the same time for each wrong one."""
        return hmac.compare_digest(self.client_secret.encode(), secret.encode("utf-8", "replace"))


@dataclass(frozen=True)
class TokenPair:
    """Access token and refresh token of an account for an application.

    Attributes
    ----------
    access, refresh : str
        40 hex characters each, like Imgur's.
    expires_in : int
        Announced life of the access token in seconds.
    expires_at : float
        Epoch second at which the access token expires.
    """

    client_id: str
    account: Account
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int
    expires_at: float


class AuthServer:
    """Applications, and the tokens that accounts gave them; safe for many threads.

    Parameters
    ----------
    world : World
    clock : callable
        Returns the epoch seconds of the sandbox.
    settings : Settings
    client_id : str, optional
        Client id of the application that exists from the start.
    redirect_url : str
        Its redirect address.
    """

    def __init__(
        self,
        world: World,
        clock: Callable[[], float],
        settings: Settings,
        client_id: str | None = None,
        redirect_url: str = REDIRECT_URL,
    ) -> None:
        self._world = world
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._applications: dict[str, Application] = {}
        self._by_access: dict[str, TokenPair] = {}
        self._by_refresh: dict[str, TokenPair] = {}
        self._codes: dict[tuple[str, str], tuple[str, Account, float]] = {}
        self._default = self.register(redirect_url, "imgurdata", client_id).client_id

    # Applications ----------------------------------------------------------------------------

    @property
    def default_application(self) -> Application:
        """The application that exists from the start."""
        return self._applications[self._default]

    def register(
        self,
        redirect_url: str = REDIRECT_URL,
        name: object = "Another application",
        client_id: str | None = None,
    ) -> Application:
        """Register an application, with a new client id by default.

        Raises
        ------
        InvalidArgument
            The address or the name is invalid.
        """
        url = check_redirect_url(redirect_url)
        stripped = name.strip() if isinstance(name, str) else ""
        if not 0 < len(stripped) <= _LONGEST_NAME:
            refuse("name", f"a text of 1 to {_LONGEST_NAME} characters, or None", name)
        client_id = client_id or secrets.token_hex(8)[:15]
        application = Application(client_id, secrets.token_hex(20), stripped, url)
        with self._lock:
            self._applications[client_id] = application
        return application

    def find_application(self, client_id: str) -> Application | None:
        """Return the application with a client id, or None."""
        with self._lock:
            return self._applications.get(client_id)

    def application(self, client_id: str | None) -> Application:
        """Return the application of an argument; None is the default one."""
        if client_id is None:
            return self.default_application
        known = self.find_application(client_id) if isinstance(client_id, str) else None
        if known is None:
            # A client id is somebody's key: it is not quoted.
            raise InvalidArgument(
                "client_id must be that of an application of this sandbox (sandbox.client_id, or "
                "sandbox.add_client())."
            )
        return known

    def set_redirect_url(self, redirect_url: str) -> None:
        """Change the redirect address of the default application."""
        url = check_redirect_url(redirect_url)
        with self._lock:
            changed = replace(self._applications[self._default], redirect_url=url)
            self._applications[self._default] = changed

    def account(self, username: str) -> Account:
        """Return the account of an argument, whose case does not matter."""
        known = self._world.account_by_name
        account = known.get(username.lower()) if isinstance(username, str) else None
        if account is None:
            refuse("username", "an account of the sandbox, such as sandbox.account", username)
        return account

    # Tokens ----------------------------------------------------------------------------------

    def issue(self, client_id: str, account: Account, *, replaces: bool = False) -> TokenPair:
        """Make a pair of tokens.

        The authorize page `replaces` the access tokens that the account gave the application
        before (ShareX/ShareX#1240): clients that hold one must refresh.
        """
        pair = self._new_pair(client_id, account)
        with self._lock:
            if replaces:
                _remove(self._by_access, client_id, account)
            self._store(pair)
        return pair

    def issue_code(self, client_id: str, account: Account, kind: str) -> str:
        """Make a code or a pin, which is good for one exchange within ten minutes (assumed)."""
        code = secrets.token_hex(5 if kind == "pin" else 20)
        with self._lock:
            self._codes[kind, code] = (client_id, account, self._clock() + _CODE_LIFE)
        return code

    def exchange(self, client_id: str, code: str, kind: str) -> TokenPair:
        """Swap a code or a pin for tokens.

        Raises
        ------
        ApiError
            It is unknown, used up, too old, or another application's.
        """
        with self._lock:
            owner, account, until = self._codes.get((kind, code), ("", None, 0.0))
            if account is not None and owner == client_id:
                del self._codes[kind, code]
        if account is None or owner != client_id or self._clock() >= until:
            raise ApiError(400, _WRONG_CODE[kind])
        return self.issue(client_id, account, replaces=True)

    def refresh(self, client_id: str, refresh_token: str) -> TokenPair:
        """Swap a pair for a new one.

        Raises
        ------
        ApiError
            The refresh token is unknown, used up, or another application's.
        """
        with self._lock:
            old = self._by_refresh.get(refresh_token)
            if old is None:
                raise ApiError(400, "Invalid refresh token")
            if old.client_id != client_id:
                raise ApiError(400, "Refresh token doesn't exist or is invalid for the client")
            pair = self._new_pair(client_id, old.account)
            if self._settings.refresh_rotates:
                del self._by_refresh[refresh_token]
            else:
                pair = replace(pair, refresh=refresh_token)
            self._by_access.pop(old.access, None)
            self._store(pair)
        return pair

    def revoke(self, token: str) -> None:
        """Revoke one token, access or refresh."""
        with self._lock:
            for tokens in (self._by_access, self._by_refresh):
                if isinstance(token, str) and tokens.pop(token, None) is not None:
                    return
        raise InvalidArgument("token must be one of this sandbox, and not revoked yet.")

    def revoke_all(self, client_id: str, account: Account) -> None:
        """Revoke all tokens that an account gave an application."""
        with self._lock:
            _remove(self._by_access, client_id, account)
            _remove(self._by_refresh, client_id, account)

    def _new_pair(self, client_id: str, account: Account) -> TokenPair:
        lifetime = self._settings.token_lifetime
        return TokenPair(
            client_id,
            account,
            secrets.token_hex(20),
            secrets.token_hex(20),
            _TEN_YEARS if lifetime is None else math.ceil(lifetime),
            math.inf if lifetime is None else self._clock() + lifetime,
        )

    def _store(self, pair: TokenPair) -> None:
        self._by_access[pair.access] = pair
        self._by_refresh[pair.refresh] = pair

    # Requests --------------------------------------------------------------------------------

    def identify(self, authorization: str | None, client_id: str | None, address: str) -> Principal:
        """Return the client by the Authorization header, else by ``client_id`` of the query.

        Raises
        ------
        ApiError
            Imgur's error for what is wrong (API reference, Auth).
        """
        if authorization is None:
            if not client_id:
                raise ApiError(401, "Authentication required")
            return self._identify_application(client_id, address)
        found = _AUTHORIZATION.fullmatch(authorization.strip())
        if found is None:
            raise ApiError(403, "Malformed auth header")
        if found[1].lower() == "client-id":
            return self._identify_application(found[2], address)
        pair = self._by_access.get(found[2])
        if pair is None or self._clock() >= pair.expires_at:
            status = self._settings.token_refusal
            raise ApiError(status, _TOKEN_REFUSALS[status])
        # What the account is now: its settings may have changed since, or it is closed.
        account = self._world.accounts[pair.account.id]
        if account.url.lower() not in self._world.account_by_name:
            raise ApiError(403, _TOKEN_REFUSALS[403])
        return Principal(pair.client_id, address, account)

    def _identify_application(self, client_id: str, address: str) -> Principal:
        if self.find_application(client_id) is None:
            raise ApiError(403, "Invalid client_id")
        return Principal(client_id, address)


def _remove(tokens: dict[str, TokenPair], client_id: str, account: Account) -> None:
    """Remove an account's tokens for an application."""
    for token, pair in list(tokens.items()):
        if (pair.client_id, pair.account.id) == (client_id, account.id):
            del tokens[token]
