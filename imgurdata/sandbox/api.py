"""The routes of ``/3/``: which answer belongs to which path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.identity import Refused
from imgurdata.sandbox.lists import SECTIONS, ListKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.call import Call
    from imgurdata.sandbox.identity import Identity
    from imgurdata.sandbox.items import Writer
    from imgurdata.sandbox.limits import Allowance
    from imgurdata.sandbox.lists import GalleryLists
    from imgurdata.sandbox.world import Picture, Post, World

__all__ = ["Api", "Asked", "Route"]

#: Deeper pages than this exist nowhere; longer numbers are not even read.
_PAGE_DIGITS = 9


@dataclass(frozen=True)
class Asked:
    """A call with what is known about it when its answer is made.

    Attributes
    ----------
    call : Call
    who : Identity
    at : int
        Second of the world.
    allowance : Allowance
        What the caller has left, this call included.
    """

    call: Call
    who: Identity
    at: int
    allowance: Allowance


@dataclass(frozen=True)
class Route:
    """A kind of answer.

    Attributes
    ----------
    answer : callable
        Makes ``data``; raises `Refused`.
    cost : int
        Credits.
    gallery : bool
        Whether its 404s carry limit headers (those of other routes have none).
    stable : bool
        Whether the same call by the same caller has the same answer until the clock moves.
    methods : tuple of str
    """

    answer: Callable[[Asked], Any]
    cost: int = 1
    gallery: bool = False
    stable: bool = True
    methods: tuple[str, ...] = ("GET", "HEAD")


def _no_such_route(_: Asked) -> Any:
    raise Refused(404, "Not Found")


class Api:
    """Finds the route of a call and makes its data.

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
        self._rooms: dict[str, Callable[[tuple[str, ...]], Route | None]] = {
            "gallery": self._gallery_route,
            "album": self._album_route,
            "image": self._image_route,
            "account": self._account_route,
            "credits": self._credits_route,
        }

    def find(self, call: Call) -> Route:
        """Find the route of a call; one that says 404 where there is none."""
        room, rest = (*call.segments[1:2], "")[0], call.segments[2:]
        find = self._rooms.get(room)
        route = find(rest) if find is not None else None
        return Route(_no_such_route, stable=False) if route is None else route

    # Gallery ---------------------------------------------------------------------------------

    def _gallery_route(self, rest: tuple[str, ...]) -> Route | None:
        if len(rest) == 2 and rest[0] in ("album", "image"):
            is_album = rest[0] == "album"
            return Route(lambda asked: self._gallery_item(asked, rest[1], is_album), gallery=True)
        # A first word that is no section is an item; after a section, words that Imgur does not
        # know count as not given.
        is_page = len(rest) == 1 and _is_page(rest[0]) and rest[0] not in self._world.post_by_id
        if rest and rest[0] not in SECTIONS and not is_page:
            if len(rest) > 1:
                return None
            return Route(lambda asked: self._gallery_item(asked, rest[0], None), gallery=True)
        slots, page = _slots(rest)
        if slots is None:
            return None
        return Route(lambda asked: self._gallery_list(asked, slots, page), gallery=True)

    def _gallery_list(self, asked: Asked, slots: tuple[str, ...], page: int) -> Any:
        viewer = asked.who.account
        mature = viewer.shows_mature if viewer is not None else asked.call.flag("mature", False)
        key = ListKey.of(slots, show_viral=asked.call.flag("showViral", True), mature=mature)
        previews = asked.call.flag("album_previews", True)
        return [
            self._writer.gallery_item(post, asked.at, viewer=viewer, previews=previews)
            for post in self._lists.page(key, page, asked.at)
        ]

    def _gallery_item(self, asked: Asked, item: str, is_album: bool | None) -> Any:
        post = self._post(item, asked.at)
        if post is None or is_album not in (None, post.is_album):
            raise Refused(404, "Not Found")
        return self._writer.gallery_item(post, asked.at, viewer=asked.who.account, whole=True)

    # Albums and images -----------------------------------------------------------------------

    def _album_route(self, rest: tuple[str, ...]) -> Route | None:
        match rest:
            case (album,):
                return Route(lambda asked: self._writer.album(self._album(asked, album), asked.at))
            case (album, "images"):
                return Route(
                    lambda asked: self._writer.album_images(self._album(asked, album), asked.at)
                )
            case (album, "image", image):
                return Route(lambda asked: self._album_image(asked, album, image))
        return None

    def _album(self, asked: Asked, album: str) -> Post:
        post = self._post(album, asked.at)
        if post is None or not post.is_album:
            raise Refused(404, f"Unable to find an album with the id, {album}.")
        return post

    def _album_image(self, asked: Asked, album: str, image: str) -> Any:
        post = self._album(asked, album)
        found = self._picture(image, asked.at)
        if found is None or found[1] is not post:
            raise _no_image(image)
        return self._writer.single_image(*found, asked.at)

    def _image_route(self, rest: tuple[str, ...]) -> Route | None:
        return Route(lambda asked: self._image(asked, rest[0])) if len(rest) == 1 else None

    def _image(self, asked: Asked, image: str) -> Any:
        found = self._picture(image, asked.at)
        if found is None:
            raise _no_image(image)
        return self._writer.single_image(*found, asked.at)

    def _post(self, item: str, at: int) -> Post | None:
        post = self._world.post_by_id.get(item)
        return post if post is not None and post.created <= at else None

    def _picture(self, image: str, at: int) -> tuple[Picture, Post] | None:
        found = self._world.picture_by_id.get(image)
        return found if found is not None and found[1].created <= at else None

    # Accounts and credits --------------------------------------------------------------------

    def _account_route(self, rest: tuple[str, ...]) -> Route | None:
        return Route(lambda asked: self._account(asked, *rest)) if len(rest) <= 1 else None

    def _account(self, asked: Asked, name: str = "me") -> Any:
        by_id = asked.call.query.get("account_id", "")
        account = asked.who.account
        if by_id:
            number = int(by_id) if _is_page(by_id) else -1
            account = self._world.accounts.get(number)
        elif name.lower() != "me":
            account = self._world.account_by_name.get(name.lower())
        elif account is None:
            # Recorded in 2024 on /3/account; older answers say 401 "Authentication required".
            raise Refused(403, "This method requires authentication")
        if account is None:
            raise Refused(404, "Not Found")
        return self._writer.account(account)

    def _credits_route(self, rest: tuple[str, ...]) -> Route | None:
        return None if rest else Route(lambda asked: asked.allowance.body(), stable=False)


def _no_image(image: str) -> Refused:
    return Refused(404, f"Unable to find an image with the id, {image}")


def _is_page(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _PAGE_DIGITS


def _slots(rest: tuple[str, ...]) -> tuple[tuple[str, ...], int] | tuple[None, int]:
    """Part a list's path into section, sort and window, as far as given, and the page.

    Both the short form ``/{section}/{sort}/{page}`` and the long form with the window are Imgur's.
    """
    page = 0
    if rest and _is_page(rest[-1]):
        rest, page = rest[:-1], int(rest[-1])
    return (None, 0) if len(rest) > 3 else (rest, page)
