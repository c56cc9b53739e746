"""The parts of the script that makes the sample world; see ``make_world.py`` beside this folder."""

from typing import Any

# A row of a table.
Row = dict[str, Any]
# All times are seconds since a midnight UTC, which in the default placing is a Wednesday's.
HOUR = 3_600
DAY = 24 * HOUR
YEAR = 365 * DAY
DAYS = 60
SPAN = DAYS * DAY
