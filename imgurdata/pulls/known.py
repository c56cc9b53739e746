"""Notice where a pull with ``until_known=`` may stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from imgurdata._validate import refuse
from imgurdata.endpoints import Endpoint
from imgurdata.errors import InvalidArgument
from imgurdata.model.decode import list_bytes
from imgurdata.model.formats import read_json, read_members
from imgurdata.model.ids import collect_ids
from imgurdata.model.names import collect_comment_ids
from imgurdata.model.schema import Record
from imgurdata.model.usable import entries
from imgurdata.pulls.arguments import is_consecutive

__all__ = ["KnownIds", "Watch", "ids_in", "known_ids"]

#: Sorts in which new rows stand first.
_NEWEST_FIRST = frozenset({"time", "newest", "new"})


class KnownIds(tuple[str, ...]):
    """Ids that are already known; a tuple, printed as a list."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(list(self))


def known_ids(endpoint: Endpoint, given: Any, sort: str | None, pages: Any) -> KnownIds | None:
    """Return the ids of ``until_known=``, or None if it was not given.

    Parameters
    ----------
    endpoint : Endpoint
        The list.
    given : object
        Ids, links, a Series, or a frame with ``id``; None for none.
    sort : str or None
        As requested; None is Imgur's default.
    pages : Pages or None
        Page numbers requested, None for all.

    Raises
    ------
    InvalidArgument
        The list does not begin with the newest row, or its pages were not requested in order.
    """
    if given is None:
        return None
    for sorts in (param for param in endpoint.params if param.name == "sort"):
        by_time = [word for word in sorts.allowed if word in _NEWEST_FIRST]
        sort_or_default = sort or sorts.default
        if sort_or_default not in by_time:
            raise InvalidArgument(
                f"until_known= needs a list that begins with its newest rows: "
                f"sort={' or '.join(map(repr, by_time))}; got {sort_or_default!r}, where new rows "
                "may stand anywhere."
            )
    if pages is not None and not is_consecutive(pages):
        refuse("pages", "how many (10), a range or None where until_known= is given", pages)
    numbered = endpoint.record in {"comment", "message"}
    collect = collect_comment_ids if numbered else collect_ids
    return KnownIds(collect(given)[0])


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

    def __init__(self, known: KnownIds, record: Record) -> None:
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
