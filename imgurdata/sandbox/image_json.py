"""Images as Imgur writes them, wherever they stand: in a post, in an album, by themselves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.uploads import UploadedPicture
    from imgurdata.sandbox.world import Picture

__all__ = ["ImageWriter", "Owner", "ad_config", "delete_hash"]

#: Above this many bytes the link of an animated GIF is its thumbnail, over http (API reference,
#: Gallery Image; recorded answers).
_BIG_GIF = 20_000_000

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "video/mp4": "mp4",
}
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Owner:
    """What only the owner of an image is told.

    Attributes
    ----------
    account : Account or None
        Named in the owner's own list of images (recorded answer 2022), nowhere else.
    name : str or None
        The file's name at upload.
    """

    account: Account | None = None
    name: str | None = None


def delete_hash(thing: str) -> str:
    """Make the 15 characters with which an image or album could be deleted.

    Always the same for the same id, so that an answer stays the same; worth nothing anywhere.

    Examples
    --------
    >>> len(delete_hash("a1b2c3d")), delete_hash("a1b2c3d") == delete_hash("a1b2c3d")
    (15, True)
    """
    number = int.from_bytes(hashlib.sha256(f"delete {thing}".encode()).digest(), "big")
    out = []
    for _ in range(15):
        number, letter = divmod(number, len(_LETTERS))
        out.append(_LETTERS[letter])
    return "".join(out)


class ImageWriter:
    """Writes images.

    Parameters
    ----------
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        The epoch second of the world's start.
    """

    def __init__(self, url: str, origin: int) -> None:
        self._url = url
        self._origin = origin

    def record(
        self, image: Picture | UploadedPicture, views: int, owner: Owner | None = None
    ) -> dict[str, Any]:
        """Write an image as it stands inside an album.

        Parameters
        ----------
        image : Picture or UploadedPicture
        views : int
            At the moment of the answer.
        owner : Owner or None
            Given when the owner asks; only then there are ``deletehash`` and ``name``.
        """
        account = None if owner is None else owner.account
        record = self.head(image)
        record.update(
            views=views,
            bandwidth=views * image.size,
            vote=None,
            favorite=False,
            nsfw=None,
            section=None,
            account_url=None if account is None else account.url,
            account_id=None if account is None else account.id,
            is_ad=False,
            in_most_viral=False,
            has_sound=image.has_sound,
            tags=[],
            ad_type=0,
            ad_url="",
            edited="0",
            in_gallery=False,
        )
        if owner is not None:
            record.update(deletehash=delete_hash(image.id), name=owner.name)
        record.update(self.files(image))
        return record

    def head(self, image: Picture | UploadedPicture) -> dict[str, Any]:
        """Write the fields with which every image begins."""
        return {
            "id": image.id,
            "title": image.title,
            "description": image.description,
            "datetime": self._origin + image.created,
            "type": image.type,
            "animated": image.animated,
            "width": image.width,
            "height": image.height,
            "size": image.size,
        }

    def files(self, image: Picture | UploadedPicture) -> dict[str, Any]:
        """Write the link, and for what moves the other files beside it."""
        base = f"{self._url}/{image.id}"
        link = f"{base}.{_EXTENSIONS.get(image.type, 'jpg')}"
        if not image.animated:
            return {"link": link}
        moving = {"mp4": f"{base}.mp4", "gifv": f"{base}.gifv", "hls": f"{base}.m3u8"}
        if image.type == "video/mp4":
            return {"link": link, "mp4_size": image.size, **moving, "processing": _processed()}
        if image.size > _BIG_GIF:
            link = f"{base}h.gif"
        # The film of a GIF takes a fraction of its bytes (median of 18 recorded ones: 8 %).
        film = max(1, image.size // 12)
        return {
            "link": link,
            **moving,
            "mp4_size": film,
            "looping": True,
            "processing": _processed(),
        }


def _processed() -> dict[str, str]:
    return {"status": "completed"}


def ad_config(*, is_album: bool, nsfw: bool, gallery: bool) -> dict[str, Any]:
    """Write what Imgur knows for its advertisers, in both spellings (recorded answers 2023)."""
    safe = ["album"] if is_album and gallery else []
    safe.append("in_gallery" if gallery else "not_in_gallery")
    unsafe: list[str] = []
    wall: list[str] = []
    if nsfw:
        unsafe = ["mature", "sixth_mod_unsafe", "onsfw_mod_unsafe"]
        wall = ["onsfw_mod_unsafe_wall"]
    else:
        safe += ["sixth_mod_safe", "gallery" if gallery else "share"]
    shows, level = not nsfw, 1 if nsfw else 2
    return {
        "safeFlags": safe,
        "highRiskFlags": [],
        "unsafeFlags": unsafe,
        "wallUnsafeFlags": wall,
        "showsAds": shows,
        "showAdLevel": level,
        "safe_flags": safe,
        "high_risk_flags": [],
        "unsafe_flags": unsafe,
        "wall_unsafe_flags": wall,
        "show_ads": shows,
        "show_ad_level": level,
    }
