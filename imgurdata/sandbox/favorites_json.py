"""Gallery posts in the lists of an account, which differ from the gallery's own rows.

Recorded oddities: albums among submissions have a null ``favorite`` (2016), public favourites
have null where the gallery has values (2015-16), and the owner's favourites are a record of
their own with empty text for null (2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgurdata.sandbox.items import Writer
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.world import Post, World

__all__ = ["FavoritesWriter"]

#: What public favourites leave out (recorded answer 2016).
_UNTOLD = ("account_id", "score", "nsfw", "section", "comment_count")


class FavoritesWriter:
    """Writes submissions and favourites.

    Parameters
    ----------
    world : World
    writer : Writer
        Writes the gallery's own rows.
    url : str
        The sandbox's own address.
    """

    def __init__(self, world: World, writer: Writer, url: str) -> None:
        self._world = world
        self._writer = writer
        self._url = url

    def submission(self, post: Post, at: int, viewer: Account | None) -> dict[str, Any]:
        """Write a post in the list of what its author shared."""
        row = self._writer.gallery_item(post, at, viewer=viewer)
        if post.is_album and viewer is None:
            row["favorite"] = None
        return row

    def public_favorite(self, post: Post, at: int) -> dict[str, Any]:
        """Write a post in the favourites that everybody may read."""
        row = self._writer.gallery_item(post, at)
        row.update(dict.fromkeys(_UNTOLD), favorite=True)
        if post.is_album:
            row.update(privacy=None, layout=None)
        return row

    def own_favorite(self, post: Post, at: int) -> dict[str, Any]:
        """Write a post in the favourites that only their owner reads."""
        row = self._writer.gallery_item(post, at)
        cover, _ = self._world.picture_by_id[post.cover]
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
            "link": f"{self._url}/gallery/{post.id}",
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
            "in_gallery": True,
            "in_most_viral": row["in_most_viral"],
            "tags": None,
            "images": row["images"] if post.is_album else None,
            "has_sound": cover.has_sound,
            "animated": cover.animated,
            "type": "" if post.is_album else cover.type,
            "size": 0 if post.is_album else cover.size,
        }
