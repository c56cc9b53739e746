"""Gallery posts and tags as Imgur writes them: field by field as in answers of 2022 to 2024.

Order and types of the fields follow recorded answers, oddities included: ``edited`` is the number
0 on a gallery row and the text "0" on an inner image, ``topic_id`` is 0 on images and null on
albums, looping is on GIFs only, and the counts of inner images are null. Albums among submissions
have a null ``favorite`` (2016), public favourites have null where the gallery has values
(2015-16), and the owner's favourites have fields of their own with empty text for null (2021).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.album_json import (
    ad_config,
    image_files,
    image_head,
    image_record,
    owner_fields,
)
from imgurdata.sandbox.votes import share_of

if TYPE_CHECKING:
    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.world import Post, Tag

__all__ = [
    "forum_item", "gallery_item", "own_favorite", "public_favorite", "submission", "tag_record",
    "tag_votes",
]  # fmt: skip

#: A list shows no more than this many images of an album (recorded answers 2021-2024).
_PREVIEWS = 3
_COUNTS = ("comment_count", "favorite_count", "ups", "downs", "points", "score")
#: What public favourites leave out (recorded answer 2016).
_OMITTED = ("account_id", "score", "nsfw", "section", "comment_count")


# Posts -------------------------------------------------------------------------------------------


def gallery_item(
    ctx: Context, post: Post, *, previews: bool = True, whole: bool = False
) -> dict[str, Any]:
    """Return a gallery post: a row of a list, or the item with all its images.

    Parameters
    ----------
    ctx : Context
    post : Post
    previews : bool
        Whether an album has ``images`` (``album_previews``).
    whole : bool
        Whether it has all images, not the first three.
    """
    if post.is_album:
        return _gallery_album(ctx, post, previews=previews, whole=whole)
    return _gallery_image(ctx, post)


def _gallery_album(ctx: Context, post: Post, *, previews: bool, whole: bool) -> dict[str, Any]:
    counts = ctx.store.growth.counts(post, ctx.at)
    cover = post.cover_image
    row: dict[str, Any] = {
        "id": post.id,
        "title": post.title,
        "description": post.description,
        "datetime": ctx.epoch(post.created),
        "cover": cover.id,
        "cover_width": cover.width,
        "cover_height": cover.height,
        **owner_fields(ctx, post),
        "privacy": "hidden",
        "layout": "blog",
        "views": counts.views,
        "link": f"{ctx.store.url}/a/{post.id}",
        "ups": counts.ups,
        "downs": counts.downs,
        "points": counts.points,
        "score": counts.score,
        "is_album": True,
        "vote": ctx.store.votes.vote(ctx.viewer, post),
        "favorite": ctx.store.votes.is_favorite(ctx.viewer, post.id, ctx.at),
        "nsfw": post.nsfw,
        "section": post.section,
        "comment_count": counts.comments,
        "favorite_count": counts.favorites,
        "topic": None,
        "topic_id": None,
        "images_count": len(post.images),
        "in_gallery": True,
        "is_ad": False,
        "tags": _row_tags(ctx, post),
        "ad_type": 0,
        "ad_url": "",
        "in_most_viral": post.is_viral(ctx.at),
        "include_album_ads": False,
    }
    if previews or whole:
        images = post.images if whole else post.images[:_PREVIEWS]
        # Not even the owner sees delete hashes here.
        anonymous = ctx.anonymous
        row["images"] = [
            {**image_record(anonymous, image, post), **dict.fromkeys(_COUNTS)} for image in images
        ]
    row["ad_config"] = ad_config(is_album=True, nsfw=post.nsfw, gallery=True)
    return row


def _gallery_image(ctx: Context, post: Post) -> dict[str, Any]:
    counts = ctx.store.growth.counts(post, ctx.at)
    image = post.images[0]
    row = image_head(ctx, image)
    row.update(
        title=post.title,
        description=post.description,
        datetime=ctx.epoch(post.created),
        views=counts.views,
        bandwidth=counts.views * image.size,
        vote=ctx.store.votes.vote(ctx.viewer, post),
        favorite=ctx.store.votes.is_favorite(ctx.viewer, post.id, ctx.at),
        nsfw=post.nsfw,
        section=post.section,
        **owner_fields(ctx, post),
        is_ad=False,
        in_most_viral=post.is_viral(ctx.at),
        has_sound=image.has_sound,
        tags=_row_tags(ctx, post),
        ad_type=0,
        ad_url="",
        edited=0,
        in_gallery=True,
        topic=None,
        topic_id=0,
    )
    row.update(image_files(ctx, image))
    row.update(
        ad_config=ad_config(is_album=False, nsfw=post.nsfw, gallery=True),
        comment_count=counts.comments,
        favorite_count=counts.favorites,
        ups=counts.ups,
        downs=counts.downs,
        points=counts.points,
        score=counts.score,
        is_album=False,
    )
    return row


def forum_item(ctx: Context, post: Post, *, whole: bool = False) -> dict[str, Any]:
    """Return a post of a forum, without anybody's votes and without an author.

    Images are as recorded (2017 and 2024); of albums none is on record.
    """
    row = gallery_item(ctx.anonymous, post, whole=whole)
    score = row["score"]
    for name in ("topic", "topic_id"):
        del row[name]
    row.update(dict.fromkeys((*_COUNTS, "account_url", "account_id")), score=score)
    row.update(
        in_gallery=False, ad_config=ad_config(is_album=post.is_album, nsfw=post.nsfw, gallery=False)
    )
    return row


# Posts in the lists of an account ----------------------------------------------------------------


def submission(ctx: Context, post: Post) -> dict[str, Any]:
    """Return a post as a row of its author's submissions."""
    row = gallery_item(ctx, post)
    if post.is_album and ctx.viewer is None:
        row["favorite"] = None
    return row


