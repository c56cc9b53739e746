"""The routes of ``/3/``: which family answers which path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.account_routes import AccountRoutes
from imgurdata.sandbox.album_routes import AlbumRoutes
from imgurdata.sandbox.comment_json import CommentWriter
from imgurdata.sandbox.comment_routes import CommentRoutes
from imgurdata.sandbox.favorites_json import FavoritesWriter
from imgurdata.sandbox.gallery_routes import GalleryRoutes
from imgurdata.sandbox.items import Writer
from imgurdata.sandbox.lists import GalleryLists
from imgurdata.sandbox.people_json import PeopleWriter
from imgurdata.sandbox.routes import Asked, Route, not_found
from imgurdata.sandbox.tag_routes import TagRoutes
from imgurdata.sandbox.upload_json import UploadWriter
from imgurdata.sandbox.votes import Votes

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
        lists, votes = GalleryLists(world, growth), Votes(world)
        posts = Writer(world, growth, votes, url, origin)
        comments = CommentWriter(world, growth, votes, origin)
        uploads = UploadWriter(world, url, origin)
        people = PeopleWriter(world, url, origin)
        favorites = FavoritesWriter(world, posts, url)
        talk = CommentRoutes(world, comments)
        tags = TagRoutes(world, lists, posts)
        gallery = GalleryRoutes(world, growth, lists, posts, talk, tags)
        albums = AlbumRoutes(world, posts, uploads, talk)
        accounts = AccountRoutes(world, growth, votes, people, favorites, uploads, comments)
        self._families: dict[str, Callable[[tuple[str, ...]], Route | None]] = {
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
        family, rest = (*call.segments[1:2], "")[0], call.segments[2:]
        find = self._families.get(family)
        route = find(rest) if find is not None else None
        return Route(_no_such_route, stable=False) if route is None else route


def _credits(rest: tuple[str, ...]) -> Route | None:
    return None if rest else Route(lambda asked: asked.allowance.body(), stable=False)
