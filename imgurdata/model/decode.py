"""Bytes of an answer's ``data`` to rows of a record.

Three ways, from fast to patient: the strict decoder takes what answers normally hold; where it
meets a key it doesn't know, the lenient decoder reads on and the key is noted; where a value has
another type than declared, each value is converted by itself. Whatever cannot be read becomes NA
and is counted in :class:`Notes`: nothing goes in silence.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa

from imgurdata.errors import BadResponse
from imgurdata.model import formats
from imgurdata.model.schema import Record

__all__ = ["Notes", "decode_lists", "decode_nested", "decode_rows"]

logger = logging.getLogger(__name__)

#: What PHP and XML write for an empty list.
_NO_LIST = (b"null", b'""', b"{}")

_INT64 = range(-(2**63), 2**63)

#: What msgspec raises on bytes that are no strict JSON, not UTF-8, or nested too deep.
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

# "Who has it can delete the picture": the answer's own JSON goes into frames without it.
_DELETE_HASH = re.compile(r'("deletehash"\s*:\s*")[^"]+')


@dataclass
class Notes:
    """What was met on the way and has no place in the frame."""

    unknown: set[str] = field(default_factory=set)
    unreadable: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form, for ``attrs``; empty where nothing was met."""
        notes: dict[str, Any] = {}
        if self.unknown:
            notes["unknown_fields"] = sorted(self.unknown)
        if self.unreadable:
            notes["unreadable"] = dict(sorted(self.unreadable.items()))
        return notes


def decode_rows(data: bytes, record: Record, notes: Notes | None = None) -> list[Any]:
    """Rows of a record from an answer's ``data``.

    Parameters
    ----------
    data
        JSON bytes: a list of records, one record, or an object that holds the list under one of
        the record's ``containers``.
    record
        What the rows are.
    notes
        Takes up what is met: unknown keys, values that could not be read.

    Returns
    -------
    list
        Structs of ``record.row_type``, as many as the answer holds, in its order.

    Raises
    ------
    BadResponse
        The data is something else: a number, a text, a list of ids.
    """
    notes = notes if notes is not None else Notes()
    rows = list_bytes(data, record)
    try:
        return _decode_list(rows, record, notes)
    except _BROKEN:
        # Any of the three ways may be the first to reach the place that is no strict JSON.
        rows = formats.mend_json(rows)
    try:
        return _decode_list(rows, record, notes)
    except _BROKEN as error:
        raise BadResponse(
            f"The answer cannot be read ({error}).", body=formats.head(rows)
        ) from None


def _decode_list(rows: bytes, record: Record, notes: Notes) -> list[Any]:
    try:
        return record.strict_decoder.decode(rows)
    except msgspec.ValidationError:
        pass
    try:
        decoded = record.lenient_decoder.decode(rows)
    except msgspec.ValidationError as error:
        logger.debug("a page of %s goes the tolerant way: %s", record.name, error)
        return _convert_rows(rows, record, notes)
    if unknown := _unknown_keys(rows, record) - notes.unknown:
        logger.warning("%s answers hold fields unknown here: %s", record.name, sorted(unknown))
        notes.unknown |= unknown
    return decoded


def decode_lists(texts: Sequence[str], record: Record) -> list[list[Any]] | None:
    """The rows of many lists of records; None where the strict decoder does not take them all."""
    try:
        lists: list[list[Any]] = record.lists_decoder.decode(f"[{','.join(texts)}]")
    except (*_BROKEN, UnicodeEncodeError):
        return None
    return lists if len(lists) == len(texts) else None


def decode_nested(data: bytes, record: Record) -> dict[str, pa.Array]:
    """The answer's own JSON of the rows' nested lists (``images``, ``tags``): a column a key.

    NA where a row has none, or null. Delete hashes are blanked.
    """
    rows = _decode_raw(list_bytes(data, record), record.nested_decoder)
    return {
        key: pa.array([_nested_text(getattr(row, key)) for row in rows], pa.large_string())
        for key in record.nested
    }