def public_favorite(ctx: Context, post: Post) -> dict[str, Any]:
    """Return a post as a row of the favourites that everybody can read."""
    row = gallery_item(ctx.anonymous, post)
    row.update(dict.fromkeys(_OMITTED), favorite=True, in_gallery=post.in_gallery)
    if post.is_album:
        row.update(privacy=None, layout=None)
    return row


def own_favorite(ctx: Context, post: Post) -> dict[str, Any]:
    """Return a post as a row of the favourites that only their owner can read."""
    row = gallery_item(ctx.anonymous, post)
    if not post.in_gallery:
        row.update(dict.fromkeys(_COUNTS))
    cover = post.cover_image
    return {
        "id": post.id,
        "title": post.title,
        "description": post.description or "",
        "cover": cover.id,
        "cover_width": cover.width,
        "cover_height": cover.height,
        "width": cover.width,
        "height": cover.height,
        "account_url": row["account_url"],
        "account_id": row["account_id"],
        "privacy": "0",
        "views": row["views"],
        "link": f"{ctx.store.url}/gallery/{post.id}",
        "ups": row["ups"],
        "downs": row["downs"],
        "points": row["points"],
        "score": 0,
        "is_album": post.is_album,
        "vote": "",
        "favorite": True,
        "nsfw": post.nsfw,
        "section": post.section or None,
        "comment_count": row["comment_count"],
        "favorite_count": row["favorite_count"],
        "topic": "",
        "topic_id": "",
        "images_count": len(post.images),
        "datetime": row["datetime"],
        "in_gallery": post.in_gallery,
        "in_most_viral": row["in_most_viral"],
        "tags": None,
        "images": row["images"] if post.is_album else None,
        "has_sound": cover.has_sound,
        "animated": cover.animated,
        "type": "" if post.is_album else cover.type,
        "size": 0 if post.is_album else cover.size,
    }


# Tags --------------------------------------------------------------------------------------------


def tag_record(tag: Tag, ctx: Context | None = None) -> dict[str, Any]:
    """Return the 16 fields of a tag; with a context, as its viewer follows it."""
    pairs = ctx.store.follows if ctx is not None else ()
    followers = [account for account, name in pairs if name == tag.name]
    return {
        "name": tag.name,
        "display_name": tag.display_name,
        "followers": tag.followers + len(followers),
        "total_items": tag.total_items,
        "following": ctx is not None and any(map(ctx.is_viewer, followers)),
        "is_whitelisted": tag.is_whitelisted,
        "background_hash": tag.background_hash,
        "thumbnail_hash": tag.thumbnail_hash,
        "accent": tag.accent,
        "background_is_animated": False,
        "thumbnail_is_animated": False,
        "is_promoted": False,
        "description": tag.description,
        "logo_hash": None,
        "logo_destination_url": None,
        "description_annotations": {},
    }


def _row_tags(ctx: Context, post: Post) -> list[dict[str, Any]]:
    return [_row_tag(ctx.world.tags[name]) for name in post.tags]


@lru_cache(maxsize=1024)
def _row_tag(tag: Tag) -> dict[str, Any]:
    # False whatever the tag in 658 recorded tags of rows; the list of tags says true.
    return {**tag_record(tag), "is_whitelisted": False}


def tag_votes(ctx: Context, post: Post) -> list[dict[str, Any]]:
    """Return who tagged a post and the votes on that (``/gallery/{id}/tags``).

    Mostly the author did it. The votes are few and follow from post and tag.
    """
    people, cast = ctx.world.people, list(ctx.store.tag_votes.items())
    rows = []
    for name in post.tags:
        dice = share_of("tagged", post.id, name)
        author = ctx.world.accounts[post.account_id]
        if dice > 0.9:
            author = people[int(share_of("by", post.id, name) * len(people))]
        votes = [vote for (_, *thing), vote in cast if thing == [post.id, name]]
        ups = 1 + int(4 * share_of("ups", post.id, name) ** 3) + votes.count("up")
        downs = int(dice < 0.06) + votes.count("down")
        rows.append({"name": name, "ups": ups, "downs": downs, "author": author.url})
    return rows
