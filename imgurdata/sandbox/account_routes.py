"""Routes of accounts: profiles, what they shared and have, favourites, settings, notifications."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.account_json import (
    account_record,
    account_settings,
    available_avatars,
    avatar,
    blocked_accounts,
    is_blocked,
    trophies,
)
from imgurdata.sandbox.album_json import album_record, image_record, listed_album, single_image
from imgurdata.sandbox.album_routes import no_album, no_image
from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.comment_json import (
    comment_record,
    comments_by,
    message_notifications,
    notification,
    notifications,
)
from imgurdata.sandbox.comment_routes import NO_COMMENT, find_comment
from imgurdata.sandbox.context import (
    account_page,
    bad_request,
    find_account,
    gallery_page,
    in_order,
    is_number,
    not_found,
    only_owner,
    own_account,
    paged,
    sort_and_page,
    truth,
    unauthorized,
)
from imgurdata.sandbox.gallery_json import own_favorite, public_favorite, submission
from imgurdata.sandbox.gallery_routes import find_tag, unlisted_post
from imgurdata.sandbox.world import Post

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.world import Account, Folder

__all__ = [
    "account", "account_list", "album", "avatars", "block", "block_state", "blocks",
    "change_settings", "close_account", "comment", "favorites", "folder_favorites", "folders",
    "follow", "gallery_favorites", "image", "mail_state", "mark_viewed", "one_notification",
    "own_avatar", "profile", "replies", "send_mail", "settings", "submissions", "unblock",
    "unfollow", "unread",
]  # fmt: skip

_NAME = re.compile(r"[A-Za-z0-9]{4,63}")
#: Settings that a client may change, and what they hold (API reference, Writes).
_FLAGS = (
    "public_images", "messaging_enabled", "accepted_gallery_terms", "show_mature",
    "newsletter_subscribed", "comment_replies",
)  # fmt: skip
_PRIVACY = ("public", "hidden", "secret")
_LONGEST_BIO = 2_000


def account(ctx: Context, name: str = "me") -> Any:
    """Answer an account, by name or by ``account_id``."""
    if not ctx.field("account_id"):
        return account_record(ctx, find_account(ctx, name))
    found = ctx.world.accounts.get(ctx.number("account_id", -1))
    if found is None:
        raise not_found()
    return account_record(ctx, found)


def profile(ctx: Context, name: str) -> dict[str, Any]:
    """Answer an account's trophies and totals."""
    found = find_account(ctx, name)
    return {
        "trophies": trophies(ctx, found),
        "total_gallery_comments": len(ctx.world.comments.by_author(found.id, ctx.at)),
        "total_gallery_favorites": len(_favorites(ctx, found, "newest")),
        "total_gallery_submissions": len(_submissions(ctx, found, "newest")),
    }


def settings(ctx: Context, name: str) -> Any:
    """Answer one's own settings."""
    return account_settings(ctx, own_account(ctx, name))


def own_avatar(ctx: Context, name: str) -> Any:
    """Answer one's own picture."""
    return avatar(ctx, own_account(ctx, name))


def avatars(ctx: Context, _name: str) -> Any:
    """Answer the pictures to choose from; the account need not even exist."""
    return available_avatars(ctx)


def mail_state(ctx: Context, name: str) -> bool:
    """Answer whether one's own mail address is verified."""
    return bool(settings(ctx, name)["active_emails"])


# Gallery posts, 60 a page ------------------------------------------------------------------------


def _open_account(ctx: Context, name: str) -> Account:
    """Return the account of a name, if the viewer may read its lists."""
    found = find_account(ctx, name)
    return only_owner(ctx, found) if found.private else found


def _own_images(ctx: Context, name: str) -> Account:
    """Return the account of a name, if the viewer may read its images."""
    found = find_account(ctx, name)
    return found if ctx.world.shows_images(found) else only_owner(ctx, found)


