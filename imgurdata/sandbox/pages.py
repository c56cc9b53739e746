"""What the sandbox shows a browser: pictures, and small pages around them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from imgurdata.sandbox import pictures
from imgurdata.sandbox.frame import page
from imgurdata.sandbox.wire import Body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.uploads import UploadedPicture
    from imgurdata.sandbox.world import Picture, World

__all__ = ["Pages"]

_KINDS = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
# Ids are 5 or 7 characters long, so the one more that asks for a thumbnail cannot be mistaken.
_FILE = re.compile(r"/([A-Za-z0-9]{7}|[A-Za-z0-9]{5})([sbtmlh]?)\.([A-Za-z0-9]{2,5})")
_POST = re.compile(r"/(?:a|gallery)/(?:[^/]*-)?([A-Za-z0-9]{5,7})(?:/comment/[0-9]+)?/?")
_ART = re.compile(r"/art/([A-Za-z0-9_/-]{1,80})\.png")
_USER = re.compile(r"/user/([A-Za-z0-9_]+)(?:/(avatar|cover))?/?")

_HOME = """<p>This is the sandbox of imgurdata. It speaks the wire of Imgur's API v3 under
<code>/3/</code>, draws the pictures that its links point at, and knows nothing of the real
Imgur: posts and people are invented.</p>
<p>It holds {posts} posts now, and more as its clock moves on.</p>"""
_MISSING = "<p>There is nothing here (any more).</p>"
_STILLS = "<p>The sandbox draws stills and GIFs only; it has no films.</p>"


class Pages:
    """Finds the picture or page of a path.

    Parameters
    ----------
    world : World
    url : str
        The sandbox's own address.
    """

    def __init__(self, world: World, url: str) -> None:
        self._world = world
        self._url = url

    def page(self, path: str, at: int) -> tuple[int, Body]:
        """Find HTTP status and body for a path at second `at` of the world."""
        if path == "/":
            born = sum(post.created <= at for post in self._world.posts)
            return 200, page("An Imgur on this machine", _HOME.format(posts=born))
        if found := _FILE.fullmatch(path):
            return self._file(found[1], found[2], found[3].lower(), at)
        if found := _POST.fullmatch(path):
            return self._post(found[1], at)
        if found := _USER.fullmatch(path):
            return self._user(found[1], found[2])
        if found := _ART.fullmatch(path):
            drawn = pictures.draw(found[1], "", 290, 290, kind="png")
            return 200, Body(drawn, "image/png")
        return _not_found()

    def _file(self, name: str, suffix: str, extension: str, at: int) -> tuple[int, Body]:
        if extension in ("mp4", "gifv", "m3u8", "webm"):
            return 404, page("No films here", _STILLS)
        kind = _KINDS.get(extension)
        if kind is None:
            return _not_found()
        known = self._known_picture(name, at)
        if known is None:
            return _not_found()
        caption, width, height = known
        drawn = "jpg" if extension == "jpeg" else extension
        return 200, Body(pictures.draw(name, caption, width, height, suffix, drawn), kind)

    def _known_picture(self, name: str, at: int) -> tuple[str, int, int] | None:
        """Find caption, width and height of a picture of a post, a tag or an account.

        A file is shown to everybody who knows its address, in a secret album or not.
        """
        found = self._world.picture_by_id.get(name)
        if found is not None:
            image, post = found
            caption = html.unescape(image.title or post.title)
            return (caption, image.width, image.height) if post.created <= at else None
        if name in self._world.tag_hashes:
            return name, 1200, 675
        uploaded = self._world.uploads.picture(name, at)
        if uploaded is None:
            return None
        own, album = uploaded
        caption = html.unescape(own.title or album.title or own.id)
        return caption, own.width, own.height

    def _post(self, name: str, at: int) -> tuple[int, Body]:
        post = self._world.post_by_id.get(name)
        if post is not None:
            if post.created > at:
                return _not_found()
            return 200, page(_shown(post.title), self._figures(post.description, post.images))
        album = self._world.uploads.album(name, at)
        if album is None or not album.is_open_to(None):
            return _not_found()
        figures = self._figures(album.description, album.images_at(at))
        return 200, page(_shown(album.title or "An album"), figures)

    def _figures(self, description: str | None, images: Sequence[Picture | UploadedPicture]) -> str:
        out = [f"<p>{_shown(description)}</p>"] if description else []
        for image in images:
            extension = {"image/png": "png", "image/gif": "gif"}.get(image.type, "jpg")
            text = _shown(image.description or image.title or "")
            out.append(
                f'<figure><img src="{self._url}/{image.id}.{extension}" alt="{text}" '
                f'width="{image.width}" height="{image.height}" loading="lazy">'
                f"<figcaption>{text}</figcaption></figure>"
            )
        return "\n".join(out)

    def _user(self, name: str, part: str | None) -> tuple[int, Body]:
        account = self._world.account_by_name.get(name.lower())
        if account is None:
            return _not_found()
        if part is None:
            return 200, page(_shown(account.url), f"<p>{_shown(account.bio or '')}</p>")
        shape = (290, 290) if part == "avatar" else (1024, 256)
        drawn = pictures.draw(f"{account.url}/{part}", account.url, *shape)
        return 200, Body(drawn, "image/jpeg")


def _shown(text: str) -> str:
    """Escape text of the world for a page; Imgur stores entities, so they are taken out first."""
    return html.escape(html.unescape(text))


def _not_found() -> tuple[int, Body]:
    return 404, page("Nothing here", _MISSING)
