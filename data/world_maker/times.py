"""When posts are made, and what the hour is worth.

Second 0 is a midnight UTC. In the sandbox's default placing it is a Wednesday.
"""

import math

from world_maker.rng import Rng
from world_maker.words import load

HOUR = 3_600
DAY = 24 * HOUR
YEAR = 365 * DAY
DAYS = 60
SPAN = DAYS * DAY
MONDAY, FIRST_WEEKDAY, SATURDAY, SUNDAY = 0, 2, 5, 6
# Posts by hour of the day (UTC), with Europe's evening and America's and the lull between.
_WEIGHTS = load("times")
_BEST_HOUR = 22.5


def weekday(second: int) -> int:
    """Return the day of the week, Monday 0, in the default placing of the world."""
    return (FIRST_WEEKDAY + second // DAY) % 7


def draw_times(count: int, rng: Rng) -> list[int]:
    """Draw when ordinary posts are made: seconds, all different, in order."""
    of_weekday, by_hour = _WEIGHTS["by_weekday"], dict(enumerate(_WEIGHTS["by_hour"]))
    by_day = {day: of_weekday[weekday(day * DAY)] * rng.uniform(0.9, 1.1) for day in range(DAYS)}
    times: set[int] = set()
    while len(times) < count:
        day, hour = rng.weighted(by_day), rng.weighted(by_hour)
        times.add(day * DAY + hour * HOUR + rng.integer(0, HOUR - 1))
    return sorted(times)


def worth_of_hour(second: int) -> float:
    """Return what the hour adds to a post's luck: +1 in the evening, -1 in the lull."""
    hour = second % DAY / HOUR
    return math.cos(2.0 * math.pi * (hour - _BEST_HOUR) / 24.0)
