"""Images and albums as Imgur writes them, of the gallery and of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.growth import share_reached
from imgurdata.sandbox.pictures import EXTENSIONS
from imgurdata.sandbox.store import code
from imgurdata.sandbox.world import Post

if TYPE_CHECKING:
    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.uploads import Picture, Upload
    from imgurdata.sandbox.world import Account

__all__ = [
    "UPLOAD_HALF_LIFE", "ad_config", "album_images", "album_record", "delete_hash", "image_files",
    "image_head", "image_record", "listed_album", "owner_fields", "single_image",
]  # fmt: skip

#: Half the views of what is not in the gallery come within this many seconds.
UPLOAD_HALF_LIFE = 30 * 86_400
#: Above this many bytes the link of an animated GIF is its thumbnail (API reference, Gallery
#: Image; recorded answers).
_BIG_GIF = 20_000_000


# Albums ------------------------------------------------------------------------------------------


def album_record(ctx: Context, album: Post | Upload) -> dict[str, Any]:
    """Return an album with all its images; the owner also sees how to delete them."""
    return {
        **_album_fields(ctx, album),
        "images": album_images(ctx, album),
        "ad_config": ad_config(is_album=True, nsfw=album.nsfw, gallery=album.in_gallery),
    }


def listed_album(ctx: Context, album: Upload) -> dict[str, Any]:
    """Return an album as a row of an account's list: without images, but with its position."""
    return {**_album_fields(ctx, album), "order": album.order}


def album_images(ctx: Context, album: Post | Upload) -> list[dict[str, Any]]:
    """Return all images of an album, in its order."""
    return [image_record(ctx, image, album) for image in album.images_at(ctx.at)]


def _album_fields(ctx: Context, album: Post | Upload) -> dict[str, Any]:
    images = album.images_at(ctx.at)
    # The chosen cover may be uploaded later than the others.
    first = images[0] if images else None
    cover = next((image for image in images if image.id == album.cover), first)
    record = {
        "id": album.id,
        "title": album.title,
        "description": album.description,
        "datetime": ctx.epoch(album.created),
        "cover": cover and cover.id,
        "cover_edited": None,
        "cover_width": cover and cover.width,
        "cover_height": cover and cover.height,
        **owner_fields(ctx, album),
        "privacy": "hidden" if isinstance(album, Post) else album.privacy,
        "layout": "blog",
        "views": _views(ctx, album, album),
        "link": f"{ctx.store.url}/a/{album.id}",
        "favorite": ctx.store.votes.is_favorite(ctx.viewer, album.id or "", ctx.at),
        "nsfw": album.nsfw,
        "section": album.section or None,
        "images_count": len(images),
        "in_gallery": album.in_gallery,
        "is_ad": False,
        "include_album_ads": False,
        "is_album": True,
    }
    if album.id is not None and ctx.is_viewer(album.account_id):
        record["deletehash"] = delete_hash(album.id)
    return record


def owner_fields(ctx: Context, thing: Post | Upload) -> dict[str, Any]:
    """Return name and number of an owner; null where nobody owns it."""
    owner = ctx.world.accounts.get(thing.account_id)
    return {"account_url": owner and owner.url, "account_id": owner and owner.id}


def _views(ctx: Context, counted: Post | Upload | Picture, home: Post | Upload) -> int:
    """Return the views of an album or of an image in it; images of a post grow with the post."""
    if isinstance(home, Post):
        share = ctx.store.growth.share(home, home.created, ctx.at)
    else:
        share = share_reached(ctx.at - counted.created, UPLOAD_HALF_LIFE)
    return int(counted.views * share)


# Images ------------------------------------------------------------------------------------------


