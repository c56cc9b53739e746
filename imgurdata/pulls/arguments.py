"""Page numbers out of whatever a person gives, bounded and of plain types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from imgurdata._validate import integer, refuse
from imgurdata.errors import InvalidArgument

__all__ = ["MOST", "Pages", "first_pages", "is_consecutive", "page_numbers"]

#: Most page numbers that are named one by one.
MOST = 1_000_000
#: Beyond any list; a larger number has no length in Python.
_LAST_PAGE = 10**15

#: Page numbers in the order in which they are asked.
Pages = range | tuple[int, ...]


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


def _refuse_pages(value: Any) -> NoReturn:
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
