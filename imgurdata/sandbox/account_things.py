"""What belongs to an account: its albums, images and comments, 50 a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.album_routes import no_album, no_image
from imgurdata.sandbox.comment_routes import NO_COMMENT
from imgurdata.sandbox.routes import Asked, Route, is_number, page_of, slots, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.comment_json import CommentWriter
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.upload_json import UploadWriter
    from imgurdata.sandbox.world import World

    FindAccount = Callable[[Asked, str], Account]

__all__ = ["AccountThings"]


class AccountThings:
    """Answers what an account has.

    Albums: the public ones to everybody, all to the owner. Images: to the owner only. Comments:
    to everybody unless the account is private.

    Parameters
    ----------
    world : World
    uploads : UploadWriter
    comments : CommentWriter
    """

    def __init__(self, world: World, uploads: UploadWriter, comments: CommentWriter) -> None:
        self._world = world
        self._uploads = uploads
        self._comments = comments

    # Lists -----------------------------------------------------------------------------------

    def find_list(
        self, find: FindAccount, name: str, what: str, more: tuple[str, ...]
    ) -> Route | None:
        """Find the route of a list, of its ids or of its count.

        Parameters
        ----------
        find : callable
            Finds the account; may refuse.
        name : str
        what : {"albums", "images", "comments"}
        more : tuple of str
            What follows in the path.
        """
        form = more[0] if more and more[0] in ("ids", "count") else ""
        parted = slots(more[1:] if form else more, 1 if what == "comments" else 0)
        if parted is None or (form == "count" and len(more) > 1):
            return None
        words, page = parted
        sort = words[0] if words else "newest"

        def answer(asked: Asked) -> Any:
            rows, key, write = self._rows(asked, find(asked, name), what, sort)
            if form == "count":
                return len(rows)
            part = page_of(rows, page, asked.call)
            return [key(row) if form else write(row) for row in part]

        return Route(answer)

    def _rows(
        self, asked: Asked, account: Account, what: str, sort: str
    ) -> tuple[Sequence[Any], Callable[[Any], Any], Callable[[Any], Any]]:
        """Find a list, and how to tell a row's id and write the row."""
        at, viewer = asked.at, asked.viewer
        if what == "albums":
            albums = self._world.uploads.albums_of(account, viewer, at)
            return albums, lambda a: a.id, lambda a: self._uploads.listed(a, at, viewer)
        if what == "images":
            _only_owner(asked, account)
            images = self._world.uploads.images_of(account, at)
            return (
                images,
                lambda pair: pair[0].id,
                lambda pair: self._uploads.image(pair[0], pair[1], at, viewer, listed=True),
            )
        _not_private(asked, account)
        comments = self._comments.by_author(account, at, sort)
        return comments, lambda c: c.id, lambda c: self._comments.flat(c, at, viewer)

    # Single ones -----------------------------------------------------------------------------

    def find_one(self, find: FindAccount, name: str, what: str, item: str) -> Route | None:
        """Find the route of one album, image or comment of an account."""
        ways = {"album": self._album, "image": self._image, "comment": self._comment}
        way = ways.get(what)
        return way and Route(lambda asked: way(asked, find(asked, name), item))

    def _album(self, asked: Asked, account: Account, item: str) -> Any:
        album = self._world.uploads.album(item, asked.at)
        if album is None or album.account_id != account.id:
            raise no_album(item)
        if not album.is_open_to(asked.viewer):
            raise unauthorized()
        return self._uploads.album(album, asked.at, asked.viewer)

    def _image(self, asked: Asked, account: Account, item: str) -> Any:
        _only_owner(asked, account)
        found = self._world.uploads.picture(item, asked.at)
        if found is None or found[1].account_id != account.id:
            raise no_image(item)
        return self._uploads.single_image(*found, asked.at, asked.viewer)

    def _comment(self, asked: Asked, account: Account, item: str) -> Any:
        _not_private(asked, account)
        known = is_number(item[:-1]) and is_number(item[-1:])
        comment = self._world.comments.find(int(item), asked.at) if known else None
        if comment is None or comment.account_id != account.id or comment.is_deleted(asked.at):
            return NO_COMMENT
        return self._comments.flat(comment, asked.at, asked.viewer)


def _only_owner(asked: Asked, account: Account) -> None:
    if account is not asked.viewer:
        raise unauthorized()


def _not_private(asked: Asked, account: Account) -> None:
    if account.private and account is not asked.viewer:
        raise unauthorized()
