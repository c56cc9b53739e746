"""Routes of accounts: profiles, what they shared and have, favourites, notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.account_json import (
    account_record,
    account_settings,
    available_avatars,
    avatar,
    blocked_accounts,
    trophies,
)
from imgurdata.sandbox.album_json import album_record, image_record, listed_album, single_image
from imgurdata.sandbox.album_routes import no_album, no_image
from imgurdata.sandbox.comment_json import (
    comment_record,
    comments_by,
    notification,
    notifications,
)
from imgurdata.sandbox.comment_routes import NO_COMMENT, find_comment
from imgurdata.sandbox.context import (
    Context,
    Route,
    account_page,
    gallery_page,
    is_number,
    not_found,
    split_page,
    unauthorized,
)
from imgurdata.sandbox.gallery_json import own_favorite, public_favorite, submission

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.world import Account, Post

__all__ = ["account_route", "notification_route"]


def account_route(rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/account/...``; ``me`` is the account of the token."""
    match rest:
        case () | (_,):
            return Route(lambda ctx: _base(ctx, *rest))
        case (name, "albums" | "images" | "comments" as kind, *more):
            return _list_route(name, kind, tuple(more))
        case (name, "submissions" | "favorites" | "gallery_favorites" as kind, *more):
            return _posts_route(name, kind, tuple(more))
        case (name, "notifications", *more):
            return _notifications_route(name, tuple(more))
        case (_, "available_avatars"):
            # Without a token the account need not even exist (API reference, U19).
            return Route(available_avatars)
        case (name, "gallery_profile"):
            return Route(lambda ctx: _profile(ctx, _account(ctx, name)))
        case (name, "settings" | "avatar" | "verifyemail" | "block" as part):
            # Blocks come from a newer backend: no limit headers (recorded answer 2018).
            answer = _PRIVATE[part]
            return Route(
                lambda ctx: answer(ctx, _own_account(ctx, name)), limit_headers=part != "block"
            )
        case (name, "album" | "image" | "comment" as kind, item):
            single = _SINGLE[kind]
            return Route(lambda ctx: single(ctx, _account(ctx, name), item))
    return None


def _account(ctx: Context, name: str) -> Account:
    if name.lower() == "me":
        return ctx.require_viewer()
    account = ctx.world.account_by_name.get(name.lower())
    if account is None:
        raise not_found()
    return account


def _own_account(ctx: Context, name: str) -> Account:
    return _only_owner(ctx, _account(ctx, name))


def _only_owner(ctx: Context, account: Account) -> Account:
    if account is not ctx.viewer:
        raise unauthorized()
    return account


def _not_private(ctx: Context, account: Account) -> Account:
    return _only_owner(ctx, account) if account.private else account


def _base(ctx: Context, name: str = "me") -> Any:
    by_id = ctx.request.query.get("account_id", "")
    if not by_id:
        return account_record(ctx, _account(ctx, name))
    account = ctx.world.accounts.get(int(by_id) if is_number(by_id) else -1)
    if account is None:
        raise not_found()
    return account_record(ctx, account)


def _profile(ctx: Context, account: Account) -> dict[str, Any]:
    return {
        "trophies": trophies(ctx, account),
        "total_gallery_comments": len(ctx.world.comments.by_author(account.id, ctx.at)),
        "total_gallery_favorites": len(_favorites(ctx, account, "newest")),
        "total_gallery_submissions": len(_submissions(ctx, account, "newest")),
    }


def _verify_email(ctx: Context, account: Account) -> bool:
    return bool(account_settings(ctx, account)["active_emails"])


def _blocks(ctx: Context, account: Account) -> dict[str, Any]:
    items = [{"url": other.url} for other in blocked_accounts(ctx, account)]
    return {"items": items, "next": None}


_PRIVATE: dict[str, Callable[[Context, Account], Any]] = {
    "settings": account_settings,
    "avatar": avatar,
    "verifyemail": _verify_email,
    "block": _blocks,
}


# Gallery posts, 60 a page ------------------------------------------------------------------------


def _posts_route(name: str, kind: str, more: tuple[str, ...]) -> Route | None:
    split = split_page(more, 1)
    if split is None:
        return None
    words, page = split
    sort = words[0] if words else "newest"

    def answer(ctx: Context) -> Any:
        account = _account(ctx, name)
        record: Callable[[Context, Post], dict[str, Any]]
        if kind == "favorites":
            posts, record = _favorites(ctx, _only_owner(ctx, account), sort), own_favorite
        elif kind == "submissions":
            posts, record = _submissions(ctx, _not_private(ctx, account), sort), submission
        else:
            posts, record = _favorites(ctx, _not_private(ctx, account), sort), public_favorite
        return [record(ctx, post) for post in gallery_page(posts, page)]

    return Route(answer)


