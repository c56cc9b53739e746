"""The table of endpoints: path, values allowed, how it pages, which record, what it costs.

Everything that is known about an endpoint stands here once: loaders check arguments against it,
pulls build paths from it, the cache key and the ledger name requests by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

__all__ = [
    "ENDPOINTS",
    "LOADS",
    "Endpoint",
    "Param",
    "canonical",
    "cost_of",
    "endpoint_of",
    "find",
    "is_private",
    "without_secrets",
]

#: Words that stand where an id does, and name a list; accounts may have these names.
_NO_LIST = "(?!(?:search|random)(?:/|$))"
#: Ending that names a format.
_FORMAT = re.compile(r"\.(json|xml)$")


@dataclass(frozen=True, slots=True)
class Param:
    """Parameter of an endpoint: a part of its path, or of the query.

    Attributes
    ----------
    name : str
        Argument of the loader, and name in the path.
    default : str
        What Imgur takes where it is left out.
    allowed : tuple of str
        Values that Imgur knows; empty for a page number, and for a text.
    is_text : bool
        Whether it is a text that people type.
    in_query : str
        Name in the query; empty for a part of the path.
    applies_when : Mapping of str to tuple of (str, str)
        For a value, or ``"*"`` for any: the parameter, and its value, without which Imgur passes
        over it without a word.
    most : int
        Largest value of a number; 0 for what is none.
    is_flag : bool
        Whether it is True or False.
    is_page : bool
        Whether it is a number that the pull counts up, or that is always the default.
    """

    name: str
    default: str
    allowed: tuple[str, ...] = ()
    in_query: str = ""
    applies_when: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    is_text: bool = False
    most: int = 0
    is_flag: bool = field(init=False)
    is_page: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_flag", self.allowed == _FLAG)
        is_page = not (self.allowed or self.is_text or self.most)
        object.__setattr__(self, "is_page", is_page)


_FLAG = ("true", "false")


def _flag(name: str, in_query: str, default: str, **more: Any) -> Param:
    """Return a yes-or-no parameter of the query."""
    return Param(name, default, _FLAG, in_query, **more)


def _text(name: str, in_query: str) -> Param:
    """Return a parameter of the query that people type."""
    return Param(name, "", (), in_query, is_text=True)


@dataclass(frozen=True)
class Endpoint:
    """Kind of answer that Imgur can be asked for.

    Attributes
    ----------
    name : str
        As in ``Pull(name)`` and in the ledger's history.
    path : str
        With ``{parameters}``.
    record : str
        What one row of its answer is.
    paging : str
        ``"page"``: a list, page by page; ``"ids"``: one answer an id; ``"once"``; ``"counts"``:
        several numbers that make one row.
    source : str
        Where it is described.
    params : tuple of Param
        Parts of the path that may be left out, and parameters of the query.
    subject : str
        What the path is asked for: ``"id"`` (of a post, image or album), ``"comment"``,
        ``"username"``, the name of another part of the path, or ``""``.
    argument : str
        Loader's argument for the subject, if not the subject's own name or its plural.
    noun : str
        What the subject is, in messages, if not what it is called; may name other parameters.
    signed_in : bool
        Whether Imgur answers signed-in people only.
    many : bool
        Whether an answer that is no page holds any number of rows (comments of a post), so that
        none is an answer, too; else it holds one.
    owner : str
        Column that names which id a row was asked for, where the answer does not.
    nested : bool
        Whether its rows can keep nested objects as JSON.
    tree : bool
        Whether its answers are whole trees: rows then know their place.
    several : bool
        Whether the loader takes several user names, each with a list of its own.
    first_page : int
        Number that Imgur gives to the first page.
    any_of : tuple of str
        Parameters of which at least one must be given.
    alone : str
        One of these that Imgur would ignore beside the others.
    instead : Mapping of str to str
        Endpoint that is asked instead if a parameter is given, by that parameter.
    loader : str
        Name of the loader; by default ``load_`` and the endpoint's name.
    legacy_note : str
        What is known of an endpoint that Imgur has left behind (legacy); empty for a current one.
    """

    name: str
    path: str
    record: str
    paging: str
    source: str
    params: tuple[Param, ...] = ()
    subject: str = ""
    noun: str = ""
    signed_in: bool = False
    many: bool = False
    owner: str = ""
    nested: bool = False
    tree: bool = False
    argument: str = ""
    several: bool = False
    first_page: int = 0
    any_of: tuple[str, ...] = ()
    alone: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    loader: str = ""
    legacy_note: str = ""

    def __post_init__(self) -> None:
        if not self.noun:
            noun = "account" if self.subject == "username" else self.subject
            object.__setattr__(self, "noun", noun)

    @property
    def loader_name(self) -> str:
        """Name of the function that loads it."""
        return self.loader or f"load_{self.name}"

    @property
    def subject_argument(self) -> str:
        """Name of the loader's argument that says what is asked for."""
        if self.argument or self.paging != "ids":
            return self.argument or self.subject
        return {"username": "usernames", "tag": "tags"}.get(self.subject, "ids")

    @cached_property
    def arguments(self) -> frozenset[str]:
        """Names of the loader's arguments."""
        names = {param.name for param in self.params if not param.is_page}
        if self.paging == "page":
            names |= {"pages", "until_known"}
        if self.paging == "counts":
            names = set()
        if self.subject:
            names.add(self.subject_argument)
        if self.nested:
            names.add("nested")
        return frozenset(names | self.instead.keys())

    @cached_property
    def by_name(self) -> dict[str, Param]:
        """Parameters by their names."""
        return {param.name: param for param in self.params}

    @cached_property
    def known_by(self) -> tuple[str, ...]:
        """Keys of a row's object by which it is recognised on a later page."""
        if self.paging != "page":
            return ()
        # An album and an image may have the same id, and are two posts.
        return ("id", "is_album") if self.record == "post" else ("id",)

    @cached_property
    def list_name(self) -> str:
        """Name of its lists, with ``{parameters}``: the path without page and window."""
        return re.sub(r"/\{(page|window|offset)\}", "", self.path.removeprefix("/3/"))

    def build(self, **values: Any) -> str:
        """Return the path with every parameter filled in: the long form is unambiguous.

        A parameter whose value is None gets Imgur's default.
        """
        filled = {param.name: param.default for param in self.params}
        filled |= {name: str(value) for name, value in values.items() if value is not None}
        return self.path.format(**{name: quote(value, safe="") for name, value in filled.items()})

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Pattern of its paths, whose groups are the parameters that a path fills."""
        params = {p.name: p for p in self.params if not p.in_query and not p.is_text}
        pattern = ""
        for segment in self.path.strip("/").split("/"):
            name = segment.strip("{}")
            if name == segment:
                pattern += f"/+{name}"
            elif (param := params.get(name)) is not None:  # it may be left out
                pattern += f"(?:/+(?P<{name}>{'|'.join(param.allowed) or '[0-9]+'}))?"
            else:
                pattern += f"/+(?P<{name}>{_NO_LIST if name == 'id' else ''}[^/]+)"
        return re.compile(f"{pattern}/*")


_WINDOWS = ("day", "week", "month", "year", "all")

#: Query parameters that are secrets, or say who asks: never in a key, a log or a stored URL.
SECRET_PARAMETERS = frozenset(
    {"client_id", "client_secret", "access_token", "refresh_token", "rapidapi-key", "mashape-key"}
)


_PAGE = Param("page", "0")
_PER_PAGE = Param("per_page", "", in_query="perPage", most=100)
_SORTS = Param("sort", "newest", ("newest", "oldest", "best", "worst"))
_BY_AGE = ("newest", "oldest")
#: Sorts of lists in the gallery, and the windows that count for the best ones only.
_LIST_SORTS = ("viral", "top", "time")


def _window(default: str) -> Param:
    """Return the window of a list sorted by ``top``."""
    return Param("window", default, _WINDOWS, applies_when={"*": ("sort", "top")})


_UNLISTED = "Imgur's list of endpoints has not named it since 2017 or earlier"

#: What loaders and pulls can ask for. Of two that a path fits, the first is meant.
_TABLE = (
    Endpoint(
        name="gallery",
        path="/3/gallery/{section}/{sort}/{window}/{page}",
        record="post",
        paging="page",
        nested=True,
        source="API reference, Gallery",
        params=(
            Param("section", "hot", ("hot", "top", "user")),
            Param(
                "sort",
                "viral",
                ("viral", "top", "time", "rising"),
                applies_when={"rising": ("section", "user")},
            ),
            Param("window", "day", _WINDOWS, applies_when={"*": ("section", "top")}),
            _PAGE,
            _flag("show_viral", "showViral", "true", applies_when={"*": ("section", "user")}),
            _flag("mature", "mature", "false"),
        ),
    ),
    Endpoint(
        name="search_gallery",
        loader="search_gallery",
        path="/3/gallery/search/{sort}/{window}/{page}",
        record="post",
        paging="page",
        nested=True,
        source="API reference, Gallery search",
        params=(
            Param("sort", "time", ("time", "viral", "top")),
            _window("all"),
            _PAGE,
            _text("query", "q"),
            _text("q_all", "q_all"),
            _text("q_any", "q_any"),
            _text("q_exactly", "q_exactly"),
            _text("q_not", "q_not"),
            Param("q_type", "", ("jpg", "png", "gif", "anigif", "album"), "q_type"),
            Param("q_size_px", "", ("small", "med", "big", "lrg", "huge"), "q_size_px"),
        ),
        any_of=("query", "q_all", "q_any", "q_exactly", "q_not", "q_type", "q_size_px"),
        alone="query",
    ),
    Endpoint(
        name="subreddit",
        path="/3/gallery/r/{subreddit}/{sort}/{window}/{page}",
        record="post",
        paging="page",
        subject="subreddit",
        nested=True,
        source="API reference, Subreddit gallery",
        params=(Param("sort", "time", ("time", "top")), _window("week"), _PAGE),
    ),
    Endpoint(
        name="tag",
        path="/3/gallery/t/{tag}/{sort}/{window}/{page}",
        record="post",
        paging="page",
        subject="tag",
        nested=True,
        source="API reference, Tag gallery",
        params=(Param("sort", "viral", _LIST_SORTS), _window("week"), _PAGE),
    ),
    Endpoint(
        name="tag_info",
        path="/3/gallery/tag_info/{tag}",
        record="tag",
        paging="ids",
        subject="tag",
        source="API reference, Tag info",
    ),
    Endpoint(
        name="posts",
        path="/3/gallery/{id}",
        record="post",
        paging="ids",
        subject="id",
        noun="post in the gallery",
        nested=True,
        source="API reference, Gallery item",
    ),
    Endpoint(
        name="votes",
        path="/3/gallery/{id}/votes",
        record="vote",
        paging="ids",
        subject="id",
        noun="post in the gallery",
        owner="post_id",
        source="API reference, Votes",
    ),
    Endpoint(
        name="comments",
        path="/3/gallery/{id}/comments/{sort}",
        record="comment",
        paging="ids",
        subject="id",
        noun="post in the gallery",
        source="API reference, Gallery comments",
        params=(Param("sort", "best", ("best", "top", "new")),),
        many=True,
        tree=True,
    ),
    Endpoint(
        name="comment",
        path="/3/comment/{id}",
        record="comment",
        paging="ids",
        subject="comment",
        source="API reference, Comment",
    ),
    Endpoint(
        name="replies",
        path="/3/comment/{id}/replies",
        record="comment",
        paging="ids",
        subject="comment",
        argument="id",
        source="API reference, Comment replies",
        tree=True,
    ),
    Endpoint(
        name="account",
        path="/3/account/{username}",
        record="account",
        paging="ids",
        subject="username",
        source="API reference, Account base",
    ),
    Endpoint(
        name="account_submissions",
        path="/3/account/{username}/submissions/{page}/{sort}",
        record="post",
        paging="page",
        subject="username",
        several=True,
        source="API reference, Account submissions",
        params=(_PAGE, _SORTS),
    ),
    Endpoint(
        name="account_favorites",
        path="/3/account/{username}/favorites/{page}/{sort}",
        record="post",
        paging="page",
        subject="username",
        signed_in=True,
        instead={"folder": "account_folder_favorites"},
        source="API reference, Account favorites",
        params=(_PAGE, Param("sort", "newest", _BY_AGE)),
    ),
    Endpoint(
        name="account_folder_favorites",
        loader="load_account_favorites",
        path="/3/account/{username}/folders/{folder}/favorites",
        record="post",
        paging="page",
        subject="username",
        noun="folder {folder} of favorites of the account",
        source="API reference, favorites in folders (as gallery-dl asks for them)",
        params=(
            Param("page", "0", in_query="page"),
            Param("sort", "newest", _BY_AGE, "sort"),
            Param("folder", "", is_text=True),
        ),
    ),
    Endpoint(
        name="account_gallery_favorites",
        path="/3/account/{username}/gallery_favorites/{page}/{sort}",
        record="post",
        paging="page",
        subject="username",
        source="API reference, Account gallery favorites",
        params=(_PAGE, Param("sort", "newest", _BY_AGE)),
    ),
    Endpoint(
        name="account_comments",
        path="/3/account/{username}/comments/{sort}/{page}",
        record="comment",
        paging="page",
        subject="username",
        several=True,
        source="API reference, Account comments",
        params=(_SORTS, _PAGE, _PER_PAGE),
    ),
    Endpoint(
        name="account_albums",
        path="/3/account/{username}/albums/{page}",
        record="album",
        paging="page",
        subject="username",
        several=True,
        source="API reference, Account albums",
        params=(_PAGE, _PER_PAGE),
    ),
    Endpoint(
        name="account_images",
        path="/3/account/{username}/images/{page}",
        record="image",
        paging="page",
        subject="username",
        signed_in=True,
        source="API reference, Account images",
        params=(_PAGE, _PER_PAGE),
    ),
    Endpoint(
        name="account_counts",
        path="/3/account/{username}/{what}/count",
        record="account_counts",
        paging="counts",
        subject="username",
        source="API reference, Account counts",
        params=(Param("what", "images", ("images", "albums", "comments")),),
    ),
    Endpoint(
        name="account_settings",
        path="/3/account/me/settings",
        record="account_settings",
        paging="once",
        signed_in=True,
        source="API reference, Account settings",
    ),
    Endpoint(
        name="trophies",
        path="/3/account/{username}/gallery_profile",
        record="trophy",
        paging="once",
        subject="username",
        many=True,
        source="API reference, Gallery profile",
    ),
    Endpoint(
        name="notifications",
        path="/3/notification",
        record="notification",
        paging="once",
        signed_in=True,
        many=True,
        source="API reference, Notifications",
        params=(_flag("new", "new", "true"),),
    ),
    Endpoint(
        name="albums",
        path="/3/album/{id}",
        record="album",
        paging="ids",
        subject="id",
        noun="album",
        source="API reference, Album",
    ),
    Endpoint(
        name="album_images",
        path="/3/album/{id}/images",
        record="image",
        paging="ids",
        subject="id",
        noun="album",
        many=True,
        owner="post_id",
        source="API reference, Album images",
    ),
    Endpoint(
        name="images",
        path="/3/image/{id}",
        record="image",
        paging="ids",
        subject="id",
        noun="image",
        source="API reference, Image",
    ),
    Endpoint(
        name="tags",
        path="/3/tags",
        record="tag",
        paging="once",
        many=True,
        source="API reference, Default tags",
    ),
    Endpoint(
        name="credits",
        path="/3/credits",
        record="credits",
        paging="once",
        source="API reference, Credits",
    ),
    Endpoint(
        name="topics",
        path="/3/topics/defaults",
        record="topic",
        paging="once",
        many=True,
        source="API reference, Topics",
        legacy_note=f"{_UNLISTED}, and posts have had no topic since 2021",
    ),
    Endpoint(
        name="topic",
        path="/3/topics/{topic}/{sort}/{window}/{page}",
        record="post",
        paging="page",
        subject="topic",
        nested=True,
        source="API reference, Topics",
        params=(Param("sort", "viral", _LIST_SORTS), _window("week"), _PAGE),
        legacy_note=f"{_UNLISTED}, and posts have had no topic since 2021",
    ),
    Endpoint(
        name="memes",
        path="/3/g/memes/{sort}/{window}/{page}",
        record="post",
        paging="page",
        nested=True,
        source="API reference, Memes gallery",
        params=(Param("sort", "viral", _LIST_SORTS), _window("week"), _PAGE),
        legacy_note=f"{_UNLISTED}; the last answers on record are of 2016",
    ),
    Endpoint(
        name="custom_gallery",
        path="/3/g/custom/{sort}/{window}/{page}",
        record="post",
        paging="page",
        signed_in=True,
        nested=True,
        source="API reference, Custom gallery",
        params=(Param("sort", "viral", _LIST_SORTS), _window("week"), _PAGE),
        legacy_note=f"{_UNLISTED}; the last answers on record are of 2016",
    ),
    Endpoint(
        name="conversations",
        path="/3/conversations",
        record="conversation",
        paging="once",
        signed_in=True,
        many=True,
        source="API reference, Conversations",
        legacy_note="it has been read-only since December 2016; messages are sent elsewhere now",
    ),
    Endpoint(
        name="messages",
        path="/3/conversations/{conversation}/{page}/{offset}",
        record="message",
        paging="page",
        first_page=1,
        subject="conversation",
        signed_in=True,
        source="API reference, Conversations",
        params=(Param("page", "1"), Param("offset", "0")),
        legacy_note="it has been read-only since December 2016; messages are sent elsewhere now",
    ),
)
ENDPOINTS: dict[str, Endpoint] = {endpoint.name: endpoint for endpoint in _TABLE}

#: Endpoints by the name of their pull.
LOADS: dict[str, Endpoint] = {
    name: endpoint
    for name, endpoint in ENDPOINTS.items()
    if not any(name in other.instead.values() for other in _TABLE)
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
_UPLOAD = re.compile(r"/3/(image|upload)(\.json|\.xml)?/?$")


def is_private(path: str) -> bool:
    """Return whether answers of a path must neither be stored nor answered from the cache."""
    return _PRIVATE.search(unquote(path)) is not None


def cost_of(method: str, path: str, status: int, *, reported: bool = False) -> int:
    """Return the credits that a response costs, as documented.

    One a request, 304s and refusals included; ten for an upload; none for OAuth, and none for what
    Imgur did not do: a 429, failures of its own (500 and up), and a 401 or 403 without limit
    headers, which is how keys and tokens are refused before anything is counted.

    Parameters
    ----------
    method, path : str
        Of the request.
    status : int
        Of the response.
    reported : bool
        Whether the response's headers had limits.

    Notes
    -----
    API reference, Rate limits. That refusals of keys cost nothing is an assumption.
    """
    if path.startswith("/oauth2/") or status == 429 or status >= 500:
        return 0
    if status in {401, 403} and not reported:
        return 0
    return 10 if method == "POST" and _UPLOAD.search(path) else 1


def find(path: str) -> tuple[Endpoint, dict[str, str]] | None:
    """Return the endpoint that a path is of, and the parameters it fills, or None."""
    path = _FORMAT.sub("", path)
    for endpoint in _TABLE:
        if found := endpoint.pattern.fullmatch(path):
            filled = found.groupdict().items()
            return endpoint, {name: unquote(word) for name, word in filled if word is not None}
    return None


def endpoint_of(path: str) -> str:
    """Return the name of a path's endpoint; for one not in the table, the path's first words."""
    path = _FORMAT.sub("", path)
    for endpoint in _TABLE:
        if endpoint.pattern.fullmatch(path):
            return endpoint.name
    words = [word for word in path.split("/") if word not in {"", "3"}]
    # The second word of an account's path is its name; of others often an id.
    kind = words[2:3] if words[:1] == ["account"] else []
    return "/".join(words[:1] + kind) or "/"


def canonical(path: str, query: str) -> str:
    """Return path and query in the one form that all requests for the same answer share.

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
        endpoint, values = found
        path = endpoint.build(**values)
        defaults = {param.in_query: param.default for param in endpoint.params if param.in_query}
    else:
        path = _FORMAT.sub("", path).rstrip("/") or "/"
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in SECRET_PARAMETERS and defaults.get(name) != value.lower()
    ]
    if as_xml:
        pairs = [*(pair for pair in pairs if pair[0] != "_format"), ("_format", "xml")]
    return f"{path}?{urlencode(sorted(pairs))}" if pairs else path


def without_secrets(url: str) -> str:
    """Return a URL without the secret parameters of its query."""
    base, _, query = url.partition("?")
    everything = parse_qsl(query, keep_blank_values=True)
    pairs = [pair for pair in everything if pair[0].lower() not in SECRET_PARAMETERS]
    if len(pairs) == len(everything):
        return url
    return f"{base}?{urlencode(pairs)}" if pairs else base
