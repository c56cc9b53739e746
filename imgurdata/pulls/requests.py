"""What a pull asks: from checked arguments to the requests, before any of them is sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from imgurdata._validate import boolean, integer, one_of
from imgurdata.endpoints import Endpoint, check_known
from imgurdata.errors import InvalidArgument
from imgurdata.http.resolve import RequestSpec
from imgurdata.model.ids import collect_ids
from imgurdata.model.names import collect_comment_ids, collect_usernames, parse_username
from imgurdata.pulls.arguments import Pages, first_pages, page_numbers
from imgurdata.pulls.known import KnownIds, known_ids
from imgurdata.pulls.lookahead import ListEnd

__all__ = ["RequestList", "build_requests"]


@dataclass(frozen=True, slots=True)
class RequestList:
    """The requests of a pull.

    Attributes
    ----------
    make
        Gives them anew for each run; without end where ``count`` is None.
    count
        How many there are, where that is known.
    params
        The arguments as given, JSON-able, without those left to the default.
    listing
        The list its pages are of, as in the column ``listing``; None for items asked by id.
    ascending
        Whether pages come in order: then an empty one is the end of the list, and of the pull.
    single
        Whether one item (not a list of one) was asked for: if it is missing, that is an error.
    list_end
        What is known of the end before anything is asked.
    known
        Ids at which a walk through a list may stop.
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
    arguments = endpoint.arguments
    if endpoint.paging == "page":
        arguments = arguments | {"until_known"}
    check_known(f"load_{endpoint.name}", params, arguments)
    if endpoint.paging == "page":
        return _of_pages(endpoint, params)
    by_paging = {"ids": _of_ids, "once": _of_one, "counts": _of_counts}
    requests = by_paging[endpoint.paging](endpoint, params)
    return (requests,), requests.params


def _of_pages(
    endpoint: Endpoint, params: Mapping[str, Any]
) -> tuple[tuple[RequestList, ...], dict[str, Any]]:
    slots = {s.name: params.get(s.name) for s in endpoint.slots if s.allowed}
    for name, value in slots.items():
        if value is not None:
            one_of(name, value, endpoint.allowed(name))
    plain: dict[str, Any] = {
        o.name: _given_boolean(o.name, params.get(o.name)) for o in endpoint.options
    }
    _refuse_ignored(slots, params)
    query = endpoint.query(**plain)
    if (per_page := params.get("per_page")) is not None:
        plain["per_page"] = integer("per_page", per_page, least=1, most=100)
        query["perPage"] = str(plain["per_page"])
    plain["nested"] = _given_boolean("nested", params.get("nested")) or None
    defaults = {slot.name: slot.default for slot in endpoint.slots}
    subjects, named = _subjects(endpoint, params)
    pages = page_numbers(params.get("pages", 1))
    known = known_ids(endpoint, params.get("until_known"), slots.get("sort"), pages)

    # pages=None means something (all of them), other Nones mean "Imgur's default".
    given = {k: v for k, v in {**params, **plain}.items() if v is not None or k == "pages"}
    if known is not None:
        given["until_known"] = known
    if pages is not None and "pages" in given:
        given["pages"] = first_pages(pages) or list(pages)
    ascending = pages is None or _is_ascending(pages)
    # In any other order an empty page is no end, so that all of them are wanted.
    claimed = ListEnd.REQUESTED if ascending else ListEnd.KNOWN

    def requests_for(subject: Mapping[str, str]) -> RequestList:
        def make() -> Iterator[RequestSpec]:
            for number in itertools.count() if pages is None else pages:
                yield RequestSpec(
                    str(number), endpoint.build(**subject, **slots, page=number), query
                )

        return RequestList(
            make,
            None if pages is None else len(pages),
            {**given, **subject},
            listing=_listing(endpoint, {**defaults, **_told(slots), **subject}),
            ascending=ascending,
            list_end=claimed if pages is not None and known is None else ListEnd.UNKNOWN,
            known=known,
        )

    return tuple(requests_for(subject) for subject in subjects), {**given, **named}


