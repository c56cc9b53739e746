"""The tokens that a sandbox gave out, and how long they live."""

from __future__ import annotations

import math
import secrets
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgurdata.sandbox.people import Account

__all__ = ["LONGEST", "Grant", "TokenBook"]

#: What real answers call the life of an access token since 2019 at the latest: ten years.
LONGEST = 315_360_000


@dataclass(frozen=True)
class Grant:
    """What one account allows one application, and the pair of tokens that proves it.

    Attributes
    ----------
    client_id : str
    account : Account
    access, refresh : str
        40 hex characters each, like Imgur's.
    expires_in : int
        What answers call the life of the access token, in seconds.
    ends : float
        Epoch second at which the access token ends.
    """

    client_id: str
    account: Account
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int
    ends: float

    def is_of(self, client_id: str, account: Account) -> bool:
        """Tell whether it is this account's to this application."""
        return (self.client_id, self.account.id) == (client_id, account.id)


class TokenBook:
    """All tokens that are valid; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}

    def give(
        self,
        client_id: str,
        account: Account,
        now: float,
        lifetime: float | None,
        *,
        alone: bool = False,
    ) -> Grant:
        """Make a pair of tokens.

        Parameters
        ----------
        client_id : str
        account : Account
        now : float
            Epoch seconds.
        lifetime : float or None
            Seconds until the access token ends; None is never.
        alone : bool
            Whether it ends all other access tokens of this account to this application. Their
            refresh tokens stay.
        """
        grant = _pair(client_id, account, now, lifetime)
        with self._lock:
            if alone:
                self._end_access(client_id, account)
            self._keep(grant)
        return grant

    def of_access(self, access: str, now: float) -> Grant | None:
        """Find whose access token this is; None if it is not valid (any more)."""
        with self._lock:
            grant = self._by_access.get(access)
        return grant if grant is not None and now < grant.ends else None

    def of_refresh(self, refresh: str) -> Grant | None:
        """Find whose refresh token this is; the clock does not end those."""
        with self._lock:
            return self._by_refresh.get(refresh)

    def renew(
        self, old: Grant, now: float, lifetime: float | None, *, rotates: bool = True
    ) -> Grant | None:
        """Swap a pair for a new one; None if somebody else did so just before.

        Unless it `rotates`, the refresh token stays the same, and only the access token is new.
        """
        grant = _pair(old.client_id, old.account, now, lifetime)
        if not rotates:
            grant = replace(grant, refresh=old.refresh)
        with self._lock:
            if self._by_refresh.pop(old.refresh, None) is None:
                return None
            self._by_access.pop(old.access, None)
            self._keep(grant)
        return grant

    def revoke(self, token: str) -> bool:
        """End one token, of either kind; False if it was none."""
        with self._lock:
            access = self._by_access.pop(token, None)
            refresh = self._by_refresh.pop(token, None)
        return access is not None or refresh is not None

    def revoke_all(self, client_id: str, account: Account) -> int:
        """End all tokens of an account to an application, and tell how many there were."""
        with self._lock:
            ended = self._end_access(client_id, account)
            refresh = [t for t, g in self._by_refresh.items() if g.is_of(client_id, account)]
            for token in refresh:
                del self._by_refresh[token]
        return ended + len(refresh)

    def _keep(self, grant: Grant) -> None:
        self._by_access[grant.access] = grant
        self._by_refresh[grant.refresh] = grant

    def _end_access(self, client_id: str, account: Account) -> int:
        access = [t for t, g in self._by_access.items() if g.is_of(client_id, account)]
        for token in access:
            del self._by_access[token]
        return len(access)


def _pair(client_id: str, account: Account, now: float, lifetime: float | None) -> Grant:
    return Grant(
        client_id,
        account,
        secrets.token_hex(20),
        secrets.token_hex(20),
        LONGEST if lifetime is None else math.ceil(lifetime),
        math.inf if lifetime is None else now + lifetime,
    )
