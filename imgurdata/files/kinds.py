"""Kinds of files that Imgur has: how a file begins, and the extension it is asked for by."""

from __future__ import annotations

from imgurdata.model.media_types import EXTENSIONS, OTHER_NAMES

__all__ = ["SIZES", "extension_of", "media_type_of"]

#: Letters of thumbnails (API reference, Helpers).
SIZES = ("s", "b", "t", "m", "l", "h")
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
#: Brands of ISO media files; others are MP4.
_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic",
    b"mif1": "image/heic", b"qt  ": "video/quicktime",
}  # fmt: skip


def media_type_of(head: bytes) -> str | None:
    r"""Return the media type of a file by its first bytes; None if it is no picture or video.

    >>> media_type_of(b"\xff\xd8\xff\xe0"), media_type_of(b"<!doctype html>")
    ('image/jpeg', None)
    """
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    # Two letters may begin a text; the four reserved bytes of a bitmap are zero.
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    return None


def extension_of(media_type: str | None, name: str = "") -> str:
    """Return the extension by which a file is asked for.

    Parameters
    ----------
    media_type : str or None
        As Imgur's answer tells it.
    name : str
        Extension in the file's link, where there is no media type. Without both it is ``jpg``:
        the host has a still of everything under that.
    """
    if media_type in EXTENSIONS:
        return EXTENSIONS[media_type]
    name = OTHER_NAMES.get(name.lower(), name.lower())
    return name if name in EXTENSIONS.values() else "jpg"
