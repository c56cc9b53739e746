"""The account that Imgur's own examples name, with more than six pages of pictures."""

from collections.abc import Iterable
from typing import Any

from world_maker import texts
from world_maker.pictures import make_pictures
from world_maker.rng import Ids, Rng
from world_maker.times import YEAR
from world_maker.words import THEMES

# The documented example asks for the seventh page of 42.
_PICTURES = 320
_NUMBER = 1_001


def make_guests(seed: int, taken: Iterable[str]) -> list[dict[str, Any]]:
    """Make accounts that are none of the world's people: they post, vote and comment nowhere."""
    rng, ids = Rng(seed, "guests"), Ids(Rng(seed, "guest ids"), taken)
    born = -15 * YEAR
    pictures = []
    for created in sorted(rng.integer(born, -1) for _ in range(_PICTURES)):
        theme = rng.choice(THEMES)
        (picture,) = make_pictures(theme, 1, created, rng, single=True)
        picture.update(
            id=ids.new(),
            title=texts.title(theme, rng) if rng.chance(0.3) else None,
            description=None,
            created=created,
            name=None,
            views=int(rng.lognormal(900, 1.5)),
        )
        pictures.append(picture)
    account = {
        "id": _NUMBER,
        "url": "imgur",
        "bio": None,
        "created": born,
        "reputation": 0,
        "avatar": None,
        "private": False,
    }
    return [{"account": account, "images": pictures}]
