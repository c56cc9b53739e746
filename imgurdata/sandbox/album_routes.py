"""Routes of albums and images, of the gallery and of accounts.

What an account keeps secret is refused to others with 403, what never existed with 404. Who has the
delete hash of something may change it; so may its owner, by the id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.album_json import album_images, album_record, delete_hash, single_image
from imgurdata.sandbox.auth import ApiError, SuccessfulError
from imgurdata.sandbox.context import bad_request, own_account, unauthorized
from imgurdata.sandbox.uploads import NOTHING, Upload, loose
from imgurdata.sandbox.world import Post

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.uploads import Picture

__all__ = [
    "add_images", "add_to_album", "album", "album_image", "album_images_of", "change_album",
    "commented_post", "create_album", "delete_album", "delete_image", "delete_own_album",
    "delete_own_image", "favorite", "find_album", "find_image", "image", "no_album", "no_image",
    "remove_images", "update_image",
]  # fmt: skip

_PRIVACY = ("public", "hidden", "secret")
_HASH_LENGTH = 15


def no_album(item: str) -> ApiError:
    """Return the 404 of an album (recorded answer)."""
    return ApiError(404, f"Unable to find an album with the id, {item}.")


def no_image(item: str) -> ApiError:
    """Return the 404 of an image (recorded answer)."""
    return ApiError(404, f"Unable to find an image with the id, {item}")


# Reading -----------------------------------------------------------------------------------------


def album(ctx: Context, item: str) -> Any:
    """Answer an album with all its images."""
    return album_record(ctx, find_album(ctx, item))


def album_images_of(ctx: Context, item: str) -> Any:
    """Answer the images of an album."""
    return album_images(ctx, find_album(ctx, item))


def album_image(ctx: Context, item: str, image_id: str) -> Any:
    """Answer one image of an album."""
    found = find_album(ctx, item)
    picture, _ = find_image(ctx, image_id)
    if picture not in found.images_at(ctx.at):
        raise no_image(image_id)
    return single_image(ctx, picture, found)


def image(ctx: Context, item: str) -> Any:
    """Answer an image."""
    return single_image(ctx, *find_image(ctx, item))


def find_album(ctx: Context, item: str) -> Post | Upload:
    """Return an album that the viewer may see."""
    found = ctx.world.find_home(item, ctx.at)
    if found is None or (isinstance(found, Post) and not found.is_album):
        raise no_album(item)
    if not found.is_open_to(ctx.viewer):
        raise unauthorized()
    return found


def find_image(ctx: Context, item: str) -> tuple[Picture, Post | Upload]:
    """Return an image that the viewer may see, and what it is part of."""
    found = ctx.world.find_picture(item, ctx.at)
    if found is None:
        raise no_image(item)
    if not found[1].is_open_to(ctx.viewer):
        raise unauthorized()
    return found


def commented_post(ctx: Context, *, album: str = "", image: str = "") -> Post | None:
    """Return the post whose comments are those of an album or an image; None if it has none."""
    home = find_album(ctx, album) if album else find_image(ctx, image)[1]
    if isinstance(home, Post) and home.in_gallery and home.is_album == bool(album):
        return home
    return None


# Favourites --------------------------------------------------------------------------------------


def favorite(ctx: Context, item: str) -> str:
    """Add an image or an album to one's favourites, or remove it."""
    viewer = ctx.require_viewer()
    if item not in ctx.world.post_by_id:
        # A single image or album; its text tells which.
        (find_album if "album" in ctx.request.segments[1] else find_image)(ctx, item)
    added = ctx.store.votes.toggle_favorite(viewer, item, ctx.at)
    return "favorited" if added else "unfavorited"


# Writes of images --------------------------------------------------------------------------------


def update_image(ctx: Context, item: str) -> bool:
    """Change title and description of an image."""
    picture, home = _editable_image(ctx, item)
    texts = {name: ctx.field(name) for name in ("title", "description")}
    changed: dict[str, Any] = {
        name: text or None for name, text in texts.items() if text is not None
    }
    ctx.store.change_picture(picture, home, replace(picture, **changed))
    return True


