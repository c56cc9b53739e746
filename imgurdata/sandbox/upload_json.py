"""Albums and images of accounts as Imgur writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.growth import share_reached
from imgurdata.sandbox.image_json import ImageWriter, Owner, ad_config, delete_hash

if TYPE_CHECKING:
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.uploads import Upload, UploadedPicture
    from imgurdata.sandbox.world import World

__all__ = ["UPLOAD_HALF_LIFE", "UploadWriter"]

#: What is not in the gallery is found slowly: half its views come within this many seconds.
UPLOAD_HALF_LIFE = 30 * 86_400


class UploadWriter:
    """Writes albums and images that are not in the gallery.

    Parameters
    ----------
    world : World
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        The epoch second of the world's start.
    """

    def __init__(self, world: World, url: str, origin: int) -> None:
        self._world = world
        self._url = url
        self._origin = origin
        self._images = ImageWriter(url, origin)

    def album(self, album: Upload, at: int, viewer: Account | None) -> dict[str, Any]:
        """Write an album with its images; the owner also sees how to delete them."""
        record = self._head(album, at, viewer)
        flags = ad_config(is_album=True, nsfw=False, gallery=False)
        record.update(images=self.images(album, at, viewer), ad_config=flags)
        return record

    def listed(self, album: Upload, at: int, viewer: Account | None) -> dict[str, Any]:
        """Write an album as it stands in an account's list: no images, but its place."""
        return {**self._head(album, at, viewer), "order": album.order}

    def images(self, album: Upload, at: int, viewer: Account | None) -> list[dict[str, Any]]:
        """Write the images of an album, in its order."""
        return [self.image(image, album, at, viewer) for image in album.images_at(at)]

    def image(
        self,
        image: UploadedPicture,
        upload: Upload,
        at: int,
        viewer: Account | None,
        *,
        listed: bool = False,
    ) -> dict[str, Any]:
        """Write an image.

        Parameters
        ----------
        image : UploadedPicture
        upload : Upload
            What it is part of.
        at : int
        viewer : Account or None
            The owner also sees ``deletehash`` and ``name``.
        listed : bool
            Whether it stands in the owner's list of images, which names the account.
        """
        owner = None
        if upload.is_of(viewer):
            owner = Owner(account=viewer if listed else None, name=image.name)
        return self._images.record(image, _views(image.views, image.created, at), owner)

    def single_image(
        self, image: UploadedPicture, upload: Upload, at: int, viewer: Account | None
    ) -> dict[str, Any]:
        """Write an image by itself."""
        flags = ad_config(is_album=False, nsfw=False, gallery=False)
        return {**self.image(image, upload, at, viewer), "nsfw": False, "ad_config": flags}

    def _head(self, album: Upload, at: int, viewer: Account | None) -> dict[str, Any]:
        images = album.images_at(at)
        cover = next((image for image in images if image.id == album.cover), None)
        if cover is None and images:
            # The one that was chosen is still to be uploaded.
            cover = images[0]
        owner = self._world.accounts[album.account_id]
        record = {
            "id": album.id,
            "title": album.title,
            "description": album.description,
            "datetime": self._origin + album.created,
            "cover": cover and cover.id,
            "cover_edited": None,
            "cover_width": cover and cover.width,
            "cover_height": cover and cover.height,
            "account_url": owner.url,
            "account_id": owner.id,
            "privacy": album.privacy,
            "layout": "blog",
            "views": _views(album.views, album.created, at),
            "link": f"{self._url}/a/{album.id}",
            "favorite": False,
            "nsfw": False,
            "section": None,
            "images_count": len(images),
            "in_gallery": False,
            "is_ad": False,
            "include_album_ads": False,
            "is_album": True,
        }
        if album.id is not None and album.is_of(viewer):
            record["deletehash"] = delete_hash(album.id)
        return record


def _views(total: int, created: int, at: int) -> int:
    return int(total * share_reached(at - created, UPLOAD_HALF_LIFE))
