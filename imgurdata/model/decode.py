"""Bytes of an answer's ``data`` to rows of a record.

Three ways, from fast to tolerant: the strict decoder reads what answers normally hold; if it meets
an undeclared key, the lenient decoder reads on and the key is noted; if a value has another type
than declared, each value is converted by itself. Whatever cannot be read becomes NA and is counted
in :class:`Notes`.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, compress
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa

from imgurdata.errors import BadResponse, redact
from imgurdata.model import formats
from imgurdata.model.nesting import unnest
from imgurdata.model.schema import Int64, Record

__all__ = [
    "DECODING", "Notes", "Page", "decode_page", "drop_invalid_children", "entries", "list_bytes",
    "read_page", "rows_of_parts",
]  # fmt: skip

logger = logging.getLogger(__name__)

#: Increased when the same bytes give other rows or columns than before: columns that were kept are
#: then decoded anew. A test compares the columns of fixed answers.
DECODING = 1

#: What PHP and XML write for an empty list inside an object.
_NO_LIST = (b'""', b"{}")

#: No nested list: its key is missing, or null.
_NOTHING = (b"", b"null")

_INT64 = range(-(2**63), 2**63)

#: Limits on noted keys: an answer may hold any number of any length.
_MOST_KEYS, _LONGEST_KEY = 200, 80

#: Longest text that is read as a number or a time.
_LONGEST_NUMBER = 100
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")

# Whoever has a delete hash can delete the picture, so nested JSON goes into frames without it.
_DELETE_HASH = re.compile(formats.DELETE_HASH)


@dataclass
class Notes:
    """Unknown keys and unreadable values met while decoding."""

    unknown: set[str] = field(default_factory=set)
    unreadable: Counter[str] = field(default_factory=Counter)

    def add_keys(self, keys: Set[str], record: Record) -> None:
        """Note the keys of a row that the record does not declare."""
        if new := keys - record.known_keys - self.unknown:
            self._add({key[:_LONGEST_KEY] for key in new})

    def _add(self, keys: set[str]) -> set[str]:
        """Note as many of some keys as the limit allows; return those that are new."""
        new = set(sorted(keys - self.unknown)[: max(0, _MOST_KEYS - len(self.unknown))])
        self.unknown |= new
        return new

    def merge(self, other: Notes, record: Record) -> None:
        """Add the notes of one answer, and log what is new."""
        if other.unknown and (new := self._add(other.unknown)):
            names = [redact(key) for key in sorted(new)]
            logger.warning("Answers of record %s hold unknown fields: %s.", record.name, names)
        if other.unreadable:
            self.unreadable.update(other.unreadable)
            logger.warning(
                "An answer of record %s holds values that cannot be read: %s.",
                record.name, dict(sorted(other.unreadable.items())),
            )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able form for ``attrs``; empty if there is nothing to note."""
        notes: dict[str, Any] = {}
        if self.unknown:
            notes["unknown_fields"] = sorted(self.unknown)
        if self.unreadable:
            notes["unreadable"] = dict(sorted(self.unreadable.items()))
        return notes


@dataclass(slots=True)
class Page:
    """Rows of one answer.

    Attributes
    ----------
    rows : list
        Structs of the record.
    notes : Notes
        What was noticed in this answer.
    columns : dict of str to pyarrow.Array
        Columns that the structs do not hold: JSON of the nested lists, where they were asked for.
    parts : dict of str to list, or None
        Rows of these lists by key, a list for each row; None where something about them is odd, so
        that they have to be read from their JSON.
    """

    rows: list[Any]
    notes: Notes = field(default_factory=Notes)
    columns: dict[str, pa.Array] = field(default_factory=dict)
    parts: dict[str, list[list[Any]]] | None = None


def decode_page(data: bytes, record: Record, *, nested: bool = False) -> Page:
    """Return the rows of a record, as structs, from an answer's ``data``.

    The data is JSON: a list of records, one record, or an object that holds the list under one of
    the record's ``containers``. Entries of a list that are not valid are left out and counted;
    data without any valid record raises BadResponse. Rows below the rows are not looked at: see
    :func:`drop_invalid_children`. With ``nested`` the page has the rows' nested lists, too.
    """
    text = list_bytes(data, record)
    if nested and (page := _decode_nested(text, record)) is not None:
        return page
    notes = Notes()
    try:
        rows = record.strict_decoder.decode(text)
    except formats.BROKEN:
        rows = _decode_tolerantly(text, record, notes)
    columns = _nested_columns(text, record, whole=None not in rows) if nested else {}
    if None in rows or not record.all_valid(rows):
        valid = [row is not None and record.is_valid(row) for row in rows]
        if not any(valid):
            lack = f"it has no {record.id_key!r}, or" if record.id_key else "it has"
            raise BadResponse(
                f"The answer holds no {record.name}: {lack} the keys of something else.",
                body=formats.head(data),
            )
        notes.unreadable[record.name] += valid.count(False)
        rows = list(compress(rows, valid))
        columns = {name: texts.filter(pa.array(valid)) for name, texts in columns.items()}
    return Page(rows, notes, columns)


