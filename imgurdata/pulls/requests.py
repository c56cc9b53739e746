"""Build the requests of a pull from checked arguments."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import numpy as np
import pandas as pd

from imgurdata._validate import boolean, integer, one_of, refuse, word
from imgurdata.endpoints import Endpoint, check_known
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
from imgurdata.pulls.paging import ListEnd

__all__ = [
    "MOST", "KnownIds", "Pages", "RequestList", "build_requests", "first_pages", "is_consecutive",
    "page_numbers",
]  # fmt: skip

#: Most page numbers that are named one by one.
MOST = 1_000_000
#: Beyond any list; a larger number has no length in Python.
_LAST_PAGE = 10**15

#: Page numbers in the order in which they are asked.
Pages = range | tuple[int, ...]
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


class KnownIds(tuple[str, ...]):
    """Ids that are already known; a tuple, printed as a list."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(list(self))


@dataclass(frozen=True, slots=True)
class RequestList:
    """Requests of a pull: for the pages of a list, or for items by their ids.

    Attributes
    ----------
    make : callable
        Returns an iterator over them; without end if ``count`` is None.
    count : int or None
        Their number, if it is known.
    params : dict
        Arguments as given, JSON-able, without those left to their default.
    listing : str or None
        Name of the list, as in the column ``listing``; None for items.
    ascending : bool
        Whether pages come in order: then an empty one is the end of the list, and of the pull.
    single : bool
        Whether one item (not a list of one) was given: if it is missing, that is an error.
    list_end : ListEnd
        What is known of the end before any request.
    known : KnownIds or None
        Ids at which the list may stop.
    """

    make: Callable[[], Iterator[RequestSpec]]
    count: int | None
    params: dict[str, Any]
    listing: str | None = None
    ascending: bool = True
    single: bool = False
    list_end: ListEnd = ListEnd.KNOWN
    known: KnownIds | None = None


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
        Imgur would refuse or ignore an argument.
    """
    check_known(endpoint.loader_name, params, endpoint.arguments)
    if endpoint.paging == "page":
        return _page_lists(endpoint, params)
    build = {"ids": _id_list, "once": _single, "counts": _counts}[endpoint.paging]
    requests = build(endpoint, params)
    return (requests,), requests.params


def _page_lists(
    endpoint: Endpoint, params: Mapping[str, Any]
) -> tuple[tuple[RequestList, ...], dict[str, Any]]:
    if "folder" in endpoint.arguments and params.get("folder") is not None:
        params = _of_folder(params)
    values = _checked(endpoint, params)
    in_path, query = _path_and_query(endpoint, values)
    if (per_page := params.get("per_page")) is not None:
        values["per_page"] = integer("per_page", per_page, least=1, most=100)
        query["perPage"] = str(values["per_page"])
    subjects, named = _subjects(endpoint, params)
    pages = page_numbers(params.get("pages", 1))
    known = None
    if (until := params.get("until_known")) is not None:
        known = known_ids(endpoint, until, values.get("sort"), pages)

    # pages=None means something (all of them), other Nones mean "Imgur's default".
    given = _without_none({**params, **values, "nested": _nested(params)})
    if known is not None:
        given["until_known"] = known
    if "pages" in params:
        given["pages"] = None if pages is None else first_pages(pages) or list(pages)
    ascending = pages is None or _is_ascending(pages)
    # In any other order an empty page is no end, so that all of them are wanted.
    requested = ListEnd.REQUESTED if ascending else ListEnd.KNOWN
    defaults = {param.name: param.default for param in endpoint.params}
    page_in_query = endpoint.param("page").in_query
    searched = {p.in_query: query[p.in_query] for p in endpoint.params
                if p.name in endpoint.any_of and p.in_query in query}  # fmt: skip

    def requests_of(subject: Mapping[str, str]) -> RequestList:
        # One path is built for all pages, and their numbers are put into it.
        path = endpoint.build(**subject, **in_path, page="~")
        head, _, tail = (path, "", "") if page_in_query else path.rpartition("~")

        def make() -> Iterator[RequestSpec]:
            for number in itertools.count() if pages is None else pages:
                page = str(number + endpoint.first_page)
                if page_in_query:
                    yield RequestSpec(str(number), head, {**query, page_in_query: page})
                else:
                    yield RequestSpec(str(number), f"{head}{page}{tail}", query)

        return RequestList(
            make,
            None if pages is None else len(pages),
            {**given, **subject},
            listing=_listing(endpoint, {**defaults, **in_path, **subject}, searched),
            ascending=ascending,
            list_end=requested if pages is not None and known is None else ListEnd.UNKNOWN,
            known=known,
        )

    return tuple(requests_of(subject) for subject in subjects), {**given, **named}


def _id_list(endpoint: Endpoint, params: Mapping[str, Any]) -> RequestList:
    argument = endpoint.subject_argument
    # Nobody named is whoever is signed in, as in the lists of an account.
    source = params.get(argument, "me" if argument == "usernames" else None)
    if argument == "id":
        ids, single = [parse_comment_id(source, "id")], True
    else:
        ids, single = _COLLECTORS[endpoint.subject](source)
    values = _checked(endpoint, params)

    # One path is built for all, and the ids are put into it.
    subject = endpoint.subject if endpoint.subject in {"username", "tag"} else "id"
    head, _, tail = endpoint.build(**{subject: "~"}, **values).partition("~")

    def make() -> Iterator[RequestSpec]:
        for one in ids:
            yield RequestSpec(one, f"{head}{quote(one, safe='')}{tail}")

    given = _without_none({**params, "nested": _nested(params)})
    given[argument] = ids[0] if single else ids
    return RequestList(make, len(ids), given, single=single)


def _single(endpoint: Endpoint, params: Mapping[str, Any]) -> RequestList:
    values = _checked(endpoint, params)
    (subject,), named = _subjects(endpoint, params)
    in_path, query = _path_and_query(endpoint, values)
    request = RequestSpec(endpoint.name, endpoint.build(**subject, **in_path), query)
    return RequestList(lambda: iter([request]), 1, {**_without_none(params), **values, **named})


def _counts(endpoint: Endpoint, params: Mapping[str, Any]) -> RequestList:
    subject = {"username": parse_username(params.get("username", "me"))}
    kinds = endpoint.param("what").allowed
    # Imgur tells the number of images to their owner only.
    if subject["username"] != "me":
        kinds = tuple(kind for kind in kinds if kind != "images")

    def make() -> Iterator[RequestSpec]:
        for kind in kinds:
            yield RequestSpec(kind, endpoint.build(**subject, what=kind))

    return RequestList(make, len(kinds), subject)


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


def _checked(endpoint: Endpoint, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of path and query that were given.

    Raises
    ------
    InvalidArgument
        Imgur does not know a value, or would pass over it without a word.
    """
    values: dict[str, Any] = {}
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
        else:
            one_of(param.name, value, param.allowed)
        values[param.name] = value
    for name, value in values.items():
        conditions = endpoint.param(name).applies_when
        if (condition := conditions.get("*") or conditions.get(value)) is None:
            continue
        other, needed = condition
        actual = values.get(other, endpoint.param(other).default)
        if actual != needed:
            raise InvalidArgument(
                f"{name}={value!r} is ignored by Imgur for {other}={actual!r}: it counts for "
                f"{other}={needed!r} only. Leave it out, or ask for {other}={needed!r}."
            )
    if endpoint.any_of:
        _check_combination(endpoint, values)
    return values


