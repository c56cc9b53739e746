"""The routes of ``/3/``: which room answers which path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.account_room import AccountRoom
from imgurdata.sandbox.album_room import AlbumRoom
from imgurdata.sandbox.comment_records import CommentWriter
from imgurdata.sandbox.comment_room import CommentRoom
from imgurdata.sandbox.gallery_room import GalleryRoom
from imgurdata.sandbox.items import Writer
from imgurdata.sandbox.lists import GalleryLists
from imgurdata.sandbox.opinions import Opinions
from imgurdata.sandbox.people_records import PeopleWriter
from imgurdata.sandbox.routes import Asked, Route, not_found
from imgurdata.sandbox.shelf_records import ShelfWriter
from imgurdata.sandbox.tag_room import TagRoom
from imgurdata.sandbox.upload_records import UploadWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.call import Call
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.world import World

__all__ = ["Api"]


def _no_such_route(_: Asked) -> Any:
    raise not_found()


class Api:
    """Finds the route of a call.

    Parameters
    ----------
    world : World
    growth : Growth
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        The epoch second of the world's start.
    """

    def __init__(self, world: World, growth: Growth, url: str, origin: int) -> None:
        lists, opinions = GalleryLists(world, growth), Opinions(world)
        posts = Writer(world, growth, opinions, url, origin)
        comments = CommentWriter(world, growth, opinions, origin)
        uploads = UploadWriter(world, url, origin)
        people = PeopleWriter(world, url, origin)
        shelf = ShelfWriter(world, posts, url)
        talk = CommentRoom(world, comments)
        tags = TagRoom(world, lists, posts)
        gallery = GalleryRoom(world, growth, lists, posts, talk, tags)
        albums = AlbumRoom(world, posts, uploads, talk)
        accounts = AccountRoom(world, growth, opinions, people, shelf, uploads, comments)
        self._rooms: dict[str, Callable[[tuple[str, ...]], Route | None]] = {
            "gallery": gallery.find,
            "tags": tags.find,
            "album": albums.find_album,
            "image": albums.find_image,
            "comment": talk.find,
            "account": accounts.find,
            "notification": accounts.find_notification,
            "credits": _credits,
        }

    def find(self, call: Call) -> Route:
        """Find the route of a call; one that says 404 where there is none."""
        room, rest = (*call.segments[1:2], "")[0], call.segments[2:]
        find = self._rooms.get(room)
        route = find(rest) if find is not None else None
        return Route(_no_such_route, stable=False) if route is None else route


def _credits(rest: tuple[str, ...]) -> Route | None:
    return None if rest else Route(lambda asked: asked.allowance.body(), stable=False)
