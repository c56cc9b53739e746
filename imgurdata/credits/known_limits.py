"""Credits left of each limit, as far as the answers to this machine reported them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any

from imgurdata._clock import Clock
from imgurdata.auth.principal import Principal
from imgurdata.credits.headers import COLUMNS
from imgurdata.credits.store import WAITING, LedgerStore
from imgurdata.credits.windows import (
    LENGTHS,
    LIMITS,
    MAX_CREDITS,
    TOLERANCE,
    LimitState,
    UnreportedCost,
    Window,
    current,
    fold,
    limit_state,
    max_time_to_reset,
    read_window,
)

__all__ = ["MAX_FLIGHT", "Key", "KnownLimits", "key_of"]

#: A request of another process counts as in flight for so long, then as spent; in seconds.
MAX_FLIGHT = 60.0
_TWO_DAYS = 172_800.0
#: More unreported costs of one limit are put together, the oldest first.
_MAX_UNREPORTED = 64

#: A limit, and the identity or application it belongs to.
Key = tuple[str, str]


def key_of(limit: str, who: Principal) -> Key:
    """Return the key of a limit: an hour is a user's, a day and the POSTs an application's."""
    return limit, who.key if limit == "user" else who.application


def _credits_needed(limit: str, method: str, cost: int) -> int:
    """Return what a request takes of a limit; those of POSTs and of a plan count requests."""
    if limit == "requests":
        return int(cost > 0)
    return cost if limit != "post" else int(method == "POST" and cost > 0)


class KnownLimits:
    """Windows of the limits, kept in memory and read again when the file has changed.

    The caller holds the ledger's lock. ``own`` holds the numbers of this session's requests in
    flight, ``newest`` is the number of the newest answer that was taken, and ``answers_outdated``
    and ``requests_outdated`` say that there are answers of this session that were not taken, or a
    request that it abandoned.
    """

    def __init__(self, store: LedgerStore, host: str, clock: Clock, own: Collection[int]) -> None:
        self._store = store
        self._host = host
        self._clock = clock
        self._own = own
        self._windows: dict[Key, Window | None] = {}
        self._unreported: dict[Key, dict[float, UnreportedCost]] = {}
        #: Windows that were known before the file was replaced.
        self._former: dict[Key, Window] = {}
        self._read_up_to(store.version())

    def _read_up_to(self, version: tuple[int, int, int]) -> None:
        """Forget all windows; they are read from the file when they are looked at."""
        self._windows.clear()
        self._unreported.clear()
        ((self.newest, self._newest_waiting),) = self._store.rows(
            f"SELECT COALESCE(MAX(number) FILTER (WHERE number <= {WAITING}), 0), "
            f"COALESCE(MAX(number), {WAITING}) FROM answers"
        )
        self._read_requests()
        self.version, self.answers_outdated = version, False

    def refresh(self) -> None:
        """Read what was written since the last time."""
        version = self._store.version()
        if version == self.version and not (self.answers_outdated or self.requests_outdated):
            return
        if version[0] != self.version[0]:
            # The new file may be empty. What was left in the old one is still the most there is.
            for key, window in self._windows.items():
                if window is not None:
                    cost = sum(row.cost for row in self._unreported[key].values())
                    left = max(window.remaining - cost, 0)
                    self._former[key] = window._replace(remaining=left, number=0, seen=0)
        if version[:2] != self.version[:2]:
            self._read_up_to(version)
            return
        if version != self.version or self.requests_outdated:
            self._read_requests()
        # The plus sign keeps SQLite from reading all rows of the host by its index.
        for row in self._store.rows(
            "SELECT identity, application, number, time, method, cost, seen, "
            f"{', '.join(COLUMNS)} FROM answers WHERE +host = ? AND number > ? AND "
            f"(number <= {WAITING} OR number > ?) ORDER BY number",
            self._host, self.newest, self._newest_waiting,
        ):  # fmt: skip
            self._take(*row)
        self.version, self.answers_outdated = version, False

    def wrote(self, number: int | None, who: Principal, *row: Any) -> None:
        """Take an answer that this session has written, instead of reading it from the file.

        Where answers of others stand before it, or it has no number in this file,
        ``answers_outdated`` stays True.
        """
        if number is not None and number == self.newest + 1:
            self._take(who.key, who.application, number, *row)
            self.answers_outdated = False

    def _take(
        self, identity: str, application: str, number: int, time: float, method: str, cost: int,
        seen: float | None, *reported: float | None,
    ) -> None:  # fmt: skip
        for index, limit in enumerate(LIMITS):
            key = (limit, identity if limit == "user" else application)
            if key in self._windows:  # others will be read from the file
                total, left, reset_at = reported[index * 3 : index * 3 + 3]
                self._add(key, number, time, method, cost, seen, total, left, reset_at)
        if number > WAITING:
            self._newest_waiting = number
        else:
            self.newest = number

    def _read_requests(self) -> None:
        """Read the requests without an answer: in flight elsewhere, or lost."""
        now = self._clock.now()
        rows = self._store.rows(
            "SELECT number, time, identity, application, method, cost, lost FROM asked "
            "WHERE host = ? AND time BETWEEN ? AND ?",
            self._host, now - _TWO_DAYS, now + TOLERANCE,
        )  # fmt: skip
        self._requests = [row[1:] for row in rows if row[0] not in self._own]
        self.requests_outdated = False

    def state(self, limit: str, who: Principal, elsewhere_is_spent: bool = False) -> LimitState:
        """Return what is left of a limit, without or with the requests in flight elsewhere."""
        key, now = key_of(limit, who), self._clock.now()
        if key not in self._windows:
            try:
                self._load(key)
            except BaseException:
                self._windows.pop(key, None)
                raise
        window, costs = self._windows[key], list(self._unreported[key].values())
        for time, need, lost in self.unanswered(key) if self._requests else ():
            in_flight = time > now - MAX_FLIGHT
            if lost:
                costs.append(UnreportedCost(lost - 0.5, time, need))
            elif elsewhere_is_spent if in_flight else not window or time >= window.reported_at:
                costs.append(UnreportedCost(math.inf, time, need))
        return limit_state(window, now, LENGTHS[limit], costs)

    def unanswered(self, key: Key) -> Iterator[tuple[float, int, int]]:
        """Yield the requests without an answer that are not this session's.

        When each was sent, what it takes of the limit, and the number that it was lost at, or 0.
        """
        limit, owner = key
        for time, identity, application, method, cost, lost in self._requests:
            if owner == (identity if limit == "user" else application):
                need = _credits_needed(limit, method, cost)
                if need:
                    yield time, need, lost

    def _load(self, key: Key) -> None:
        """Read a window from the file: the last answers in their order, and the smallest of all.

        Rows of a clock that was ahead of this one and impossible rows are passed over.
        """
        limit, owner = key
        self._windows[key], self._unreported[key] = None, {}
        length, latest = LENGTHS[limit], self._clock.now() + TOLERANCE
        remaining, reset_at = f"{limit}_remaining", f"{limit}_reset_at"
        select = f"SELECT number, time, method, cost, seen, {limit}_limit, {remaining}, {reset_at}"
        column = "identity" if limit == "user" else "application"
        own = f"FROM answers WHERE host = ? AND {column} = ? AND time <= ? AND time > ?"
        reported = (
            f"{own} AND {remaining} BETWEEN 0 AND {MAX_CREDITS} AND "
            f"({reset_at} IS NULL OR {reset_at} - time <= {max_time_to_reset(length)})"
        )
        values = (self._host, owner, latest)
        last = self._store.rows(
            f"{select} {reported} ORDER BY time DESC, number DESC LIMIT 64", *values, 0
        )
        for row in reversed(last):
            self._add(key, *row)
        window = self._windows[key]
        if window is not None:
            if window.reset_at is not None:
                ((smallest,),) = self._store.rows(
                    f"SELECT MIN({remaining}) {reported} AND {reset_at} BETWEEN ? AND ?",
                    *values, window.reported_at - length - TOLERANCE,
                    window.reset_at - TOLERANCE, window.reset_at + TOLERANCE,
                )  # fmt: skip
                if smallest is not None:
                    smallest = min(window.remaining, int(smallest))
                    self._windows[key] = window._replace(remaining=smallest)
            for row in self._store.rows(
                f"{select} {own} AND number > ? AND cost > 0 AND {remaining} IS NULL "
                "ORDER BY number", *values, latest - 2 * length, window.seen,
            ):  # fmt: skip
                self._add(key, *row)
        if former := self._former.get(key):
            window = self._windows[key]
            self._windows[key] = former if window is None else fold(former, window)

    def _add(
        self, key: Key, number: int, time: float, method: str, cost: int, seen: float | None,
        total: float | None, remaining: float | None, reset_at: float | None,
    ) -> None:  # fmt: skip
        """Fold an answer into a window, or note a cost that it did not report."""
        limit, costs = key[0], self._unreported[key]
        if remaining is None:
            if need := _credits_needed(limit, method, cost):
                costs[number] = UnreportedCost(number, time, need)
            if len(costs) > _MAX_UNREPORTED:
                first, second = list(costs)[:2]
                merged = costs.pop(first).cost + costs[second].cost
                costs[second] = costs[second]._replace(cost=merged)
            return
        now, length = self._clock.now(), LENGTHS[limit]
        window = read_window(limit, total, remaining, reset_at, time, number, seen)
        if window is not None and current(window, now, length) is not None:
            window = fold(current(self._windows[key], now, length), window)
            self._windows[key] = window
            self._unreported[key] = {n: row for n, row in costs.items() if n > window.seen}
