"""Answers about albums and images, of the gallery and of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.identity import Refused
from imgurdata.sandbox.routes import Asked, Route, unauthorized
from imgurdata.sandbox.uploads import Upload

if TYPE_CHECKING:
    from imgurdata.sandbox.comment_routes import CommentRoutes
    from imgurdata.sandbox.items import Writer
    from imgurdata.sandbox.upload_json import UploadWriter
    from imgurdata.sandbox.uploads import UploadedPicture
    from imgurdata.sandbox.world import Picture, Post, World

__all__ = ["AlbumRoutes", "no_album", "no_image"]


def no_album(album: str) -> Refused:
    """Make the 404 for an album (recorded answer)."""
    return Refused(404, f"Unable to find an album with the id, {album}.")


def no_image(image: str) -> Refused:
    """Make the 404 for an image (recorded answer)."""
    return Refused(404, f"Unable to find an image with the id, {image}")


class AlbumRoutes:
    """Answers about albums and images.

    What an account keeps secret is refused to others with 403, what never was with 404.

    Parameters
    ----------
    world : World
    posts : Writer
    uploads : UploadWriter
    talk : CommentRoutes
        Answers what is asked about comments.
    """

    def __init__(
        self, world: World, posts: Writer, uploads: UploadWriter, talk: CommentRoutes
    ) -> None:
        self._world = world
        self._posts = posts
        self._uploads = uploads
        self._talk = talk

    def find_album(self, rest: tuple[str, ...]) -> Route | None:
        """Find the route of ``/3/album/...``."""
        match rest:
            case (album,):
                return Route(lambda asked: self._album(asked, album))
            case (album, "images"):
                return Route(lambda asked: self._images(asked, album))
            case (album, "image", image):
                return Route(lambda asked: self._album_image(asked, album, image))
            case (album, "comments", *more):
                return self._talk.below(
                    tuple(more), lambda asked: self._commented_album(asked, album)
                )
        return None

    def find_image(self, rest: tuple[str, ...]) -> Route | None:
        """Find the route of ``/3/image/...``."""
        match rest:
            case (image,):
                return Route(lambda asked: self._image(asked, image))
            case (image, "comments", *more):
                return self._talk.below(
                    tuple(more), lambda asked: self._commented_image(asked, image)
                )
        return None

    # Albums ----------------------------------------------------------------------------------

    def _album(self, asked: Asked, album: str) -> Any:
        found = self._find_album(asked, album)
        if isinstance(found, Upload):
            return self._uploads.album(found, asked.at, asked.viewer)
        return self._posts.album(found, asked.at, asked.viewer)

    def _images(self, asked: Asked, album: str) -> Any:
        found = self._find_album(asked, album)
        if isinstance(found, Upload):
            return self._uploads.images(found, asked.at, asked.viewer)
        return self._posts.album_images(found, asked.at, asked.viewer)

    def _album_image(self, asked: Asked, album: str, image: str) -> Any:
        found = self._find_album(asked, album)
        held = self._find_image(asked, image)
        if held[1] is not found:
            raise no_image(image)
        return self._written(asked, *held)

    def _find_album(self, asked: Asked, album: str) -> Post | Upload:
        """Find an album of the gallery or of an account."""
        post = self._world.post_by_id.get(album)
        if post is not None:
            if post.created > asked.at or not post.is_album:
                raise no_album(album)
            return post
        upload = self._world.uploads.album(album, asked.at)
        if upload is None:
            raise no_album(album)
        if not upload.is_open_to(asked.viewer):
            raise unauthorized()
        return upload

    def _commented_album(self, asked: Asked, album: str) -> Post | None:
        """Find the post whose comments are an album's: nobody comments outside the gallery."""
        found = self._find_album(asked, album)
        return None if isinstance(found, Upload) else found

    # Images ----------------------------------------------------------------------------------

    def _image(self, asked: Asked, image: str) -> Any:
        return self._written(asked, *self._find_image(asked, image))

    def _find_image(
        self, asked: Asked, image: str
    ) -> tuple[Picture, Post] | tuple[UploadedPicture, Upload]:
        found = self._world.picture_by_id.get(image)
        if found is not None:
            if found[1].created > asked.at:
                raise no_image(image)
            return found
        uploaded = self._world.uploads.picture(image, asked.at)
        if uploaded is None:
            raise no_image(image)
        if not uploaded[1].is_open_to(asked.viewer):
            raise unauthorized()
        return uploaded

    def _written(self, asked: Asked, image: Any, home: Post | Upload) -> Any:
        writer: Any = self._uploads if isinstance(home, Upload) else self._posts
        return writer.single_image(image, home, asked.at, asked.viewer)

    def _commented_image(self, asked: Asked, image: str) -> Post | None:
        """Find the post whose comments are an image's: one inside an album has none."""
        home = self._find_image(asked, image)[1]
        return None if isinstance(home, Upload) or home.is_album else home
