"""The trophies: what accounts earned by posts and comments, and in the years before."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter

from world_maker import DAY, DAYS, HOUR, SPAN, YEAR, Row
from world_maker.people import Person
from world_maker.rng import Rng
from world_maker.words import EVENTS, load

# A day ends in America: its trophies are given the morning after (UTC).
_MORNING = 7 * HOUR
_LONG_THREAD, _LARGE_ALBUM, _OUTSHONE_UPS, _HIGH_TIDE_UPS = 16, 50, 8, 2_600
_TROPHIES = load("trophies")


def make_trophies(
    seed: int, people: Sequence[Person], posts: Sequence[Row], comments: Sequence[Row]
) -> list[Row]:
    """Make all trophies, by account and time."""
    rng = Rng(seed, "trophies")
    half_life = {post["id"]: post["half_life"] for post in posts}
    rows = [
        *_for_years(people),
        *_before(people, rng),
        *_for_posts(posts, rng),
        *_for_threads(comments, half_life, rng),
        *_for_days(comments, half_life, rng),
    ]
    rows.sort(key=itemgetter("created", "account_id", "name_clean"))
    number = 0
    for row in rows:
        number += rng.integer(1, 20_000)
        row["id"] = number
    order = {person.row["id"]: place for place, person in enumerate(people)}
    return sorted(rows, key=lambda row: order[row["account_id"]])


def _award(created: int, owner: int, kind: str, data: str | None = None, years: int = 0) -> Row:
    """Make a trophy without its id; ``data`` is the id of the post or comment that earned it."""
    texts = {field: text.format(years=years) for field, text in _TROPHIES["kinds"][kind].items()}
    return {"created": created, "account_id": owner, "data": data, **texts}


def _for_years(people: Sequence[Person]) -> Iterator[Row]:
    """Give each account its latest anniversary, and those within the world's days."""
    for person in people:
        created = person.row["created"]
        passed = -created // YEAR
        for years in (passed, passed + 1):
            when = created + years * YEAR
            if years >= 1 and when < SPAN:
                kind = "first_year" if years == 1 else "years"
                yield _award(when, person.row["id"], kind, years=years)


def _before(people: Sequence[Person], rng: Rng) -> Iterator[Row]:
    """Give the active and the skilled what they earned before the world's start."""
    for person in people:
        account_id, age = person.row["id"], -person.row["created"]
        for kind, share in _TROPHIES["earned_once"].items():
            if rng.chance(share):
                yield _award(-int(rng.random() * age), account_id, kind)
        expected = 0.03 * (age / YEAR) * person.activity * 2.5**person.skill
        earned = int(expected * rng.lognormal(1.0, 0.7) + rng.random())
        for _ in range(min(earned, 60)):
            when = min(int(age * rng.uniform(0.02, 1.0)) - age, -1)
            yield _award(when, account_id, rng.weighted(_TROPHIES["earned_again"]))


def _for_posts(posts: Sequence[Row], rng: Rng) -> Iterator[Row]:
    """Give authors what their posts earned, by going viral or by what they hold."""
    counts: Counter[int] = Counter()
    tides = set()
    viral = [post for post in posts if post["viral_at"] is not None]
    for post in sorted(viral, key=itemgetter("viral_at")):
        author, when = post["account_id"], post["viral_at"]
        counts[author] += 1
        if kind := _TROPHIES["by_viral_posts"].get(str(counts[author])):
            yield _award(when + rng.integer(60, 900), author, kind, post["id"])
        tide = when + post["half_life"]
        if post["ups"] >= _HIGH_TIDE_UPS and (author, tide // DAY) not in tides:
            tides.add((author, tide // DAY))
            yield _award(tide, author, "high_tide")
    tags = {event["tag"] for event in EVENTS}
    seen = set()
    for post in posts:
        author, when = post["account_id"], post["created"] + rng.integer(60, 900)
        if len(post["images"]) >= _LARGE_ALBUM:
            yield _award(when, author, "full_shelf", post["id"])
        for tag in sorted(tags.intersection(post["tags"])):
            if (author, tag) not in seen:
                seen.add((author, tag))
                yield _award(when, author, tag, post["id"])


def _for_threads(comments: Sequence[Row], half_life: dict[str, int], rng: Rng) -> Iterator[Row]:
    """Give authors of comments what their replies and votes earned, unless deleted."""
    by_id = {row["id"]: row for row in comments}
    root_of: dict[int, int] = {}
    replied: dict[int, list[int]] = defaultdict(list)
    for row in comments:
        root: int = root_of[row["parent"]] if row["parent"] else row["id"]
        root_of[row["id"]] = root
        if row["parent"]:
            replied[root].append(row["created"])
    for row in comments:
        if row["deleted_at"] is not None:
            continue
        author, data, thread = row["account_id"], str(row["id"]), replied[row["id"]]
        if len(thread) >= _LONG_THREAD:
            lit = thread[_LONG_THREAD - 1] + rng.integer(60, 3_600)
            yield _award(lit, author, "kindling", data)
        parent = by_id.get(row["parent"])
        if parent and parent["ups"] >= _OUTSHONE_UPS and row["ups"] >= 1.5 * parent["ups"]:
            # By then three quarters of its votes are in: more than all of its parent's.
            when = row["created"] + 2 * half_life[row["post"]]
            yield _award(when, author, "outshone", data)


def _for_days(comments: Sequence[Row], half_life: dict[str, int], rng: Rng) -> Iterator[Row]:
    """Give the author of each day's best comment a trophy."""
    best: dict[int, tuple[float, int, int]] = {}
    for row in comments:
        day = (row["created"] - _MORNING) // DAY
        if row["deleted_at"] is None and 0 <= day < DAYS:
            age = (day + 1) * DAY + _MORNING - row["created"]
            reached = 1.0 - 2.0 ** (-age / half_life[row["post"]])
            points = (row["ups"] - row["downs"]) * reached
            comment = (points, row["id"], row["account_id"])
            best[day] = max(comment, best.get(day, comment))
    for day, (_, number, author) in sorted(best.items()):
        when = (day + 1) * DAY + _MORNING + rng.integer(300, 3_000)
        yield _award(when, author, "best_of_day", str(number))
