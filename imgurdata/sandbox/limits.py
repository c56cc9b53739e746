"""Credits that really run down: one user's hour, an application's day, an address's POSTs."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata._validate import integer, one_of, refuse

if TYPE_CHECKING:
    from collections.abc import Hashable

    from imgurdata.sandbox.identity import Identity

__all__ = ["Allowance", "Ledger", "Limits", "header_name"]

HOUR = 3600
DAY = 86_400
#: Most credits that can be granted.
_MOST = 1_000_000_000

_TITLE = {
    "x-ratelimit-userlimit": "X-RateLimit-UserLimit",
    "x-ratelimit-userremaining": "X-RateLimit-UserRemaining",
    "x-ratelimit-userreset": "X-RateLimit-UserReset",
    "x-ratelimit-clientlimit": "X-RateLimit-ClientLimit",
    "x-ratelimit-clientremaining": "X-RateLimit-ClientRemaining",
    "x-ratelimit-clientreset": "X-RateLimit-ClientReset",
    "x-post-rate-limit-limit": "X-Post-Rate-Limit-Limit",
    "x-post-rate-limit-remaining": "X-Post-Rate-Limit-Remaining",
    "x-post-rate-limit-reset": "X-Post-Rate-Limit-Reset",
}


def header_name(name: str, case: str) -> str:
    """Write a limit header's name as Imgur did at the time.

    Examples
    --------
    >>> header_name("x-ratelimit-clientlimit", "title")
    'X-RateLimit-ClientLimit'
    >>> header_name("x-ratelimit-clientlimit", "mixed")
    'X-Ratelimit-Clientlimit'
    """
    if case == "title":
        return _TITLE[name]
    if case == "mixed":
        return name.title()
    return name


@dataclass(frozen=True)
class Limits:
    """How much each may spend (API reference, Rate limits).

    Attributes
    ----------
    anonymous, signed_in : int
        Credits per user and hour, with a Client-ID and with a Bearer token.
    client : int
        Credits per application and day.
    post : int
        POSTs per address and hour.
    """

    anonymous: int = 500
    signed_in: int = 2000
    client: int = 12_500
    post: int = 1250

    @classmethod
    def of(cls, limits: Mapping[str, int] | None) -> Limits:
        """Read limits from any of ``user``, ``client`` and ``post``.

        Raises
        ------
        InvalidArgument
            Another key, or a value that is no whole number from 0 up.
        """
        given: dict[str, int] = {}
        if limits is not None and not isinstance(limits, Mapping):
            refuse("limits", "a mapping with any of 'user', 'client' and 'post', or None", limits)
        for key, told in (limits or {}).items():
            one_of("a key of limits", key, ("user", "client", "post"))
            value = integer(f"limits[{key!r}]", told, least=0, most=_MOST)
            if key == "user":
                given["anonymous"] = given["signed_in"] = value
            else:
                given[key] = value
        return cls(**given)


@dataclass
class _Window:
    """A fixed window: it begins with the first call and is full again when it has passed."""

    length: int
    limit: int
    began: float | None = None
    used: int = 0

    def refresh(self, now: float) -> None:
        if self.began is not None and now >= self.began + self.length:
            self.began, self.used = None, 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def ends(self, now: float) -> float:
        return (now if self.began is None else self.began) + self.length

    def take(self, cost: int, now: float) -> None:
        if cost and self.began is None:
            self.began = now
        self.used += cost


@dataclass(frozen=True)
class Allowance:
    """What one caller has left after a call.

    Attributes
    ----------
    granted : bool
        Whether the call was paid for; False is a 429.
    user, client, post : tuple of (int, int, float)
        Limit, what remains, and the epoch second at which it is full again.
    now : float
        The clock's epoch second.
    """

    granted: bool
    user: tuple[int, int, float]
    client: tuple[int, int, float]
    post: tuple[int, int, float]
    now: float

    def headers(self, *, reset: str, case: str, get: bool, post: bool) -> list[tuple[str, str]]:
        """Write the limit headers: of GETs, of POSTs, or both.

        The reset of the user's hour was an epoch second until 2017 and is seconds to go since
        2022; the others always were seconds to go (recorded answers).
        """
        user_reset = self.user[2] if reset == "epoch" else self.user[2] - self.now
        values: list[tuple[str, float]] = []
        if post:
            values += [
                ("x-post-rate-limit-limit", self.post[0]),
                ("x-post-rate-limit-remaining", self.post[1]),
                ("x-post-rate-limit-reset", self.post[2] - self.now),
            ]
        if get:
            values += [
                ("x-ratelimit-clientlimit", self.client[0]),
                ("x-ratelimit-clientremaining", self.client[1]),
                ("x-ratelimit-clientreset", self.client[2] - self.now),
                ("x-ratelimit-userlimit", self.user[0]),
                ("x-ratelimit-userremaining", self.user[1]),
                ("x-ratelimit-userreset", user_reset),
            ]
        return [(header_name(name, case), str(math.ceil(value))) for name, value in values]

    def body(self) -> dict[str, Any]:
        """Write what ``/3/credits`` answers; here the reset is an epoch second in every record."""
        return {
            "UserLimit": self.user[0],
            "UserRemaining": self.user[1],
            "UserReset": math.ceil(self.user[2]),
            "ClientLimit": self.client[0],
            "ClientRemaining": self.client[1],
        }


class Ledger:
    """Who has spent what; safe for many threads.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._windows: dict[Hashable, _Window] = {}
        self._lock = threading.Lock()
        self._spent = 0

    @property
    def spent(self) -> int:
        """All credits charged so far."""
        with self._lock:
            return self._spent

    def charge(self, who: Identity, cost: int, now: float, *, post: bool = False) -> Allowance:
        """Take the cost of a call, if all that it is counted against can pay it.

        Parameters
        ----------
        who : Identity
        cost : int
            Credits; 0 only looks.
        now : float
            Epoch seconds of the sandbox's clock.
        post : bool
            Whether it also counts against the POSTs of the address.

        Returns
        -------
        Allowance
            With ``granted`` False, nothing was taken.
        """
        limits = self._limits
        hour = limits.anonymous if who.account is None else limits.signed_in
        with self._lock:
            user = self._window(("user", *who.user_key), HOUR, hour, now)
            client = self._window(("client", who.client_id), DAY, limits.client, now)
            posts = self._window(("post", who.address), HOUR, limits.post, now)
            granted = user.remaining >= cost and client.remaining >= cost
            granted = granted and (posts.remaining >= 1 or not post)
            if granted:
                user.take(cost, now)
                client.take(cost, now)
                posts.take(int(post), now)
                self._spent += cost
            return Allowance(
                granted,
                (user.limit, user.remaining, user.ends(now)),
                (client.limit, client.remaining, client.ends(now)),
                (posts.limit, posts.remaining, posts.ends(now)),
                now,
            )

    def _window(self, key: Hashable, length: int, limit: int, now: float) -> _Window:
        window = self._windows.setdefault(key, _Window(length, limit))
        window.refresh(now)
        return window
