"""Ids of posts, albums and images from ids, links, Series and frames."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from imgurdata._format import plural
from imgurdata._validate import refuse, shown
from imgurdata.errors import InvalidArgument
from imgurdata.model.links import LONGEST, SIZE_LETTERS, is_link, item_in, path_of

__all__ = ["MAX_IDS", "collect", "collect_ids", "hint_for_missing", "parse_id", "refuse_redacted"]

#: Most ids, names or numbers at once, so that an endless iterator is refused.
MAX_IDS = 1_000_000

_ID = re.compile(r"[A-Za-z0-9]{5,10}")
#: Delete hashes, which must not be in an error message.
_SECRET = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{15}(?![A-Za-z0-9])")
_ALLOWED = (
    "an id such as '2YxRdEi' or a link to a post, an album or an image on imgur.com such as "
    "'https://imgur.com/gallery/2YxRdEi'"
)


def parse_id(text: Any) -> str:
    """Return the id in an id or an Imgur link; raise InvalidArgument if there is none.

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
        refuse_redacted("ids", _ALLOWED, text)
    word = str(text).strip() if len(text) <= LONGEST else ""
    if is_link(word):
        word = item_in(path_of(word) or [])
    if not _ID.fullmatch(word):
        refuse_redacted("ids", _ALLOWED, text)
    return word


def hint_for_missing(id: str) -> str:
    """Return what a missing id may be instead; empty if nothing is known.

    Old lists hold names of thumbnails: the id with a size letter after it.

    Examples
    --------
    >>> hint_for_missing("2YxRdEih")
    "it may be the name of a thumbnail of '2YxRdEi': ask for that"
    """
    if len(id) in {6, 8} and id[-1] in SIZE_LETTERS:
        return f"it may be the name of a thumbnail of {id[:-1]!r}: ask for that"
    return ""


def collect_ids(ids: Any) -> tuple[list[str], bool]:
    """Return all ids in an argument, each once, in order, and whether it is a single one.

    The argument is an id or link; a mapping with ``id``; an iterable or Series of these; a text
    file with one per line; or a frame with a column ``id``. Of comments and notifications, whose
    own ids are numbers, the posts they belong to (``post_id``) are taken.
    """
    if isinstance(ids, pd.DataFrame) and len(ids) and _is_without_ids(ids):
        raise InvalidArgument(
            "ids must be a frame whose column 'id' holds ids; got a frame of "
            f"{plural(len(ids), 'row')} without any."
        )
    return collect("ids", _ALLOWED, ids, parse_id, _column_of_posts)


def _is_without_ids(frame: pd.DataFrame) -> bool:
    """Return whether a frame's rows have no ids of their own, as those of tags."""
    return "id" in frame and "post_id" not in frame and bool(frame["id"].isna().to_numpy().all())


def _column_of_posts(names: Any, kind_of: Callable[[str], Any]) -> tuple[str, ...]:
    """Return the column or key that holds ids of posts."""
    if "post_id" in names and (
        "id" not in names or "parent_id" in names or kind_of("id") in {"number", "empty"}
    ):
        return ("post_id",)
    return ("id",)


_Columns = Callable[[Any, Callable[[str], Any]], tuple[str, ...]]


def collect(
    argument: str, allowed: str, source: Any, parse: Callable[[Any], str], columns: _Columns
) -> tuple[list[str], bool]:
    """Return what a parser finds in an argument, each once, in order, and whether it is single.

    Parameters
    ----------
    argument, allowed : str
        Name of the argument and its allowed values, for messages.
    source : object
        One value, a mapping, an iterable, a Series or a frame.
    parse : callable
        Returns the text of one value, or raises InvalidArgument.
    columns : callable
        Returns the names of the columns (of a frame) or keys (of a mapping) that may hold the
        values, the likeliest first, from all names and a function that returns a column's kind.
    """
    several = f"{allowed}, or a list, Series or frame of them"

    def value_of(row: Mapping[Any, Any]) -> Any:
        wanted = columns(row, lambda name: _kind_of_value(row[name]))
        name = next((name for name in wanted if name in row), None)
        if name is None:
            keys = " or ".join(map(repr, wanted))
            refuse_redacted(argument, f"{several}; a mapping needs the key {keys}", row)
        return row[name]

    if isinstance(source, Mapping):
        source = value_of(source)  # one id, or the column of a frame as a dict
    if isinstance(source, np.ndarray) and not source.ndim:
        source = source.item()
    if isinstance(source, pd.DataFrame):
        source = _column(argument, source, columns)
    if isinstance(source, (str, bytes, bytearray, memoryview)) or not isinstance(source, Iterable):
        return [parse(source)], True
    found: dict[str, None] = {}
    for number, value in enumerate(_values(argument, several, source)):
        if number == MAX_IDS:
            raise InvalidArgument(
                f"{argument} must be at most {MAX_IDS:,} at once; got more, or an iterator "
                "without end."
            )
        found[parse(value_of(value) if isinstance(value, Mapping) else value)] = None
    return list(found), False


def _values(argument: str, several: str, source: Any) -> Iterator[Any]:
    """Return the values of an iterable, without those that pandas counts as missing."""
    # An array of pandas is what unique() of a column returns.
    columns = (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
    if isinstance(source, columns) and not isinstance(source, pd.MultiIndex):
        return iter(source.dropna().tolist())
    if hasattr(source, "readline"):
        lines = iter(lambda: source.readline(LONGEST + 2), None)
        return (line for line in itertools.takewhile(len, lines) if line.strip())
    if hasattr(source, "to_pylist"):
        return iter(source.to_pylist())  # a column of Arrow's
    if isinstance(source, np.ndarray):
        return iter(source.tolist())
    if isinstance(source, Set) and not isinstance(source, Mapping):
        # The order of a set differs between processes.
        return iter(sorted(source, key=str))
    try:
        return iter(source)
    except TypeError:
        refuse_redacted(argument, several, source)


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
    names = ", ".join(shown(name, 30) for name in frame.columns[:20]) or "none"
    more = f" and {len(frame.columns) - 20:,} more" if len(frame.columns) > 20 else ""
    raise InvalidArgument(
        f"{argument} must be a frame with a column {' or '.join(map(repr, wanted))}; got columns "
        f"{names}{more}."
    )


def _kind_of_column(column: pd.Series) -> str:
    if column.isna().all():
        return "empty"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) else "text"


def _kind_of_value(value: Any) -> str:
    return "text" if isinstance(value, str) else "empty" if value is None else "number"


def refuse_redacted(argument: str, allowed: str, value: Any) -> NoReturn:
    """Raise InvalidArgument for a value, without the delete hashes in it."""
    if isinstance(value, (str, bytes)):
        text = value if isinstance(value, str) else value[:LONGEST].decode("latin-1")
        # Replaced before the text is cut, since half a delete hash is not recognised.
        text = _SECRET.sub("***", text[:LONGEST])
        value = text if isinstance(value, str) else text.encode("latin-1")
    refuse(argument, allowed, value)
