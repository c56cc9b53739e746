"""Tags as Imgur writes them: in rows, in the list of tags, and with their posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.votes import share_of

if TYPE_CHECKING:
    from imgurdata.sandbox.world import Post, Tag, World

__all__ = ["tag_record", "tag_votes"]


def tag_record(tag: Tag, *, in_row: bool = False) -> dict[str, Any]:
    """Write a tag's 16 fields.

    Parameters
    ----------
    tag : Tag
    in_row : bool
        Whether it stands in a gallery row, where ``is_whitelisted`` is false whatever the tag
        (658 recorded tags of 2023); the list of tags says true.
    """
    return {
        "name": tag.name,
        "display_name": tag.display_name,
        "followers": tag.followers,
        "total_items": tag.total_items,
        "following": False,
        "is_whitelisted": tag.is_whitelisted and not in_row,
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


def tag_votes(post: Post, world: World) -> list[dict[str, Any]]:
    """Write who tagged a post and what others made of it (``/gallery/{id}/tags``).

    Mostly the one who posted did it. The votes are few and follow from post and tag.
    """
    accounts = list(world.accounts.values())
    rows = []
    for name in post.tags:
        dice = share_of("tagged", post.id, name)
        author = world.accounts[post.account_id]
        if dice > 0.9:
            author = accounts[int(share_of("by", post.id, name) * len(accounts))]
        ups = 1 + int(4 * share_of("ups", post.id, name) ** 3)
        rows.append({"name": name, "ups": ups, "downs": int(dice < 0.06), "author": author.url})
    return rows
