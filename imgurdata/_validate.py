"""Checks of arguments, with all messages about wrong ones.

They have one shape: ``section must be one of 'hot', 'top', 'user'; got 'hott'. Did you mean
'hot'?``
"""

from __future__ import annotations

import datetime as dt
import difflib
import numbers
import operator
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from imgurdata._format import plural
from imgurdata._notebook import shorten_traceback
from imgurdata.errors import InvalidArgument, redact

__all__ = [
    "boolean", "did_you_mean", "duration", "instant", "integer", "nearest", "no_attribute",
    "one_of", "positive_seconds", "refuse", "shown", "word",
]  # fmt: skip

#: Longest part of a value that a message quotes.
_MAX_QUOTED = 80
#: Likeness (of difflib) from which a text may be a misspelt one: one wrong letter of three.
_NEAR = 0.65
#: Longest text that can be a duration, a time or a choice.
_MAX_TEXT = 200
#: Longest part of a path.
_MAX_WORD = 1000
_PLAIN_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{0,30})?")
#: pandas deprecates the lower-case unit of days.
_DAYS = re.compile(r"(?<=[0-9 ])d(?![A-Za-z])")
#: Beginning of a time as text. pandas would read nearly any text as one ("T10").
_DATE = re.compile(r"\s*(?:[0-9]{4}[-/][0-9]|[0-9]{8}(?![0-9]))")
_COMPACT_DATE = re.compile(r"[0-9]{8}")


