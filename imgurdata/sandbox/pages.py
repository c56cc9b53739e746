"""Pictures, and small pages around them for browsers."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from imgurdata.sandbox import pictures
from imgurdata.sandbox.films import film
from imgurdata.sandbox.templates import page, read_template
from imgurdata.sandbox.wire import Body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.context import Backend
    from imgurdata.sandbox.uploads import Picture
    from imgurdata.sandbox.world import World

__all__ = ["Moved", "escape_entities", "find_page"]

# Ids are 5 or 7 characters long, so the one more that asks for a thumbnail cannot be mistaken.
_FILE = re.compile(r"/([A-Za-z0-9]{7}|[A-Za-z0-9]{5})([sbtmlh]?)\.([A-Za-z0-9]{2,5})")
_DOWNLOAD = re.compile(r"/download/([A-Za-z0-9]{7}|[A-Za-z0-9]{5})(?:/[^/]*)?")
_POST = re.compile(r"/(?:a|gallery)/(?:[^/]*-)?([A-Za-z0-9]{5,7})(?:/comment/[0-9]+)?/?")
_ART = re.compile(r"/art/([A-Za-z0-9_/-]{1,80})\.png")
_USER = re.compile(r"/user/([A-Za-z0-9_]+)(?:/(avatar|cover))?/?")

#: A second after which nothing happens.
_ALWAYS = 2**62

_MISSING = "<p>There is nothing here (any more).</p>"
#: Where the file of a deleted picture redirects to.
_REMOVED = "/removed.png"


class Moved(Exception):
    """The file is another one: that of a deleted picture is Imgur's own."""

    location = _REMOVED


def find_page(backend: Backend, path: str, at: int) -> tuple[int, Body]:
    """Return HTTP status and body of a path at second `at` of the world."""
    world = backend.world
    if path == "/":
        count = sum(post.created <= at for post in world.posts)
        return 200, page("An Imgur on this machine", read_template("home.html").format(posts=count))
    if path == _REMOVED:
        raw = pictures.draw("removed", "The image you are looking for is gone", 161, 81, kind="png")
        return 200, Body(raw, "image/png")
    if match := _FILE.fullmatch(path):
        return _file(backend, match[1], match[2], match[3].lower(), at)
    if match := _DOWNLOAD.fullmatch(path):
        return _file(backend, match[1], "", "jpg", at)
    if match := _POST.fullmatch(path):
        return _post(backend, match[1], at)
    if match := _USER.fullmatch(path):
        return _user(world, match[1], match[2])
    if match := _ART.fullmatch(path):
        return 200, Body(pictures.draw(match[1], "", 290, 290, kind="png"), "image/png")
    return _not_found()


def _file(backend: Backend, name: str, suffix: str, extension: str, at: int) -> tuple[int, Body]:
    store = backend.store
    if name in store.gone:
        raise Moved
    if name in store.files and not (extension == "mp4" and store.files[name][:3] == b"GIF"):
        return _uploaded(backend, name, suffix)
    known = _known_picture(backend.world, name, at)
    if known is not None and extension == "mp4" and _moves(backend.world, name):
        return 200, Body(film(name, *known), "video/mp4")
    content_type = pictures.MEDIA_TYPES.get(extension)
    if content_type is None or known is None or extension == "mp4":
        return _not_found()
    kind = "jpg" if extension == "jpeg" else extension
    return 200, Body(pictures.draw(name, *known, suffix, kind), content_type)


def _moves(world: World, name: str) -> bool:
    """Return whether a picture is a film, or a GIF that Imgur also has as a film."""
    posts, forums = world.picture_by_id, world.forums.picture_by_id
    found = posts.get(name) or forums.get(name) or world.uploads.picture(name, _ALWAYS)
    return found is not None and found[0].animated


def _uploaded(backend: Backend, name: str, suffix: str) -> tuple[int, Body]:
    """Return an uploaded file as it came, whatever the extension says, or a thumbnail of it."""
    content = backend.store.files[name]
    found = backend.world.uploads.picture(name, _ALWAYS)
    kind = found[0].type if found is not None else "image/jpeg"
    if suffix:
        small = pictures.thumbnail(content, suffix)
        return _not_found() if small is None else (200, Body(small, "image/jpeg"))
    return 200, Body(content, kind)


def _known_picture(world: World, name: str, at: int) -> tuple[str, int, int] | None:
    """Return caption, width and height of a picture of a post, a tag or an account.

    A file is shown to everybody who knows its address, in a secret album or not.
    """
    found = world.picture_by_id.get(name) or world.forums.picture_by_id.get(name)
    if found is not None:
        image, post = found
        caption = html.unescape(image.title or post.title)
        return (caption, image.width, image.height) if post.created <= at else None
    for meme in world.memes:
        if meme.id == name:
            return meme.title, meme.width, meme.height
    if name in world.tag_hashes:
        return name, 1200, 675
    uploaded = world.uploads.picture(name, at)
    if uploaded is None:
        return None
    image, album = uploaded
    return html.unescape(image.title or album.title or image.id), image.width, image.height


def _post(backend: Backend, name: str, at: int) -> tuple[int, Body]:
    post = backend.world.post_by_id.get(name) or backend.world.forums.post_by_id.get(name)
    if post is not None:
        if post.created > at:
            return _not_found()
        figures = _figures(backend.url, post.description, post.images)
        return 200, page(escape_entities(post.title), figures)
    album = backend.world.uploads.album(name, at)
    if album is None or not album.is_open_to(None):
        return _not_found()
    figures = _figures(backend.url, album.description, album.images_at(at))
    return 200, page(escape_entities(album.title or "An album"), figures)


def _figures(url: str, description: str | None, images: Sequence[Picture]) -> str:
    out = [f"<p>{escape_entities(description)}</p>"] if description else []
    for image in images:
        # A film is shown by its still.
        extension = "jpg" if image.type == "video/mp4" else pictures.EXTENSIONS[image.type]
        text = escape_entities(image.description or image.title or "")
        out.append(
            f'<figure><img src="{url}/{image.id}.{extension}" alt="{text}" '
            f'width="{image.width}" height="{image.height}" loading="lazy">'
            f"<figcaption>{text}</figcaption></figure>"
        )
    return "\n".join(out)


def _user(world: World, name: str, part: str | None) -> tuple[int, Body]:
    account = world.account_by_name.get(name.lower())
    if account is None:
        return _not_found()
    if part is None:
        return 200, page(
            escape_entities(account.url), f"<p>{escape_entities(account.bio or '')}</p>"
        )
    size = (290, 290) if part == "avatar" else (1024, 256)
    return 200, Body(pictures.draw(f"{account.url}/{part}", account.url, *size), "image/jpeg")


def escape_entities(text: str) -> str:
    """Escape text of the world, which has HTML entities already, as at Imgur."""
    return html.escape(html.unescape(text))


def _not_found() -> tuple[int, Body]:
    return 404, page("Nothing here", _MISSING)
