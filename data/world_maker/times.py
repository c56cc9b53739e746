"""When posts are made, and what the hour is worth.

Second 0 is a midnight UTC. In the sandbox's default placing it is a Wednesday.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from world_maker.dice import Dice

DAY = 86_400
DAYS = 60
SPAN = DAYS * DAY
FIRST_WEEKDAY = 2
SATURDAY, SUNDAY = 5, 6
# Posts by hour of the day (UTC): Europe's evening and America's, and the lull between.
_BY_HOUR = (
    *(5.6, 5.4, 5.0, 4.3, 3.4, 2.7, 2.2, 2.0, 2.0, 2.2, 2.5, 2.9),
    *(3.5, 4.2, 4.7, 5.0, 5.2, 5.4, 5.7, 6.0, 6.1, 6.0, 5.8, 5.6),
)
_BY_WEEKDAY = (1.0, 1.02, 1.02, 1.0, 0.94, 0.92, 1.06)
_BEST_HOUR = 22.5


def weekday(second: int) -> int:
    """Tell the day of the week, Monday 0, in the default placing of the world."""
    return (FIRST_WEEKDAY + second // DAY) % 7


def moments(count: int, dice: Dice) -> list[int]:
    """Draw when ordinary posts are made, by day and by hour.

    Parameters
    ----------
    count : int
        How many.
    dice : Dice
        Chance.

    Returns
    -------
    list of int
        Seconds since the world's start, no two the same, in order.
    """
    by_day = [_BY_WEEKDAY[weekday(day * DAY)] * dice.uniform(0.9, 1.1) for day in range(DAYS)]
    seen: set[int] = set()
    while len(seen) < count:
        day = dice.weighted(range(DAYS), by_day)
        hour = dice.weighted(range(24), _BY_HOUR)
        seen.add(day * DAY + hour * 3_600 + dice.integer(0, 3_599))
    return sorted(seen)


def worth_of_hour(second: int) -> float:
    """Tell what the hour adds to a post's luck: +1 in the evening, -1 in the lull.

    Examples
    --------
    >>> round(worth_of_hour(22 * 3600 + 1800), 2), round(worth_of_hour(10 * 3600 + 1800), 2)
    (1.0, -1.0)
    """
    hour = second % DAY / 3_600
    return math.cos(2.0 * math.pi * (hour - _BEST_HOUR) / 24.0)
