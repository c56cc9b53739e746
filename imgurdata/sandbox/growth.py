"""Growth of posts: one curve for every count, and a random factor per seed and post."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgurdata.sandbox.world import Post

__all__ = ["Change", "Counts", "Growth", "share_reached"]

#: Spread of the factor by which another seed multiplies a post's totals (sigma of its logarithm):
#: two posts out of three stay within half and double of the world's totals.
_SIGMA = 0.7


def share_reached(age: float, half_life: float) -> float:
    """Return the share of its final counts that a post has at an age (both in seconds).

    ``1 - 2 ** (-age / half_life)``: nothing when it is posted, half after one half-life. Known
    exactly, so that an analysis of growth can be checked against the truth.

    Examples
    --------
    >>> share_reached(3600, 3600)
    0.5
    """
    return 1.0 - 2.0 ** (-age / half_life) if age > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of a post at one moment."""

    views: int
    ups: int
    downs: int
    points: int
    score: int
    comments: int
    favorites: int


@dataclass(frozen=True, slots=True)
class Change:
    """What clients of the sandbox added to the counts of a post or a comment."""

    ups: int = 0
    downs: int = 0
    comments: int = 0
    favorites: int = 0


_NO_CHANGE = Change()


class Growth:
    """The counts of posts at any second of the world.

    Parameters
    ----------
    seed : int
        0 leaves the world's totals as they are. Another number multiplies each post's totals by a
        lognormal factor of its own, drawn from ``random.Random(f"{seed}:{post.id}")``: the same
        posts, but others become popular.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._factors: dict[str, float] = {}
        self._changes: dict[str | int, Change] = {}

    def change(self, thing: str | int) -> Change:
        """Return what clients added to the counts of a post's id or a comment's number."""
        return self._changes.get(thing, _NO_CHANGE)

    def add(self, thing: str | int, **more: int) -> None:
        """Add to some of the counts that `Change` has of a post or a comment, for good."""
        was = self.change(thing)
        now = {name: getattr(was, name) + number for name, number in more.items()}
        self._changes[thing] = replace(was, **now)

    def factor(self, post: Post) -> float:
        """Return the number by which this seed multiplies a post's totals."""
        if self._seed == 0:
            return 1.0
        factor = self._factors.get(post.id)
        if factor is None:
            # The same seed must give the same popularity everywhere, so no secure generator.
            generator = random.Random(f"{self._seed}:{post.id}")  # noqa: S311
            factor = self._factors[post.id] = generator.lognormvariate(0.0, _SIGMA)
        return factor

    def share(self, post: Post, since: int, at: int) -> float:
        """Return the share of its final counts that something on a post, begun at `since`, has."""
        return self.factor(post) * share_reached(at - since, post.half_life)

    def counts(self, post: Post, at: int) -> Counts:
        """Return the counts of a post at second `at` of the world."""
        share, more = self.share(post, post.created, at), self.change(post.id)
        ups, downs = int(post.ups * share) + more.ups, int(post.downs * share) + more.downs
        points = ups - downs
        return Counts(
            views=int(post.views * share),
            ups=ups,
            downs=downs,
            points=points,
            score=int(points * post.score_factor // 1),
            comments=int(post.comments * share) + more.comments,
            favorites=int(post.favorites * share) + more.favorites,
        )

    def points(self, post: Post, at: int) -> int:
        """Return ups less downs at second `at`, by which the lists are sorted."""
        share, more = self.share(post, post.created, at), self.change(post.id)
        return int(post.ups * share) - int(post.downs * share) + more.ups - more.downs
