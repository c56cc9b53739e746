"""The comments: how many a post gets, who answers whom and when, with their texts and votes."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from world_maker import texts
from world_maker.people import Person
from world_maker.rng import Rng
from world_maker.words import THEMES, Theme

COMMENTS = 30_000
# Comment ids grow with time, 110 a second, and exceed 2**31 from day 13 on.
_FIRST_NUMBER, _NUMBERS_A_SECOND = 2_020_000_000, 110
# The totals are raised to this power so that the largest threads are as large as recorded ones.
_POWER = 1.08
# Totals in lists differ slightly from some trees (recorded: 310 in the list, 326 in the tree).
_MISCOUNTED_SHARE, _MISCOUNTED_FROM = 0.25, 12
_PLATFORMS = {"android": 48, "iphone": 22, "desktop": 22, "mweb": 4, "api": 3, "unknown": 1}
_UNPOPULAR = {"root": 0.018, "reply": 0.025, "author": 0.02, "exchange": 0.02, "quarrel": 0.12}
# Nobody comments later than this many half-lives after the post.
_LATEST = 14.0
# A tree of at least this many comments may contain a long quarrel.
_QUARREL_FROM, _QUARREL_SHARE = 35, 0.12
# Share of replies in which people add to their own comment.
_SELF_SHARE = 0.03


@dataclass(eq=False)
class Comment:
    """A comment without its text.

    ``role`` is ``root``, ``reply``, ``author`` (of the post), ``exchange`` (two people in turn) or
    ``quarrel`` and decides on words and votes; ``appeal`` is how strongly it attracts replies.
    """

    created: int
    parent: Comment | None
    author: Person
    role: str
    appeal: float
    number: int = 0
    ups: int = 0
    replies: list[Comment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.depth: int = self.parent.depth + 1 if self.parent else 0
        if self.parent:
            self.parent.replies.append(self)


class Crowd:
    """People who comment: a few all day, most now and then, some on themes they like."""

    def __init__(self, people: Sequence[Person], rng: Rng) -> None:
        self._people, self._rng = people, rng
        zeal = (
            min((1.0 - rng.random()) ** -0.75, 60.0) * (0.5 + min(person.activity, 4.0))
            for person in people
        )
        self._sums = list(itertools.accumulate(zeal))

    def draw(self, theme: Theme | None) -> Person:
        """Draw a person who comments on a theme."""
        while True:
            goal = self._rng.random() * self._sums[-1]
            person = self._people[bisect.bisect_right(self._sums, goal)]
            if theme is None or theme in person.likes or self._rng.chance(0.45):
                return person


def draw_arrivals(post: Mapping[str, Any], count: int, rng: Rng) -> list[int]:
    """Draw the times of the comments of a post, in order, along its growth curve."""
    times: list[int] = []
    for position in range(count):
        share = (position + rng.random()) / count
        age = post["half_life"] * min(-math.log2(1.0 - share), _LATEST)
        earliest = times[-1] + 1 if times else post["created"] + rng.integer(5, 90)
        times.append(max(post["created"] + int(age), earliest))
    return times


@dataclass
class Tree:
    """Comments of one post, and the properties of the post that matter to them."""

    half_life: int
    author: Person
    theme: Theme | None
    crowd: Crowd
    rng: Rng
    comments: list[Comment] = field(default_factory=list)
    # The last comment of a quarrel and the person who answers it.
    quarrel: tuple[Comment, Person] | None = None

    def grow(self, times: Sequence[int]) -> list[Comment]:
        """Add comments at these times and return all; parents come before their children."""
        rng = self.rng
        long = len(times) >= _QUARREL_FROM and rng.chance(_QUARREL_SHARE)
        rounds = rng.integer(9, 21) if long else 0
        for when in times:
            if rounds and self.comments and rng.chance(0.3):
                self.comments.append(self._continue_quarrel(when))
                rounds -= 1
            else:
                self.comments.append(self._next(when))
        return self.comments

    def _next(self, when: int) -> Comment:
        """Make a comment: at the top, in a continuing exchange, or below any other."""
        rng, count = self.rng, len(self.comments)
        appeal = rng.lognormal(1.0, 1.1)
        # Early comments are mostly at the top; in the end a third of a large tree is.
        if not count or rng.chance(0.31 + 0.38 * math.exp(-count / 9)):
            if rng.chance(0.02):
                return Comment(when, None, self.author, "author", appeal)
            return Comment(when, None, self.crowd.draw(self.theme), "root", appeal)
        unanswered = self._unanswered() if rng.chance(0.22) else None
        if unanswered:
            return Comment(when, *unanswered, "exchange", appeal)
        parent = rng.weighted({other: self._attraction(other, when) for other in self.comments})
        if parent.author is not self.author and rng.chance(0.15):
            return Comment(when, parent, self.author, "author", appeal)
        author = self.crowd.draw(self.theme)
        if rng.chance(_SELF_SHARE):
            author = parent.author
        return Comment(when, parent, author, "reply", appeal)

    def _unanswered(self) -> tuple[Comment, Person] | None:
        """Return a recent reply without an answer, and the person that it answers."""
        ends = [
            (reply, reply.parent.author)
            for reply in self.comments[-40:]
            if reply.parent and not reply.replies and reply.author is not reply.parent.author
        ]
        return self.rng.choice(ends) if ends else None

    def _attraction(self, comment: Comment, when: int) -> float:
        """Weigh a comment as parent: by appeal, replies, depth and age."""
        popular: float = comment.appeal * (0.6 + len(comment.replies)) ** 0.8 * 0.85**comment.depth
        return popular / (1.0 + 2.0 * (when - comment.created) / self.half_life)

    def _continue_quarrel(self, when: int) -> Comment:
        """Make the next comment of the quarrel, in which two people answer each other."""
        if self.quarrel:
            last, author = self.quarrel
        else:
            last = self.rng.choice(self.comments)
            while (author := self.crowd.draw(self.theme)) is last.author:
                continue
        comment = Comment(when, last, author, "quarrel", 0.1)
        self.quarrel = (comment, last.author)
        return comment


def settle_totals(seed: int, posts: Sequence[dict[str, Any]]) -> list[int]:
    """Reduce the totals of the posts to 30,000 in all.

    ``comments`` of each post is set to what lists show; the sizes of the trees are returned.
    """
    rng = Rng(seed, "comment totals")
    wanted = [post["comments"] ** _POWER for post in posts]
    factor = COMMENTS / sum(wanted)
    sizes = [int(size * factor + rng.random()) for size in wanted]
    for post, size in zip(posts, sizes, strict=True):
        post["comments"] = size
        if size >= _MISCOUNTED_FROM and rng.chance(_MISCOUNTED_SHARE):
            off = 1 + int(size * rng.uniform(0.0, 0.05))
            post["comments"] += off if rng.chance(0.4) else -off
    return sizes


def make_comments(
    seed: int, people: Sequence[Person], posts: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Make all comments, by post and time, and set the totals of the posts."""
    names = ("times", "trees", "texts", "votes", "deletions", "platforms")
    rngs = {name: Rng(seed, f"comment {name}") for name in names}
    crowd = Crowd(people, Rng(seed, "comment crowd"))
    by_id = {person.row["id"]: person for person in people}
    usual = {person: rngs["platforms"].weighted(_PLATFORMS) for person in people}
    trees = []
    for post, size in zip(posts, settle_totals(seed, posts), strict=True):
        times = draw_arrivals(post, size, rngs["times"])
        theme = theme_of(post["tags"])
        author = by_id[post["account_id"]]
        tree = Tree(post["half_life"], author, theme, crowd, rngs["trees"]).grow(times)
        trees.append((post, theme, tree))
    number, ids = 0, Rng(seed, "comment ids")
    for comment in sorted(
        itertools.chain(*(tree for *_, tree in trees)), key=lambda comment: comment.created
    ):
        drawn = ids.integer(0, _NUMBERS_A_SECOND - 1)
        number = max(_FIRST_NUMBER + _NUMBERS_A_SECOND * comment.created + drawn, number + 1)
        comment.number = number
    created = [post["created"] for post in posts]
    covers = [post["cover"] for post in posts]
    rows = []
    for post, theme, tree in trees:
        for position, comment in enumerate(tree):
            comment.ups = _ups(comment, position, post, rngs["votes"])
            # Only pictures of the last hundred posts are mentioned.
            seen = bisect.bisect_left(created, comment.created)
            pictures = covers[max(seen - 100, 0) : seen]
            rows.append(
                {
                    "id": comment.number,
                    "post": post["id"],
                    "parent": comment.parent.number if comment.parent else 0,
                    "account_id": comment.author.row["id"],
                    "created": comment.created,
                    "text": texts.comment(comment.role, theme, pictures, rngs["texts"]),
                    "ups": comment.ups,
                    "downs": _downs(comment, rngs["votes"]),
                    "fuzz": _fuzz(comment.ups, rngs["votes"]),
                    # Mostly the author's usual platform.
                    "platform": usual[comment.author]
                    if rngs["platforms"].chance(0.85)
                    else rngs["platforms"].weighted(_PLATFORMS),
                    "deleted_at": _deleted_at(comment, rngs["deletions"]),
                }
            )
    return rows


