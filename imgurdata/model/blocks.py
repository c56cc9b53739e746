"""Columns of consecutive answers: what a frame is joined from, and what can be kept on disk.

A block is a pure function of the answers' bytes and of a recipe (record, nested lists, trees). What
another confirmation changes (``fetched_at``) or the pull decides (``listing``, ``rank``, whether a
row came on an earlier page) is not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata.model.decode import DECODING, Notes
from imgurdata.model.schema import SCHEMA_VERSION, Field, Record

__all__ = ["PLACE", "Block", "Columns", "Mask", "Narrowed", "Parts", "Recipe", "Segment", "narrow"]

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

#: Column of a table of parts: the place of the row that a part belongs to, in its block.
PLACE = "(place)"
#: Columns of trees, which no answer holds but which follow from it.
_OF_TREES = frozenset({"root_id", "depth", "position", "n_children"})


class Columns(Protocol):
    """Arrow columns by name, each of which can be taken out to free it."""

    def __getitem__(self, name: str, /) -> pa.Array:
        """Return a column."""

    def pop(self, name: str, /) -> pa.Array:
        """Return a column, and keep it no longer."""


class Narrowed:
    """Columns in memory, those of whole numbers in as few bytes as they need.

    Parameters
    ----------
    columns : mapping of str to pyarrow.Array
    """

    def __init__(self, columns: Mapping[str, pa.Array]) -> None:
        self._types = {name: column.type for name, column in columns.items()}
        self._columns = {name: narrow(column) for name, column in columns.items()}

    def __getitem__(self, name: str) -> pa.Array:
        return self._columns[name].cast(self._types[name])

    def pop(self, name: str) -> pa.Array:
        """Return a column, and keep it no longer."""
        return self._columns.pop(name).cast(self._types[name])

    def copy(self) -> Narrowed:
        """Return the same columns, to be taken out by somebody else."""
        twin = Narrowed({})
        twin._types, twin._columns = self._types, dict(self._columns)
        return twin


def narrow(column: pa.Array) -> pa.Array:
    """Return a column of whole numbers in as few bytes as they need; of nothing but NA, in none."""
    if column.null_count == len(column):
        return pa.nulls(len(column))
    if column.type != pa.int64():
        return column
    ends = pc.min_max(column)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    for bits, kind in ((8, pa.int8()), (16, pa.int16()), (32, pa.int32())):
        if -(2 ** (bits - 1)) <= least and most < 2 ** (bits - 1):
            return column.cast(kind)
    return column


@dataclass(slots=True)
class Block:
    """Columns of consecutive answers.

    Attributes
    ----------
    counts : sequence of int
        Number of rows of each answer.
    notes : sequence of Notes
        What was noticed in each.
    columns : Columns
        All rows of all answers, by the names of the recipe.
    parts : dict of str to Columns, or None
        Rows of the nested lists, by the key of the list, and the place of the row each belongs to;
        None where they have to be read from their JSON.
    """

    counts: Sequence[int]
    notes: Sequence[Notes]
    columns: Columns
    parts: Mapping[str, Columns] | None = None

    @property
    def rows(self) -> int:
        """Number of rows of all answers."""
        return sum(self.counts)


@dataclass(frozen=True)
class Recipe:
    """What a block is made of, beside bytes.

    Attributes
    ----------
    record : Record
    nested : bool
        Whether the nested lists are kept, as JSON and as rows.
    tree : bool or None
        As in :func:`~imgurdata.model.trees.flatten`.
    """

    record: Record
    nested: bool = False
    tree: bool | None = None
    _kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def types(self) -> dict[str, pa.DataType]:
        """Type of each column; texts first, since they take most memory to join.

        A column that repeats another is not among them.
        """
        fields = [
            f
            for f in self.record.fields
            if (not f.from_pull and not f.same_as) or f.name in _OF_TREES
        ]
        types = {f.name: f.arrow_type for f in fields}
        if self.nested:
            types |= dict.fromkeys(self.record.nested.values(), pa.large_string())
        return dict(sorted(types.items(), key=lambda item: not pa.types.is_large_string(item[1])))

    def types_of_part(self, key: str) -> dict[str, pa.DataType]:
        """Type of each column of the rows in a nested list."""
        of_part = Recipe(self.record.parts[key])
        return {PLACE: pa.int32(), **of_part.types}

    @property
    def is_pure(self) -> bool:
        """Whether columns follow from the bytes alone, as a time counted from now does not."""
        return not any(f.relative for f in self.record.fields)

    @property
    def digest(self) -> bytes:
        """Digest of everything that decides what is made of the same bytes."""
        if "digest" not in self._kept:
            decisive = (
                DECODING, SCHEMA_VERSION, msgspec.__version__, self.nested, self.tree,
                _fingerprint(self.record),
            )  # fmt: skip
            self._kept["digest"] = hashlib.sha256(repr(decisive).encode()).digest()
        return bytes(self._kept["digest"])


def _fingerprint(record: Record) -> Any:
    """Return everything that a record declares of what its columns are made of."""
    return (
        record.name, record.containers, record.children, sorted(record.nested.items()),
        [(key, _fingerprint(part)) for key, part in sorted(record.parts.items())],
        record.id_key, record.any_of, sorted(record.excluded), record.null_is_empty,
        getattr(record.reshape, "__qualname__", None), sorted(record.reshape_keys),
        [_fingerprint_of(field) for field in record.fields],
        [(i.key, str(i.wire_type), i.aliases) for i in record.ignored],
    )  # fmt: skip


def _fingerprint_of(one: Field) -> Any:
    derive = getattr(one.derive, "__qualname__", None)
    return (one.name, one.dtype, one.key, derive, one.zero_as_na, one.relative, one.from_pull,
            one.aliases, one.same_as)  # fmt: skip


@dataclass(slots=True)
class Segment:
    """Block, and which of its rows are in the frame: all of them if ``keep`` is None."""

    block: Block
    keep: Mask | None = None

    def pop(self, name: str) -> pa.Array:
        """Return a column's rows that are in the frame, and keep it no longer."""
        column = self.block.columns.pop(name)
        return column if self.keep is None else column.filter(pa.array(self.keep))


class Parts:
    """Rows of the nested lists of a frame's rows.

    Parameters
    ----------
    record : Record
        Of the frame.
    segments : iterable of Segment
        All of the frame, in order.
    """

    def __init__(self, record: Record, segments: Iterable[Segment]) -> None:
        self.record = record
        self._segments = [(s.block.rows, s.keep, s.block.parts) for s in segments]

    def rows_of(self, key: str) -> tuple[Numbers, dict[str, pa.ChunkedArray]] | None:
        """Return the place of each part's row, and the parts' columns; None if not known."""
        types = Recipe(self.record.parts[key]).types
        places: list[Numbers] = []
        columns: dict[str, list[pa.Array]] = {name: [] for name in types}
        first = 0
        for rows, keep, parts in self._segments:
            if parts is None:
                return None
            table = parts[key]
            of_row = table[PLACE].to_numpy().astype(np.int64)
            chosen = None
            if keep is not None:
                kept = keep[of_row]
                chosen = None if kept.all() else pa.array(kept)
                of_row = (np.cumsum(keep) - 1)[of_row[kept]]
            for name, pieces in columns.items():
                pieces.append(table[name] if chosen is None else table[name].filter(chosen))
            places.append(first + of_row)
            first += rows if keep is None else int(keep.sum())
        joined = np.concatenate(places) if places else np.zeros(0, np.int64)
        return joined, {n: pa.chunked_array(columns[n], kind) for n, kind in types.items()}
