"""The posts in an account's lists: what it shared, and what it keeps as favourites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.lists import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.favorites_json import FavoritesWriter
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.routes import Asked
    from imgurdata.sandbox.votes import Votes
    from imgurdata.sandbox.world import Post, World

__all__ = ["AccountFavorites"]


class AccountFavorites:
    """Lists submissions and favourites, 60 a page like the gallery.

    Parameters
    ----------
    world : World
    growth : Growth
    votes : Votes
    writer : FavoritesWriter
    """

    def __init__(self, world: World, growth: Growth, votes: Votes, writer: FavoritesWriter) -> None:
        self._world = world
        self._growth = growth
        self._votes = votes
        self._writer = writer

    def submissions(self, account: Account, at: int, sort: str = "newest") -> list[Post]:
        """Find what an account has shared: newest, oldest, best or worst (points) first."""
        posts = [p for p in self._world.posts_by_account.get(account.id, ()) if p.created <= at]
        if sort in ("best", "worst"):
            sign = -1 if sort == "best" else 1
            return sorted(posts, key=lambda post: (sign * self._growth.points(post, at), post.id))
        return sorted(posts, key=lambda p: (p.created, p.id), reverse=sort != "oldest")

    def favorites(self, account: Account, at: int, sort: str = "newest") -> list[Post]:
        """Find an account's favourites, the latest or (``oldest``) the first of them first."""
        kept = self._votes.favorites(account, at)
        kept.sort(key=lambda each: (each[0], each[1].id), reverse=sort != "oldest")
        return [post for _, post in kept]

    def shared(self, asked: Asked, account: Account, page: int, sort: str) -> list[dict[str, Any]]:
        """Answer one page of submissions."""
        posts = _page(self.submissions(account, asked.at, sort), page)
        return [self._writer.submission(post, asked.at, asked.viewer) for post in posts]

    def public(self, asked: Asked, account: Account, page: int, sort: str) -> list[dict[str, Any]]:
        """Answer one page of the favourites that everybody may read."""
        posts = _page(self.favorites(account, asked.at, sort), page)
        return [self._writer.public_favorite(post, asked.at) for post in posts]

    def own(self, asked: Asked, account: Account, page: int, sort: str) -> list[dict[str, Any]]:
        """Answer one page of the favourites as their owner sees them."""
        posts = _page(self.favorites(account, asked.at, sort), page)
        return [self._writer.own_favorite(post, asked.at) for post in posts]


def _page(posts: Sequence[Post], page: int) -> Sequence[Post]:
    return posts[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
