"""Routes of the gallery and of tags: lists, posts, votes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.comment_routes import post_comment, post_comments_route
from imgurdata.sandbox.context import (
    Context,
    Route,
    gallery_page,
    is_number,
    not_found,
    split_page,
)
from imgurdata.sandbox.gallery_json import gallery_item, tag_record, tag_votes
from imgurdata.sandbox.lists import SECTIONS, SORTS, ListKey

if TYPE_CHECKING:
    from imgurdata.sandbox.world import Post, Tag

__all__ = ["gallery_route", "tags_route"]

#: The list of tags comes out of the edge's cache (recorded headers 2017).
_CACHED = "max-age=600, stale-while-revalidate=600, stale-if-error=86400, public"

#: Number, name, description, and the list whose first post it shows.
_GALLERIES = (
    ("0", "Most Viral", "What everybody looks at today", ListKey("hot", "viral")),
    ("1", "User Submitted", "Shared a moment ago", ListKey("user", "time")),
    ("2", "Random", "Out of the depths", None),
    ("3", "Staff Picks", "Chosen by hand", ListKey("top", "top", "week")),
)

#: A word of such a length after a tag is a post's id, unless it is a sort or a page.
_ID_LENGTHS = (5, 7)


def gallery_route(rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/gallery/...``."""
    match rest:
        case ("t", tag, *more):
            return _tag_route(tag, tuple(more))
        case ("tag_info", tag):
            return Route(
                lambda ctx: tag_record(_find_tag(ctx, tag)), gallery=True, limit_headers=False
            )
        case ("album" | "image" as kind, item, *more):
            return _item_route(item, kind == "album", tuple(more))
        # A first word that is no section, nor a page that stands alone, is the id of a post.
        case (item, *more) if item not in SECTIONS and (more or not is_number(item)):
            return _item_route(item, None, tuple(more))
    split = split_page(rest, 3)
    if split is None:
        return None
    words, page = split
    return Route(lambda ctx: _list(ctx, words, page), gallery=True)


def _list(ctx: Context, words: tuple[str, ...], page: int) -> Any:
    show_viral = ctx.request.flag("showViral", True)
    key = ListKey.from_path(words, show_viral=show_viral, mature=ctx.mature)
    previews = ctx.request.flag("album_previews", True)
    posts = gallery_page(ctx.backend.lists.posts(key, ctx.at), page)
    return [gallery_item(ctx, post, previews=previews) for post in posts]


# Posts -------------------------------------------------------------------------------------------


def _item_route(item: str, is_album: bool | None, more: tuple[str, ...]) -> Route | None:
    """Return the route of a post, whose kind may be in the path, and of what belongs to it."""

    def post(ctx: Context) -> Post:
        found = ctx.world.post_by_id.get(item)
        if found is None or found.created > ctx.at or is_album not in (None, found.is_album):
            raise not_found()
        return found

    match more:
        case ():
            return Route(lambda ctx: gallery_item(ctx, post(ctx), whole=True), gallery=True)
        case ("comments", *rest):
            return post_comments_route(tuple(rest), post, gallery=True)
        case ("comment", number):
            return Route(lambda ctx: post_comment(ctx, post(ctx), number), gallery=True)
        case ("votes",):
            return Route(lambda ctx: _votes(ctx, post(ctx)), gallery=True)
        case ("tags",):
            return Route(lambda ctx: {"tags": tag_votes(ctx.world, post(ctx))}, gallery=True)
    return None


def _votes(ctx: Context, post: Post) -> dict[str, int]:
    counts = ctx.backend.growth.counts(post, ctx.at)
    return {"ups": counts.ups, "downs": counts.downs}


# Tags --------------------------------------------------------------------------------------------


def tags_route(rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/tags``."""
    return None if rest else Route(_all_tags, limit_headers=False, cache_control=_CACHED)


def _all_tags(ctx: Context) -> dict[str, Any]:
    tags = [tag for tag in ctx.world.tags.values() if tag.is_whitelisted]
    tags.sort(key=lambda tag: (-tag.followers, tag.name))
    day = ctx.at // 86_400
    return {
        "tags": [tag_record(tag) for tag in tags],
        "featured": tags[day % len(tags)].name if tags else None,
        "galleries": [
            {
                "id": number,
                "name": name,
                "description": description,
                "topPost": _top_post(ctx.anonymous, key),
            }
            for number, name, description, key in _GALLERIES
        ],
    }


def _top_post(ctx: Context, key: ListKey | None) -> dict[str, Any] | None:
    """Return the first post of a list; without one, a post that changes by the hour."""
    posts = ctx.backend.lists.posts(key or ListKey("user", "time"), ctx.at)
    if not posts:
        return None
    index = 0
    if key is None:
        drawn = hashlib.sha256(f"random {ctx.at // 3600}".encode()).digest()
        index = int.from_bytes(drawn[:8], "big") % len(posts)
    row = gallery_item(ctx, posts[index], previews=False)
    if row["is_album"]:
        row["favorite"] = None
    return row


def _tag_route(tag: str, rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/gallery/t/{tag}/...``."""
    match rest:
        case (word,) if len(word) in _ID_LENGTHS and not is_number(word) and word not in SORTS:
            return Route(lambda ctx: _tag_item(ctx, tag, word), gallery=True)
    split = split_page(rest, 2)
    if split is None:
        return None
    words, page = split
    return Route(lambda ctx: _tag_posts(ctx, tag, words, page), gallery=True)


def _tag_posts(ctx: Context, name: str, words: tuple[str, ...], page: int) -> Any:
    tag = _find_tag(ctx, name)
    key = ListKey.of_tag(tag.name, words, mature=ctx.mature)
    posts = gallery_page(ctx.backend.lists.posts(key, ctx.at), page)
    return {**tag_record(tag), "items": [gallery_item(ctx, post) for post in posts]}


def _tag_item(ctx: Context, name: str, item: str) -> Any:
    post = ctx.world.post_by_id.get(item)
    tag = _find_tag(ctx, name).name
    if post is None or post.created > ctx.at or tag not in post.tags:
        raise not_found()
    return gallery_item(ctx, post, whole=True)


def _find_tag(ctx: Context, name: str) -> Tag:
    tag = ctx.world.tags.get(name.lower().replace(" ", "_"))
    if tag is None:
        raise ApiError(404, "Tag does not exist")
    return tag
