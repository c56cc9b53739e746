"""One declaration per record: decoder, dtypes, empty frame and data dictionary come from it.

A :class:`Record` lists its columns (:class:`Field`) and, by name, what it leaves out on purpose
(:class:`Ignored`). Nothing else in the package knows a column's dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

__all__ = ["DTYPES", "SCHEMA_VERSION", "TIME", "DType", "Field", "Ignored", "Record", "to_pandas"]

#: Goes up when a record's columns or dtypes change.
SCHEMA_VERSION = 1

DType = Literal["str", "Int64", "Float64", "boolean", "datetime64[us, UTC]"]

#: Times: in UTC, to the microsecond, whatever pandas' default may become.
TIME: DType = "datetime64[us, UTC]"

#: The only dtypes a frame of this package has.
DTYPES: tuple[DType, ...] = get_args(DType)

_WIRE_TYPE: dict[DType, Any] = {
    "str": str | None,
    "Int64": int | None,
    "Float64": float | None,
    "boolean": bool | None,
    "datetime64[us, UTC]": int | float | None,
}

_ARROW_TYPE: dict[DType, pa.DataType] = {
    "str": pa.large_string(),  # what pandas keeps text in: nothing is copied on the way
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "boolean": pa.bool_(),
    "datetime64[us, UTC]": pa.timestamp("us", tz="UTC"),
}

_PANDAS_TYPE: dict[pa.DataType, Any] = {
    pa.large_string(): pd.StringDtype(na_value=np.nan),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}

#: A column that is worked out from whole rows: called with the rows, it returns one value a row;
#: or, for columns that are worked out together, such a list by the name of each.
Derive = Callable[[Sequence[Any]], list[Any] | Mapping[str, list[Any]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a record.

    Attributes
    ----------
    name
        Column, and the key in Imgur's answer unless ``key`` says otherwise.
    dtype
        One of :data:`DTYPES`.
    meaning, source
        For people: what it is, and where that is written or was seen.
    unit
        ``"px"``, ``"bytes"``, ``"UTC"`` ...
    key
        The answer's key where it differs from the column.
    derive
        Works the column out from decoded rows instead of reading a key.
    zero_as_na
        True where Imgur writes 0 for "nobody" or "none" (ids): becomes NA.
    relative
        True for a time that Imgur tells in seconds to go as often as in epoch seconds.
    added
        True for a column that no answer holds (``fetched_at`` ...): the pull fills it.
    older
        Other names of the key: in old answers, or in those of the website's own API.
    """

    name: str
    dtype: DType
    meaning: str
    source: str
    unit: str = ""
    key: str = ""
    derive: Derive | None = None
    zero_as_na: bool = False
    relative: bool = False
    added: bool = False
    older: tuple[str, ...] = ()

    @property
    def wire_key(self) -> str | None:
        """The key in the answer; None for a derived or added column."""
        return None if self.derive or self.added else self.key or self.name

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type the column is built with."""
        return _ARROW_TYPE[self.dtype]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A key that answers hold and frames leave out on purpose, or only work columns out from.

    ``wire_type`` is what it is decoded to where a column needs it; else it is passed over.
    ``older`` are other names of the key, as of a :class:`Field`.
    """

    key: str
    meaning: str
    source: str
    wire_type: Any = msgspec.Raw
    older: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """What one row is: a post, an image, a tag ...

    Attributes
    ----------
    name
        As in ``imd.schema(name)`` and ``imd.read_response(source, name)``.
    fields
        The columns, in order.
    dropped
        Keys that are left out on purpose, or only feed derived columns.
    containers
        Keys under which an answer's object may hold the list of rows (``items`` of a tag).
    children
        Key of the rows below a row, where rows form trees.
    nested
        Keys of nested lists and the ``str`` columns that keep their JSON where asked for.
    identified_by
        Key without whose value an object is no such record; empty where records have no id.
    told_by
        Keys of which such an object has at least one.
    foreign
        Keys that no such record has: an object with one of them is something else.
    empty_as_null
        True where Imgur writes null for a list that is empty.
    reshape
        Brings an object of another shape (the website's own API) to the keys of this one.
    reshaped
        Keys by which such objects are known.
    """

    name: str
    fields: tuple[Field, ...]
    dropped: tuple[Ignored, ...] = ()
    containers: tuple[str, ...] = ()
    children: str = ""
    nested: Mapping[str, str] = field(default_factory=dict)
    identified_by: str = "id"
    told_by: tuple[str, ...] = ()
    foreign: frozenset[str] = frozenset()
    empty_as_null: bool = False
    reshape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    reshaped: frozenset[str] = frozenset()

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return [f.name for f in self.fields]

    @cached_property
    def row_type(self) -> type[msgspec.Struct]:
        """The struct one row is decoded into; keys it doesn't know are passed over."""
        return self._row_type(forbid_unknown=False)

    @cached_property
    def strict_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """Bytes of a list to rows; refuses unknown keys, which is how they get noticed."""
        return _list_decoder(self._strict_type)

    @cached_property
    def lists_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """As the strict decoder, of a list of such lists."""
        return _list_decoder(list[self._strict_type])  # type: ignore[name-defined]

    @cached_property
    def _strict_type(self) -> Any:
        return self._row_type(forbid_unknown=True)

    @cached_property
    def lenient_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """Bytes of a list to rows; keys that are not declared are passed over."""
        return _list_decoder(self.row_type)

    @cached_property
    def nested_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """Bytes of a list to the raw JSON of each row's nested lists alone."""
        fields = [(key, msgspec.Raw, msgspec.Raw()) for key in self.nested]
        row_type = msgspec.defstruct(f"{self.name.title()}Nested", fields, gc=False)
        return _list_decoder(row_type)

    @cached_property
    def known_keys(self) -> frozenset[str]:
        """Every key of an answer that this declaration speaks of."""
        keys = {f.wire_key for f in self.fields} | {d.key for d in self.dropped}
        return frozenset(k for k in keys if k)

    @cached_property
    def older(self) -> dict[str, str]:
        """Other names of keys, and the name that each has here."""
        keys = [(f.wire_key, f.older) for f in self.fields if f.wire_key]
        keys += [(d.key, d.older) for d in self.dropped]
        return {old: key for key, names in keys for old in names}

    @cached_property
    def other_keys(self) -> frozenset[str]:
        """Keys of objects that :meth:`modern` changes."""
        return self.reshaped | self.older.keys()

    def modern(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return an object of an answer with the keys of today's API.

        >>> from imgurdata.model.records import COMMENT
        >>> COMMENT.modern({"id": 1, "caption": "hello", "hash": "abc12"})
        {'id': 1, 'image_id': 'abc12', 'comment': 'hello'}
        """
        if self.reshape is not None:
            told = self.reshape(told)
        if self.older.keys().isdisjoint(told):
            return told
        renamed = {key: value for key, value in told.items() if key not in self.older}
        for old, key in self.older.items():
            if old in told and renamed.get(key) is None:
                renamed[key] = told[old]
        return renamed

    def is_strange(self, keys: Set[str]) -> bool:
        """Return whether an object with these keys is none of this record, but something else.

        A key that Imgur adds one day makes nothing strange: more keys would have to be unknown
        than are known besides the id.
        """
        if not self.foreign.isdisjoint(keys):
            return True
        unknown = len(keys - self.known_keys - set(self.containers))
        told = self.identified_by != "" and self.identified_by in keys
        known = len(keys) - unknown - told
        return known < unknown

    def holds(self, row: Any) -> bool:
        """Return whether a decoded row tells what makes it one: its id, and something besides."""
        if self.identified_by and getattr(row, self.identified_by) in (None, ""):
            return False
        return not self.told_by or any(getattr(row, key) is not None for key in self.told_by)

    def could_be(self, told: Mapping[str, Any], keys: Set[str]) -> bool:
        """Return whether an object of an answer could be one of this record.

        Parameters
        ----------
        told : mapping
            The keys that tell something, with values that need not be decoded.
        keys : set of str
            All keys.
        """
        modern = self.modern(dict(told))
        identified = not self.identified_by or self.identified_by in modern
        if identified and self.identified_by:
            told_id = bytes(modern[self.identified_by]).strip()
            identified = told_id not in {b"true", b"false", b"null", b'""'}
        named = not self.told_by or not modern.keys().isdisjoint(self.told_by)
        return identified and named and not self.is_strange(self.modern(dict.fromkeys(keys)).keys())

    @cached_property
    def wire_types(self) -> dict[str, Any]:
        """Key in the answer to the Python type it is decoded to; without ``children``."""
        types = {f.wire_key: _WIRE_TYPE[f.dtype] for f in self.fields if f.wire_key}
        for drop in self.dropped:
            types.setdefault(drop.key, drop.wire_type)
        types.pop(self.children, None)
        return types

    def _row_type(self, *, forbid_unknown: bool) -> type[msgspec.Struct]:
        name = f"{self.name.title().replace('_', '')}{'Strict' if forbid_unknown else ''}Row"
        fields: list[tuple[str, Any, Any]] = [
            (key, kind, msgspec.Raw() if kind is msgspec.Raw else None)
            for key, kind in self.wire_types.items()
        ]
        if self.children:
            fields.append((self.children, f"list[{name}] | None", None))
        row_type = msgspec.defstruct(
            name,
            fields,
            kw_only=True,
            gc=False,  # a row never refers back, so the collector need not look at it
            module=__name__,
            forbid_unknown_fields=forbid_unknown,
        )
        # msgspec looks up the name of a type that holds itself in the type's own namespace, too.
        setattr(row_type, name, row_type)
        return row_type

    def frame(
        self, columns: Mapping[str, pa.Array], extra: Iterable[str] = (), *, owner: str = ""
    ) -> pd.DataFrame:
        """A frame of this record's columns, in order, from Arrow arrays of one length.

        Parameters
        ----------
        columns
            Column to Arrow array; every declared column has to be there.
        extra
            Names of further ``str`` columns in ``columns``, put last (``images_json`` ...).
        owner
            Name of a ``str`` column in ``columns`` to put first.
        """
        names = [*([owner] if owner else ()), *self.columns, *extra]
        return pd.DataFrame({name: to_pandas(columns[name]) for name in names}, copy=False)

    def empty(self, extra: Iterable[str] = (), *, owner: str = "") -> pd.DataFrame:
        """The frame of no rows: the same columns and dtypes as with a million.

        >>> from imgurdata.model.records import CREDITS
        >>> CREDITS.empty().shape[0]
        0
        """
        arrays = {f.name: pa.array([], f.arrow_type) for f in self.fields}
        arrays |= {name: pa.array([], _ARROW_TYPE["str"]) for name in (owner, *extra)}
        return self.frame(arrays, extra, owner=owner)

    def describe(self) -> pd.DataFrame:
        """The data dictionary: ``name, dtype, unit, meaning, source``, a row a column.

        Keys that are no column come last, with ``dtype`` ``"dropped"``. Where Imgur calls a
        column something else, ``source`` ends with that key in brackets.
        """
        rows = [
            (f.name, str(f.dtype), f.unit, f.meaning, f.source + (f" ({f.key})" if f.key else ""))
            for f in self.fields
        ]
        columns = set(self.columns)
        rows += [
            (d.key, "dropped", "", d.meaning, d.source)
            for d in self.dropped
            if d.key not in columns
        ]
        rows += [
            (old, "dropped", "", f"other name of {key}", "recorded and old answers")
            for old, key in self.older.items()
            if old not in columns
        ]
        names = ["name", "dtype", "unit", "meaning", "source"]
        return pd.DataFrame(rows, columns=names, dtype="str")


def to_pandas(column: pa.Array | pa.ChunkedArray) -> Any:
    """The pandas array of an Arrow column, in the dtype that frames of this package have."""
    if column.type == _ARROW_TYPE[TIME]:
        return column.to_pandas().array
    if isinstance(column, pa.ChunkedArray) and column.type == _ARROW_TYPE["str"]:
        # pandas would keep the pieces, and look through all of them for each value.
        column = column.combine_chunks()
    return _PANDAS_TYPE[column.type].__from_arrow__(column)


def _list_decoder(row_type: Any) -> msgspec.json.Decoder[list[Any]]:
    # strict=False: digits as text are numbers, which Imgur's answers take for granted.
    return msgspec.json.Decoder(list[row_type], strict=False)
