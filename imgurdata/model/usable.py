"""Whether a record can be read from an answer at all: an unusable answer is not kept.

An answer may be well-formed and still hold no record: ``null``, a number, a notice of
maintenance. The frame's decoder would make a row of NA of some of them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from imgurdata.errors import BadResponse
from imgurdata.model.decode import list_bytes
from imgurdata.model.formats import head, mend_json
from imgurdata.model.schema import Record

__all__ = ["count_rows", "identifying_keys", "require_list"]

#: What msgspec raises on bytes that are no strict JSON, not UTF-8, or nested too deep.
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def identifying_keys(record: Record) -> tuple[str, ...]:
    """Return the keys of an answer's object of which a row of a record has at least one.

    Examples
    --------
    >>> from imgurdata.model.records import RECORDS
    >>> identifying_keys(RECORDS["post"]), identifying_keys(RECORDS["vote"])
    (('id',), ('ups', 'downs'))
    """
    return (record.identified_by,) if record.identified_by else record.told_by


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
        Objects with one of the record's :func:`identifying_keys`.

    Raises
    ------
    BadResponse
        It is neither a list nor an object, or holds what is no object.
    """
    rows = list_bytes(data, record)
    decoder = _decoder(record.name, identifying_keys(record))
    try:
        return _identified(decoder.decode(rows))
    except msgspec.ValidationError:
        raise _no_record(record, "entries that are no objects", rows) from None
    except _BROKEN:
        rows = mend_json(rows)
    try:
        return _identified(decoder.decode(rows))
    except msgspec.ValidationError:
        raise _no_record(record, "entries that are no objects", rows) from None
    except RecursionError:
        return 1  # the rows' decoder says how deep is too deep
    except _BROKEN as error:
        raise BadResponse(f"The answer cannot be read ({error}).", body=head(rows)) from None


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
        name = " or ".join(identifying_keys(record)[:3])
        raise _no_record(record, f"rows without {name}", rows)


def _no_record(record: Record, what: str, data: bytes) -> BadResponse:
    return BadResponse(
        f"The answer holds no {record.name}: {what} ({head(data, 60)}).", body=head(data)
    )


def _identified(rows: list[Any]) -> int:
    return sum(any(_is_told(value) for value in msgspec.structs.astuple(row)) for row in rows)


def _is_told(value: Any) -> bool:
    return isinstance(value, (int, float)) or value not in (None, "", [], {})


@cache
def _decoder(name: str, keys: tuple[str, ...]) -> msgspec.json.Decoder[list[Any]]:
    fields = [
        (f"key{number}", Any, msgspec.field(name=key, default=None))
        for number, key in enumerate(keys)
    ]
    row_type = msgspec.defstruct(f"{name.title().replace('_', '')}Identity", fields, gc=False)
    return msgspec.json.Decoder(list[row_type])  # type: ignore[valid-type]
