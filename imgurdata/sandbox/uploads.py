"""Images, and what accounts have besides gallery posts: albums, and images that are in none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.tables import known_fields, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from imgurdata.sandbox.world import Account

__all__ = ["Picture", "Upload", "UploadTable", "load_uploads", "read_pictures"]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image; `views` is the final count.

    Attributes
    ----------
    name : str or None
        Name of the uploaded file without extension; Imgur shows it to the owner only.
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
        Position on the account's page; 0 where the owner never moved it.
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
    images: tuple[Picture, ...]

    def is_open_to(self, viewer: Account | None) -> bool:
        """Return whether a viewer who knows the id can see it."""
        return self.privacy != "secret" or (viewer is not None and viewer.id == self.account_id)

    def images_at(self, at: int) -> list[Picture]:
        """Return the images that are uploaded by second `at`, in the album's order."""
        return [image for image in self.images if image.created <= at]


class UploadTable:
    """All albums and images of accounts."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._albums = {upload.id: upload for upload in uploads if upload.id is not None}
        self._pictures = {
            image.id: (image, upload) for upload in uploads for image in upload.images
        }
        self._by_account: dict[int, list[Upload]] = {}
        for upload in uploads:
            self._by_account.setdefault(upload.account_id, []).append(upload)

    def album(self, album: str, at: int) -> Upload | None:
        """Return an album that is made by second `at`."""
        found = self._albums.get(album)
        return found if found is not None and found.created <= at else None

    def picture(self, image: str, at: int) -> tuple[Picture, Upload] | None:
        """Return an image that is uploaded by second `at`, and what it is part of."""
        found = self._pictures.get(image)
        return found if found is not None and found[0].created <= at else None

    def albums_of(self, account: Account, viewer: Account | None, at: int) -> list[Upload]:
        """Return an account's albums, by the owner's order and then newest first.

        Only the owner sees those that are not public.
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

    def images_of(self, account: Account, at: int) -> list[tuple[Picture, Upload]]:
        """Return all images of an account, in albums or not, newest first."""
        images = [
            (image, upload)
            for upload in self._by_account.get(account.id, ())
            for image in upload.images_at(at)
        ]
        return sorted(images, key=lambda pair: (-pair[0].created, pair[0].id))


def load_uploads(folder: Path) -> UploadTable:
    """Read the albums and images of accounts."""
    return read_table(folder, "albums", lambda rows: UploadTable([_upload(row) for row in rows]))


def read_pictures(rows: Iterable[dict[str, Any]]) -> tuple[Picture, ...]:
    """Return the images of a post's or an album's row."""
    return tuple(Picture(**known_fields(Picture, row)) for row in rows)


def _upload(row: dict[str, Any]) -> Upload:
    return Upload(**{**known_fields(Upload, row), "images": read_pictures(row["images"])})
