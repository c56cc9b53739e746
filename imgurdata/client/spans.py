"""Spans of time as people give them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from imgurdata.errors import InvalidArgument

__all__ = ["seconds_of"]


def seconds_of(name: str, value: Any, such: str) -> float:
    """Seconds of a span: a number, a text that pandas reads, a Timedelta.

    Parameters
    ----------
    name, value
        The argument.
    such
        What is possible, for the message.

    Raises
    ------
    InvalidArgument
        It is no span of time, or a negative one.
    """
    try:
        plain = isinstance(value, (int, float)) and not isinstance(value, bool)
        seconds = float(value) if plain else pd.Timedelta(value).total_seconds()
    except (ValueError, TypeError):
        seconds = float("nan")
    if not seconds >= 0:
        raise InvalidArgument(f"{name}={value!r} is not possible: a span such as {such}.")
    return seconds