def shown(value: Any, longest: int = _MAX_QUOTED) -> str:
    """Return the repr of a value for a message: redacted, and cut to a bounded length.

    Large containers are named by type and length.

    >>> shown("hott"), shown(range(3)), shown([0] * 1000)
    ("'hott'", 'range(0, 3)', 'a list of 1,000 items')
    """
    if isinstance(value, (str, bytes)):
        text = repr(value[: longest * 2])
    elif isinstance(value, (numbers.Number, range, type(None))):
        try:
            text = repr(value)
        except ValueError:  # an integer of more digits than Python prints
            text = "a very large number"
    else:
        try:
            size = len(value)
        except Exception:  # noqa: BLE001 - a foreign object may raise anything
            size = -1
        many = type(value).__module__.partition(".")[0] in {"pandas", "polars", "pyarrow", "numpy"}
        if size > 10 or (size >= 0 and many):
            name = type(value).__name__
            article = "an" if name[:1].lower() in "aeiou" else "a"
            return f"{article} {name} of {plural(size, 'item')}"
        try:
            text = repr(value)
        except Exception:  # noqa: BLE001 - a foreign object may raise anything
            text = f"<{type(value).__name__}>"
    text = redact(text[: longest * 2])
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def refuse(name: str, allowed: str, value: Any) -> NoReturn:
    """Raise InvalidArgument: what is allowed, and what was given."""
    raise InvalidArgument(f"{name} must be {allowed}; got {shown(value)}.")


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return a value that is one of those allowed; the message suggests the nearest."""
    allowed = tuple(allowed)
    if isinstance(value, str) and value in allowed:
        return str(value)
    choice = ", ".join(map(repr, allowed))
    hint = did_you_mean(value, allowed)
    raise InvalidArgument(f"{name} must be one of {choice}; got {shown(value)}.{hint}")


def did_you_mean(value: Any, allowed: Iterable[Any]) -> str:
    """Return a question that names the nearest of the allowed texts, or "".

    >>> did_you_mean("medain", ["mean", "median"]), did_you_mean("decade", ["day", "year"])
    (" Did you mean 'median'?", '')
    """
    near = nearest(value, allowed)
    return f" Did you mean {shown(near)}?" if near else ""


def nearest(value: Any, allowed: Iterable[Any]) -> str:
    """Return the one of the allowed texts that a misspelt one may be, or "".

    >>> nearest("windw", ["sort", "window"]), nearest("nosuch", ["search"])
    ('window', '')
    """
    by_lower = {name.lower(): name for name in allowed if isinstance(name, str)}
    text = value[:_MAX_TEXT].lower() if isinstance(value, str) else ""
    near = difflib.get_close_matches(text, by_lower, n=1, cutoff=_NEAR)
    return by_lower[near[0]] if near else ""


def no_attribute(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """Return the error for an unknown name of a module, with the nearest one that it has.

    Python's own suggestion is not shown in notebooks.
    """
    hint = "" if name.startswith("_") else did_you_mean(name, known)
    end = "." if hint else ""
    text = f"module {module!r} has no attribute {name!r}{end}{hint}"
    # With a name of ours Python adds no suggestion of its own.
    error = AttributeError(text, name=name)
    shorten_traceback(error)
    return error


def word(name: str, value: Any) -> str:
    """Return a text that can be a part of a path: not blank, of at most a thousand characters."""
    text = str(value).strip() if isinstance(value, str) else ""
    if not text:
        refuse(name, "a text that is not blank", value)
    if not text.isprintable() or len(text) > _MAX_WORD:
        refuse(name, f"a text of at most {_MAX_WORD:,} characters, all printable", value)
    return text


def boolean(name: str, value: Any) -> bool:
    """Return True or False, also of NumPy."""
    if isinstance(value, bool):
        return value
    if type(value).__module__ == "numpy" and type(value).__name__ in {"bool", "bool_"}:
        return bool(value)
    refuse(name, "True or False", value)


def integer(name: str, value: Any, *, least: int | None = None, most: int | None = None) -> int:
    """Return a whole number within bounds as int.

    Anything with ``__index__`` is one, booleans are not.

    >>> import numpy as np
    >>> integer("pages", np.int64(3), least=1)
    3
    """
    bounds = (
        f"a whole number from {least:,} to {most:,}" if least is not None and most is not None
        else f"a whole number from {least:,}" if least is not None
        else f"a whole number up to {most:,}" if most is not None
        else "a whole number"
    )  # fmt: skip
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        refuse(name, bounds, value)
    try:
        number = operator.index(value)
    except Exception:  # noqa: BLE001 - a foreign object may raise anything
        refuse(name, bounds, value)
    if (least is not None and number < least) or (most is not None and number > most):
        refuse(name, bounds, value)
    return number


def duration(
    name: str, value: Any, *, example: str = "'10min'", most: float = float("inf")
) -> float:
    """Return the seconds of a duration of at most ``most`` seconds.

    A number is seconds, and so is a text that holds only a number. Other texts are read by pandas
    (``"10min"``, ``"1h 30min"``, ``"01:30:00"``), as are Timedelta objects.

    >>> duration("max_age", "10min"), duration("max_age", "600"), duration("max_age", 600)
    (600.0, 600.0, 600.0)
    """
    seconds = _seconds(value)
    if seconds is None or not 0 <= seconds <= most:
        above = "" if most == float("inf") else f", at most {most:,.0f} s"
        refuse(name, f"a duration such as {example}, a Timedelta, or seconds{above}", value)
    return seconds


def _seconds(value: Any) -> float | None:
    """Return the seconds of a duration, or None."""
    import pandas as pd  # imported late, since the command line's help does not need it

    try:
        if isinstance(value, bool) or type(value).__name__ == "bool_":
            return None
        # NumPy counts its timedelta64 among the integers.
        numpy_span = type(value).__name__ == "timedelta64"
        if isinstance(value, numbers.Real) and not numpy_span:
            return float(value)
        if numpy_span and value.dtype == "timedelta64":
            return None  # without a unit, which pandas would read as nanoseconds
        if isinstance(value, str):
            text = value.strip()
            if len(text) > _MAX_TEXT:
                return None
            if _PLAIN_NUMBER.fullmatch(text):
                return float(text)
            if not re.search(r"[A-Za-z:]", text):
                return None  # pandas would read the last number as nanoseconds
            value = _DAYS.sub("D", text)
        elif not numpy_span and not isinstance(value, (dt.timedelta, pd.tseries.offsets.Tick)):
            return None
        seconds = float(pd.Timedelta(value).total_seconds())
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        return None
    return seconds


def instant(name: str, value: Any, *, now: float) -> float:
    """Return the epoch seconds of a time, or of a duration back from now.

    A time without a zone is in UTC. A text is a time only if it begins with year and month, or
    with eight digits (``"20260301"``). A text that holds another number is refused, since it could
    be a year.
    """
    import pandas as pd

    allowed = "a time such as '2026-03-01' or a duration such as '2h'"
    compact = isinstance(value, str) and _COMPACT_DATE.fullmatch(value.strip()) is not None
    if isinstance(value, str) and not compact and _PLAIN_NUMBER.fullmatch(value.strip()):
        refuse(name, f"{allowed} (for seconds give a number or '600s')", value)
    is_time = compact or isinstance(value, dt.date) or type(value).__name__ == "datetime64"
    seconds = None if is_time else _seconds(value)
    if seconds is not None:
        if not 0 <= seconds < float("inf"):
            refuse(name, allowed, value)
        return now - seconds
    if not is_time and not isinstance(value, str):
        refuse(name, allowed, value)
    try:
        # pandas reads "now" and "today" by the machine's clock, which need not be the session's.
        if isinstance(value, str) and (len(value) > _MAX_TEXT or not _DATE.match(value)):
            raise ValueError
        moment = pd.Timestamp(value)
        # NaT has no timestamp: ValueError.
        return float((moment if moment.tzinfo else moment.tz_localize("UTC")).timestamp())
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        refuse(name, allowed, value)


def positive_seconds(name: str, value: Any, *, example: str, most: float = float("inf")) -> float:
    """Return the seconds of a duration longer than zero; see :func:`duration`.

    Raises
    ------
    InvalidArgument
        It is not a duration, zero, or larger than ``most``.
    """
    seconds = duration(name, value, example=example, most=most)
    if not seconds:
        refuse(name, "more than 0 seconds", value)
    return seconds
