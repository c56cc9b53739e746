"""Admission of requests: budgets and reserves of code blocks, and what they and the limits allow.

Budgets, reserves and lists of costs are context variables: blocks nest, and threads that run in a
copy of a block's context (as the threads of a pull do) take part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from imgurdata._format import plural
from imgurdata.credits.windows import LimitState
from imgurdata.errors import BudgetExceeded

__all__ = [
    "WAIT", "ActiveLimits", "Budget", "Refusal", "Shortage", "active_limits", "answer_costs",
    "budgets", "decide", "pushed", "reserves",
]  # fmt: skip

_T = TypeVar("_T")


class Budget:
    """Credits that a block may spend; made by ``session.credits.budget(200)``.

    Attributes
    ----------
    total : int
        Credits that were allowed.
    spent : int
        Credits that real answers have cost so far.
    holds : dict
        Documented cost of each request in flight.
    owner : object
        Ledger whose requests count.
    """

    __slots__ = ("holds", "owner", "spent", "total")

    def __init__(self, owner: object, total: int) -> None:
        self.owner = owner
        self.total = total
        self.spent = 0
        self.holds: dict[object, int] = {}

    @property
    def held(self) -> int:
        """Credits that requests in flight will cost."""
        return sum(self.holds.values())

    @property
    def left(self) -> int:
        """Credits that may still be spent."""
        return max(self.total - self.spent, 0)

    def exceeded(self, cost: int, endpoint: str) -> BudgetExceeded:
        """Return the error that refuses a request."""
        reason = "is used up" if self.spent >= self.total else "does not pay this request"
        return BudgetExceeded(
            f"The budget of {plural(self.total, 'credit')} {reason}: {self.spent:,} spent, and "
            f"this request ({endpoint}) costs {cost}. What came before is in .partial and in the "
            "cache: the same call with a larger budget goes on from there.",
            budget=self.total, spent=self.spent,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<budget: {self.spent:,} of {self.total:,} credits spent>"


#: Budgets of the running code, the outermost first.
budgets: ContextVar[tuple[Budget, ...]] = ContextVar("imgurdata_budgets", default=())
#: Credits of the hour that it leaves alone, with the ledger they belong to.
reserves: ContextVar[tuple[tuple[object, int], ...]] = ContextVar("imgurdata_reserves", default=())
#: Lists that get the cost of every real answer.
answer_costs: ContextVar[tuple[list[int], ...]] = ContextVar("imgurdata_costs", default=())


@contextmanager
def pushed(variable: ContextVar[tuple[_T, ...]], value: _T) -> Iterator[_T]:
    """Add a budget, a reserve or a list of costs to those of a block; the outer ones go on."""
    token = variable.set((*variable.get(), value))
    try:
        yield value
    finally:
        variable.reset(token)


class ActiveLimits(NamedTuple):
    """Budgets (the outermost first), reserve and lists of costs of the running code."""

    budgets: tuple[Budget, ...]
    reserve: int
    costs: tuple[list[int], ...]


def active_limits(owner: object) -> ActiveLimits:
    """Return what limits and counts the running code: budgets and reserves of one owner.

    Of nested reserves the largest counts.
    """
    its_budgets = tuple(budget for budget in budgets.get() if budget.owner is owner)
    reserve = max((reserve for of, reserve in reserves.get() if of is owner), default=0)
    return ActiveLimits(its_budgets, reserve, answer_costs.get())


@dataclass(frozen=True, slots=True)
class Shortage:
    """A limit that cannot pay a request; without a reset if the window has not begun."""

    limit: str
    reset_at: dt.datetime | None
    left: int
    need: int
    reserve: int = 0


#: Decide again when a request in flight has been answered.
WAIT: Literal["wait"] = "wait"
#: What forbids a request.
Refusal = Shortage | Budget | Literal["wait"]


def decide(
    needs: Mapping[str, int],
    states: Mapping[str, LimitState],
    in_flight: Mapping[str, int],
    *,
    reserve: int = 0,
    budgets: Sequence[Budget] = (),
) -> Refusal | None:
    """Return what forbids a request that needs some credits of each limit, or None.

    Requests in flight count as spent. If they alone are in the way, the request has to wait:
    their true cost is known once they are answered. A limit refuses only if its reset is known:
    otherwise a request is the only way to learn more. A reserve of the user's hour refuses in any
    case. Budgets are charged as the user's hour.
    """
    wait = False
    for limit, need in needs.items():
        _, left, reset_at = states[limit]
        keep = reserve if limit == "user" else 0
        if left is None and keep:
            # The answer to the first request will report whether there is more than the reserve.
            wait = wait or in_flight.get(limit, 0) > 0
        if left is None or (reset_at is None and not keep):
            continue
        if left - keep < need:
            return Shortage(limit, reset_at, left, need, keep)
        wait = wait or left - keep - in_flight.get(limit, 0) < need
    cost = needs["user"]
    for budget in budgets:
        if budget.spent + cost > budget.total:
            return budget
        wait = wait or budget.spent + budget.held + cost > budget.total
    return WAIT if wait else None
