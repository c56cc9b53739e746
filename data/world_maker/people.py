"""The accounts: who they are, how much they post and about what."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from world_maker import YEAR, Row
from world_maker.rng import Rng
from world_maker.words import THEMES, Theme, load

ACCOUNTS = 800
_WORDS = load("people")


@dataclass(frozen=True, eq=False)
class Person:
    """An account, and how it behaves.

    ``row`` is the row of the table, ``activity`` how often it posts against others, ``skill`` how
    well its posts do in standard deviations, ``likes`` what it mostly posts about.
    """

    row: Row
    activity: float
    skill: float
    likes: Sequence[Theme]


def make_people(seed: int) -> list[Person]:
    """Make all accounts, the oldest first. Activity falls off as a power of the rank."""
    rng, private = Rng(seed, "people"), Rng(seed, "private")
    created = sorted(-int(12 * YEAR * rng.random() ** 0.8) - 3_600 for _ in range(ACCOUNTS))
    names = _user_names(rng)
    weights = {theme: theme.weight for theme in THEMES}
    taken: set[int] = set()
    people = []
    for when, name in zip(created, names, strict=True):
        likes = [rng.weighted(weights) for _ in range(rng.integer(1, 3))]
        skill = rng.normal(0.0, 0.45)
        activity = min((1.0 - rng.random()) ** -0.7 - 0.9, 45.0)
        row = {
            "id": _number(when, taken, rng),
            "url": name,
            "bio": _bio(likes, rng),
            "created": when,
            "reputation": _reputation(-when / YEAR, activity, skill, rng),
            "avatar": f"flavor/{rng.choice(_WORDS['avatars'])}" if rng.chance(0.7) else None,
            "private": private.chance(0.03),
        }
        people.append(Person(row, activity, skill, likes))
    return people


def _user_names(rng: Rng) -> list[str]:
    """Invent user names that differ even when case is ignored."""
    names: dict[str, str] = {}
    while len(names) < ACCOUNTS:
        first, second = rng.choice(_WORDS["first"]), rng.choice(_WORDS["second"])
        parts = {"First": first, "Second": second, "first": first.lower(), "second": second.lower()}
        parts |= {"number": rng.integer(2, 99), "Other": rng.choice(_WORDS["second"])}
        name = rng.weighted(_WORDS["names"]).format_map(parts)
        names.setdefault(name.lower(), name)
    return list(names.values())


def _number(created: int, taken: set[int], rng: Rng) -> int:
    """Return an unused account number that fits the account's age, as those on record do."""
    years = -created / YEAR
    for (older, low), (newer, high) in itertools.pairwise(_WORDS["numbers"]):
        if years >= newer:
            number = int(low + (high - low) * max(older - years, 0.0) / (older - newer))
            break
    number += rng.integer(0, 9_999)
    while number in taken:
        number += 1
    taken.add(number)
    return number


def _bio(likes: Sequence[Theme], rng: Rng) -> str | None:
    """Write a bio, which most people leave empty."""
    if not rng.chance(0.35):
        return None
    other = rng.choice([theme for theme in THEMES if theme not in likes])
    bio: str = rng.choice(_WORDS["bios"])
    text = bio.format(theme=likes[0].name, other=other.name).replace("_", " ")
    return text[0].upper() + text[1:]


def _reputation(years: float, activity: float, skill: float, rng: Rng) -> int:
    """Draw the reputation: it grows with age, posts and skill; a few are below zero."""
    if rng.chance(0.04):
        return -int(rng.lognormal(40, 1.3)) - 1
    earned = rng.lognormal(90.0, 1.3) * (0.2 + years) * (0.1 + activity) * math.exp(2 * skill)
    return min(int(earned), 900_000)
