"""Posts and images as the website's own API (``/post/v1``) writes them: no envelope, ISO times.

Names and kinds of the fields follow what gallery-dl reads in 2026 and two answers of 2021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.gallery_json import tag_record
from imgurdata.sandbox.world import Post

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.uploads import Picture, Upload

__all__ = ["web_post"]


def web_post(
    ctx: Context, home: Post | Upload, images: Sequence[Picture], item: str, *, is_album: bool
) -> dict[str, Any]:
    """Return a post, an album or a single image with the parts that ``include`` names."""
    post = home if isinstance(home, Post) and home.id == item else None
    wanted = set(ctx.listed("include") or ())
    owner = ctx.world.accounts.get(home.account_id)
    titled: Any = home if is_album or post is not None else images[0]
    record: dict[str, Any] = {
        "id": item,
        "account_id": home.account_id,
        "title": titled.title or "",
        "description": titled.description or "",
        **_counts(ctx, post, home, images),
        "image_count": len(images),
        "in_most_viral": post is not None and post.is_viral(ctx.at),
        "is_album": is_album,
        "is_mature": post is not None and post.nsfw,
        "cover_id": titled.cover if is_album else images[0].id,
        "created_at": ctx.iso(home.created if is_album or post else images[0].created),
        "updated_at": None,
        "url": f"{ctx.store.url}/{'a/' if is_album else ''}{item}",
        "privacy": "private" if post is None else "",
        "vote": None if post is None else ctx.store.votes.vote(ctx.viewer, post),
        "favorite": ctx.store.votes.is_favorite(ctx.viewer, item, ctx.at),
        "is_ad": False,
        "ad_type": 0,
        "ad_url": "",
        "include_album_ads": False,
        "shared_with_community": post is not None and post.in_gallery,
        "is_pending": False,
        "platform": "api",
    }
    if "tags" in wanted:
        names = () if post is None else post.tags
        record["tags"] = [tag_record(ctx.world.tags[name]) for name in names]
    if "account" in wanted:
        record["account"] = owner and {
            "id": owner.id,
            "username": owner.url,
            "avatar_url": f"{ctx.store.url}/user/{owner.url}/avatar?maxwidth=290",
            "created_at": ctx.iso(owner.created),
        }
    if "media" in wanted:
        record["media"] = [_medium(ctx, home, image) for image in images]
        record["display"] = []
    return record


def _counts(
    ctx: Context, post: Post | None, home: Post | Upload, images: Sequence[Picture]
) -> dict[str, Any]:
    if post is None:
        names = ("upvote_count", "downvote_count", "point_count", "comment_count", "favorite_count")
        views = getattr(home, "views", 0) if len(images) != 1 else images[0].views
        return {"view_count": views, **dict.fromkeys(names, 0), "score": 0, "virality": 0}
    counts = ctx.store.growth.counts(post, ctx.at)
    return {
        "view_count": counts.views,
        "upvote_count": counts.ups,
        "downvote_count": counts.downs,
        "point_count": counts.points,
        "comment_count": counts.comments,
        "favorite_count": counts.favorites,
        "score": counts.score,
        "virality": round(counts.points / (1 + counts.views) * 10_000, 3),
    }


def _medium(ctx: Context, home: Post | Upload, image: Picture) -> dict[str, Any]:
    extension = image.type.partition("/")[2]  # jpeg, not jpg
    return {
        "id": image.id,
        "account_id": home.account_id,
        "mime_type": image.type,
        "type": "video" if image.type == "video/mp4" else "image",
        "name": image.name or "",
        "basename": "",
        "url": f"{ctx.store.url}/{image.id}.{extension}",
        "ext": extension,
        "width": image.width,
        "height": image.height,
        "size": image.size,
        "metadata": {
            "title": image.title or "",
            "description": image.description or "",
            "is_animated": image.animated,
            "is_looping": image.type == "image/gif" and image.animated,
            "duration": 6.0 if image.type == "video/mp4" else 0,
            "has_sound": image.has_sound,
        },
        "created_at": ctx.iso(image.created),
        "updated_at": None,
    }
