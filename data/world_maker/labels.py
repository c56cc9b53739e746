"""The tags: their table, and which of them a post carries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from world_maker.dice import Dice
from world_maker.words import EVENTS, TAGS, THEMES

if TYPE_CHECKING:
    from world_maker.words import Theme

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_HEX = "0123456789ABCDEF"
# How many tags a post carries, after the recorded answers.
_HOW_MANY = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
_HOW_OFTEN = (23, 12, 10, 11.5, 10, 28, 3.2, 1.5, 0.4, 0.2, 0.2)
_GENERAL_SHARE = 0.27
_MOVING_ONLY = ("unmuted", "timelapse", "slow_motion")
_ANIMALS_ONLY = ("aww", "cute", "animals")
_SATURDAY_ONLY = "caturday"


def zipf(count: int, slope: float = 1.0) -> list[float]:
    """Weigh ranks 1 to ``count`` by Zipf's law."""
    return [1.0 / rank**slope for rank in range(1, count + 1)]


def popularity() -> dict[str, float]:
    """Tell how often each tag is to be expected, whatever the seed.

    Returns
    -------
    dict
        Tag to weight, heaviest first.
    """
    weights: dict[str, float] = {}
    for theme in THEMES:
        shares = zipf(len(theme.tags))
        for tag, share in zip(theme.tags, shares, strict=True):
            weights[tag] = weights.get(tag, 0.0) + theme.weight * share / sum(shares)
    general = zipf(len(TAGS["general"]), 0.8)
    everything = sum(theme.weight for theme in THEMES) * _GENERAL_SHARE
    for tag, share in zip(TAGS["general"], general, strict=True):
        weights[tag] = weights.get(tag, 0.0) + everything * share / sum(general)
    for tag in (*TAGS["mature"], *(event.tag for event in EVENTS)):
        weights[tag] = weights.get(tag, 0.0) + 0.2
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))


def make_tags(seed: int) -> list[dict[str, Any]]:
    """Make the table of tags, by name.

    Followers and items fall off with the rank, with the wide scatter of the recorded tags; they
    count years before the world, so they are no sums of its posts.

    Parameters
    ----------
    seed : int
        Seed of the world.

    Returns
    -------
    list of dict
        The rows.
    """
    dice = Dice(seed, "tags")
    backgrounds = [dice.code(LETTERS, 7) for _ in range(14)]
    rows = []
    for rank, name in enumerate(popularity(), start=1):
        fame = dice.normal(0.0, 1.2)
        own = rank <= 60
        rows.append(
            {
                "name": name,
                "display_name": _display_name(name, dice),
                "followers": _count(5_200_000 / rank**1.65, fame + dice.normal(0.0, 1.2)),
                "total_items": _count(1_900_000 / rank**1.45, fame + dice.normal(0.0, 0.8)),
                "background_hash": dice.code(LETTERS, 7) if own else dice.pick(backgrounds),
                "thumbnail_hash": dice.code(LETTERS, 7) if dice.chance(0.025) else None,
                "accent": dice.code(_HEX, 6) if dice.chance(0.965) else None,
                "description": TAGS["slogans"].get(name, ""),
                "is_whitelisted": rank <= 24,
            }
        )
    return sorted(rows, key=lambda row: str(row["name"]))


def _count(expected: float, scatter: float) -> int:
    """Scatter a count around what its rank lets expect, within what tags have had."""
    return min(int(expected * math.exp(scatter)), 6_800_000)


def _display_name(name: str, dice: Dice) -> str:
    """Write a tag as people see it."""
    plain = name.replace("_", " ")
    return TAGS["display_names"].get(name) or (plain.title() if dice.chance(0.08) else plain)


def tags_of_post(
    theme: Theme, dice: Dice, *, animal: bool, moving: bool, saturday: bool, first: str | None
) -> list[str]:
    """Draw the tags of one post, in the order shown.

    Parameters
    ----------
    theme : Theme
        What the post is about.
    dice : Dice
        Chance.
    animal, moving, saturday : bool
        Whether it shows animals, moves, was made on a Saturday: some tags go with that.
    first : str or None
        A tag it carries for certain, if any.

    Returns
    -------
    list of str
        No more than ten, none twice.
    """
    wanted = dice.weighted(_HOW_MANY, _HOW_OFTEN)
    chosen = [first] if first else []
    own, own_weights = theme.tags, zipf(len(theme.tags))
    general, general_weights = TAGS["general"], zipf(len(TAGS["general"]), 0.8)
    if animal and wanted > 1 and dice.chance(0.4):
        chosen.append("aww")
    for _ in range(40):
        if len(chosen) >= wanted:
            break
        if dice.chance(_GENERAL_SHARE):
            tag = dice.weighted(general, general_weights)
        else:
            tag = dice.weighted(own, own_weights)
        fits = (
            (moving or tag not in _MOVING_ONLY)
            and (animal or tag not in _ANIMALS_ONLY)
            and (saturday or tag != _SATURDAY_ONLY)
        )
        if fits and tag not in chosen:
            chosen.append(tag)
    return chosen
