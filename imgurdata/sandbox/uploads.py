"""What accounts have besides gallery posts: albums, images in them, and loose images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.tables import known_fields, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imgurdata.sandbox.people import Account

__all__ = ["Upload", "UploadTable", "UploadedPicture", "load_uploads"]


@dataclass(frozen=True, slots=True)
class UploadedPicture:
    """One image that its owner never shared with the gallery.

    Attributes
    ----------
    name : str or None
        Of the file it was, without extension; Imgur tells it to the owner only.
    """

    id: str
    title: str | None
    description: str | None
    created: int
    type: str
    animated: bool
    width: int
    height: int
    size: int
    has_sound: bool
    views: int
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """An album, or (without an id) images that are in none.

    Attributes
    ----------
    privacy : str
        ``"public"`` (on the account's page), ``"hidden"`` (for those who know its address) or
        ``"secret"`` (for the owner alone).
    order : int
        Place on the account's page; 0 where the owner never moved it.
    """

    id: str | None
    account_id: int
    created: int
    title: str | None
    description: str | None
    privacy: str
    cover: str | None
    order: int
    views: int
    images: tuple[UploadedPicture, ...]

    def is_open_to(self, viewer: Account | None) -> bool:
        """Tell whether somebody who knows the id gets to see it."""
        return self.privacy != "secret" or self.is_of(viewer)

    def is_of(self, viewer: Account | None) -> bool:
        """Tell whether it belongs to whoever asks."""
        return viewer is not None and viewer.id == self.account_id

    def images_at(self, at: int) -> list[UploadedPicture]:
        """Find the images that are uploaded by second `at`, in the album's order."""
        return [image for image in self.images if image.created <= at]


class UploadTable:
    """All albums and images of accounts.

    Parameters
    ----------
    uploads : sequence of Upload
    """

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._albums = {upload.id: upload for upload in uploads if upload.id is not None}
        self._pictures = {
            image.id: (image, upload) for upload in uploads for image in upload.images
        }
        self._by_account: dict[int, list[Upload]] = {}
        for upload in uploads:
            self._by_account.setdefault(upload.account_id, []).append(upload)

    def album(self, album: str, at: int) -> Upload | None:
        """Find an album that is made by second `at`."""
        found = self._albums.get(album)
        return found if found is not None and found.created <= at else None

    def picture(self, image: str, at: int) -> tuple[UploadedPicture, Upload] | None:
        """Find an image that is uploaded by second `at`, and what it is part of."""
        found = self._pictures.get(image)
        return found if found is not None and found[0].created <= at else None

    def albums_of(self, account: Account, viewer: Account | None, at: int) -> list[Upload]:
        """List an account's albums as its page does: by the owner's order, then newest first.

        Others than the owner see the public ones only.
        """
        own = viewer is not None and viewer.id == account.id
        albums = [
            upload
            for upload in self._by_account.get(account.id, ())
            if upload.id is not None
            and upload.created <= at
            and (own or upload.privacy == "public")
        ]
        return sorted(albums, key=lambda album: (album.order, -album.created, album.id))

    def images_of(self, account: Account, at: int) -> list[tuple[UploadedPicture, Upload]]:
        """List all images of an account, in albums or not, newest first."""
        images = [
            (image, upload)
            for upload in self._by_account.get(account.id, ())
            for image in upload.images_at(at)
        ]
        return sorted(images, key=lambda each: (-each[0].created, each[0].id))


def load_uploads(folder: Path) -> UploadTable:
    """Read the albums and images of accounts.

    Raises
    ------
    ImgurDataError
        The table is missing or damaged.
    """
    return read_table(folder, "albums", lambda rows: UploadTable([_upload(row) for row in rows]))


def _upload(row: dict[str, Any]) -> Upload:
    images = tuple(
        UploadedPicture(**known_fields(UploadedPicture, image)) for image in row["images"]
    )
    return Upload(**{**known_fields(Upload, row), "images": images})
