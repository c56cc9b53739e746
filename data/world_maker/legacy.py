"""What old clients ask for: memes, topics, folders and conversations."""

from collections.abc import Iterator, Sequence

from world_maker import DAY, SPAN, YEAR, Row, texts
from world_maker.people import Person
from world_maker.rng import Ids, Rng
from world_maker.words import LEGACY, THEMES


def make_memes(seed: int, taken: set[str]) -> Iterator[Row]:
    """Make the pictures that memes are written on."""
    rng, ids = Rng(seed, "memes"), Ids(seed, "meme ids", taken)
    for name in LEGACY["memes"]:
        width, height = rng.integer(400, 620), rng.integer(360, 620)
        yield {
            "id": ids.new(),
            "title": name,
            "created": -10 * YEAR + rng.integer(0, 60),
            "width": width,
            "height": height,
            "size": int(width * height * rng.uniform(0.5, 1.1)),
            "views": int(rng.lognormal(500_000, 0.8)),
        }


def make_folders(seed: int, people: Sequence[Person]) -> list[Row]:
    """Make the folders in which accounts keep favourites; most keep none."""
    rng = Rng(seed, "folders")
    rows: list[Row] = []
    for person in sorted(people, key=lambda person: -person.activity):
        count = rng.integer(2, 4) if person.activity > 4 or rng.chance(0.3) else 0
        for name in dict.fromkeys([rng.choice(LEGACY["folders"]) for _ in range(count)]):
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


def make_conversations(seed: int, people: Sequence[Person]) -> list[Row]:
    """Make conversations of two, each with its messages by time; the active write most."""
    rng, number = Rng(seed, "conversations"), 34_000_000
    talkers = sorted(people, key=lambda person: -person.activity)[:90]
    weights = {person: 1.0 + person.activity for person in talkers}
    rows: dict[frozenset[int], Row] = {}
    while len(rows) < 260:
        first, second = rng.weighted(weights), rng.weighted(weights)
        pair = frozenset((first.row["id"], second.row["id"]))
        if len(pair) == 2 and pair not in rows:
            number += rng.integer(1, 4_000)
            rows[pair] = {"id": number, **_converse(first.row, second.row, rng)}
    return list(rows.values())


def _converse(first: Row, second: Row, rng: Rng) -> Row:
    """Make the messages of two accounts."""
    theme = rng.choice(THEMES)
    at = max(rng.integer(-YEAR, SPAN - 20 * DAY), first["created"], second["created"])
    messages = []
    for place in range(rng.between(LEGACY["messages"])):
        sender = first if place == 0 or rng.chance(0.5) else second
        body = rng.choice(LEGACY["openers"])
        if place:
            body = texts.comment("exchange", theme, (), rng)
            at += int(rng.lognormal(4_000, 1.6)) + 5
        messages.append({"sender": sender["id"], "created": at, "body": body})
    return {"accounts": [first["id"], second["id"]], "messages": messages}
