"""Votes and favourites of accounts: derived, until an account casts its own.

The world holds totals, not single votes. Who voted and who has which favourites follows from
checksums of account and post, so it is the same in every run. What a client casts is kept here, and
changes the totals by the difference.
"""

from __future__ import annotations

import math
import threading
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.world import Account, Folder, Post, World

__all__ = ["FIRST_COMMENT", "VOTES", "Votes", "share_of"]

#: Clients' comments have this number or a greater one; the world's have smaller ones.
FIRST_COMMENT = 2_800_000_000
#: The votes that can be cast; ``veto`` takes one back.
VOTES = ("up", "down", "veto")


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

    def __init__(self, world: World, growth: Growth) -> None:
        # Only what the world came with has votes and favourites that nobody cast.
        self._posts = world.posts
        self._derived = frozenset(post.id for post in world.posts)
        self._growth = growth
        self._favorites: dict[int, dict[str, int]] = {}
        self._cast: dict[tuple[int, str | int], str | None] = {}
        self._lock = threading.Lock()

    # Favourites ------------------------------------------------------------------------------

    def favorites(self, account: Account, at: int) -> list[tuple[int, str]]:
        """Return when each favourite of an account by second `at` was added, and its id."""
        added = self._all_favorites(account).items()
        return [(when, item) for item, when in added if when <= at]

    def is_favorite(self, account: Account | None, item: str, at: int) -> bool:
        """Return whether a post, an image or an album is a favourite of an account."""
        return account is not None and self._all_favorites(account).get(item, at + 1) <= at

    def folder_of(self, folders: Sequence[Folder], item: str) -> Folder | None:
        """Return the folder of its owner that a favourite lies in; one in several lies in none."""
        # In another order than where favourites are drawn: checksums of like texts are alike.
        dice = share_of(item, "lies in a folder of", folders[0].account_id)
        place = int(dice * (len(folders) + 0.5))
        return folders[place] if place < len(folders) else None

    def toggle_favorite(self, account: Account, item: str, at: int) -> bool:
        """Add a favourite, or remove it; return whether it is one now."""
        was = self.is_favorite(account, item, at)
        items = dict(self._all_favorites(account))
        if was:
            del items[item]
        else:
            items[item] = at
        with self._lock:
            self._favorites[account.id] = items
        self._growth.add(item, favorites=-1 if was else 1)
        return not was

    def _all_favorites(self, account: Account) -> Mapping[str, int]:
        """Return all favourites that the account will ever have: post id, and when it is added."""
        with self._lock:
            known = self._favorites.get(account.id)
        if known is not None:
            return known
        eager = min(0.3, 0.004 / (share_of("eager", account.id) + 0.01))
        added: dict[str, int] = {}
        for post in self._posts:
            liked = (1 + math.log10(1 + post.favorites)) / 2
            if share_of("keeps", account.id, post.id) < eager * liked:
                late = -math.log2(1 - share_of("kept", account.id, post.id))
                added[post.id] = post.created + 1 + int(post.half_life * late)
        with self._lock:
            return self._favorites.setdefault(account.id, added)

    # Votes -----------------------------------------------------------------------------------

    def vote(self, account: Account | None, thing: Post | Comment) -> str | None:
        """Return an account's vote on a post or a comment; few have one, and most are up."""
        if account is None:
            return None
        if (account.id, thing.id) in self._cast:
            return self._cast[account.id, thing.id]
        if isinstance(thing.id, int):
            up, is_new = 0.05, thing.id >= FIRST_COMMENT
        else:
            up, is_new = 0.09, thing.id not in self._derived
        dice = share_of("vote", account.id, thing.id)
        return None if is_new or dice >= up + 0.01 else "up" if dice < up else "down"

    def cast(self, account: Account, thing: Post | Comment, vote: str) -> None:
        """Cast, change or take back (``veto``) a vote; the counts follow."""
        was, now = self.vote(account, thing), None if vote == "veto" else vote
        self._cast[account.id, thing.id] = now
        self._growth.add(
            thing.id,
            ups=(now == "up") - (was == "up"),
            downs=(now == "down") - (was == "down"),
        )
