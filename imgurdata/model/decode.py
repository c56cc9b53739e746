"""Bytes of an answer's ``data`` to rows of a record.

Three ways, from fast to patient: the strict decoder takes what answers normally hold; where it
meets a key it doesn't know, the lenient decoder reads on and the key is noted; where a value has
another type than declared, each value is converted by itself. Whatever cannot be read becomes NA
and is counted in :class:`Notes`.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
from collections import Counter, deque
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from itertools import compress
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa

from imgurdata.errors import BadResponse, redact
from imgurdata.model import formats
from imgurdata.model.nesting import members, unnest
from imgurdata.model.schema import Record

__all__ = ["Notes", "decode_lists", "decode_page", "decode_rows"]

logger = logging.getLogger(__name__)

#: What PHP and XML write for an empty list inside an object.
_NO_LIST = (b'""', b"{}")

_INT64 = range(-(2**63), 2**63)

#: So many unknown keys are noted, and so much of each: an answer may hold any number of any length.
_MOST_KEYS, _LONGEST_KEY = 200, 80

#: Longest text that is read as a number or a time.
_LONGEST_NUMBER = 100
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")

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

    def meet(self, keys: Set[str], record: Record) -> None:
        """Take up the keys of a row that the record does not know; new ones are logged."""
        if new := keys - record.known_keys - self.unknown:
            new = {key[:_LONGEST_KEY] for key in new} - self.unknown
            new = set(sorted(new)[: max(0, _MOST_KEYS - len(self.unknown))])
        if new:
            named = [redact(key) for key in sorted(new)]
            logger.warning("%s answers hold fields unknown here: %s", record.name, named)
            self.unknown |= new

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form, for ``attrs``; empty where nothing was met."""
        notes: dict[str, Any] = {}
        if self.unknown:
            notes["unknown_fields"] = sorted(self.unknown)
        if self.unreadable:
            notes["unreadable"] = dict(sorted(self.unreadable.items()))
        return notes


def decode_rows(data: bytes, record: Record, notes: Notes | None = None) -> list[Any]:
    """Return the rows of a record from an answer's ``data``.

    Parameters
    ----------
    data : bytes
        JSON: a list of records, one record, or an object that holds the list under one of the
        record's ``containers``.
    record : Record
        What the rows are.
    notes : Notes, optional
        Takes up what is met: unknown keys, values that could not be read.

    Returns
    -------
    list
        Structs of ``record.row_type``, in the answer's order. Entries of a list that are no such
        record (:meth:`~imgurdata.model.schema.Record.holds`) are left out and counted.

    Raises
    ------
    BadResponse
        The data holds no such record: a number, a text, a list of ids, an object of another kind.
    """
    return decode_page(data, record, notes)[0]


def decode_page(
    data: bytes, record: Record, notes: Notes | None = None, *, nested: bool = False
) -> tuple[list[Any], dict[str, pa.Array]]:
    """Return :func:`decode_rows`, and with ``nested`` the JSON of their nested lists by key."""
    notes = notes if notes is not None else Notes()
    text = list_bytes(data, record)
    rows = _decode(text, record, notes)
    columns = _nested(text, record, whole=None not in rows) if nested else {}
    if record.children:
        _prune(rows, record, notes)
    held = [row is not None and record.holds(row) for row in rows]
    if all(held):
        return rows, columns
    if not any(held):
        raise BadResponse(
            f"The answer holds no {record.name}: {_lacks(record)}.", body=formats.head(data)
        )
    _lose(notes, record.name, held.count(False))
    kept = pa.array(held)
    return list(compress(rows, held)), {key: texts.filter(kept) for key, texts in columns.items()}


def _lacks(record: Record) -> str:
    if record.identified_by:
        return f"it has no {record.identified_by!r}, or the keys of something else"
    return "it has the keys of something else"


def _lose(notes: Notes, name: str, count: int) -> None:
    notes.unreadable[name] += count
    logger.warning("%d entries are no %s and were left out", count, name)


def _prune(rows: list[Any], record: Record, notes: Notes) -> None:
    """Leave out, and count, what hangs in a tree and is no such record."""
    waiting = [row for row in rows if row is not None]
    while waiting:
        row = waiting.pop()
        below = getattr(row, record.children)
        if not below:
            continue
        held = [one for one in below if one is not None and record.holds(one)]
        if len(held) < len(below):
            setattr(row, record.children, held)
            _lose(notes, record.name, len(below) - len(held))
        waiting += held


