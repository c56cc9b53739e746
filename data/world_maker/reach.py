"""How far posts get: who goes viral, and the five counts they end with.

The medians, spreads and ratios follow the recorded answers of 2021 to 2024: pages of Most Viral
for the viral, a search page for the rest.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from world_maker.dice import Dice

if TYPE_CHECKING:
    from collections.abc import Sequence


VIRAL_SHARE = 0.5
SHORTEST_HALF_LIFE, LONGEST_HALF_LIFE = 600, 200_000


@dataclass(frozen=True)
class Odds:
    """What speaks for a post.

    Parameters
    ----------
    luck : float
        Sum of what its theme, hour, author, tags and pictures are worth, and of chance.
    pictures : int
        How many pictures it holds; albums of more get more favourites.
    moving : bool
        Whether its cover moves; that gets more views.
    keeps : bool
        Whether it is about something people save for later.
    mature : bool
        Whether it is mature.
    """

    luck: float
    pictures: int
    moving: bool
    keeps: bool
    mature: bool


def make_reach(seed: int, odds: Sequence[Odds], created: Sequence[int]) -> list[dict[str, Any]]:
    """Work out the counts of all posts.

    Parameters
    ----------
    seed : int
        Seed of the world.
    odds : sequence of Odds
        One for each post.
    created : sequence of int
        When each was made, in s.

    Returns
    -------
    list of dict
        For each post ``views``, ``ups``, ``downs``, ``comments``, ``favorites`` (what it ends
        with), ``half_life`` (s), ``score_factor`` and ``viral_at`` (s, or None).
    """
    dice = Dice(seed, "reach")
    mean = statistics.fmean(one.luck for one in odds)
    spread = statistics.pstdev(one.luck for one in odds)
    luck = [(one.luck - mean) / spread for one in odds]
    pushed = [
        0.8 * z + 0.6 * dice.normal() - (0.9 if one.mature else 0.0)
        for z, one in zip(luck, odds, strict=True)
    ]
    bar = sorted(pushed)[int(len(pushed) * (1.0 - VIRAL_SHARE))]
    return [
        _viral(one, z, when, dice) if push >= bar else _other(one, z, dice)
        for one, z, push, when in zip(odds, luck, pushed, created, strict=True)
    ]


def _viral(odds: Odds, luck: float, created: int, dice: Dice) -> dict[str, Any]:
    """Work out one post that enters Most Viral."""
    ups = math.exp(7.08 + 0.52 * (0.7 * (luck - 0.5) + 0.75 * dice.normal()))
    views = ups / dice.lognormal(0.0165, 0.28) * (1.2 if odds.moving else 1.0)
    # One in a hundred is linked to from elsewhere and seen far more than voted on.
    if dice.chance(0.011):
        views *= dice.uniform(6.0, 40.0)
    downs = ups * min(dice.lognormal(0.026, 0.62), 0.45)
    comments = ups * dice.lognormal(0.085, 0.62)
    favorites = ups * dice.lognormal(0.082, 0.58) * _saved(odds)
    half_life = _half_life(15_000, 0.55, dice)
    wait = min(max(half_life * dice.lognormal(0.55, 0.4), 900), 50_000)
    counts = _counts(views, ups, downs, comments, favorites)
    return {
        **counts,
        "half_life": half_life,
        "score_factor": _score_factor(dice, 0.033, 0.28),
        "viral_at": created + int(wait),
    }


def _other(odds: Odds, luck: float, dice: Dice) -> dict[str, Any]:
    """Work out one post that stays among the user-submitted."""
    ups = math.exp(3.45 + 1.1 * (0.75 * (luck + 0.5) + 0.8 * dice.normal()))
    views = ups / dice.lognormal(0.0225, 0.33) * (1.2 if odds.moving else 1.0) + 30
    # A few divide opinion; points of those can end below zero.
    ratio = dice.lognormal(0.9, 0.6) if dice.chance(0.035) else dice.lognormal(0.048, 0.8)
    downs = ups * ratio + dice.uniform(0.0, 1.3)
    comments = ups * dice.lognormal(0.06, 0.8) + dice.uniform(0.0, 1.4)
    favorites = ups * dice.lognormal(0.075, 0.7) * _saved(odds) + dice.uniform(0.0, 1.0)
    return {
        **_counts(views, ups, downs, comments, favorites),
        "half_life": _half_life(8_000, 0.95, dice),
        "score_factor": _score_factor(dice, 0.0215, 0.12),
        "viral_at": None,
    }


def _counts(
    views: float, ups: float, downs: float, comments: float, favorites: float
) -> dict[str, int]:
    """Make whole numbers of the five counts; nobody votes without looking."""
    whole = {
        "ups": int(ups) + 1,
        "downs": int(downs),
        "comments": int(comments),
        "favorites": int(favorites),
    }
    return {**whole, "views": max(int(views), 2 * (whole["ups"] + whole["downs"]))}


def _saved(odds: Odds) -> float:
    """Tell how many more favourites the number of pictures and the subject bring."""
    return (1.0 + 0.42 * math.log(odds.pictures)) * (1.3 if odds.keeps else 1.0)


def _half_life(median: float, spread: float, dice: Dice) -> int:
    """Draw the time in which half of all reactions arrive, in s."""
    drawn = dice.lognormal(median, spread)
    return int(min(max(drawn, SHORTEST_HALF_LIFE), LONGEST_HALF_LIFE))


def _score_factor(dice: Dice, excess: float, spread: float) -> float:
    """Draw how much the score exceeds the points; one in a hundred by several times."""
    if dice.chance(0.008):
        return round(dice.uniform(1.3, 6.0), 3)
    return round(1.0 + dice.lognormal(excess, spread), 4)
