"""Ids and page numbers out of whatever a person gives, bounded and of plain types."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from imgurdata._validate import integer, refuse
from imgurdata.errors import InvalidArgument

__all__ = ["MOST", "Pages", "first_pages", "is_consecutive", "page_numbers", "several"]

#: Most ids of one pull, and most page numbers that are named one by one.
MOST = 1_000_000
#: Beyond any list; a larger number has no length in Python.
_LAST_PAGE = 10**15

#: Page numbers in the order in which they are asked.
Pages = range | tuple[int, ...]

_WHAT = {
    "id": "an id, a link, a list or Series of them, or a frame with a column 'id'",
    "comment": "a comment's number or link, a list or Series of them, or a frame of comments",
    "username": "a user name, a list or Series of them, or a frame with a column of names",
}
#: Where a mapping holds what is asked for.
_KEYS = {"id": ("id",), "comment": ("id",), "username": ("url", "account_url", "author")}


def several(name: str, value: Any, subject: str) -> Any:
    """Return ids or names in a form that can be gone through to its end, and more than once.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : object
        What was given. Of a frame of comments, the column ``post_id`` is taken where posts are
        meant; of a mapping, its ``id`` (or name).
    subject : {"id", "comment", "username"}
        What is in it.

    Raises
    ------
    InvalidArgument
        It holds more than a million of them (or has no end), or is nothing that could hold any.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        key = next((key for key in _keys_of(value, subject) if key in value), None)
        if key is not None and not isinstance(value[key], Mapping):
            return several(name, value[key], subject)
        return _bounded(name, list(value), len(value))  # an iterable of its keys, as any mapping
    if isinstance(value, pd.DataFrame):
        if subject == "id" and _is_of_comments(value):
            value = value["post_id"]
        return _bounded(name, value, len(value))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return several(name, value.item(), subject)
    if isinstance(value, (bytes, bytearray, memoryview)) or hasattr(value, "read"):
        refuse(name, _WHAT[subject], value)
    if value is None or not isinstance(value, Iterable):
        if subject == "comment" and value is not None:
            return value  # a number
        refuse(name, _WHAT[subject], value)
    try:
        return _bounded(name, value, len(value))  # type: ignore[arg-type]
    except (TypeError, OverflowError):  # it has no length, or none that Python can count to
        found = list(itertools.islice(value, MOST + 1))
    return _bounded(name, found, len(found))


def _bounded(name: str, value: Any, count: int) -> Any:
    if count > MOST:
        raise InvalidArgument(
            f"{name} must be at most {MOST:,} ids; got more. Ask for them in parts."
        )
    return value


def _is_of_comments(table: Any) -> bool:
    return "post_id" in table and ("parent_id" in table or "comment" in table)


def _keys_of(value: Mapping[Any, Any], subject: str) -> tuple[str, ...]:
    if subject == "id" and _is_of_comments(value):
        return ("post_id",)
    return _KEYS[subject]


def page_numbers(value: Any) -> Pages | None:
    """Return the page numbers of ``pages=``: an int is the first n, None is all there are.

    Raises
    ------
    InvalidArgument
        It names no page, one twice, one below 0, or more than a million one by one.
    """
    if value is None:
        return None
    if isinstance(value, pd.RangeIndex):
        value = range(value.start, value.stop, value.step)
    if isinstance(value, range):
        return _range(value)
    if isinstance(value, (list, tuple)) or (
        isinstance(value, (np.ndarray, pd.Series, pd.Index)) and value.ndim == 1
    ):
        return _chosen(value)
    try:
        return range(integer("pages", value, least=1, most=_LAST_PAGE))
    except InvalidArgument:
        _refuse_pages(value)


def _range(pages: range) -> Pages:
    if min(pages.start, pages.stop) < -1 or max(pages.start, pages.stop) > _LAST_PAGE:
        _refuse_pages(pages)
    if not pages or pages[0] < 0 or pages[-1] < 0:
        _refuse_pages(pages)
    if first_pages(pages) is None and len(pages) > MOST:
        _refuse_pages(pages)
    return pages


def _chosen(value: Any) -> Pages:
    if not 0 < len(value) <= MOST:
        _refuse_pages(value)
    given = value if isinstance(value, (list, tuple)) else value.tolist()
    try:
        numbers = tuple(integer("pages", one, least=0, most=_LAST_PAGE) for one in given)
    except InvalidArgument:
        _refuse_pages(value)
    if len(set(numbers)) < len(numbers):
        _refuse_pages(value)
    return numbers


def _refuse_pages(value: Any) -> Any:
    refuse(
        "pages",
        "how many (3), which (range(2, 5) or [0, 7]; each once, counted from 0, at most "
        f"{MOST:,}), or None for all",
        value,
    )


def first_pages(pages: Sequence[int]) -> int | None:
    """Return n where these are the first n pages, else None."""
    if isinstance(pages, range) and pages.step != 1 and len(pages) > 1:
        return None
    return len(pages) if pages[0] == 0 and is_consecutive(pages) else None


def is_consecutive(pages: Sequence[int]) -> bool:
    """Return whether each page follows the one before."""
    if isinstance(pages, range):
        return pages.step == 1 or len(pages) == 1
    return pages[-1] - pages[0] == len(pages) - 1 and list(pages) == sorted(pages)
