"""The comments: how many a post gets, who answers whom and when, with their texts and votes."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from world_maker import Row, texts
from world_maker.people import Person
from world_maker.rng import Rng
from world_maker.words import HABITS, THEMES, Theme

COMMENTS = 30_000
# Comment ids grow with time, 110 a second, and exceed 2**31 from day 13 on.
_FIRST_NUMBER, _NUMBERS_A_SECOND = 2_020_000_000, 110


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


class Tree:
    """Comments of one post; parents come before their children."""

    def __init__(self, post: Row, author: Person, crowd: Crowd, rng: Rng) -> None:
        self.post, self.author, self.crowd, self.rng = post, author, crowd, rng
        # The theme that most of the post's tags belong to.
        shared = {theme: sum(tag in theme.tags for tag in post["tags"]) for theme in THEMES}
        theme = max(shared, key=shared.__getitem__)
        self.theme = theme if shared[theme] else None
        self.comments: list[Comment] = []
        # The last comment of a quarrel and the person who answers it.
        self.quarrel: tuple[Comment, Person] | None = None

    def grow(self, count: int, times: Rng) -> None:
        """Add comments, whose times follow the growth curve of the post."""
        rng, made, latest = self.rng, self.post["created"], 0
        rounds = rng.integer(9, 21) if count >= 35 and rng.chance(0.12) else 0
        for position in range(count):
            share = (position + times.random()) / count
            # Nobody comments later than 14 half-lives after the post.
            age = self.post["half_life"] * min(-math.log2(1.0 - share), 14.0)
            earliest = latest + 1 if self.comments else made + times.integer(5, 90)
            latest = max(made + int(age), earliest)
            if rounds and self.comments and rng.chance(0.3):
                self.comments.append(self._continue_quarrel(latest))
                rounds -= 1
            else:
                self.comments.append(self._next(latest))

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
        # A few add to their own comment.
        author = parent.author if rng.chance(0.03) else author
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
        age: float = (when - comment.created) / self.post["half_life"]
        return popular / (1.0 + 2.0 * age)

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


def settle_totals(seed: int, posts: Sequence[Row]) -> list[int]:
    """Reduce the totals of the posts to 30,000 in all.

    ``comments`` of each post is set to what lists show; the sizes of the trees are returned.
    """
    rng = Rng(seed, "comment totals")
    # By the power, the largest trees are as large as recorded ones.
    wanted = [post["comments"] ** 1.08 for post in posts]
    factor = COMMENTS / sum(wanted)
    sizes = [int(size * factor + rng.random()) for size in wanted]
    for post, size in zip(posts, sizes, strict=True):
        post["comments"] = size
        # Totals in lists differ slightly from some trees (recorded: 310 and 326).
        if size >= 12 and rng.chance(0.25):
            off = 1 + int(size * rng.uniform(0.0, 0.05))
            post["comments"] += off if rng.chance(0.4) else -off
    return sizes


def make_comments(
    seed: int, people: Sequence[Person], posts: Sequence[Row], sizes: Sequence[int]
) -> Iterator[Row]:
    """Make all comments, by post and time; ``sizes`` are those of the posts' trees."""
    names = ("times", "trees", "texts", "votes", "deletions", "platforms", "crowd", "ids")
    rngs = {name: Rng(seed, f"comment {name}") for name in names}
    crowd = Crowd(people, rngs["crowd"])
    by_id = {person.row["id"]: person for person in people}
    trees = []
    for post, size in zip(posts, sizes, strict=True):
        tree = Tree(post, by_id[post["account_id"]], crowd, rngs["trees"])
        tree.grow(size, rngs["times"])
        trees.append(tree)
    comments = itertools.chain.from_iterable(tree.comments for tree in trees)
    number = 0
    for comment in sorted(comments, key=lambda comment: comment.created):
        drawn = rngs["ids"].integer(0, _NUMBERS_A_SECOND - 1)
        number = max(_FIRST_NUMBER + _NUMBERS_A_SECOND * comment.created + drawn, number + 1)
        comment.number = number
    devices, platforms = rngs["platforms"], HABITS["platforms"]
    usual = {person: devices.weighted(platforms) for person in people}
    created = [post["created"] for post in posts]
    covers = [post["cover"] for post in posts]
    for tree in trees:
        for position, comment in enumerate(tree.comments):
            # Only pictures of the last hundred posts are mentioned.
            seen = bisect.bisect_left(created, comment.created)
            pictures = covers[max(seen - 100, 0) : seen]
            # Mostly the author's usual platform.
            own = usual[comment.author] if devices.chance(0.85) else devices.weighted(platforms)
            yield {
                "id": comment.number,
                "post": tree.post["id"],
                "parent": comment.parent.number if comment.parent else 0,
                "account_id": comment.author.row["id"],
                "created": comment.created,
                "text": texts.comment(comment.role, tree.theme, pictures, rngs["texts"]),
                **_draw_votes(comment, position, tree.post["ups"], rngs["votes"]),
                "platform": own,
                "deleted_at": _deleted_at(comment, rngs["deletions"]),
            }


def _draw_votes(comment: Comment, position: int, ups_of_post: int, rng: Rng) -> Row:
    """Draw the final votes of a comment, and how far its points in answers are from them."""
    if comment.parent:
        ups = comment.parent.ups * rng.lognormal(0.17, 1.0)
    else:
        # Comments that draw replies draw votes too.
        drawn = comment.appeal**0.6 * rng.lognormal(0.006, 1.3) / (1.0 + 0.03 * position)
        ups = ups_of_post * drawn
    # From 1, the author's own, to 45 % of the post's.
    comment.ups = 1 + int(min(ups * 2.0**comment.author.skill, 0.45 * ups_of_post))
    if rng.chance(HABITS["unpopular"][comment.role]):
        downs = int(comment.ups * rng.uniform(0.6, 1.6) + rng.lognormal(5.0, 1.0))
    else:
        downs = int(comment.ups * rng.lognormal(0.011, 0.8)) + int(rng.chance(0.03))
    fuzz = 0
    if rng.chance(0.3 if comment.ups > 100 else 0.02):
        fuzz = rng.integer(1, 1 + comment.ups // 250) * (1 if rng.chance(0.6) else -1)
    return {"ups": comment.ups, "downs": downs, "fuzz": fuzz}


def _deleted_at(comment: Comment, rng: Rng) -> int | None:
    """Draw when a comment is deleted, after its last reply; None for nearly all."""
    if not rng.chance(0.011 if comment.replies else 0.003):
        return None
    last = [comment, *comment.replies][-1]
    return last.created + int(rng.lognormal(5_400, 1.4)) + 1
