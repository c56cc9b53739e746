"""Windows of the limits: how many credits are left, until which reset.

A user has an hour, an application a day, and POSTs an hour: each window begins with its first call
and is full again when it has passed (API reference, Rate limits). The commercial gateway counts
the requests of a plan, in a month at most. A window is known by its reset, which wavers by a second
or two because it is reported in whole seconds, and responses of several threads arrive in any
order. Many responses cost a credit and report no limits (tags, uploads, errors): their cost is
subtracted until a response to a later request reports the rest.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from imgurdata._clock import Clock, utc
from imgurdata.credits.headers import (
    LENGTHS,
    LIMITS,
    LONGEST_RESETS,
    MAX_CREDITS,
    TOLERANCE,
)
from imgurdata.credits.store import ANSWER, WAITING, LedgerStore

__all__ = [
    "MAX_FLIGHT", "OWNERS", "Key", "KnownLimits", "LimitState", "UnreportedCost", "Window",
    "current", "fold", "limit_state",
]  # fmt: skip

#: A request of another process counts as in flight for so long, then as spent; in seconds.
MAX_FLIGHT = 60.0
_TWO_DAYS = 172_800.0
#: More unreported costs of one limit are put together, the oldest first.
_MAX_UNREPORTED = 64

#: Column of the ledger that says whose a limit is: an hour is a user's, all others are an
#: application's.
OWNERS = dict.fromkeys(LIMITS, "application") | {"user": "identity"}
#: A limit, and its owner.
Key = tuple[str, str]


class Window(NamedTuple):
    """One window as reported; times in epoch seconds.

    Attributes
    ----------
    number : float
        Number in the ledger of the newest answer that reported this window.
    seen : float
        Number of the newest answer when the request of that one was sent. The cost of all answers
        up to this number is part of ``remaining``.
    """

    total: int | None
    remaining: int
    reset_at: float | None
    reported_at: float
    number: float = 0
    seen: float = 0


class LimitState(NamedTuple):
    """Limit, credits left and reset at a moment; None for what was never reported."""

    total: int | None
    remaining: int | None
    reset_at: dt.datetime | None


class UnreportedCost(NamedTuple):
    """Cost of a request whose answer did not report how many credits are left.

    Attributes
    ----------
    number : float
        Position among the answers of the ledger; between two of them if there was no answer.
    """

    number: float
    time: float
    cost: int


def current(window: Window | None, now: float, limit: str) -> Window | None:
    """Return a window, or None if it was written by a clock that was ahead of this one.

    None, too, if its reset is further ahead of its answer than a window is long.
    """
    if window is None or window.reported_at > now + TOLERANCE:
        return None
    latest = min(window.reported_at, now) + LONGEST_RESETS[limit]
    return None if window.reset_at is not None and window.reset_at > latest else window


def fold(window: Window | None, reported: Window) -> Window:
    """Return the known window after one more answer.

    Within one window the smallest number counts. A later reset is another window, and an earlier
    one belongs to an answer that came late. An answer without a reset belongs to the window that
    is running, or replaces one that has passed. If no reset is reported at all, the smallest
    number of the answers that were in flight together counts.
    """
    if window is None:
        return reported
    total = reported.total if reported.total is not None else window.total
    reported = reported._replace(total=total)
    remaining = min(window.remaining, reported.remaining)
    number, seen = max(window.number, reported.number), max(window.seen, reported.seen)
    if reported.reset_at is None:
        if window.reset_at is None and reported.seen < window.number:
            return reported._replace(remaining=remaining, number=number, seen=seen)
        if window.reset_at is None or window.reset_at <= reported.reported_at:
            return reported
        return window._replace(total=total, remaining=remaining, number=number, seen=seen)
    if window.reset_at is None or reported.reset_at > window.reset_at + TOLERANCE:
        return reported
    if reported.reset_at < window.reset_at - TOLERANCE:
        return window
    # A server that always says "an hour to go" moves the reset on with each answer.
    reset_at = max(window.reset_at, reported.reset_at)
    reported_at = max(window.reported_at, reported.reported_at)
    return Window(total, remaining, reset_at, reported_at, number, seen)


def limit_state(
    window: Window | None, now: float, limit: str, unreported: Iterable[UnreportedCost] = ()
) -> LimitState:
    """Return what is left of a window; after its reset that is the whole limit."""
    window, length = current(window, now, limit), LENGTHS[limit]
    if window is None:
        return LimitState(None, None, None)
    later = [cost for cost in unreported if cost.number > window.seen]
    # A window without a reset is over when its length has passed.
    ends = window.reported_at + length if window.reset_at is None else window.reset_at
    if later and window.remaining == window.total:
        # A free answer (a 429) reported a window that had not begun: the first cost begins it.
        ends = max(ends, min(cost.time for cost in later) + length)
    if ends > now:
        left = window.remaining - sum(cost.cost for cost in later)
        reset_at = None if window.reset_at is None else utc(ends)
        return LimitState(window.total, max(left, 0), reset_at)
    if window.total is None:
        return LimitState(None, None, None)
    # The next window begins with a request whose answer did not report it.
    began, used = -math.inf, 0
    for cost in sorted(later, key=lambda cost: cost.time):
        if cost.time >= ends:
            if cost.time >= began + length:
                began, used = cost.time, 0
            used += cost.cost
    used = used if now < began + length else 0
    return LimitState(window.total, max(window.total - used, 0), None)


def _credits_needed(limit: str, method: str, cost: int) -> int:
    """Return what a request takes of a limit; those of POSTs and of a plan count requests."""
    if limit == "requests":
        return int(cost > 0)
    return cost if limit != "post" else int(method == "POST" and cost > 0)


@dataclass(slots=True)
class _LimitWindow:
    """Window of a limit, and costs of later answers that did not report it, by their number."""

    window: Window | None = None
    unreported: dict[float, UnreportedCost] = field(default_factory=dict)

    def add(
        self, limit: str, now: float, number: int, time: float, method: str, cost: int,
        seen: float | None, total: float | None, remaining: float | None, reset_at: float | None,
    ) -> None:  # fmt: skip
        """Fold an answer into the window, or note a cost that it did not report."""
        costs = self.unreported
        if remaining is None:
            if need := _credits_needed(limit, method, cost):
                costs[number] = UnreportedCost(number, time, need)
            if len(costs) > _MAX_UNREPORTED:
                first, second = list(costs)[:2]
                merged = costs.pop(first).cost + costs[second].cost
                costs[second] = costs[second]._replace(cost=merged)
            return
        # Older versions believed any number. They did not store what was seen either: all earlier
        # answers are assumed.
        if remaining > MAX_CREDITS or (total is not None and not remaining <= total <= MAX_CREDITS):
            return
        window = Window(
            None if total is None else int(total), int(remaining), reset_at, time, number,
            number - 1 if seen is None else seen,
        )  # fmt: skip
        if current(window, now, limit) is not None:
            self.window = window = fold(current(self.window, now, limit), window)
            self.unreported = {n: row for n, row in costs.items() if n > window.seen}


class KnownLimits:
    """Windows of the limits, kept in memory and read again when the file has changed.

    The caller holds the ledger's lock. ``own`` holds the numbers of this session's requests in
    flight, ``newest`` is the number of the newest answer that was taken, and ``answers_outdated``
    and ``requests_outdated`` say that there are answers of this session that were not taken, or a
    request that it abandoned. ``unanswered`` has the requests without an answer that are not this
    session's, in flight or lost: when each was sent, what it takes of the limit, and the number
    that it was lost at, or 0.
    """

    def __init__(self, store: LedgerStore, host: str, clock: Clock, own: Collection[int]) -> None:
        self._store = store
        self._host = host
        self._clock = clock
        self._own = own
        self._windows: dict[Key, _LimitWindow] = {}
        #: Windows that were known before the file was replaced.
        self._former: dict[Key, Window] = {}
        self._start_over(store.version())

    def states(
        self, limits: Iterable[str], who: Mapping[str, str], elsewhere_is_spent: bool = False
    ) -> dict[str, LimitState]:
        """Return what is left of limits, without or with the requests in flight elsewhere.

        ``who`` has the ``identity`` and the ``application`` that the limits belong to.
        """
        version = self._store.version()
        if version != self.version or self.answers_outdated or self.requests_outdated:
            self._refresh(version)
        states, now = {}, self._clock.now()
        for limit in limits:
            key = limit, who[OWNERS[limit]]
            known = self._windows.get(key) or self._load(key)
            window, costs = known.window, list(known.unreported.values())
            for time, need, lost in self.unanswered.get(key, ()):
                in_flight = time > now - MAX_FLIGHT
                if lost:
                    costs.append(UnreportedCost(lost - 0.5, time, need))
                elif elsewhere_is_spent if in_flight else not window or time >= window.reported_at:
                    costs.append(UnreportedCost(math.inf, time, need))
            states[limit] = limit_state(window, now, limit, costs)
        return states

    def take(self, number: int, row: Mapping[str, Any]) -> None:
        """Take an answer that follows the newest one, with its columns in the file."""
        now = self._clock.now()
        for limit in LIMITS:
            known = self._windows.get((limit, row[OWNERS[limit]]))
            if known is not None:  # others will be read from the file
                known.add(
                    limit, now, number, row["time"], row["method"], row["cost"], row["seen"],
                    row[f"{limit}_limit"], row[f"{limit}_remaining"], row[f"{limit}_reset_at"],
                )  # fmt: skip
        if number > WAITING:
            self._newest_waiting = number
        else:
            self.newest = number

    def _start_over(self, version: tuple[int, int, int]) -> None:
        """Forget all windows; they are read from the file when they are looked at."""
        self._windows.clear()
        ((self.newest, self._newest_waiting),) = self._store.rows(
            f"SELECT COALESCE(MAX(number) FILTER (WHERE number <= {WAITING}), 0), "
            f"COALESCE(MAX(number), {WAITING}) FROM answers"
        )
        self._read_requests()
        self.version, self.answers_outdated = version, False

    def _refresh(self, version: tuple[int, int, int]) -> None:
        """Read what was written since the last time."""
        if version[0] != self.version[0]:
            # The new file may be empty. What was left in the old one is still the most there is.
            for key, known in self._windows.items():
                if (window := known.window) is not None:
                    cost = sum(row.cost for row in known.unreported.values())
                    left = max(window.remaining - cost, 0)
                    self._former[key] = window._replace(remaining=left, number=0, seen=0)
        if version[:2] != self.version[:2]:
            self._start_over(version)
            return
        if version != self.version or self.requests_outdated:
            self._read_requests()
        # The plus sign keeps SQLite from reading all rows of the host by its index.
        for number, *row in self._store.rows(
            f"SELECT number, {', '.join(ANSWER)} FROM answers WHERE +host = ? AND number > ? AND "
            f"(number <= {WAITING} OR number > ?) ORDER BY number",
            self._host, self.newest, self._newest_waiting,
        ):  # fmt: skip
            self.take(number, dict(zip(ANSWER, row, strict=True)))
        self.version, self.answers_outdated = version, False

    def _read_requests(self) -> None:
        """Read the requests without an answer."""
        now = self._clock.now()
        self.unanswered: dict[Key, list[tuple[float, int, int]]] = {}
        for number, identity, application, time, method, cost, lost in self._store.rows(
            "SELECT number, identity, application, time, method, cost, lost FROM asked "
            "WHERE host = ? AND time BETWEEN ? AND ?",
            self._host, now - _TWO_DAYS, now + TOLERANCE,
        ):  # fmt: skip
            who = {"identity": identity, "application": application}
            for limit in LIMITS if number not in self._own else ():
                if need := _credits_needed(limit, method, cost):
                    key = limit, who[OWNERS[limit]]
                    self.unanswered.setdefault(key, []).append((time, need, lost))
        self.requests_outdated = False

    def _load(self, key: Key) -> _LimitWindow:
        """Read a window from the file: the last answers in their order, and the smallest of all.

        Rows of a clock that was ahead of this one and impossible rows are passed over.
        """
        (limit, owner), known, now = key, _LimitWindow(), self._clock.now()
        length, latest = LENGTHS[limit], now + TOLERANCE
        remaining, reset_at = f"{limit}_remaining", f"{limit}_reset_at"
        select = f"SELECT number, time, method, cost, seen, {limit}_limit, {remaining}, {reset_at}"
        own = f"FROM answers WHERE host = ? AND {OWNERS[limit]} = ? AND time <= ? AND time > ?"
        reported = (
            f"{own} AND {remaining} BETWEEN 0 AND {MAX_CREDITS} AND "
            f"({reset_at} IS NULL OR {reset_at} - time <= {LONGEST_RESETS[limit]})"
        )
        values = (self._host, owner, latest)
        last = self._store.rows(
            f"{select} {reported} ORDER BY time DESC, number DESC LIMIT 64", *values, 0
        )
        for row in reversed(last):
            known.add(limit, now, *row)
        if (window := known.window) is not None:
            if window.reset_at is not None:
                ((smallest,),) = self._store.rows(
                    f"SELECT MIN({remaining}) {reported} AND {reset_at} BETWEEN ? AND ?",
                    *values, window.reported_at - length - TOLERANCE,
                    window.reset_at - TOLERANCE, window.reset_at + TOLERANCE,
                )  # fmt: skip
                if smallest is not None:
                    smallest = min(window.remaining, int(smallest))
                    known.window = window._replace(remaining=smallest)
            for row in self._store.rows(
                f"{select} {own} AND number > ? AND cost > 0 AND {remaining} IS NULL "
                "ORDER BY number", *values, latest - 2 * length, window.seen,
            ):  # fmt: skip
                known.add(limit, now, *row)
        if former := self._former.get(key):
            known.window = former if known.window is None else fold(former, known.window)
        self._windows[key] = known
        return known