def _decode_nested(text: bytes, record: Record) -> Page | None:
    """Return rows and their nested lists from one pass; None where anything in them is odd."""
    try:
        rows = record.whole_decoder.decode(text)
        raw = {key: [bytes(getattr(row, key)) for row in rows] for key in record.nested}
        parts = {}
        for key, part in record.parts.items():
            joined = b",".join([one or b"null" for one in raw[key]])
            parts[key] = part.lists_decoder.decode(b"[%s]" % joined)
    except formats.BROKEN:
        return None
    if not record.all_valid(rows):
        return None
    columns = {record.nested[key]: _texts(values) for key, values in raw.items()}
    for key, part in record.parts.items():
        for row, value in zip(rows, parts[key], strict=True):
            setattr(row, key, value)  # columns are derived from it
        lists = rows_of_parts(parts[key], part)
        if lists is None:
            return None
        parts[key] = lists
    return Page(rows, columns=columns, parts=parts)


def rows_of_parts(lists: list[list[Any] | None], part: Record) -> list[list[Any]] | None:
    """Return the rows of nested lists; None if something in them is not valid."""
    rows = list(chain.from_iterable(filter(None, lists)))
    if str not in set(map(type, rows)):
        return [one or [] for one in lists] if part.all_valid(rows) else None
    found = [_rows_of_part(one or [], part) for one in lists]
    return None if None in found else found  # type: ignore[return-value]


def _rows_of_part(values: list[Any], part: Record) -> list[Any] | None:
    """Return the rows of a nested list; None if they are not all valid."""
    if values and isinstance(values[0], str):
        # Uploads show tags as bare names (recorded 2020).
        values = [
            part.row_type(**{part.id_key: value}) if isinstance(value, str) else value
            for value in values
        ]
    valid = all(not isinstance(value, str) and part.is_valid(value) for value in values)
    return values if valid else None


def drop_invalid_children(rows: list[Any], record: Record, notes: Notes) -> None:
    """Leave out, and count, rows of trees that are not valid, with all below them."""
    pending = [row for row in rows if row is not None]
    while pending:
        row = pending.pop()
        children = getattr(row, record.children)
        if not children:
            continue
        valid = [child for child in children if child is not None and record.is_valid(child)]
        if len(valid) < len(children):
            setattr(row, record.children, valid)
            notes.unreadable[record.name] += len(children) - len(valid)
        pending += valid


def _decode_tolerantly(text: bytes, record: Record, notes: Notes) -> list[Any]:
    """Return the rows of a list, with None for entries that are something else."""
    try:
        return formats.read_json(lambda rows: _decode_leniently(rows, record, notes), text)
    except formats.TooDeep:
        nodes, parents = unnest_rows(text, record)
    rows = _decode_tolerantly(nodes, record, notes)
    below: dict[int, list[Any]] = {}
    for row, parent in zip(rows, parents, strict=True):
        if parent is not None:
            below.setdefault(parent, []).append(row)
    for parent, children in below.items():
        if rows[parent] is not None:
            found = [child for child in children if child is not None]
            setattr(rows[parent], record.children, found)
            if lost := len(children) - len(found):
                notes.unreadable[record.name] += lost
    return [row for row, parent in zip(rows, parents, strict=True) if parent is None]


def unnest_rows(text: bytes, record: Record) -> tuple[bytes, list[int | None]]:
    """Return trees that are too deep for JSON readers as one list, and each node's parent."""
    if not record.children:
        raise formats.too_deep(text)
    nodes, parents = unnest(text, record.children)
    if len(nodes) == len(text):
        raise formats.too_deep(text)  # something else than the tree is deep
    return nodes, parents


def _decode_leniently(text: bytes, record: Record, notes: Notes) -> list[Any]:
    try:
        rows: list[Any] = record.lenient_decoder.decode(text)
    except msgspec.ValidationError as error:
        logger.debug("Converting a page of record %s value by value: %s", record.name, error)
        return _convert_rows(text, record, notes)
    keys_of_rows = _keys_of(text, record)
    if not record.legacy_keys.isdisjoint(set().union(*keys_of_rows)):
        logger.debug("Converting a page of record %s from its old keys.", record.name)
        return _convert_rows(text, record, notes)
    for place, keys in enumerate(keys_of_rows):
        if place < len(rows) and record.is_other(keys):
            rows[place] = None
        else:
            notes.add_keys(keys, record)
    return rows


