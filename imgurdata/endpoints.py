"""The table of endpoints: path, values allowed, how it pages, which record, what it costs.

Everything that is known about an endpoint stands here once: loaders check arguments against it,
pulls build paths from it, the cache key and the ledger name requests by it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from imgurdata._validate import shown
from imgurdata.errors import InvalidArgument

__all__ = [
    "ENDPOINTS",
    "GALLERY",
    "Endpoint",
    "Option",
    "Slot",
    "canonical",
    "check_known",
    "cost_of",
    "endpoint_of",
    "find",
    "is_private",
    "plain",
    "without_secrets",
]

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


#: An album and an image may have the same id, and are two posts.
_POST_KEYS = ("id", "is_album")

_WINDOWS = ("day", "week", "month", "year", "all")

#: Query parameters that are secrets, or say who asks: never in a key, a log or a stored URL.
SECRET_PARAMETERS = frozenset(
    {"client_id", "client_secret", "access_token", "refresh_token", "rapidapi-key", "mashape-key"}
)


GALLERY = Endpoint(
    name="gallery",
    path="/3/gallery/{section}/{sort}/{window}/{page}",
    record="post",
    paging="page",
    known_by=_POST_KEYS,
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
    subject="id",
    noun="post in the gallery",
    source="API reference, Gallery item",
    arguments=frozenset({"ids", "nested"}),
)

ALBUMS = Endpoint(
    name="albums",
    path="/3/album/{id}",
    record="album",
    paging="ids",
    subject="id",
    noun="album",
    source="API reference, Album",
    arguments=frozenset({"ids"}),
)

ALBUM_IMAGES = Endpoint(
    name="album_images",
    path="/3/album/{id}/images",
    record="image",
    paging="ids",
    subject="id",
    noun="album",
    many=True,
    owner="post_id",
    source="API reference, Album images",
    arguments=frozenset({"ids"}),
)

IMAGES = Endpoint(
    name="images",
    path="/3/image/{id}",
    record="image",
    paging="ids",
    subject="id",
    noun="image",
    source="API reference, Image",
    arguments=frozenset({"ids"}),
)

COMMENTS = Endpoint(
    name="comments",
    path="/3/gallery/{id}/comments/{sort}",
    record="comment",
    paging="ids",
    subject="id",
    noun="post in the gallery",
    source="API reference, Gallery comments",
    slots=(Slot("sort", ("best", "top", "new"), "best"),),
    many=True,
    tree=True,
    arguments=frozenset({"ids", "sort"}),
)

COMMENT = Endpoint(
    name="comment",
    path="/3/comment/{id}",
    record="comment",
    paging="ids",
    subject="comment",
    noun="comment",
    source="API reference, Comment",
    arguments=frozenset({"ids"}),
)

REPLIES = Endpoint(
    name="replies",
    path="/3/comment/{id}/replies",
    record="comment",
    paging="ids",
    subject="comment",
    noun="comment",
    source="API reference, Comment replies",
    tree=True,
    arguments=frozenset({"ids"}),
)

ACCOUNT = Endpoint(
    name="account",
    path="/3/account/{username}",
    record="account",
    paging="ids",
    subject="username",
    noun="account",
    source="API reference, Account base",
    arguments=frozenset({"usernames"}),
)

ACCOUNT_COUNTS = Endpoint(
    name="account_counts",
    path="/3/account/{username}/{what}/count",
    record="account_counts",
    paging="counts",
    subject="username",
    noun="account",
    source="API reference, Account counts",
    slots=(Slot("what", ("images", "albums", "comments"), "images"),),
    arguments=frozenset({"username"}),
)


def _account_list(
    what: str,
    record: str,
    path: str,
    *slots: Slot,
    signed_in: bool = False,
    per_page: bool = True,
) -> Endpoint:
    arguments = (
        {"username", "pages"} | {s.name for s in slots} | ({"per_page"} if per_page else set())
    )
    return Endpoint(
        name=f"account_{what}",
        path=f"/3/account/{{username}}/{what}/{path}",
        record=record,
        paging="page",
        subject="username",
        noun="account",
        known_by=_POST_KEYS if record == "post" else ("id",),
        signed_in=signed_in,
        per_page=per_page,
        source=f"API reference, Account {what}",
        slots=(*slots, Slot("page", None, "0")),
        arguments=frozenset(arguments),
    )


_SORTS = Slot("sort", ("newest", "oldest", "best", "worst"), "newest")

ACCOUNT_SUBMISSIONS = _account_list("submissions", "post", "{page}/{sort}", _SORTS, per_page=False)
ACCOUNT_COMMENTS = _account_list("comments", "comment", "{sort}/{page}", _SORTS)
ACCOUNT_ALBUMS = _account_list("albums", "album", "{page}")
ACCOUNT_IMAGES = _account_list("images", "image", "{page}", signed_in=True)

TAGS = Endpoint(
    name="tags",
    path="/3/tags",
    record="tag",
    paging="once",
    many=True,
    source="API reference, Default tags",
)

CREDITS = Endpoint(
    name="credits",
    path="/3/credits",
    record="credits",
    paging="once",
    source="API reference, Credits",
    private=True,
)

#: What loaders and pulls can ask for, by name. Of two that a path fits, the first is meant.
ENDPOINTS: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        GALLERY,
        POSTS,
        COMMENTS,
        COMMENT,
        REPLIES,
        ACCOUNT,
        ACCOUNT_SUBMISSIONS,
        ACCOUNT_COMMENTS,
        ACCOUNT_ALBUMS,
        ACCOUNT_IMAGES,
        ACCOUNT_COUNTS,
        ALBUMS,
        ALBUM_IMAGES,
        IMAGES,
        TAGS,
        CREDITS,
    )
}

#: Paths whose answers are for one person only (or only for this moment).
_PRIVATE = re.compile(
    r"/3/+(credits|notifications?|conversations?|messages?|feed|account/+[^/]+/+"
    r"(settings|notifications|conversations|messages?|verifyemail|blocks?))\b"
    r"|/oauth2/|/account/v1/"
    # A delete hash in the path: 15 letters and digits where an id has 5 or 7.
    r"|/(image|album|upload)/+[a-z0-9]{15}(?![a-z0-9])",
    re.IGNORECASE,
)
_UPLOAD = re.compile(r"/3/(image|upload)/?$")


def is_private(path: str) -> bool:
    """Whether answers of a path must neither be stored nor answered from the store."""
    return _PRIVATE.search(path) is not None


def cost_of(method: str, path: str, status: int, *, told: bool = False) -> int:
    """Credits that an answer costs, as documented.

    One a call, 304s and refusals included; ten for an upload; none for OAuth, and none for what
    Imgur did not do: a 429, failures of its own (500 and up), and a 401 or 403 without limit
    headers, which is how keys and tokens are refused before anything is counted.

    Parameters
    ----------
    method, path, status
        Of the request and its answer.
    told
        Whether the answer's headers told of the credits.

    Notes
    -----
    API reference, Rate limits. That refusals of keys cost nothing is an assumption.
    """
    if path.startswith("/oauth2/") or status == 429 or status >= 500:
        return 0
    if status in {401, 403} and not told:
        return 0
    return 10 if method == "POST" and _UPLOAD.search(path) else 1


def find(path: str) -> tuple[Endpoint, dict[str, str]] | None:
    """The endpoint that a path is of, and the slots it fills; None for one not in the table."""
    for endpoint in ENDPOINTS.values():
        if (slots := endpoint.fill(path)) is not None:
            return endpoint, slots
    return None


def endpoint_of(path: str) -> str:
    """The name of the endpoint that a path is of; for one not in the table, its first words."""
    if found := find(path):
        return found[0].name
    words = [word for word in plain(path).split("/") if word and word != "3"]
    # The second word of an account's path is its name; of others often an id.
    kind = words[2:3] if words[:1] == ["account"] else []
    return "/".join(words[:1] + kind) or "/"


def canonical(path: str, query: str) -> str:
    """Path and query in the one form that all ways of asking the same thing share.

    Old clients leave slots out and write defaults or ``.json``; to the cache it is one answer.
    ``.xml`` is another one: the same things in another form.

    Examples
    --------
    >>> canonical("/3/gallery.json", "client_id=abc")
    '/3/gallery/hot/viral/day/0'
    >>> canonical("/3/gallery/hot/viral/2", "mature=false&album_previews=true")
    '/3/gallery/hot/viral/day/2?album_previews=true'
    """
    defaults: dict[str, str] = {}
    as_xml = path.endswith(".xml")
    if found := find(path):
        endpoint, slots = found
        path = endpoint.build(**slots)
        defaults = {o.wire: "true" if o.default else "false" for o in endpoint.options}
    else:
        path = plain(path)
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in SECRET_PARAMETERS and defaults.get(name) != value.lower()
    ]
    if as_xml:
        pairs = [*(pair for pair in pairs if pair[0] != "_format"), ("_format", "xml")]
    return f"{path}?{urlencode(sorted(pairs))}" if pairs else path


def without_secrets(url: str) -> str:
    """A URL with every secret parameter taken out of its query; as it is where there is none."""
    base, _, query = url.partition("?")
    everything = parse_qsl(query, keep_blank_values=True)
    pairs = [pair for pair in everything if pair[0].lower() not in SECRET_PARAMETERS]
    if len(pairs) == len(everything):
        return url
    return f"{base}?{urlencode(pairs)}" if pairs else base
