"""Answers about tags: the list of them, one of them, and the posts that have it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.identity import Refused
from imgurdata.sandbox.lists import SORTS, ListKey
from imgurdata.sandbox.routes import Asked, Route, is_number, not_found, slots
from imgurdata.sandbox.tag_json import tag_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.items import Writer
    from imgurdata.sandbox.lists import GalleryLists
    from imgurdata.sandbox.world import Tag, World

__all__ = ["TagRoutes"]

#: The list of tags comes out of the edge's cache (recorded headers 2017).
_CACHED = "max-age=600, stale-while-revalidate=600, stale-if-error=86400, public"

#: Number, name, description, and the list whose first post it shows.
_GALLERIES = (
    ("0", "Most Viral", "What everybody looks at today", ListKey("hot", "viral")),
    ("1", "User Submitted", "Shared a moment ago", ListKey("user", "time")),
    ("2", "Random", "Out of the depths", None),
    ("3", "Staff Picks", "Chosen by hand", ListKey("top", "top", "week")),
)

#: What follows a tag is a post's id, old or new, unless it is the name of a sort or a page.
_ID_LENGTHS = (5, 7)


class TagRoutes:
    """Answers about tags.

    Parameters
    ----------
    world : World
    lists : GalleryLists
    writer : Writer
    """

    def __init__(self, world: World, lists: GalleryLists, writer: Writer) -> None:
        self._world = world
        self._lists = lists
        self._writer = writer

    def find(self, rest: tuple[str, ...]) -> Route | None:
        """Find the route of ``/3/tags``."""
        return None if rest else Route(self._all, limits=False, cache_control=_CACHED)

    def find_info(self, name: str) -> Route:
        """Find the route of ``/3/gallery/tag_info/{tag}``."""
        return Route(lambda _: tag_record(self._tag(name)), gallery=True, limits=False)

    def find_posts(self, name: str, rest: tuple[str, ...]) -> Route | None:
        """Find the route of what follows ``/3/gallery/t/{tag}``."""
        if (
            len(rest) == 1
            and not is_number(rest[0])
            and rest[0] not in SORTS
            and len(rest[0]) in _ID_LENGTHS
        ):
            return Route(lambda asked: self._item(asked, name, rest[0]), gallery=True)
        parted = slots(rest, 2)
        if parted is None:
            return None
        words, page = parted
        return Route(lambda asked: self._posts(asked, name, words, page), gallery=True)

    def _all(self, asked: Asked) -> dict[str, Any]:
        tags = [tag for tag in self._world.tags.values() if tag.is_whitelisted]
        tags.sort(key=lambda tag: (-tag.followers, tag.name))
        day = asked.at // 86_400
        return {
            "tags": [tag_record(tag) for tag in tags],
            "featured": tags[day % len(tags)].name if tags else None,
            "galleries": [
                {
                    "id": number,
                    "name": name,
                    "description": description,
                    "topPost": self._top_post(key, asked.at),
                }
                for number, name, description, key in _GALLERIES
            ],
        }

    def _top_post(self, key: ListKey | None, at: int) -> dict[str, Any] | None:
        """Write the first post of a list; without one, a post that changes by the hour."""
        posts = self._lists.posts(key or ListKey("user", "time"), at)
        if not posts:
            return None
        place = 0
        if key is None:
            drawn = hashlib.sha256(f"random {at // 3600}".encode()).digest()
            place = int.from_bytes(drawn[:8], "big") % len(posts)
        row = self._writer.gallery_item(posts[place], at, previews=False)
        if row["is_album"]:
            row["favorite"] = None
        return row

    def _posts(self, asked: Asked, name: str, words: Sequence[str], page: int) -> Any:
        tag = self._tag(name)
        key = ListKey.of_tag(tag.name, words, mature=asked.mature)
        posts = self._lists.page(key, page, asked.at)
        items = [self._writer.gallery_item(p, asked.at, viewer=asked.viewer) for p in posts]
        return {**tag_record(tag), "items": items}

    def _item(self, asked: Asked, name: str, item: str) -> Any:
        post = self._world.post_by_id.get(item)
        tag = self._tag(name).name
        if post is None or post.created > asked.at or tag not in post.tags:
            raise not_found()
        return self._writer.gallery_item(post, asked.at, viewer=asked.viewer, whole=True)

    def _tag(self, name: str) -> Tag:
        tag = self._world.tags.get(name.lower().replace(" ", "_"))
        if tag is None:
            raise Refused(404, "Tag does not exist")
        return tag
