"""Build the requests of a pull from checked arguments."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pandas as pd

from imgurdata._validate import boolean, did_you_mean, integer, one_of, refuse, shown, word
from imgurdata.endpoints import Endpoint
from imgurdata.errors import InvalidArgument
from imgurdata.http.store import RequestSpec
from imgurdata.model.ids import collect_ids
from imgurdata.model.names import (
    collect_comment_ids,
    collect_tags,
    collect_usernames,
    owner_of_folder,
    parse_comment_id,
    parse_conversation,
    parse_folder,
    parse_subreddit,
    parse_tag,
    parse_topic,
    parse_username,
)

__all__ = ["ListEnd", "RequestList", "build_requests"]

#: Most page numbers that are named one by one.
_MOST_PAGES = 1_000_000
#: Beyond any list; a larger number has no length in Python.
_LAST_PAGE = 10**15

#: Page numbers in the order in which they are requested.
Pages = range | tuple[int, ...]
#: Parameters of a path, or of a query, by their names.
Words = dict[str, str]
#: Sorts in which new rows stand first.
_NEWEST_FIRST = frozenset({"time", "newest", "new"})
#: Parsers of one subject, and of several, by its name.
_PARSERS: dict[str, Callable[[Any], str]] = {
    "username": parse_username,
    "tag": parse_tag,
    "subreddit": parse_subreddit,
    "topic": parse_topic,
    "conversation": parse_conversation,
}
_COLLECTORS: dict[str, Callable[[Any], tuple[list[str], bool]]] = {
    "id": collect_ids,
    "comment": collect_comment_ids,
    "username": collect_usernames,
    "tag": collect_tags,
}
#: Where the words of the requests go in their path; no other part of a path has a zero byte.
_SLOT = "%00"


class ListEnd(enum.Enum):
    """Knowledge of where a list ends; if it is not known, an empty page is the end."""

    KNOWN = "every request is wanted"
    """Ids, or pages that are not in order: nothing can be wasted."""
    REQUESTED = "that many pages, if the list has them"
    """Pages in order: at most ``workers - 1`` of them behind an end that comes earlier."""
    UNKNOWN = "until the end, wherever it is"
    """At most one behind the end for each four new pages, and at most ``workers - 1``."""


@dataclass(frozen=True, slots=True)
class RequestList:
    """Requests of a pull: for the pages of a list, or for items by their ids.

    Attributes
    ----------
    items : sequence of int or str, or None
        Numbers of pages, ids, or other words that tell the requests apart; None for all pages
        there are.
    path : str
        Path of all of them, with a slot for the word.
    query : Mapping of str to str
    page_in_query : str
        Name of the page in the query, where it is no part of the path.
    first_page : int
        Number that Imgur gives to the first page.
    params : dict
        Parts of the path by their names.
    listing : str or None
        Name of the list, as in the column ``listing``; None for items.
    list_end : ListEnd
        What is known of the end before any request.
    known : list of str or None
        Ids at which the list may stop.
    """

    items: Sequence[int] | Sequence[str] | None
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    page_in_query: str = ""
    first_page: int = 0
    params: Mapping[str, str] = field(default_factory=dict)
    listing: str | None = None
    list_end: ListEnd = ListEnd.KNOWN
    known: list[str] | None = None

    def specs(self) -> Iterator[RequestSpec]:
        """Yield the requests; without end if ``items`` is None."""
        same = f"?{urlencode(self.query)}" if self.query else ""
        for item in itertools.count() if self.items is None else self.items:
            text = str(item + self.first_page) if isinstance(item, int) else quote(item, safe="")
            if self.page_in_query:
                query = urlencode({**self.query, self.page_in_query: text})
                yield RequestSpec(str(item), self.path, f"?{query}")
            else:
                yield RequestSpec(str(item), self.path.replace(_SLOT, text), same)


def build_requests(
    endpoint: Endpoint, params: Mapping[str, Any]
) -> tuple[tuple[RequestList, ...], dict[str, Any]]:
    """Return the requests that an endpoint and a loader's arguments make, list by list.

    Returns
    -------
    tuple of (tuple of RequestList, dict)
        The lists (one, but for several accounts), and the arguments as given, JSON-able.

    Raises
    ------
    InvalidArgument
        Imgur would refuse or ignore an argument; the message names what is possible.
    """
    if params.keys() - endpoint.arguments:
        raise _unknown_argument(endpoint, params)
    given = {name: value for name, value in params.items() if value is not None}
    if not boolean("nested", given.setdefault("nested", False)):
        del given["nested"]
    if "folder" in given:
        params = _of_folder(params)
    checked, in_path, query = _checked(endpoint, params)
    lists, named = _BUILDERS[endpoint.paging](endpoint, params, in_path, query)
    return tuple(lists), {**given, **checked, **named}


def _unknown_argument(endpoint: Endpoint, params: Mapping[str, Any]) -> InvalidArgument:
    names = sorted(endpoint.arguments)
    name = next(name for name in params if name not in names)
    takes = f"It takes: {', '.join(names)}." if names else "It takes none."
    return InvalidArgument(
        f"{endpoint.loader_name} has no argument {shown(name)}.{did_you_mean(name, names)} {takes}"
    )


def _page_lists(
    endpoint: Endpoint, params: Mapping[str, Any], in_path: Words, query: Words
) -> tuple[list[RequestList], dict[str, Any]]:
    pages = _page_numbers(params.get("pages", 1))
    consecutive, list_end = True, ListEnd.UNKNOWN
    if pages is not None:
        is_range = isinstance(pages, range)
        in_order = pages[0] <= pages[-1] if is_range else list(pages) == sorted(pages)
        consecutive = in_order and pages[-1] - pages[0] == len(pages) - 1
        # In any other order an empty page is no end, so that all of them are wanted.
        list_end = ListEnd.REQUESTED if in_order else ListEnd.KNOWN
    given: dict[str, Any] = {}
    if "pages" in params:
        # None means something here (all of them); elsewhere it means Imgur's default.
        given["pages"] = pages
        if pages is not None:
            given["pages"] = list(pages) if pages[0] or not consecutive else len(pages)
    known = None
    if params.get("until_known") is not None:
        if not consecutive:
            refuse("pages", "how many (10), a range or None where until_known= is given", pages)
        known = _known_ids(endpoint, params["until_known"], params.get("sort"))
        given["until_known"], list_end = known, ListEnd.UNKNOWN
    subjects: list[Words] = [{}]
    if endpoint.subject:
        subjects, named = _subjects(endpoint, params)
        given |= named
    # What is searched for is a part of the list's name.
    search = f"?{urlencode(query)}" if endpoint.any_of else ""
    defaults = {param.name: param.default for param in endpoint.params}
    lists = [
        RequestList(
            pages,
            endpoint.build(**in_path, **subject, page="\0"),
            query,
            page_in_query=endpoint.by_name["page"].in_query,
            first_page=endpoint.first_page,
            params={**in_path, **subject},
            listing=endpoint.list_name.format(**{**defaults, **in_path, **subject}) + search,
            list_end=list_end,
            known=known,
        )
        for subject in subjects
    ]
    return lists, given


def _items(
    endpoint: Endpoint, params: Mapping[str, Any], in_path: Words, query: Words
) -> tuple[list[RequestList], dict[str, Any]]:
    argument = endpoint.subject_argument
    # Nobody named is whoever is signed in, as in the lists of an account.
    source = params.get(argument, "me" if argument == "usernames" else None)
    if argument == "id":
        ids, single = [parse_comment_id(source, "id")], True
    else:
        ids, single = _COLLECTORS[endpoint.subject](source)
    subject = endpoint.subject if endpoint.subject in {"username", "tag"} else "id"
    path = endpoint.build(**in_path, **{subject: "\0"})
    return [RequestList(ids, path, query)], {argument: ids[0] if single else ids}


def _single(
    endpoint: Endpoint, params: Mapping[str, Any], in_path: Words, query: Words
) -> tuple[list[RequestList], dict[str, Any]]:
    named: dict[str, Any] = {}
    if endpoint.subject:
        (subject,), named = _subjects(endpoint, params)
        in_path |= subject
    requests = RequestList([endpoint.name], endpoint.build(**in_path), query, params=in_path)
    return [requests], named


def _counts(
    endpoint: Endpoint, params: Mapping[str, Any], in_path: Words, query: Words
) -> tuple[list[RequestList], dict[str, Any]]:
    name = in_path["username"] = parse_username(params.get("username", "me"))
    kinds = endpoint.by_name["what"].allowed
    # Imgur tells the number of images to their owner only.
    if name != "me":
        kinds = tuple(kind for kind in kinds if kind != "images")
    path = endpoint.build(**in_path, what="\0")
    return [RequestList(kinds, path, query, params=in_path)], {"username": name}


_BUILDERS = {"page": _page_lists, "ids": _items, "once": _single, "counts": _counts}


def _of_folder(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return arguments whose user name is the one in a folder's link, if it is a link."""
    if not (owner := owner_of_folder(params["folder"])):
        return params
    owner, name = parse_username(owner), parse_username(params.get("username", "me"))
    if name not in {"me", owner} and name.lower() != owner.lower():
        raise InvalidArgument(
            f"folder is one of {owner!r}, and username names {name!r}: leave username out."
        )
    return {**params, "username": owner}


