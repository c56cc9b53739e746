"""The trophies: what accounts earned, by what the world holds and in the years before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from world_maker.dice import Dice
from world_maker.people import YEAR
from world_maker.times import DAY, DAYS, SPAN
from world_maker.words import EVENTS, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from world_maker.people import Person

    Row = Mapping[str, Any]

# Days begin in America: a day's trophies are given the morning after (UTC).
_MORNING = 7 * 3_600
_LONG_THREAD = 16
_OUTSHONE_FROM = 8
_HIGH_TIDE_UPS = 2_600
_HAT_TRICK, _REGULAR = 3, 10
_LARGE_ALBUM = 50
_MOST_BEFORE = 60


class Kind(NamedTuple):
    """A kind of trophy: its name and what it is given for."""

    name: str
    name_clean: str
    description: str


KINDS = {key: Kind(**kind) for key, kind in load("trophies").items()}
PRESENT = {event.tag: Kind(**event.trophy) for event in EVENTS}
# What old accounts earned before the world's start, by how often; nothing of it is left to link.
_BEFORE = (
    (KINDS["high_tide"], 40),
    (KINDS["kindling"], 22),
    (KINDS["best_of_day"], 14),
    (KINDS["outshone"], 16),
    (KINDS["full_shelf"], 8),
)
_ONCE = ((KINDS["pocket"], 0.2), (KINDS["tester"], 0.06), (KINDS["riddle"], 0.08))


class Award(NamedTuple):
    """A trophy given: when, to whom, which, and for which post or comment."""

    created: int
    account_id: int
    kind: Kind
    data: str | None


def make_trophies(
    seed: int, people: Sequence[Person], posts: Sequence[Row], comments: Sequence[Row]
) -> list[dict[str, Any]]:
    """Make all trophies, by account and time.

    Parameters
    ----------
    seed : int
        Seed of the world.
    people : sequence of Person
        All accounts.
    posts, comments : sequence of mapping
        The world's rows.

    Returns
    -------
    list of dict
        The rows as the file holds them.
    """
    dice = Dice(seed, "trophies")
    awards = [
        *_years(people),
        *_before(people, dice),
        *_for_posts(posts, dice),
        *_for_words(posts, comments, dice),
    ]
    awards.sort(key=lambda award: (award.created, award.account_id, award.kind.name_clean))
    number = 0
    rows = []
    for award in awards:
        number += dice.integer(1, 20_000)
        rows.append(
            {
                "account_id": award.account_id,
                "id": number,
                **award.kind._asdict(),
                "data": award.data,
                "created": award.created,
            }
        )
    order = {person.row["id"]: place for place, person in enumerate(people)}
    return sorted(rows, key=lambda row: (order[row["account_id"]], row["created"], row["id"]))


def _years(people: Sequence[Person]) -> Iterator[Award]:
    """Give each account its latest anniversary, and those that fall into the world's days."""
    for person in people:
        made = person.row["created"]
        passed = -made // YEAR
        for years in (passed, passed + 1):
            when = made + years * YEAR
            if years >= 1 and when < SPAN:
                turns = "Once" if years == 1 else f"{years} Times"
                spoken = "a year" if years == 1 else f"{years} years"
                clean = f"Around{years}"
                kind = Kind(f"{turns} Around", clean, f"Went around the sun with us for {spoken}.")
                yield Award(when, person.row["id"], kind, None)


def _before(people: Sequence[Person], dice: Dice) -> Iterator[Award]:
    """Give the busy and the skilled what they earned in the years before."""
    kinds, weights = [kind for kind, _ in _BEFORE], [weight for _, weight in _BEFORE]
    for person in people:
        number, made = person.row["id"], person.row["created"]
        for once, share in _ONCE:
            if dice.chance(share):
                yield Award(-int(dice.unit() * -made), number, once, None)
        expected = 0.03 * (-made / YEAR) * person.activity * 2.5**person.skill
        earned = min(int(expected * dice.lognormal(1.0, 0.7) + dice.unit()), _MOST_BEFORE)
        for _ in range(earned):
            when = made + int(-made * dice.uniform(0.02, 1.0))
            yield Award(min(when, -1), number, dice.weighted(kinds, weights), None)


def _for_posts(posts: Sequence[Row], dice: Dice) -> Iterator[Award]:
    """Give what posts of the world earned."""
    viral: dict[int, int] = {}
    tides: set[tuple[int, int]] = set()
    there: set[tuple[int, str]] = set()
    tags = {event.tag for event in EVENTS}
    for post in sorted(posts, key=lambda row: row["viral_at"] or 2 * SPAN):
        who, when = post["account_id"], post["viral_at"]
        if when is None:
            break
        viral[who] = viral.get(who, 0) + 1
        if viral[who] in (_HAT_TRICK, _REGULAR):
            kind = KINDS["hat_trick" if viral[who] == _HAT_TRICK else "regular"]
            yield Award(when + dice.integer(60, 900), who, kind, post["id"])
        tide = when + post["half_life"]
        if post["ups"] >= _HIGH_TIDE_UPS and (who, tide // DAY) not in tides:
            tides.add((who, tide // DAY))
            yield Award(tide, who, KINDS["high_tide"], None)
    for post in posts:
        who, when = post["account_id"], post["created"] + dice.integer(60, 900)
        if len(post["images"]) >= _LARGE_ALBUM:
            yield Award(when, who, KINDS["full_shelf"], post["id"])
        for tag in sorted(tags.intersection(post["tags"])):
            if (who, tag) not in there:
                there.add((who, tag))
                yield Award(when, who, PRESENT[tag], post["id"])


def _for_words(posts: Sequence[Row], comments: Sequence[Row], dice: Dice) -> Iterator[Award]:
    """Give what comments of the world earned; those taken back earn nothing."""
    half_life = {post["id"]: post["half_life"] for post in posts}
    by_id = {row["id"]: row for row in comments}
    below: dict[int, list[int]] = {}
    for row in comments:
        above = row
        while above["parent"]:
            above = by_id[above["parent"]]
            below.setdefault(above["id"], []).append(row["created"])
    kept = [row for row in comments if row["deleted_at"] is None]
    for row in kept:
        who, data = row["account_id"], str(row["id"])
        if row["parent"] == 0 and len(below.get(row["id"], ())) >= _LONG_THREAD:
            lit = below[row["id"]][_LONG_THREAD - 1]
            yield Award(lit + dice.integer(60, 3_600), who, KINDS["kindling"], data)
        parent = by_id.get(row["parent"])
        if parent and parent["ups"] >= _OUTSHONE_FROM and row["ups"] >= 1.5 * parent["ups"]:
            # By then three quarters of its votes are in: more than all of the other's.
            when = row["created"] + 2 * half_life[row["post"]]
            yield Award(when, who, KINDS["outshone"], data)
    by_day: dict[int, list[Row]] = {}
    for row in kept:
        by_day.setdefault((row["created"] - _MORNING) // DAY, []).append(row)
    for day in sorted(by_day):
        if not 0 <= day < DAYS:
            continue
        given = (day + 1) * DAY + _MORNING

        def points(row: Row, given: int = given) -> float:
            reached = 1.0 - 2.0 ** (-(given - row["created"]) / half_life[row["post"]])
            return float((row["ups"] - row["downs"]) * reached)

        best = max(by_day[day], key=lambda row: (points(row), row["id"]))
        yield Award(
            given + dice.integer(300, 3_000),
            best["account_id"],
            KINDS["best_of_day"],
            str(best["id"]),
        )
