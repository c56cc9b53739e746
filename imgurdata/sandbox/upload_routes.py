"""The route of uploads: a file, base64, or the address of a picture of the sandbox itself."""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from imgurdata.sandbox.album_json import delete_hash, image_record
from imgurdata.sandbox.album_routes import add_to_album
from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.context import truth
from imgurdata.sandbox.pages import Moved, find_page
from imgurdata.sandbox.uploads import Picture, loose
from imgurdata.sandbox.wire import Body

if TYPE_CHECKING:
    from imgurdata.sandbox.context import Context

__all__ = ["MAX_MOVING", "MAX_STILL", "upload"]

#: Most bytes of a still and of a moving picture (Imgur's help pages: 20 MB and 200 MB).
MAX_STILL, MAX_MOVING = 20_000_000, 200_000_000

_FORMATS = {
    "JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "GIF": "image/gif",
    # Imgur makes PNGs of these.
    "TIFF": "image/png", "WEBP": "image/png", "BMP": "image/png",
}  # fmt: skip
#: The beginning of videos, and where it is.
_VIDEOS = (
    (4, b"ftyp"), (0, b"\x1aE\xdf\xa3"), (8, b"AVI "), (0, b"FLV"), (0, b"\x00\x00\x01\xba"),
    (0, b"0&\xb2u\x8ef\xcf\x11"),
)  # fmt: skip
#: Imgur's number for files that it does not take (recorded answer).
_INVALID_TYPE = 1003


def upload(ctx: Context) -> dict[str, Any]:
    """Take an image or a video, alone or into an album."""
    content, name = _content(ctx)
    picture = _picture(ctx, content, name)
    home = loose(ctx.viewer.id if ctx.viewer is not None else 0, picture)
    target = ctx.field("album") or ctx.field("album_id")
    if target:
        add_to_album(ctx, target, home)
    else:
        ctx.store.put_upload(home)
    ctx.store.files[picture.id] = content
    record = image_record(ctx, picture, home)
    owner = {"account_url": None, "account_id": home.account_id}
    return {**record, **owner, "deletehash": delete_hash(picture.id), "name": picture.name or ""}


def _content(ctx: Context) -> tuple[bytes, str]:
    """Return the bytes that were sent, and the name of their file."""
    for field in ("image", "video"):
        file = ctx.request.files.get(field)
        if file is not None:
            if not file.content:
                raise _no_data()
            return file.content, file.name
    text = ctx.field("image") or ctx.field("video") or ""
    if not text.strip():
        raise _no_data()
    kind = (ctx.field("type") or "").lower()
    if kind == "url" or (kind != "base64" and text.startswith(("http://", "https://"))):
        return _fetched(ctx, text)
    # A data URI is taken, too, and so is base64 whose + a form turned into spaces.
    text = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode("".join(text.replace(" ", "+").split()), validate=True), ""
    except (binascii.Error, ValueError):
        raise _invalid() from None


def _fetched(ctx: Context, url: str) -> tuple[bytes, str]:
    """Return a picture of the sandbox: it asks nobody else."""
    here, there = urlsplit(ctx.store.url), urlsplit(url)
    hosts = {here.netloc, here.netloc.replace("127.0.0.1", "localhost")}
    if there.netloc not in hosts or there.path.startswith("/3/"):
        raise ApiError(400, f"Invalid URL ({url[:200]})")
    try:
        status, body = find_page(ctx.store, there.path, ctx.at)
    except Moved:
        status, body = 404, Body(b"")
    if status != 200:
        raise ApiError(400, f"Invalid URL ({url[:200]})")
    return body.raw, PurePath(there.path).name


def _picture(ctx: Context, content: bytes, name: str) -> Picture:
    """Return the image that a file is.

    Raises
    ------
    ApiError
        It is none, or too large.
    """
    kind, animated, (width, height) = _recognize(content)
    if len(content) > (MAX_MOVING if animated else MAX_STILL):
        raise ApiError(400, "File is over the size limit")
    stem = ctx.field("name") or name
    return Picture(
        id=ctx.store.new_id(),
        title=ctx.field("title") or None,
        description=ctx.field("description") or None,
        created=ctx.at,
        type=kind,
        animated=animated,
        width=width,
        height=height,
        size=len(content),
        has_sound=kind == "video/mp4" and not truth(ctx.field("disable_audio")),
        views=0,
        name=PurePath(stem).stem or None,
    )


def _recognize(content: bytes) -> tuple[str, bool, tuple[int, int]]:
    """Return media type, whether it moves, width and height."""
    from PIL import Image

    # The warning is an error where warnings are.
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    if any(content[at : at + len(mark)] == mark for at, mark in _VIDEOS):
        return "video/mp4", True, _video_size(content)
    try:
        with Image.open(io.BytesIO(content)) as image:
            kind = _FORMATS.get(image.format or "")
            if kind is not None:
                moves = kind == "image/gif" and getattr(image, "is_animated", False)
                return kind, moves, image.size
    except (OSError, ValueError, SyntaxError, *bombs):
        pass
    raise _invalid()


def _video_size(content: bytes) -> tuple[int, int]:
    """Return width and height of an MP4's first picture; 0 for other files."""
    box = content.find(b"tkhd") - 4
    end = box + int.from_bytes(content[box : box + 4])
    # The last two numbers of the box, in 65536ths of a pixel.
    size = content[end - 8 : end]
    if box < 0 or len(size) < 8:
        return 0, 0
    return int.from_bytes(size[:4]) >> 16, int.from_bytes(size[4:]) >> 16


def _no_data() -> ApiError:
    return ApiError(400, "No image data was sent to the upload api")


def _invalid() -> ApiError:
    return ApiError(400, "File type invalid (1)", _INVALID_TYPE)