def _nested_text(value: msgspec.Raw) -> str | None:
    text = bytes(value).decode("utf-8", "replace").strip()
    if text == '""':
        return "[]"  # how XML's empty element arrives
    # Anything but a list was counted as unreadable when the row was decoded.
    if not text.startswith("["):
        return None
    return _DELETE_HASH.sub(r"\1", text) if '"deletehash"' in text else text


def list_bytes(data: bytes, record: Record) -> bytes:
    """The JSON list of rows that ``data`` is or holds; a single record becomes a list of one."""
    data = data.strip()
    start = data[:1]
    if start == b"[":
        return data
    if start == b"{" and data[1:].lstrip() == b"}":
        return b"[]"  # PHP writes an empty list either way
    if start != b"{":
        raise BadResponse(
            f"The answer holds no {record.name}: its data is {formats.head(data, 60)}.",
            body=formats.head(data),
        )
    if record.containers:
        inside: dict[str, msgspec.Raw] = _decode_raw(data, _OBJECT)
        lists = [bytes(inside[key]).strip() for key in record.containers if key in inside]
        # Notifications come in two lists, replies and messages; what is no list counts for none.
        found = [text[1:-1].strip() for text in lists if text.startswith(b"[")]
        if found:
            return b"[" + b",".join(filter(None, found)) + b"]"
        # The list may be told as null, or as XML's empty element: no rows, unless what holds it
        # is a row itself.
        own = "id" if "id" in record.known_keys else "name"
        if lists and own not in inside and all(text in _NO_LIST for text in lists):
            return b"[]"
    return b"[" + data + b"]"


