"""The trees of comments: when each comment arrives, who writes it and what it answers."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from world_maker.people import Person
from world_maker.rng import Rng
from world_maker.words import Theme

# Nobody comments later than this many half-lives after the post.
_LATEST = 14.0
# Trees of so many comments may hold a long quarrel.
_QUARREL_FROM, _QUARREL_SHARE = 35, 0.12
# Replies in which people add to what they wrote themselves.
_SELF_SHARE = 0.03


@dataclass(eq=False)
class Comment:
    """A comment without its text.

    ``role`` is ``root``, ``reply``, ``author`` (of the post), ``exchange`` (two going back and
    forth) or ``quarrel`` and decides about words and votes; ``appeal`` is how it draws replies.
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
    """Those who comment: a few all day, most now and then, some on subjects they like."""

    def __init__(self, people: Sequence[Person], rng: Rng) -> None:
        self._people, self._rng = people, rng
        zeal = (
            min((1.0 - rng.random()) ** -0.75, 60.0) * (0.5 + min(person.activity, 4.0))
            for person in people
        )
        self._sums = list(itertools.accumulate(zeal))

    def draw(self, theme: Theme | None) -> Person:
        """Draw who comments on a subject."""
        while True:
            goal = self._rng.random() * self._sums[-1]
            person = self._people[bisect.bisect_right(self._sums, goal)]
            if theme is None or theme in person.likes or self._rng.chance(0.45):
                return person


def draw_arrivals(post: Mapping[str, Any], count: int, rng: Rng) -> list[int]:
    """Draw when the comments of a post arrive, along its growth curve, in order."""
    times: list[int] = []
    for place in range(count):
        share = (place + rng.random()) / count
        age = post["half_life"] * min(-math.log2(1.0 - share), _LATEST)
        earliest = times[-1] + 1 if times else post["created"] + rng.integer(5, 90)
        times.append(max(post["created"] + int(age), earliest))
    return times


@dataclass
class Tree:
    """The comments of one post, and what of the post matters to them."""

    half_life: int
    author: Person
    theme: Theme | None
    crowd: Crowd
    rng: Rng
    comments: list[Comment] = field(default_factory=list)
    # The last comment of a quarrel and who is to answer it.
    quarrel: tuple[Comment, Person] | None = None

    def grow(self, times: Sequence[int]) -> list[Comment]:
        """Add comments at these times and return all; parents come before their children."""
        rng = self.rng
        long = len(times) >= _QUARREL_FROM and rng.chance(_QUARREL_SHARE)
        rounds = rng.integer(9, 21) if long else 0
        for when in times:
            if rounds and self.comments and rng.chance(0.3):
                self.comments.append(self._quarrel_on(when))
                rounds -= 1
            else:
                self.comments.append(self._next(when))
        return self.comments

    def _next(self, when: int) -> Comment:
        """Make a comment: at the top, in an exchange that goes on, or below any other."""
        rng, place = self.rng, len(self.comments)
        appeal = rng.lognormal(1.0, 1.1)
        # Early on most stand at the top; large trees end with a third of roots.
        if not place or rng.chance(0.31 + 0.38 * math.exp(-place / 9)):
            if rng.chance(0.02):
                return Comment(when, None, self.author, "author", appeal)
            return Comment(when, None, self.crowd.draw(self.theme), "root", appeal)
        unanswered = self._unanswered() if rng.chance(0.22) else None
        if unanswered:
            return Comment(when, *unanswered, "exchange", appeal)
        parent = rng.weighted({one: self._attraction(one, when) for one in self.comments})
        if parent.author is not self.author and rng.chance(0.15):
            return Comment(when, parent, self.author, "author", appeal)
        author = self.crowd.draw(self.theme)
        if rng.chance(_SELF_SHARE):
            author = parent.author
        return Comment(when, parent, author, "reply", appeal)

    def _unanswered(self) -> tuple[Comment, Person] | None:
        """Find a recent reply without an answer, and the person it was addressed to."""
        ends = [
            (one, one.parent.author)
            for one in self.comments[-40:]
            if one.parent and not one.replies and one.author is not one.parent.author
        ]
        return self.rng.choice(ends) if ends else None

    def _attraction(self, comment: Comment, when: int) -> float:
        """Weigh a comment as parent: by appeal, replies, depth and age."""
        popular: float = comment.appeal * (0.6 + len(comment.replies)) ** 0.8 * 0.85**comment.depth
        return popular / (1.0 + 2.0 * (when - comment.created) / self.half_life)

    def _quarrel_on(self, when: int) -> Comment:
        """Make the next comment of the quarrel: two take turns, each answering the other."""
        if self.quarrel:
            last, author = self.quarrel
        else:
            last = self.rng.choice(self.comments)
            while (author := self.crowd.draw(self.theme)) is last.author:
                continue
        comment = Comment(when, last, author, "quarrel", 0.1)
        self.quarrel = (comment, last.author)
        return comment
