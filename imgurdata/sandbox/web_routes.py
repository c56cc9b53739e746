"""Routes of the website's own API, ``/post/v1``, as far as gallery-dl asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.album_routes import find_album, find_image
from imgurdata.sandbox.context import gallery_page
from imgurdata.sandbox.web_json import web_post

if TYPE_CHECKING:
    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.uploads import Upload
    from imgurdata.sandbox.world import Post

__all__ = ["album", "all_posts", "hidden_albums", "medium", "post"]


def album(ctx: Context, item: str) -> dict[str, Any]:
    """Answer an album."""
    return _whole(ctx, find_album(ctx, item))


def _whole(ctx: Context, home: Post | Upload) -> dict[str, Any]:
    return web_post(ctx, home, home.images_at(ctx.at), home.id or "", is_album=True)


def medium(ctx: Context, item: str) -> dict[str, Any]:
    """Answer a single image."""
    picture, home = find_image(ctx, item)
    return web_post(ctx, home, [picture], item, is_album=False)


def post(ctx: Context, item: str) -> dict[str, Any]:
    """Answer a post, whichever kind it is."""
    found = ctx.world.post_by_id.get(item)
    is_album = found.is_album if found is not None else ctx.world.uploads.album(item, ctx.at)
    return album(ctx, item) if is_album else medium(ctx, item)


def all_posts(ctx: Context) -> list[dict[str, Any]]:
    """Answer a page of one's own albums and loose images, the newest first."""
    uploads = ctx.world.uploads.of_account(ctx.require_viewer().id)
    return _page(ctx, [one for one in uploads if one.created <= ctx.at])


def hidden_albums(ctx: Context) -> list[dict[str, Any]]:
    """Answer a page of one's own albums that others cannot see."""
    uploads = ctx.world.uploads.of_account(ctx.require_viewer().id)
    return _page(
        ctx,
        [
            one
            for one in uploads
            if one.created <= ctx.at and one.id is not None and one.privacy != "public"
        ],
    )


def _page(ctx: Context, uploads: list[Upload]) -> list[dict[str, Any]]:
    """Return a page; the query counts them from 1."""
    page = max(ctx.number("page", 1), 1) - 1
    rows: list[tuple[int, str, dict[str, Any]]] = []
    for home in uploads:
        for picture in home.images_at(ctx.at) if home.id is None else ():
            row = web_post(ctx, home, [picture], picture.id, is_album=False)
            rows.append((picture.created, picture.id, row))
        if home.id is not None and home.images_at(ctx.at):
            rows.append((home.created, home.id, _whole(ctx, home)))
    rows.sort(key=lambda row: row[:2], reverse=True)
    return [row for *_, row in gallery_page(rows, page)]
