"""The world's things as Imgur writes them: field by field what answers of 2022 to 2024 hold.

Order and types of the fields follow recorded answers, oddities included: ``edited`` is the number
0 on a gallery row and the text "0" on an inner image, ``topic_id`` is 0 on images and null on
albums, looping is on GIFs only, and the counts of inner images are null.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.world import Account, Picture, Post, Tag, World

__all__ = ["Writer"]

#: A list shows no more than this many images of an album (recorded answers 2021-2024).
PREVIEW = 3

#: Above this many bytes the link of an animated GIF is its thumbnail, over http (API reference,
#: Gallery Image; recorded answers).
_BIG_GIF = 20_000_000

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "video/mp4": "mp4",
}
_NO_COUNTS = ("comment_count", "favorite_count", "ups", "downs", "points", "score")

#: Imgur's names for reputation; each holds from its number of points on.
_NOTORIETY = (
    (20_000, "Glorious"),
    (8_000, "Renowned"),
    (4_000, "Idolized"),
    (2_000, "Trusted"),
    (1_000, "Liked"),
    (400, "Accepted"),
)


class Writer:
    """Writes posts, images, albums and accounts at one second of the world.

    Parameters
    ----------
    world : World
    growth : Growth
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        The epoch second of the world's start.
    """

    def __init__(self, world: World, growth: Growth, url: str, origin: int) -> None:
        self._world = world
        self._growth = growth
        self._url = url
        self._origin = origin
        self._tags: dict[str, dict[str, Any]] = {name: _tag(t) for name, t in world.tags.items()}

    def gallery_item(
        self,
        post: Post,
        at: int,
        *,
        viewer: Account | None = None,
        previews: bool = True,
        whole: bool = False,
    ) -> dict[str, Any]:
        """Write a gallery post: a row of a list, or (`whole`) the item with all its images.

        Parameters
        ----------
        post : Post
        at : int
            Second of the world.
        viewer : Account or None
            Whose vote and favourite it shows; None with a Client-ID.
        previews : bool
            Whether an album has ``images`` at all (``album_previews``).
        whole : bool
            All images, not the first three.
        """
        if post.is_album:
            return self._gallery_album(post, at, viewer, previews=previews, whole=whole)
        return self._gallery_image(post, at, viewer)

    def _gallery_album(
        self, post: Post, at: int, viewer: Account | None, *, previews: bool, whole: bool
    ) -> dict[str, Any]:
        counts = self._growth.counts(post, at)
        vote, favorite = _opinion(viewer, post)
        row = self._album_head(post)
        row.update(
            privacy="hidden",
            layout="blog",
            views=counts.views,
            link=f"{self._url}/a/{post.id}",
            ups=counts.ups,
            downs=counts.downs,
            points=counts.points,
            score=counts.score,
            is_album=True,
            vote=vote,
            favorite=favorite,
            nsfw=post.nsfw,
            section=post.section,
            comment_count=counts.comments,
            favorite_count=counts.favorites,
            topic=None,
            topic_id=None,
            images_count=len(post.images),
            in_gallery=True,
            is_ad=False,
            tags=[self._tags[name] for name in post.tags],
            ad_type=0,
            ad_url="",
            in_most_viral=_is_viral(post, at),
            include_album_ads=False,
        )
        if previews or whole:
            shown = post.images if whole else post.images[:PREVIEW]
            row["images"] = [
                {**self.image(image, post, at), **dict.fromkeys(_NO_COUNTS)} for image in shown
            ]
        row["ad_config"] = _ad_config(post, gallery=True)
        return row

    def _gallery_image(self, post: Post, at: int, viewer: Account | None) -> dict[str, Any]:
        counts = self._growth.counts(post, at)
        image = post.images[0]
        vote, favorite = _opinion(viewer, post)
        owner = self._world.accounts[post.account_id]
        row = self._image_head(image)
        row.update(
            title=post.title,
            description=post.description,
            datetime=self._origin + post.created,
            views=counts.views,
            bandwidth=counts.views * image.size,
            vote=vote,
            favorite=favorite,
            nsfw=post.nsfw,
            section=post.section,
            account_url=owner.url,
            account_id=owner.id,
            is_ad=False,
            in_most_viral=_is_viral(post, at),
            has_sound=image.has_sound,
            tags=[self._tags[name] for name in post.tags],
            ad_type=0,
            ad_url="",
            edited=0,
            in_gallery=True,
            topic=None,
            topic_id=0,
        )
        row.update(self._files(image))
        row.update(
            ad_config=_ad_config(post, gallery=True),
            comment_count=counts.comments,
            favorite_count=counts.favorites,
            ups=counts.ups,
            downs=counts.downs,
            points=counts.points,
            score=counts.score,
            is_album=False,
        )
        return row

    def album(self, post: Post, at: int) -> dict[str, Any]:
        """Write an album record: no votes, but all its images."""
        record = self._album_head(post, edited=True)
        record.update(
            privacy="hidden",
            layout="blog",
            views=self._growth.counts(post, at).views,
            link=f"{self._url}/a/{post.id}",
            favorite=False,
            nsfw=post.nsfw,
            section=post.section or None,
            images_count=len(post.images),
            in_gallery=True,
            is_ad=False,
            include_album_ads=False,
            is_album=True,
            images=self.album_images(post, at),
            ad_config=_ad_config(post, gallery=True),
        )
        return record

    def album_images(self, post: Post, at: int) -> list[dict[str, Any]]:
        """Write all images of an album, in its order."""
        return [self.image(image, post, at) for image in post.images]

    def single_image(self, image: Picture, post: Post, at: int) -> dict[str, Any]:
        """Write an image record by itself."""
        record = self.image(image, post, at)
        if not post.is_album:
            record.update(
                title=post.title,
                description=post.description,
                in_gallery=True,
                in_most_viral=_is_viral(post, at),
            )
        record.update(nsfw=post.nsfw, ad_config=_ad_config(post, gallery=not post.is_album))
        return record

    def image(self, image: Picture, post: Post, at: int) -> dict[str, Any]:
        """Write an image as it stands inside an album."""
        views = self._growth.image_views(image, post, at)
        record = self._image_head(image)
        record.update(
            views=views,
            bandwidth=views * image.size,
            vote=None,
            favorite=False,
            nsfw=None,
            section=None,
            account_url=None,
            account_id=None,
            is_ad=False,
            in_most_viral=False,
            has_sound=image.has_sound,
            tags=[],
            ad_type=0,
            ad_url="",
            edited="0",
            in_gallery=False,
        )
        record.update(self._files(image))
        return record

    def account(self, account: Account) -> dict[str, Any]:
        """Write an account's public page, in the shape of 2021 and later."""
        home = f"{self._url}/user/{account.url}"
        return {
            "id": account.id,
            "url": account.url,
            "bio": account.bio,
            "avatar": f"{home}/avatar?maxwidth=290",
            "avatar_name": account.avatar or f"default/{account.url[0].upper()}",
            "cover": f"{home}/cover?maxwidth=2560",
            "cover_name": "default/1-space",
            "reputation": account.reputation,
            "reputation_name": _notoriety(account.reputation),
            "created": self._origin + account.created,
            "pro_expiration": False,
            "user_follow": {"status": False},
            "is_blocked": False,
        }

    def _album_head(self, post: Post, *, edited: bool = False) -> dict[str, Any]:
        cover, _ = self._world.picture_by_id[post.cover]
        owner = self._world.accounts[post.account_id]
        return {
            "id": post.id,
            "title": post.title,
            "description": post.description,
            "datetime": self._origin + post.created,
            "cover": cover.id,
            **({"cover_edited": None} if edited else {}),
            "cover_width": cover.width,
            "cover_height": cover.height,
            "account_url": owner.url,
            "account_id": owner.id,
        }

    def _image_head(self, image: Picture) -> dict[str, Any]:
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

    def _files(self, image: Picture) -> dict[str, Any]:
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


