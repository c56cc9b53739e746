"""The tags: their table, and which of them a post carries."""

import math
from collections import defaultdict
from collections.abc import Sequence

from world_maker import Row
from world_maker.rng import Rng
from world_maker.words import EVENTS, TAGS, THEMES, Theme

_LARGEST = 6_800_000
_GENERAL_SHARE, _GENERAL_SLOPE = 0.27, 0.8


def make_tags(seed: int) -> list[Row]:
    """Make the table of tags, by name.

    Followers and items include the years before the world, with the scatter of recorded tags.
    """
    rng = Rng(seed, "tags")
    backgrounds = [rng.code(7) for _ in range(14)]
    rows = []
    for rank, name in enumerate(_by_popularity(), start=1):
        fame = rng.normal(0.0, 1.2)
        plain = name.replace("_", " ")
        shown = TAGS["display_names"].get(name) or (plain.title() if rng.chance(0.08) else plain)
        followers = 5_200_000 / rank**1.65 * math.exp(fame + rng.normal(0.0, 1.2))
        items = 1_900_000 / rank**1.45 * math.exp(fame + rng.normal(0.0, 0.8))
        rows.append(
            {
                "name": name,
                "display_name": shown,
                "followers": min(int(followers), _LARGEST),
                "total_items": min(int(items), _LARGEST),
                "background_hash": rng.code(7) if rank <= 60 else rng.choice(backgrounds),
                "thumbnail_hash": rng.code(7) if rng.chance(0.025) else None,
                "accent": rng.code(6, "0123456789ABCDEF") if rng.chance(0.965) else None,
                "description": TAGS["slogans"].get(name, ""),
                "is_whitelisted": rank <= 24,
            }
        )
    return sorted(rows, key=lambda row: str(row["name"]))


def _by_popularity() -> list[str]:
    """Return all tags, the one expected most often first, whatever the seed."""
    groups = [(theme.weight, _zipf(theme.tags)) for theme in THEMES]
    general = sum(theme.weight for theme in THEMES) * _GENERAL_SHARE
    groups.append((general, _zipf(TAGS["general"], _GENERAL_SLOPE)))
    weights: dict[str, float] = defaultdict(float)
    for total, shares in groups:
        for tag, share in shares.items():
            weights[tag] += total * share / sum(shares.values())
    for tag in (*TAGS["mature"], *(event["tag"] for event in EVENTS)):
        weights[tag] += 0.2
    return sorted(weights, key=lambda tag: (-weights[tag], tag))


def _zipf(tags: Sequence[str], slope: float = 1.0) -> dict[str, float]:
    """Weigh tags by their rank, by Zipf's law."""
    return {tag: 1.0 / rank**slope for rank, tag in enumerate(tags, start=1)}


def draw_tags(
    theme: Theme, first: str | None, rng: Rng, *, moving: bool, saturday: bool
) -> list[str]:
    """Draw the tags of a post, in the order shown; ``first`` is one it carries for certain."""
    wanted = int(rng.weighted(TAGS["how_many"]))
    own, general = _zipf(theme.tags), _zipf(TAGS["general"], _GENERAL_SLOPE)
    is_so = {"moving": moving, "animal": theme.animal, "saturday": saturday}
    wrong = {tag for kind, tags in TAGS["only"].items() if not is_so[kind] for tag in tags}
    chosen = [first] if first else []
    if theme.animal and wanted > 1 and rng.chance(0.4):
        chosen.append("aww")
    for _ in range(40):
        if len(chosen) >= wanted:
            break
        tag = rng.weighted(general if rng.chance(_GENERAL_SHARE) else own)
        if tag not in wrong and tag not in chosen:
            chosen.append(tag)
    return chosen
