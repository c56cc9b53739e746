"""Frames to Arrow tables and back: exact dtypes, and schemas that only grow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata._format import path_text
from imgurdata._validate import refuse, shown
from imgurdata.endpoints import ENDPOINTS
from imgurdata.errors import ArchiveUnusable, InvalidArgument
from imgurdata.model.records import RECORDS, SNAPSHOT, find_table
from imgurdata.model.schema import Record, to_pandas

__all__ = [
    "fingerprint", "from_frame", "in_order", "merged_schema", "record_of",
    "row_order", "to_frame", "tuples", "typed_frame",
]  # fmt: skip

#: Columns by which rows are put in order, as far as a record has them.
_ORDER = ("fetched_at", "listing", "rank", "post_id", "position", "id")

#: Types of the columns of our frames.
_KINDS = frozenset(field.arrow_type for record in RECORDS.values() for field in record.fields)


@cache
def _extra_columns(name: str) -> frozenset[str]:
    """Return the ``str`` columns that frames of a record may have beside the declared ones."""
    owners = {e.owner for e in ENDPOINTS.values() if e.record == name and e.owner}
    return (
        frozenset(owners | set(RECORDS[name].nested.values())) if name in RECORDS else frozenset()
    )


def record_of(frame: Any, record: Any) -> Record:
    """Return the record of a frame: the one given, else the one that its ``attrs`` name.

    Raises
    ------
    InvalidArgument
        It is not a frame of a loader.
    """
    if not isinstance(frame, pd.DataFrame):
        refuse("frame", "a DataFrame of a loader", frame)
    attrs = frame.attrs.get("imgurdata")
    stated = attrs.get("record") if isinstance(attrs, dict) else None
    if record is None and stated is None:
        raise InvalidArgument(
            "frame must be a frame of a loader, whose attrs name its record; this one has none "
            "(concat, merge and groupby drop them). Append the frames one by one, or give "
            "record='post'."
        )
    name: Any = stated if record is None else record
    found = find_table(name)
    if stated is not None and name != stated:
        raise InvalidArgument(f"record must be {stated!r}, as the frame says; got {shown(record)}.")
    if found is SNAPSHOT:
        raise InvalidArgument("frame must be of Imgur's records; snapshots are noted by append().")
    return found


def from_frame(frame: pd.DataFrame, record: Record) -> pa.Table:
    """Return the table of a frame.

    Raises
    ------
    InvalidArgument
        Columns or dtypes are not those of the record; the message names them.
    """
    # Without attrs, which pandas copies with each column, and writes where forget() does not look.
    bare = frame.copy(deep=False)
    bare.attrs = {}
    extras = _extra_columns(record.name)
    known = {f.name: f for f in record.fields}
    if not frame.columns.is_unique:
        raise InvalidArgument("frame must have each column once.")
    missing = [name for name in record.columns if name not in frame.columns]
    other = [name for name in frame.columns if name not in known and name not in extras]
    if missing or other:
        parts = [f"lacks {_names(missing)}"] if missing else []
        parts += [f"has {_names(other)}, which imd.schema does not know"] if other else []
        raise InvalidArgument(
            f"frame must have the columns of imd.schema({record.name!r}); it {' and '.join(parts)}."
        )
    fields = []
    for name, found in bare.dtypes.items():
        dtype = known[name].dtype if name in known else "str"
        if str(found) != dtype:
            raise InvalidArgument(
                f"The column {name!r} of frame must have the dtype {dtype}; got {found}."
            )
        fields.append((name, known[name].arrow_type if name in known else pa.large_string()))
    # With pandas' own metadata, so that pandas.read_parquet of one file has the dtypes, too.
    return pa.Table.from_pandas(bare, pa.schema(fields), preserve_index=False, nthreads=1)


def _names(names: Sequence[Any]) -> str:
    listed = ", ".join(shown(name) for name in names[:5])
    return f"{listed} and {len(names) - 5} more" if len(names) > 5 else listed


def fingerprint(schema: pa.Schema) -> str:
    """Return 12 hex characters that tell schemas apart, whatever the order of their columns."""
    text = "\n".join(sorted(f"{field.name}:{field.type}" for field in schema))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def merged_schema(
    record: Record, schemas: Iterable[tuple[str, pa.Schema]], archive: str
) -> pa.Schema:
    """Return the schema that rows of several files are read with.

    Columns that a file lacks are NA. Columns that this version does not declare (of a newer one)
    are kept.

    Raises
    ------
    ArchiveUnusable
        A column has another type than declared, or two types: the message names it and the file.
    """
    types = {f.name: f.arrow_type for f in record.fields}
    orders: dict[tuple[str, ...], None] = {}
    for path, schema in schemas:
        for field in schema:
            found = pa.large_string() if field.type == pa.string() else field.type
            kind = types.setdefault(field.name, found)
            if found != kind or found not in _KINDS:
                raise ArchiveUnusable(
                    f"The column {field.name!r} is {field.type} in the file {path_text(path)} of "
                    f"the archive {archive}, and {_expected(kind)} in "
                    f"imd.schema({record.name!r}) or the other files. A schema may gain columns, "
                    "and change none: read it with the version of imgurdata that wrote it."
                )
        orders[tuple(schema.names)] = None
    only = next(iter(orders)) if len(orders) == 1 else ()
    names = only if set(only) == set(types) else types
    return pa.schema([(name, types[name]) for name in names])


def _expected(kind: pa.DataType) -> str:
    return str(kind) if kind in _KINDS else "one of text, number, boolean and time"


def row_order(names: Sequence[str], first: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the sort keys of rows: those given, then time, list and place, then id."""
    keys = [*first, *(key for key in _ORDER if key not in first)]
    return [(key, "ascending") for key in keys if key in names]


def in_order(table: pa.Table, first: Sequence[str] = ()) -> pa.Table:
    """Return a table sorted by :func:`row_order`; rows that tie keep their order."""
    keys = row_order(table.column_names, first)
    if not keys or table.num_rows < 2:
        return table
    # Arrow's sort is not stable.
    numbered = table.select([key for key, _ in keys]).append_column(
        "__row", pa.array(range(table.num_rows), pa.int64())
    )
    return table.take(pc.sort_indices(numbered, sort_keys=[*keys, ("__row", "ascending")]))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return the frame of a table, in the dtypes that loaders give."""
    columns = {name: to_pandas(table.column(name)) for name in table.column_names}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)


def tuples(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of a small frame as named tuples."""
    return list(frame.itertuples())


def typed_frame(rows: Iterable[Mapping[str, Any]], dtypes: Mapping[str, str]) -> pd.DataFrame:
    """Return a frame of rows, with the same columns and dtypes for no rows.

    >>> typed_frame([{"file": "a", "rows": 1}], {"file": "str", "rows": "Int64"}).shape
    (1, 2)
    """
    # From objects: as floats, whole numbers beside NA would lose digits.
    return pd.DataFrame(list(rows), columns=list(dtypes), dtype="object").astype(dict(dtypes))
