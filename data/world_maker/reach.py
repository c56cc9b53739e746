"""How far posts get: who goes viral, and the five counts they end with.

The medians, spreads and ratios follow the recorded answers of 2021 to 2024: pages of Most Viral
for the viral, a search page for the rest.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Any

from world_maker.rng import Rng
from world_maker.words import Theme

Post = dict[str, Any]


def cover_moves(post: Post) -> bool:
    """Return whether the picture that stands for a post is animated."""
    return any(one["animated"] for one in post["images"] if one["id"] == post["cover"])


def add_reach(
    seed: int, posts: Sequence[Post], themes: Sequence[Theme], luck: Sequence[float]
) -> None:
    """Add to posts their final counts, half-life, score factor and time of going viral."""
    rng = Rng(seed, "reach")
    mean, spread = statistics.fmean(luck), statistics.pstdev(luck)
    scaled = [(one - mean) / spread for one in luck]
    push = [
        0.8 * z + 0.6 * rng.normal() - (0.9 if post["nsfw"] else 0.0)
        for z, post in zip(scaled, posts, strict=True)
    ]
    # The better half goes viral.
    bar = sorted(push)[len(push) // 2]
    for post, theme, z, pushed in zip(posts, themes, scaled, push, strict=True):
        draw = _viral if pushed >= bar else _not_viral
        post.update(draw(post, theme, z, rng))


def _viral(post: Post, theme: Theme, luck: float, rng: Rng) -> Post:
    """Draw the reach of a post that enters Most Viral."""
    ups = math.exp(7.08 + 0.52 * (0.7 * (luck - 0.5) + 0.75 * rng.normal()))
    views = ups / rng.lognormal(0.0165, 0.28) * (1.2 if cover_moves(post) else 1.0)
    # One in a hundred is linked to from elsewhere and seen far more than voted on.
    if rng.chance(0.011):
        views *= rng.uniform(6.0, 40.0)
    downs = ups * min(rng.lognormal(0.026, 0.62), 0.45)
    comments = ups * rng.lognormal(0.085, 0.62)
    favorites = ups * rng.lognormal(0.082, 0.58) * _saved(post, theme)
    half_life = _half_life(15_000, 0.55, rng)
    wait = min(max(half_life * rng.lognormal(0.55, 0.4), 900), 50_000)
    return {
        **_whole(views, ups, downs, comments, favorites),
        "half_life": half_life,
        "score_factor": _score_factor(0.033, 0.28, rng),
        "viral_at": post["created"] + int(wait),
    }


def _not_viral(post: Post, theme: Theme, luck: float, rng: Rng) -> Post:
    """Draw the reach of a post that stays among the user-submitted."""
    ups = math.exp(3.45 + 1.1 * (0.75 * (luck + 0.5) + 0.8 * rng.normal()))
    views = ups / rng.lognormal(0.0225, 0.33) * (1.2 if cover_moves(post) else 1.0) + 30
    # A few divide opinion; points of those can end below zero.
    ratio = rng.lognormal(0.9, 0.6) if rng.chance(0.035) else rng.lognormal(0.048, 0.8)
    downs = ups * ratio + rng.uniform(0.0, 1.3)
    comments = ups * rng.lognormal(0.06, 0.8) + rng.uniform(0.0, 1.4)
    favorites = ups * rng.lognormal(0.075, 0.7) * _saved(post, theme) + rng.uniform(0.0, 1.0)
    return {
        **_whole(views, ups, downs, comments, favorites),
        "half_life": _half_life(8_000, 0.95, rng),
        "score_factor": _score_factor(0.0215, 0.12, rng),
        "viral_at": None,
    }


def _whole(views: float, ups: float, downs: float, comments: float, favorites: float) -> Post:
    """Make whole numbers of the five counts; nobody votes without looking."""
    counts = {"ups": int(ups) + 1, "downs": int(downs), "comments": int(comments)}
    seen = max(int(views), 2 * (counts["ups"] + counts["downs"]))
    return {**counts, "favorites": int(favorites), "views": seen}


def _saved(post: Post, theme: Theme) -> float:
    """Return the factor of favourites: more pictures and some themes bring more."""
    return (1.0 + 0.42 * math.log(len(post["images"]))) * (1.3 if theme.kept else 1.0)


def _half_life(median: float, spread: float, rng: Rng) -> int:
    """Draw the time in which half of all reactions arrive, in s."""
    return int(min(max(rng.lognormal(median, spread), 600), 200_000))


def _score_factor(excess: float, spread: float, rng: Rng) -> float:
    """Draw how much the score exceeds the points; one in a hundred by several times."""
    if rng.chance(0.008):
        return round(rng.uniform(1.3, 6.0), 3)
    return round(1.0 + rng.lognormal(excess, spread), 4)
