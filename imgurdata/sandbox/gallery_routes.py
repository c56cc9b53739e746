"""Routes of the gallery: lists, posts, tags, forums, search, and what is done to posts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.context import (
    bad_request,
    gallery_page,
    not_found,
    paged,
    tag_name,
    truth,
    unauthorized,
)
from imgurdata.sandbox.gallery_json import forum_item, gallery_item, tag_record, tag_votes
from imgurdata.sandbox.lists import ListKey
from imgurdata.sandbox.search import Search
from imgurdata.sandbox.votes import VOTES
from imgurdata.sandbox.world import Post, Tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.uploads import Picture, Upload

__all__ = [
    "change_tags", "check_reason", "check_vote", "find_post", "find_tag", "forum", "forum_post",
    "new_tags", "post", "posts", "random_posts", "remove", "report", "search", "share",
    "tag_info", "tag_post", "tag_posts", "tags", "tags_of", "unlisted_post", "vote",
    "vote_on_tag", "votes",
]  # fmt: skip

#: Number, name, description, and the list whose first post it shows.
_GALLERIES = (
    ("0", "Most Viral", "What everybody looks at today", ListKey("hot", "viral")),
    ("1", "User Submitted", "Shared a moment ago", ListKey("user", "time")),
    ("2", "Random", "Out of the depths", None),
    ("3", "Staff Picks", "Chosen by hand", ListKey("top", "top", "week")),
)
#: Reasons of a report, by number (API reference, Writes).
_REASONS = ("1", "2", "3", "4", "5")
_LONGEST_TITLE = 128


# Lists -------------------------------------------------------------------------------------------


def posts(ctx: Context, *rest: str) -> Any:
    """Answer a page of a section of the gallery."""
    words, page = paged(rest, 3)
    show_viral = ctx.request.flag("showViral", True)
    key = ListKey.from_path(words, show_viral=show_viral, mature=ctx.mature)
    return _page(ctx, key, page, previews=ctx.request.flag("album_previews", True))


def _page(ctx: Context, key: ListKey, page: int, *, previews: bool = True) -> list[dict[str, Any]]:
    return [
        gallery_item(ctx, row, previews=previews) if row.in_gallery else forum_item(ctx, row)
        for row in ctx.posts(key, page)
    ]


def search(ctx: Context, *rest: str) -> Any:
    """Answer a page of what a search finds."""
    words, page = paged(rest, 2)
    key = ListKey.of_search(Search.of(ctx.request.query), words, mature=ctx.mature)
    return _page(ctx, key, page)


def random_posts(ctx: Context, *rest: str) -> Any:
    """Answer a page of posts in an order that changes by the hour."""
    _, page = paged(rest, 1)
    found = ctx.store.posts(ListKey("user", "time", mature=ctx.mature), ctx.at)
    hour = ctx.at // 3600
    shuffled = sorted(found, key=lambda row: hashlib.sha256(f"{hour} {row.id}".encode()).digest())
    return [gallery_item(ctx, row) for row in gallery_page(shuffled, page)]


def forum(ctx: Context, name: str, *rest: str) -> Any:
    """Answer a page of a forum."""
    words, page = paged(rest, 2)
    if name.lower() not in ctx.world.forums.by_name:
        raise not_found()
    return _page(ctx, ListKey.of_forum(name, words), page)


def forum_post(ctx: Context, name: str, item: str) -> Any:
    """Answer one post of a forum."""
    found = ctx.world.forums.post_by_id.get(item)
    if found is None or found.created > ctx.at or found.section.lower() != name.lower():
        raise not_found()
    return forum_item(ctx, found, whole=True)


# Posts -------------------------------------------------------------------------------------------


def find_post(ctx: Context, item: str, kind: str | None = None) -> Post:
    """Return the post of an id, of the kind that the path names."""
    found = ctx.world.post_by_id.get(item)
    is_album = {"album": True, "image": False}.get(kind or "")
    if found is None or found.created > ctx.at or is_album not in (None, found.is_album):
        raise not_found()
    return found


def post(ctx: Context, kind: str | None, item: str) -> Any:
    """Answer one post with all its images."""
    return gallery_item(ctx, find_post(ctx, item, kind), whole=True)


def votes(ctx: Context, kind: str | None, item: str) -> Any:
    """Answer the votes of a post."""
    counts = ctx.store.growth.counts(find_post(ctx, item, kind), ctx.at)
    return {"ups": counts.ups, "downs": counts.downs}


def tags_of(ctx: Context, kind: str | None, item: str) -> Any:
    """Answer who tagged a post, and the votes on that."""
    return {"tags": tag_votes(ctx, find_post(ctx, item, kind))}


# Tags --------------------------------------------------------------------------------------------


def find_tag(ctx: Context, name: str) -> Tag:
    """Return the tag of a name, whose case does not matter."""
    tag = ctx.world.tags.get(tag_name(name))
    if tag is None:
        raise ApiError(404, "Tag does not exist")
    return tag


def tags(ctx: Context) -> dict[str, Any]:
    """Answer the featured tags."""
    listed = [tag for tag in ctx.world.tags.values() if tag.is_whitelisted]
    listed.sort(key=lambda tag: (-tag.followers, tag.name))
    day = ctx.at // 86_400
    return {
        "tags": [tag_record(tag, ctx) for tag in listed],
        "featured": listed[day % len(listed)].name if listed else None,
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
    found = ctx.store.posts(key or ListKey("user", "time"), ctx.at)
    if not found:
        return None
    index = 0
    if key is None:
        drawn = hashlib.sha256(f"random {ctx.at // 3600}".encode()).digest()
        index = int.from_bytes(drawn[:8], "big") % len(found)
    row = gallery_item(ctx, found[index], previews=False)
    if row["is_album"]:
        row["favorite"] = None
    return row


def tag_info(ctx: Context, name: str) -> Any:
    """Answer a tag."""
    return tag_record(find_tag(ctx, name), ctx)


def tag_posts(ctx: Context, name: str, *rest: str) -> Any:
    """Answer a tag with a page of its posts."""
    found = ctx.tagged([tag_name(name)], rest)
    tag = tag_record(find_tag(ctx, name), ctx)
    return {**tag, "items": [gallery_item(ctx, row) for row in found]}


def tag_post(ctx: Context, name: str, item: str) -> Any:
    """Answer one post of a tag."""
    tag, found = find_tag(ctx, name), find_post(ctx, item)
    if tag.name not in found.tags:
        raise not_found()
    return gallery_item(ctx, found, whole=True)


# Writes ------------------------------------------------------------------------------------------


def vote(ctx: Context, kind: str | None, item: str, choice: str) -> bool:
    """Vote on a post."""
    viewer, found = ctx.require_viewer(), find_post(ctx, item, kind)
    check_vote(choice)
    ctx.store.votes.cast(viewer, found, choice)
    return True


def vote_on_tag(ctx: Context, item: str, name: str, choice: str) -> bool:
    """Vote on a tag of a post."""
    viewer, found, tag = ctx.require_viewer(), find_post(ctx, item), find_tag(ctx, name)
    if tag.name not in found.tags:
        raise ApiError(404, "Tag does not exist")
    check_vote(choice)
    ctx.store.tag_votes[viewer.id, found.id, tag.name] = choice
    return True


def report(ctx: Context, kind: str | None, item: str) -> bool:
    """Report a post, which changes nothing that clients can see."""
    ctx.require_viewer()
    find_post(ctx, item, kind)
    check_reason(ctx)
    return True


def check_vote(choice: str) -> None:
    """Refuse a vote that does not exist."""
    if choice not in VOTES:
        raise bad_request("Invalid vote")


def check_reason(ctx: Context) -> None:
    """Refuse a report whose reason does not exist; it may have none."""
    if ctx.field("reason") not in (None, *_REASONS):
        raise bad_request("Invalid report reason")


def _own_post(ctx: Context, item: str) -> Post:
    viewer, found = ctx.require_viewer(), find_post(ctx, item)
    if found.account_id != viewer.id:
        raise unauthorized()
    return found


def change_tags(ctx: Context, item: str) -> bool:
    """Replace the tags of a post of one's own."""
    found = _own_post(ctx, item)
    names = ctx.listed("tags")
    if names is None:
        raise bad_request("No tags were sent")
    ctx.store.put_post(replace(found, tags=new_tags(ctx, names)), found)
    return True


