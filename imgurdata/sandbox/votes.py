"""Votes and favourites of accounts, derived, since none are stored.

The world holds totals, not single votes. Who voted and who keeps what as a favourite follows from
checksums of account and post, so it is the same in every run.
"""

from __future__ import annotations

import math
import threading
import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.world import Post, World

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

    Few accounts collect very many favourites and most collect few; popular posts are kept more
    often. A post becomes a favourite along its own curve of growth: half of those who ever keep it
    do so within its half-life.

    Parameters
    ----------
    world : World
    """

    _REMEMBERED = 128

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: OrderedDict[int, dict[str, int]] = OrderedDict()
        self._lock = threading.Lock()

    def favorites(self, account: Account, at: int) -> list[tuple[int, Post]]:
        """Find an account's favourites by second `at`: when each became one, and the post."""
        posts = self._world.post_by_id
        kept = self._kept(account).items()
        return [(when, posts[post]) for post, when in kept if when <= at]

    def is_favorite(self, account: Account | None, post: Post, at: int) -> bool:
        """Tell whether a post is a favourite of whoever asks."""
        return account is not None and self._kept(account).get(post.id, at + 1) <= at

    def vote(self, account: Account | None, post: Post) -> str | None:
        """Tell the vote of whoever asks on a post: one in ten has one, and most are up."""
        return _vote(account, post.id, 0.09, 0.01)

    def comment_vote(self, account: Account | None, comment: Comment) -> str | None:
        """Tell the vote of whoever asks on a comment."""
        return _vote(account, comment.id, 0.05, 0.01)

    def _kept(self, account: Account) -> dict[str, int]:
        """Find all favourites that the account will ever have: post id, and when it is one."""
        with self._lock:
            known = self._known.get(account.id)
            if known is not None:
                self._known.move_to_end(account.id)
                return known
        eager = min(0.3, 0.004 / (share_of("eager", account.id) + 0.01))
        kept: dict[str, int] = {}
        for post in self._world.posts:
            liked = (1 + math.log10(1 + post.favorites)) / 2
            if share_of("keeps", account.id, post.id) < eager * liked:
                late = -math.log2(1 - share_of("kept", account.id, post.id))
                kept[post.id] = post.created + 1 + int(post.half_life * late)
        with self._lock:
            self._known[account.id] = kept
            while len(self._known) > self._REMEMBERED:
                self._known.popitem(last=False)
        return kept


def _vote(account: Account | None, thing: object, up: float, down: float) -> str | None:
    if account is None:
        return None
    dice = share_of("vote", account.id, thing)
    return "up" if dice < up else "down" if dice < up + down else None