def submissions(ctx: Context, name: str, *rest: str) -> Any:
    """Answer a page of what an account shared."""
    sort, page = sort_and_page(rest)
    posts = _submissions(ctx, _open_account(ctx, name), sort)
    return [submission(ctx, post) for post in gallery_page(posts, page)]


def favorites(ctx: Context, name: str, *rest: str) -> Any:
    """Answer a page of one's own favourites."""
    sort, page = sort_and_page(rest)
    posts = _favorites(ctx, own_account(ctx, name), sort, loose=True)
    return [own_favorite(ctx, post) for post in gallery_page(posts, page)]


def gallery_favorites(ctx: Context, name: str, *rest: str) -> Any:
    """Answer a page of an account's public favourites."""
    sort, page = sort_and_page(rest)
    posts = _favorites(ctx, _open_account(ctx, name), sort)
    return [public_favorite(ctx, post) for post in gallery_page(posts, page)]


def folders(ctx: Context, name: str) -> list[dict[str, Any]]:
    """Answer an account's folders of favourites (a guess: the website asks for them)."""
    found = _open_account(ctx, name)
    return [
        {
            "id": folder.id,
            "name": folder.name,
            "account_id": folder.account_id,
            "created_at": ctx.iso(folder.created),
            "is_private": folder.private,
            "item_count": len(_in_folder(ctx, found, folder)),
            "url": f"{ctx.store.url}/user/{found.url}/favorites/folder/{folder.id}",
        }
        for folder in _own_folders(ctx, found)
        if not folder.private or ctx.is_viewer(found.id)
    ]


def folder_favorites(ctx: Context, name: str, number: str) -> list[dict[str, Any]]:
    """Answer a page of a folder, which the query counts from 0."""
    found = _open_account(ctx, name)
    folder = next((one for one in _own_folders(ctx, found) if str(one.id) == number), None)
    if folder is None:
        raise not_found()
    if folder.private:
        only_owner(ctx, found)
    posts = _in_folder(ctx, found, folder, ctx.field("sort") or "newest")
    return [public_favorite(ctx, post) for post in gallery_page(posts, ctx.number("page", 0))]


def _own_folders(ctx: Context, found: Account) -> list[Folder]:
    return [one for one in ctx.world.folders if one.account_id == found.id]


def _in_folder(ctx: Context, found: Account, folder: Folder, sort: str = "newest") -> list[Post]:
    own, folder_of = _own_folders(ctx, found), ctx.store.votes.folder_of
    return [post for post in _favorites(ctx, found, sort) if folder_of(own, post.id) is folder]


def _submissions(ctx: Context, found: Account, sort: str) -> list[Post]:
    posts = [p for p in ctx.world.posts_by_account.get(found.id, ()) if p.created <= ctx.at]
    return in_order(posts, sort, lambda post: ctx.store.growth.points(post, ctx.at))


def _favorites(ctx: Context, found: Account, sort: str, *, loose: bool = False) -> list[Post]:
    """Return an account's favourites; those outside the gallery only if they are wanted."""
    added = sorted(ctx.store.votes.favorites(found, ctx.at), reverse=sort != "oldest")
    posts = [_favorite(ctx, item) for _, item in added]
    return [post for post in posts if post is not None and (loose or post.in_gallery)]


def _favorite(ctx: Context, item: str) -> Post | None:
    home = ctx.world.find_home(item, ctx.at)
    if isinstance(home, Post):
        return home
    if home is not None and home.images_at(ctx.at):
        return unlisted_post(ctx, item, home.images_at(ctx.at), is_album=True, home=home)
    found = ctx.world.find_picture(item, ctx.at)
    if found is None:
        return None
    return unlisted_post(ctx, item, [found[0]], is_album=False, home=found[1])


# Albums, images and comments, 50 a page ----------------------------------------------------------