def theme_of(tags: Sequence[str]) -> Theme | None:
    """Return the theme that most of a post's tags belong to, or None."""
    shared = {theme: sum(tag in theme.tags for tag in tags) for theme in THEMES}
    theme = max(shared, key=shared.__getitem__)
    return theme if shared[theme] else None


def _ups(comment: Comment, position: int, post: Mapping[str, Any], rng: Rng) -> int:
    """Draw the final upvotes: from 1, the author's own, to 45 % of the post's."""
    if comment.parent:
        ups = comment.parent.ups * rng.lognormal(0.17, 1.0)
    else:
        # Comments that draw replies draw votes too.
        drawn = comment.appeal**0.6 * rng.lognormal(0.006, 1.3) / (1.0 + 0.03 * position)
        ups = post["ups"] * drawn
    return 1 + int(min(ups * 2.0**comment.author.skill, 0.45 * post["ups"]))


def _downs(comment: Comment, rng: Rng) -> int:
    """Draw the downvotes: mostly none, more than upvotes for a few unpopular comments."""
    if rng.chance(_UNPOPULAR[comment.role]):
        return int(comment.ups * rng.uniform(0.6, 1.6) + rng.lognormal(5.0, 1.0))
    return int(comment.ups * rng.lognormal(0.011, 0.8)) + int(rng.chance(0.03))


def _fuzz(ups: int, rng: Rng) -> int:
    """Draw the difference of the points in answers from ups - downs, mostly zero."""
    if not rng.chance(0.3 if ups > 100 else 0.02):
        return 0
    size = rng.integer(1, 1 + ups // 250)
    return size if rng.chance(0.6) else -size


def _deleted_at(comment: Comment, rng: Rng) -> int | None:
    """Draw when a comment is deleted, after its last reply; None for nearly all."""
    if not rng.chance(0.011 if comment.replies else 0.003):
        return None
    last = [comment, *comment.replies][-1]
    return last.created + int(rng.lognormal(5_400, 1.4)) + 1
