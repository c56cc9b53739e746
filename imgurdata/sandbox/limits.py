"""Rate limits: the hour of a user, the day of an application, the POSTs of an address."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from imgurdata._validate import integer, one_of, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from imgurdata.sandbox.auth import Principal

__all__ = ["Allowance", "Ledger", "Limits", "Quota"]

_HOUR = 3600
_DAY = 86_400
#: Most credits that can be granted.
_MOST = 1_000_000_000


@dataclass(frozen=True)
class Limits:
    """Credits (API reference, Rate limits).

    Attributes
    ----------
    anonymous, signed_in : int
        Per user and hour, with a Client-ID and with a Bearer token.
    client : int
        Per application and day.
    post : int
        POSTs per address and hour.
    """

    anonymous: int = 500
    signed_in: int = 2000
    client: int = 12_500
    post: int = 1250

    @classmethod
    def of(cls, limits: Mapping[str, int] | None) -> Limits:
        """Return the limits of a mapping with any of ``user``, ``client`` and ``post``.

        Raises
        ------
        InvalidArgument
            Another key, or a value that is no whole number from 0 up.
        """
        values: dict[str, int] = {}
        if limits is not None and not isinstance(limits, Mapping):
            refuse("limits", "a mapping with any of 'user', 'client' and 'post', or None", limits)
        for key, number in (limits or {}).items():
            one_of("a key of limits", key, ("user", "client", "post"))
            value = integer(f"limits[{key!r}]", number, least=0, most=_MOST)
            for name in ("anonymous", "signed_in") if key == "user" else (key,):
                values[name] = value
        return cls(**values)


class Quota(NamedTuple):
    """State of one limit; `resets_at` is an epoch second."""

    limit: int
    remaining: int
    resets_at: float


@dataclass
class _Window:
    """A fixed window: it begins with the first request and is full again when it has passed."""

    length: int
    limit: int
    began: float | None = None
    used: int = 0

    def quota(self, now: float) -> Quota:
        if self.began is not None and now >= self.began + self.length:
            self.began, self.used = None, 0
        began = now if self.began is None else self.began
        return Quota(self.limit, max(0, self.limit - self.used), began + self.length)

    def take(self, cost: int, now: float) -> None:
        if cost and self.began is None:
            self.began = now
        self.used += cost


@dataclass(frozen=True)
class Allowance:
    """Quotas of a client after a request.

    Attributes
    ----------
    granted : bool
        Whether the request was paid for; False is a 429.
    now : float
        The clock's epoch second.
    """

    granted: bool
    user: Quota
    client: Quota
    post: Quota
    now: float

    def headers(self, *, reset: str, case: str, get: bool, post: bool) -> list[tuple[str, str]]:
        """Return the limit headers of GETs, of POSTs, or both.

        The reset of the user's hour was an epoch second until 2017 and is seconds to go since
        2022; the others always were seconds to go (recorded answers).

        Parameters
        ----------
        reset : {"seconds", "epoch"}
        case : {"lower", "title", "mixed"}
        get, post : bool
        """
        values: list[tuple[str, float]] = []
        if post:
            values += [
                ("X-Post-Rate-Limit-Limit", self.post.limit),
                ("X-Post-Rate-Limit-Remaining", self.post.remaining),
                ("X-Post-Rate-Limit-Reset", self.post.resets_at - self.now),
            ]
        if get:
            user_reset = self.user.resets_at - (0 if reset == "epoch" else self.now)
            values += [
                ("X-RateLimit-ClientLimit", self.client.limit),
                ("X-RateLimit-ClientRemaining", self.client.remaining),
                ("X-RateLimit-ClientReset", self.client.resets_at - self.now),
                ("X-RateLimit-UserLimit", self.user.limit),
                ("X-RateLimit-UserRemaining", self.user.remaining),
                ("X-RateLimit-UserReset", user_reset),
            ]
        spellings: dict[str, Callable[[str], str]]
        spellings = {"lower": str.lower, "title": str, "mixed": str.title}
        return [(spellings[case](name), str(math.ceil(value))) for name, value in values]

    def body(self) -> dict[str, Any]:
        """Return ``data`` of ``/3/credits``, where the reset is an epoch second in every record."""
        return {
            "UserLimit": self.user.limit,
            "UserRemaining": self.user.remaining,
            "UserReset": math.ceil(self.user.resets_at),
            "ClientLimit": self.client.limit,
            "ClientRemaining": self.client.remaining,
        }


class Ledger:
    """Credits of all clients; safe for many threads."""

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

    def charge(
        self, identity: Principal, cost: int, now: float, *, post: bool = False
    ) -> Allowance:
        """Charge a request, if every quota that it counts against suffices.

        Parameters
        ----------
        identity : Principal
        cost : int
            Credits; 0 only reads the quotas.
        now : float
            Epoch seconds of the sandbox's clock.
        post : bool
            Whether it also counts against the POSTs of the address.
        """
        limits = self._limits
        hour = limits.anonymous if identity.account is None else limits.signed_in
        with self._lock:
            windows = [
                (self._window(("user", *identity.user_key), _HOUR, hour), cost),
                (self._window(("client", identity.client_id), _DAY, limits.client), cost),
                (self._window(("post", identity.address), _HOUR, limits.post), int(post)),
            ]
            granted = all(window.quota(now).remaining >= amount for window, amount in windows)
            if granted:
                self._spent += cost
                for window, amount in windows:
                    window.take(amount, now)
            user, client, posts = (window.quota(now) for window, _ in windows)
            return Allowance(granted, user, client, posts, now)

    def _window(self, key: Hashable, length: int, limit: int) -> _Window:
        return self._windows.setdefault(key, _Window(length, limit))