def _keys_of(text: bytes, record: Record) -> list[Set[str]]:
    """Return the keys of each row, those of the list's own entries first."""
    found: list[Set[str]] = []
    pending = deque([text])
    while pending:
        for row in msgspec.json.decode(pending.popleft(), type=list[dict[str, msgspec.Raw]]):
            found.append(row.keys())
            children = bytes(row.get(record.children, b"")).strip() if record.children else b""
            if children.startswith(b"["):
                pending.append(children)
    return found


def _nested_columns(text: bytes, record: Record, *, whole: bool) -> dict[str, pa.Array]:
    if not whole or any(b'"%s"' % key.encode() in text for key in record.reshape_keys):
        objects = msgspec.json.decode(formats.mend_json(text))
        current = [record.normalize(one) if isinstance(one, dict) else {} for one in objects]
        text = msgspec.json.encode(current)
    rows = formats.read_json(record.nested_decoder.decode, text)
    return {
        name: _texts([bytes(getattr(row, key)) for row in rows])
        for key, name in record.nested.items()
    }


def _texts(values: Sequence[bytes]) -> pa.Array:
    """Return JSON of lists as a column, NA for what is none."""
    lists = [value if value[:1] == b"[" and value[-1:] == b"]" else None for value in values]
    usual = all(value in _NOTHING for value, one in zip(values, lists, strict=True) if one is None)
    if usual and b'"deletehash"' not in b"".join(values):
        with suppress(pa.ArrowInvalid):  # bytes that are no UTF-8
            return pa.array(lists, pa.large_binary()).cast(pa.large_string())
    return pa.array([_nested_text(value) for value in values], pa.large_string())


def _nested_text(value: bytes) -> str | None:
    text = value.decode("utf-8", "replace").strip()
    if text == '""':
        return "[]"  # XML's empty element
    # Anything but a list was counted as unreadable when the row was decoded.
    if not text.startswith("["):
        return None
    return _DELETE_HASH.sub(r'\1""', text) if '"deletehash"' in text else text


def list_bytes(data: bytes, record: Record) -> bytes:
    """Return the JSON list of rows that ``data`` is or holds; one record as a list of one."""
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
        members = formats.read_members(data)
        inside = [bytes(members[key]).strip() for key in record.containers if key in members]
        # Notifications come in two lists, replies and messages, either of which may be missing.
        lists = [text[1:-1].strip() for text in inside if text.startswith(b"[")]
        if lists:
            return b"[" + b",".join(filter(None, lists)) + b"]"
        # An empty list of PHP or XML means no rows, unless the object that holds it is a row.
        empty = (*_NO_LIST, b"null") if record.null_is_empty else _NO_LIST
        if inside and record.id_key not in members and all(text in empty for text in inside):
            return b"[]"
    return b"[" + data + b"]"


# Conversion value by value ----------------------------------------------------------------------


def _convert_rows(text: bytes, record: Record, notes: Notes) -> list[Any]:
    result: list[Any] = []
    members = [(key, key, kind) for key, kind in record.wire_types.items()]
    # Uses a stack because trees may be deeper than Python recurses.
    pending = [(msgspec.json.decode(text), result)]
    while pending:
        values_of_rows, rows = pending.pop()
        for entry in values_of_rows:
            values = record.normalize(entry) if isinstance(entry, dict) else {}
            if not values or (rows is result and record.is_other(values.keys())):
                rows.append(None)
                continue
            notes.add_keys(values.keys(), record)
            if isinstance(values.get(record.id_key), bool):
                notes.unreadable[record.id_key] += 1
                values = {**values, record.id_key: None}
            row = _convert(record.row_type, members, values, "", notes)
            rows.append(row)
            if record.children and values.get(record.children) is not None:
                children: list[Any] = []
                setattr(row, record.children, children)
                pending.append((_child_entries(values, record, notes), children))
    if record.children:
        drop_invalid_children(result, record, notes)
    return result


def _child_entries(values: dict[str, Any], record: Record, notes: Notes) -> list[Any]:
    """Return the objects below a row, and count what is no object."""
    children = values[record.children]
    if children in ("", {}):
        return []
    values_below = children if isinstance(children, list) else [children]
    found = [v for v in values_below if isinstance(v, dict)] if isinstance(children, list) else []
    if lost := len(values_below) - len(found):
        notes.unreadable[record.children] += lost
    return found


