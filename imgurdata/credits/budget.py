"""Budgets and reserves: what a block of code may spend, across its threads.

Both live in context variables, so that blocks nest, and threads that run in a copy of the block's
context (the pager's do) take part.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from imgurdata._format import plural
from imgurdata.errors import BudgetExceeded

__all__ = ["Budget", "budgeted", "budgets_of", "reserve_of", "reserving"]


class Budget:
    """Credits that a block may spend; made by ``session.credits.budget(200)``.

    Attributes
    ----------
    total : int
        What was allowed.
    spent : int
        What real answers have cost so far.
    holds : dict
        Documented cost of each request under way.
    """

    __slots__ = ("holds", "owner", "spent", "total")

    def __init__(self, owner: object, total: int) -> None:
        self.owner = owner
        self.total = total
        self.spent = 0
        self.holds: dict[object, int] = {}

    @property
    def held(self) -> int:
        """Credits that requests under way will cost."""
        return sum(self.holds.values())

    @property
    def left(self) -> int:
        """Credits that may still be spent."""
        return max(self.total - self.spent, 0)

    def exceeded(self, cost: int, endpoint: str) -> BudgetExceeded:
        """Return the error that refuses a request."""
        used_up = "is used up" if self.spent >= self.total else "does not pay this request"
        return BudgetExceeded(
            f"The budget of {plural(self.total, 'credit')} {used_up}: {self.spent:,} spent, and "
            f"this request ({endpoint}) costs {cost}. What came before is in .partial and in the "
            "cache: the same call with a larger budget goes on from there.",
            budget=self.total, spent=self.spent,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<budget: {self.spent:,} of {self.total:,} credits spent>"


_budgets: ContextVar[tuple[Budget, ...]] = ContextVar("imgurdata_budgets", default=())
_reserves: ContextVar[tuple[tuple[object, int], ...]] = ContextVar("imgurdata_reserves", default=())


@contextmanager
def budgeted(owner: object, total: int) -> Iterator[Budget]:
    """Give a block a budget; the ones around it go on counting."""
    budget = Budget(owner, total)
    token = _budgets.set((*_budgets.get(), budget))
    try:
        yield budget
    finally:
        _budgets.reset(token)


@contextmanager
def reserving(owner: object, credits: int) -> Iterator[None]:
    """Leave credits of the hour for others in a block; of nested ones the largest counts."""
    token = _reserves.set((*_reserves.get(), (owner, credits)))
    try:
        yield
    finally:
        _reserves.reset(token)


def budgets_of(owner: object) -> tuple[Budget, ...]:
    """Return the budgets that the running code is under, the outermost first."""
    return tuple(budget for budget in _budgets.get() if budget.owner is owner)


def reserve_of(owner: object) -> int:
    """Return how much of the hour the running code has to leave."""
    return max((kept for whose, kept in _reserves.get() if whose is owner), default=0)