def delete_image(ctx: Context, item: str) -> bool:
    """Delete an image, by its delete hash or, as its owner, by its id."""
    picture, _ = _editable_image(ctx, item)
    post = ctx.world.post_by_id.get(picture.id)
    if post is not None:
        ctx.store.remove_post(post)
    # It may be in several albums.
    for upload in [*ctx.world.uploads.all()]:
        if picture in upload.images:
            ctx.store.change_picture(picture, upload, None)
    ctx.store.files.pop(picture.id, None)
    ctx.store.gone.add(picture.id)
    return True


def delete_own_image(ctx: Context, name: str, item: str) -> bool:
    """Delete an image by the path of its owner."""
    own_account(ctx, name)
    try:
        return delete_image(ctx, item)
    except ApiError:
        # An error that calls itself a success (recorded answer 2016).
        raise SuccessfulError("Unauthorized") from None


def _editable_image(ctx: Context, item: str) -> tuple[Picture, Upload]:
    found = ctx.world.uploads.picture(_id_of(ctx, item), ctx.at)
    if found is None:
        raise no_image(item)
    _check_owner(ctx, found[1], item, found[0].id)
    return found


def _id_of(ctx: Context, item: str) -> str:
    """Return the id that a delete hash is of; an id as it is."""
    if len(item) != _HASH_LENGTH:
        return item
    for upload in ctx.world.uploads.all():
        for thing in (upload.id, *(image.id for image in upload.images)):
            if thing is not None and delete_hash(thing) == item:
                return thing
    return item


def _check_owner(ctx: Context, home: Upload, item: str, thing: str) -> None:
    if item != delete_hash(thing) and not ctx.is_viewer(home.account_id):
        raise ctx.refusal()


# Writes of albums --------------------------------------------------------------------------------


def create_album(ctx: Context) -> dict[str, str]:
    """Make an album, of images by id or by delete hash."""
    owner = ctx.viewer.id if ctx.viewer is not None else 0
    new = replace(NOTHING, id=ctx.store.new_id(), account_id=owner, created=ctx.at)
    pictures = _pictures(ctx) or []
    changed = _with_fields(ctx, new, tuple(pictures))
    ctx.store.put_upload(changed)
    _take_out(ctx, changed, pictures)
    return {"id": str(new.id), "deletehash": delete_hash(str(new.id))}


def change_album(ctx: Context, item: str) -> bool:
    """Change an album's fields, or all its images."""
    found = _editable_album(ctx, item)
    pictures = _pictures(ctx)
    images = found.images if pictures is None else tuple(pictures)
    changed = _with_fields(ctx, found, images)
    _replace_images(ctx, changed, found)
    return True


def add_images(ctx: Context, item: str) -> bool:
    """Add images to an album."""
    found, pictures = _editable_album(ctx, item), _pictures(ctx)
    if not pictures:
        raise bad_request("No image IDs were sent")
    new = tuple(picture for picture in pictures if picture not in found.images)
    _replace_images(ctx, _with_images(found, (*found.images, *new)), found)
    return True


def add_to_album(ctx: Context, item: str, home: Upload) -> None:
    """Put a new image into an album, by its id or its delete hash."""
    found = _editable_album(ctx, item)
    changed = _with_images(found, (*found.images, *home.images))
    ctx.store.put_upload(changed, found)


def remove_images(ctx: Context, item: str) -> bool:
    """Remove images from an album; they stay in the account."""
    found, names = _editable_album(ctx, item), ctx.listed("ids")
    if not names:
        raise bad_request("No image IDs were sent")
    kept = tuple(picture for picture in found.images if picture.id not in names)
    _replace_images(ctx, _with_images(found, kept), found)
    return True


