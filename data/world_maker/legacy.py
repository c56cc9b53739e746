"""What old clients ask for: memes, topics, folders, conversations, and the documents' account."""

from collections.abc import Sequence
from typing import Any

from world_maker import texts
from world_maker.people import Person
from world_maker.pictures import make_pictures
from world_maker.rng import Ids, Rng
from world_maker.times import DAY, SPAN, YEAR
from world_maker.words import LEGACY, THEMES

_FOLDER_SHARE, _CONVERSATIONS, _TALKERS = 0.3, 260, 90
_LENGTHS = {"1-1": 25, "2-4": 40, "5-12": 25, "13-30": 7, "31-60": 3}
# Imgur's own example asks for the seventh page of 42.
_GUEST_PICTURES, _GUEST_NUMBER = 320, 1_001


def make_memes(seed: int, taken: set[str]) -> list[dict[str, Any]]:
    """Make the pictures that memes are written on."""
    rng, ids = Rng(seed, "memes"), Ids(Rng(seed, "meme ids"), taken)
    rows = []
    for name in LEGACY["memes"]:
        width, height = rng.integer(400, 620), rng.integer(360, 620)
        rows.append(
            {
                "id": ids.new(),
                "title": name,
                "created": -10 * YEAR + rng.integer(0, 60),
                "width": width,
                "height": height,
                "size": int(width * height * rng.uniform(0.5, 1.1)),
                "views": int(rng.lognormal(500_000, 0.8)),
            }
        )
    return rows


def make_topics() -> list[dict[str, Any]]:
    """Make the topics; a topic's posts are those with one of its tags."""
    plain = {"css": None, "ephemeral": False, "readonly": False, "isHero": False}
    return [{"id": 2 + 3 * place, **plain, **row} for place, row in enumerate(LEGACY["topics"])]


def make_folders(seed: int, people: Sequence[Person]) -> list[dict[str, Any]]:
    """Make the folders in which accounts keep favourites; most keep none."""
    rng = Rng(seed, "folders")
    rows: list[dict[str, Any]] = []
    for person in sorted(people, key=lambda person: -person.activity):
        count = rng.integer(2, 4) if person.activity > 4 or rng.chance(_FOLDER_SHARE) else 0
        names = dict.fromkeys(rng.choice(LEGACY["folders"]) for _ in range(count))
        for name in names:
            rows.append(
                {
                    "id": 1_000 + 17 * len(rows) + rng.integer(0, 16),
                    "account_id": person.row["id"],
                    "name": name,
                    "created": max(person.row["created"], -2 * YEAR) + rng.integer(0, DAY),
                    "private": rng.chance(0.2),
                }
            )
    return rows


def make_conversations(seed: int, people: Sequence[Person]) -> list[dict[str, Any]]:
    """Make conversations of two, each with its messages by time; the active write most."""
    rng = Rng(seed, "conversations")
    talkers = sorted(people, key=lambda person: -person.activity)[:_TALKERS]
    weights = {person: 1.0 + person.activity for person in talkers}
    seen: set[frozenset[int]] = set()
    rows: list[dict[str, Any]] = []
    number = 34_000_000
    while len(rows) < _CONVERSATIONS:
        first, second = rng.weighted(weights), rng.weighted(weights)
        pair = frozenset((first.row["id"], second.row["id"]))
        if len(pair) < 2 or pair in seen:
            continue
        seen.add(pair)
        number += rng.integer(1, 4_000)
        rows.append(_conversation(number, first, second, rng))
    return rows


def _conversation(number: int, first: Person, second: Person, rng: Rng) -> dict[str, Any]:
    """Make one conversation."""
    theme = rng.choice(THEMES)
    at = rng.integer(-YEAR, SPAN - 20 * DAY)
    at = max(at, first.row["created"], second.row["created"])
    messages = []
    for place in range(rng.between(_LENGTHS)):
        author = first if place == 0 or rng.chance(0.5) else second
        body = rng.choice(LEGACY["openers"])
        if place:
            body = texts.comment("exchange", theme, (), rng)
            at += int(rng.lognormal(4_000, 1.6)) + 5
        messages.append({"sender": author.row["id"], "created": at, "body": body})
    return {
        "id": number,
        "accounts": [first.row["id"], second.row["id"]],
        "messages": messages,
    }


def make_guests(seed: int, taken: set[str]) -> list[dict[str, Any]]:
    """Make the account that Imgur's own examples name, which posts, votes and comments nowhere."""
    rng, ids = Rng(seed, "guests"), Ids(Rng(seed, "guest ids"), taken)
    born = -15 * YEAR
    pictures = []
    for created in sorted(rng.integer(born, -1) for _ in range(_GUEST_PICTURES)):
        theme = rng.choice(THEMES)
        (picture,) = make_pictures(theme, 1, created, rng, single=True)
        picture.update(
            id=ids.new(),
            title=texts.title(theme, rng) if rng.chance(0.3) else None,
            created=created,
            views=int(rng.lognormal(900, 1.5)),
            **dict.fromkeys(("description", "name")),
        )
        pictures.append(picture)
    account = {"id": _GUEST_NUMBER, "url": "imgur", "created": born, "reputation": 0}
    account |= {"bio": None, "avatar": None, "private": False}
    return [{"account": account, "images": pictures}]
