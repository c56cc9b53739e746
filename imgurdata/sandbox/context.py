"""What all routes share: the context of a request, accounts of a path, paging."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.lists import PAGE_SIZE, ListKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from imgurdata.sandbox.auth import Principal
    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.limits import Allowance
    from imgurdata.sandbox.request import Request
    from imgurdata.sandbox.store import Store
    from imgurdata.sandbox.world import Account, Post, World

__all__ = [
    "Context", "account_page", "bad_request", "find_account", "gallery_page", "in_order",
    "is_number", "not_found", "only_owner", "own_account", "paged", "sort_and_page", "tag_name",
    "truth", "unauthorized",
]  # fmt: skip

T = TypeVar("T")
Row = TypeVar("Row", "Post", "Comment")

#: Longer numbers in a path are no page, and are not even parsed.
_PAGE_DIGITS = 9
#: Rows on a page of an account's images, albums and comments: default and maximum (API reference,
#: Paging).
_ACCOUNT_PAGE, _ACCOUNT_PAGE_MAX = 50, 100


@dataclass(frozen=True)
class Context:
    """A request with everything that its answer depends on.

    Attributes
    ----------
    at : int
        Second of the world.
    allowance : Allowance
        Credits that the client has left after this request.
    """

    store: Store
    request: Request
    identity: Principal
    at: int
    allowance: Allowance

    @property
    def world(self) -> World:
        """The world."""
        return self.store.world

    @property
    def viewer(self) -> Account | None:
        """The account of the token; None with a Client-ID."""
        return self.identity.account

    @property
    def anonymous(self) -> Context:
        """The same context without the account."""
        return replace(self, identity=replace(self.identity, account=None))

    @property
    def mature(self) -> bool:
        """Whether lists hold mature posts: by the account's setting, else by ``mature``."""
        if self.viewer is not None:
            return self.viewer.shows_mature
        return self.request.flag("mature", False)

    def is_viewer(self, account_id: int) -> bool:
        """Return whether the token is this account's."""
        return self.viewer is not None and self.viewer.id == account_id

    def require_viewer(self) -> Account:
        """Return the account of the token.

        Raises
        ------
        ApiError
            The request has a Client-ID.
        """
        if self.viewer is None:
            raise self.refusal()
        return self.viewer

    def field(self, name: str) -> str | None:
        """Return a value of the body or of the query; None if it is missing."""
        return self.request.query.get(name)

    def listed(self, name: str) -> list[str] | None:
        """Return the values of a field that is repeated, has commas, or both."""
        values = self.request.lists.get(name)
        if values is None:
            single = self.request.query.get(name, self.request.query.get(f"{name}[]"))
            values = None if single is None else [single]
        if values is None:
            return None
        return [part.strip() for value in values for part in value.split(",") if part.strip()]

    def number(self, name: str, default: int) -> int:
        """Return a whole number of the body or of the query; the default where it is none."""
        text = self.field(name) or ""
        return int(text) if is_number(text) else default

    def required(self, name: str, message: str) -> str:
        """Return a text of the body or of the query, or raise the 400 of a missing one."""
        text = (self.field(name) or "").strip()
        if not text:
            raise bad_request(message)
        return text

    def posts(self, key: ListKey, page: int) -> Sequence[Post]:
        """Return a page of a list of the gallery."""
        return gallery_page(self.store.posts(key, self.at), page)

    def tagged(self, tags: Sequence[str], rest: Sequence[str]) -> Sequence[Post]:
        """Return the page of posts with one of several tags that the end of a path asks for."""
        words, page = paged(rest, 2)
        return self.posts(ListKey.of_tags(tags, words, mature=self.mature), page)

    def refusal(self) -> ApiError:
        """Return the 403 for what belongs to somebody else, or needs a token at all."""
        if self.viewer is None:
            # Recorded in 2024 on /3/account; older answers say 401 "Authentication required".
            return ApiError(403, "This method requires authentication")
        return unauthorized()

    def epoch(self, second: int) -> int:
        """Return a second of the world as an epoch second."""
        return self.store.origin + second

    def iso(self, second: int) -> str:
        """Return a second of the world as the website's own API writes times."""
        moment = dt.datetime.fromtimestamp(self.epoch(second), tz=dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def not_found() -> ApiError:
    """Return the plain 404."""
    return ApiError(404, "Not Found")


def unauthorized() -> ApiError:
    """Return the 403 for what belongs to another account (recorded answer 2015)."""
    return ApiError(403, "Unauthorized")


def bad_request(text: str) -> ApiError:
    """Return the 400 of a missing or wrong field."""
    return ApiError(400, text)


def truth(text: str | None) -> bool:
    """Return a boolean of a form: ``1`` and ``true`` are true."""
    return (text or "").lower() in ("1", "true")


def find_account(ctx: Context, name: str) -> Account:
    """Return the account of a name in a path; ``me`` is that of the token."""
    if name.lower() == "me":
        return ctx.require_viewer()
    account = ctx.world.account_by_name.get(name.lower())
    if account is None:
        raise not_found()
    return account


def own_account(ctx: Context, name: str) -> Account:
    """Return the account of a name, if it is that of the token."""
    return only_owner(ctx, find_account(ctx, name))


def only_owner(ctx: Context, account: Account) -> Account:
    """Return an account, if it is that of the token."""
    if not ctx.is_viewer(account.id):
        raise unauthorized()
    return account


def is_number(text: str, digits: int = _PAGE_DIGITS) -> bool:
    """Return whether a part of the path counts as a number.

    Examples
    --------
    >>> is_number("12"), is_number("-1"), is_number("1e3")
    (True, False, False)
    """
    return text.isascii() and text.isdigit() and len(text) <= digits


def paged(rest: Sequence[str], max_words: int) -> tuple[tuple[str, ...], int]:
    """Split the end of a path into its words and the page, which is first, last or missing.

    Raises
    ------
    ApiError
        404: there are more than `max_words`, so it is no path of the API.

    Examples
    --------
    >>> paged(["top", "week", "2"], 2), paged(["0", "newest"], 1)
    ((('top', 'week'), 2), (('newest',), 0))
    """
    words, page = tuple(rest), 0
    if words and is_number(words[-1]):
        words, page = words[:-1], int(words[-1])
    elif words and is_number(words[0]):
        words, page = words[1:], int(words[0])
    if len(words) > max_words:
        raise not_found()
    return words, page


def sort_and_page(rest: Sequence[str]) -> tuple[str, int]:
    """Split the end of a path into the sort, ``newest`` by default, and the page."""
    words, page = paged(rest, 1)
    return words[0] if words else "newest", page


def in_order(rows: Iterable[Row], sort: str, points: Callable[[Row], int]) -> list[Row]:
    """Return an account's posts or comments: newest, oldest, best or worst first."""
    if sort in ("best", "worst"):
        sign = -1 if sort == "best" else 1
        return sorted(rows, key=lambda row: (sign * points(row), row.id))
    return sorted(rows, key=lambda row: (row.created, row.id), reverse=sort != "oldest")


def tag_name(text: str) -> str:
    """Return the name of a tag as a client writes it.

    Examples
    --------
    >>> tag_name("Black Cat")
    'black_cat'
    """
    return text.lower().replace(" ", "_")


def gallery_page(rows: Sequence[T], page: int) -> Sequence[T]:
    """Return one page of 60 posts."""
    return rows[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]


def account_page(ctx: Context, rows: Sequence[T], page: int) -> Sequence[T]:
    """Return one page of an account's images, albums or comments.

    ``perPage`` (1 to 100, default 50) and ``page`` of the query are documented for these lists and
    override the path; invalid values are ignored.
    """
    page = ctx.number("page", page)
    size = min(ctx.number("perPage", 0) or _ACCOUNT_PAGE, _ACCOUNT_PAGE_MAX)
    return rows[page * size : (page + 1) * size]
