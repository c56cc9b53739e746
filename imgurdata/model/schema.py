"""One declaration per record: decoder, dtypes, empty frame and data dictionary come from it.

A :class:`Record` lists its columns (:class:`Field`) and, by name, the keys of an answer that it
leaves out (:class:`Ignored`). Nothing else in the package knows a column's dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Annotated, Any, Literal, get_args

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

__all__ = [
    "DTYPES", "SCHEMA_VERSION", "TIME", "DType", "Field", "Ignored", "Int64", "Record", "to_pandas",
]  # fmt: skip

#: Increased when a record's columns or dtypes change.
SCHEMA_VERSION = 3

DType = Literal["str", "Int64", "Float64", "boolean", "datetime64[us, UTC]"]

#: Times: in UTC, to the microsecond, whatever pandas' default may become.
TIME: DType = "datetime64[us, UTC]"

#: The only dtypes a frame of this package has.
DTYPES: tuple[DType, ...] = get_args(DType)

#: Whole number that a column can hold: decoders refuse a larger one.
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

_WIRE_TYPE: dict[DType, Any] = {
    "str": str | None,
    "Int64": Int64 | None,
    "Float64": float | None,
    "boolean": bool | None,
    "datetime64[us, UTC]": int | float | None,
}

_ARROW_TYPE: dict[DType, pa.DataType] = {
    "str": pa.large_string(),  # pandas stores text as this type, so nothing is copied
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

#: Computes a column from decoded rows: returns one value per row, or, for columns that are
#: computed together, one such list by the name of each.
Derive = Callable[[Sequence[Any]], list[Any] | Mapping[str, list[Any]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a record.

    Attributes
    ----------
    name : str
        Column, and the key in Imgur's answer unless ``key`` is set.
    dtype : str
        One of :data:`DTYPES`.
    meaning, source : str
        Description for people, and where it is documented or was seen.
    unit : str
        ``"px"``, ``"bytes"``, ``"UTC"`` ...
    key : str
        The answer's key where it differs from the column.
    derive : callable or None
        Computes the column from decoded rows instead of reading a key.
    zero_as_na : bool
        True where Imgur writes 0 for "nobody" or "none" (ids): becomes NA.
    relative : bool
        True for a time that Imgur gives as seconds from now as often as in epoch seconds.
    from_pull : bool
        True for a column that no answer holds (``fetched_at`` ...) and the pull fills.
    aliases : tuple of str
        Other names of the key: in old answers, or in those of the website's own API.
    same_as : str
        Name of a column whose values this one repeats under the name that all records share.
    wire_key : str or None
        Key in the answer; None for a column that is not read from a key of its own.
    arrow_type : pyarrow.DataType
        Type the column is built with.
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
    from_pull: bool = False
    aliases: tuple[str, ...] = ()
    same_as: str = ""
    wire_key: str | None = field(init=False, repr=False, compare=False)
    arrow_type: pa.DataType = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        is_read = not (self.derive or self.from_pull or self.same_as)
        object.__setattr__(self, "wire_key", (self.key or self.name) if is_read else None)
        object.__setattr__(self, "arrow_type", _ARROW_TYPE[self.dtype])


@dataclass(frozen=True, slots=True)
class Ignored:
    """Key of an answer that is no column, or from which columns are only derived.

    ``wire_type`` is the type it is decoded to where a column is derived from it; without one it
    is skipped. ``aliases`` are other names of the key, as of a :class:`Field`.
    """

    key: str
    meaning: str
    source: str
    wire_type: Any = msgspec.Raw
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)  # each record is one object, and equal to itself only
class Record:
    """Declaration of one kind of row: a post, an image, a tag ...

    Attributes
    ----------
    name : str
        As in ``imd.schema(name)`` and ``imd.read_response(source, name)``.
    fields : tuple of Field
        The columns, in order.
    ignored : tuple of Ignored
        Keys that are no columns.
    containers : tuple of str
        Keys under which an answer's object may hold the list of rows (``items`` of a tag).
    children : str
        Key of the rows below a row, where rows form trees.
    nested : mapping of str to str
        Keys of nested lists, and the ``str`` columns that hold their JSON on request.
    parts : mapping of str to Record
        Records of what these lists hold.
    id_key : str
        Key without whose value an object is not this record; empty where records have no id.
    any_of : tuple of str
        Keys of which such an object has at least one.
    excluded : frozenset of str
        Keys that this record never has: an object with one of them is something else.
    null_is_empty : bool
        True where Imgur writes null for an empty list.
    reshape : callable or None
        Converts an object of another shape (the website's own API) to the keys of this record.
    reshape_keys : frozenset of str
        Keys by which such objects are recognised.
    """

    name: str
    fields: tuple[Field, ...]
    ignored: tuple[Ignored, ...] = ()
    containers: tuple[str, ...] = ()
    children: str = ""
    nested: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Record] = field(default_factory=dict)
    id_key: str = "id"
    any_of: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    null_is_empty: bool = False
    reshape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    reshape_keys: frozenset[str] = frozenset()

    # Keys of an answer --------------------------------------------------------------------------

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return [f.name for f in self.fields]

    @cached_property
    def known_keys(self) -> frozenset[str]:
        """Every key of an answer that is declared."""
        keys = {f.wire_key for f in self.fields} | {i.key for i in self.ignored}
        return frozenset(k for k in keys if k)

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Current name of each key by its other names."""
        keys = [(f.wire_key, f.aliases) for f in self.fields if f.wire_key]
        keys += [(i.key, i.aliases) for i in self.ignored]
        return {alias: key for key, names in keys for alias in names}

    @cached_property
    def legacy_keys(self) -> frozenset[str]:
        """Keys of objects that :meth:`normalize` changes."""
        return self.reshape_keys | self.aliases.keys()

    @cached_property
    def wire_types(self) -> dict[str, Any]:
        """Python type each key is decoded to, without ``children``."""
        types = {f.wire_key: _WIRE_TYPE[f.dtype] for f in self.fields if f.wire_key}
        for key in self.ignored:
            types.setdefault(key.key, key.wire_type)
        types.pop(self.children, None)
        return types

    def normalize(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return an object of an answer with the keys of today's API.

        >>> from imgurdata.model.records import COMMENT
        >>> COMMENT.normalize({"id": 1, "caption": "hello", "hash": "abc12"})
        {'id': 1, 'image_id': 'abc12', 'comment': 'hello'}
        """
        if self.reshape is not None:
            row = self.reshape(row)
        if self.aliases.keys().isdisjoint(row):
            return row
        renamed = {key: value for key, value in row.items() if key not in self.aliases}
        for alias, key in self.aliases.items():
            if alias in row and renamed.get(key) is None:
                renamed[key] = row[alias]
        return renamed

    def is_other(self, keys: Set[str]) -> bool:
        """Return whether an object with these keys is something else than this record.

        New keys that Imgur adds do not count against an object unless unknown keys outnumber the
        known ones besides the id.
        """
        if not self.excluded.isdisjoint(keys):
            return True
        unknown = len(keys - self.known_keys - set(self.containers))
        has_id = self.id_key != "" and self.id_key in keys
        return len(keys) - unknown - has_id < unknown

    def is_valid(self, row: Any) -> bool:
        """Return whether a decoded row has its id, and one of the keys it needs."""
        if self.id_key and getattr(row, self.id_key) in (None, ""):
            return False
        return not self.any_of or any(getattr(row, key) is not None for key in self.any_of)

    def all_valid(self, rows: Sequence[Any]) -> bool:
        """Return whether all of many decoded rows are valid; faster than one by one."""
        if self.any_of or not self.id_key:
            return all(map(self.is_valid, rows))
        ids = list(map(attrgetter(self.id_key), rows))
        return all(ids) or (None not in ids and "" not in ids)

    def could_be_valid(self, row: Mapping[str, Any]) -> bool:
        """Return whether an object of an answer, its values as raw JSON, could be this record."""
        values = {k: v for k, v in row.items() if bytes(v) not in (b"null", b'""', b"[]", b"{}")}
        current = self.normalize(values)
        if self.id_key and bytes(current.get(self.id_key, b"null")).strip() in _NO_ID:
            return False
        if self.any_of and current.keys().isdisjoint(self.any_of):
            return False
        return not self.is_other(self.normalize(dict.fromkeys(row)).keys())

    # Decoders -----------------------------------------------------------------------------------

    @cached_property
    def row_type(self) -> type[msgspec.Struct]:
        """Struct that one row is decoded into; undeclared keys are skipped."""
        return self._row_type(forbid_unknown=False)

    @cached_property
    def strict_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """Decoder of a list of rows that refuses undeclared keys, so that they are noticed."""
        return _list_decoder(self._row_type(forbid_unknown=True))

    @cached_property
    def lenient_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """Decoder of a list of rows that skips undeclared keys."""
        return _list_decoder(self.row_type)

    @cached_property
    def nested_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """Decoder of a list of rows to the raw JSON of their nested lists alone."""
        fields = [(key, msgspec.Raw, msgspec.Raw()) for key in self.nested]
        return _list_decoder(msgspec.defstruct(f"{self.name.title()}Nested", fields, gc=False))

    @cached_property
    def whole_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """As :attr:`strict_decoder`, but nested lists stay bytes."""
        return _list_decoder(self._row_type(forbid_unknown=True, whole=True))

    @cached_property
    def lists_decoder(self) -> msgspec.json.Decoder[list[Any]]:
        """Decoder of many lists of rows (null for none), of which some are bare names."""
        return _list_decoder(self._part_type)

    @cached_property
    def lines_decoder(self) -> msgspec.json.Decoder[Any]:
        """The same for ``decode_lines``, with one list a line."""
        return msgspec.json.Decoder(self._part_type, strict=False)

    @cached_property
    def _part_type(self) -> Any:
        row_type: Any = self._row_type(forbid_unknown=True)
        return list[row_type | str] | None

    def _row_type(self, *, forbid_unknown: bool, whole: bool = False) -> type[msgspec.Struct]:
        kinds = "Strict" * forbid_unknown + "Whole" * whole
        name = f"{self.name.title().replace('_', '')}{kinds}Row"
        types = self.wire_types | (dict.fromkeys(self.nested, msgspec.Raw) if whole else {})
        fields: list[tuple[str, Any, Any]] = [
            (key, kind, msgspec.Raw() if kind is msgspec.Raw else None)
            for key, kind in types.items()
        ]
        if self.children:
            # A tuple of rows needs no visits of the garbage collector, nor does an empty one exist
            # more than once.
            fields.append((self.children, f"tuple[{name}, ...] | None", None))
        row_type = msgspec.defstruct(
            name,
            fields,
            kw_only=True,
            gc=False,  # rows hold no reference cycles, so the collector need not visit them
            module=__name__,
            forbid_unknown_fields=forbid_unknown,
        )
        # msgspec resolves the name of a recursive type in the type's own namespace.
        setattr(row_type, name, row_type)
        return row_type

    # Frames -------------------------------------------------------------------------------------

    def frame(
        self, columns: Mapping[str, pa.Array], extra: Iterable[str] = (), *, owner: str = ""
    ) -> pd.DataFrame:
        """Return a frame of this record's columns, in order.

        ``extra`` are names of further ``str`` columns, put last (``images_json`` ...); ``owner`` is
        the name of one that is put first if it is none of the record's.
        """
        first = [owner] if owner and owner not in self.columns else []
        names = [*first, *self.columns, *extra]
        return pd.DataFrame({name: to_pandas(columns[name]) for name in names}, copy=False)

    def empty(self, extra: Iterable[str] = (), *, owner: str = "") -> pd.DataFrame:
        """Return the frame of no rows: the same columns and dtypes as with a million.

        >>> from imgurdata.model.records import CREDITS
        >>> CREDITS.empty().shape[0]
        0
        """
        arrays = {f.name: pa.array([], f.arrow_type) for f in self.fields}
        arrays |= {name: pa.array([], _ARROW_TYPE["str"]) for name in (owner, *extra)}
        return self.frame(arrays, extra, owner=owner)

    def describe(self) -> pd.DataFrame:
        """Return the data dictionary: ``name, dtype, unit, meaning, source``, a row a column.

        Keys that are no column come last, with ``dtype`` ``"dropped"``. Where Imgur calls a
        column something else, ``source`` ends with that key in brackets.
        """
        rows = [
            (f.name, str(f.dtype), f.unit, f.meaning, f.source + (f" ({f.key})" if f.key else ""))
            for f in self.fields
        ]
        dropped = [(i.key, i.meaning, i.source) for i in self.ignored]
        dropped += [
            (alias, f"other name of {key}", "recorded and old answers")
            for alias, key in self.aliases.items()
        ]
        rows += [
            (key, "dropped", "", meaning, source)
            for key, meaning, source in dropped
            if key not in self.columns
        ]
        return pd.DataFrame(
            rows, columns=["name", "dtype", "unit", "meaning", "source"], dtype="str"
        )


_NO_ID = frozenset({b"true", b"false", b"null", b'""'})


def to_pandas(column: pa.Array | pa.ChunkedArray) -> Any:
    """Return the pandas array of an Arrow column, in the dtype that our frames have."""
    if column.type == _ARROW_TYPE[TIME]:
        return column.to_pandas().array
    if isinstance(column, pa.ChunkedArray) and column.type == _ARROW_TYPE["str"]:
        # pandas would keep the chunks and search all of them for each value.
        column = column.combine_chunks()
    return _PANDAS_TYPE[column.type].__from_arrow__(column)


def _list_decoder(row_type: Any) -> msgspec.json.Decoder[list[Any]]:
    # strict=False accepts numbers written as text, which Imgur's answers often hold.
    return msgspec.json.Decoder(list[row_type], strict=False)