def _submissions(ctx: Context, account: Account, sort: str) -> list[Post]:
    posts = [p for p in ctx.world.posts_by_account.get(account.id, ()) if p.created <= ctx.at]
    if sort in ("best", "worst"):
        sign = -1 if sort == "best" else 1
        points = ctx.backend.growth.points
        return sorted(posts, key=lambda post: (sign * points(post, ctx.at), post.id))
    return sorted(posts, key=lambda p: (p.created, p.id), reverse=sort != "oldest")


def _favorites(ctx: Context, account: Account, sort: str) -> list[Post]:
    added = ctx.backend.votes.favorites(account, ctx.at)
    added.sort(key=lambda pair: (pair[0], pair[1].id), reverse=sort != "oldest")
    return [post for _, post in added]


# Albums, images and comments, 50 a page ----------------------------------------------------------


def _list_route(name: str, kind: str, more: tuple[str, ...]) -> Route | None:
    """Return the route of a list, of its ids or of its count."""
    form = more[0] if more and more[0] in ("ids", "count") else ""
    split = split_page(more[1:] if form else more, 1 if kind == "comments" else 0)
    if split is None or (form == "count" and len(more) > 1):
        return None
    words, page = split
    sort = words[0] if words else "newest"

    def answer(ctx: Context) -> Any:
        rows, key, record = _rows(ctx, _account(ctx, name), kind, sort)
        if form == "count":
            return len(rows)
        part = account_page(rows, page, ctx.request)
        return [key(row) if form else record(row) for row in part]

    return Route(answer)


def _rows(
    ctx: Context, account: Account, kind: str, sort: str
) -> tuple[Sequence[Any], Callable[[Any], Any], Callable[[Any], Any]]:
    """Return a list, and the functions that return a row's id and its record."""
    if kind == "albums":
        # Others than the owner see the public albums.
        albums = ctx.world.uploads.albums_of(account, ctx.viewer, ctx.at)
        return albums, lambda album: album.id, lambda album: listed_album(ctx, album)
    if kind == "images":
        images = ctx.world.uploads.images_of(_only_owner(ctx, account), ctx.at)
        return (
            images,
            lambda pair: pair[0].id,
            lambda pair: image_record(ctx, pair[0], pair[1], account),
        )
    comments = comments_by(ctx, _not_private(ctx, account), sort)
    return comments, lambda comment: comment.id, lambda comment: comment_record(ctx, comment)


def _album(ctx: Context, account: Account, item: str) -> Any:
    album = ctx.world.uploads.album(item, ctx.at)
    if album is None or album.account_id != account.id:
        raise no_album(item)
    if not album.is_open_to(ctx.viewer):
        raise unauthorized()
    return album_record(ctx, album)


def _image(ctx: Context, account: Account, item: str) -> Any:
    _only_owner(ctx, account)
    found = ctx.world.uploads.picture(item, ctx.at)
    if found is None or found[1].account_id != account.id:
        raise no_image(item)
    return single_image(ctx, *found)


def _comment(ctx: Context, account: Account, item: str) -> Any:
    _not_private(ctx, account)
    comment = find_comment(ctx, item)
    if comment is None or comment.account_id != account.id or comment.is_deleted(ctx.at):
        return NO_COMMENT
    return comment_record(ctx, comment)


_SINGLE: dict[str, Callable[[Context, Account, str], Any]] = {
    "album": _album,
    "image": _image,
    "comment": _comment,
}


# Notifications -----------------------------------------------------------------------------------


def notification_route(rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/notification/...``."""
    match rest:
        case ():
            return _notifications_route("me", ())
        case (number,):
            return Route(lambda ctx: _notification(ctx, number))
    return None


def _notifications_route(name: str, more: tuple[str, ...]) -> Route | None:
    if more not in ((), ("replies",), ("messages",)):
        return None

    def answer(ctx: Context) -> Any:
        account = _own_account(ctx, name)
        replies = notifications(ctx, account, only_new=ctx.request.flag("new", True))
        # Nobody in the sandbox writes messages; Imgur's ended in 2016.
        kinds: dict[str, list[Any]] = {"replies": replies, "messages": []}
        return kinds[more[0]] if more else kinds

    return Route(answer)


def _notification(ctx: Context, number: str) -> Any:
    account = ctx.require_viewer()
    is_id = number.isascii() and number.isdigit() and len(number) < 16
    found = notification(ctx, account, int(number)) if is_id else None
    if found is None:
        raise not_found()
    return found
