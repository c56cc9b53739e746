"""Images, and what accounts have besides gallery posts: albums, and images that are in none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from imgurdata.sandbox.tables import known_fields, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from imgurdata.sandbox.world import Account

__all__ = ["NOTHING", "Picture", "Upload", "UploadTable", "load_uploads", "loose", "read_pictures"]


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

    # What posts have and this does not.
    nsfw: ClassVar[bool] = False
    section: ClassVar[str] = ""
    in_gallery: ClassVar[bool] = False

    def is_open_to(self, viewer: Account | None) -> bool:
        """Return whether a viewer who knows the id can see it."""
        return self.privacy != "secret" or (viewer is not None and viewer.id == self.account_id)

    def images_at(self, at: int) -> list[Picture]:
        """Return the images that are uploaded by second `at`, in the album's order."""
        return [image for image in self.images if image.created <= at]


#: What nobody has uploaded yet.
NOTHING = Upload(None, 0, 0, None, None, "hidden", None, 0, 0, ())


def loose(account_id: int, *images: Picture) -> Upload:
    """Return images that are in no album."""
    return replace(NOTHING, account_id=account_id, created=images[0].created, images=images)


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

    def put(self, new: Upload, old: Upload | None = None) -> None:
        """Put an upload in the place of another one, or add it."""
        self.remove(old, keep=new)
        if new.id is not None:
            self._albums[new.id] = new
        self.claim(new)
        # Lists are replaced, since others may be reading them.
        own = self._by_account.get(new.account_id, [])
        self._by_account[new.account_id] = [*own, new]

    def claim(self, upload: Upload) -> None:
        """Make an upload the one that its images are found in."""
        self._pictures.update({image.id: (image, upload) for image in upload.images})

    def remove(self, old: Upload | None, keep: Upload | None = None) -> None:
        """Remove an upload; those of its images that `keep` has not, too."""
        if old is None:
            return
        kept = {image.id for image in keep.images} if keep is not None else set()
        for image in old.images:
            # An image may be in another album as well.
            if image.id not in kept and self._pictures.get(image.id, (None, None))[1] is old:
                del self._pictures[image.id]
        if old.id is not None and keep is None:
            self._albums.pop(old.id, None)
        own = self._by_account.get(old.account_id, [])
        self._by_account[old.account_id] = [upload for upload in own if upload is not old]

    def has(self, item: str) -> bool:
        """Return whether an album or an image has this id, now or later."""
        return item in self._albums or item in self._pictures

    def all(self) -> Iterable[Upload]:
        """Return all uploads."""
        return (upload for own in list(self._by_account.values()) for upload in own)

    def of_account(self, account: int) -> Sequence[Upload]:
        """Return all uploads of an account."""
        return self._by_account.get(account, ())

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
        # An image may be in several albums.
        images = {
            image.id: (image, upload)
            for upload in self._by_account.get(account.id, ())
            for image in upload.images_at(at)
        }
        return sorted(images.values(), key=lambda pair: (-pair[0].created, pair[0].id))


def load_uploads(folder: Path, guests: Sequence[Upload] = ()) -> UploadTable:
    """Read the albums and images of accounts, and add those of guests."""
    return read_table(folder, "albums", lambda rows: UploadTable([*map(_upload, rows), *guests]))


def read_pictures(rows: Iterable[dict[str, Any]]) -> tuple[Picture, ...]:
    """Return the images of a post's or an album's row."""
    return tuple(Picture(**known_fields(Picture, row)) for row in rows)


def _upload(row: dict[str, Any]) -> Upload:
    return Upload(**{**known_fields(Upload, row), "images": read_pictures(row["images"])})
