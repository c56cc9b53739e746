"""Ids out of whatever a person has: an id, a link, a Series, a frame."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from imgurdata._validate import refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.model.links import LONGEST, SIZE_LETTERS, is_link, item_in, path_of

__all__ = ["MAX_IDS", "collect", "collect_ids", "hint_for_missing", "parse_id", "refuse_given"]

#: So many ids, names or numbers are taken at once; an iterator without end is refused behind them.
MAX_IDS = 1_000_000

_ID = re.compile(r"[A-Za-z0-9]{5,10}")
#: Delete hashes: what stands in an error must not hold one.
_SECRET = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{15}(?![A-Za-z0-9])")
_ALLOWED = (
    "an id such as '2YxRdEi' or a link to a post, an album or an image on imgur.com such as "
    "'https://imgur.com/gallery/2YxRdEi'"
)


def parse_id(text: Any) -> str:
    """Return the id in an id or an Imgur link.

    Raises
    ------
    InvalidArgument
        There is none in it, or the link leads elsewhere.

    Examples
    --------
    >>> parse_id("2YxRdEi")
    '2YxRdEi'
    >>> parse_id("https://imgur.com/gallery/some-words-2YxRdEi")
    '2YxRdEi'
    >>> parse_id("https://i.imgur.com/pKcuQYFh.gif")
    'pKcuQYF'
    """
    if not isinstance(text, str):
        refuse_given("ids", _ALLOWED, text)
    word = str(text).strip() if len(text) <= LONGEST else ""
    if is_link(word):
        word = item_in(path_of(word) or [])
    if not _ID.fullmatch(word):
        refuse_given("ids", _ALLOWED, text)
    return word


def hint_for_missing(id: str) -> str:
    """Return what an id that Imgur does not know may be instead; empty where nothing is known.

    Old lists hold names of thumbnails: the id with a size letter behind it.

    Examples
    --------
    >>> hint_for_missing("2YxRdEih")
    "it may be the name of a thumbnail of '2YxRdEi': ask for that"
    """
    if len(id) in {6, 8} and id[-1] in SIZE_LETTERS:
        return f"it may be the name of a thumbnail of {id[:-1]!r}: ask for that"
    return ""


def collect_ids(ids: Any) -> tuple[list[str], bool]:
    """Return all ids in what was given, each once, in order, and whether it was a single one.

    Parameters
    ----------
    ids : str, mapping, iterable, pandas.Series or pandas.DataFrame
        An id or link; a mapping with ``id``; an iterable or Series of these; a text file with one
        in a line; or a frame with a column ``id``. Of comments and notifications, whose own ids
        are numbers, the posts they belong to (``post_id``).

    Returns
    -------
    tuple of list of str and bool
        The ids, and True where one id (not a list of one) was given: a missing one is then an
        error rather than a remark.

    Raises
    ------
    InvalidArgument
        Something in it is no id, there is nothing in it that could hold one, or there are more
        than :data:`MAX_IDS`.
    """
    return collect("ids", _ALLOWED, ids, parse_id, _column_of_posts)


def _column_of_posts(names: Any, kind_of: Callable[[str], Any]) -> tuple[str, ...]:
    """The column or key that holds ids of posts, the likeliest first."""
    if "post_id" in names and (
        "id" not in names or "parent_id" in names or kind_of("id") in {"number", "empty"}
    ):
        return ("post_id",)
    return ("id",)


_Columns = Callable[[Any, Callable[[str], Any]], tuple[str, ...]]


def collect(
    argument: str, allowed: str, given: Any, parse: Callable[[Any], str], columns: _Columns
) -> tuple[list[str], bool]:
    """Return what a parser makes of all that was given, each once, in order; whether it was one.

    Parameters
    ----------
    argument, allowed : str
        Name of the argument and what it may be, for messages.
    given : object
        One value, a mapping, an iterable, a Series or a frame.
    parse : callable
        Makes text of one value, or raises InvalidArgument.
    columns : callable
        Names of the columns (of a frame) or keys (of a mapping) that hold the values, the
        likeliest first: called with all names and a function that tells the kind of a column.
    """
    several = f"{allowed}, or a list, Series or frame of them"

    def one(value: Any) -> str:
        return parse(_of_mapping(value) if isinstance(value, Mapping) else value)

    def _of_mapping(row: Mapping[Any, Any]) -> Any:
        wanted = columns(row, lambda name: _kind_of_value(row[name]))
        name = next((name for name in wanted if name in row), None)
        if name is None:
            keys = " or ".join(map(repr, wanted))
            refuse_given(argument, f"{several}; a mapping needs the key {keys}", row)
        return row[name]

    if isinstance(given, Mapping):
        value = _of_mapping(given)
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            return [parse(value)], True
        given = value  # columns of a frame as a dict
    if isinstance(given, np.ndarray) and not given.ndim:
        given = given.item()
    if isinstance(given, pd.DataFrame):
        given = _column(argument, given, columns)
    if isinstance(given, (str, bytes, bytearray, memoryview)) or not isinstance(given, Iterable):
        return [parse(given)], True
    found: dict[str, None] = {}
    for number, value in enumerate(_values(argument, several, given)):
        if number == MAX_IDS:
            raise InvalidArgument(
                f"{argument} must be at most {MAX_IDS:,} at once; got more, or an iterator "
                "without end."
            )
        found[one(value)] = None
    return list(found), False


def _values(argument: str, several: str, given: Any) -> Iterator[Any]:
    """Each value of an iterable; what pandas means by missing is passed over."""
    if isinstance(given, (pd.Series, pd.Index)) and not isinstance(given, pd.MultiIndex):
        return iter(given.dropna().tolist())
    if hasattr(given, "readline"):
        return _lines(given)
    if hasattr(given, "to_pylist"):
        return iter(given.to_pylist())  # a column of Arrow's
    if isinstance(given, np.ndarray):
        return iter(given.tolist())
    if isinstance(given, Set) and not isinstance(given, Mapping):
        # A set has no order, and another one in each process.
        return iter(sorted(given, key=str))
    try:
        return iter(given)
    except TypeError:
        refuse_given(argument, several, given)


def _lines(file: Any) -> Iterator[Any]:
    for line in itertools.takewhile(len, iter(lambda: file.readline(LONGEST + 2), None)):
        if line.strip():
            yield line


def _column(argument: str, frame: pd.DataFrame, columns: _Columns) -> Any:
    if not frame.columns.is_unique or frame.columns.nlevels > 1:
        raise InvalidArgument(
            f"{argument} must be a frame whose columns have one name each; got columns "
            f"{shown(list(frame.columns))}."
        )
    wanted = columns(frame, lambda name: _kind_of_column(frame[name]))
    for name in wanted:
        if name in frame:
            return frame[name]
        if name in frame.index.names:
            return frame.index.get_level_values(name)
    raise InvalidArgument(
        f"{argument} must be a frame with a column {' or '.join(map(repr, wanted))}; got columns "
        f"{_names(frame)}."
    )


def _names(frame: pd.DataFrame) -> str:
    names = ", ".join(shown(name, 30) for name in frame.columns[:20])
    more = len(frame.columns) - 20
    return f"{names} and {more:,} more" if more > 0 else names or "none"


def _kind_of_column(column: pd.Series) -> str:
    if column.isna().all():
        return "empty"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) else "text"


def _kind_of_value(value: Any) -> str:
    return "text" if isinstance(value, str) else "empty" if value is None else "number"


def refuse_given(argument: str, allowed: str, value: Any) -> NoReturn:
    """Refuse a value of an argument; no delete hash in it stands in the message."""
    if isinstance(value, (str, bytes)):
        text = value if isinstance(value, str) else value[:LONGEST].decode("latin-1")
        # Blanked before it is cut: half a delete hash is no longer known for one.
        text = _SECRET.sub("***", text[:LONGEST])
        value = text if isinstance(value, str) else text.encode("latin-1")
    refuse(argument, allowed, value)