def single_image(ctx: Context, image: Picture, home: Post | Upload) -> dict[str, Any]:
    """Return an image by itself; `home` is what it is part of."""
    record = image_record(ctx, image, home)
    if isinstance(home, Post) and home.in_gallery and not home.is_album:
        record.update(
            title=home.title,
            description=home.description,
            in_gallery=True,
            in_most_viral=home.is_viral(ctx.at),
        )
    flags = ad_config(is_album=False, nsfw=home.nsfw, gallery=record["in_gallery"])
    record.update(nsfw=home.nsfw, ad_config=flags)
    return record


def image_record(
    ctx: Context, image: Picture, home: Post | Upload, account: Account | None = None
) -> dict[str, Any]:
    """Return an image as it is inside an album.

    The owner also sees ``deletehash`` and ``name``. Only in the owner's list of images the
    `account` is named (recorded answer 2022).
    """
    views = _views(ctx, image, home)
    record = image_head(ctx, image)
    record.update(
        views=views,
        bandwidth=views * image.size,
        vote=None,
        favorite=ctx.store.votes.is_favorite(ctx.viewer, image.id, ctx.at),
        nsfw=None,
        section=None,
        account_url=account and account.url,
        account_id=account and account.id,
        is_ad=False,
        in_most_viral=False,
        has_sound=image.has_sound,
        tags=[],
        ad_type=0,
        ad_url="",
        edited="0",
        in_gallery=False,
    )
    if ctx.is_viewer(home.account_id):
        record.update(deletehash=delete_hash(image.id), name=image.name)
    record.update(image_files(ctx, image))
    return record


def image_head(ctx: Context, image: Picture) -> dict[str, Any]:
    """Return the fields with which every image begins."""
    return {
        "id": image.id,
        "title": image.title,
        "description": image.description,
        "datetime": ctx.epoch(image.created),
        "type": image.type,
        "animated": image.animated,
        "width": image.width,
        "height": image.height,
        "size": image.size,
    }


def image_files(ctx: Context, image: Picture) -> dict[str, Any]:
    """Return the link, and the other files of animated images."""
    base = f"{ctx.store.url}/{image.id}"
    link = f"{base}.{EXTENSIONS.get(image.type, 'jpg')}"
    if not image.animated:
        return {"link": link}
    videos = {"mp4": f"{base}.mp4", "gifv": f"{base}.gifv", "hls": f"{base}.m3u8"}
    processing = {"status": "completed"}
    if image.type == "video/mp4":
        return {"link": link, "mp4_size": image.size, **videos, "processing": processing}
    if image.size > _BIG_GIF:
        link = f"{base}h.gif"
    # The video of a GIF takes a fraction of its bytes (median of 18 recorded ones: 8 %).
    mp4_size = max(1, image.size // 12)
    return {
        "link": link,
        **videos,
        "mp4_size": mp4_size,
        "looping": True,
        "processing": processing,
    }


def delete_hash(thing: str) -> str:
    """Return 15 characters that follow from an id, so that an answer stays the same."""
    return code(f"delete {thing}", length=15)


def ad_config(*, is_album: bool, nsfw: bool, gallery: bool) -> dict[str, Any]:
    """Return the advertisers' flags, in both spellings (recorded answers 2023)."""
    safe = ["album"] if is_album and gallery else []
    safe.append("in_gallery" if gallery else "not_in_gallery")
    unsafe: list[str] = []
    wall: list[str] = []
    if nsfw:
        unsafe = ["mature", "sixth_mod_unsafe", "onsfw_mod_unsafe"]
        wall = ["onsfw_mod_unsafe_wall"]
    else:
        safe += ["sixth_mod_safe", "gallery" if gallery else "share"]
    flags = {
        "safeFlags": safe,
        "highRiskFlags": [],
        "unsafeFlags": unsafe,
        "wallUnsafeFlags": wall,
        "showsAds": not nsfw,
        "showAdLevel": 1 if nsfw else 2,
    }
    snake_case = (
        "safe_flags", "high_risk_flags", "unsafe_flags", "wall_unsafe_flags", "show_ads",
        "show_ad_level",
    )  # fmt: skip
    return {**flags, **dict(zip(snake_case, flags.values(), strict=True))}
