"""The world's things as Imgur writes them: field by field what answers of 2022 to 2024 hold.

Order and types of the fields follow recorded answers, oddities included: ``edited`` is the number
0 on a gallery row and the text "0" on an inner image, ``topic_id`` is 0 on images and null on
albums, looping is on GIFs only, and the counts of inner images are null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.image_json import ImageWriter, Owner, ad_config, delete_hash
from imgurdata.sandbox.tag_json import tag_record

if TYPE_CHECKING:
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.votes import Votes
    from imgurdata.sandbox.world import Picture, Post, World

__all__ = ["Writer"]

#: A list shows no more than this many images of an album (recorded answers 2021-2024).
PREVIEW = 3

_NO_COUNTS = ("comment_count", "favorite_count", "ups", "downs", "points", "score")


class Writer:
    """Writes posts and what they are made of at one second of the world.

    Parameters
    ----------
    world : World
    growth : Growth
    votes : Votes
        Tells votes and favourites of whoever asks.
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        The epoch second of the world's start.
    """

    def __init__(self, world: World, growth: Growth, votes: Votes, url: str, origin: int) -> None:
        self._world = world
        self._growth = growth
        self._votes = votes
        self._url = url
        self._origin = origin
        self._images = ImageWriter(url, origin)
        self._tags = {name: tag_record(tag, in_row=True) for name, tag in world.tags.items()}

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
        vote = self._votes.vote(viewer, post)
        favorite = self._votes.is_favorite(viewer, post, at)
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
        row["ad_config"] = _ads(post)
        return row

    def _gallery_image(self, post: Post, at: int, viewer: Account | None) -> dict[str, Any]:
        counts = self._growth.counts(post, at)
        image = post.images[0]
        vote = self._votes.vote(viewer, post)
        favorite = self._votes.is_favorite(viewer, post, at)
        owner = self._world.accounts[post.account_id]
        row = self._images.head(image)
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
        row.update(self._images.files(image))
        row.update(
            ad_config=_ads(post),
            comment_count=counts.comments,
            favorite_count=counts.favorites,
            ups=counts.ups,
            downs=counts.downs,
            points=counts.points,
            score=counts.score,
            is_album=False,
        )
        return row

    def album(self, post: Post, at: int, viewer: Account | None = None) -> dict[str, Any]:
        """Write an album record: no votes, but all its images."""
        record = self._album_head(post, edited=True)
        record.update(
            privacy="hidden",
            layout="blog",
            views=self._growth.counts(post, at).views,
            link=f"{self._url}/a/{post.id}",
            favorite=self._votes.is_favorite(viewer, post, at),
            nsfw=post.nsfw,
            section=post.section or None,
            images_count=len(post.images),
            in_gallery=True,
            is_ad=False,
            include_album_ads=False,
            is_album=True,
        )
        if _owner(post, viewer):
            record["deletehash"] = delete_hash(post.id)
        record.update(images=self.album_images(post, at, viewer), ad_config=_ads(post))
        return record

    def album_images(
        self, post: Post, at: int, viewer: Account | None = None
    ) -> list[dict[str, Any]]:
        """Write all images of an album, in its order."""
        return [self.image(image, post, at, viewer) for image in post.images]

    def single_image(
        self, image: Picture, post: Post, at: int, viewer: Account | None = None
    ) -> dict[str, Any]:
        """Write an image record by itself."""
        record = self.image(image, post, at, viewer)
        if not post.is_album:
            record.update(
                title=post.title,
                description=post.description,
                in_gallery=True,
                in_most_viral=_is_viral(post, at),
            )
        flags = ad_config(is_album=post.is_album, nsfw=post.nsfw, gallery=not post.is_album)
        record.update(nsfw=post.nsfw, ad_config=flags)
        return record

    def image(
        self, image: Picture, post: Post, at: int, viewer: Account | None = None
    ) -> dict[str, Any]:
        """Write an image as it stands inside an album."""
        views = self._growth.image_views(image, post, at)
        return self._images.record(image, views, _owner(post, viewer))

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


def _is_viral(post: Post, at: int) -> bool:
    return post.viral_at is not None and post.viral_at <= at


def _owner(post: Post, viewer: Account | None) -> Owner | None:
    """Tell what the owner is told, if it is the owner who asks."""
    return Owner() if viewer is not None and viewer.id == post.account_id else None


def _ads(post: Post) -> dict[str, Any]:
    return ad_config(is_album=post.is_album, nsfw=post.nsfw, gallery=True)