def _check_combination(endpoint: Endpoint, values: Mapping[str, Any]) -> None:
    """Refuse none of the parameters of which one is needed, and one that would be ignored."""
    given = [name for name in endpoint.any_of if name in values]
    if not given:
        raise InvalidArgument(
            f"{endpoint.loader_name} needs at least one of {', '.join(endpoint.any_of)}."
        )
    if endpoint.alone in given and len(given) > 1:
        others = ", ".join(name for name in given if name != endpoint.alone)
        raise InvalidArgument(
            f"{endpoint.alone} is ignored by Imgur beside {others}: give one or the other."
        )


def _path_and_query(
    endpoint: Endpoint, values: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters of the path by their names, and of the query by Imgur's names."""
    in_path, query = dict(values), {}
    for param in endpoint.params:
        if param.in_query and (value := in_path.pop(param.name, None)) is not None:
            query[param.in_query] = str(value).lower() if param.is_flag else value
    return in_path, query


def _is_ascending(pages: Pages) -> bool:
    if isinstance(pages, range):
        return pages.step > 0 or len(pages) == 1
    return all(before < after for before, after in itertools.pairwise(pages))


def _subjects(
    endpoint: Endpoint, params: Mapping[str, Any]
) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Return the subject of each list (none: of the whole site), and how it was given."""
    if not endpoint.subject:
        return [{}], {}
    name = endpoint.subject
    given = params.get(name, "me" if name == "username" else None)
    if not endpoint.several or given is None or isinstance(given, (str, Mapping)):
        parse = _PARSERS.get(name)
        subject = {name: parse(given) if parse is not None else word(name, given)}
        return [subject], dict(subject)
    names = collect_usernames(given)[0]
    return [{"username": name} for name in names], {"username": names}


def _listing(endpoint: Endpoint, values: Mapping[str, str], searched: Mapping[str, str]) -> str:
    """Return the list's name: its path without page and window, and what is searched for."""
    path = endpoint.path.removeprefix("/3/")
    for part in ("/{page}", "/{window}", "/{offset}"):
        path = path.replace(part, "")
    name = path.format(**values)
    return f"{name}?{urlencode(searched)}" if searched else name


def _nested(params: Mapping[str, Any]) -> bool | None:
    nested = params.get("nested")
    return None if nested is None else boolean("nested", nested) or None


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


# pages= and until_known= -------------------------------------------------------------------------


def page_numbers(value: Any) -> Pages | None:
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
    if isinstance(value, range):
        return _range(value)
    if isinstance(value, (list, tuple)) or (
        isinstance(value, (np.ndarray, pd.Series, pd.Index)) and value.ndim == 1
    ):
        return _chosen(value)
    try:
        return range(integer("pages", value, least=1, most=_LAST_PAGE))
    except InvalidArgument:
        _refuse_pages(value)


def _range(pages: range) -> Pages:
    if min(pages.start, pages.stop) < -1 or max(pages.start, pages.stop) > _LAST_PAGE:
        _refuse_pages(pages)
    if not pages or pages[0] < 0 or pages[-1] < 0:
        _refuse_pages(pages)
    if first_pages(pages) is None and len(pages) > MOST:
        _refuse_pages(pages)
    return pages


def _chosen(value: Any) -> Pages:
    if not 0 < len(value) <= MOST:
        _refuse_pages(value)
    given = value if isinstance(value, (list, tuple)) else value.tolist()
    try:
        numbers = tuple(integer("pages", one, least=0, most=_LAST_PAGE) for one in given)
    except InvalidArgument:
        _refuse_pages(value)
    if len(set(numbers)) < len(numbers):
        _refuse_pages(value)
    return numbers


def _refuse_pages(value: Any) -> NoReturn:
    refuse(
        "pages",
        "how many (3), which (range(2, 5) or [0, 7]; each once, counted from 0, at most "
        f"{MOST:,}), or None for all",
        value,
    )


def first_pages(pages: Sequence[int]) -> int | None:
    """Return n where these are the first n pages, else None."""
    if isinstance(pages, range) and pages.step != 1 and len(pages) > 1:
        return None
    return len(pages) if pages[0] == 0 and is_consecutive(pages) else None


def is_consecutive(pages: Sequence[int]) -> bool:
    """Return whether each page follows the one before."""
    if isinstance(pages, range):
        return pages.step == 1 or len(pages) == 1
    return pages[-1] - pages[0] == len(pages) - 1 and list(pages) == sorted(pages)


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
