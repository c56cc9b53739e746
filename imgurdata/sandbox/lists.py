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
``tag``    those that have the tag (or one of           as in ``user``
           several); sort ``top``: only those created
           within the window
``search`` those that a query matches; sort ``top``:   as in ``user``
           only those created within the window
``r``      those of a forum, of which the rest of the  ``time``: newest first; ``top``: score
           gallery knows nothing
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
    from imgurdata.sandbox.search import Search
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
    tags: tuple[str, ...] = ()
    search: Search | None = None
    forum: str = ""

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
        ListKey(section='hot', sort='viral', window='day', show_viral=True, mature=False, tags=(), \
search=None, forum='')
        """
        section, sort, window = [*words, "", "", ""][:3]
        section = section if section in SECTIONS else "hot"
        if sort not in SORTS or (sort == "rising" and section != "user"):
            sort = "viral"
        if section != "top" or window not in WINDOWS:
            window = "day"
        return cls(section, sort, window, show_viral or section != "user", mature)

    @classmethod
    def of_tags(cls, tags: Sequence[str], words: Sequence[str], *, mature: bool = False) -> ListKey:
        """Fill in the defaults of tags' posts: viral, and a week where the sort is ``top``.

        Examples
        --------
        >>> ListKey.of_tags(["cats"], ["top"]).window
        'week'
        """
        sort, window = _sort(words, ("viral", "top", "time"), "week")
        return cls("tag", sort, window, mature=mature, tags=tuple(tags))

    @classmethod
    def of_search(cls, search: Search, words: Sequence[str], *, mature: bool = False) -> ListKey:
        """Fill in the defaults of a search: newest first, of all time."""
        sort, window = _sort(words, ("time", "viral", "top"), "all")
        return cls("search", sort, window, mature=mature, search=search)

    @classmethod
    def of_forum(cls, forum: str, words: Sequence[str]) -> ListKey:
        """Fill in the defaults of a forum: newest first, and a week where the sort is ``top``."""
        sort, window = _sort(words, ("time", "top"), "week")
        # Imgur has no way to leave out mature posts here.
        return cls("r", sort, window, mature=True, forum=forum.lower())


def _sort(words: Sequence[str], sorts: Sequence[str], window: str) -> tuple[str, str]:
    """Return sort and window; the first sort is the default, and unknown words are ignored."""
    sort, given = [*words, "", ""][:2]
    sort = sort if sort in sorts else sorts[0]
    # Only sort top has a window.
    return sort, "all" if sort != "top" else given if given in WINDOWS else window


class GalleryLists:
    """Lists of posts at one second of the world; cached until the next one, or a change."""

    def __init__(self, world: World, growth: Growth) -> None:
        self._world, self._growth = world, growth
        self.posts = lru_cache(maxsize=64)(self._posts)

    def _posts(self, key: ListKey, at: int, _version: int) -> tuple[Post, ...]:
        """Return all posts of a list at a second and a version of the store, in order."""
        order = self._order(key, at)
        chosen = self._chosen(key, at)
        return tuple(sorted(chosen, key=lambda post: (-order(post), post.id)))

    def _chosen(self, key: ListKey, at: int) -> list[Post]:
        belongs = _membership(key, at, self._world)
        posts: Sequence[Post] = self._world.posts
        if key.section == "r":
            posts = self._world.forums.by_name.get(key.forum, [])
        elif key.search is not None and key.search.wants_forums:
            posts = (*posts, *self._world.forums.post_by_id.values())
        return [
            post
            for post in posts
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


def _membership(key: ListKey, at: int, world: World) -> Callable[[Post], bool]:
    """Return the function that decides whether a post is in a list."""
    if key.section == "hot":
        return lambda post: post.viral_at is not None and at - _HOT_FOR < post.viral_at <= at
    length = WINDOWS[key.window]
    oldest = -math.inf if length is None else at - length
    if key.section == "top":
        return lambda post: post.is_viral(at) and post.created > oldest
    if key.section == "tag":
        tags = frozenset(key.tags)
        return lambda post: post.created > oldest and not tags.isdisjoint(post.tags)
    if key.section == "search" and key.search is not None:
        matches = key.search.matcher(world)
        return lambda post: post.created > oldest and matches(post)
    if key.section == "r":
        return lambda post: post.created > oldest
    if key.sort == "rising" or not key.show_viral:
        return lambda post: not post.is_viral(at)
    return lambda _: True