def _own_album(ctx: Context, name: str, item: str) -> Upload:
    """Return an album of one's own."""
    account = own_account(ctx, name)
    found = ctx.world.uploads.album(_id_of(ctx, item), ctx.at)
    if found is None or found.account_id != account.id:
        raise SuccessfulError(f"Album not found{item}")  # as recorded in 2016, without a space
    return found


def delete_album(ctx: Context, item: str) -> bool:
    """Delete an album; its images stay in the account."""
    _remove_album(ctx, _editable_album(ctx, item))
    return True


def delete_own_album(ctx: Context, name: str, item: str) -> bool:
    """Delete an album by the path of its owner."""
    _remove_album(ctx, _own_album(ctx, name, item))
    return True


def _remove_album(ctx: Context, found: Upload) -> None:
    post = ctx.world.post_by_id.get(found.id or "")
    if post is not None:
        ctx.store.remove_post(post)
    ctx.store.remove_upload(found)
    _keep_loose(ctx, found.account_id, found.images)


def _editable_album(ctx: Context, item: str) -> Upload:
    thing = _id_of(ctx, item)
    found = ctx.world.uploads.album(thing, ctx.at)
    if found is None:
        raise no_album(item)
    _check_owner(ctx, found, item, thing)
    return found


def _pictures(ctx: Context) -> list[Picture] | None:
    """Return the images that a request names and may use; None if it names none."""
    ids, hashes = ctx.listed("ids"), ctx.listed("deletehashes")
    if ids is None and hashes is None:
        return None
    found = [ctx.world.uploads.picture(_id_of(ctx, name), ctx.at) for name in hashes or ()]
    for name in ids or ():
        pair = ctx.world.uploads.picture(name, ctx.at)
        # Images of others are left out: whether Imgur refuses them is not on record.
        found.append(pair if pair and ctx.is_viewer(pair[1].account_id) else None)
    return list(dict.fromkeys(pair[0] for pair in found if pair is not None))


def _with_fields(ctx: Context, found: Upload, images: Sequence[Picture]) -> Upload:
    """Return an album with the fields of a request; wrong ones are ignored, as at Imgur."""
    changed: dict[str, Any] = {}
    for name in ("title", "description"):
        if ctx.field(name) is not None:
            changed[name] = ctx.field(name) or None
    if ctx.field("privacy") in _PRIVACY:
        changed["privacy"] = ctx.field("privacy")
    album = _with_images(replace(found, **changed), images)
    cover = ctx.field("cover")
    return replace(album, cover=cover) if cover in {one.id for one in images} else album


def _with_images(found: Upload, images: Sequence[Picture]) -> Upload:
    names = [picture.id for picture in images]
    cover = found.cover if found.cover in names else next(iter(names), None)
    return replace(found, images=tuple(images), cover=cover)


def _replace_images(ctx: Context, new: Upload, old: Upload) -> None:
    ctx.store.put_upload(new, old)
    _take_out(ctx, new, new.images)
    _keep_loose(ctx, new.account_id, [one for one in old.images if one not in new.images])


def _take_out(ctx: Context, album: Upload, pictures: Sequence[Picture]) -> None:
    """Take images of an album out of the loose ones; they may stay in other albums."""
    for upload in [*ctx.world.uploads.of_account(album.account_id)]:
        if upload.id is None and any(picture in upload.images for picture in pictures):
            kept = tuple(picture for picture in upload.images if picture not in pictures)
            ctx.store.remove_upload(upload)
            if kept:
                ctx.store.put_upload(replace(upload, images=kept))
    ctx.world.uploads.claim(album)


def _keep_loose(ctx: Context, account_id: int, pictures: Sequence[Picture]) -> None:
    """Keep images that are in no album any more as loose ones."""
    albums = [one for one in ctx.world.uploads.of_account(account_id) if one.id is not None]
    for picture in pictures:
        home = next((album for album in albums if picture in album.images), None)
        if home is None:
            ctx.store.put_upload(loose(account_id, picture))
        else:
            ctx.world.uploads.claim(home)
