"""The trees of comments: when each arrives, who writes it and whom it answers."""

from __future__ import annotations

import bisect
import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from world_maker.dice import Dice
    from world_maker.people import Person
    from world_maker.words import Theme

# Nobody comments later than this many half-lives after the post.
LATEST = 14.0
# Trees of so many comments may hold a quarrel that goes on and on.
_QUARREL_FROM = 35
_QUARREL_SHARE = 0.12
# Replies in which people add to what they said themselves.
_SELF_SHARE = 0.03


@dataclass
class Comment:
    """A place in a tree.

    Parameters
    ----------
    created : int
        When it was written, in s.
    parent : Comment or None
        What it answers; None at the top.
    author : Person
        Who wrote it.
    role : str
        ``root``, ``reply``, ``author`` (of the post), ``exchange`` (two going back and forth) or
        ``quarrel``; steers the words and the votes.
    appeal : float
        How much it draws replies.
    """

    created: int
    parent: Comment | None
    author: Person
    role: str
    appeal: float
    replies: list[Comment] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        if self.parent is not None:
            self.depth = self.parent.depth + 1
            self.parent.replies.append(self)


class Crowd:
    """Those who comment: a few all day, most now and then, some on subjects of theirs.

    Parameters
    ----------
    people : sequence of Person
        Everybody.
    dice : Dice
        Chance.
    """

    def __init__(self, people: Sequence[Person], dice: Dice) -> None:
        self._people = people
        self._dice = dice
        zeal = [
            min((1.0 - dice.unit()) ** -0.75, 60.0) * (0.5 + min(person.activity, 4.0))
            for person in people
        ]
        self._sums = list(itertools.accumulate(zeal))

    def someone(self, theme: Theme | None) -> Person:
        """Draw who comments on a subject."""
        while True:
            goal = self._dice.unit() * self._sums[-1]
            person = self._people[bisect.bisect_right(self._sums, goal)]
            if theme is None or theme in person.likes or self._dice.chance(0.45):
                return person


def arrivals(post: Mapping[str, Any], count: int, dice: Dice) -> list[int]:
    """Draw when the comments of a post arrive: along its known curve, evenly but for chance.

    Parameters
    ----------
    post : mapping
        The post, with ``created`` and ``half_life`` in s.
    count : int
        How many.
    dice : Dice
        Chance.

    Returns
    -------
    list of int
        Seconds since the world's start, growing.
    """
    times: list[int] = []
    for place in range(count):
        share = (place + dice.unit()) / count
        age = post["half_life"] * min(-math.log2(1.0 - share), LATEST)
        earliest = times[-1] + 1 if times else post["created"] + dice.integer(5, 90)
        times.append(max(post["created"] + int(age), earliest))
    return times


class Tree:
    """The comments of one post, as they come in.

    Parameters
    ----------
    post : mapping
        The post.
    author : Person
        Who posted it.
    theme : Theme or None
        Its subject.
    crowd : Crowd
        Those who comment.
    dice : Dice
        Chance.
    """

    def __init__(
        self,
        post: Mapping[str, Any],
        author: Person,
        theme: Theme | None,
        crowd: Crowd,
        dice: Dice,
    ) -> None:
        self._half_life: int = post["half_life"]
        self._author, self._theme, self._crowd, self._dice = author, theme, crowd, dice
        # The last word of a quarrel and the one who is to answer it.
        self._quarrel: tuple[Comment, Person] | None = None
        self.comments: list[Comment] = []

    def grow(self, times: Sequence[int]) -> list[Comment]:
        """Add all comments.

        Parameters
        ----------
        times : sequence of int
            When they arrive, in s.

        Returns
        -------
        list of Comment
            By time, so a parent comes before its children.
        """
        dice = self._dice
        long = len(times) >= _QUARREL_FROM and dice.chance(_QUARREL_SHARE)
        rounds = dice.integer(9, 21) if long else 0
        for when in times:
            if rounds and self.comments and dice.chance(0.3):
                self.comments.append(self._quarrel_on(when))
                rounds -= 1
            else:
                self.comments.append(self._next(when))
        return self.comments

    def _next(self, when: int) -> Comment:
        """Add a comment: at the top, in an exchange that goes on, or below any other."""
        dice, place = self._dice, len(self.comments)
        appeal = dice.lognormal(1.0, 1.1)
        # Early on most stand at the top; large trees end with a third of roots.
        if not place or dice.chance(0.31 + 0.38 * math.exp(-place / 9)):
            if dice.chance(0.02):
                return Comment(when, None, self._author, "author", appeal)
            return Comment(when, None, self._someone(), "root", appeal)
        exchange = self._open_end() if dice.chance(0.22) else None
        if exchange:
            return Comment(when, exchange[0], exchange[1], "exchange", appeal)
        parent = self._answered(when)
        if parent.author is not self._author and dice.chance(0.15):
            return Comment(when, parent, self._author, "author", appeal)
        who = self._someone()
        if dice.chance(_SELF_SHARE):
            who = parent.author
        return Comment(when, parent, who, "reply", appeal)

    def _someone(self) -> Person:
        """Draw who comments."""
        return self._crowd.someone(self._theme)

    def _open_end(self) -> tuple[Comment, Person] | None:
        """Find a recent reply that has no answer yet, and the one it was said to."""
        ends = [
            (one, one.parent.author)
            for one in self.comments[-40:]
            if one.parent and not one.replies and one.author is not one.parent.author
        ]
        return self._dice.pick(ends) if ends else None

    def _answered(self, when: int) -> Comment:
        """Draw which comment is answered: one that appeals, was answered before and is fresh."""
        weights = [
            one.appeal
            * (0.6 + len(one.replies)) ** 0.8
            * 0.85**one.depth
            / (1.0 + 2.0 * (when - one.created) / self._half_life)
            for one in self.comments
        ]
        return self._dice.weighted(self.comments, weights)

    def _quarrel_on(self, when: int) -> Comment:
        """Add the next word of the quarrel: the two take turns, each answering the other."""
        if self._quarrel is None:
            last = self._dice.pick(self.comments)
            who = self._someone()
            while who is last.author:
                who = self._someone()
        else:
            last, who = self._quarrel
        comment = Comment(when, last, who, "quarrel", 0.1)
        self._quarrel = (comment, last.author)
        return comment
