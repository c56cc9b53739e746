"""The sample world's files: where they are, and how a table of them is read."""

from __future__ import annotations

import copy
import gzip
import json
import threading
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from imgurdata.errors import ImgurDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["LazyTable", "changeable", "known_fields", "read_table", "world_folder"]

T = TypeVar("T")


def world_folder(package: Path | None = None) -> Path:
    """Return the folder that holds the world's files.

    An installed wheel carries the world inside the package; a checkout (and so an editable
    install) has it in ``data/world``. The wheel's copy goes first: a checkout has none.

    Parameters
    ----------
    package : pathlib.Path, optional
        Folder of ``imgurdata/sandbox``; by default the one that is running.

    Raises
    ------
    ImgurDataError
        Neither folder holds a ``manifest.json``.

    Examples
    --------
    >>> (world_folder() / "manifest.json").is_file()
    True
    """
    here = Path(__file__).resolve().parent if package is None else package
    candidates = [here / "world_data", here.parent.parent / "data" / "world"]
    for folder in candidates:
        if (folder / "manifest.json").is_file():
            return folder
    searched = " or ".join(str(folder) for folder in candidates)
    raise ImgurDataError(
        f"The sandbox's sample world was not found in {searched}. Install imgurdata again; in a "
        "checkout, write it with: python data/make_world.py"
    )


def read_table(folder: Path, name: str, make: Callable[[Iterator[dict[str, Any]]], T]) -> T:
    """Read a table of gzipped JSON lines and return what `make` builds from its rows.

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
    # raw_decode is twice as fast as json.loads, which checks the type of its argument each time.
    # Rows are yielded one by one: thousands of dicts at once keep the garbage collector busy.
    decode = json.JSONDecoder().raw_decode
    # Not splitlines(): text within a row may hold other line breaks, such as U+2028.
    for line in text.rstrip("\n").split("\n"):
        row, end = decode(line)
        if end != len(line):
            raise ValueError(f"a row goes on after its end: {line[end : end + 20]!r}")
        yield row


def known_fields(kind: type, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items of a row that a dataclass has fields for; a newer world may have more.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> known_fields(make_dataclass("Point", ["x"]), {"x": 1, "y": 2})
    {'x': 1}
    """
    return {name: row[name] for name in _field_names(kind) if name in row}


@lru_cache(maxsize=16)
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def changeable(table: T) -> T:
    """Return a copy whose dicts can be changed without changing the original's."""
    other = copy.copy(table)
    # Of the copy, since another thread may be adding an attribute to the original.
    for name, value in list(vars(other).items()):
        if isinstance(value, dict):
            setattr(other, name, value.copy())
    return other


class LazyTable(Generic[T]):
    """A table of a world, made on first use, once for all threads.

    A copy of a world shares it, or has the copy that `copied` makes. If reading fails, the next use
    tries again.
    """

    def __init__(self, read: Callable[[Any], T], copied: Callable[[T], T] | None = None) -> None:
        self._read, self._copied = read, copied
        self._lock = threading.RLock()

    def __set_name__(self, _kind: type, name: str) -> None:
        self._name = name

    def __get__(self, world: Any, _kind: type) -> T:
        # Python calls this only until the world has an attribute of the same name.
        with self._lock:
            if self._name not in vars(world):
                if world.original is None:
                    table = self._read(world)
                else:
                    table = getattr(world.original, self._name)
                    table = table if self._copied is None else self._copied(table)
                vars(world)[self._name] = table
            return cast("T", vars(world)[self._name])