def _is_viral(post: Post, at: int) -> bool:
    return post.viral_at is not None and post.viral_at <= at


def _opinion(viewer: Account | None, post: Post) -> tuple[str | None, bool]:
    """Tell what the signed-in person made of a post: some have votes, few are favourites.

    Fixed by account and post (a checksum), since the world holds no votes of single people.
    """
    if viewer is None:
        return None, False
    dice = zlib.crc32(f"{viewer.id}:{post.id}".encode()) % 1000
    vote = "up" if dice < 90 else "down" if dice < 100 else None
    return vote, dice < 25


def _notoriety(reputation: int) -> str:
    for least, name in _NOTORIETY:
        if reputation >= least:
            return name
    return "Neutral"


def _ad_config(post: Post, *, gallery: bool) -> dict[str, Any]:
    safe = ["album"] if post.is_album and gallery else []
    safe.append("in_gallery" if gallery else "not_in_gallery")
    unsafe: list[str] = []
    wall: list[str] = []
    if post.nsfw:
        unsafe = ["mature", "sixth_mod_unsafe", "onsfw_mod_unsafe"]
        wall = ["onsfw_mod_unsafe_wall"]
    else:
        safe += ["sixth_mod_safe", "gallery" if gallery else "share"]
    shows, level = not post.nsfw, 1 if post.nsfw else 2
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


def _tag(tag: Tag) -> dict[str, Any]:
    return {
        "name": tag.name,
        "display_name": tag.display_name,
        "followers": tag.followers,
        "total_items": tag.total_items,
        "following": False,
        "is_whitelisted": tag.is_whitelisted,
        "background_hash": tag.background_hash,
        "thumbnail_hash": tag.thumbnail_hash,
        "accent": tag.accent,
        "background_is_animated": False,
        "thumbnail_is_animated": False,
        "is_promoted": False,
        "description": tag.description,
        "logo_hash": None,
        "logo_destination_url": None,
        "description_annotations": {},
    }
