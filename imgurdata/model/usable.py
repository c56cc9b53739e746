"""Whether a record can be read from an answer at all: an unusable answer is not kept.

An answer may be well-formed and still hold no record: ``null``, a number, a notice of
maintenance. What makes an object a record is said by the record itself.
"""

from __future__ import annotations

from typing import Any

import msgspec

from imgurdata.errors import BadResponse
from imgurdata.model.decode import list_bytes
from imgurdata.model.formats import TooDeep, head, mend_json
from imgurdata.model.nesting import unnest
from imgurdata.model.schema import Record

__all__ = ["count_rows", "require_list"]

#: What msgspec raises on bytes that are no strict JSON, not UTF-8, or nested too deep.
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def count_rows(data: bytes, record: Record) -> int:
    """Return how many rows of a record an answer's ``data`` holds, without decoding them.

    Parameters
    ----------
    data : bytes
        JSON, as :func:`~imgurdata.model.envelope.unwrap` gives it.
    record : Record
        What the rows are.

    Returns
    -------
    int
        Objects that tell what makes them a record (:meth:`Record.could_be`); of trees the tops.

    Raises
    ------
    BadResponse
        It is neither a list nor an object, or cannot be read.
    """
    return sum(_could_be(entry, record) for entry in _entries(list_bytes(data, record), record))


def _entries(rows: bytes, record: Record) -> list[bytes]:
    """The entries of a list, as the bytes they are."""
    try:
        return [bytes(entry) for entry in _ENTRIES.decode(rows)]
    except RecursionError:
        return _tops(rows, record)
    except _BROKEN:
        pass
    try:
        return [bytes(entry) for entry in _ENTRIES.decode(mend_json(rows))]
    except TooDeep:
        return _tops(rows, record)
    except _BROKEN as error:
        raise BadResponse(f"The answer cannot be read ({error}).", body=head(rows)) from None


def _tops(rows: bytes, record: Record) -> list[bytes]:
    """The tops of trees that are deeper than JSON readers follow."""
    if not record.children:
        raise TooDeep("The answer is nested too deep to be read.", body=head(rows))
    flat, parents = unnest(rows, record.children)
    if len(flat) == len(rows):
        raise TooDeep("The answer is nested too deep to be read.", body=head(rows))
    nodes = zip(_entries(flat, record), parents, strict=True)
    return [node for node, parent in nodes if parent is None]


def _could_be(entry: bytes, record: Record) -> bool:
    if not entry.startswith(b"{"):
        return False
    told: dict[str, Any] = _OBJECT.decode(entry)
    nothing = (b"null", b'""', b"[]", b"{}")
    return record.could_be({k: v for k, v in told.items() if bytes(v) not in nothing}, told.keys())


def require_list(data: bytes, record: Record) -> None:
    """Refuse an answer that is no list of a record; an empty list is one.

    Raises
    ------
    BadResponse
        ``data`` is a value, an object that holds no list, or a list without one row that could be
        told from another.
    """
    rows = list_bytes(data, record)
    if not rows[1:-1].strip():
        return
    if data.lstrip()[:1] == b"{" and rows[1:-1] == data.strip():
        raise _no_record(record, "an object that is no list", data)
    if not count_rows(data, record):
        raise _no_record(record, "rows that do not tell what makes them one", rows)


def _no_record(record: Record, what: str, data: bytes) -> BadResponse:
    return BadResponse(
        f"The answer holds no {record.name}: {what} ({head(data, 60)}).", body=head(data)
    )
