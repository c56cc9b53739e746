"""Rate limits: a user's hour, an application's day and month, an address's POSTs, a gateway's plan.

An application whose day is spent for the fifth time in a month of the calendar is blocked until the
month ends (API reference, 7.4). How Imgur then answers is not on record: here a 429 whose
``ClientRemaining`` is 0.
"""

from __future__ import annotations

import datetime as dt
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
_MONTH = 30 * _DAY
#: Spent days in a month from which on an application is blocked.
_STRIKES = 5
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
    requests : int
        Requests of a plan of the commercial gateway in 30 days (assumed).
    """

    anonymous: int = 500
    signed_in: int = 2000
    client: int = 12_500
    post: int = 1250
    requests: int = 100_000

    @classmethod
    def of(cls, limits: Mapping[str, int] | None) -> Limits:
        """Return the limits of a mapping: ``user``, ``client``, ``post``, ``requests``.

        Raises
        ------
        InvalidArgument
            Another key, or a value that is no whole number from 0 up.
        """
        values: dict[str, int] = {}
        if limits is not None and not isinstance(limits, Mapping):
            refuse("limits", "a mapping of 'user', 'client', 'post' or 'requests', or None", limits)
        for key, number in (limits or {}).items():
            one_of("a key of limits", key, ("user", "client", "post", "requests"))
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
    requests : Quota or None
        The plan of the gateway, which no other limit holds beside.
    """

    granted: bool
    user: Quota
    client: Quota
    post: Quota
    now: float
    requests: Quota | None = None

    def headers(self, reset: str, case: str, *, get: bool, post: bool) -> list[tuple[str, str]]:
        """Return the limit headers of GETs, of POSTs, or both.

        The reset of the user's hour was an epoch second until 2017 and is seconds to go since
        2022; the others always were seconds to go (recorded answers).

        Parameters
        ----------
        reset : {"seconds", "epoch"}
        case : {"lower", "title", "mixed"}
        get, post : bool
        """
        families: list[tuple[str, Quota]] = []
        if post and self.requests is None:
            families.append(("X-Post-Rate-Limit-", self.post))
        if get and self.requests is not None:
            families.append(("X-RateLimit-Requests-", self.requests))
        elif get:
            families += [("X-RateLimit-Client", self.client), ("X-RateLimit-User", self.user)]
        spell: Callable[[str], str] = {"lower": str.lower, "mixed": str.title}.get(case, str)
        headers: list[tuple[str, str]] = []
        for prefix, quota in families:
            since = 0 if reset == "epoch" and quota is self.user else self.now
            values = {"Limit": quota.limit, "Remaining": quota.remaining}
            values["Reset"] = math.ceil(quota.resets_at - since)
            headers += [(spell(prefix + name), str(value)) for name, value in values.items()]
        return headers

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
        self._spent_days: dict[str, list[float]] = {}
        self._lock = threading.Lock()
        self._spent = 0

    @property
    def spent(self) -> int:
        """All credits charged so far."""
        with self._lock:
            return self._spent

    def charge(
        self,
        identity: Principal,
        cost: int,
        now: float,
        *,
        post: bool = False,
        gateway: bool = False,
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
        gateway : bool
            Whether it counts against a plan of the gateway, and against nothing else.
        """
        limits, app = self._limits, identity.client_id
        hour = limits.anonymous if identity.account is None else limits.signed_in
        direct, posts = (0 if gateway else cost), int(post and not gateway)
        with self._lock:
            windows = [
                (self._window(("user", *identity.user_key), _HOUR, hour), direct),
                (self._window(("client", app), _DAY, limits.client), direct),
                (self._window(("post", identity.address), _HOUR, limits.post), posts),
                (self._window(("requests", app), _MONTH, limits.requests), cost * gateway),
            ]
            blocked_until = None if gateway else self._blocked_until(app, now)
            granted = blocked_until is None and all(
                window.quota(now).remaining >= amount for window, amount in windows
            )
            if granted:
                self._spent += cost
                for window, amount in windows:
                    window.take(amount, now)
                if direct and windows[1][0].quota(now).remaining == 0:
                    self._spent_days.setdefault(app, []).append(now)
            user, client, of_posts, requests = (window.quota(now) for window, _ in windows)
            if blocked_until is not None:
                client = Quota(limits.client, 0, min(blocked_until, now + _DAY))
            return Allowance(granted, user, client, of_posts, now, requests if gateway else None)

    def refund(self, identity: Principal, cost: int, *, gateway: bool = False) -> None:
        """Give back what a request was charged that is free after all."""
        keys: list[Hashable] = [("requests", identity.client_id)]
        if not gateway:
            keys = [("user", *identity.user_key), ("client", identity.client_id)]
        with self._lock:
            self._spent -= cost
            for key in keys:
                self._windows[key].used = max(0, self._windows[key].used - cost)

    def _blocked_until(self, app: str, now: float) -> float | None:
        """Return when the block of an application ends, or None if it is not blocked."""
        today = dt.datetime.fromtimestamp(now, tz=dt.UTC)
        month = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        start = month.timestamp()
        if sum(when >= start for when in self._spent_days.get(app, ())) < _STRIKES:
            return None
        return (month + dt.timedelta(days=32)).replace(day=1).timestamp()

    def _window(self, key: Hashable, length: int, limit: int) -> _Window:
        return self._windows.setdefault(key, _Window(length, limit))