def account_list(ctx: Context, name: str, kind: str, *rest: str) -> Any:
    """Answer a page of a list of an account, of its ids, or its length."""
    form = rest[0] if rest and rest[0] in ("ids", "count") else ""
    words, page = paged(rest[1:] if form else rest, 1 if kind == "comments" else 0)
    if form == "count" and len(rest) > 1:
        raise not_found()
    rows, key, record = _rows(ctx, name, kind, words[0] if words else "newest")
    if form == "count":
        return len(rows)
    part = account_page(ctx, rows, page)
    return [key(row) if form else record(row) for row in part]


def _rows(
    ctx: Context, name: str, kind: str, sort: str
) -> tuple[Sequence[Any], Callable[[Any], Any], Callable[[Any], Any]]:
    """Return a list, and the functions that return a row's id and its record."""
    if kind == "albums":
        # Others than the owner see the public albums.
        albums = ctx.world.uploads.albums_of(find_account(ctx, name), ctx.viewer, ctx.at)
        return albums, lambda one: one.id, lambda one: listed_album(ctx, one)
    if kind == "images":
        found = _own_images(ctx, name)
        images = ctx.world.uploads.images_of(found, ctx.at)
        return (
            images,
            lambda pair: pair[0].id,
            lambda pair: image_record(ctx, pair[0], pair[1], found),
        )
    comments = comments_by(ctx, _open_account(ctx, name), sort)
    return comments, lambda one: one.id, lambda one: comment_record(ctx, one)


def album(ctx: Context, name: str, item: str) -> Any:
    """Answer one album of an account."""
    owner, found = find_account(ctx, name), ctx.world.uploads.album(item, ctx.at)
    if found is None or found.account_id != owner.id:
        raise no_album(item)
    if not found.is_open_to(ctx.viewer):
        raise unauthorized()
    return album_record(ctx, found)


def image(ctx: Context, name: str, item: str) -> Any:
    """Answer one image of one's own."""
    owner = _own_images(ctx, name)
    found = ctx.world.uploads.picture(item, ctx.at)
    if found is None or found[1].account_id != owner.id:
        raise no_image(item)
    return single_image(ctx, *found)


def comment(ctx: Context, name: str, number: str) -> Any:
    """Answer one comment of an account."""
    author, found = _open_account(ctx, name), find_comment(ctx, number)
    if found is None or found.account_id != author.id or found.is_deleted(ctx.at):
        return NO_COMMENT
    return comment_record(ctx, found)


# Notifications -----------------------------------------------------------------------------------


def unread(ctx: Context, name: str = "me") -> Any:
    """Answer the notifications of one's own account, unread ones unless ``new`` is false."""
    found, only_new = own_account(ctx, name), ctx.request.flag("new", True)
    return {
        "replies": notifications(ctx, found, only_new=only_new),
        "messages": message_notifications(ctx, found, only_new=only_new),
    }


def replies(ctx: Context, name: str, kind: str) -> Any:
    """Answer the notifications of one kind."""
    return unread(ctx, name)[kind]


def one_notification(ctx: Context, number: str) -> Any:
    """Answer one notification."""
    found = _find_notification(ctx, ctx.require_viewer(), number)
    if found is None:
        raise not_found()
    return found


def _find_notification(ctx: Context, viewer: Account, number: str) -> dict[str, Any] | None:
    return notification(ctx, viewer, int(number)) if is_number(number, 15) else None


def mark_viewed(ctx: Context, *numbers: str) -> bool:
    """Mark notifications as read: the one of the path, or those of ``ids``."""
    viewer, wanted = ctx.require_viewer(), numbers or ctx.listed("ids") or ()
    if not wanted:
        raise bad_request("No notification IDs were sent")
    found = [_find_notification(ctx, viewer, number) for number in wanted]
    if numbers and found == [None]:
        raise not_found()
    ctx.store.viewed.update((viewer.id, row["id"]) for row in found if row is not None)
    return True


# Writes ------------------------------------------------------------------------------------------


