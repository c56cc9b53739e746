"""Notice where a pull with ``until_known=`` may stop."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from imgurdata.model.decode import list_bytes
from imgurdata.model.formats import read_json, read_members
from imgurdata.model.schema import Record
from imgurdata.model.usable import entries

__all__ = ["Watch", "ids_in"]


class _Row(msgspec.Struct):
    id: Any = None


_decoder = msgspec.json.Decoder(list[_Row])


def ids_in(data: bytes, record: Record) -> list[str]:
    """Return the ids of an answer's rows, in order, without decoding the rest."""
    rows = list_bytes(data, record)
    try:
        return [str(row.id) for row in _decoder.decode(rows) if row.id is not None]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    objects = [read_members(row) for row in entries(rows, record) if row.startswith(b"{")]
    found = [read_json(msgspec.json.decode, bytes(row["id"])) for row in objects if "id" in row]
    return [str(one) for one in found if one]


class Watch:
    """Watch over the pages of a list for rows that are already known.

    A single known row is not the end: a pinned or moved row may stand before new ones. Half a page
    of known rows without a new one among them is (or half of the known ids, if these are fewer).
    Rows that a moving list shows on two pages are counted once. A page of nothing but known rows
    is always the end.

    Attributes
    ----------
    met : int
        Number of known ids met so far.
    """

    def __init__(self, known: Collection[str], record: Record) -> None:
        self._known: Mapping[str, None] = dict.fromkeys(known)
        self._record = record
        self._run: set[str] = set()
        self._longest = 0
        self._fullest = 0
        self._met: set[str] = set()

    @property
    def met(self) -> int:
        """How many known ids the pages held."""
        return len(self._met)

    def ends_with(self, data: bytes) -> bool:
        """Return whether this page, the next one, reaches rows that are already known."""
        if not self._known:
            return False
        ids = ids_in(data, self._record)
        self._fullest = max(self._fullest, len(ids))
        only_known = bool(ids)
        for one in ids:
            if one in self._known:
                self._met.add(one)
                self._run.add(one)
                self._longest = max(self._longest, len(self._run))
            else:
                only_known = False
                self._run.clear()
        enough = max(1, min(self._fullest, len(self._known)) // 2)
        return only_known or self._longest >= enough
