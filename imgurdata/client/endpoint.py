"""What an endpoint is: its path, the slots in it, the options behind it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from imgurdata._validate import shown
from imgurdata.errors import InvalidArgument

__all__ = ["Endpoint", "Option", "Slot", "check_known", "plain"]

#: Words that stand where an id does, and name a list.
_LISTS = frozenset({"search", "random"})
#: Longest name that is compared with those of arguments.
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the path: ``{sort}``. ``allowed`` None means any page number."""

    name: str
    allowed: tuple[str, ...] | None
    default: str

    def takes(self, word: str) -> bool:
        """Whether a word of a path can be this part of it."""
        return word.isdigit() if self.allowed is None else word in self.allowed


@dataclass(frozen=True, slots=True)
class Option:
    """A yes-or-no parameter of the query, with the name it has on the wire."""

    name: str
    wire: str
    default: bool


@dataclass(frozen=True)
class Endpoint:
    """One thing that can be asked of Imgur.

    Attributes
    ----------
    name
        As in ``Pull(name)`` and in the ledger's history.
    path
        With ``{slots}``.
    record
        What one row of its answer is.
    paging
        ``"page"``: a list, page by page from 0; ``"ids"``: one answer an id; ``"once"``;
        ``"counts"``: several numbers that make one row.
    source
        Where it is described.
    slots, options
        Parts of the path that may be left out, and yes-or-no parameters of the query.
    subject
        What the path is asked for: ``"id"`` (of a post, image or album), ``"comment"``,
        ``"username"``, or ``""``.
    noun
        What is missing when Imgur answers 404.
    private
        Never stored in the cache, never answered from it.
    signed_in
        Whether Imgur answers signed-in people only.
    many
        Whether an answer that is no page holds any number of rows (comments of a post), so that
        none is an answer, too; else it holds one.
    known_by
        Keys of a row's object by which it is recognised on a later page.
    owner
        Column that names which id a row was asked for, where the answer does not.
    per_page
        Whether Imgur takes a number of rows a page.
    tree
        Whether its answers are whole trees: rows then know their place.
    arguments
        Of the loader.
    """

    name: str
    path: str
    record: str
    paging: str
    source: str
    slots: tuple[Slot, ...] = ()
    options: tuple[Option, ...] = ()
    subject: str = ""
    noun: str = ""
    private: bool = False
    signed_in: bool = False
    many: bool = False
    known_by: tuple[str, ...] = ()
    owner: str = ""
    per_page: bool = False
    tree: bool = False
    arguments: frozenset[str] = field(default_factory=frozenset)

    def build(self, **values: Any) -> str:
        """The path with every slot filled in: the long form is unambiguous, so it is always sent.

        A slot whose value is None gets Imgur's default.
        """
        filled = {s.name: s.default for s in self.slots}
        filled |= {name: str(value) for name, value in values.items() if value is not None}
        return self.path.format(**{name: quote(value, safe="") for name, value in filled.items()})

    def query(self, **values: bool | None) -> dict[str, str]:
        """The query's parameters, in Imgur's words; what is None is left to Imgur's default."""
        by_name = {option.name: option for option in self.options}
        return {
            by_name[name].wire: "true" if value else "false"
            for name, value in values.items()
            if value is not None
        }

    def allowed(self, slot: str) -> tuple[str, ...]:
        """The values a slot takes."""
        return next(s.allowed or () for s in self.slots if s.name == slot)

    def fill(self, path: str) -> dict[str, str] | None:
        """Return the slots that a path fills, or None if it does not match this endpoint."""
        words = [word for word in plain(path).split("/") if word]
        slots = {slot.name: slot for slot in self.slots}
        found: dict[str, str] = {}
        for segment in self.path.strip("/").split("/"):
            name = segment.strip("{}")
            if name == segment:
                if not words or words.pop(0) != segment:
                    return None
            elif name not in slots:
                if not words or words[0] in _LISTS:
                    return None
                found[name] = unquote(words.pop(0))
            elif words and slots[name].takes(words[0]):
                found[name] = words.pop(0)
        return None if words else found


def check_known(what: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse arguments that a loader does not have.

    Raises
    ------
    InvalidArgument
        The message names the nearest one, and all there are.
    """
    names = sorted(known)
    for name in given:
        if name in names:
            continue
        near = difflib.get_close_matches(name[:_LONGEST], names, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        takes = f"It takes: {', '.join(names)}." if names else "It takes none."
        raise InvalidArgument(f"{what} has no argument {shown(name)}.{hint} {takes}")


def plain(path: str) -> str:
    """A path without the ending that names a format, and without a slash at its end."""
    return re.sub(r"\.(json|xml)$", "", path).rstrip("/") or "/"
