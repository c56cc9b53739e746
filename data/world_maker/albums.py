"""What accounts keep for themselves: albums and loose pictures that are not in the gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from world_maker import grammar
from world_maker.dice import Dice
from world_maker.pictures import BATCH, make_pictures
from world_maker.posts import Ids
from world_maker.times import SPAN
from world_maker.words import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from world_maker.people import Person

# The largest keepers by rank: some dozens of albums, hundreds of loose pictures, falling off.
_ALBUMS_OF_FIRST, _ALBUMS_SLOPE, _MOST_ALBUMS, _WITH_ALBUMS = 300, 0.95, 130, 0.42
_LOOSE_OF_FIRST, _LOOSE_SLOPE, _MOST_LOOSE, _WITH_LOOSE = 330, 0.85, 240, 0.5
_HOW_MANY = ((0, 0), (1, 1), (2, 3), (4, 8), (9, 20), (21, 40), (BATCH, BATCH), (51, 60))
_HOW_OFTEN = (4, 40, 26, 18, 9, 2, 0.8, 0.2)
_PRIVACY, _PRIVACY_WEIGHTS = ("hidden", "public", "secret"), (66, 26, 8)
_OLD_ID_SHARE = 0.07
# Pictures are uploaded up to an hour before the album is made of them.
_EARLIEST = 3_601
_SHARE_IN_WORLD = 0.1
_FILES: Mapping[str, int] = COMMON["file_names"]


def make_albums(seed: int, people: Sequence[Person], taken: Iterable[str]) -> list[dict[str, Any]]:
    """Make the albums and loose pictures of all accounts, by account and time.

    Parameters
    ----------
    seed : int
        Seed of the world.
    people : sequence of Person
        All accounts.
    taken : iterable of str
        Ids of posts and their pictures.

    Returns
    -------
    list of dict
        The rows as the file holds them: albums, and for an account with loose pictures one row
        with ``id`` None that lists them.
    """
    dice = Dice(seed, "albums")
    ids = Ids(seed, "album ids", taken)
    albums = _by_rank(people, (_ALBUMS_OF_FIRST, _ALBUMS_SLOPE, _MOST_ALBUMS, _WITH_ALBUMS), dice)
    loose = _by_rank(people, (_LOOSE_OF_FIRST, _LOOSE_SLOPE, _MOST_LOOSE, _WITH_LOOSE), dice)
    rows = []
    for place, person in enumerate(people):
        moments = sorted(_moment(person, dice) for _ in range(albums.get(place, 0)))
        rows += [_album(person, when, dice, ids) for when in moments]
        if place in loose:
            rows.append(_loose(person, loose[place], dice, ids))
    return rows


def _by_rank(
    people: Sequence[Person], law: tuple[float, float, int, float], dice: Dice
) -> dict[int, int]:
    """Rank people by how much they keep: place to number, by a power of the rank."""
    first, slope, most, share = law
    keen = [(0.5 + min(one.activity, 8.0)) * dice.lognormal(1.0, 1.1) for one in people]
    ranked = sorted(range(len(people)), key=lambda place: (-keen[place], place))
    counts = (max(1, min(most, int(first / rank**slope))) for rank in range(1, len(people)))
    return dict(zip(ranked[: int(share * len(people))], counts, strict=False))


def _moment(person: Person, dice: Dice) -> int:
    """Draw when something was kept: mostly before the world's start."""
    made: int = person.row["created"] + _EARLIEST
    if made >= 0 or dice.chance(_SHARE_IN_WORLD):
        return max(dice.integer(0, SPAN - 1), made)
    return dice.integer(made, -1)


def _album(person: Person, created: int, dice: Dice, ids: Ids) -> dict[str, Any]:
    """Make one album."""
    theme = dice.pick(person.likes)
    low, high = dice.weighted(_HOW_MANY, _HOW_OFTEN)
    pictures = make_pictures(theme, dice.integer(low, high), created, dice, single=False)
    views = int(dice.lognormal(24.0, 1.7))
    for place, picture in enumerate(pictures):
        told = grammar.caption(theme, dice) if dice.chance(0.06) else None
        seen = int(views * dice.lognormal(0.8, 0.4) * (1.0 - 0.5 * place / len(pictures)))
        picture.update(id=ids.new(), title=None, description=told, views=seen, name=_file(dice))
    cover = None
    if pictures:
        cover = (pictures[0] if dice.chance(0.95) else dice.pick(pictures))["id"]
    return {
        "id": ids.new(5 if dice.chance(_OLD_ID_SHARE) else 7),
        "account_id": person.row["id"],
        "created": created,
        "title": grammar.title(theme, dice) if dice.chance(0.6) else None,
        "description": grammar.story(dice, breaks=dice.chance(0.4)) if dice.chance(0.07) else None,
        "privacy": dice.weighted(_PRIVACY, _PRIVACY_WEIGHTS),
        "cover": cover,
        "order": dice.integer(1, 40) if dice.chance(0.05) else 0,
        "views": views,
        "images": pictures,
    }


def _loose(person: Person, count: int, dice: Dice, ids: Ids) -> dict[str, Any]:
    """Make the row of an account's loose pictures."""
    pictures = []
    for created in sorted(_moment(person, dice) for _ in range(count)):
        theme = dice.pick(person.likes)
        (picture,) = make_pictures(theme, 1, created, dice, single=True)
        told = grammar.caption(theme, dice) if dice.chance(0.05) else None
        picture.update(
            id=ids.new(5 if dice.chance(_OLD_ID_SHARE) else 7),
            created=created,
            title=grammar.title(theme, dice) if dice.chance(0.12) else None,
            description=told,
            views=int(dice.lognormal(12.0, 2.0)),
            name=_file(dice),
        )
        pictures.append(picture)
    return {
        "id": None,
        "account_id": person.row["id"],
        "created": pictures[0]["created"],
        "title": None,
        "description": None,
        "privacy": "hidden",
        "cover": None,
        "order": 0,
        "views": 0,
        "images": pictures,
    }


def _file(dice: Dice) -> str | None:
    """Draw the name of the file a picture was uploaded as."""
    if dice.chance(0.3):
        return None
    form = dice.weighted(list(_FILES), list(_FILES.values()))
    return form.format(n=dice.integer(1, 9_999), m=dice.integer(1, 60))
