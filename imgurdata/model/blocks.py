"""Columns of consecutive answers: what a frame is joined from, and what can be kept on disk.

A block is a pure function of the answers' bytes and of a recipe (record, nested lists, trees). What
another confirmation changes (``fetched_at``) or the pull decides (``listing``, ``rank``, whether a
row came on an earlier page) is not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata.model.decode import DECODING, Notes
from imgurdata.model.schema import SCHEMA_VERSION, Record

__all__ = ["PLACE", "ROWS", "Block", "Recipe", "narrow", "recipe_of"]

#: Name of the table of an answer's own rows; those of nested lists have the key of the list.
ROWS = ""
#: Column of a table of nested lists: the place of the row that each belongs to, in its block.
PLACE = "(place)"
#: Columns of trees, which no answer holds but which follow from it.
_OF_TREES = frozenset({"root_id", "depth", "position", "n_children"})


def narrow(column: pa.Array) -> pa.Array:
    """Return a column of whole numbers in as few bytes as they need; of nothing but NA, in none.

    ``cast`` to the type of the recipe gives the same column again.
    """
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


class Block(NamedTuple):
    """Columns of consecutive answers.

    Attributes
    ----------
    counts : sequence of int
        Number of rows of each answer.
    notes : sequence of Notes
        What was noticed in each.
    tables : mapping of str to dict
        Columns by name, perhaps narrowed: of all rows of all answers (:data:`ROWS`), and of the
        rows of nested lists, which are missing where they have to be read from their JSON.
    """

    counts: Sequence[int]
    notes: Sequence[Notes]
    tables: Mapping[str, dict[str, pa.Array]]


class Recipe(NamedTuple):
    """What a block is made of, beside bytes, and what follows from it; see :func:`recipe_of`.

    Attributes
    ----------
    record : Record
    nested : bool
        Whether the nested lists are kept, as JSON and as rows.
    tree : bool or None
        As in :func:`~imgurdata.model.trees.flatten`.
    tables : dict of str to dict
        Type of each column of each table of a block; texts first, since they take most memory to
        join. A column that repeats another is not among them.
    beside : dict of str to pyarrow.DataType
        Columns that rows do not hold: places in trees, and the nested lists' JSON.
    names : list of str
        Columns of a frame, in order.
    is_pure : bool
        Whether columns follow from the bytes alone, as a time counted from now does not.
    digest : bytes
        Digest of everything that decides what is made of the same bytes.
    """

    record: Record
    nested: bool
    tree: bool | None
    tables: dict[str, dict[str, pa.DataType]]
    beside: dict[str, pa.DataType]
    names: list[str]
    is_pure: bool
    digest: bytes


@cache
def recipe_of(record: Record, nested: bool = False, tree: bool | None = None) -> Recipe:
    """Return the recipe of a record's columns, which is worked out once."""
    texts = dict.fromkeys(record.nested.values(), pa.large_string()) if nested else {}
    fields = [f for f in record.fields if f.name in _OF_TREES or not (f.from_pull or f.same_as)]
    types = {f.name: f.arrow_type for f in fields} | texts
    order = sorted(types, key=lambda name: not pa.types.is_large_string(types[name]))
    tables = {ROWS: {name: types[name] for name in order}}
    if nested:
        tables |= {
            key: {PLACE: pa.int32(), **recipe_of(part).tables[ROWS]}
            for key, part in record.parts.items()
        }
    decisive = (
        DECODING, SCHEMA_VERSION, msgspec.__version__, nested, tree, _fingerprint(record),
    )  # fmt: skip
    return Recipe(
        record,
        nested,
        tree,
        tables=tables,
        beside={f.name: f.arrow_type for f in fields if f.from_pull} | texts,
        names=[*record.columns, *texts],
        is_pure=not any(f.relative for f in record.fields),
        digest=hashlib.sha256(repr(decisive).encode()).digest(),
    )


def _fingerprint(record: Record) -> Any:
    """Return everything that a record declares of what its columns are made of."""
    return (
        record.name, record.containers, record.children, sorted(record.nested.items()),
        [(key, _fingerprint(part)) for key, part in sorted(record.parts.items())],
        record.id_key, record.any_of, sorted(record.excluded), record.null_is_empty,
        getattr(record.reshape, "__qualname__", None), sorted(record.reshape_keys),
        [
            (f.name, f.dtype, f.key, getattr(f.derive, "__qualname__", None), f.zero_as_na,
             f.relative, f.from_pull, f.aliases, f.same_as)
            for f in record.fields
        ],
        [(i.key, str(i.wire_type), i.aliases) for i in record.ignored],
    )  # fmt: skip
