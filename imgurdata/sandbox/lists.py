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

Equal ones are in the order of their ids, so that a page never depends on chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
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
    """The parameters of a list, after defaults are filled in."""

    section: str = "hot"
    sort: str = "viral"
    window: str = "day"
    show_viral: bool = True
    mature: bool = False
    tag: str = ""

    @classmethod
    def from_path(
        cls, words: Sequence[str], *, show_viral: bool = True, mature: bool = False
    ) -> ListKey:
        """Fill in the defaults as Imgur does: a word it does not know is ignored.

        ``rising`` exists in section ``user`` only. What a section does not use (the window
        outside ``top``, showViral outside ``user``) gets its default, so that equal lists have
        equal keys.

        Examples
        --------
        >>> ListKey.from_path(["hot", "no-such-sort", "week"])
        ListKey(section='hot', sort='viral', window='day', show_viral=True, mature=False, tag='')
        """
        section, sort, window = [*words, "", "", ""][:3]
        section = section if section in SECTIONS else "hot"
        if sort not in SORTS or (sort == "rising" and section != "user"):
            sort = "viral"
        if section != "top" or window not in WINDOWS:
            window = "day"
        return cls(section, sort, window, show_viral or section != "user", mature)

    @classmethod
    def of_tag(cls, tag: str, words: Sequence[str], *, mature: bool = False) -> ListKey:
        """Fill in the defaults of a tag's posts: viral, and a week where the sort is ``top``.

        Examples
        --------
        >>> ListKey.of_tag("cats", ["top"]).window
        'week'
        """
        sort, window = [*words, "", ""][:2]
        if sort not in SORTS or sort == "rising":
            sort = "viral"
        if sort != "top":
            window = "all"
        elif window not in WINDOWS:
            window = "week"
        return cls("tag", sort, window, mature=mature, tag=tag)


class GalleryLists:
    """Lists of posts at one second of the world, cached until the clock has moved on."""

    def __init__(self, world: World, growth: Growth) -> None:
        self._world = world
        self._growth = growth
        #: Returns all posts of a list (a `ListKey`) at a second, in order.
        self.posts = lru_cache(maxsize=64)(self._posts)

    def _posts(self, key: ListKey, at: int) -> tuple[Post, ...]:
        order = self._order(key, at)
        chosen = self._chosen(key, at)
        return tuple(sorted(chosen, key=lambda post: (-order(post), post.id)))

    def _chosen(self, key: ListKey, at: int) -> list[Post]:
        belongs = _membership(key, at)
        return [
            post
            for post in self._world.posts
            if post.created <= at and (key.mature or not post.nsfw) and belongs(post)
        ]

    def _order(self, key: ListKey, at: int) -> Callable[[Post], float]:
        """Return the function whose values sort a list, largest first."""

        def entered(post: Post) -> int:
            when = post.viral_at if key.section == "hot" else post.created
            return post.created if when is None else when

        points = self._growth.points
        if key.sort == "time":
            return entered
        if key.sort == "rising":
            return lambda post: points(post, at) - points(post, at - 3600)
        if key.sort == "top" or key.section == "top":
            return lambda post: points(post, at)
        return lambda post: points(post, at) / ((at - entered(post)) / 3600 + 2) ** _GRAVITY


def _membership(key: ListKey, at: int) -> Callable[[Post], bool]:
    """Return the function that decides whether a post is in a list."""
    if key.section == "hot":
        return lambda post: post.viral_at is not None and at - _HOT_FOR < post.viral_at <= at
    length = WINDOWS[key.window]
    oldest = -math.inf if length is None else at - length
    if key.section == "top":
        return lambda post: post.is_viral(at) and post.created > oldest
    if key.section == "tag":
        return lambda post: key.tag in post.tags and post.created > oldest
    if key.sort == "rising" or not key.show_viral:
        return lambda post: not post.is_viral(at)
    return lambda _: True
