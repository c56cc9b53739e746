"""Admission of a request, by what is known of the limits and the budgets: a pure decision.

Requests under way are counted as spent. Where only they are in the way, one waits for them: what
they cost is known when they are back, and what was not charged is given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from imgurdata.credits.budget import Budget
from imgurdata.credits.windows import Standing

__all__ = ["WAIT", "Short", "Wait", "decide", "max_in_flight"]


@dataclass(frozen=True, slots=True)
class Short:
    """A limit that cannot pay.

    Attributes
    ----------
    limit
        ``"user"``, ``"client"`` or ``"post"``.
    reset_at
        Epoch seconds at which it is filled up; None where a reserve is in the way of a window that
        has not begun.
    left, need
        What it has, and what the request takes.
    reserve
        What of it is kept back.
    """

    limit: str
    reset_at: float | None
    left: int
    need: int
    reserve: int = 0


#: Decide again when a request under way is back.
Wait = Literal["wait"]
WAIT: Wait = "wait"


def decide(
    needs: Mapping[str, int],
    standings: Mapping[str, Standing],
    under_way: Mapping[str, int],
    *,
    reserve: int = 0,
    budgets: Sequence[Budget] = (),
) -> Short | Budget | Wait | None:
    """Return what is in the way of a request, or None.

    Parameters
    ----------
    needs
        What it takes of each limit it counts against.
    standings
        What is left of these.
    under_way
        What requests under way take of these.
    reserve
        Credits of the user's hour to be left alone.
    budgets
        That the request is under; its cost is what it needs of the user's hour.

    Returns
    -------
    Short, Budget, "wait" or None
        Only a limit that Imgur told, with its reset, refuses: where nobody knows until when,
        asking is the only way to learn. A reserve holds all the same.
    """
    wait = False
    for limit, need in needs.items():
        _, left, reset_at = standings[limit]
        keep = reserve if limit == "user" else 0
        if left is None and keep:
            # The answer to the first will tell whether there is more than the reserve.
            wait = wait or under_way.get(limit, 0) > 0
        if left is None or (reset_at is None and not keep):
            continue
        if left - keep < need:
            return Short(limit, reset_at, left, need, keep)
        wait = wait or left - keep - under_way.get(limit, 0) < need
    cost = needs["user"]
    for budget in budgets:
        if budget.spent + cost > budget.total:
            return budget
        wait = wait or budget.spent + budget.held + cost > budget.total
    return WAIT if wait else None


def max_in_flight(
    standings: Iterable[Standing], *, reserve: int = 0, budgets: Sequence[Budget] = ()
) -> int | None:
    """Return how many requests of one credit may be under way at once; None for any number.

    More would be refused, and which ones is chance: of a list, pages behind one that was refused
    would be paid for and not be given out.

    Parameters
    ----------
    standings
        What is left of the limits; the reserve is of the first.
    reserve, budgets
        As for :func:`decide`.
    """
    most = [budget.left for budget in budgets]
    for number, (_, left, reset_at) in enumerate(standings):
        keep = reserve if number == 0 else 0
        if left is not None and (reset_at is not None or keep):
            most.append(left - keep)
    return max(min(most), 0) if most else None
