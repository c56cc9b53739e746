"""Pictures that the gallery does not list: albums and loose pictures of accounts, and forums."""

from collections.abc import Iterator, Sequence

from world_maker import HOUR, SPAN, YEAR, Row, texts
from world_maker.people import Person
from world_maker.pictures import WEIGHTS, draw_count, make_pictures, make_single
from world_maker.rng import Ids, Rng
from world_maker.words import COMMON, LEGACY, THEMES, Theme

# Numbers of albums and loose pictures by rank: of the first, exponent, most, share with any.
_ALBUMS = (300, 0.95, 130, 0.42)
_LOOSE = (330, 0.85, 240, 0.5)
_PRIVACY = {"hidden": 66, "public": 26, "secret": 8}
_OLD_ID_SHARE = 0.07


def make_albums(seed: int, people: Sequence[Person], taken: set[str]) -> Iterator[Row]:
    """Make the albums of all accounts, by account and time.

    An account with loose pictures has one more row, with ``id`` None, that lists them.
    """
    rng, ids = Rng(seed, "albums"), Ids(seed, "album ids", taken)
    albums, loose = _counts(people, *_ALBUMS, rng), _counts(people, *_LOOSE, rng)
    for person in people:
        for created in sorted(_draw_time(person, rng) for _ in range(albums.get(person, 0))):
            yield _make_album(person, created, rng, ids)
        if person in loose:
            yield _make_loose(person, loose[person], rng, ids)


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
    # Pictures are uploaded up to an hour before the album is made of them.
    earliest: int = person.row["created"] + HOUR + 1
    if earliest >= 0 or rng.chance(0.1):
        return max(rng.integer(0, SPAN - 1), earliest)
    return rng.integer(earliest, -1)


def _make_album(person: Person, created: int, rng: Rng, ids: Ids) -> Row:
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


def _make_loose(person: Person, count: int, rng: Rng, ids: Ids) -> Row:
    """Make the row of an account's loose pictures."""
    pictures = []
    for created in sorted(_draw_time(person, rng) for _ in range(count)):
        theme = rng.choice(person.likes)
        picture = make_single(theme, created, rng)
        picture.update(
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


def make_guests(seed: int, taken: set[str]) -> list[Row]:
    """Make the account that Imgur's own examples name, which posts, votes and comments nowhere."""
    rng, ids = Rng(seed, "guests"), Ids(seed, "guest ids", taken)
    account, pictures = LEGACY["guest"], []
    # Imgur's own example asks for the seventh page of 42.
    for created in sorted(rng.integer(account["created"], -1) for _ in range(320)):
        theme = rng.choice(THEMES)
        picture = make_single(theme, created, rng)
        title = texts.title(theme, rng) if rng.chance(0.3) else None
        views = int(rng.lognormal(900, 1.5))
        pictures.append({**picture, "id": ids.new(), "title": title, "views": views, "name": None})
    return [{"account": account, "images": pictures}]


def make_forums(seed: int, taken: set[str]) -> list[Row]:
    """Make the posts of all forums, by time."""
    rng, ids = Rng(seed, "forums"), Ids(seed, "forum ids", taken)
    rows = [
        _make_post(theme, rng, ids)
        for theme in THEMES
        if theme.section
        for _ in range(12 + int(11 * theme.weight))
    ]
    return sorted(rows, key=lambda row: (row["created"], row["id"]))


def _make_post(theme: Theme, rng: Rng, ids: Ids) -> Row:
    """Make one post of a forum; most are single pictures."""
    is_album = rng.chance(0.14)
    # Half of those before the world's start are younger than half a year.
    created = rng.integer(0, SPAN - 1)
    if not rng.chance(0.6):
        created = -int(3 * YEAR * rng.random() ** 2.6) - 1
    count = min(draw_count(theme, rng), 8) + 1 if is_album else 1
    pictures = make_pictures(theme, count, created, rng, single=not is_album)
    post_id = ids.new()
    views = int(rng.lognormal(20_000, 1.3)) + 50
    for position, picture in enumerate(pictures):
        picture.update(
            id=ids.new() if is_album else post_id,
            description=texts.caption(theme, rng) if is_album and rng.chance(0.2) else None,
            views=int(views * (1.0 - 0.5 * position / count)),
        )
    title = texts.title(theme, rng)
    if rng.chance(0.08):
        title = rng.choice(LEGACY["titles"])
    elif rng.chance(0.25):
        title = f"{title} [{pictures[0]['width']}x{pictures[0]['height']}]"
    if not is_album:
        pictures[0]["title"] = title
    return {
        "id": post_id,
        "section": theme.section,
        "created": created,
        "title": title,
        "is_album": is_album,
        "nsfw": rng.chance(0.02),
        "cover": pictures[0]["id"],
        "images": pictures,
        "views": views,
        "score": int(views * rng.uniform(0.3, 1.0)),
    }