def _decode_raw(data: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        return decoder.decode(data)
    except _BROKEN:
        data = formats.mend_json(data)
    try:
        return decoder.decode(data)
    except _BROKEN as error:
        raise BadResponse(
            f"The answer cannot be read ({error}).", body=formats.head(data)
        ) from None


def _unknown_keys(rows: bytes, record: Record) -> set[str]:
    seen: set[str] = set()
    waiting = [rows]
    while waiting:
        for row in msgspec.json.decode(waiting.pop(), type=list[dict[str, msgspec.Raw]]):
            seen.update(row)
            below = bytes(row.get(record.children, b"")).strip() if record.children else b""
            if below.startswith(b"["):
                waiting.append(below)
    return seen - record.known_keys


# The tolerant way -------------------------------------------------------------------------------


def _convert_rows(rows: bytes, record: Record, notes: Notes) -> list[Any]:
    converted: list[Any] = []
    # Level by level, with a stack: trees may be deeper than Python's own.
    waiting = [(msgspec.json.decode(rows), converted)]
    while waiting:
        values, into = waiting.pop()
        for number, value in enumerate(values):
            if not isinstance(value, dict):
                kind = type(value).__name__
                raise BadResponse(
                    f"The answer holds no {record.name}: entry {number} is of type {kind}."
                )
            notes.unknown.update(value.keys() - record.known_keys)
            row = _convert_row(value, record, notes)
            into.append(row)
            if record.children and value.get(record.children) is not None:
                replies: list[Any] = []
                setattr(row, record.children, replies)
                waiting.append((_children(value, record, notes), replies))
    if notes.unreadable:
        logger.warning("%s: values that could not be read: %s", record.name, notes.unreadable)
    return converted


def _children(value: dict[str, Any], record: Record, notes: Notes) -> list[Any]:
    """The rows below a row; what is none is counted."""
    below = value[record.children]
    if below in ("", {}):
        return []
    rows = [one for one in below if isinstance(one, dict)] if isinstance(below, list) else []
    lost = len(below) - len(rows) if isinstance(below, list) else 1
    if lost:
        notes.unreadable[record.children] += lost
    return rows


def _convert_row(value: dict[str, Any], record: Record, notes: Notes) -> Any:
    row: dict[str, Any] = {}
    for key, kind in record.wire_types.items():
        told = value.get(key)
        if told is None or kind is msgspec.Raw:
            continue
        try:
            part = _part_of(kind)
            row[key] = _convert_part(told, part, key, notes) if part else _CONVERTERS[kind](told)
        except (ValueError, OverflowError, TypeError):
            notes.unreadable[key] += 1
    return record.row_type(**row)


def _convert_part(value: Any, part: _Part, key: str, notes: Notes) -> Any:
    """A part of a row that is a row itself, or a list of such."""
    if not part.listed:
        return None if value in ("", []) else _struct(part.cls, value, key, notes)
    if part.cls is str:
        return [to_text(one) for one in _list(value) if one is not None]
    return [
        one if part.bare and isinstance(one, str) else _struct(part.cls, one, key, notes)
        for one in _list(value)
    ]


def to_text(value: Any) -> str | None:
    """Text of a scalar; whole floats lose their ``.0``, so that an id stays an id."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    raise TypeError


def to_int(value: Any) -> int | None:
    """A whole number from int, float (rounded), digits as text, or a boolean; "" is none."""
    if isinstance(value, str):
        value = value.strip()
        if value in {"", "null"}:
            return None
        if value.lower() in {"true", "false"}:
            return int(value.lower() == "true")
        value = int(value) if value.lstrip("+-").isdigit() else float(value)
    if not isinstance(value, (int, float)):
        raise TypeError
    number = round(value)
    if number not in _INT64:
        raise OverflowError
    return number


def to_float(value: Any) -> float | None:
    """A number from int, float or text; "" is none."""
    if isinstance(value, str) and value.strip() in {"", "null"}:
        return None
    if not isinstance(value, (int, float, str)):
        raise TypeError
    number = float(value)
    if math.isnan(number):
        return None
    return number


_TRUE = frozenset({"1", "1.0", "true", "yes"})
_FALSE = frozenset({"0", "0.0", "false", "no"})


def to_bool(value: Any) -> bool | None:
    """A boolean from true, 1, ``"1"``, ``"true"`` and their opposites; "" is none."""
    word = str(value).strip().lower()
    if word in {"", "null"}:
        return None
    if isinstance(value, (bool, int, float, str)) and (word in _TRUE or word in _FALSE):
        return word in _TRUE
    raise ValueError


def to_epoch(value: Any) -> int | float | None:
    """Epoch seconds from a number, digits as text, or ``2013-05-15 08:33:28`` (UTC)."""
    if isinstance(value, str) and "-" in value[1:]:
        time = dt.datetime.fromisoformat(value.strip())
        return int((time if time.tzinfo else time.replace(tzinfo=dt.UTC)).timestamp())
    word = str(value).strip().lower()
    if word == "false":
        return None  # pro_expiration says false for "not at all"
    if word == "true":
        raise ValueError  # no time; nothing recorded says it
    return value if isinstance(value, float) else to_int(value)


def _list(value: Any) -> list[Any]:
    if value == "":
        return []  # how XML's empty element arrives
    if not isinstance(value, list):
        raise TypeError
    return value


def _struct(cls: Any, value: Any, key: str, notes: Notes) -> Any:
    """A part of a row, with every value that cannot be read left out and counted."""
    if not isinstance(value, dict):
        notes.unreadable[key] += 1
        return cls()
    members: dict[str, Any] = {}
    for name, told, kind in _members_of(cls):
        try:
            members[name] = _CONVERTERS[kind](value[told]) if value.get(told) is not None else None
        except (ValueError, OverflowError, TypeError):
            notes.unreadable[f"{key}.{told}"] += 1
    return cls(**members)


_CONVERTERS: dict[Any, Any] = {
    str | None: to_text,
    int | None: to_int,
    float | None: to_float,
    bool | None: to_bool,
    int | float | None: to_epoch,
}


class _Part(NamedTuple):
    """What a part of a row is: a struct (or text), in a list or not, bare text among it or not."""

    cls: Any
    listed: bool = False
    bare: bool = False


@cache
def _members_of(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    """Of each member of a part: its name here, its key in the answer (``from``), its type."""
    types = get_type_hints(cls)
    return tuple((f.name, f.encode_name, types[f.name]) for f in msgspec.structs.fields(cls))


@cache
def _part_of(kind: Any) -> _Part | None:
    """The part of a row that a wire type speaks of; None for a plain value."""
    inside = get_args(kind)[0] if get_args(kind) else kind
    if get_origin(inside) is list:
        (member,) = get_args(inside)
        members = get_args(member) or (member,)
        return _Part(members[0], listed=True, bare=str in members)
    return _Part(inside) if issubclass(inside, msgspec.Struct) else None
