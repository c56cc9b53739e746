"""How posts grow: one curve for every count, and a factor that deals popularity anew."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgurdata.sandbox.world import Picture, Post

__all__ = ["Counts", "Growth", "share_reached"]

#: Spread of the factor by which another seed multiplies a post's totals (sigma of its logarithm):
#: two posts out of three stay within half and double of what the world gave them.
_SIGMA = 0.7


def share_reached(age: float, half_life: float) -> float:
    """Tell how much of its final counts a post has reached.

    ``1 - 2 ** (-age / half_life)``: nothing when it is posted, half after one half-life. Known
    exactly, so that an analysis of growth can be checked against the truth.

    Parameters
    ----------
    age, half_life : float
        Seconds.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> share_reached(3600, 3600)
    0.5
    """
    return 1.0 - 2.0 ** (-age / half_life) if age > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What a post has at one moment."""

    views: int
    ups: int
    downs: int
    points: int
    score: int
    comments: int
    favorites: int


class Growth:
    """The counts of posts at any second of the world.

    Parameters
    ----------
    seed : int
        0 leaves the world's totals as written. Another number multiplies each post's totals by a
        lognormal factor of its own, drawn from ``random.Random(f"{seed}:{post.id}")``: the same
        posts, but others become popular.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._factors: dict[str, float] = {}

    def factor(self, post: Post) -> float:
        """Tell by how much this seed multiplies a post's totals."""
        if self._seed == 0:
            return 1.0
        factor = self._factors.get(post.id)
        if factor is None:
            # Not for secrets: the same seed must deal the same popularity everywhere.
            dice = random.Random(f"{self._seed}:{post.id}")  # noqa: S311
            factor = self._factors[post.id] = dice.lognormvariate(0.0, _SIGMA)
        return factor

    def share(self, post: Post, since: int, at: int) -> float:
        """Tell which share of its totals something that began at `since` on a post has by `at`."""
        return self.factor(post) * share_reached(at - since, post.half_life)

    def counts(self, post: Post, at: int) -> Counts:
        """Count what the post has at second `at` of the world."""
        share = self.share(post, post.created, at)
        ups, downs = int(post.ups * share), int(post.downs * share)
        points = ups - downs
        return Counts(
            views=int(post.views * share),
            ups=ups,
            downs=downs,
            points=points,
            score=int(points * post.score_factor // 1),
            comments=int(post.comments * share),
            favorites=int(post.favorites * share),
        )

    def points(self, post: Post, at: int) -> int:
        """Count ups less downs at second `at`: what the lists are sorted by."""
        share = self.share(post, post.created, at)
        return int(post.ups * share) - int(post.downs * share)

    def image_views(self, image: Picture, post: Post, at: int) -> int:
        """Count how often an image was seen by second `at`; it grows with its post."""
        share = self.share(post, post.created, at)
        return int(image.views * share)