def _decode(text: bytes, record: Record, notes: Notes) -> list[Any]:
    """Rows of a list; None where an entry is something else."""
    try:
        return _decode_list(text, record, notes)
    except RecursionError:
        return _decode_deep(text, record, notes)
    except _BROKEN:
        pass  # Any of the three ways may be the first to reach the place that is no strict JSON.
    try:
        mended = formats.mend_json(text)
    except formats.TooDeep:
        return _decode_deep(text, record, notes)
    try:
        return _decode_list(mended, record, notes)
    except _BROKEN as error:
        raise BadResponse(
            f"The answer cannot be read ({error}).", body=formats.head(text)
        ) from None


def _decode_deep(text: bytes, record: Record, notes: Notes) -> list[Any]:
    """Rows of trees that are deeper than JSON readers follow."""
    too_deep = formats.TooDeep("The answer is nested too deep to be read.", body=formats.head(text))
    if not record.children:
        raise too_deep
    flat, parents = unnest(text, record.children)
    if len(flat) == len(text):
        raise too_deep  # it is deep elsewhere
    nodes = _decode(flat, record, notes)
    for node, parent in zip(nodes, parents, strict=True):
        above = None if parent is None else nodes[parent]
        if above is not None:
            getattr(above, record.children).append(node)
    return [node for node, parent in zip(nodes, parents, strict=True) if parent is None]


def _decode_list(rows: bytes, record: Record, notes: Notes) -> list[Any]:
    try:
        return record.strict_decoder.decode(rows)
    except msgspec.ValidationError:
        pass
    try:
        decoded: list[Any] = record.lenient_decoder.decode(rows)
    except msgspec.ValidationError as error:
        logger.debug("a page of %s goes the tolerant way: %s", record.name, error)
        return _convert_rows(rows, record, notes)
    told = _keys_of(rows, record)
    if not record.other_keys.isdisjoint(set().union(*told)):
        logger.debug("a page of %s has the keys of another time", record.name)
        return _convert_rows(rows, record, notes)
    for place, keys in enumerate(told[: len(decoded)]):
        if record.is_strange(keys):
            decoded[place] = None
        else:
            notes.meet(keys, record)
    for keys in told[len(decoded) :]:
        notes.meet(keys, record)
    return decoded


def decode_lists(texts: Sequence[str], record: Record) -> list[list[Any]] | None:
    """Return the rows of many lists of records; None where the quick way does not take them all."""
    try:
        lists: list[list[Any]] = record.lists_decoder.decode(f"[{','.join(texts)}]")
    except (*_BROKEN, UnicodeEncodeError):
        return None
    whole = len(lists) == len(texts) and all(record.holds(row) for rows in lists for row in rows)
    return lists if whole else None


def _nested(text: bytes, record: Record, *, whole: bool) -> dict[str, pa.Array]:
    if not whole or any(b'"%s"' % key.encode() in text for key in record.reshaped):
        told = msgspec.json.decode(formats.mend_json(text))
        modern = [record.modern(one) if isinstance(one, dict) else {} for one in told]
        text = msgspec.json.encode(modern)
    rows = _decode_raw(text, record.nested_decoder)
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
    if start != b"{" or data[1:].lstrip() == b"}":
        raise BadResponse(
            f"The answer holds no {record.name}: its data is {formats.head(data, 60)}.",
            body=formats.head(data),
        )
    if record.containers:
        inside = _members(data)
        lists = [bytes(inside[key]).strip() for key in record.containers if key in inside]
        # Notifications come in two lists, replies and messages; what is no list counts for none.
        found = [text[1:-1].strip() for text in lists if text.startswith(b"[")]
        if found:
            return b"[" + b",".join(filter(None, found)) + b"]"
        # The list may be PHP's or XML's empty one: no rows, unless what holds it is a row itself.
        empty = (*_NO_LIST, b"null") if record.empty_as_null else _NO_LIST
        if lists and record.identified_by not in inside and all(text in empty for text in lists):
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