def _convert(
    cls: Any, members: Iterable[tuple[str, str, Any]], values: Any, prefix: str, notes: Notes
) -> Any:
    """Return a struct of the values that can be read, and count the others."""
    found = {}
    for name, key, kind in members:
        value = values.get(key)
        if value is None or kind is msgspec.Raw:
            continue
        try:
            if kind in _CONVERTERS:
                found[name] = _CONVERTERS[kind](value)
            else:
                found[name] = _convert_part(value, kind, key, notes)
        except (ValueError, OverflowError, TypeError):
            notes.unreadable[prefix + key] += 1
    return cls(**found)


def _convert_part(value: Any, kind: Any, key: str, notes: Notes) -> Any:
    """Convert a struct inside a row, or a list of structs or texts."""
    cls, is_list, allows_text = _part_of(kind)

    def convert(part: Any) -> Any:
        if allows_text and isinstance(part, str):
            return part
        if isinstance(part, dict):
            return _convert(cls, _members_of(cls), part, f"{key}.", notes)
        notes.unreadable[key] += 1
        return cls()

    if not is_list:
        return None if value in ("", []) else convert(value)
    if value == "":
        return []  # XML's empty element
    if not isinstance(value, list):
        raise TypeError
    if cls is str:
        return [to_text(part) for part in value if part is not None]
    return [convert(part) for part in value]


@cache
def _part_of(kind: Any) -> tuple[Any, bool, bool]:
    """Return the type inside a part of a row, whether it is a list, and if text may be in it."""
    inside = get_args(kind)[0]
    if get_origin(inside) is not list:
        return inside, False, False
    (member,) = get_args(inside)
    types = get_args(member) or (member,)
    return types[0], True, str in types


@cache
def _members_of(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    """Return name, key in the answer (``from``) and type of each member of a struct."""
    types = get_type_hints(cls)
    return tuple((f.name, f.encode_name, types[f.name]) for f in msgspec.structs.fields(cls))


def to_text(value: Any) -> str | None:
    """Return the text of a scalar; whole floats lose their ``.0``, so that an id stays an id."""
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
    """Return a whole number; 3.0 is 3, but 3.5 and true are refused; None for ``""``."""
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


def _number(value: Any) -> float | None:
    """Return an int or a finite float; None for ``""`` and ``"null"``."""
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
    """Return a boolean from true, 1, ``"1"``, ``"true"`` and their opposites; None for ``""``."""
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
        return None  # pro_expiration is false for accounts that do not pay
    if word == "true":
        raise ValueError
    if "-" in word[1:_LONGEST_NUMBER] and len(word) <= _LONGEST_NUMBER and "e" not in word:
        time = dt.datetime.fromisoformat(word.upper())
        seconds = (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).timestamp()
        return int(seconds) if seconds.is_integer() else seconds
    return _number(value)


_CONVERTERS: dict[Any, Any] = {
    str | None: to_text,
    Int64 | None: to_int,
    int | None: to_int,  # of a struct, whose annotations are stripped
    float | None: _number,
    bool | None: to_bool,
    int | float | None: to_epoch,
}


# Answers of no use --------------------------------------------------------------------------------
#
# An answer may be well-formed and still hold no record: null, a number, a notice of maintenance.
# Each record declares what makes an object valid. What is of no use is not cached.

_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])


def read_page(data: bytes, record: Record, *, nested: bool = False, of_list: bool = True) -> Page:
    """Return the rows of an answer that is of use: a list, which may be empty, or else a record.

    Raises BadResponse for any other. Where it cannot be decoded, the error says what it looks like.
    """
    rows, failure = list_bytes(data, record), None
    is_object = of_list and data.lstrip()[:1] == b"{" and rows[1:-1] == data.strip()
    if not is_object:
        try:
            page = decode_page(data, record, nested=nested)
            if page.rows or of_list:
                return page
        except BadResponse as error:
            failure = error.with_traceback(None)
    if failure is not None and any(_could_be_rows(rows, record)):  # the first one ends the search
        raise failure
    shown = formats.head(data, 60)
    if of_list:
        reason = "an object that is no list" if is_object else "rows without the keys of one"
        shown = f"{reason} ({shown})"
    raise BadResponse(f"The answer holds no {record.name}: {shown}.", body=formats.head(data))


def _could_be_rows(rows: bytes, record: Record) -> Iterator[bool]:
    """Yield for each object of a list whether it could be a row of a record; of trees, the tops."""
    objects = (entry for entry in entries(rows, record) if entry.startswith(b"{"))
    return (record.could_be_valid(formats.read_members(entry)) for entry in objects)


def entries(rows: bytes, record: Record) -> list[bytes]:
    """Return the raw JSON of each entry of a list."""
    try:
        return [bytes(entry) for entry in formats.read_json(_ENTRIES.decode, rows)]
    except formats.TooDeep:
        nodes, parents = unnest_rows(rows, record)
    found = zip(entries(nodes, record), parents, strict=True)
    return [entry for entry, parent in found if parent is None]
