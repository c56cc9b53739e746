"""The table of endpoints: path, values allowed, how it pages, which record, what it costs.

Everything that is known about an endpoint stands here once: loaders check arguments against it,
pulls build paths from it, the cache key and the ledger name requests by it.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from imgurdata.client.endpoint import Endpoint, Option, Slot, plain

__all__ = [
    "ENDPOINTS",
    "GALLERY",
    "canonical",
    "cost_of",
    "endpoint_of",
    "find",
    "is_private",
    "without_secrets",
]

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
