"""Where the known begins: how a pull with ``until_known=`` notices that it may stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from imgurdata._validate import refuse
from imgurdata.endpoints import Endpoint
from imgurdata.errors import InvalidArgument
from imgurdata.model.decode import list_bytes
from imgurdata.model.formats import mend_json
from imgurdata.model.ids import collect_ids
from imgurdata.model.names import collect_comment_ids
from imgurdata.model.schema import Record
from imgurdata.pulls.arguments import is_consecutive

__all__ = ["KnownIds", "Watch", "ids_in", "known_ids"]

#: Sorts in which what is new stands first.
_NEWEST_FIRST = frozenset({"time", "newest", "new"})


class KnownIds(tuple[str, ...]):
    """Ids that a person has already; printed as a list, which reads as well."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(list(self))


def known_ids(endpoint: Endpoint, given: Any, sort: str | None, pages: Any) -> KnownIds | None:
    """The ids of ``until_known=``, where a list can be walked from its newest row to them.

    Parameters
    ----------
    endpoint
        The list.
    given
        Ids, links, a Series, or a frame with ``id``; None: the pull does not stop at the known.
    sort
        As asked for; None is Imgur's default.
    pages
        Page numbers asked for, None for all.

    Raises
    ------
    InvalidArgument
        The list does not begin with what is newest, or its pages were not asked for in order.
    """
    if given is None:
        return None
    for sorts in (param for param in endpoint.params if param.name == "sort"):
        by_time = [word for word in sorts.allowed if word in _NEWEST_FIRST]
        asked = sort or sorts.default
        if asked not in by_time:
            raise InvalidArgument(
                f"until_known= needs a list that begins with what is newest: "
                f"sort={' or '.join(map(repr, by_time))}, not {asked!r}, where what is new may "
                "stand anywhere."
            )
    if pages is not None and not is_consecutive(pages):
        refuse("pages", "how many (10), a range or None where until_known= is given", pages)
    collect = collect_comment_ids if endpoint.record == "comment" else collect_ids
    return KnownIds(collect(given)[0])


class _Row(msgspec.Struct):
    id: Any = None


_decoder = msgspec.json.Decoder(list[_Row])


def ids_in(data: bytes, record: Record) -> list[str]:
    """The ids of an answer's rows, in order, and nothing else of them."""
    rows = list_bytes(data, record)
    try:
        return [str(row.id) for row in _decoder.decode(rows) if row.id is not None]
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # What the frame's decoder cannot read either, it tells when the page is taken up.
    found = msgspec.json.decode(mend_json(rows), type=list[Any])
    return [str(row["id"]) for row in found if isinstance(row, dict) and row.get("id")]


class Watch:
    """Walks the pages of a list and notices where the known begins.

    A single known row does not tell it: a pinned or moved row may stand before new ones. Half a
    page of known rows without a new one among them does (or half of the known ids, where these are
    fewer). Rows that a moving list shows on two pages are counted once. A page of nothing but
    known rows always ends it.

    Attributes
    ----------
    met
        Known ids met so far, each once.
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
        """Take note of the next page; whether the known has begun with it."""
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