def new_tags(ctx: Context, names: Sequence[str]) -> tuple[str, ...]:
    """Return tags of these names; unknown ones are made."""
    made = []
    for name in dict.fromkeys(map(tag_name, names)):
        if name not in ctx.world.tags:
            tag = Tag(name, name.replace("_", " "), 0, 1, name[:7], None, None, "", False)
            # Replaced, since others may be reading all tags.
            ctx.world.tags = {**ctx.world.tags, name: tag}
        made.append(name)
    return tuple(made)


def share(ctx: Context, kind: str | None, item: str) -> bool:
    """Share an image or an album of one's own to the gallery."""
    viewer, uploads = ctx.require_viewer(), ctx.world.uploads
    title = ctx.field("title") or ""
    if not title.strip() or len(title) > _LONGEST_TITLE:
        raise bad_request(f"A title of 1 to {_LONGEST_TITLE} characters is required")
    found = None if kind == "image" else uploads.album(item, ctx.at)
    if found is not None:
        images: Sequence[Picture] = found.images_at(ctx.at)
        home: Upload | None = found
    else:
        picture, home = (kind != "album" and uploads.picture(item, ctx.at)) or (None, None)
        images = [] if picture is None else [picture]
    if home is None:
        raise not_found()
    if home.account_id != viewer.id:
        raise unauthorized()
    if not images:
        raise bad_request("An empty album cannot be shared")
    if item in ctx.world.post_by_id:
        raise ApiError(409, "Already in the gallery")
    shared = unlisted_post(ctx, item, images, is_album=found is not None, home=home)
    named = new_tags(ctx, ctx.listed("tags") or ())
    ctx.store.put_post(
        replace(shared, title=title, nsfw=truth(ctx.field("mature")), tags=named, in_gallery=True)
    )
    # Who shares a post votes for it.
    ctx.store.votes.cast(viewer, ctx.world.post_by_id[item], "up")
    return True


def unlisted_post(
    ctx: Context, item: str, images: Sequence[Picture], *, is_album: bool, home: Upload | Post
) -> Post:
    """Return an image or an album as a post that is in no gallery and has no counts."""
    cover = getattr(home, "cover", None) if is_album else item
    text = home if is_album else images[0]
    zeros = dict.fromkeys(("views", "ups", "downs", "comments", "favorites"), 0)
    return Post(
        id=item,
        account_id=home.account_id,
        created=ctx.at,
        title=text.title or "",
        description=text.description,
        is_album=is_album,
        nsfw=False,
        section="",
        tags=(),
        cover=cover or images[0].id,
        images=tuple(images),
        half_life=15_000,
        score_factor=1.0,
        viral_at=None,
        in_gallery=False,
        **zeros,
    )


def remove(ctx: Context, item: str) -> bool:
    """Take a post of one's own out of the gallery."""
    ctx.store.remove_post(_own_post(ctx, item))
    return True
