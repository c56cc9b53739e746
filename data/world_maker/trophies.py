"""The trophies: what accounts earned by posts and comments, and in the years before."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from world_maker.people import Person
from world_maker.rng import Rng
from world_maker.times import DAY, DAYS, HOUR, SPAN, YEAR
from world_maker.words import EVENTS, load

Row = Mapping[str, Any]
Kind = dict[str, str]

# A day ends in America: its trophies are given the morning after (UTC).
_MORNING = 7 * HOUR
_LONG_THREAD, _LARGE_ALBUM = 16, 50
_OUTSHONE_UPS, _HIGH_TIDE_UPS = 8, 2_600
_KINDS: dict[str, Kind] = load("trophies") | {event.tag: event.trophy for event in EVENTS}
# What accounts earned before the world's start: kinds earned again and again, with their weights,
# and those earned once, with their probability.
_AGAIN = {"high_tide": 40, "kindling": 22, "best_of_day": 14, "outshone": 16, "full_shelf": 8}
_ONCE = {"pocket": 0.2, "tester": 0.06, "riddle": 0.08}
_BY_VIRAL_POSTS = {3: "hat_trick", 10: "regular"}


class Award(NamedTuple):
    """A trophy given; ``data`` is the id of the post or comment that earned it."""

    created: int
    account_id: int
    kind: Kind
    data: str | None = None


def make_trophies(
    seed: int, people: Sequence[Person], posts: Sequence[Row], comments: Sequence[Row]
) -> list[dict[str, Any]]:
    """Make all trophies, by account and time."""
    rng = Rng(seed, "trophies")
    half_life = {post["id"]: post["half_life"] for post in posts}
    awards = [
        *_for_years(people),
        *_before(people, rng),
        *_for_posts(posts, rng),
        *_for_threads(comments, half_life, rng),
        *_for_days(comments, half_life, rng),
    ]
    awards.sort(key=lambda award: (award.created, award.account_id, award.kind["name_clean"]))
    number = 0
    rows = []
    for created, account_id, kind, data in awards:
        number += rng.integer(1, 20_000)
        row = {"account_id": account_id, "id": number, "data": data, "created": created}
        rows.append({**row, **kind})
    order = {person.row["id"]: place for place, person in enumerate(people)}
    return sorted(rows, key=lambda row: (order[row["account_id"]], row["created"], row["id"]))


def _for_years(people: Sequence[Person]) -> Iterator[Award]:
    """Give each account its latest anniversary, and those within the world's days."""
    for person in people:
        created = person.row["created"]
        passed = -created // YEAR
        for years in (passed, passed + 1):
            when = created + years * YEAR
            if years >= 1 and when < SPAN:
                kind = _KINDS["first_year" if years == 1 else "years"]
                kind = {field: text.format(years=years) for field, text in kind.items()}
                yield Award(when, person.row["id"], kind)


def _before(people: Sequence[Person], rng: Rng) -> Iterator[Award]:
    """Give the active and the skilled what they earned before the world's start."""
    for person in people:
        account_id, age = person.row["id"], -person.row["created"]
        for kind, share in _ONCE.items():
            if rng.chance(share):
                yield Award(-int(rng.random() * age), account_id, _KINDS[kind])
        expected = 0.03 * (age / YEAR) * person.activity * 2.5**person.skill
        earned = int(expected * rng.lognormal(1.0, 0.7) + rng.random())
        for _ in range(min(earned, 60)):
            when = int(age * rng.uniform(0.02, 1.0)) - age
            yield Award(min(when, -1), account_id, _KINDS[rng.weighted(_AGAIN)])


def _for_posts(posts: Sequence[Row], rng: Rng) -> Iterator[Award]:
    """Give authors what their posts earned, by going viral or by what they hold."""
    counts: Counter[int] = Counter()
    tides = set()
    viral = [post for post in posts if post["viral_at"] is not None]
    for post in sorted(viral, key=lambda row: int(row["viral_at"])):
        author, when = post["account_id"], post["viral_at"]
        counts[author] += 1
        if counts[author] in _BY_VIRAL_POSTS:
            kind = _KINDS[_BY_VIRAL_POSTS[counts[author]]]
            yield Award(when + rng.integer(60, 900), author, kind, post["id"])
        tide = when + post["half_life"]
        if post["ups"] >= _HIGH_TIDE_UPS and (author, tide // DAY) not in tides:
            tides.add((author, tide // DAY))
            yield Award(tide, author, _KINDS["high_tide"])
    tags = {event.tag for event in EVENTS}
    seen = set()
    for post in posts:
        author, when = post["account_id"], post["created"] + rng.integer(60, 900)
        if len(post["images"]) >= _LARGE_ALBUM:
            yield Award(when, author, _KINDS["full_shelf"], post["id"])
        for tag in sorted(tags.intersection(post["tags"])):
            if (author, tag) not in seen:
                seen.add((author, tag))
                yield Award(when, author, _KINDS[tag], post["id"])


def _for_threads(
    comments: Sequence[Row], half_life: Mapping[str, int], rng: Rng
) -> Iterator[Award]:
    """Give authors of comments what their replies and votes earned, unless deleted."""
    by_id = {row["id"]: row for row in comments}
    root_of: dict[int, int] = {}
    replied: dict[int, list[int]] = {}
    for row in comments:
        root: int = root_of[row["parent"]] if row["parent"] else row["id"]
        root_of[row["id"]] = root
        if row["parent"]:
            replied.setdefault(root, []).append(row["created"])
    for row in comments:
        if row["deleted_at"] is not None:
            continue
        author, data = row["account_id"], str(row["id"])
        thread = replied.get(row["id"], [])
        if len(thread) >= _LONG_THREAD:
            lit = thread[_LONG_THREAD - 1] + rng.integer(60, 3_600)
            yield Award(lit, author, _KINDS["kindling"], data)
        parent = by_id.get(row["parent"])
        if parent and parent["ups"] >= _OUTSHONE_UPS and row["ups"] >= 1.5 * parent["ups"]:
            # By then three quarters of its votes are in: more than all of its parent's.
            when = row["created"] + 2 * half_life[row["post"]]
            yield Award(when, author, _KINDS["outshone"], data)


def _for_days(comments: Sequence[Row], half_life: Mapping[str, int], rng: Rng) -> Iterator[Award]:
    """Give the author of each day's best comment a trophy."""
    by_day: dict[int, list[tuple[float, int, int]]] = {}
    for row in comments:
        day = (row["created"] - _MORNING) // DAY
        if row["deleted_at"] is None and 0 <= day < DAYS:
            age = (day + 1) * DAY + _MORNING - row["created"]
            reached = 1.0 - 2.0 ** (-age / half_life[row["post"]])
            points = (row["ups"] - row["downs"]) * reached
            by_day.setdefault(day, []).append((points, row["id"], row["account_id"]))
    for day in sorted(by_day):
        _, number, author = max(by_day[day])
        when = (day + 1) * DAY + _MORNING + rng.integer(300, 3_000)
        yield Award(when, author, _KINDS["best_of_day"], str(number))
