"""The accounts: who they are, how much they post and about what."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from world_maker.dice import Dice
from world_maker.words import THEMES, Theme, load

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNTS = 800
_PRIVATE_SHARE = 0.03
YEAR = 365 * 86_400
OLDEST = 12 * YEAR
# Account numbers grew with time: (years before the start, number), after the recorded accounts.
_NUMBERS = ((12.0, 900_000), (10.0, 28_000_000), (8.0, 62_000_000), (5.0, 128_000_000))
_NEWEST_NUMBER = 196_000_000

_WORDS = load("people")


@dataclass(frozen=True)
class Person:
    """An account and what the file does not tell: how it behaves.

    Parameters
    ----------
    row : dict
        The account as the file holds it.
    activity : float
        How often it posts, against others.
    skill : float
        How well its posts do, in standard deviations.
    likes : tuple of Theme
        What it posts about most of the time.
    """

    row: dict[str, Any]
    activity: float
    skill: float
    likes: tuple[Theme, ...]


def make_people(seed: int) -> list[Person]:
    """Make all accounts, the oldest first.

    Parameters
    ----------
    seed : int
        Seed of the world.

    Returns
    -------
    list of Person
        800 people. Few post often: activity falls off as a power of the rank.
    """
    dice, closed = Dice(seed, "people"), Dice(seed, "private")
    created = sorted(-int(OLDEST * dice.unit() ** 0.8) - 3_600 for _ in range(ACCOUNTS))
    names = _user_names(dice, ACCOUNTS)
    weights = [theme.weight for theme in THEMES]
    taken: set[int] = set()
    people = []
    for when, name in zip(created, names, strict=True):
        likes = tuple(dice.weighted(THEMES, weights) for _ in range(dice.integer(1, 3)))
        skill = dice.normal(0.0, 0.45)
        activity = min((1.0 - dice.unit()) ** -0.7 - 0.9, 45.0)
        row = {
            "id": _number(when, taken, dice),
            "url": name,
            "bio": _bio(likes, dice),
            "created": when,
            "reputation": _reputation(-when / YEAR, activity, skill, dice),
            "avatar": f"flavor/{dice.pick(_WORDS['avatars'])}" if dice.chance(0.7) else None,
            "private": closed.chance(_PRIVATE_SHARE),
        }
        people.append(Person(row, activity, skill, likes))
    return people


def _user_names(dice: Dice, wanted: int) -> list[str]:
    """Invent user names, no two alike when case is set aside."""
    seen: set[str] = set()
    names: list[str] = []
    while len(names) < wanted:
        first, second = dice.pick(_WORDS["first"]), dice.pick(_WORDS["second"])
        parts = {"number": dice.integer(2, 99), "Other": dice.pick(_WORDS["second"])}
        parts |= {
            "First": first,
            "Second": second,
            "first": first.lower(),
            "second": second.lower(),
        }
        form = dice.weighted(list(_WORDS["names"]), list(_WORDS["names"].values()))
        name = form.format(**parts)
        if name.lower() not in seen:
            seen.add(name.lower())
            names.append(name)
    return names


def _number(created: int, taken: set[int], dice: Dice) -> int:
    """Give the account number that its age implies."""
    years = -created / YEAR
    points: Sequence[tuple[float, int]] = (*_NUMBERS, (0.0, _NEWEST_NUMBER))
    number = points[0][1]
    for (older, low), (newer, high) in itertools.pairwise(points):
        if newer <= years <= older:
            number = int(low + (high - low) * (older - years) / (older - newer))
            break
    number += dice.integer(0, 9_999)
    while number in taken:
        number += 1
    taken.add(number)
    return number


def _bio(likes: tuple[Theme, ...], dice: Dice) -> str | None:
    """Write a bio, which most people leave empty."""
    if not dice.chance(0.35):
        return None
    other = dice.pick([theme for theme in THEMES if theme not in likes])
    text = dice.pick(_WORDS["bios"]).format(
        theme=likes[0].name.replace("_", " "), other=other.name.replace("_", " ")
    )
    return text[0].upper() + text[1:]


def _reputation(years: float, activity: float, skill: float, dice: Dice) -> int:
    """Tell the reputation: it grows with age, posts and skill; a few are below zero."""
    if dice.chance(0.04):
        return -int(dice.lognormal(40, 1.3)) - 1
    earned = dice.lognormal(90.0, 1.3) * (0.2 + years) * (0.1 + activity) * math.exp(2 * skill)
    return min(int(earned), 900_000)
