"""What a block of code may spend: budgets and reserves, across its threads.

Both live in context variables, so that blocks nest, and threads that run in a copy of the block's
context (the pager's do) take part.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from imgurdata.errors import BudgetExceeded, InvalidArgument

__all__ = ["Budget", "budgeted", "budgets_of", "reserve_of", "reserving", "whole_number"]


class Budget:
    """Credits that a block may spend; made by ``session.credits.budget(200)``.

    Attributes
    ----------
    total : int
        What was allowed.
    spent : int
        What real answers have cost so far.
    """

    __slots__ = ("held", "owner", "spent", "total")

    def __init__(self, owner: object, total: int) -> None:
        self.owner = owner
        self.total = total
        self.spent = 0
        # Of requests under way, by what they cost as documented.
        self.held = 0

    @property
    def left(self) -> int:
        """What may still be spent."""
        return max(self.total - self.spent, 0)

    def exceeded(self, cost: int, endpoint: str) -> BudgetExceeded:
        """The error that refuses a request."""
        allowed = f"{self.total:,} credit{'' if self.total == 1 else 's'}"
        more = f"this one ({endpoint}) costs {cost}"
        return BudgetExceeded(
            f"The budget of {allowed} is used up: {self.spent:,} spent, and {more}. "
            "What came before is in .partial, and stays in the cache: the same call goes on from "
            "there.",
            budget=self.total, spent=self.spent,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<budget: {self.spent:,} of {self.total:,} credits spent>"


_budgets: ContextVar[tuple[Budget, ...]] = ContextVar("imgurdata_budgets", default=())
_reserves: ContextVar[tuple[tuple[object, int], ...]] = ContextVar("imgurdata_reserves", default=())


@contextmanager
def budgeted(owner: object, total: int) -> Iterator[Budget]:
    """A block with a budget; the ones around it go on counting."""
    budget = Budget(owner, total)
    token = _budgets.set((*_budgets.get(), budget))
    try:
        yield budget
    finally:
        _budgets.reset(token)


@contextmanager
def reserving(owner: object, credits: int) -> Iterator[None]:
    """A block that leaves credits of the hour for others; of nested ones the largest counts."""
    token = _reserves.set((*_reserves.get(), (owner, credits)))
    try:
        yield
    finally:
        _reserves.reset(token)


def budgets_of(owner: object) -> tuple[Budget, ...]:
    """The budgets that the running code is under, the outermost first."""
    return tuple(budget for budget in _budgets.get() if budget.owner is owner)


def reserve_of(owner: object) -> int:
    """How much of the hour the running code has to leave."""
    return max((kept for whose, kept in _reserves.get() if whose is owner), default=0)


def whole_number(name: str, value: Any) -> int:
    """A number of credits that somebody gave.

    Raises
    ------
    InvalidArgument
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidArgument(f"{name}={value!r} is not possible: a whole number from 0.")
    return value
