"""Votes and favourites of accounts, derived, since none are stored.

The world holds totals, not single votes. Who voted and who has which favourites follows from
checksums of account and post, so it is the same in every run.
"""

from __future__ import annotations

import math
import threading
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.world import Account, Post, World

__all__ = ["Votes", "share_of"]


def share_of(*parts: object) -> float:
    """Map something to a number from 0 up to 1, the same each time.

    Examples
    --------
    >>> 0 <= share_of("vote", 7) < 1
    True
    """
    return zlib.crc32(":".join(map(str, parts)).encode()) / 2**32


class Votes:
    """Votes and favourites of accounts.

    Few accounts have very many favourites and most have few; popular posts are favourites more
    often. A post becomes a favourite along its own curve of growth: half of the accounts that
    ever add it do so within its half-life.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._favorites: dict[int, dict[str, int]] = {}
        self._lock = threading.Lock()

    def favorites(self, account: Account, at: int) -> list[tuple[int, Post]]:
        """Return when each favourite of an account by second `at` was added, and the post."""
        posts = self._world.post_by_id
        added = self._all_favorites(account).items()
        return [(when, posts[post]) for post, when in added if when <= at]

    def is_favorite(self, account: Account | None, post: Post, at: int) -> bool:
        """Return whether a post is a favourite of an account."""
        return account is not None and self._all_favorites(account).get(post.id, at + 1) <= at

    def vote(self, account: Account | None, post: Post) -> str | None:
        """Return an account's vote on a post: one in ten has one, and most are up."""
        return _vote(account, post.id, 0.09, 0.01)

    def comment_vote(self, account: Account | None, comment: Comment) -> str | None:
        """Return an account's vote on a comment."""
        return _vote(account, comment.id, 0.05, 0.01)

    def _all_favorites(self, account: Account) -> dict[str, int]:
        """Return all favourites that the account will ever have: post id, and when it is added."""
        with self._lock:
            known = self._favorites.get(account.id)
        if known is not None:
            return known
        eager = min(0.3, 0.004 / (share_of("eager", account.id) + 0.01))
        added: dict[str, int] = {}
        for post in self._world.posts:
            liked = (1 + math.log10(1 + post.favorites)) / 2
            if share_of("keeps", account.id, post.id) < eager * liked:
                late = -math.log2(1 - share_of("kept", account.id, post.id))
                added[post.id] = post.created + 1 + int(post.half_life * late)
        with self._lock:
            self._favorites[account.id] = added
        return added


def _vote(account: Account | None, thing: object, up: float, down: float) -> str | None:
    if account is None:
        return None
    dice = share_of("vote", account.id, thing)
    return "up" if dice < up else "down" if dice < up + down else None
