"""How far posts get: who goes viral, and the five counts they end with.

The medians, spreads and ratios follow the recorded answers of 2021 to 2024: pages of Most Viral
for the viral, a search page for the rest.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from world_maker.rng import Rng

_VIRAL_SHARE = 0.5
_SHORTEST_HALF_LIFE, _LONGEST_HALF_LIFE = 600, 200_000


@dataclass(frozen=True)
class Odds:
    """What decides how a post does.

    ``luck`` sums what its theme, hour, author, tags and pictures are worth, and chance; ``saved``
    is by how much its subject and number of pictures multiply favourites.
    """

    created: int
    luck: float
    saved: float
    moving: bool
    mature: bool


def make_reach(seed: int, odds: Sequence[Odds]) -> list[dict[str, Any]]:
    """Draw for each post its final counts, half-life, score factor and time of going viral."""
    rng = Rng(seed, "reach")
    mean = statistics.fmean(one.luck for one in odds)
    spread = statistics.pstdev(one.luck for one in odds)
    luck = [(one.luck - mean) / spread for one in odds]
    push = [
        0.8 * z + 0.6 * rng.normal() - (0.9 if one.mature else 0.0)
        for z, one in zip(luck, odds, strict=True)
    ]
    bar = sorted(push)[int(len(push) * (1.0 - _VIRAL_SHARE))]
    return [
        (_viral if pushed >= bar else _not_viral)(one, z, rng)
        for one, z, pushed in zip(odds, luck, push, strict=True)
    ]


def _viral(odds: Odds, luck: float, rng: Rng) -> dict[str, Any]:
    """Draw the counts of a post that enters Most Viral."""
    ups = math.exp(7.08 + 0.52 * (0.7 * (luck - 0.5) + 0.75 * rng.normal()))
    views = ups / rng.lognormal(0.0165, 0.28) * (1.2 if odds.moving else 1.0)
    # One in a hundred is linked to from elsewhere and seen far more than voted on.
    if rng.chance(0.011):
        views *= rng.uniform(6.0, 40.0)
    downs = ups * min(rng.lognormal(0.026, 0.62), 0.45)
    comments = ups * rng.lognormal(0.085, 0.62)
    favorites = ups * rng.lognormal(0.082, 0.58) * odds.saved
    half_life = _half_life(15_000, 0.55, rng)
    wait = min(max(half_life * rng.lognormal(0.55, 0.4), 900), 50_000)
    return {
        **_whole(views, ups, downs, comments, favorites),
        "half_life": half_life,
        "score_factor": _score_factor(0.033, 0.28, rng),
        "viral_at": odds.created + int(wait),
    }


def _not_viral(odds: Odds, luck: float, rng: Rng) -> dict[str, Any]:
    """Draw the counts of a post that stays among the user-submitted."""
    ups = math.exp(3.45 + 1.1 * (0.75 * (luck + 0.5) + 0.8 * rng.normal()))
    views = ups / rng.lognormal(0.0225, 0.33) * (1.2 if odds.moving else 1.0) + 30
    # A few divide opinion; points of those can end below zero.
    ratio = rng.lognormal(0.9, 0.6) if rng.chance(0.035) else rng.lognormal(0.048, 0.8)
    downs = ups * ratio + rng.uniform(0.0, 1.3)
    comments = ups * rng.lognormal(0.06, 0.8) + rng.uniform(0.0, 1.4)
    favorites = ups * rng.lognormal(0.075, 0.7) * odds.saved + rng.uniform(0.0, 1.0)
    return {
        **_whole(views, ups, downs, comments, favorites),
        "half_life": _half_life(8_000, 0.95, rng),
        "score_factor": _score_factor(0.0215, 0.12, rng),
        "viral_at": None,
    }


def _whole(
    views: float, ups: float, downs: float, comments: float, favorites: float
) -> dict[str, int]:
    """Make whole numbers of the five counts; nobody votes without looking."""
    return {
        "ups": int(ups) + 1,
        "downs": int(downs),
        "comments": int(comments),
        "favorites": int(favorites),
        "views": max(int(views), 2 * (int(ups) + 1 + int(downs))),
    }


def _half_life(median: float, spread: float, rng: Rng) -> int:
    """Draw the time in which half of all reactions arrive, in s."""
    drawn = rng.lognormal(median, spread)
    return int(min(max(drawn, _SHORTEST_HALF_LIFE), _LONGEST_HALF_LIFE))


def _score_factor(excess: float, spread: float, rng: Rng) -> float:
    """Draw how much the score exceeds the points; one in a hundred by several times."""
    if rng.chance(0.008):
        return round(rng.uniform(1.3, 6.0), 3)
    return round(1.0 + rng.lognormal(excess, spread), 4)
