"""Check whether a record can be read from an answer at all; an unusable answer is not cached.

An answer may be well-formed and still hold no record: ``null``, a number, a notice of
maintenance. Each record declares what makes an object valid.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgurdata.errors import BadResponse
from imgurdata.model.decode import Page, decode_page, list_bytes, unnest_rows
from imgurdata.model.formats import TooDeep, head, read_json, read_members
from imgurdata.model.schema import Record

__all__ = ["count_rows", "entries", "read_page", "require_list"]

_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])


def read_page(data: bytes, record: Record, *, nested: bool = False, of_list: bool = True) -> Page:
    """Return the rows of an answer that is of use: a list, which may be empty, or else a record.

    Raises BadResponse for any other. Where it cannot be decoded, the error says what it looks like.
    """
    page = None
    try:
        page = decode_page(data, record, nested=nested)
    except BadResponse as error:
        failure = error.with_traceback(None)
    if page is None or (of_list and data.lstrip()[:1] == b"{"):
        if of_list:
            require_list(data, record)
        elif not count_rows(data, record):
            raise _no_record(data, record)
    if page is None:
        raise failure
    if not of_list and not page.rows:
        raise _no_record(data, record)
    return page


def _no_record(data: bytes, record: Record) -> BadResponse:
    return BadResponse(f"The answer holds no {record.name}: {head(data, 60)}.", body=head(data))


def count_rows(data: bytes, record: Record) -> int:
    """Return how many rows of a record an answer's ``data`` could hold, without decoding them.

    Of trees only the tops are counted. Raises BadResponse for data that cannot be read, or is
    neither a list nor an object.
    """
    return sum(_could_be_rows(list_bytes(data, record), record))


def _could_be_rows(rows: bytes, record: Record) -> Iterator[bool]:
    """Yield for each object of a list whether it could be a row of a record."""
    objects = (entry for entry in entries(rows, record) if entry.startswith(b"{"))
    return (record.could_be_valid(read_members(entry)) for entry in objects)


def entries(rows: bytes, record: Record) -> list[bytes]:
    """Return the raw JSON of each entry of a list."""
    try:
        return [bytes(entry) for entry in read_json(_ENTRIES.decode, rows)]
    except TooDeep:
        nodes, parents = unnest_rows(rows, record)
    found = zip(entries(nodes, record), parents, strict=True)
    return [entry for entry, parent in found if parent is None]


def require_list(data: bytes, record: Record) -> None:
    """Raise BadResponse for data that is not an empty list, nor a list with a row of a record."""
    rows = list_bytes(data, record)
    if not rows[1:-1].strip():
        return
    if data.lstrip()[:1] == b"{" and rows[1:-1] == data.strip():
        reason, shown = "an object that is no list", data
    elif not any(_could_be_rows(rows, record)):  # the first one ends the search
        reason, shown = "rows without the keys of one", rows
    else:
        return
    raise BadResponse(
        f"The answer holds no {record.name}: {reason} ({head(shown, 60)}).", body=head(shown)
    )
