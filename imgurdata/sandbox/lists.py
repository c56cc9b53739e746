"""Which posts a gallery list holds, and in which order.

Imgur does not publish its formulas; these are the sandbox's, and they are simple on purpose:

=========  ==========================================  =========================================
section    posts                                       order by sort
=========  ==========================================  =========================================
``hot``    those that entered Most Viral in the last    ``viral``: points / (hours since then +
           30 days                                     2) ** 1.5; ``top``: points; ``time``: the
                                                       latest to enter first
``top``    those in Most Viral, created within the     ``viral`` and ``top``: points; ``time``:
           window                                      newest first
``user``   all                                         ``viral``: points / (hours of age + 2) **
                                                       1.5; ``top``: points; ``time``: newest
                                                       first; ``rising``: points won in the last
                                                       hour, of posts not yet in Most Viral
``tag``    those that have the tag; sort ``top``:      as in ``user``
           only those created within the window
=========  ==========================================  =========================================

Equal ones stand in the order of their ids, so that a page never depends on chance.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.world import Post, World

__all__ = ["PAGE_SIZE", "SECTIONS", "SORTS", "WINDOWS", "GalleryLists", "ListKey"]

#: Rows on a page of a gallery list (recorded answers 2016-2024).
PAGE_SIZE = 60

SECTIONS = ("hot", "top", "user")
SORTS = ("viral", "top", "time", "rising")
#: Length of each window in seconds; None is no limit.
WINDOWS: dict[str, int | None] = {
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
    "all": None,
}

_HOT_FOR = 30 * 86_400
_GRAVITY = 1.5


@dataclass(frozen=True, slots=True)
class ListKey:
    """What was asked for, after defaults are filled in."""

    section: str = "hot"
    sort: str = "viral"
    window: str = "day"
    show_viral: bool = True
    mature: bool = False
    tag: str = ""

    @classmethod
    def of(cls, slots: Sequence[str], *, show_viral: bool = True, mature: bool = False) -> ListKey:
        """Fill in the defaults as Imgur does: a word it does not know counts as not given.

        ``rising`` exists in section ``user`` only; what a section does not use (the window
        outside ``top``, showViral outside ``user``) is put to its default, so that lists that
        are the same have the same key.

        Examples
        --------
        >>> ListKey.of(["hot", "no-such-sort", "week"])
        ListKey(section='hot', sort='viral', window='day', show_viral=True, mature=False, tag='')
        """
        section, sort, window = [*slots, "", "", ""][:3]
        section = section if section in SECTIONS else "hot"
        if sort not in SORTS or (sort == "rising" and section != "user"):
            sort = "viral"
        if section != "top" or window not in WINDOWS:
            window = "day"
        return cls(section, sort, window, show_viral or section != "user", mature)

    @classmethod
    def of_tag(cls, tag: str, slots: Sequence[str], *, mature: bool = False) -> ListKey:
        """Fill in the defaults of a tag's posts: viral, and a week where the sort is ``top``.

        Examples
        --------
        >>> ListKey.of_tag("cats", ["top"]).window
        'week'
        """
        sort, window = [*slots, "", ""][:2]
        if sort not in SORTS or sort == "rising":
            sort = "viral"
        if sort != "top":
            window = "all"
        elif window not in WINDOWS:
            window = "week"
        return cls("tag", sort, window, mature=mature, tag=tag)


class GalleryLists:
    """Lists of posts at one second of the world, remembered until the clock has moved on.

    Parameters
    ----------
    world : World
    growth : Growth
    """

    _REMEMBERED = 64

    def __init__(self, world: World, growth: Growth) -> None:
        self._world = world
        self._growth = growth
        self._known: OrderedDict[tuple[ListKey, int], tuple[Post, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def posts(self, key: ListKey, at: int) -> tuple[Post, ...]:
        """Find all posts of a list, in order."""
        with self._lock:
            known = self._known.get((key, at))
            if known is not None:
                self._known.move_to_end((key, at))
                return known
        chosen = self._chosen(key, at)
        order = self._order(key, at)
        found = tuple(sorted(chosen, key=lambda post: (-order(post), post.id)))
        with self._lock:
            self._known[key, at] = found
            while len(self._known) > self._REMEMBERED:
                self._known.popitem(last=False)
        return found

    def page(self, key: ListKey, number: int, at: int) -> tuple[Post, ...]:
        """Cut page `number` (from 0) out of a list; empty past its end."""
        return self.posts(key, at)[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]

    def _chosen(self, key: ListKey, at: int) -> list[Post]:
        belongs = self._belongs(key, at)
        return [
            post
            for post in self._world.posts
            if post.created <= at and (key.mature or not post.nsfw) and belongs(post)
        ]

    @staticmethod
    def _belongs(key: ListKey, at: int) -> Callable[[Post], bool]:
        def viral(post: Post) -> bool:
            return post.viral_at is not None and post.viral_at <= at

        if key.section == "hot":
            return lambda post: post.viral_at is not None and at - _HOT_FOR < post.viral_at <= at
        length = WINDOWS[key.window]
        oldest = -math.inf if length is None else at - length
        if key.section == "top":
            return lambda post: viral(post) and post.created > oldest
        if key.section == "tag":
            return lambda post: key.tag in post.tags and post.created > oldest
        if key.sort == "rising" or not key.show_viral:
            return lambda post: not viral(post)
        return lambda _: True

    def _order(self, key: ListKey, at: int) -> Callable[[Post], float]:
        def entered(post: Post) -> int:
            shown = post.viral_at if key.section == "hot" else post.created
            return post.created if shown is None else shown

        points = self._growth.points
        if key.sort == "time":
            return entered
        if key.sort == "rising":
            return lambda post: points(post, at) - points(post, at - 3600)
        if key.sort == "top" or key.section == "top":
            return lambda post: points(post, at)
        return lambda post: points(post, at) / ((at - entered(post)) / 3600 + 2) ** _GRAVITY