def _checked(
    endpoint: Endpoint, params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Return the parameters that were given: all, those of the path, and Imgur's of the query.

    Raises
    ------
    InvalidArgument
        Imgur does not know a value, or would pass over it without a word.
    """
    given: dict[str, Any] = {}
    in_path: dict[str, Any] = {}
    query: dict[str, Any] = {}
    for param in endpoint.params:
        value = params.get(param.name)
        if value is None or param.is_page:
            continue
        if param.is_flag:
            value = boolean(param.name, value)
        elif param.name == "folder":
            value = parse_folder(value)
        elif param.is_text:
            value = word(param.name, value)
        elif param.most:
            value = integer(param.name, value, least=1, most=param.most)
        else:
            one_of(param.name, value, param.allowed)
        given[param.name] = value
        if param.in_query:
            query[param.in_query] = str(value).lower() if param.is_flag else str(value)
        else:
            in_path[param.name] = value
    for name, value in given.items():
        conditions = endpoint.by_name[name].applies_when
        if (condition := conditions.get("*") or conditions.get(value)) is None:
            continue
        other, needed = condition
        actual = given.get(other, endpoint.by_name[other].default)
        if actual != needed:
            raise InvalidArgument(
                f"{name}={value!r} is ignored by Imgur for {other}={actual!r}: it counts for "
                f"{other}={needed!r} only. Leave it out, or ask for {other}={needed!r}."
            )
    if endpoint.any_of:
        _check_combination(endpoint, given)
    return given, in_path, query


def _check_combination(endpoint: Endpoint, given: Mapping[str, Any]) -> None:
    """Refuse none of the parameters of which one is needed, and one that would be ignored."""
    named = [name for name in endpoint.any_of if name in given]
    if not named:
        raise InvalidArgument(
            f"{endpoint.loader_name} needs at least one of {', '.join(endpoint.any_of)}."
        )
    if endpoint.alone in named and len(named) > 1:
        others = ", ".join(name for name in named if name != endpoint.alone)
        raise InvalidArgument(
            f"{endpoint.alone} is ignored by Imgur beside {others}: give one or the other."
        )


def _subjects(
    endpoint: Endpoint, params: Mapping[str, Any]
) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Return the subject of each list, and how it was given."""
    name = endpoint.subject
    given = params.get(name, "me" if name == "username" else None)
    if not endpoint.several or given is None or isinstance(given, (str, Mapping)):
        parse = _PARSERS.get(name)
        subject = {name: parse(given) if parse is not None else word(name, given)}
        return [subject], dict(subject)
    names = collect_usernames(given)[0]
    return [{"username": name} for name in names], {"username": names}


# pages= and until_known= -------------------------------------------------------------------------


def _page_numbers(value: Any) -> Pages | None:
    """Return the page numbers of ``pages=``: an int is the first n, None is all there are.

    Raises
    ------
    InvalidArgument
        It names no page, one twice, one below 0, or more than a million one by one.
    """
    if value is None:
        return None
    if isinstance(value, pd.RangeIndex):
        value = range(value.start, value.stop, value.step)
    pages: Pages = ()
    if isinstance(value, range):
        if min(value.start, value.stop) >= -1 and max(value.start, value.stop) <= _LAST_PAGE:
            pages = value
    elif isinstance(value, (list, tuple)) or (
        isinstance(value, (np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray))
        and value.ndim == 1
    ):
        given = value if isinstance(value, (list, tuple)) else value.tolist()
        with suppress(InvalidArgument):
            if len(given) <= _MOST_PAGES:
                pages = tuple(integer("pages", one, least=0, most=_LAST_PAGE) for one in given)
        if len(set(pages)) < len(pages):
            pages = ()
    else:
        with suppress(InvalidArgument):
            pages = range(integer("pages", value, least=1, most=_LAST_PAGE))
    one_by_one = not isinstance(pages, range) or pages.step != 1 or bool(pages.start)
    if not pages or min(pages[0], pages[-1]) < 0 or (one_by_one and len(pages) > _MOST_PAGES):
        refuse(
            "pages",
            "how many (3), which (range(2, 5) or [0, 7]; each once, counted from 0, at most "
            f"{_MOST_PAGES:,}), or None for all",
            value,
        )
    return pages


def _known_ids(endpoint: Endpoint, given: Any, sort: str | None) -> list[str]:
    """Return the ids of ``until_known=``.

    Parameters
    ----------
    endpoint : Endpoint
        The list.
    given : object
        Ids, links, a Series, or a frame with ``id``.
    sort : str or None
        As requested; None is Imgur's default.

    Raises
    ------
    InvalidArgument
        The list does not begin with the newest row.
    """
    if (sorts := endpoint.by_name.get("sort")) is not None:
        by_time = [one for one in sorts.allowed if one in _NEWEST_FIRST]
        sort = sort or sorts.default
        if sort not in by_time:
            raise InvalidArgument(
                f"until_known= needs a list that begins with its newest rows: "
                f"sort={' or '.join(map(repr, by_time))}; got {sort!r}, where new rows may stand "
                "anywhere."
            )
    numbered = endpoint.record in {"comment", "message"}
    return (collect_comment_ids if numbered else collect_ids)(given)[0]
