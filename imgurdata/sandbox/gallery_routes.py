"""Answers about the gallery: its lists, its posts, and what people did with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.lists import SECTIONS, ListKey
from imgurdata.sandbox.routes import Asked, Route, is_number, not_found, slots
from imgurdata.sandbox.tag_json import tag_votes

if TYPE_CHECKING:
    from imgurdata.sandbox.comment_routes import CommentRoutes
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.items import Writer
    from imgurdata.sandbox.lists import GalleryLists
    from imgurdata.sandbox.tag_routes import TagRoutes
    from imgurdata.sandbox.world import Post, World

__all__ = ["GalleryRoutes"]


class GalleryRoutes:
    """Answers about the gallery.

    Parameters
    ----------
    world : World
    growth : Growth
    lists : GalleryLists
    writer : Writer
    talk : CommentRoutes
        Answers what is asked about a post's comments.
    tags : TagRoutes
        Answers what is asked about tags.
    """

    def __init__(
        self,
        world: World,
        growth: Growth,
        lists: GalleryLists,
        writer: Writer,
        talk: CommentRoutes,
        tags: TagRoutes,
    ) -> None:
        self._world = world
        self._growth = growth
        self._lists = lists
        self._writer = writer
        self._talk = talk
        self._tags = tags

    def find(self, rest: tuple[str, ...]) -> Route | None:
        """Find the route of ``/3/gallery/...``."""
        match rest:
            case ("t", tag, *more):
                return self._tags.find_posts(tag, tuple(more))
            case ("tag_info", tag):
                return self._tags.find_info(tag)
            case ("album" | "image" as kind, item, *more):
                return self._item_route(item, kind == "album", tuple(more))
        # A first word that is no section is an item; after a section, words that Imgur does not
        # know count as not given.
        is_page = len(rest) == 1 and is_number(rest[0]) and rest[0] not in self._world.post_by_id
        if rest and rest[0] not in SECTIONS and not is_page:
            return self._item_route(rest[0], None, rest[1:])
        parted = slots(rest, 3)
        if parted is None:
            return None
        words, page = parted
        return Route(lambda asked: self._list(asked, words, page), gallery=True)

    def _item_route(self, item: str, is_album: bool | None, more: tuple[str, ...]) -> Route | None:
        """Find the route of a post, whose kind may be told, and of what belongs to it."""

        def post(asked: Asked) -> Post:
            return self._post(asked, item, is_album)

        match more:
            case ():
                return Route(lambda asked: self._item(asked, post(asked)), gallery=True)
            case ("comments", *rest):
                return self._talk.below(tuple(rest), post, gallery=True)
            case ("comment", number):
                return Route(lambda asked: self._comment(asked, post(asked), number), gallery=True)
            case ("votes",):
                return Route(lambda asked: self._votes(asked, post(asked)), gallery=True)
            case ("tags",):
                return Route(
                    lambda asked: {"tags": tag_votes(post(asked), self._world)}, gallery=True
                )
        return None

    def _post(self, asked: Asked, item: str, is_album: bool | None) -> Post:
        post = self._world.post_by_id.get(item)
        if post is None or post.created > asked.at or is_album not in (None, post.is_album):
            raise not_found()
        return post

    def _list(self, asked: Asked, words: tuple[str, ...], page: int) -> Any:
        show_viral = asked.call.flag("showViral", True)
        key = ListKey.of(words, show_viral=show_viral, mature=asked.mature)
        previews = asked.call.flag("album_previews", True)
        return [
            self._writer.gallery_item(post, asked.at, viewer=asked.viewer, previews=previews)
            for post in self._lists.page(key, page, asked.at)
        ]

    def _item(self, asked: Asked, post: Post) -> Any:
        return self._writer.gallery_item(post, asked.at, viewer=asked.viewer, whole=True)

    def _comment(self, asked: Asked, post: Post, number: str) -> Any:
        return self._talk.single(asked, number, lambda comment: comment.post == post.id)

    def _votes(self, asked: Asked, post: Post) -> dict[str, int]:
        counts = self._growth.counts(post, asked.at)
        return {"ups": counts.ups, "downs": counts.downs}
