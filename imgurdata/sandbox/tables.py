"""Reads the world's tables: gzipped JSON lines, one row a line."""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from imgurdata.errors import ImgurDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Later", "known_fields", "read_table"]

T = TypeVar("T")


def read_table(folder: Path, name: str, make: Callable[[Iterator[dict[str, Any]]], T]) -> T:
    """Read one table and make something of its rows.

    Parameters
    ----------
    folder : pathlib.Path
        The world's folder.
    name : str
        Of the table, without its ending.
    make : callable
        Gets the rows one by one, in the file's order.

    Returns
    -------
    object
        What `make` made.

    Raises
    ------
    ImgurDataError
        The file is missing or damaged, or a row is not what `make` needs.
    """
    path = folder / f"{name}.jsonl.gz"
    try:
        return make(_rows(gzip.decompress(path.read_bytes()).decode()))
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise ImgurDataError(f"The sample world's {path} cannot be read: {error}") from error


def _rows(text: str) -> Iterator[dict[str, Any]]:
    # Twice as fast as json.loads line by line, which asks what it was given each time. One row
    # after another, not all in one list: thousands of dicts at once keep the garbage collector
    # busy.
    decode = json.JSONDecoder().raw_decode
    # Not splitlines(): text within a row may hold other line breaks, such as U+2028.
    for line in text.rstrip("\n").split("\n"):
        row, end = decode(line)
        if end != len(line):
            raise ValueError(f"a row goes on after its end: {line[end : end + 20]!r}")
        yield row


def known_fields(kind: type, row: Mapping[str, Any]) -> dict[str, Any]:
    """Take what a dataclass has fields for: a newer world may tell more in its rows.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> known_fields(make_dataclass("Point", ["x"]), {"x": 1, "y": 2})
    {'x': 1}
    """
    return {name: row[name] for name in _names(kind) if name in row}


@lru_cache(maxsize=16)
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


class Later(Generic[T]):
    """A value that is made when it is first asked for, once, whichever thread asks.

    Parameters
    ----------
    make : callable
        Makes it. If that fails, the next one who asks tries again.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.Lock()

    def get(self) -> T:
        """Return the value, made now if it was not before."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]
