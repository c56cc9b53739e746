"""Albums and loose pictures of accounts that are not in the gallery."""

from collections.abc import Sequence
from typing import Any

from world_maker import texts
from world_maker.people import Person
from world_maker.pictures import WEIGHTS, make_pictures
from world_maker.rng import Ids, Rng
from world_maker.times import SPAN
from world_maker.words import COMMON

# Numbers of albums and loose pictures by rank: of the first, exponent, most, share with any.
_ALBUMS = (300, 0.95, 130, 0.42)
_LOOSE = (330, 0.85, 240, 0.5)
_PRIVACY = {"hidden": 66, "public": 26, "secret": 8}
_OLD_ID_SHARE = 0.07
# Pictures are uploaded up to an hour before the album is made of them.
_EARLIEST = 3_601
_SHARE_IN_WORLD = 0.1


def make_albums(seed: int, people: Sequence[Person], taken: set[str]) -> list[dict[str, Any]]:
    """Make the albums of all accounts, by account and time.

    An account with loose pictures has one more row, with ``id`` None, that lists them.
    """
    rng, ids = Rng(seed, "albums"), Ids(Rng(seed, "album ids"), taken)
    albums, loose = _counts(people, *_ALBUMS, rng), _counts(people, *_LOOSE, rng)
    rows = []
    for person in people:
        times = sorted(_draw_time(person, rng) for _ in range(albums.get(person, 0)))
        rows += [_make_album(person, created, rng, ids) for created in times]
        if person in loose:
            rows.append(_make_loose(person, loose[person], rng, ids))
    return rows


def _counts(
    people: Sequence[Person], first: int, exponent: float, most: int, share: float, rng: Rng
) -> dict[Person, int]:
    """Draw the numbers of the most active people, by a power of their rank."""
    keen = {who: (0.5 + min(who.activity, 8.0)) * rng.lognormal(1.0, 1.1) for who in people}
    ranked = sorted(people, key=lambda person: -keen[person])[: int(share * len(people))]
    return {
        person: max(1, min(most, int(first / rank**exponent)))
        for rank, person in enumerate(ranked, start=1)
    }


def _draw_time(person: Person, rng: Rng) -> int:
    """Draw the time of an album or picture, mostly before the world's start."""
    earliest: int = person.row["created"] + _EARLIEST
    if earliest >= 0 or rng.chance(_SHARE_IN_WORLD):
        return max(rng.integer(0, SPAN - 1), earliest)
    return rng.integer(earliest, -1)


def _make_album(person: Person, created: int, rng: Rng, ids: Ids) -> dict[str, Any]:
    """Make one album."""
    theme = rng.choice(person.likes)
    count = rng.between(WEIGHTS["in_own_album"])
    pictures = make_pictures(theme, count, created, rng, single=False)
    views = int(rng.lognormal(24.0, 1.7))
    for position, picture in enumerate(pictures):
        picture.update(
            description=texts.caption(theme, rng) if rng.chance(0.06) else None,
            views=int(views * rng.lognormal(0.8, 0.4) * (1.0 - 0.5 * position / count)),
            id=ids.new(),
            title=None,
            name=_file_name(rng),
        )
    cover = None
    if pictures:
        cover = (pictures[0] if rng.chance(0.95) else rng.choice(pictures))["id"]
    return {
        "id": ids.new(5 if rng.chance(_OLD_ID_SHARE) else 7),
        "account_id": person.row["id"],
        "created": created,
        "title": texts.title(theme, rng) if rng.chance(0.6) else None,
        "description": texts.story(rng, 0.4) if rng.chance(0.07) else None,
        "privacy": rng.weighted(_PRIVACY),
        "cover": cover,
        "order": rng.integer(1, 40) if rng.chance(0.05) else 0,
        "views": views,
        "images": pictures,
    }


def _make_loose(person: Person, count: int, rng: Rng, ids: Ids) -> dict[str, Any]:
    """Make the row of an account's loose pictures."""
    pictures = []
    for created in sorted(_draw_time(person, rng) for _ in range(count)):
        theme = rng.choice(person.likes)
        (picture,) = make_pictures(theme, 1, created, rng, single=True)
        picture.update(
            created=created,
            description=texts.caption(theme, rng) if rng.chance(0.05) else None,
            id=ids.new(5 if rng.chance(_OLD_ID_SHARE) else 7),
            title=texts.title(theme, rng) if rng.chance(0.12) else None,
            views=int(rng.lognormal(12.0, 2.0)),
            name=_file_name(rng),
        )
        pictures.append(picture)
    empty = dict.fromkeys(("id", "title", "description", "cover"))
    row = {"account_id": person.row["id"], "created": pictures[0]["created"], "images": pictures}
    return {**empty, **row, "privacy": "hidden", "order": 0, "views": 0}


def _file_name(rng: Rng) -> str | None:
    """Draw the name of the uploaded file, or None."""
    if rng.chance(0.3):
        return None
    name: str = rng.weighted(COMMON["file_names"])
    return name.format(n=rng.integer(1, 9_999), m=rng.integer(1, 60))
