"""The table of endpoints: path, values allowed, how it pages, which record, what it costs.

Everything that is known about an endpoint stands here once: loaders check arguments against it,
pulls build paths from it, the cache key and the ledger name requests by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from imgurdata.errors import InvalidArgument

__all__ = [
    "ENDPOINTS",
    "Endpoint",
    "Option",
    "Slot",
    "canonical",
    "cost_of",
    "endpoint_of",
    "is_private",
    "one_of",
    "without_secrets",
]

_WINDOWS = ("day", "week", "month", "year", "all")

#: Query parameters that are secrets, or say who asks: never in a key, a log or a stored URL.
SECRET_PARAMETERS = frozenset(
    {"client_id", "client_secret", "access_token", "refresh_token", "rapidapi-key", "mashape-key"}
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the path: ``{sort}``. ``allowed`` None means any page number."""

    name: str
    allowed: tuple[str, ...] | None
    default: str


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
        ``"page"``: a list, page by page from 0; ``"ids"``: one answer an id; ``"once"``.
    private
        Never stored in the cache, never answered from it.
    source
        Where it is described.
    """

    name: str
    path: str
    record: str
    paging: str
    source: str
    slots: tuple[Slot, ...] = ()
    options: tuple[Option, ...] = ()
    private: bool = False
    known_by: str | None = None
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


GALLERY = Endpoint(
    name="gallery",
    path="/3/gallery/{section}/{sort}/{window}/{page}",
    record="post",
    paging="page",
    known_by="id",
    source="API reference, Gallery",
    slots=(
        Slot("section", ("hot", "top", "user"), "hot"),
        Slot("sort", ("viral", "top", "time", "rising"), "viral"),
        Slot("window", _WINDOWS, "day"),
        Slot("page", None, "0"),
    ),
    options=(Option("show_viral", "showViral", True), Option("mature", "mature", False)),
    arguments=frozenset({"section", "sort", "window", "pages", "show_viral", "mature", "nested"}),
)

POSTS = Endpoint(
    name="posts",
    path="/3/gallery/{id}",
    record="post",
    paging="ids",
    known_by="id",
    source="API reference, Gallery item",
    arguments=frozenset({"ids", "nested"}),
)

CREDITS = Endpoint(
    name="credits",
    path="/3/credits",
    record="credits",
    paging="once",
    source="API reference, Credits",
    private=True,
)

#: What loaders and pulls can ask for, by name.
ENDPOINTS: dict[str, Endpoint] = {e.name: e for e in (GALLERY, POSTS, CREDITS)}

#: Paths whose answers are for one person only (or only for this moment).
_PRIVATE = re.compile(
    r"/3/(credits|notification|conversations|feed|account/[^/]+/"
    r"(settings|notifications|verifyemail|blocks?))\b|/oauth2/|/account/v1/"
)
_UPLOAD = re.compile(r"/3/(image|upload)/?$")


def is_private(path: str) -> bool:
    """Whether answers of a path must neither be stored nor answered from the store."""
    return _PRIVATE.search(path) is not None


def cost_of(method: str, path: str, status: int) -> int:
    """Credits that an answer costs, as documented.

    One a call, 304s too; ten for an upload; none for OAuth, and none for what Imgur did not do:
    refusals (401, 403, 429) and failures of its own (500 and up). API reference, Rate limits.
    """
    if path.startswith("/oauth2/") or status in {401, 403, 429} or status >= 500:
        return 0
    return 10 if method == "POST" and _UPLOAD.search(path) else 1


def endpoint_of(path: str) -> str:
    """The name of the endpoint that a path is of; for one not in the table, its first words."""
    if fill_slots(GALLERY, path) is not None:
        return GALLERY.name
    path = _plain(path)
    for endpoint in (POSTS, CREDITS):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(endpoint.path))
        if re.fullmatch(pattern, path):
            return endpoint.name
    words = [word for word in path.split("/") if word and word != "3"]
    # The second word of an account's path is its name; of others often an id.
    kind = words[2:3] if words[:1] == ["account"] else []
    return "/".join(words[:1] + kind) or "/"


def canonical(path: str, query: str) -> str:
    """Path and query in the one form that all ways of asking the same thing share.

    Old clients leave slots out and write defaults or ``.json``; to the cache it is one answer.

    Examples
    --------
    >>> canonical("/3/gallery.json", "client_id=abc")
    '/3/gallery/hot/viral/day/0'
    >>> canonical("/3/gallery/hot/viral/2", "mature=false&album_previews=true")
    '/3/gallery/hot/viral/day/2?album_previews=true'
    """
    defaults: dict[str, str] = {}
    if (slots := fill_slots(GALLERY, path)) is not None:
        path = GALLERY.build(**slots)
        defaults = {o.wire: "true" if o.default else "false" for o in GALLERY.options}
    else:
        path = _plain(path)
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in SECRET_PARAMETERS and defaults.get(name) != value.lower()
    ]
    return f"{path}?{urlencode(sorted(pairs))}" if pairs else path


def without_secrets(url: str) -> str:
    """A URL with every secret parameter taken out of its query."""
    base, mark, query = url.partition("?")
    if not mark:
        return url
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in SECRET_PARAMETERS
    ]
    return f"{base}?{urlencode(pairs)}" if pairs else base


def fill_slots(endpoint: Endpoint, path: str) -> dict[str, str] | None:
    """The slots a path fills, any of them left out; None: it is of another endpoint."""
    prefix = endpoint.path[: endpoint.path.index("{")].rstrip("/")
    plain = _plain(path)
    if plain != prefix and not plain.startswith(prefix + "/"):
        return None
    found: dict[str, str] = {}
    waiting = list(endpoint.slots)
    for word in filter(None, plain[len(prefix) :].split("/")):
        while waiting:
            slot = waiting.pop(0)
            if word.isdigit() if slot.allowed is None else word in slot.allowed:
                found[slot.name] = word
                break
        else:
            return None
    return found


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """A value, checked against those allowed.

    Raises
    ------
    InvalidArgument
        It is none of them; the message names all and the nearest.
    """
    allowed = tuple(allowed)
    if isinstance(value, str) and value in allowed:
        return value
    import difflib  # for the message only

    near = difflib.get_close_matches(str(value).lower(), allowed, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    choice = ", ".join(map(repr, allowed))
    raise InvalidArgument(f"{name}={value!r} is not possible: it is one of {choice}.{hint}")


def check_known(what: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse arguments that nobody would read."""
    for name in given:
        if name not in set(known):
            one_of(f"an argument of {what}", name, sorted(known))


def _plain(path: str) -> str:
    return re.sub(r"\.(json|xml)$", "", path).rstrip("/") or "/"
