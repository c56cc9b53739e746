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

    from imgurdata.sandbox.store import Store
    from imgurdata.sandbox.uploads import Picture
    from imgurdata.sandbox.world import World

__all__ = ["Moved", "escape_entities", "find_page"]

# Ids are 5 or 7 characters long, so the one more that asks for a thumbnail cannot be mistaken.
_FILE = re.compile(r"/([A-Za-z0-9]{7}|[A-Za-z0-9]{5})([sbtmlh]?)\.([A-Za-z0-9]{2,5})")
_DOWNLOAD = re.compile(r"/download/([A-Za-z0-9]{7}|[A-Za-z0-9]{5})(?:/[^/]*)?")
_POST = re.compile(r"/(?:a|gallery)/(?:[^/]*-)?([A-Za-z0-9]{5,7})(?:/comment/[0-9]+)?/?")
_ART = re.compile(r"/art/([A-Za-z0-9_/-]{1,80})\.png")
_USER = re.compile(r"/user/([A-Za-z0-9_]+)(?:/(avatar|cover))?/?")

_MISSING = "<p>There is nothing here (any more).</p>"
#: Where the file of a deleted picture redirects to.
_REMOVED = "/removed.png"


class Moved(Exception):
    """The file is another one: that of a deleted picture is Imgur's own."""

    location = _REMOVED


def find_page(store: Store, path: str, at: int) -> tuple[int, Body]:
    """Return HTTP status and body of a path at second `at` of the world."""
    world = store.world
    if path == "/":
        count = sum(post.created <= at for post in world.posts)
        return 200, page("An Imgur on this machine", read_template("home.html").format(posts=count))
    if path == _REMOVED:
        raw = pictures.draw("removed", "The image you are looking for is gone", 161, 81, kind="png")
        return 200, Body(raw, "image/png")
    if match := _FILE.fullmatch(path):
        return _file(store, match[1], match[2], match[3].lower(), at)
    if match := _DOWNLOAD.fullmatch(path):
        return _file(store, match[1], "", "jpg", at)
    if match := _POST.fullmatch(path):
        return _post(store, match[1], at)
    if match := _USER.fullmatch(path):
        return _user(world, match[1], match[2])
    if match := _ART.fullmatch(path):
        return 200, Body(pictures.draw(match[1], "", 290, 290, kind="png"), "image/png")
    return _not_found()


def _file(store: Store, name: str, suffix: str, extension: str, at: int) -> tuple[int, Body]:
    """Return a file, which is shown to everybody who knows its address, secret or not."""
    world = store.world
    if name in store.gone:
        raise Moved
    found, uploaded = world.find_picture(name, at), store.files.get(name)
    if found is not None and uploaded and not (extension == "mp4" and uploaded[:3] == b"GIF"):
        return _uploaded(uploaded, found[0].type, suffix)
    if found is not None:
        image, home = found
        caption = html.unescape(image.title or home.title or image.id)
        return _drawn(name, caption, image.width, image.height, suffix, extension, image.animated)
    if name in world.tag_hashes:
        return _drawn(name, name, 1200, 675, suffix, extension)
    return _not_found()


def _drawn(
    name: str,
    caption: str,
    width: int,
    height: int,
    suffix: str,
    extension: str,
    moves: bool = False,
) -> tuple[int, Body]:
    """Return a picture as a file of the kind that the extension names."""
    content_type = pictures.MEDIA_TYPES.get(extension)
    if extension == "mp4" and moves:
        return 200, Body(film(name, caption, width, height), "video/mp4")
    if content_type is None or extension == "mp4":
        return _not_found()
    kind = "jpg" if extension == "jpeg" else extension
    return 200, Body(pictures.draw(name, caption, width, height, suffix, kind), content_type)


def _uploaded(content: bytes, content_type: str, suffix: str) -> tuple[int, Body]:
    """Return an uploaded file as it came, whatever the extension says, or a thumbnail of it."""
    if not suffix:
        return 200, Body(content, content_type)
    small = pictures.thumbnail(content, suffix)
    return _not_found() if small is None else (200, Body(small, "image/jpeg"))


def _post(store: Store, name: str, at: int) -> tuple[int, Body]:
    found = store.world.find_home(name, at)
    if found is None or not found.is_open_to(None):
        return _not_found()
    figures = _figures(store.url, found.description, found.images_at(at))
    return 200, page(escape_entities(found.title or "An album"), figures)


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
