"""When posts are made, and what the hour is worth.

Second 0 is a midnight UTC. In the sandbox's default placing it is a Wednesday.
"""

import math

from world_maker.rng import Rng

HOUR = 3_600
DAY = 24 * HOUR
YEAR = 365 * DAY
DAYS = 60
SPAN = DAYS * DAY
MONDAY, FIRST_WEEKDAY, SATURDAY, SUNDAY = 0, 2, 5, 6
# Posts by hour of the day (UTC): Europe's evening and America's, and the lull between.
_BY_HOUR = (
    *(5.6, 5.4, 5.0, 4.3, 3.4, 2.7, 2.2, 2.0, 2.0, 2.2, 2.5, 2.9),
    *(3.5, 4.2, 4.7, 5.0, 5.2, 5.4, 5.7, 6.0, 6.1, 6.0, 5.8, 5.6),
)
_BY_WEEKDAY = (1.0, 1.02, 1.02, 1.0, 0.94, 0.92, 1.06)
_BEST_HOUR = 22.5


def weekday(second: int) -> int:
    """Return the day of the week, Monday 0, in the default placing of the world."""
    return (FIRST_WEEKDAY + second // DAY) % 7


def draw_times(count: int, rng: Rng) -> list[int]:
    """Draw when ordinary posts are made: seconds, all different, in order."""
    by_day = {day: _BY_WEEKDAY[weekday(day * DAY)] * rng.uniform(0.9, 1.1) for day in range(DAYS)}
    by_hour = dict(enumerate(_BY_HOUR))
    times: set[int] = set()
    while len(times) < count:
        day, hour = rng.weighted(by_day), rng.weighted(by_hour)
        times.add(day * DAY + hour * HOUR + rng.integer(0, HOUR - 1))
    return sorted(times)


def worth_of_hour(second: int) -> float:
    """Return what the hour adds to a post's luck: +1 in the evening, -1 in the lull."""
    hour = second % DAY / HOUR
    return math.cos(2.0 * math.pi * (hour - _BEST_HOUR) / 24.0)