def _members(data: bytes) -> dict[str, Any]:
    try:
        told: dict[str, Any] = _OBJECT.decode(data)
        return told
    except RecursionError:
        return dict(members(data))
    except _BROKEN:
        pass
    try:
        return _OBJECT.decode(formats.mend_json(data))
    except formats.TooDeep:
        return dict(members(data))
    except _BROKEN as error:
        raise BadResponse(
            f"The answer cannot be read ({error}).", body=formats.head(data)
        ) from None


def _keys_of(rows: bytes, record: Record) -> list[Set[str]]:
    """The keys of each row, those of the list's own entries first."""
    told: list[Set[str]] = []
    waiting = deque([rows])
    while waiting:
        for row in msgspec.json.decode(waiting.popleft(), type=list[dict[str, msgspec.Raw]]):
            told.append(row.keys())
            below = bytes(row.get(record.children, b"")).strip() if record.children else b""
            if below.startswith(b"["):
                waiting.append(below)
    return told


# The tolerant way -------------------------------------------------------------------------------


def _convert_rows(rows: bytes, record: Record, notes: Notes) -> list[Any]:
    converted: list[Any] = []
    # Level by level, with a stack: trees may be deeper than Python's own.
    waiting = [(msgspec.json.decode(rows), converted)]
    while waiting:
        values, into = waiting.pop()
        for value in values:
            told = record.modern(value) if isinstance(value, dict) else {}
            if not told or (into is converted and record.is_strange(told.keys())):
                into.append(None)
                continue
            notes.meet(told.keys(), record)
            row = _convert_row(told, record, notes)
            into.append(row)
            if record.children and told.get(record.children) is not None:
                replies: list[Any] = []
                setattr(row, record.children, replies)
                waiting.append((_children(told, record, notes), replies))
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
            if key == record.identified_by and isinstance(told, bool):
                raise TypeError
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
    """Return a whole number from int, float or digits as text; None for ``""``.

    Nothing is rounded: 3.0 is 3, and 3.5 is refused, as true is.
    """
    if isinstance(value, bool):
        raise TypeError
    number = _number(value)
    if number is None:
        return None
    if number != int(number):
        raise ValueError
    if int(number) not in _INT64:
        raise OverflowError
    return int(number)


def to_float(value: Any) -> float | None:
    """Return a number from int, float or text; None for ``""``."""
    number = _number(value)
    return None if number is None else float(number)


def _number(value: Any) -> float | None:
    """An int or a finite float; None for what says that there is none."""
    if isinstance(value, str):
        word = value.strip() if len(value) <= _LONGEST_NUMBER else value[:_LONGEST_NUMBER]
        if word.lower() in {"", "null"}:
            return None
        if word.lower() in {"true", "false"}:
            return int(word.lower() == "true")
        if _WHOLE.fullmatch(word):
            return int(word)
        if not _NUMBER.fullmatch(word):
            raise ValueError
        value = float(word)
    if not isinstance(value, (int, float)):
        raise TypeError
    if isinstance(value, float) and not math.isfinite(value):
        raise OverflowError
    return value


_TRUE = frozenset({"1", "1.0", "true", "yes"})
_FALSE = frozenset({"0", "-0", "0.0", "-0.0", "false", "no"})


def to_bool(value: Any) -> bool | None:
    """A boolean from true, 1, ``"1"``, ``"true"`` and their opposites; "" is none."""
    word = (value if isinstance(value, str) else repr(value))[:_LONGEST_NUMBER].strip().lower()
    if word in {"", "null"}:
        return None
    if isinstance(value, (bool, int, float, str)) and (word in _TRUE or word in _FALSE):
        return word in _TRUE
    raise ValueError


def to_epoch(value: Any) -> float | None:
    """Return epoch seconds from a number, digits as text, or ``2013-05-15 08:33:28`` (UTC)."""
    word = str(value).strip().lower() if isinstance(value, (str, bool)) else ""
    if word == "false":
        return None  # pro_expiration says false for "not at all"
    if word == "true":
        raise ValueError  # no time; nothing recorded says it
    if "-" in word[1:_LONGEST_NUMBER] and len(word) <= _LONGEST_NUMBER and "e" not in word:
        time = dt.datetime.fromisoformat(word.upper())
        seconds = (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).timestamp()
        return int(seconds) if seconds.is_integer() else seconds
    return _number(value)


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