def change_settings(ctx: Context, name: str) -> bool:
    """Change settings of one's own account; unknown ones are ignored."""
    found = own_account(ctx, name)
    changed: dict[str, Any] = {
        flag: truth(ctx.field(flag)) for flag in _FLAGS if ctx.field(flag) is not None
    }
    privacy = ctx.field("album_privacy")
    if privacy is not None:
        if privacy not in _PRIVACY:
            raise bad_request("Invalid album privacy")
        changed["album_privacy"] = privacy
    bio, picture, url = ctx.field("bio"), ctx.field("avatar"), ctx.field("username")
    if bio is not None and len(bio) > _LONGEST_BIO:
        raise bad_request("The bio is too long")
    if url is not None and url != found.url:
        _check_name(ctx, found, url)
        changed["account_url"] = url
    if picture and picture not in {a.avatar for a in ctx.world.accounts.values()}:
        raise bad_request("Invalid avatar")
    ctx.store.settings[found.id] = {**ctx.store.settings.get(found.id, {}), **changed}
    ctx.store.put_account(
        replace(
            found,
            url=url or found.url,
            bio=found.bio if bio is None else bio or None,
            avatar=picture or found.avatar,
            mature=changed.get("show_mature", found.mature),
        )
    )
    return True


def _check_name(ctx: Context, found: Account, url: str) -> None:
    if not _NAME.fullmatch(url):
        raise bad_request("The username must have 4 to 63 letters and digits")
    taken = ctx.world.account_by_name.get(url.lower())
    if taken is not None and taken.id != found.id:
        raise ApiError(409, "This username is taken")


def send_mail(ctx: Context, name: str) -> bool:
    """Send a mail to verify one's address, unless it is verified."""
    if mail_state(ctx, name):
        raise bad_request("User Previously Verified")
    return True


def follow(ctx: Context, name: str) -> bool:
    """Follow a tag."""
    viewer, tag = ctx.require_viewer(), find_tag(ctx, name)
    ctx.store.follows |= {(viewer.id, tag.name)}
    return True


def unfollow(ctx: Context, name: str) -> bool:
    """Follow a tag no more."""
    viewer, tag = ctx.require_viewer(), find_tag(ctx, name)
    if (viewer.id, tag.name) not in ctx.store.follows:
        raise ApiError(409, "Not following tag")
    ctx.store.follows -= {(viewer.id, tag.name)}
    return True


def blocks(ctx: Context, name: str) -> dict[str, Any]:
    """Answer whom one has blocked."""
    found = own_account(ctx, name)
    return {"items": [{"url": one.url} for one in blocked_accounts(ctx, found)], "next": None}


def block_state(ctx: Context, name: str) -> dict[str, Any]:
    """Answer whether one has blocked somebody."""
    viewer = ctx.require_viewer()
    return {"data": {"blocked": is_blocked(ctx, viewer, find_account(ctx, name))}}


def block(ctx: Context, name: str) -> dict[str, Any]:
    """Block somebody."""
    return _set_block(ctx, name, blocked=True)


def unblock(ctx: Context, name: str) -> dict[str, Any]:
    """Block somebody no more."""
    return _set_block(ctx, name, blocked=False)


def _set_block(ctx: Context, name: str, *, blocked: bool) -> dict[str, Any]:
    viewer, other = ctx.require_viewer(), find_account(ctx, name)
    if other.id == viewer.id:
        raise bad_request("Nobody can block oneself")
    ctx.store.blocks[viewer.id, other.id] = blocked
    return {"data": {"blocked": blocked}}


def close_account(ctx: Context) -> bool:
    """Close one's own account; its tokens are worth nothing from then on."""
    viewer = ctx.require_viewer()
    if not ctx.field("password"):
        # The sandbox has no passwords, so any will do.
        raise bad_request("A password is required")
    ctx.store.remove_account(viewer)
    return True
