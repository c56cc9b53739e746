"""Media types of the files that Imgur has, and the extensions that they are named by."""

from __future__ import annotations

__all__ = ["EXTENSIONS", "OTHER_NAMES", "media_type_of_extension"]

#: Extension by media type.
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
#: Other extensions of such files, with the usual one; a ``gifv`` is a page around a film.
OTHER_NAMES = {"jpeg": "jpg", "gifv": "mp4"}
_TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}


def media_type_of_extension(extension: object) -> str | None:
    """Return the media type of files with an extension, or None if Imgur has no such files.

    >>> media_type_of_extension("JPEG"), media_type_of_extension("exe")
    ('image/jpeg', None)
    """
    name = str(extension).lower()
    return _TYPES.get(OTHER_NAMES.get(name, name))
