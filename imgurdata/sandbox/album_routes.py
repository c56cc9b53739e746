"""Routes of albums and images, of the gallery and of accounts.

What an account keeps secret is refused to others with 403, what never existed with 404.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgurdata.sandbox.album_json import album_images, album_record, single_image
from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.comment_routes import post_comments_route
from imgurdata.sandbox.context import Context, Route, unauthorized
from imgurdata.sandbox.world import Post

if TYPE_CHECKING:
    from imgurdata.sandbox.uploads import Picture, Upload

__all__ = ["album_route", "image_route", "no_album", "no_image"]


def no_album(album: str) -> ApiError:
    """Return the 404 of an album (recorded answer)."""
    return ApiError(404, f"Unable to find an album with the id, {album}.")


def no_image(image: str) -> ApiError:
    """Return the 404 of an image (recorded answer)."""
    return ApiError(404, f"Unable to find an image with the id, {image}")


def album_route(rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/album/...``."""
    match rest:
        case (album,):
            return Route(lambda ctx: album_record(ctx, _find_album(ctx, album)))
        case (album, "images"):
            return Route(lambda ctx: album_images(ctx, _find_album(ctx, album)))
        case (album, "image", image):
            return Route(lambda ctx: _album_image(ctx, album, image))
        case (album, "comments", *more):
            return post_comments_route(tuple(more), lambda ctx: _commented_album(ctx, album))
    return None


def image_route(rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/image/...``."""
    match rest:
        case (image,):
            return Route(lambda ctx: single_image(ctx, *_find_image(ctx, image)))
        case (image, "comments", *more):
            return post_comments_route(tuple(more), lambda ctx: _commented_image(ctx, image))
    return None


def _find_album(ctx: Context, album: str) -> Post | Upload:
    post = ctx.world.post_by_id.get(album)
    if post is not None:
        if post.created > ctx.at or not post.is_album:
            raise no_album(album)
        return post
    upload = ctx.world.uploads.album(album, ctx.at)
    if upload is None:
        raise no_album(album)
    if not upload.is_open_to(ctx.viewer):
        raise unauthorized()
    return upload


def _find_image(ctx: Context, image: str) -> tuple[Picture, Post | Upload]:
    found = ctx.world.picture_by_id.get(image)
    if found is not None:
        if found[1].created > ctx.at:
            raise no_image(image)
        return found
    uploaded = ctx.world.uploads.picture(image, ctx.at)
    if uploaded is None:
        raise no_image(image)
    if not uploaded[1].is_open_to(ctx.viewer):
        raise unauthorized()
    return uploaded


def _album_image(ctx: Context, album: str, image: str) -> object:
    found = _find_album(ctx, album)
    picture, home = _find_image(ctx, image)
    if home is not found:
        raise no_image(image)
    return single_image(ctx, picture, home)


def _commented_album(ctx: Context, album: str) -> Post | None:
    """Return the post whose comments are an album's: nobody comments outside the gallery."""
    found = _find_album(ctx, album)
    return found if isinstance(found, Post) else None


def _commented_image(ctx: Context, image: str) -> Post | None:
    """Return the post whose comments are an image's: one inside an album has none."""
    _, home = _find_image(ctx, image)
    return home if isinstance(home, Post) and not home.is_album else None