def _is_ascending(pages: Pages) -> bool:
    if isinstance(pages, range):
        return pages.step > 0 or len(pages) == 1
    return all(before < after for before, after in itertools.pairwise(pages))


def _subject(endpoint: Endpoint, params: Mapping[str, Any]) -> dict[str, str]:
    """The account that a list is of; nothing for lists of the whole site."""
    if endpoint.subject != "username":
        return {}
    return {"username": parse_username(params.get("username", "me"))}


def _subjects(
    endpoint: Endpoint, params: Mapping[str, Any]
) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Return the account of each list, and what names them in the arguments."""
    given = params.get("username")
    if endpoint.subject != "username" or given is None or isinstance(given, (str, Mapping)):
        subject = _subject(endpoint, params)
        return [subject], dict(subject)
    names = collect_usernames(given)[0]
    return [{"username": name} for name in names], {"username": names}


def _listing(endpoint: Endpoint, values: Mapping[str, str]) -> str:
    """The list's name: its path without the page, and without the window."""
    path = endpoint.path.removeprefix("/3/")
    for slot in ("/{page}", "/{window}"):
        path = path.replace(slot, "")
    return path.format(**values)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _of_ids(endpoint: Endpoint, params: Mapping[str, Any]) -> RequestList:
    # Nobody named is whoever is signed in, as in the lists of an account.
    argument, default = ("usernames", "me") if endpoint.subject == "username" else ("ids", None)
    collect = {"id": collect_ids, "comment": collect_comment_ids, "username": collect_usernames}
    ids, single = collect[endpoint.subject](params.get(argument, default))
    slot = "username" if endpoint.subject == "username" else "id"
    nested = _given_boolean("nested", params.get("nested")) or None
    slots = {s.name: params.get(s.name) for s in endpoint.slots}
    for name, value in _told(slots).items():
        one_of(name, value, endpoint.allowed(name))

    # Ids and names need no quoting, so that one path is built for all.
    head, _, tail = endpoint.build(**{slot: "~"}, **slots).partition("~")

    def make() -> Iterator[RequestSpec]:
        for one in ids:
            yield RequestSpec(one, f"{head}{one}{tail}")

    given = _told({**params, "nested": nested})
    given[argument] = ids[0] if single else ids
    return RequestList(make, len(ids), given, single=single)


def _of_one(endpoint: Endpoint, params: Mapping[str, Any]) -> RequestList:
    return RequestList(
        lambda: iter([RequestSpec(endpoint.name, endpoint.build())]), 1, dict(params)
    )


def _of_counts(endpoint: Endpoint, params: Mapping[str, Any]) -> RequestList:
    subject = _subject(endpoint, params)
    # Only the owner is told how many images there are: of others it is not asked.
    own = subject["username"] == "me"
    kinds = [kind for kind in endpoint.allowed("what") if own or kind != "images"]

    def make() -> Iterator[RequestSpec]:
        for kind in kinds:
            yield RequestSpec(kind, endpoint.build(**subject, what=kind))

    return RequestList(make, len(kinds), subject)


def _given_boolean(name: str, value: Any) -> bool | None:
    return None if value is None else boolean(name, value)


def _refuse_ignored(slots: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Refuse what Imgur would pass over without a word (API reference, Gallery)."""
    if "section" not in slots:
        return
    section = slots.get("section") or "hot"
    if slots.get("window") is not None and section != "top":
        raise InvalidArgument(
            f"window={slots['window']!r} is ignored by Imgur for section={section!r}: it counts "
            "for section='top' only. Leave it out, or ask for section='top'."
        )
    if slots.get("sort") == "rising" and section != "user":
        raise InvalidArgument(
            f"sort='rising' exists for section='user' only, not for section={section!r}."
        )
    if params.get("show_viral") is not None and section != "user":
        raise InvalidArgument(
            f"show_viral= is ignored by Imgur for section={section!r}: it counts for "
            "section='user' only."
        )
