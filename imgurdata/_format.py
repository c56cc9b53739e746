"""Text for people: numbers, durations, times and paths, and characters safe for a terminal."""

from __future__ import annotations

import datetime as dt
import re

__all__ = [
    "bytes_text", "clock_time", "duration_argument", "duration_text", "path_text", "plural",
    "printable",
]  # fmt: skip

_MAX_PATH = 300

#: Control characters of C0, DEL and C1 (line breaks and tabs included), those that change the
#: direction of text, and halves of characters: they steer a terminal or cannot be printed.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def plural(count: int, noun: str) -> str:
    """Return a number of things in words.

    >>> plural(1, "credit"), plural(1200, "row")
    ('1 credit', '1,200 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def bytes_text(number: float) -> str:
    """Return a number of bytes in words.

    >>> bytes_text(7), bytes_text(12_345)
    ('7 bytes', '12.3 kB')
    """
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def duration_text(seconds: float) -> str:
    """Return a duration in words.

    >>> duration_text(42), duration_text(600), duration_text(9000), duration_text(200_000)
    ('42 s', '10 min', '2.5 h', '2.3 days')
    """
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 129_600 else f"{seconds / 86_400:.1f} days"


def duration_argument(seconds: float) -> str:
    """Return a duration as an argument is written.

    >>> duration_argument(900), duration_argument(3600), duration_argument(1.5)
    ('15min', '1h', '1.5s')
    """
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"


def clock_time(moment: dt.datetime, now: dt.datetime) -> str:
    """Return the time of a moment in UTC, with its date unless that is today's.

    >>> noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    >>> clock_time(noon, noon), clock_time(noon, noon - dt.timedelta(hours=20))
    ('12:00 UTC', '2026-03-01 12:00 UTC')
    """
    day = "" if moment.date() == now.date() else "%Y-%m-%d "
    return moment.strftime(f"{day}%H:%M UTC")


def path_text(path: object) -> str:
    """Return a path for a message: printable, and of bounded length."""
    text = str(path)
    if not text.isprintable():
        text = ascii(text)[1:-1]
    return text if len(text) <= _MAX_PATH else f"{text[: _MAX_PATH - 3]}..."


def printable(text: str) -> str:
    r"""Return text without the characters that steer a terminal; they become U+FFFD.

    Texts of Imgur's users and headers may hold escape sequences that set a terminal's title, its
    colours or its clipboard.

    >>> printable("a\x1b]0;owned\x07b")
    'a\ufffd]0;owned\ufffdb'
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
